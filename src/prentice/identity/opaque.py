"""What is random, and what is kept of it: identifiers, secrets that are shown once, and their hashes."""

from __future__ import annotations

import hashlib
import secrets
from typing import Protocol

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Seals(Protocol):
    """`ops.sealing.Sealer`, as far as this capability needs it. `owner` is a practice's id or `platform`."""

    def seal(self, plain: bytes, *, owner: str, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, *, owner: str, purpose: str) -> bytes: ...


def new_id(prefix: str, length: int = 24) -> str:
    """
    >>> new_id("f_")[:2], len(new_id("f_"))
    ('f_', 26)
    """
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_secret() -> str:
    """256 bits as 43 characters that are safe in addresses and headers."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret of `new_secret`: it cannot be guessed, so one fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
