"""Connections by practice: opened when a question needs one, kept warm, closed when idle.

Not psycopg_pool: it keeps four threads for each pool (hundreds of practices), and after an outage it
waits out a growing pause before it connects again. Here the one who asks connects, so that an error is
told at once and the first question after an outage finds the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import TupleRow

from prentice.errors import PrenticeError, SourceUnavailable, SourceUnsuitable
from prentice.tenancy.address import connect
from prentice.warehouse.cells import answer_adapters

Connection = psycopg.Connection[TupleRow]

PER_TENANT = 4  # queries of one practice at once: two cores gain nothing from more
IN_ALL = 60  # of a server's usual 100; the host needs its own
IDLE_S = 120.0  # a person who thinks between two questions finds the connection warm
WAIT_S = 5.0  # for one of the practice's connections, before the question is told to come back


# Set at each opening: a login can change what its own later sessions start with (ALTER ROLE … SET), and
# an answer would then fail, come slowly, or have its dates or letters read wrongly.
_BELTS = (
    "set datestyle = 'ISO, YMD'",
    "set timezone = 'UTC'",
    "set row_security = on",
    "set search_path = pg_catalog",
)
_BY_HASH = "set enable_nestloop = off"


@dataclass(frozen=True, slots=True)
class Door:
    """How a login comes in, read anew at each connecting, and what it must find there: its practice, in the
    source; a finished run, in the anonymised copy (`looks_for`, `refusal`)."""

    tenant_id: str  # of the pool; the copy's is another one than the source's
    login: str
    company_id: str
    source: str | None  # Tenant.source_url; another one means another database
    address: Callable[[], str]
    looks_for: str = "select company_id from prentice.practice"
    refusal: Callable[[], PrenticeError] | None = None
    by_hash: bool = True  # behind security barriers the planner cannot count, and would join row by row

    def finds(self, row: TupleRow | None) -> bool:
        """Whether what it looked for is there."""
        return row is not None if self.refusal else row == (self.company_id,)

    def refused(self) -> PrenticeError:
        if self.refusal:
            return self.refusal()
        return SourceUnsuitable(
            "The practice's login does not find its practice in the database.",
            "The operator should connect it again with `prentice tenant add`; nothing is lost.",
        )


@dataclass(slots=True)
class _Pool:
    door: Door
    free: list[tuple[float, Connection]] = field(default_factory=list)  # the warmest last
    taken: int = 0


class Pools:
    """One small pool a practice; safe between threads."""

    def __init__(self, limit_s: float) -> None:
        # The limit a little after the outside canceller's.
        self._belts = (f"set statement_timeout = {int(limit_s * 1000) + 2000}", *_BELTS)
        self._pools: dict[str, _Pool] = {}
        self._changed = threading.Condition()
        self._adapters = answer_adapters()
        self._closed = False

    @contextmanager
    def lease(self, door: Door, *, fresh: bool = False) -> Iterator[Connection]:
        """A connection as the practice's login, in autocommit. `fresh` opens a new one.

        It goes back when the block ends, unless it broke or is inside a transaction. Raises
        `SourceUnavailable` where the database does not answer, or all of the practice's connections
        stay taken for 5 s; `SourceUnsuitable` where the login finds another practice than its own.
        """
        pool, connection = self._take(door, fresh)
        try:
            if connection is None:
                connection = self._open(door)
            yield connection
        finally:
            self._give_back(pool, connection)

    def close_idle(self) -> None:
        """Close what has not been used for a while."""
        before = time.monotonic() - IDLE_S
        with self._changed:
            idle = []
            for tenant_id, pool in list(self._pools.items()):
                idle += [connection for at, connection in pool.free if at < before]
                pool.free = [(at, connection) for at, connection in pool.free if at >= before]
                if not pool.free and not pool.taken:
                    del self._pools[tenant_id]
        for connection in idle:
            connection.close()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            idle = [connection for pool in self._pools.values() for _, connection in pool.free]
            self._pools.clear()
        for connection in idle:
            connection.close()

    def _take(self, door: Door, fresh: bool) -> tuple[_Pool, Connection | None]:
        deadline = time.monotonic() + WAIT_S
        stale: list[Connection] = []
        with self._changed:
            while True:
                pool = self._pools.get(door.tenant_id)
                if pool is None or pool.door.source != door.source:
                    stale += [connection for _, connection in pool.free] if pool else []
                    pool = self._pools[door.tenant_id] = _Pool(door)
                if fresh:
                    stale += [connection for _, connection in pool.free]
                    pool.free = []
                if pool.taken < PER_TENANT:
                    break
                if not self._changed.wait(deadline - time.monotonic()):
                    raise SourceUnavailable(
                        "This practice has too many questions under way.", "Ask again in a moment."
                    )
            pool.taken += 1
            connection = pool.free.pop()[1] if pool.free else None
            if connection is None:
                stale += self._make_room()
        for old in stale:
            old.close()
        return pool, connection

    def _make_room(self) -> list[Connection]:
        """Free connections of the practices that have been quiet longest, where there are too many in all."""
        open_now = sum(pool.taken + len(pool.free) for pool in self._pools.values())
        surplus = open_now - IN_ALL
        if surplus <= 0:
            return []
        oldest = sorted((entry[0], pool, entry) for pool in self._pools.values() for entry in pool.free)
        for _, pool, entry in oldest[:surplus]:
            pool.free.remove(entry)
        return [entry[1] for _, _, entry in oldest[:surplus]]

    def _open(self, door: Door) -> Connection:
        # Unnamed statements: a pooler between us and the server (PgBouncer) may not keep named ones.
        connection = connect(door.address(), context=_Adapters(self._adapters), prepare_threshold=None)
        try:
            with connection.pipeline():
                for belt in (*self._belts, *([_BY_HASH] if door.by_hash else [])):
                    connection.execute(belt.encode())
                found = connection.execute(door.looks_for.encode()).fetchone()
        except psycopg.Error:
            found = None
        if not door.finds(found):
            connection.close()
            raise door.refused()
        return connection

    def _give_back(self, pool: _Pool, connection: Connection | None) -> None:
        usable = (
            connection is not None
            and not connection.closed
            and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )
        with self._changed:
            pool.taken -= 1
            kept = usable and not self._closed and self._pools.get(pool.door.tenant_id) is pool
            if kept and connection is not None:
                pool.free.append((time.monotonic(), connection))
            self._changed.notify_all()
        if connection is not None and not kept:
            connection.close()


@dataclass(frozen=True, slots=True)
class _Adapters:
    """psycopg takes adapters from a context; this one has nothing else."""

    adapters: psycopg.adapt.AdaptersMap
    connection: None = None
