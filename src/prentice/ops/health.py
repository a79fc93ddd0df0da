"""Is what Prentice stands on there? Each probe is short and never repeats a server's own error text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import redis

PROBE_S = 2.0  # a readiness probe that takes longer is itself the outage


@dataclass(frozen=True, slots=True)
class Part:
    """One server: whether it answered, and how long that took."""

    name: str
    up: bool
    ms: float


def postgres_answers(url: str) -> bool:
    """True if a login at `url` may run `select 1` within `PROBE_S`."""
    try:
        with psycopg.connect(url, connect_timeout=int(PROBE_S), autocommit=True) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def valkey_answers(url: str) -> bool:
    """True if the cache at `url` answers PING within `PROBE_S`."""
    try:
        with redis.Redis.from_url(url, socket_timeout=PROBE_S, socket_connect_timeout=PROBE_S) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def probe(parts: Mapping[str, Callable[[], bool]]) -> tuple[Part, ...]:
    """Run every probe at once; the slowest decides how long it takes. Keeps the order given."""

    def one(name: str) -> Part:
        began = time.perf_counter()
        up = parts[name]()
        return Part(name, up, round((time.perf_counter() - began) * 1000, 1))

    with ThreadPoolExecutor(max_workers=len(parts) or 1) as pool:
        return tuple(pool.map(one, parts))
