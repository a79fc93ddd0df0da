"""Ends queries that run too long, from outside their session.

A session can switch its own statement_timeout off, so the limit is kept by a thread of ours: it sends
the cancel request over a second connection; if the query survives that (a block of code can catch it)
it has the server end the session; and if even that fails it closes the socket, so that nobody waits.
Besides, it sweeps each source for queries of practices' logins that came in by another door (an
ordinary client with the practice's address) and are over the limit.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
import structlog
from psycopg.rows import TupleRow

from prentice.errors import PrenticeError
from prentice.tenancy.address import connect

Connection = psycopg.Connection[TupleRow]
log = structlog.get_logger(__name__)

GRACE_S = 0.5  # between asking, insisting and hanging up; a cancel is taken within milliseconds
LOOK_S = 0.1  # how often the thread looks: the limit is kept to within this
SWEEP_S = 2.0  # a stray query lives at most this much longer than the limit
_SWEEP = """
select case when over > 5 then pg_terminate_backend(pid) else pg_cancel_backend(pid) end
from (
  select pid, extract(epoch from clock_timestamp() - query_start) - %s as over from pg_stat_activity
  where (usename ~ '^prentice_a_' or usename ~ '^prentice_t_' and datname = current_database())
    and state in ('active', 'fastpath function call')
) running where over > 1
"""


class Watch:
    """One query under the limit: it runs inside the `with`. `fired` once it was asked to end; its
    connection must not be used again then."""

    def __init__(
        self, connection: Connection, login: str, admin_url: str, deadline: float, name: str
    ) -> None:
        self.fired = False
        self._name = name
        self.deadline = deadline
        self._connection = connection
        self._login = login
        self._admin_url = admin_url
        self._over = threading.Event()
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        return self._over.is_set()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._lock:  # a cancel under way must not reach what runs next on this connection
            pass

    def end(self) -> None:
        """Ask the query to end; insist; hang up. Returns as soon as it is over."""
        with self._lock:
            if self._over.is_set():
                return
            self.fired = True
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=GRACE_S)
            if self._over.wait(GRACE_S):
                return
            with suppress(psycopg.Error, PrenticeError):
                pid = self._connection.info.backend_pid
                with connect(self._admin_url, application_name=self._name) as admin:
                    admin.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity "
                        "where pid = %s and usename = %s",
                        [pid, self._login],
                    )
            if self._over.wait(GRACE_S):
                return
            log.error("a query did not end when told to; hung up", login=self._login)
            with suppress(OSError, psycopg.Error):
                duplicate = socket.socket(fileno=os.dup(self._connection.fileno()))
                duplicate.shutdown(socket.SHUT_RDWR)
                duplicate.close()


class Canceller:
    """Two threads, started by the first query: one keeps the limits, one sweeps (and may have to wait for
    a server). `close` ends them. `on_tick` is called now and then. `name` is what sessions of ours are
    called, so that they are not taken for the host's."""

    def __init__(self, limit_s: float, *, on_tick: Callable[[], None], name: str) -> None:
        self._limit_s = limit_s
        self._name = name
        self._on_tick = on_tick
        self._watches: set[Watch] = set()
        self._sources: dict[str, Connection | None] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(
        self, connection: Connection, login: str, admin_url: str, *, limit_s: float | None = None
    ) -> Watch:
        """Ends what runs on the connection inside the watch's block after the limit."""
        watch = Watch(connection, login, admin_url, time.monotonic() + (limit_s or self._limit_s), self._name)
        with self._lock:
            self._watches.add(watch)
            self._start()
        return watch

    def guard(self, admin_url: str) -> None:
        """Sweep this source from now on."""
        if admin_url not in self._sources:
            with self._lock:
                self._sources.setdefault(admin_url, None)
                self._start()

    def close(self) -> None:
        self._closed.set()
        for thread in self._threads:
            thread.join(timeout=5)
        for connection in self._sources.values():
            if connection is not None:
                connection.close()

    def _start(self) -> None:
        if not self._threads and not self._closed.is_set():
            for work in (self._keep_limits, self._keep_swept):
                thread = threading.Thread(target=work, name="prentice-canceller", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _keep_limits(self) -> None:
        while not self._closed.wait(LOOK_S):
            now = time.monotonic()
            with self._lock:
                due = {watch for watch in self._watches if watch.over or watch.deadline <= now}
                self._watches -= due
            for watch in due:
                if not watch.over:
                    threading.Thread(target=watch.end, name="prentice-cancel", daemon=True).start()

    def _keep_swept(self) -> None:
        while not self._closed.wait(SWEEP_S):
            with self._lock:
                sources = list(self._sources)
            for source in sources:
                self._sweep(source)
            self._on_tick()

    def _sweep(self, admin_url: str) -> None:
        connection = self._sources.get(admin_url)
        try:
            if connection is None or connection.closed:
                connection = self._sources[admin_url] = connect(admin_url, application_name=self._name)
            with self.watch(connection, "", admin_url, limit_s=SWEEP_S):
                ended = connection.execute(_SWEEP, [self._limit_s]).fetchall()
            if ended:
                log.warning("stray queries ended", count=len(ended))
        except (PrenticeError, psycopg.Error):
            # The source is down, or this login may not signal: the next sweep tries again.
            if connection is not None:
                connection.close()
