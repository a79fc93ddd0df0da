"""Ends queries that run too long, from outside their session.

A session can switch its own statement_timeout off, so the limit is kept by a thread of ours: it sends
the cancel request over a second connection; if the query survives that (a block of code can catch it)
it has the server end the session; and if even that fails it closes the socket, so that nobody waits.
Besides, it sweeps each source for queries of practices' logins that came in by another door (an
ordinary client with the practice's address) and are over the limit.
"""

from __future__ import annotations

import heapq
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg.rows import TupleRow

from prentice.errors import PrenticeError
from prentice.tenancy.address import connect

Connection = psycopg.Connection[TupleRow]
log = structlog.get_logger(__name__)

GRACE_S = 0.5  # between asking, insisting and hanging up; a cancel is taken within milliseconds
SWEEP_S = 2.0  # a stray query lives at most this much longer than the limit
_SWEEP = """
select case when over > 5 then pg_terminate_backend(pid) else pg_cancel_backend(pid) end
from (
  select pid, extract(epoch from clock_timestamp() - query_start) - %s as over from pg_stat_activity
  where usename ~ '^prentice_t_' and datname = current_database()
    and state in ('active', 'fastpath function call')
) running where over > 1
"""


@dataclass(slots=True)
class Watch:
    """One query under the limit. `fired` once it was asked to end; its connection is then not used again."""

    connection: Connection
    admin_url: Callable[[], str]
    fired: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Canceller:
    """The thread, started by the first query. `close` ends it."""

    def __init__(self, limit_s: float, *, on_tick: Callable[[], None]) -> None:
        self.limit_s = limit_s
        self._on_tick = on_tick
        self._due: list[tuple[float, int, Watch]] = []
        self._count = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._sources: dict[str, Connection | None] = {}
        self._closed = False

    @contextmanager
    def watch(self, connection: Connection, admin_url: Callable[[], str]) -> Iterator[Watch]:
        """Ends what runs on the connection inside this block after the limit."""
        watched = Watch(connection, admin_url)
        with self._changed:
            self._start()
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + self.limit_s, self._count, watched))
            if self._due[0][2] is watched:
                self._changed.notify()
        try:
            yield watched
        finally:
            watched.over.set()
            with watched.lock:  # a cancel under way must not reach the next query on this connection
                pass

    def guard(self, admin_url: str) -> None:
        """Sweep this source from now on."""
        with self._changed:
            if admin_url not in self._sources:
                self._sources[admin_url] = None
                self._start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=5)
        for connection in self._sources.values():
            if connection is not None:
                connection.close()
        self._sources.clear()

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="prentice-canceller", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        swept = time.monotonic()
        while True:
            with self._changed:
                now = time.monotonic()
                wait = min(self._due[0][0], swept + SWEEP_S) - now if self._due else swept + SWEEP_S - now
                if wait > 0 and not self._closed:
                    self._changed.wait(wait)
                if self._closed:
                    return
                now = time.monotonic()
                late = []
                while self._due and (self._due[0][0] <= now or self._due[0][2].over.is_set()):
                    watched = heapq.heappop(self._due)[2]
                    if not watched.over.is_set():
                        late.append(watched)
                sources = list(self._sources) if now >= swept + SWEEP_S else []
            for watched in late:
                threading.Thread(target=_end, args=(watched,), name="prentice-cancel", daemon=True).start()
            if now >= swept + SWEEP_S:
                for source in sources:
                    self._sweep(source)
                self._on_tick()
                swept = time.monotonic()

    def _sweep(self, admin_url: str) -> None:
        connection = self._sources.get(admin_url)
        try:
            if connection is None or connection.closed:
                connection = self._sources[admin_url] = connect(admin_url, application_name="prentice-watch")
            ended = connection.execute(_SWEEP, [self.limit_s]).fetchall()
            if ended:
                log.warning("stray queries ended", count=len(ended))
        except (PrenticeError, psycopg.Error):
            # The source is down, or this login may not signal: the next sweep tries again.
            if connection is not None:
                connection.close()


def _end(watched: Watch) -> None:
    with watched.lock:
        if watched.over.is_set():
            return
        watched.fired = True
        with suppress(psycopg.Error):
            watched.connection.cancel_safe(timeout=GRACE_S)
        if watched.over.wait(GRACE_S):
            return
        with suppress(psycopg.Error, PrenticeError):
            pid = watched.connection.info.backend_pid
            with connect(watched.admin_url(), application_name="prentice-watch") as admin:
                admin.execute("select pg_terminate_backend(%s)", [pid])
        if watched.over.wait(GRACE_S):
            return
        log.error("a query did not end when told to; hung up")
        with suppress(OSError, psycopg.Error):
            duplicate = socket.socket(fileno=os.dup(watched.connection.fileno()))
            duplicate.shutdown(socket.SHUT_RDWR)
            duplicate.close()
