"""The warehouse: runs one SELECT for one practice, under limits, and remembers the result.

run -> is it in the cache for this state of the data? -> is its cost within the gate? -> run it read only
as the practice's login, watched from outside -> cut at the row limit, and say so -> remember it.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import psycopg
import structlog
from psycopg import errors as pg
from psycopg.rows import TupleRow
from redis import Redis

from prentice.errors import (
    PrenticeError,
    QueryTimedOut,
    QueryTooCostly,
    SourceUnavailable,
    SourceUnsuitable,
    UnknownTenant,
)
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import for_login, unavailable
from prentice.tenancy.registry import Registry, Tenant
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.cache import Kept, ResultCache, field_of
from prentice.warehouse.cancel import Canceller
from prentice.warehouse.cells import Cell
from prentice.warehouse.freshness import Freshness
from prentice.warehouse.linkable import Linkable
from prentice.warehouse.pools import Door, Pools

Connection = psycopg.Connection[TupleRow]
log = structlog.get_logger(__name__)

# A statement this far below the gate is not explained again for a while: its cost would have to grow
# twentyfold with other parameters, and the time limit holds in any case.
_CLEARLY_CHEAP = 0.05
_COST_REMEMBERED_S = 300.0
_COSTS_REMEMBERED = 2_000
_VIEW = re.compile(r"\bprentice\.\"?(\w+)")


class Runnable(Protocol):
    """What `run` needs of a `semantic.compile.Statement`: one SELECT, its values apart from it."""

    @property
    def sql(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, object]: ...


class Limits(Protocol):
    """What `Warehouse` reads of `Settings`."""

    @property
    def statement_timeout_s(self) -> float: ...
    @property
    def max_rows(self) -> int: ...
    @property
    def max_cost(self) -> float: ...
    @property
    def cache_ttl_s(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Result:
    """`rows` hold int, float, str, bool and null alone; times are ISO 8601 of the practice's clock.

    `truncated`: there were more than `max_rows`. `elapsed_ms` is the whole of `run`.
    """

    columns: tuple[str, ...]
    rows: list[list[Cell]]
    truncated: bool
    cached: bool
    elapsed_ms: float


@dataclass(slots=True)
class Counters:
    """Since the start, for the metrics page."""

    queries: int = 0
    hits: int = 0
    refused: int = 0
    timed_out: int = 0
    unavailable: int = 0


class Warehouse:
    """Safe between threads; one for a process. Close it at the end."""

    def __init__(
        self, registry: Registry, keyring: Keyring, settings: Limits, redis: Redis | None = None
    ) -> None:
        self._registry = registry
        self._keyring = keyring
        self._limits = settings
        self._pools = Pools()
        self._canceller = Canceller(settings.statement_timeout_s, on_tick=self._pools.close_idle)
        self._freshness = Freshness()
        self._cache = ResultCache(redis, settings.cache_ttl_s)
        self._linkable = Linkable()
        self._costs: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()
        self.counters = Counters()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._canceller.close()
        self._freshness.close()
        self._pools.close()

    @property
    def cache_failures(self) -> int:
        """How often Valkey could not be used."""
        return self._cache.failures

    def run(self, scope: TenantScope, statement: Runnable, *, fresh: bool = False) -> Result:
        """The rows of one SELECT as this practice's login sees them.

        `fresh` passes by what the cache holds. Raises `QueryTooCostly`, `QueryTimedOut`,
        `SourceUnavailable`, `SourceUnsuitable`, `UnknownTenant`.
        """
        started = time.perf_counter()
        tenant = self._tenant(scope)
        version = self.data_version(scope)
        self.counters.queries += 1
        field = ""
        if version is not None:
            field = field_of(scope.role, statement.sql, statement.parameters)
            if not fresh and (kept := self._cache.get(tenant.id, version, field)):
                self.counters.hits += 1
                return Result(kept.columns, kept.rows, kept.truncated, True, _ms(started))
        kept = self._fetch(tenant, statement, self._limits.max_rows)
        if version is not None:
            self._cache.put(tenant.id, version, field, kept)
        return Result(kept.columns, kept.rows, kept.truncated, False, _ms(started))

    def data_version(self, scope: TenantScope) -> str | None:
        """Changes whenever what this practice's views show has changed; null where that cannot be told.

        Raises `SourceUnavailable`, `UnknownTenant`.
        """
        tenant = self._tenant(scope)
        try:
            return self._freshness.version(tenant.source_url or "shared", lambda: self._address(tenant))
        except SourceUnavailable:
            self.counters.unavailable += 1
            raise

    def values(self, scope: TenantScope) -> dict[str, list[str]]:
        """This practice's own values by dimension ('brand', 'staff', 'coating', …), sorted, null left out.

        'status' is the union of 'orders.status', 'appointments.status' and 'purchasing.status'. Raises
        what `run` raises.
        """
        tenant = self._tenant(scope)
        return self._linkable.of(
            tenant.id,
            self.data_version(scope),
            lambda sql, limit: self._fetch(tenant, _Plain(sql), limit).rows,
        )

    def _tenant(self, scope: TenantScope) -> Tenant:
        tenant = self._registry.get(scope.slug)
        if tenant.id != scope.tenant_id:  # removed, and another connected under the same name
            raise UnknownTenant("There is no such practice.", "Check its short name with the operator.")
        return tenant

    def _address(self, tenant: Tenant) -> str:
        password = self._keyring.get(f"login/{tenant.id}") or ""
        return for_login(self._registry.source_url(tenant), tenant.login, password)

    def _fetch(self, tenant: Tenant, statement: Runnable, limit: int) -> Kept:
        door = Door(tenant.id, tenant.company_id, tenant.source_url, lambda: self._address(tenant))
        self._canceller.guard(self._registry.source_url(tenant))
        try:
            try:
                return self._attempt(tenant, door, statement, limit, fresh=False)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # The connection had died while it waited (a restart, a firewall): once more on a new one.
                return self._attempt(tenant, door, statement, limit, fresh=True)
        except PrenticeError as told:
            self._count(told)
            raise
        except psycopg.Error as failure:
            said = _told(failure, statement.sql)
            self._count(said)
            log.warning(
                "query failed",
                tenant=tenant.id,
                sqlstate=failure.sqlstate,
                statement=_hash(statement.sql),
                code=said.code,
            )
            raise said from None

    def _attempt(self, tenant: Tenant, door: Door, statement: Runnable, limit: int, *, fresh: bool) -> Kept:
        # The SELECT inside ours: its order is kept, more rows than are shown are never fetched, and
        # only a query can stand there.
        text = f"select * from (\n{statement.sql.strip().rstrip(';')}\n) as answer limit {limit + 1}"
        remembered = f"{tenant.id}:{_hash(statement.sql)}"
        with (
            self._pools.lease(door, fresh=fresh) as connection,
            self._canceller.watch(connection, lambda: self._registry.source_url(tenant)) as watched,
        ):
            try:
                return _run(connection, text, statement.parameters, limit, self._gate(remembered))
            except (pg.QueryCanceled, pg.AdminShutdown, psycopg.OperationalError) as ended:
                if watched.fired or isinstance(ended, pg.QueryCanceled):
                    raise QueryTimedOut(
                        f"The question took longer than {self._limits.statement_timeout_s:g} seconds "
                        "and was stopped.",
                        "Ask for a shorter period, fewer groups, or one thing at a time.",
                    ) from None
                raise
            finally:
                if watched.fired:
                    connection.close()
                elif not connection.closed and connection.info.transaction_status != _IDLE:
                    _reset(connection)

    def _gate(self, remembered: str) -> _Gate | None:
        with self._lock:
            known = self._costs.get(remembered)
        if known is not None and time.monotonic() < known:
            return None
        return _Gate(self, remembered)

    def judge(self, remembered: str, cost: float) -> None:
        """Refuses what is over the gate; remembers what is far below it."""
        if cost > self._limits.max_cost:
            raise QueryTooCostly(
                "This question would read too much of the database at once "
                f"(estimated {cost / self._limits.max_cost:,.1f} times the limit).",
                "Ask for a shorter period, or for fewer groups.",
            )
        if cost <= self._limits.max_cost * _CLEARLY_CHEAP:
            with self._lock:
                self._costs[remembered] = time.monotonic() + _COST_REMEMBERED_S
                if len(self._costs) > _COSTS_REMEMBERED:
                    self._costs.popitem(last=False)

    def _count(self, told: PrenticeError) -> None:
        match told:
            case QueryTooCostly():
                self.counters.refused += 1
            case QueryTimedOut():
                self.counters.timed_out += 1
            case SourceUnavailable():
                self.counters.unavailable += 1


@dataclass(frozen=True, slots=True)
class _Gate:
    warehouse: Warehouse
    remembered: str


@dataclass(frozen=True, slots=True)
class _Plain:
    sql: str

    @property
    def parameters(self) -> Mapping[str, object]:
        return {}


_IDLE = psycopg.pq.TransactionStatus.IDLE


def _run(
    connection: Connection, text: str, parameters: Mapping[str, object], limit: int, gate: _Gate | None
) -> Kept:
    """One round trip, or two where the cost is not known. In a pipeline every statement goes by the
    extended protocol, which takes one statement at a time."""
    query = text.encode()
    with connection.pipeline():
        connection.execute("begin read only")
        if gate is not None:
            explained = connection.execute(b"explain (format json) " + query, parameters).fetchone()
            gate.warehouse.judge(gate.remembered, _cost(explained))
        cursor = connection.execute(query, parameters)
        connection.execute("commit")
        rows: list[Any] = cursor.fetchall()
    columns = tuple(column.name for column in cursor.description or ())
    return Kept(columns, [list(row) for row in rows[:limit]], len(rows) > limit)


def _cost(explained: TupleRow | None) -> float:
    plan = explained[0] if explained else "[]"
    parsed = orjson.loads(plan) if isinstance(plan, str) else plan
    return float(parsed[0]["Plan"]["Total Cost"])


def _reset(connection: Connection) -> None:
    try:
        connection.execute("rollback")
    except psycopg.Error:
        connection.close()


def _told(failure: psycopg.Error, sql: str) -> PrenticeError:
    """What is said of a database's error. Its own text stays inside: it may hold a value."""
    match failure:
        case pg.UndefinedTable() | pg.UndefinedColumn() | pg.UndefinedFunction():
            views = sorted({name.replace("_", " ") for name in _VIEW.findall(sql)})
            return SourceUnsuitable(
                f"This practice's database does not hold what the question needs ({', '.join(views)}).",
                "`prentice tenant report` lists what it can answer; if that is new, connect it again.",
            )
        case pg.InsufficientPrivilege():
            return SourceUnsuitable(
                "The practice's login may not read what the question needs.",
                "The operator should connect the practice again with `prentice tenant add`.",
            )
        case psycopg.DataError():
            return SourceUnsuitable(
                "The practice's database holds a value that cannot be calculated with.",
                "Ask for another period or another figure, and tell the operator.",
            )
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return unavailable()
        case _:
            return PrenticeError("The question could not be run.", "Tell the operator the trace id.")


def _hash(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:16]


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
