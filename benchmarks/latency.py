"""How long a question takes through the HTTP door, on the demo at scale 1.

Starts Prentice as it is served (its own process, embedded servers, a fresh home), signs in as the demo's
owners and asks one question after another over a kept-alive connection: each of tests/questions once with an
empty cache (uncached), then `POST /v1/query` with the same Query many times (cached). Prints p50, p95 and p99
in milliseconds.

    .venv/bin/python benchmarks/latency.py [--home DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from evaluation.cases import TESTS, Case, read_cases  # noqa: E402

TARGETS = {"ask": {"p50": 150.0, "p95": 500.0}, "query, cached": {"p50": 10.0}}
CACHED_RUNS = 500
START_S = 180
PRENTICE = str(Path(sys.executable).parent / "prentice")


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--home", type=Path, help="a PRENTICE_HOME that holds the demo already")
    home = arguments.parse_args().home
    cases = [
        c
        for c in read_cases((TESTS / "questions").glob("*.yml"))
        if not c.context and c.today.isoformat() == "2026-10-31"
    ]
    with (
        tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as fresh,
        _served(home or Path(fresh)) as url,
    ):
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        with httpx.Client(base_url=url, timeout=30) as client:
            shown = _signed_in(url, home or Path(fresh))
            # The first question opens connections and reads the practice's values.
            for tenant in shown:
                _ask(client, next(c for c in cases if c.tenant == tenant), shown)
            asked = [_ask(client, case, shown) for case in cases]
            cached = _cached(client, shown["harbour-optics"])
    fine = _report(f"POST /v1/ask, {len(asked)} questions, each for the first time", asked, TARGETS["ask"])
    fine &= _report(f"POST /v1/query, cached, {len(cached)} times", cached, TARGETS["query, cached"])
    return 0 if fine else 1


@contextmanager
def _served(home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**_environment(home), "PRENTICE_PORT": str(port)}
    command = [PRENTICE, "serve"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("Prentice did not start.")
            time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _signed_in(url: str, home: Path) -> dict[str, dict[str, str]]:
    """For each practice of the demo the header that its owner's programs send."""
    listed = subprocess.run(
        [PRENTICE, "demo", "users", "--json"], env=_environment(home), check=True, capture_output=True
    )
    people = json.loads(listed.stdout)
    shown = {}
    for one in people["users"]:
        if one["role"] == "owner":
            form = {"email": one["email"], "password": people["password"], "tenant": one["tenant"]}
            told = httpx.post(f"{url}/v1/token", json=form, timeout=10).raise_for_status().json()
            shown[one["tenant"]] = {"Authorization": f"Bearer {told['access_token']}"}
    return shown


def _environment(home: Path) -> dict[str, str]:
    """One person asks faster here than anybody may: limits are measured by benchmarks/limits.py."""
    fast = {f"PRENTICE_LIMIT_{whose}_{what}": "1000000" for whose in ("TENANT", "USER")
            for what in ("PER_MINUTE", "BURST")}  # fmt: skip
    return {**os.environ, "PRENTICE_HOME": str(home), "PRENTICE_LIMIT_ROWS_PER_DAY": str(10**12),
            "PRENTICE_LIMIT_COST_PER_DAY": str(10**14), **fast}  # fmt: skip


def _ask(client: httpx.Client, case: Case, shown: dict[str, dict[str, str]]) -> float:
    body = {"question": case.question, "tenant": case.tenant}
    began = time.perf_counter()
    response = client.post("/v1/ask", json=body, headers=shown[case.tenant])
    took = (time.perf_counter() - began) * 1e3
    if response.status_code >= 500 or response.status_code in (401, 403, 404, 429):
        raise SystemExit(f"{case.id}: {response.status_code} {response.text[:200]}")
    return took


def _cached(client: httpx.Client, shown: dict[str, str]) -> list[float]:
    body = {
        "tenant": "harbour-optics",
        "query": {
            "metrics": ["revenue"],
            "dimensions": ["brand"],
            "range": {"from": "2026-01-01", "to": "2026-09-30"},
        },
    }
    client.post("/v1/query", json=body, headers=shown).raise_for_status()
    taken = []
    for _ in range(CACHED_RUNS):
        began = time.perf_counter()
        answer = client.post("/v1/query", json=body, headers=shown)
        taken.append((time.perf_counter() - began) * 1e3)
        assert answer.json()["cached"], "not from the cache"
    return taken


def _report(title: str, taken: list[float], targets: dict[str, float]) -> bool:
    cuts = quantiles(taken, n=100, method="inclusive")
    found = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(taken)}
    print(title)
    fine = True
    for name, value in found.items():
        goal = targets.get(name)
        mark = "" if goal is None else f"   goal {goal:g}: {'met' if value <= goal else 'MISSED'}"
        fine &= goal is None or value <= goal
        print(f"  {name:<4}{value:9.1f} ms{mark}")
    return fine


if __name__ == "__main__":
    sys.exit(main())
