"""What each user was told about patients lately, so that two answers cannot be subtracted from each other.

Kept in the platform database for some days, by practice and user, as descriptions of groups (never as
people) with what tells whether they changed since. Nothing is told that could not be written down there.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import orjson
import structlog
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from prentice.errors import WatchFull, WatchUnavailable
from prentice.semantic.people_shape import Span
from prentice.semantic.predicates import Every, Has, Is, Known, No, Predicate, Simple, Some, Who
from prentice.tenancy.platform import platform_engine
from prentice.tenancy.tables import patients_told as table
from prentice.warehouse.patients import Earlier, Told
from prentice.warehouse.persons import Group, Persons
from prentice.warehouse.prints import Print

GROUPS = 2_000  # of one user within the days: more are not told. 450 make the next table take 2 s
_WAIT_S = 20  # for another question of the same user
_FOR = text("select set_config('prentice.tenant', :id, true), set_config('lock_timeout', :s, true)")
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:key, 7023002))")  # any number of ours
log = structlog.get_logger(__name__)
T = TypeVar("T")


class Asked:
    """Safe between threads and processes. `seconds` is how long an answer is remembered."""

    def __init__(self, platform_url: str, seconds: float) -> None:
        self._engine = platform_engine(platform_url)
        self._seconds = seconds
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        self._engine.dispose()

    def beside(
        self, tenant_id: str, principal: str, persons: Persons, decide: Callable[[Told], tuple[T, Told]]
    ) -> T:
        """What `decide` makes of all that this user was told lately; what it tells is written down with it.

        Two questions of one user at once are decided one after the other. Raises `WatchUnavailable` where
        what was told cannot be read or written down, `WatchFull` where it became too much.
        """
        who = hashlib.sha256(principal.encode()).hexdigest()[:32]
        with self._lock:  # so that one user's questions wait here, and hold one connection
            lock = self._locks.setdefault(f"{tenant_id}:{who}", threading.Lock())
        with lock, self._alone(tenant_id, who) as connection:
            with _reachable():
                before = self._read(connection, tenant_id, who, persons.run_id)
            made, told = decide(before)
            if told.people or told.years:
                if len(_all(before, told)) > GROUPS:
                    raise WatchFull(
                        "This answer is withheld, every figure of it: you were told about so many groups of "
                        "patients lately that it cannot be made sure that none of 1 to 10 people could be "
                        "worked out.",
                        f"Ask again in {self._seconds / 86_400:.0f} days, when those are forgotten, or now "
                        "with fewer groups.",
                    )
                with _reachable():
                    self._write(connection, tenant_id, who, persons, told)
            with _reachable():
                connection.commit()
            return made

    @contextmanager
    def _alone(self, tenant_id: str, who: str) -> Iterator[Connection]:
        """A transaction that sees this practice's rows and is the only one for this user."""
        with _reachable():
            connection = self._engine.connect()
        try:
            with _reachable():
                connection.execute(
                    _FOR,
                    {"id": tenant_id, "s": f"{_WAIT_S}s"},
                )
                connection.execute(_ALONE, {"key": f"{tenant_id}:{who}"})
            yield connection
        finally:
            connection.close()

    def _read(self, connection: Connection, tenant_id: str, who: str, run_id: str) -> Told:
        lately = table.c.told_at > func.now() - text(f"interval '{self._seconds:.0f} seconds'")
        rows = connection.execute(
            select(table.c.run_id, table.c.groups, table.c.prints, table.c.codes)
            .where(table.c.tenant_id == tenant_id, table.c.principal == who, lately)
            .order_by(table.c.told_at.desc(), table.c.digest)
        ).all()
        people: dict[Group, None] = {}
        years: dict[Group, None] = {}
        earlier_people: list[Earlier] = []
        earlier_years: list[Earlier] = []
        for run, groups, prints, codes in rows:
            told = _told(groups)
            if run == run_id:
                people |= dict.fromkeys(told.people)
                years |= dict.fromkeys(told.years)
                continue
            was, had = _prints(prints), _numbers(codes)
            here = was[: len(told.people)], was[len(told.people) :]
            earlier_people += [Earlier(g, p, run, had) for g, p in zip(told.people, here[0], strict=True)]
            earlier_years += [Earlier(g, p, run, had) for g, p in zip(told.years, here[1], strict=True)]
        return Told(tuple(people), tuple(years), tuple(earlier_people), tuple(earlier_years))

    def _write(self, connection: Connection, tenant_id: str, who: str, persons: Persons, told: Told) -> None:
        plain = [[_plain(g) for g in told.people], [_plain(g) for g in told.years]]
        groups = zlib.compress(orjson.dumps(plain))
        prints = [*map(persons.print_of, told.people), *map(persons.print_by_year, told.years)]
        row = {
            "tenant_id": tenant_id,
            "principal": who,
            "run_id": persons.run_id,
            "digest": hashlib.sha256(groups).hexdigest()[:32],
            "groups": groups,
            "prints": _packed(
                [[p.size, len(p.numbers), len(p.values), *p.numbers, *p.values] for p in prints]
            ),
            "codes": np.array(persons.some_codes, dtype=np.uint64).tobytes(),
        }
        connection.execute(
            insert(table)
            .values(row)
            .on_conflict_do_update(
                index_elements=list(table.primary_key.columns), set_={"told_at": func.now()}
            )
        )
        late = func.now() - text(f"interval '{self._seconds:.0f} seconds'")
        connection.execute(delete(table).where(table.c.tenant_id == tenant_id, table.c.told_at <= late))


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as lost:
        log.warning("nothing is told about patients: the watch cannot be used", failure=type(lost).__name__)
        raise WatchUnavailable(
            "Questions about patients are not answered now: what you were told before cannot be looked up.",
            "Try again in a minute. If it goes on, the operator sees to the platform's own database.",
        ) from None


