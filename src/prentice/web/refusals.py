"""Refusals of people whom nobody knows, written down without letting them write the log full.

The first refusal of a kind from an address is a line at once. Those of the same kind that follow within a
minute are counted, and become one line with their count when the minute is over. A chain takes `LINES` such
first lines a minute: of whoever has more addresses or credentials the others are counted together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from prentice.audit.entry import Entry
from prentice.errors import AuditUnavailable
from prentice.identity.addresses import counted

EVERY_S = 60.0
LINES = 120  # a minute of one chain: whoever guesses keys by hand stays below it
_MOST = 10_000  # kinds that are held at once
log = structlog.get_logger(__name__)

_Kind = tuple[str, str, str | None, str, str, str]


@dataclass(slots=True)
class _Repeated:
    until: float
    last: Entry
    count: int = 0  # not yet written down


class Refusals:
    """For one application; safe between threads. `close` writes down what was counted.

    What was counted and not yet written is lost with a process that is killed: at most a minute of
    repetitions, of which the first stands in the log.
    """

    def __init__(self, append: Callable[[Entry], None], *, every_s: float = EVERY_S) -> None:
        self._append = append
        self._every_s = every_s
        self._repeated: dict[_Kind, _Repeated] = {}
        self._begun: dict[str, _Repeated] = {}  # first lines of each chain in its minute
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._sweeper: threading.Thread | None = None

    def note(self, entry: Entry) -> None:
        """Write it down, or count it. Raises `AuditUnavailable`."""
        kind = (
            entry.tenant_id,
            entry.action.value,
            entry.code,
            entry.kind,
            entry.credential_id,
            counted(entry.address),
        )
        now = time.monotonic()
        with self._lock:
            held = self._repeated.get(kind)
            if held is not None and now < held.until:
                held.count += 1
                held.last = entry
                return
            if self._is_many(entry, now):
                kind = (entry.tenant_id, entry.action.value, entry.code, "", "", "")
                entry = replace(entry, who="", kind="", credential_id="", address="")
                self._repeated.setdefault(kind, _Repeated(now + self._every_s, entry)).count += 1
                self._sweep()
                return
            if held is None:
                self._repeated[kind] = _Repeated(now + self._every_s, entry)
                self._sweep()
        if held is not None:
            self._write_over(time.monotonic())
        self._append(entry)

    def _is_many(self, entry: Entry, now: float) -> bool:
        """Whether the chain has had its first lines of this minute."""
        begun = self._begun.get(entry.tenant_id)
        if begun is None or now >= begun.until:
            begun = self._begun[entry.tenant_id] = _Repeated(now + self._every_s, entry)
        begun.count += 1
        return begun.count > LINES or len(self._repeated) >= _MOST

    def close(self) -> None:
        """May be called twice."""
        self._ended.set()
        if self._sweeper is not None:
            self._sweeper.join()
        self._write_over(float("inf"))

    def _sweep(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._go_on, name="prentice-refusals", daemon=True)
            self._sweeper.start()

    def _go_on(self) -> None:
        while not self._ended.wait(self._every_s / 12):
            self._write_over(time.monotonic())

    def _write_over(self, now: float) -> None:
        """What was counted in minutes that are over. What cannot be written now is kept for the next time."""
        with self._lock:
            over = [(kind, one) for kind, one in self._repeated.items() if one.until <= now]
            for kind, _ in over:
                del self._repeated[kind]
            for chain in [chain for chain, one in self._begun.items() if one.until <= now]:
                del self._begun[chain]
        for kind, one in over:
            if not one.count:
                continue
            facts = {**one.last.facts, "count": one.count, "within_s": round(self._every_s)}
            try:
                self._append(replace(one.last, facts=facts))
            except AuditUnavailable:
                log.warning("refusals_unwritten", count=one.count)
                with self._lock:
                    again = self._repeated.setdefault(kind, replace(one, count=0))
                    again.count += one.count
