"""A soak at the limit: two practices, Valkey and PostgreSQL killed under them.

    .venv/bin/python benchmarks/soak.py [--minutes 20] [--home DIR]

`prentice serve` over the demo; for each practice its owner and its manager, by token, ask as fast as they get
answers, which is faster than their rate allows. At a third of the time Valkey is killed, at two thirds
PostgreSQL; both come back by themselves. Held are: every answer is the one of that practice (read before the
soak began), every refusal is an error of ours with a next step, at the end the audit's chains are whole and
hold no fewer entries than there were answers, and memory is flat. Exit code 1 where one is not.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil

PRACTICES = ("harbour-optics", "bluebird-eyecare")
QUERIES: tuple[dict[str, Any], ...] = (
    {"metrics": ["revenue"], "dimensions": ["brand"], "limit": 5},
    {"metrics": ["units_sold"], "dimensions": ["category"]},
    {"metrics": ["revenue"], "dimensions": ["month"], "range": {"words": "this year"}},
    {"metrics": ["stock_on_hand"], "dimensions": ["category"]},
)
REFUSALS = frozenset(
    [
        "too_many_requests",
        "budget_spent",
        "source_unavailable",
        "limits_unavailable",
        "audit_unavailable",
        "watch_unavailable",
        "query_timed_out",
        "not_ready",
    ]
)
GROWN = 1.15  # of memory between the second and the last quarter of the soak


class Soak:
    def __init__(self, url: str, home: Path, server: psutil.Process, password: str) -> None:
        self.url, self.home, self.server, self.password = url, home, server, password
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self.memory: list[tuple[float, float]] = []
        self.expected: dict[tuple[str, int], Any] = {}
        self.ended = threading.Event()
        self.began = time.monotonic()

    def token(self, practice: str, role: str) -> tuple[str, str]:
        form = {"email": f"{role}@{practice}.example", "password": self.password, "tenant": practice}
        found = httpx.post(f"{self.url}/v1/token", json=form, timeout=60).raise_for_status().json()
        return found["access_token"], found["refresh_token"]

    def learn(self) -> None:
        for practice in PRACTICES:
            access, _ = self.token(practice, "owner")
            for n, query in enumerate(QUERIES):
                said = self.ask(access, practice, query)
                assert said.status_code == 200, said.text
                self.expected[practice, n] = said.json()["rows"]
        assert all(
            self.expected[PRACTICES[0], n] != self.expected[PRACTICES[1], n] for n in range(len(QUERIES))
        )

    def ask(self, access: str, practice: str, query: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {access}"}
        return httpx.post(
            f"{self.url}/v1/query", json={"tenant": practice, "query": query}, headers=headers, timeout=60
        )

    def person(self, practice: str, role: str) -> None:
        access, refresh = self.token(practice, role)
        renewed, turn = time.monotonic(), 0
        headers = {"Authorization": f"Bearer {access}"}
        with httpx.Client(base_url=self.url, timeout=60) as client:
            while not self.ended.is_set():
                turn += 1
                n = turn % len(QUERIES)
                if time.monotonic() - renewed > 600:
                    try:
                        pair = (
                            client.post("/v1/token/refresh", json={"refresh_token": refresh})
                            .raise_for_status()
                            .json()
                        )
                    except httpx.HTTPError:
                        access, refresh = self.token(practice, role)
                    else:
                        access, refresh = pair["access_token"], pair["refresh_token"]
                    headers, renewed = {"Authorization": f"Bearer {access}"}, time.monotonic()
                try:
                    said = client.post(
                        "/v1/query", json={"tenant": practice, "query": QUERIES[n]}, headers=headers
                    )
                except httpx.HTTPError as lost:
                    self.note(f"no response: {type(lost).__name__}", f"{practice} {lost!r}")
                    continue
                self.judge(said, practice, n)

    def judge(self, said: httpx.Response, practice: str, n: int) -> None:
        if said.status_code == 200:
            self.counts["answered"] += 1
            if said.json()["rows"] != self.expected[practice, n]:
                self.note("a wrong answer", f"{practice} query {n}")
            return
        try:
            error = said.json()["error"]
            clean = error["code"] in REFUSALS and error["next_step"] and error["trace_id"]
        except (ValueError, KeyError):
            clean, error = False, {"code": "not JSON"}
        self.counts[f"{said.status_code} {error['code']}"] += 1
        if not clean:
            self.note("not a clean error", f"{said.status_code} {said.text[:200]}")
        time.sleep(0.005)  # whoever is refused does not spin

    def note(self, what: str, detail: str) -> None:
        self.counts[what] += 1
        if len(self.wrong) < 20:
            self.wrong.append(f"{time.monotonic() - self.began:6.1f} s: {what}: {detail}")

    def watch(self) -> None:
        while not self.ended.wait(5):
            self.memory.append((time.monotonic() - self.began, self.server.memory_info().rss / 2**20))

    def kill(self, name: str) -> None:
        """The server process of that name under the home."""
        folder = str((self.home / "servers").resolve())
        for process in psutil.process_iter(["name", "cwd"]):
            # Valkey writes its address over its command line; PostgreSQL's sessions lie in the same folder.
            parent = process.parent()
            session = parent is not None and name in parent.name()
            ours = (process.info["cwd"] or "").startswith(folder)
            if name in (process.info["name"] or "") and ours and not session:
                print(f"{time.monotonic() - self.began:6.1f} s: kill -9 {name} ({process.pid})", flush=True)
                process.kill()
                return
        self.note("nothing to kill", name)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=20)
    arguments.add_argument("--home", type=Path)
    wanted = arguments.parse_args()
    with ExitStack() as stack:
        home = wanted.home or Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="prentice-soak-", ignore_cleanup_errors=True)
            )
        )
        environment = {**os.environ, "PRENTICE_HOME": str(home)}
        command = [sys.executable, "-m", "prentice.cli"]
        serving = subprocess.Popen(
            [*command, "serve", "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
        )
        stack.callback(serving.wait)
        stack.callback(serving.send_signal, signal.SIGINT)
        url = password = ""
        assert serving.stderr
        for line in serving.stderr:
            if found := re.search(r"http://[^ ]+?(?=/ )", line):
                url = found[0]
            if found := re.search(r"password: (\S+)", line):
                password = found[1]
                break
        threading.Thread(target=lambda: [None for _ in serving.stderr], daemon=True).start()
        soak = Soak(url, home, psutil.Process(serving.pid), password)
        soak.learn()
        people = [(practice, role) for practice in PRACTICES for role in ("owner", "manager")]
        threads = [threading.Thread(target=soak.person, args=one) for one in people]
        threads.append(threading.Thread(target=soak.watch))
        for thread in threads:
            thread.start()
        third = wanted.minutes * 20
        time.sleep(third)
        soak.kill("valkey-server")
        time.sleep(third)
        soak.kill("postgres")
        time.sleep(third)
        soak.ended.set()
        for thread in threads:
            thread.join()
        time.sleep(2)
        verified = subprocess.run(
            [*command, "audit", "verify", "--all", "--json"], env=environment, capture_output=True, text=True
        )
        report = json.loads(verified.stdout)
    return verdict(soak, report, wanted.minutes * 60)


def verdict(soak: Soak, report: dict[str, Any], seconds: float) -> int:
    for what, count in sorted(soak.counts.items(), key=lambda item: -item[1]):
        print(f"{count:>9,}  {what}")
    for line in soak.wrong:
        print(line)
    entries = sum(chain["entries"] for chain in report["chains"])
    whole = all(chain["whole"] for chain in report["chains"])
    second = [mb for at, mb in soak.memory if seconds / 4 <= at < seconds / 2]
    last = [mb for at, mb in soak.memory if at >= seconds * 3 / 4]
    grown = (sum(last) / len(last)) / (sum(second) / len(second))
    answered = soak.counts["answered"]
    print(f"audit: {entries:,} entries for {answered:,} answers, {'whole' if whole else 'NOT WHOLE'}")
    print(
        f"memory: {sum(second) / len(second):.0f} MB in the second quarter, "
        f"{sum(last) / len(last):.0f} MB in the last"
    )
    fine = not soak.wrong and whole and entries >= answered > 0 and grown <= GROWN
    print("fine" if fine else "NOT FINE")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
