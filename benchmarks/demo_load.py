"""How fast the demo loads: every row of every table, over the time to make them, copy them, index and commit.

    python benchmarks/demo_load.py                 # scale 1 and 20, in an embedded PostgreSQL of its own
    python benchmarks/demo_load.py --scale 100     # millions of sale lines
    python benchmarks/demo_load.py --url postgresql://…   # into a database that is there

The claim is 100,000 rows a second on two cores, in memory that does not grow with the scale. Processor time
and the load before are printed too, so that a busy machine shows.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prentice.demo.load import load_demo
from prentice.embedded import Servers
from prentice.settings import Settings


@contextmanager
def database(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with (
        tempfile.TemporaryDirectory(prefix="prentice-bench-", ignore_cleanup_errors=True) as folder,
        Servers.start(Settings(home=Path(folder))) as servers,
    ):
        yield servers.source_url


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument(
        "--scale", type=float, action="append", help="may be given again; default 1 and 20"
    )
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--url", help="an empty database; default: an embedded one")
    given = arguments.parse_args()
    print(" scale         rows  seconds    rows/s  own CPU s  peak MB   load before")
    with database(given.url) as url:
        for scale in given.scale or [1.0, 20.0]:
            busy = os.getloadavg()[0]
            before = resource.getrusage(resource.RUSAGE_SELF)
            report = load_demo(url, seed=given.seed, scale=scale)
            after = resource.getrusage(resource.RUSAGE_SELF)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"{scale:>6g} {report.total:>12,} {report.seconds:>8.2f} {report.rows_per_second:>9,.0f} "
                f"{cpu:>10.1f} {after.ru_maxrss / 1024:>8,.0f}   {busy:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
