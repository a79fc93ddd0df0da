"""The six questions that stand before the first one: figures, optics, what the expert knows. Pure."""

from __future__ import annotations

from prentice.planner.suggest import MANAGING, suggest
from prentice.semantic.model import Catalogue
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

_AT_THE_COUNTER = (
    "What prism if a −6.00 wearer looks 5 mm below the centre?",
    "How do I explain an anti-reflective coating to a patient?",
)
_AT_THE_DESK = ("What usually causes remakes?",)


def openings(scope: TenantScope, values: ValueIndex, catalogue: Catalogue) -> list[str]:
    """Stock, orders and optics for those at the counter; sales and staff for those who manage."""
    expert = _AT_THE_DESK if scope.role in MANAGING else _AT_THE_COUNTER
    return [*suggest(scope, values, catalogue)[: 6 - len(expert)], *expert]
