"""Results in Valkey, by practice, state of its data, role and statement.

One hash for each practice and state: when the data changes the whole of it is dropped at once. Without
Valkey every question is answered from the database; that is counted, and nothing fails.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import structlog
from redis import Redis
from redis.exceptions import RedisError

from prentice.warehouse.cells import Cell

log = structlog.get_logger(__name__)

LARGEST = 1_000_000  # bytes of one result; a larger one is seldom asked for twice
MOST = 2_000  # results of one practice and state
PAUSE_S = 1.0  # after a failure, before Valkey is tried again: a dead one must not slow every question


@dataclass(frozen=True, slots=True)
class Kept:
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    truncated: bool
    withheld: int = 0  # groups of patients; they are null in the rows already


class ResultCache:
    """Safe between threads. `failures` counts what Valkey could not do."""

    def __init__(self, redis: Redis | None, ttl_s: int) -> None:
        self._redis = redis if ttl_s > 0 else None
        self._ttl_s = ttl_s
        self._latest: dict[str, str] = {}
        self._lock = threading.Lock()
        self._silent_until = 0.0
        self.failures = 0

    def get(self, tenant_id: str, version: str, field: str) -> Kept | None:
        if self._redis is None or self._silent():
            return None
        self._drop_older(tenant_id, version)
        try:
            found = self._redis.hget(_key(tenant_id, version), field)
        except (RedisError, OSError) as lost:
            self._failed(lost)
            return None
        if not isinstance(found, bytes):
            return None
        columns, rows, truncated, *withheld = orjson.loads(found)
        return Kept(tuple(columns), rows, truncated, *withheld)

    def put(self, tenant_id: str, version: str, field: str, kept: Kept) -> None:
        if self._redis is None or self._silent():
            return
        packed = orjson.dumps([kept.columns, kept.rows, kept.truncated, kept.withheld])
        if len(packed) > LARGEST:
            return
        key = _key(tenant_id, version)
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.hset(key, field, packed)
            pipe.expire(key, self._ttl_s, nx=True)  # an hour after the first of them, all are computed anew
            pipe.hlen(key)
            if pipe.execute()[2] > MOST:
                self._redis.unlink(key)
        except (RedisError, OSError) as lost:
            self._failed(lost)

    def _drop_older(self, tenant_id: str, version: str) -> None:
        with self._lock:
            before = self._latest.get(tenant_id)
            self._latest[tenant_id] = version
        if before is not None and before != version and self._redis is not None:
            try:
                self._redis.unlink(_key(tenant_id, before))
            except (RedisError, OSError) as lost:
                self._failed(lost)

    def _silent(self) -> bool:
        if time.monotonic() < self._silent_until:
            self.failures += 1
            return True
        return False

    def _failed(self, lost: Exception) -> None:
        self.failures += 1
        self._silent_until = time.monotonic() + PAUSE_S
        log.warning("the result cache does not answer; going on without", failure=type(lost).__name__)


def field_of(role: str, sql: str, parameters: Mapping[str, object]) -> str:
    """What names a result within a practice and a state of its data."""
    told = orjson.dumps([sql, parameters], option=orjson.OPT_SORT_KEYS, default=repr)
    return f"{role}:{hashlib.sha256(told).hexdigest()}"


def _key(tenant_id: str, version: str) -> str:
    return f"prentice:results:{tenant_id}:{version}"


def forget_caches(redis: Redis, tenant_id: str) -> None:
    """Drop whatever Valkey holds of a practice, not results alone. Raises `RedisError`."""
    keys = list(redis.scan_iter(f"prentice:*:{tenant_id}*", count=1_000))
    for start in range(0, len(keys), 500):
        redis.unlink(*keys[start : start + 500])