def _all(before: Told, told: Told) -> set[tuple[bool, Group]]:
    people = [*before.people, *(one.group for one in before.earlier_people), *told.people]
    years = [*before.years, *(one.group for one in before.earlier_years), *told.years]
    return {(False, group) for group in people} | {(True, group) for group in years}


# -- written and read ----------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _told(packed: bytes) -> Told:
    people, years = orjson.loads(zlib.decompress(packed))
    return Told(tuple(_group(one) for one in people), tuple(_group(one) for one in years))


def _packed(prints: list[list[int]]) -> bytes:
    return np.array([number for one in prints for number in one], dtype=np.uint32).tobytes()


@lru_cache(maxsize=512)
def _prints(packed: bytes) -> tuple[Print, ...]:
    numbers, found = np.frombuffer(packed, dtype=np.uint32).tolist(), list[Print]()
    while numbers:
        size, width, more = numbers[:3]
        mine, numbers = numbers[3 : 3 + width + more], numbers[3 + width + more :]
        found.append(Print(size, tuple(mine[:width]), tuple(mine[width:])))
    return tuple(found)


def _numbers(packed: bytes) -> tuple[int, ...]:
    return tuple(np.frombuffer(packed, dtype=np.uint64).tolist())


def _plain(group: Group) -> list[Any]:
    who = group.who
    return [
        [group.span.first, group.span.last],
        [[_node(p) for p in part] for part in (who.orders, who.findings, who.others)],
        [list(pair) for pair in group.keys],
        group.measure,
    ]


def _group(plain: list[Any]) -> Group:
    span, who, keys, measure = plain
    orders, findings = (tuple(_simple(node) for node in part) for part in who[:2])
    others = tuple(_predicate(node) for node in who[2])
    return Group(Span(*span), Who(orders, findings, others), tuple((k, v) for k, v in keys), measure)


def _node(one: Predicate) -> list[Any]:
    match one:
        case Is():
            return ["is", one.field, list(one.keys)]
        case Has():
            return ["has", one.field, one.key]
        case Known():
            return ["known", one.field]
        case No():
            return ["no", _node(one.part)]
        case Every():
            return ["every", *(_node(part) for part in one.parts)]
        case Some():
            return ["some", *(_node(part) for part in one.parts)]


def _predicate(node: list[Any]) -> Predicate:
    match node[0]:
        case "no":
            return No(_predicate(node[1]))
        case "every":
            return Every(tuple(_predicate(part) for part in node[1:]))
        case "some":
            return Some(tuple(_predicate(part) for part in node[1:]))
        case _:
            return _simple(node)


def _simple(node: list[Any]) -> Simple:
    match node[0]:
        case "is":
            return Is(node[1], tuple(node[2]))
        case "has":
            return Has(node[1], node[2])
        case _:
            return Known(node[1])
