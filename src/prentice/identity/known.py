"""The cookie of a browser in which somebody signed in before: strangers' failures do not hold it up."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from prentice.identity.emails import normalised_email
from prentice.ops.secrets import Keyring

KEY = "identity/known"  # the keyring's name for the key
_MOST = 5  # people of one browser


class Known:
    """Marks are made with a key of ours from an address, and say nothing of it."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.get_or_create(KEY).encode()

    def holds(self, cookie: str, email: str) -> bool:
        """Whether somebody signed in with this address where this cookie comes from."""
        mark = self._mark(email)
        return any(
            hmac.compare_digest(one.encode("utf-8", "replace"), mark.encode())
            for one in cookie.split(".")[:_MOST]
        )

    def with_(self, cookie: str, email: str) -> str:
        """The cookie with this address too, the latest first."""
        mark = self._mark(email)
        others = [one for one in cookie.split(".") if len(one) == len(mark) and one.isascii() and one != mark]
        return ".".join([mark, *others[: _MOST - 1]])

    def _mark(self, email: str) -> str:
        digest = hmac.digest(self._key, (normalised_email(email) or "").encode(), "sha256")
        return urlsafe_b64encode(digest[:18]).decode().replace("_", "-")
