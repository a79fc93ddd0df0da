"""The warehouse: runs one SELECT for one practice, under limits, and remembers the result.

run -> is it in the cache for this state of the data? -> is its cost within the gate? -> run it read only
as the practice's login, watched from outside -> cut at the row limit, and say so -> remember it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import psycopg
import structlog
from psycopg import errors as pg
from redis import Redis

from prentice.errors import (
    PrenticeError,
    QueryTimedOut,
    QueryTooCostly,
    SourceUnavailable,
    UnknownTenant,
)
from prentice.ops.secrets import Keyring
from prentice.semantic.people_shape import PeopleShape
from prentice.semantic.statement import Statement
from prentice.tenancy.address import for_login
from prentice.tenancy.registry import Registry, Tenant, login_secret
from prentice.tenancy.scope import TenantScope
from prentice.warehouse import reading
from prentice.warehouse.asked import Asked
from prentice.warehouse.cache import Kept, ResultCache, field_of
from prentice.warehouse.cancel import Canceller
from prentice.warehouse.cells import Cell
from prentice.warehouse.copies import RUN, copy_door
from prentice.warehouse.failures import told
from prentice.warehouse.freshness import Freshness
from prentice.warehouse.gate import Gate
from prentice.warehouse.linkable import Linkable
from prentice.warehouse.patients import OutOfStep, Shown, Told, withhold
from prentice.warehouse.persons import Indexes, Persons
from prentice.warehouse.pools import Door, Pools
from prentice.warehouse.reading import Spend

log = structlog.get_logger(__name__)


class Runnable(Protocol):
    """What `run` needs of a `semantic.statement.Statement`: one SELECT, its values apart from it."""

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
    @property
    def patients_watch_days(self) -> float: ...


def _free(cost: float) -> None:
    """Nobody counts: what is looked up for no question."""


@dataclass(frozen=True, slots=True)
class Result:
    """`rows` hold int, float, str, bool and null alone; times are ISO 8601 of the practice's clock.

    `truncated`: there were more than `max_rows`. `elapsed_ms` is the whole of `run`. `withheld` groups of
    patients have figures that are null, because 1 to 10 people stand behind them or could be worked out.
    """

    columns: tuple[str, ...]
    rows: list[list[Cell]]
    truncated: bool
    cached: bool
    elapsed_ms: float
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class _Route:
    """A database, the login it is read with, and the address from which a query of it is ended."""

    door: Door
    admin_url: str


PRINTS = "patients/prints"  # the keyring's name for the key of the prints of groups that were told
INSTALLATION = "installation"  # the keyring's name for what tells our sessions from any other's
_ALL = 10_000_000  # of people's groups none is cut before it is known which must be withheld


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
        self._pools = Pools(settings.statement_timeout_s)
        own = f"prentice {keyring.get_or_create(INSTALLATION, 9)}"
        self._canceller = Canceller(settings.statement_timeout_s, on_tick=self._pools.close_idle, name=own)
        self._freshness = Freshness(self._canceller, own)
        self._cache = ResultCache(redis, settings.cache_ttl_s)
        self._gate = Gate(settings.max_cost)
        self._linkable = Linkable()
        self._indexes = Indexes()
        self._prints_key = keyring.get_or_create(PRINTS).encode()[:64]
        # What the cache gives again was told when it came there: that much longer it is remembered.
        watched = settings.patients_watch_days * 86_400 + settings.cache_ttl_s
        self._asked = Asked(registry.platform_url, watched)
        self.counters = Counters()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._canceller.close()
        self._asked.close()
        self._freshness.close()
        self._pools.close()

    @property
    def cache_failures(self) -> int:
        """How often Valkey could not be used."""
        return self._cache.failures

    def run(
        self, scope: TenantScope, statement: Runnable, *, fresh: bool = False, spend: Spend = _free
    ) -> Result:
        """The rows of one SELECT as this practice's login sees them.

        A statement about patients is put to the anonymised copy, and small groups are withheld here.
        `fresh` passes by what the cache holds. `spend` is told what a statement costs by EXPLAIN, before it
        runs, and may refuse it. Raises `QueryTooCostly`, `QueryTimedOut`,
        `SourceUnavailable`, `SourceUnsuitable` (this practice has no such data), `NoCopy`, `UnknownTenant`,
        and of patients `WatchUnavailable` and `WatchFull`.
        """
        started = time.perf_counter()
        tenant = self._tenant(scope)
        if isinstance(statement, Statement) and statement.people is not None:
            return self._run_people(scope, tenant, statement, statement.people, started, fresh, spend)
        version = self._version(tenant)
        self.counters.queries += 1
        limit = self._limits.max_rows
        field = f"{limit}:{field_of(scope.role, statement.sql, statement.parameters)}"
        if version is not None and not fresh and (kept := self._cache.get(tenant.id, version, field)):
            self.counters.hits += 1
            return Result(kept.columns, kept.rows, kept.truncated, True, _ms(started))
        kept = self._fetch(tenant, statement.sql, statement.parameters, limit, spend)
        if version is not None:
            self._cache.put(tenant.id, version, field, kept)
        return Result(kept.columns, kept.rows, kept.truncated, False, _ms(started))

    def _run_people(
        self,
        scope: TenantScope,
        tenant: Tenant,
        statement: Statement,
        shape: PeopleShape,
        started: float,
        fresh: bool,
        spend: Spend,
    ) -> Result:
        """The answer's own rows: what must not be told is taken out before they are kept or given."""
        self.counters.queries += 1
        copy = self._copy(tenant)
        columns = tuple(column.name for column in statement.columns)
        limit = self._limits.max_rows
        asked = (
            f"{scope.principal}\n{statement.sql}\n{shape!r}"  # a user may be an address: hashed with the rest
        )
        field = f"{limit}:{field_of(scope.role, asked, statement.parameters)}"
        for last in (False, True):
            run_id = str(self._read(copy, RUN, {}, 1).rows[0][0])
            if not fresh and (kept := self._cache.get(copy.door.tenant_id, run_id, field)):
                self.counters.hits += 1
                return Result(columns, kept.rows, kept.truncated, True, _ms(started), kept.withheld)
            persons = self._indexes.of(
                tenant.id, run_id, lambda sql: self._read(copy, sql, {}, _ALL, spend).rows, self._prints_key
            )
            rows = self._read(copy, statement.sql, statement.parameters, _ALL, spend).rows

            def decide(
                before: Told, rows: list[list[Cell]] = rows, persons: Persons = persons
            ) -> tuple[Shown, Told]:
                shown = withhold(shape, columns, rows, persons, before)
                return shown, shown.told

            try:
                shown = self._asked.beside(tenant.id, scope.principal, persons, decide)
                break
            except OutOfStep:
                if last:
                    raise
                self._indexes.forget(tenant.id)  # a new copy came between: once more on that
        kept = Kept(columns, shown.rows[:limit], len(shown.rows) > limit, shown.withheld)
        self._cache.put(copy.door.tenant_id, run_id, field, kept)
        return Result(columns, kept.rows, kept.truncated, False, _ms(started), kept.withheld)

    def values(self, scope: TenantScope, *, spend: Spend = _free) -> dict[str, list[str]]:
        """This practice's own values by dimension ('brand', 'staff', 'coating', …), sorted, null left out.

        'status' is the union of 'orders.status', 'appointments.status' and 'purchasing.status'. The same
        object comes again until the values were read anew; `spend` is told what that costs. Raises what
        `run` raises.
        """
        tenant = self._tenant(scope)
        return self._linkable.of(
            tenant.id,
            self._version(tenant),
            lambda sql, limit: self._fetch(tenant, sql, {}, limit, spend).rows,
        )

    def data_version(self, scope: TenantScope) -> str | None:
        """Changes whenever what this practice's views show has changed; null where that cannot be told.

        Raises `SourceUnavailable`, `UnknownTenant`.
        """
        return self._version(self._tenant(scope))

    def _tenant(self, scope: TenantScope) -> Tenant:
        tenant = self._registry.active(scope.slug)  # a scope may be older than its practice's suspension
        if tenant.id != scope.tenant_id:  # removed, and another connected under the same name
            raise UnknownTenant("There is no such practice.", "Check its short name with the operator.")
        return tenant

    def _door(self, tenant: Tenant) -> Door:
        def address() -> str:
            password = self._keyring.get(login_secret(tenant.id)) or ""
            return for_login(self._registry.source_url(tenant), tenant.login, password)

        return Door(tenant.id, tenant.login, tenant.company_id, tenant.source_url, address)

    def _source(self, tenant: Tenant) -> _Route:
        return _Route(self._door(tenant), self._registry.source_url(tenant))

    def _copy(self, tenant: Tenant) -> _Route:
        """The way to the anonymised copy. Raises `NoCopy` where there is none yet."""
        platform_url = self._registry.platform_url
        self._canceller.guard(platform_url)
        return _Route(copy_door(self._keyring, platform_url, tenant.id, tenant.slug), platform_url)

    def _version(self, tenant: Tenant) -> str | None:
        admin_url = self._registry.source_url(tenant)
        self._canceller.guard(admin_url)
        try:
            return self._freshness.version(self._door(tenant), admin_url)
        except SourceUnavailable:
            self.counters.unavailable += 1
            raise

    def _fetch(
        self, tenant: Tenant, sql: str, parameters: Mapping[str, object], limit: int, spend: Spend = _free
    ) -> Kept:
        return self._read(self._source(tenant), sql, parameters, limit, spend)

    def _read(
        self,
        route: _Route,
        sql: str,
        parameters: Mapping[str, object],
        limit: int,
        spend: Spend = _free,
    ) -> Kept:
        try:
            try:
                return self._attempt(route, sql, parameters, limit, spend, fresh=False)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # The connection had died while it waited (a restart, a firewall): once more on a new one.
                return self._attempt(route, sql, parameters, limit, spend, fresh=True)
        except PrenticeError as known:
            self._count(known)
            raise
        except psycopg.Error as failure:
            said = told(failure, sql)
            self._count(said)
            log.warning(
                "query failed",
                tenant=route.door.tenant_id,
                sqlstate=failure.sqlstate,
                statement=_hash(sql),
                code=said.code,
            )
            raise said from None

    def _attempt(
        self,
        route: _Route,
        sql: str,
        parameters: Mapping[str, object],
        limit: int,
        spend: Spend,
        *,
        fresh: bool,
    ) -> Kept:
        # The SELECT inside ours: its order is kept, more rows than are shown are never fetched, and
        # only a query can stand there.
        text = f"select * from (\n{sql.strip().rstrip(';')}\n) as answer limit {limit + 1}"
        name = f"{route.door.tenant_id}:{_hash(sql)}"
        known = self._gate.known_cost(name)
        if known is not None:
            spend(known)
        gate = self._gate if known is None else None
        with self._pools.lease(route.door, fresh=fresh) as connection:
            watch = self._canceller.watch(connection, route.door.login, route.admin_url)
            try:
                with watch:
                    return reading.run(connection, text, parameters, limit, gate, name, spend)
            except psycopg.OperationalError as ended:
                if watch.fired or isinstance(ended, pg.QueryCanceled):
                    raise QueryTimedOut(
                        f"The question took longer than {self._limits.statement_timeout_s:g} seconds "
                        "and was stopped.",
                        "Ask for a shorter period, fewer groups, or one thing at a time.",
                    ) from None
                raise
            finally:
                if watch.fired:  # a late cancel must not hit the next query
                    connection.close()
                else:
                    reading.end(connection)

    def _count(self, failure: PrenticeError) -> None:
        match failure:
            case QueryTooCostly():
                self.counters.refused += 1
            case QueryTimedOut():
                self.counters.timed_out += 1
            case SourceUnavailable():
                self.counters.unavailable += 1


def _hash(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:16]


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
