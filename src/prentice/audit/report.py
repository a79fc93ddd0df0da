"""What a verification found: one `Flaw` for each thing that is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LISTED = 100  # flaws told one by one; more are counted


class Kind(StrEnum):
    """In a chain unless it says otherwise."""

    altered = "altered"  # the entry, its number or a hash is not what was hashed
    replaced = "replaced"  # it fits its own hash, and the entry after it remembers another
    moved = "moved"  # it was written under another number
    repeated = "repeated"  # a number twice
    extra = "extra"  # a number below 1
    missing = "missing"  # taken out of the middle
    truncated = "truncated"  # taken off the end
    rewritten = "rewritten"  # whole in itself, and an anchor remembers another
    head_altered = "head_altered"
    head_missing = "head_missing"
    went_back = "went_back"  # an anchor is older than the one before it
    unanchored = "unanchored"  # no anchor for longer than there should be none
    guard_altered = "guard_altered"  # the tables' triggers or rules are not those that the migration made
    anchor_altered = "anchor_altered"  # in a file of anchors, from here on
    anchor_missing = "anchor_missing"
    anchor_unsigned = "anchor_unsigned"
    anchor_unreadable = "anchor_unreadable"


@dataclass(frozen=True, slots=True)
class Flaw:
    """`first` to `last` are numbers of entries, of anchors where `kind` begins with 'anchor_', or none."""

    kind: Kind
    first: int | None
    last: int | None
    what: str  # one sentence

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "first": self.first, "last": self.last, "what": self.what}


@dataclass(slots=True)
class Flaws:
    """Flaws as they are found: the first `LISTED` of them, and how many."""

    listed: list[Flaw] = field(default_factory=list)
    found: int = 0

    def add(self, kind: Kind, first: int | None, last: int | None, what: str) -> None:
        self.found += 1
        if len(self.listed) < LISTED:
            self.listed.append(Flaw(kind, first, last, what))


@dataclass(frozen=True, slots=True)
class Report:
    """One chain, looked at from its first entry to its last. `head` is the last entry's hash, in hex."""

    tenant_id: str
    entries: int
    head: str
    anchored: int  # the newest entry that an anchor vouches for; those after it could be rewritten
    anchored_at: str | None
    flaws: tuple[Flaw, ...]
    found: int  # how many flaws; `flaws` lists the first hundred
    seconds: float

    @property
    def whole(self) -> bool:
        return self.found == 0

    def as_json(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "whole": self.whole,
            "entries": self.entries,
            "head": self.head,
            "anchored": self.anchored,
            "anchored_at": self.anchored_at,
            "found": self.found,
            "flaws": [flaw.as_json() for flaw in self.flaws],
            "seconds": round(self.seconds, 3),
        }
