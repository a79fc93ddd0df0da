"""The anchors read back: each file's own thread and signatures checked, the heads sorted by tenant."""

from __future__ import annotations

from array import array
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from prentice.audit.anchor import NOTHING, line_hash, read_line, signed_bytes
from prentice.audit.report import Flaws, Kind

_Record = dict[str, Any]
_CHECKED_TOGETHER = 256  # lines: a signature takes 0.1 ms to check, and the last one vouches for those before


@dataclass(slots=True)
class Pins:
    """What the anchors say of one chain, in the order in which they were written: 48 bytes each."""

    seqs: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[int] = field(default_factory=lambda: array("q"))  # of the anchors
    hashes: bytearray = field(default_factory=bytearray)
    at: str | None = None  # of the last

    def add(self, seq: int, digest: bytes, n: int, at: str) -> None:
        self.seqs.append(seq)
        self.numbers.append(n)
        self.hashes += digest
        self.at = at

    def ordered(self) -> list[tuple[int, int, bytes]]:
        """(seq, number of the anchor, hash), by seq."""
        together = zip(self.seqs, self.numbers, range(0, len(self.hashes), 32), strict=True)
        return sorted((seq, n, bytes(self.hashes[at : at + 32])) for seq, n, at in together)


@dataclass(slots=True)
class Pinned:
    """All anchors of an installation."""

    of: dict[str, Pins] = field(default_factory=dict)
    flaws: Flaws = field(default_factory=Flaws)
    lines: int = 0


def read_pins(file: Path, second: Path | None, key: Ed25519PublicKey) -> Pinned:
    """The anchors of `file`, checked against those of the `second` place where there is one.

    What only the second place still has counts as well: the first was cut then, and that is a flaw.
    """
    pinned = Pinned()
    ours = _Thread(file, key, pinned.flaws)
    others: Iterator[_Record] = iter(_Thread(second, key, pinned.flaws)) if second else iter(())
    for mine, other in _side_by_side(iter(ours), others):
        if mine is not None:
            _keep(pinned, mine)
        if other is None or other == mine:
            continue
        kind, how = Kind.anchor_altered, "otherwise"
        if mine is None:
            kind, how = Kind.anchor_missing, "only"
        pinned.flaws.add(
            kind, other["n"], other["n"], f"Anchor {other['n']} stands {how} in the second place."
        )
        _keep(pinned, other)
    return pinned


def _side_by_side(ours: Iterator[_Record], others: Iterator[_Record]) -> Iterator[tuple[_Record | None, ...]]:
    """The anchors of two files by their numbers. The second may be behind: it is caught up with later."""
    mine, other = next(ours, None), next(others, None)
    while mine is not None or other is not None:
        first = min(one["n"] for one in (mine, other) if one is not None)
        here = mine if mine is not None and mine["n"] == first else None
        there = other if other is not None and other["n"] == first else None
        yield here, there
        mine = next(ours, None) if here is not None else mine
        other = next(others, None) if there is not None else other


def _keep(pinned: Pinned, record: _Record) -> None:
    pinned.lines += 1
    for tenant_id, head in record["heads"].items():
        pins = pinned.of.setdefault(tenant_id, Pins())
        pins.add(head["seq"], bytes.fromhex(head["hash"]), record["n"], record["at"])


class _Thread:
    """The good lines of one file; what is wrong with the others goes to `flaws`."""

    def __init__(self, file: Path, key: Ed25519PublicKey, flaws: Flaws) -> None:
        self._file = file
        self._key = key
        self._flaws = flaws

    def __iter__(self) -> Iterator[_Record]:
        together: list[_Record] = []
        linked = True
        for record, follows in self._followed():
            linked = linked and follows
            together.append(record)
            if len(together) == _CHECKED_TOGETHER:
                yield from self._signed(together, linked)
                together, linked = [], True
        yield from self._signed(together, linked)

    def _followed(self) -> Iterator[tuple[_Record, bool]]:
        """Each line that can be read, and whether it follows the one before it in this file."""
        number, before, garbled = 0, NOTHING, False
        for line in self._lines():
            record = read_line(line)
            if record is None:
                garbled = garbled or line.endswith(b"\n")  # else: a write that was cut short, at the end
                continue
            n, follows = record["n"], record["prev"] == before
            if n > number + 1:
                self._say(Kind.anchor_missing, number + 1, n - 1, "missing")
            elif n <= number:
                self._say(Kind.anchor_altered, n, n, "out of order")
            elif not follows:
                self._say(Kind.anchor_altered, max(number, 1), n, "altered")
            # A write that was cut short leaves a torn line that the thread does not miss.
            number, before, garbled = n, line_hash(line), False
            yield record, follows
        if garbled:
            self._say(Kind.anchor_unreadable, number + 1, None, "unreadable")

    def _lines(self) -> Iterator[bytes]:
        try:
            with self._file.open("rb") as file:
                yield from file
        except FileNotFoundError:
            return

    def _signed(self, records: list[_Record], linked: bool) -> Iterator[_Record]:
        """Those whose signature is ours. Of lines that name each other's hash the last speaks for all."""
        if records and linked and self._is_signed(records[-1]):
            yield from records
            return
        for record in records:
            if self._is_signed(record):
                yield record
            else:
                self._say(Kind.anchor_unsigned, record["n"], record["n"], "not signed with our key")

    def _is_signed(self, record: _Record) -> bool:
        try:
            self._key.verify(urlsafe_b64decode(record["signature"]), signed_bytes(record))
            return True
        except (InvalidSignature, ValueError, TypeError):
            return False

    def _say(self, kind: Kind, first: int, last: int | None, how: str) -> None:
        several = last is not None and last != first
        which = f"Anchors {first} to {last} are" if several else f"Anchor {first} is"
        self._flaws.add(kind, first, last, f"{which} {how} in {self._file.name} ({self._place()}).")

    def _place(self) -> str:
        return "the home" if self._file.parent.name == "audit" else "the second place"
