"""How fast a practice is anonymised, PostgreSQL to PostgreSQL: the 77-column patients table, everything
verified.

    python benchmarks/deid_run.py                      # 20,000 and 200,000 patients, in servers of its own
    python benchmarks/deid_run.py --patients 2000000   # and a tenth of them

The patients are the demo's, multiplied with ids, numbers, names and addresses of their own; orders, exams,
sales and notes stay those of the demo, so the figure is that of the patients table. A run is all of `prentice
deid run`: audit, guards, tokens, building, counts against the source, the search for stored identifiers, the
switch and the signed report. Claims, on two cores: 40,000 rows a second; peak memory at most 1.2 times with
ten times the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from prentice.ask.pipeline import open_prentice
from prentice.demo.load import load_demo
from prentice.demo.practice import cast
from prentice.settings import Settings
from prentice.tenancy.onboarding import tenant_add

TODAY = date(2026, 10, 31)
CLAIM_ROWS, CLAIM_MEMORY = 40_000, 1.2
PRACTICE = cast().practices[0]


def multiplied(url: str, name: str, patients: int) -> str:
    """A database like the one at `url`, with about so many patients of the first practice."""
    there = urlsplit(url)._replace(path="/postgres").geturl()
    with psycopg.connect(there, autocommit=True) as server:
        base = sql.Identifier(urlsplit(url).path[1:])
        server.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), base))
    made = urlsplit(url)._replace(path=f"/{name}").geturl()
    own = {
        "id": "gen_random_uuid()::text",
        "customer_number": "'D' || n || '-' || right(customer_number, 6)",
        "email": "n || email",
        "name": "name || ' ' || chr(65 + mod(n, 26)) || chr(97 + mod(n / 26, 26))",
        "address_line_1": "n || ' ' || address_line_1",
    }
    with psycopg.connect(made, autocommit=True) as database:
        found = database.execute(
            "select column_name from information_schema.columns where table_name = 'patients' "
            "order by ordinal_position"
        )
        columns = [column for (column,) in found]
        values = ", ".join(own.get(column, column) for column in columns)
        database.execute(
            f"insert into patients ({', '.join(columns)}) select {values} "
            "from patients, generate_series(1, %s) n where company_id = %s limit %s".encode(),
            [patients // 2_000, PRACTICE.company_id, patients - 2_500],
        )
        database.execute("vacuum analyze patients")
    return made


def child(home: Path, slug: str) -> None:
    """One full run in a process of its own: its figures, and its own peak memory."""
    from prentice.deid.practice import practice_of
    from prentice.deid.run import anonymise

    with open_prentice(Settings(home=home)) as prentice:
        practice = practice_of(prentice, slug, home, today=TODAY)
        began = perf_counter()
        outcome = anonymise(practice, full=True)
        seconds = perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "persons": outcome.persons, "seconds": seconds, "steps": outcome.as_json()["seconds"],
        "peak_mb": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime, "checks": len(outcome.checks),
    }))  # fmt: skip


def measured(home: Path, slug: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", slug, "--home", str(home)],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--patients", type=int, default=200_000)
    arguments.add_argument("--repeat", type=int, default=3, help="runs of the larger; the best is taken")
    arguments.add_argument("--child", help=argparse.SUPPRESS)
    arguments.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.child:
        child(given.home, given.child)
        return
    print("patients  seconds   rows/s  own CPU s  peak MB   load before", flush=True)
    rates, peaks = [], []
    with (
        tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as folder,
        open_prentice(Settings(home=Path(folder))) as prentice,
    ):
        source = prentice.servers.source_url
        load_demo(source, today=TODAY)
        for slug, patients, times in (
            ("tenth", given.patients // 10, 1),
            ("whole", given.patients, given.repeat),
        ):
            url = multiplied(source, f"bench_{slug}", patients)
            tenant_add(prentice.registry, prentice.keyring, slug, company_id=PRACTICE.company_id,
                       shared_source_url=source, source_url=url, today=TODAY)  # fmt: skip
            best: dict[str, object] = {}
            for _ in range(times):
                busy = os.getloadavg()[0]
                run = measured(Path(folder), slug)
                rate = float(str(run["persons"])) / float(str(run["seconds"]))
                print(f"{run['persons']:>8,} {run['seconds']:>8.2f} {rate:>8,.0f} {run['cpu']:>10.1f} "
                      f"{run['peak_mb']:>8,.0f}   {busy:.1f}", flush=True)  # fmt: skip
                if rate > max(best.get("rate", 0.0), 0):  # type: ignore[call-overload]
                    best = {**run, "rate": rate}
            rates.append(float(str(best["rate"])))
            peaks.append(float(str(best["peak_mb"])))
        print("steps of the best run: " + ", ".join(f"{k} {v:.2f}" for k, v in dict(best["steps"]).items()))  # type: ignore[call-overload]
    grown = peaks[1] / peaks[0]
    print(
        f"\n{rates[1]:,.0f} rows a second (claimed {CLAIM_ROWS:,}); ten times the rows, {grown:.2f} times "
        f"the memory (claimed {CLAIM_MEMORY})"
    )
    sys.exit(0 if rates[1] >= CLAIM_ROWS and grown <= CLAIM_MEMORY else 1)


if __name__ == "__main__":
    main()
