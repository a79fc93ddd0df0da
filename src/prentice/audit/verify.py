"""Verification: the chain read from its first entry to its last, each hash made again, beside the anchors.

The chain alone shows what was changed by somebody who did not make all later hashes anew; the anchors show
what was changed by somebody who did.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from struct import Struct

import orjson

from prentice.audit.anchor import anchors_file, public_key, second_file
from prentice.audit.chain import GENESIS, Head, head, heads, lines, link, reading
from prentice.audit.entry import PLATFORM
from prentice.audit.guards import altered_guards
from prentice.audit.log import ANCHOR_EVERY
from prentice.audit.pins import Pinned, Pins, read_pins
from prentice.audit.report import Flaws, Kind, Report
from prentice.ops.secrets import Keyring

NEAR = 1_000  # how far from its place an entry is looked for that was moved
_LOOKED_FOR = 1_000  # entries of a chain for which that is done: 1 ms each
_LATE_S = 3_600  # without an anchor: ten intervals at most, or this
_seq = Struct(">q").pack


class Verifier:
    """Verifies chains of one installation: its database, its key, its anchors. Changes nothing."""

    def __init__(
        self,
        platform_url: str,
        keyring: Keyring,
        home: Path,
        *,
        anchor_s: float = 60,
        anchor_to: Path | None = None,
    ) -> None:
        self._platform_url = platform_url
        self._key = public_key(keyring)
        self._files = anchors_file(home), second_file(anchor_to) if anchor_to else None
        self._late_s = max(_LATE_S, 10 * anchor_s)

    def verify(self, tenant_id: str) -> Report:
        """One chain; `'platform'` is one as well. What is wrong with the anchors' files, or with the triggers
        and rules of the tables, is told with it.

        Raises `SourceUnavailable`.
        """
        return self._verify(tenant_id, self._pinned())

    def everyone(self) -> Iterator[Report]:
        """Every chain that the database or an anchor knows of, the platform's first."""
        pinned = self._pinned()
        with reading(self._platform_url) as connection:
            known = {tenant for (tenant,) in connection.execute("select id from tenants")}
            known |= heads(connection).keys() | pinned.of.keys()
        for tenant_id in (PLATFORM, *sorted(known - {PLATFORM})):
            yield self._verify(tenant_id, pinned)
            pinned.flaws = Flaws()  # told once

    def _pinned(self) -> Pinned:
        """The anchors, with what is wrong with them and with the guards of the tables.

        Before the chain is read: an anchor of a head that comes later would look like one cut off.
        """
        pinned = read_pins(*self._files, self._key)
        with reading(self._platform_url) as connection:
            for what in altered_guards(connection):
                pinned.flaws.add(Kind.guard_altered, None, None, what)
        return pinned

    def _verify(self, tenant_id: str, pinned: Pinned) -> Report:
        began = time.perf_counter()
        pins = pinned.of.get(tenant_id, Pins())
        walk = _Walk(tenant_id, pins)
        with reading(self._platform_url, tenant_id) as connection:
            top = head(connection, tenant_id)
            walk.through(lines(connection, tenant_id))
        walk.end(top, self._late_s)
        flaws = walk.flaws
        for flaw in pinned.flaws.listed:
            flaws.add(flaw.kind, flaw.first, flaw.last, flaw.what)
        return Report(
            tenant_id=tenant_id,
            entries=walk.count,
            head=walk.last.hex(),
            anchored=walk.anchored,
            anchored_at=pins.at,
            flaws=tuple(flaws.listed),
            found=flaws.found + max(0, pinned.flaws.found - len(pinned.flaws.listed)),
            seconds=time.perf_counter() - began,
        )


