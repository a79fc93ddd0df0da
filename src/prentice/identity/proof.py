"""`Proof`: that whoever asks showed just now who they are, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from prentice.errors import WrongCredentials

How = Literal["password", "totp", "recovery", "passkey", "session"]
_GOOD_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proof:
    """Made by `sign_in.SignIn` alone. Taking a factor away, or setting a password without the old one, needs
    one; a factor is no proof for its own removal."""

    user_id: str
    how: How
    at: datetime
    passkey_id: str | None = None

    def check(self, now: datetime, *, other_than: How | None = None, passkey_id: str | None = None) -> None:
        """Raises `WrongCredentials` where it is too old or by the factor in question itself."""
        same = self.how == other_than and (passkey_id is None or passkey_id == self.passkey_id)
        if same or not timedelta(0) <= now - self.at <= _GOOD_FOR:
            raise WrongCredentials(
                "This needs your password or another factor.", "Show it again, and try once more."
            )
