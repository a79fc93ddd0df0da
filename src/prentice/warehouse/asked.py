"""What each user was told about patients lately, so that two answers cannot be subtracted from each other.

Kept in Valkey for some days, by practice and user, as descriptions of groups (never as people): they are
looked up anew in each copy. Where Valkey cannot be used, this process remembers alone.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import orjson
import structlog
from redis import Redis
from redis.exceptions import RedisError, WatchError

from prentice.semantic.people_shape import Span
from prentice.semantic.predicates import Every, Has, Is, Known, No, Predicate, Simple, Some, Who
from prentice.warehouse.patients import Told
from prentice.warehouse.persons import Group

QUESTIONS = 50  # of one user; each with all of its groups
GROUPS = 400  # of those questions, the latest: what is looked at beside a new one
_TRIES = 5
log = structlog.get_logger(__name__)
T = TypeVar("T")


class Asked:
    """Safe between threads and processes."""

    def __init__(self, redis: Redis | None, days: float) -> None:
        self._redis = redis
        self._seconds = int(days * 86_400)
        self._here: dict[str, deque[bytes]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def beside(self, tenant_id: str, principal: str, decide: Callable[[Told], tuple[T, Told]]) -> T:
        """What `decide` makes of all that this user was told lately; what it tells is remembered with it.

        Two questions of one user at once are decided one after the other.
        """
        key = _key(tenant_id, principal)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if self._redis is not None:
                try:
                    return self._there(self._redis, key, decide)
                except (RedisError, OSError) as lost:
                    log.warning(
                        "the watch on questions about patients goes on in this process alone",
                        failure=type(lost).__name__,
                    )
            here = self._here.setdefault(key, deque(maxlen=QUESTIONS))
            made, told = decide(_read(here))
            if told.people or told.years:
                here.append(_written(told))
            return made

    def _there(self, redis: Redis, key: str, decide: Callable[[Told], tuple[T, Told]]) -> T:
        for _ in range(_TRIES):
            with redis.pipeline() as pipe:
                pipe.watch(key)  # type: ignore[no-untyped-call]
                entries: Any = pipe.lrange(key, -QUESTIONS, -1)
                held = [entry for entry in entries if isinstance(entry, bytes)]
                made, told = decide(_read([*self._here.get(key, ()), *held]))
                written = _written(told)
                if not (told.people or told.years) or written in held:
                    return made
                pipe.multi()
                pipe.rpush(key, written)
                pipe.ltrim(key, -QUESTIONS, -1)
                pipe.expire(key, self._seconds)
                try:
                    pipe.execute()
                except WatchError:  # another process answered this user meanwhile
                    continue
                return made
        raise RedisError("the user's questions kept changing")


def _key(tenant_id: str, principal: str) -> str:
    """A user may be an address: it stands in no key as it is."""
    who = hashlib.sha256(principal.encode()).hexdigest()[:32]
    return f"prentice:asked:{tenant_id}:{who}"


def _read(entries: Iterable[bytes]) -> Told:
    people: list[Group] = []
    years: list[Group] = []
    for entry in reversed(list(entries)):  # the latest first
        told = orjson.loads(entry)
        people += [_group(one) for one in told[0]]
        years += [_group(one) for one in told[1]]
    return Told(tuple(dict.fromkeys(people))[:GROUPS], tuple(dict.fromkeys(years))[:GROUPS])


def _written(told: Told) -> bytes:
    return orjson.dumps([[_plain(g) for g in told.people], [_plain(g) for g in told.years]])


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