@dataclass
class _Walk:
    """The way along one chain."""

    tenant_id: str
    pins: Pins
    flaws: Flaws = field(default_factory=Flaws)
    count: int = 0
    seq: int = 0  # of the entry before
    last: bytes = GENESIS  # its hash
    anchored: int = 0
    _fits: bool = True  # whether the entry before fitted its own hash
    _looked_for: int = 0
    _loose: bytes | None = None  # the first entry that no anchor vouches for

    def through(self, rows: Iterator[tuple[int, bytes, bytes, bytes]]) -> None:
        tenant = self.tenant_id.encode()
        pins = iter([*self.pins.ordered(), (2**63, 0, b"")])
        self._went_back()
        pin, n, pinned_hash = next(pins)
        newest = max(self.pins.seqs, default=0)
        diverged = False
        for seq, prev, digest, entry in rows:
            self.count += 1
            if (
                seq == self.seq + 1
                and prev == self.last
                and sha256(b"".join((prev, _seq(seq), tenant, entry))).digest() == digest
            ):
                self.seq, self.last, self._fits = seq, digest, True
            else:
                self._odd(seq, prev, digest, entry)
            while pin <= seq:
                if pin == seq and pinned_hash == digest:
                    self.anchored, diverged = seq, False
                elif pin == seq and not diverged:  # from here on all later anchors differ as well
                    diverged = True
                    self._rewritten(self.anchored + 1, seq, n)
                pin, n, pinned_hash = next(pins)
            if seq == newest + 1:
                self._loose = entry

    def end(self, top: Head | None, late_s: float) -> None:
        """What the head and the anchors say of the end."""
        newest = max(self.pins.seqs, default=0)
        if top is None and self.count:
            self.flaws.add(Kind.head_missing, self.seq, self.seq, "The chain's head is missing.")
        most = max(top.seq if top else 0, newest)
        if most > self.seq:
            who = "An anchor" if newest == most else "The head"
            self.flaws.add(
                Kind.truncated,
                self.seq + 1,
                most,
                f"{_entries(self.seq + 1, most)} missing at the end: {who.lower()} remembers number {most}.",
            )
        if top is not None and top.seq <= self.seq and (top.seq, top.hash) != (self.seq, self.last):
            self.flaws.add(
                Kind.head_altered, top.seq, self.seq, f"The head is not that of the last entry, {self.seq}."
            )
        if self._loose is not None:
            count = self.seq - newest
            if count > 5 * ANCHOR_EVERY or _age_s(self._loose) > late_s:
                self.flaws.add(
                    Kind.unanchored,
                    newest + 1,
                    self.seq,
                    f"{_entries(newest + 1, self.seq)} not anchored, which is long overdue: they could have "
                    "been rewritten.",
                )

    def _odd(self, seq: int, prev: bytes, digest: bytes, entry: bytes) -> None:
        """A row that does not follow the one before it, or does not fit its own hash."""
        if seq < 1:
            self.flaws.add(Kind.extra, seq, seq, f"An entry is numbered {seq}; the first is 1.")
            return
        if seq <= self.seq:
            self.flaws.add(Kind.repeated, seq, seq, f"Entry {seq} is there more than once.")
            return
        gap = seq > self.seq + 1
        if gap:
            self.flaws.add(Kind.missing, self.seq + 1, seq - 1, f"{_entries(self.seq + 1, seq - 1)} missing.")
        fits = link(prev, seq, self.tenant_id, entry) == digest
        if not fits:
            own = self._own_number(seq, prev, digest, entry)
            if own is None:
                self.flaws.add(Kind.altered, seq, seq, f"Entry {seq} was altered.")
            else:
                self.flaws.add(Kind.moved, seq, own, f"At number {seq} stands entry {own}.")
        elif not gap and prev != self.last and self._fits:
            if self.seq:
                what = f"Entry {self.seq} was replaced: the one after it remembers another."
                self.flaws.add(Kind.replaced, self.seq, self.seq, what)
            else:
                what = "Entry 1 was altered: it names an entry before it."
                self.flaws.add(Kind.altered, 1, 1, what)
        self.seq, self.last, self._fits = seq, digest, fits

    def _own_number(self, seq: int, prev: bytes, digest: bytes, entry: bytes) -> int | None:
        """The number under which this row was written, where it is one nearby."""
        self._looked_for += 1
        if self._looked_for > _LOOKED_FOR:
            return None
        for away in range(1, NEAR + 1):
            for other in (seq + away, seq - away):
                if other > 0 and link(prev, other, self.tenant_id, entry) == digest:
                    return other
        return None

    def _rewritten(self, first: int, last: int, n: int) -> None:
        which = f"An entry from {first} to {last} was" if first < last else f"Entry {last} was"
        self.flaws.add(
            Kind.rewritten, first, last, f"{which} rewritten, or taken out: anchor {n} remembers another."
        )

    def _went_back(self) -> None:
        before = 0
        for seq, n in zip(self.pins.seqs, self.pins.numbers, strict=True):
            if seq < before:
                self.flaws.add(
                    Kind.went_back,
                    seq,
                    before,
                    f"At anchor {n} the chain ended with entry {seq}; it had reached {before} before.",
                )
            before = seq


def _entries(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def _age_s(entry: bytes) -> float:
    """How long ago; 0 where the entry does not say (it is then found to be altered)."""
    try:
        at = datetime.fromisoformat(orjson.loads(entry)["at"])
        return (datetime.now(UTC) - at).total_seconds()
    except (ValueError, KeyError, TypeError):
        return 0.0
