"""How much may be asked: rates, questions at once, and budgets of rows, cost and model tokens."""

from prentice.limits.bucket import Taken, headers
from prentice.limits.limits import Limits
from prentice.limits.login import LoginLimits

__all__ = ["Limits", "LoginLimits", "Taken", "headers"]
