"""What the audit log costs: time added to a request, entries a second, and how fast a chain is verified.

Starts an embedded PostgreSQL of its own, which waits for the disk, in a fresh home.

    .venv/bin/python benchmarks/audit.py [--rate N ...] [--threads N] [--seconds N]
    .venv/bin/python benchmarks/audit.py --verify [--entries N]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import psycopg

from prentice.audit import Action, AuditLog, Entry
from prentice.audit.anchor import Anchors
from prentice.audit.chain import Head, heads, reading
from prentice.audit.entry import redacted, sql_hash, warm
from prentice.audit.verify import Verifier
from prentice.embedded import Servers
from prentice.ops.secrets import Keyring
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform

TARGETS = {"p50": 1.5, "p99": 5.0}  # milliseconds, at 50 a second
VERIFIED_PER_S = 100_000
QUESTION = "What did we sell of Ray-Ban to patients of Dr Whitlock last month, by branch and week?"


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--rate", type=int, nargs="+", default=[50, 200, 500], help="appends a second")
    arguments.add_argument("--threads", type=int, default=16)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--verify", action="store_true", help="verify a chain instead")
    arguments.add_argument("--entries", type=int, default=300_000)
    chosen = arguments.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with _room() as (url, keyring, home):
        if chosen.verify:
            return 0 if _verify(url, keyring, home, chosen.entries) else 1
        _redaction()
        fine = True
        with AuditLog(url, keyring, home) as log:
            _append(log, 50, chosen.threads, 1)
            for rate in chosen.rate:
                taken = _append(log, rate, chosen.threads, chosen.seconds)
                title = f"append at {rate}/s, {chosen.threads} threads, {len(taken)} times"
                fine &= _report(title, taken, TARGETS if rate == 50 else {})
            began = time.perf_counter()
            taken = _append(log, 0, chosen.threads, 3)
            rate = len(taken) / (time.perf_counter() - began)
            print(f"as fast as {chosen.threads} threads can: {rate:,.0f}/s")
        assert all(report.whole for report in Verifier(url, keyring, home).everyone())
    return 0 if fine else 1


@contextmanager
def _room() -> Iterator[tuple[str, Keyring, Path]]:
    with tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with Servers.start(Settings(home=home)) as servers:
            yield servers.platform_url, Keyring(home / "secrets.json"), home


def _entry(number: int, tenant_id: str = "a1b2c3d4e5f6") -> Entry:
    """An ordinary one: about 600 bytes."""
    return Entry(
        tenant_id=tenant_id,
        action=Action.ask,
        who="u_abcdefghijklmnopqrstuvwx",
        kind="session",
        credential_id="s_abcdefghijklmnopqrstuvwx",
        address="203.0.113.7",
        question=QUESTION,
        query={
            "metrics": ["revenue", "units"],
            "dimensions": ["branch", "week"],
            "filters": [{"field": "brand", "op": "is", "values": ["Ray-Ban"]}],
            "range": {"from": "2026-09-01", "to": "2026-09-30"},
        },
        sql_hash=sql_hash(str(number)),
        tables=("sales", "sale_lines", "products"),
        rows=number % 50,
        withheld=0,
        duration_ms=12.34,
        trace_id=f"{number:032x}",
    )


def _append(log: AuditLog, rate: int, threads: int, seconds: float) -> list[float]:
    """Milliseconds of each append, as requests would make them: the times are set, whoever is late."""
    taken: list[float] = []
    turn = threading.Lock()
    begin = time.perf_counter() + 0.1
    number = 0

    def work() -> None:
        nonlocal number
        while True:
            with turn:
                number += 1
                mine = number
            due = begin + (mine / rate if rate else 0)
            if (due if rate else time.perf_counter()) > begin + seconds:
                return
            time.sleep(max(0.0, due - time.perf_counter()))
            entry = _entry(mine)
            began = time.perf_counter()
            log.append(entry)
            taken.append((time.perf_counter() - began) * 1e3)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return taken


def _redaction() -> None:
    began = time.perf_counter()
    warm()
    print(f"the redactor is ready after {time.perf_counter() - began:.1f} s, once in a process")
    taken = []
    for _ in range(500):
        began = time.perf_counter()
        redacted(QUESTION)
        taken.append((time.perf_counter() - began) * 1e3)
    _report("redacting one question", taken, {"p99": 1.0})


def _verify(url: str, keyring: Keyring, home: Path, entries: int) -> bool:
    open_platform(url).dispose()
    anchors = Anchors(home, keyring)
    size = len(_entry(1).canonical())
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as admin:
        for start in range(0, entries, 1_000):  # small groups: each entry moves its head's row once more
            texts = [_entry(number).canonical() for number in range(start, min(start + 1_000, entries))]
            admin.execute(
                "insert into audit_log (tenant_id, entry) select 'a1b2c3d4e5f6', unnest(%b::text[])", [texts]
            )
            anchors.pin(lambda: _heads(url))
    print(f"{entries:,} entries of {size} bytes written in {time.perf_counter() - began:.0f} s")
    fine = True
    for _ in range(3):
        began = time.perf_counter()
        report = Verifier(url, keyring, home).verify("a1b2c3d4e5f6")
        took = time.perf_counter() - began
        assert report.whole, report
        assert report.entries == report.anchored == entries
        rate = entries / took
        fine &= rate >= VERIFIED_PER_S
        goal = "met" if rate >= VERIFIED_PER_S else "MISSED"
        print(f"verified in {took:.2f} s: {rate:,.0f} entries/s   goal {VERIFIED_PER_S:,}: {goal}")
    return fine


def _heads(url: str) -> dict[str, Head]:
    with reading(url) as connection:
        return heads(connection)


def _report(title: str, taken: list[float], targets: dict[str, float]) -> bool:
    cuts = quantiles(taken, n=100, method="inclusive")
    found = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(taken)}
    print(title)
    fine = True
    for name, value in found.items():
        goal = targets.get(name)
        mark = "" if goal is None else f"   goal {goal:g}: {'met' if value <= goal else 'MISSED'}"
        fine &= goal is None or value <= goal
        print(f"  {name:<4}{value:9.2f} ms{mark}")
    return fine


if __name__ == "__main__":
    sys.exit(main())
