"""Refusals of people whom nobody knows, written down without letting them write the log full.

The first refusal of a kind from an address is a line at once. Those of the same kind that follow within a
minute are counted, and become one line with their count when the minute is over.
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
_MOST = 10_000  # kinds that are held at once; beyond, each refusal is a line of its own
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
            if held is None and len(self._repeated) < _MOST:
                self._repeated[kind] = _Repeated(now + self._every_s, entry)
                self._sweep()
        if held is not None:
            self._write_over(time.monotonic())
        self._append(entry)

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
