"""What stands in the secrets file: wrapped data keys by owner, and secrets sealed with them, by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from prentice.ops.sealing import PLATFORM

FORMAT = "prentice secrets 2"  # 1 was the names and the secrets in plain text, and nothing else
_TENANT_ID = re.compile(r"[a-z0-9]{12}")
_OF_SLUGS = "reserved/"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One data key as it is kept. `retired`: since when it only opens; null for the one that seals."""

    id: str
    wrapped: str
    made: str  # ISO 8601, UTC
    retired: str | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """The whole content. `secrets` holds base64 of sealed values; the newest of an owner's keys is last."""

    master: str  # the id of the master key that wraps
    keys: Mapping[str, tuple[WrappedKey, ...]] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def current(self, owner: str) -> WrappedKey | None:
        """The key that seals the owner's values."""
        return next((key for key in reversed(self.keys.get(owner, ())) if key.retired is None), None)

    def named(self, owner: str, key_id: str) -> WrappedKey | None:
        return next((key for key in self.keys.get(owner, ()) if key.id == key_id), None)

    def with_secret(self, name: str, sealed: str) -> Ring:
        return replace(self, secrets={**self.secrets, name: sealed})

    def with_key(self, owner: str, key: WrappedKey) -> Ring:
        return replace(self, keys={**self.keys, owner: (*self.keys.get(owner, ()), key)})

    def without_secret(self, name: str) -> Ring:
        return replace(self, secrets={kept: value for kept, value in self.secrets.items() if kept != name})

    def without_owner(self, owner: str) -> Ring:
        return replace(self, keys={kept: keys for kept, keys in self.keys.items() if kept != owner})

    def as_text(self) -> str:
        keys = {owner: [asdict(key) for key in kept] for owner, kept in self.keys.items()}
        held = {"format": FORMAT, "master": self.master, "keys": keys, "secrets": dict(self.secrets)}
        return json.dumps(held, indent=1, sort_keys=True)


def read_ring(text: str) -> Ring | dict[str, str]:
    """A file's content; of one from before secrets were sealed, its names and secrets.

    Raises `ValueError` if it is neither.
    """
    held = json.loads(text)
    if not isinstance(held, dict):
        raise ValueError("not an object")
    if "keys" not in held or not isinstance(held["keys"], dict):
        return _texts(held)
    if held.get("format") != FORMAT or not isinstance(held.get("master"), str):
        raise ValueError("not a format that is known")
    try:
        keys = {owner: tuple(WrappedKey(**key) for key in kept) for owner, kept in held["keys"].items()}
    except TypeError:
        raise ValueError("a key is not whole") from None
    return Ring(held["master"], keys, _texts(held.get("secrets")))


def owner_of(name: str) -> str:
    """Whose data key seals the secret of that name: the practice named after the last slash.

    >>> owner_of("login/abcdefgh1234"), owner_of("deid/reader/abcdefgh1234")
    ('abcdefgh1234', 'abcdefgh1234')
    >>> owner_of("embedded/postgres"), owner_of("installation"), owner_of("reserved/harbouroptic")
    ('platform', 'platform', 'platform')
    """
    before, slash, last = name.rpartition("/")
    named = bool(slash) and not f"{before}/".startswith(_OF_SLUGS) and _TENANT_ID.fullmatch(last)
    return last if named else PLATFORM


def _texts(held: Any) -> dict[str, str]:
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise ValueError("a value is no text")
    return held
