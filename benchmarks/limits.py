"""What limits add to a question: a request is counted, a place held, rows and cost set aside and settled.

Starts an embedded PostgreSQL and Valkey in a fresh home and goes through it all, one question after another
and then from several threads at 50 questions/s. Prints p50 and p99 in milliseconds.

    .venv/bin/python benchmarks/limits.py
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import psycopg
from redis import Redis

from prentice.embedded import Servers
from prentice.limits import Limits
from prentice.settings import Settings

TARGET_MS = 0.6  # p50 of all together
RUNS = 3_000
PER_SECOND, THREADS, SECONDS = 50, 4, 10
TENANT = "benchmark"


def main() -> int:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(
            home=Path(home), embedded_fsync=False, limit_user_per_minute=10**6, limit_user_burst=10**6,
            limit_tenant_per_minute=10**6, limit_tenant_burst=10**6, limit_key_per_minute=10**6,
            limit_key_burst=10**6,
        )  # fmt: skip
        with Servers.start(settings) as servers, Redis.from_url(servers.redis_url) as redis:
            limits = Limits(redis, servers.platform_url, settings)
            try:
                _connect(servers.platform_url)
                together = _steps(limits)
                _steadily(limits)
            finally:
                limits.close()
    print(f"together p50 {together:.3f} ms, to be at most {TARGET_MS} ms")
    return 0 if together <= TARGET_MS else 1


def _connect(platform_url: str) -> None:
    with psycopg.connect(platform_url, autocommit=True) as admin:
        admin.execute(
            "insert into tenants (id, slug, name, company_id, currency, country, timezone, route) "
            "select id, id, id, id, 'GBP', 'GB', 'Europe/London', 'pool' "
            "from (values (%s::text)) as one (id)",
            [TENANT],
        )


def _steps(limits: Limits) -> float:
    budget = limits.budget

    def take() -> None:
        limits.take(TENANT, "u_a", "k_a", "key")

    def at_once() -> None:
        with limits.at_once(TENANT, "u_a"):
            pass

    def reserve_and_settle() -> None:
        budget.settle(
            budget.reserve_all(TENANT, {"rows": 5_000, "cost": 40_000.5}), {"rows": 12, "cost": 40_000}
        )

    for step in (take, at_once, reserve_and_settle):
        _print(step.__name__.replace("_", " "), [_timed(step) for _ in range(RUNS)])
    return _print("together", [_timed(lambda: _question(limits)) for _ in range(RUNS)])


def _question(limits: Limits) -> None:
    limits.take(TENANT, "u_a", "k_a", "key")
    with limits.at_once(TENANT, "u_a"):
        reserved = limits.budget.reserve_all(TENANT, {"rows": 5_000, "cost": 40_000.5})
        limits.budget.settle(reserved, {"rows": 12, "cost": 40_000})


def _steadily(limits: Limits) -> None:
    """As it is served: the requests come apart, so nothing is warm, and from several threads."""
    taken: list[float] = []

    def ask() -> None:
        for _ in range(PER_SECOND * SECONDS // THREADS):
            time.sleep(THREADS / PER_SECOND)
            taken.append(_timed(lambda: _question(limits)))

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _print(f"together, {THREADS} threads, {PER_SECOND}/s", taken)


def _timed(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return (time.perf_counter() - began) * 1e3


def _print(name: str, taken: list[float]) -> float:
    cuts = quantiles(taken, n=100)
    print(f"{name:32} p50 {cuts[49]:.3f} ms   p99 {cuts[98]:.3f} ms")
    return cuts[49]


if __name__ == "__main__":
    sys.exit(main())
