"""The master key: it wraps the data keys and nothing else.

It comes from the environment (`PRENTICE_MASTER_KEY`). Outside production it may instead stand in
`PRENTICE_HOME/master.key`, made at random: then a stolen copy of the secrets file or of the database alone
tells nothing, but whoever can read the whole home can read everything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from prentice.errors import BadConfiguration
from prentice.ops.files import kept_on_disk, make_private, read_private, replace_private
from prentice.ops.sealing import NONCE_BYTES, DataKey, cannot_open

BYTES = 32
FILE, COMING = "master.key", "master.key.new"
VARIABLE, NEXT_VARIABLE = "PRENTICE_MASTER_KEY", "PRENTICE_MASTER_KEY_NEW"
HOW_TO_MAKE = "openssl rand -base64 32"


class MasterKey:
    """256 bits. `id` tells it from others and tells nothing of it."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != BYTES:
            raise ValueError(f"a master key has {BYTES} bytes")
        self._raw = raw
        self.id = hmac.digest(raw, b"prentice master key", hashlib.sha256)[:8].hex()

    @classmethod
    def new(cls) -> MasterKey:
        return cls(os.urandom(BYTES))

    @classmethod
    def from_text(cls, text: str) -> MasterKey:
        """The key written as base64, with or without padding, of either alphabet. Raises `ValueError`."""
        plain = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
        try:
            return cls(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
        except binascii.Error:
            raise ValueError("a master key is written as base64") from None

    def text(self) -> str:
        """The key itself, as base64: for its own file, or for the operator to keep."""
        return base64.b64encode(self._raw).decode()

    def is_weak(self) -> bool:
        """Whether nobody made it at random: 32 random bytes have under 16 different ones less than once in
        10**15 keys."""
        return len(set(self._raw)) < 16

    def wrap(self, key: DataKey, owner: str) -> str:
        """A data key as it is kept; it unwraps under this master key, for this owner and id alone."""
        nonce = os.urandom(NONCE_BYTES)
        wrapped = AESGCM(self._raw).encrypt(nonce, key.raw, self._bound(owner, key.id))
        return base64.b64encode(nonce + wrapped).decode()

    def unwrap(self, wrapped: str, owner: str, key_id: str) -> DataKey:
        """The data key. Raises `CannotOpen` if what is kept was altered."""
        try:
            kept = base64.b64decode(wrapped, validate=True)
            nonce, text = kept[:NONCE_BYTES], kept[NONCE_BYTES:]
            return DataKey(key_id, AESGCM(self._raw).decrypt(nonce, text, self._bound(owner, key_id)))
        except (InvalidTag, ValueError):
            raise cannot_open() from None

    def _bound(self, owner: str, key_id: str) -> bytes:
        return f"prentice data key/{self.id}/{key_id}/{owner}".encode()


class MasterKeys:
    """Where this process finds the master key, and puts a new one.

    `given` and `coming` are what the environment says: while a rotation is under way a process may have
    both, and uses the one that the secrets file names.
    """

    def __init__(self, folder: Path, given: str | None, coming: str | None, *, from_file: bool) -> None:
        self._file, self._coming_file = folder / FILE, folder / COMING
        self._given = _told(given, VARIABLE)
        self._coming = _told(coming, NEXT_VARIABLE)
        self._from_file = from_file and given is None
        self._found: dict[str, MasterKey] = {}  # an id never means another key

    @property
    def where(self) -> str:
        """Where it comes from, for a person."""
        return str(self._file) if self._from_file else VARIABLE

    @property
    def coming(self) -> MasterKey | None:
        """The new one that the environment names."""
        return self._coming

    @property
    def in_file(self) -> bool:
        return self._from_file

    def find(self, key_id: str) -> MasterKey | None:
        """The one of that id, if it is at hand."""
        if key_id not in self._found:
            self._found.update((key.id, key) for key in self._at_hand() if key.id == key_id)
        return self._found.get(key_id)

    def first(self) -> MasterKey:
        """The one that a new secrets file is begun with; made where a file may hold it and none is there.

        Raises `BadConfiguration` where it must come from the environment and does not.
        """
        if self._given:
            return self._given
        if not self._from_file:
            raise BadConfiguration(
                "There is no master key.",
                f"Make one ({HOW_TO_MAKE}), keep it apart from the backups, and set {VARIABLE} to it.",
            )
        found = self._read(self._file)
        if found is None:
            make_private(self._file, f"{MasterKey.new().text()}\n")
            found = self._read(self._file)
        assert found is not None
        return found

    def missing(self, secrets_file: Path) -> BadConfiguration:
        """That none at hand is the one that the secrets file needs."""
        if next(self._at_hand(), None) is None:
            put_back = f"put back {self._file}, or " if self._from_file else ""
            return BadConfiguration(
                f"The master key of {secrets_file} is missing.",
                f"To read it, {put_back}set {VARIABLE} to the key that it was sealed with.",
            )
        return BadConfiguration(
            f"{secrets_file} was sealed with another master key than the one in {self.where}.",
            f"Give the key that it was sealed with. To change keys, keep that one and set {NEXT_VARIABLE} "
            "to the new one, then run `prentice keys rotate`.",
        )

    def prepare(self) -> MasterKey:
        """The key to change to: the environment's new one, else a random one that is written down beside
        the present one before anything is sealed with it."""
        if self._coming:
            return self._coming
        made = MasterKey.new()
        replace_private(self._coming_file, f"{made.text()}\n")
        return made

    def settle(self, key_id: str) -> None:
        """The secrets file names this key now: put it in its place, and forget the others in files."""
        coming = self._read(self._coming_file)
        if self._from_file and coming is not None and coming.id == key_id:
            self._coming_file.replace(self._file)
        elif self._from_file and self._coming is not None and self._coming.id == key_id:
            for file in (self._coming_file, self._file):  # from now on it comes from the environment
                file.unlink(missing_ok=True)
        else:
            self._coming_file.unlink(missing_ok=True)
        kept_on_disk(self._file.parent)

    def _at_hand(self) -> Iterator[MasterKey]:
        if self._from_file:
            yield from filter(None, map(self._read, (self._file, self._coming_file)))
        if self._given:
            yield self._given
        if self._coming:
            yield self._coming

    def _read(self, file: Path) -> MasterKey | None:
        with suppress(ValueError):
            text = read_private(file, "the master key")
            return None if text is None else MasterKey.from_text(text)
        raise BadConfiguration(f"The master key {file} is damaged.", "Put back a copy of it that is whole.")


def _told(text: str | None, variable: str) -> MasterKey | None:
    try:
        return None if text is None else MasterKey.from_text(text)
    except ValueError:
        raise BadConfiguration(
            f"{variable} is not the base64 of {BYTES} bytes.", f"Make one: {HOW_TO_MAKE}."
        ) from None
