"""Sealing: what is kept is encrypted for its owner and its purpose, and opens for no other.

A sealed value is `version (1 byte) | id of the data key (8) | nonce (12) | AES-256-GCM's text and tag`. The
version, the id, the owner and the purpose are its associated data: a value that was copied to another
practice's row, or to another column, does not open. The id says which of the owner's data keys it needs, so
that old values open after the owner got a new key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from prentice.errors import CannotOpen

PLATFORM = "platform"  # the owner of what is no practice's
VERSION = 1
ID_BYTES = 8
NONCE_BYTES = 12  # random: NIST SP 800-38D allows 2**32 values under one key; a practice seals thousands
_HEAD = 1 + ID_BYTES
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class DataKey:
    """32 random bytes that seal one owner's values, and the name that stands in each of them."""

    id: str  # 16 hex digits
    raw: bytes = field(repr=False)

    @classmethod
    def new(cls) -> DataKey:
        return cls(os.urandom(ID_BYTES).hex(), os.urandom(32))


class DataKeys(Protocol):
    """Where the data keys are; `ops.secrets.Keyring`."""

    def data_key(self, owner: str) -> DataKey:
        """The key that seals the owner's new values; made at the first."""

    def data_key_named(self, owner: str, key_id: str) -> DataKey:
        """One of the owner's keys, past or present. Raises `CannotOpen`."""


class Sealer:
    """Seals and opens. Safe to use from several threads and processes.

    `owner` is a tenant's id or `"platform"`; `purpose` says what the value is, such as
    `"users.totp/u_1"`: the same words must be said to open it.
    """

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def seal(self, plain: bytes, *, owner: str, purpose: str) -> bytes:
        """The value, sealed. The same value never looks the same twice."""
        return seal_with(self._keys.data_key(owner), plain, owner=owner, purpose=purpose)

    def open(self, sealed: bytes, *, owner: str, purpose: str) -> bytes:
        """What was sealed. Raises `CannotOpen` if it was altered, or sealed for another owner or purpose."""
        key = self._keys.data_key_named(owner, key_id_of(sealed))
        return open_with(key, sealed, owner=owner, purpose=purpose)

    def reseal(self, sealed: bytes, *, owner: str, purpose: str) -> bytes:
        """The same value under the owner's present key; as it is where that key sealed it already."""
        if key_id_of(sealed) == self._keys.data_key(owner).id:
            return sealed
        return self.seal(self.open(sealed, owner=owner, purpose=purpose), owner=owner, purpose=purpose)


def seal_with(key: DataKey, plain: bytes, *, owner: str, purpose: str) -> bytes:
    """The value sealed with this key.

    >>> key = DataKey.new()
    >>> sealed = seal_with(key, b"hush", owner="platform", purpose="example")
    >>> open_with(key, sealed, owner="platform", purpose="example")
    b'hush'
    >>> key_id_of(sealed) == key.id
    True
    """
    head = bytes([VERSION]) + bytes.fromhex(key.id)
    nonce = os.urandom(NONCE_BYTES)
    return head + nonce + AESGCM(key.raw).encrypt(nonce, plain, _bound(head, owner, purpose))


def open_with(key: DataKey, sealed: bytes, *, owner: str, purpose: str) -> bytes:
    """What was sealed with this key. Raises `CannotOpen`."""
    head, nonce, text = sealed[:_HEAD], sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
    try:
        return AESGCM(key.raw).decrypt(nonce, text, _bound(head, owner, purpose))
    except InvalidTag:
        raise cannot_open() from None


def key_id_of(sealed: bytes) -> str:
    """The id of the data key that sealed it. Raises `CannotOpen` if it is no sealed value."""
    if len(sealed) < _HEAD + NONCE_BYTES + _TAG_BYTES or sealed[0] != VERSION:
        raise cannot_open()
    return sealed[1:_HEAD].hex()


def cannot_open() -> CannotOpen:
    return CannotOpen(
        "Something that Prentice keeps sealed does not open: it was altered, or its key is gone.",
        "Put back the secrets file and the database from one backup, or enter it anew.",
    )


def _bound(head: bytes, owner: str, purpose: str) -> bytes:
    """Each part with its length before it: no two pairs of owner and purpose read the same."""
    parts = (head, owner.encode(), purpose.encode())
    return b"prentice sealed" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
