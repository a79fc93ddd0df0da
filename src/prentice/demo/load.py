"""`load_demo`: the demo practices into a database, by COPY, in one transaction.

Rows are made in a thread of their own while the server takes the ones before. Keys and indexes that exist are
taken away first and put back as they were once the rows are in, which is several times quicker than keeping
them up row by row; since everything is one transaction, nobody ever sees a half load or a table without keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from time import perf_counter

import psycopg
from psycopg import sql

from prentice.demo.generate import demo_rows
from prentice.demo.practice import cast
from prentice.demo.room import Room
from prentice.demo.schema import host_schema
from prentice.errors import SourceUnavailable, SourceUnsuitable
from prentice.ops.ahead import ahead

Progress = Callable[[str, int], None]
DEMO_TODAY = date(2026, 10, 31)
_LOCK = 7_023_005
_AHEAD = 3  # batches made while the server is busy; bounds the memory


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was loaded. `rows` is by table of the host; `seconds` is from the connection to the commit."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def rows_per_second(self) -> float:
        return self.total / self.seconds if self.seconds else 0.0


def load_demo(
    admin_url: str,
    *,
    seed: int = 7,
    scale: float = 1.0,
    today: date = DEMO_TODAY,
    progress: Progress | None = None,
) -> LoadReport:
    """Fill the host's tables in the database at `admin_url` with the two practices that do not exist.

    Tables are created where they are missing. Loading again replaces the rows of the demo's practices and
    touches no other practice's. The same seed, scale and day give the same rows to the last byte.
    `progress(table, rows)` is called as rows go in. Raises `SourceUnavailable` where the database does not
    answer, `SourceUnsuitable` where it does not take the rows, ValueError for a scale that is not above 0.
    """
    if not scale > 0:
        raise ValueError(f"scale must be above 0, not {scale}")
    started = perf_counter()
    counts: dict[str, int] = dict.fromkeys(host_schema().tables, 0)
    with closing(_connect(admin_url)) as connection, _told(), connection.transaction():
        room = Room(connection, [practice.company_id for practice in cast().practices])
        room.clear()
        with closing(ahead(_written(seed, scale, today), most=_AHEAD, name="demo rows")) as batches:
            for table, columns, rows, text in batches:
                _copy(connection, table, columns, text, frozen=room.emptied)
                counts[table] += rows
                if progress:
                    progress(table, rows)
        room.restore()
    return LoadReport(counts, perf_counter() - started)


@contextmanager
def one_at_a_time(admin_url: str) -> Iterator[None]:
    """Loading the demo *and* connecting its practices, while nobody else does. Raises `SourceUnavailable`."""
    with closing(_connect(admin_url)) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.Error as failure:
        raise SourceUnavailable(
            "The database for the demo does not answer.", "Check its address and that it is running."
        ) from failure


@contextmanager
def _told() -> Iterator[None]:
    """What the database may refuse, in words that say what to do."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as failure:
        raise SourceUnavailable(
            "Somebody is at work on the host's tables.",
            "Close other sessions on that database and load again.",
        ) from failure
    except psycopg.errors.InsufficientPrivilege as failure:
        raise SourceUnsuitable(
            "This login may not create or fill the host's tables.", "Use the address of the database's owner."
        ) from failure
    except (psycopg.errors.ForeignKeyViolation, psycopg.errors.UndefinedColumn) as failure:
        raise SourceUnsuitable(
            "This database's tables are not free for the demo: others refer to them, or columns are missing.",
            "Load the demo into a database of its own.",
        ) from failure
    except psycopg.OperationalError as failure:
        raise SourceUnavailable(
            "The database for the demo stopped answering.", "See that it is running and has room on its disk."
        ) from failure


def _copy(
    connection: psycopg.Connection, table: str, columns: Iterable[str], text: BytesIO, *, frozen: bool
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT text{})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", FREEZE" if frozen else ""),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while piece := text.read(1 << 20):
            copy.write(piece)


_Written = tuple[str, list[str], int, BytesIO]


def _written(seed: int, scale: float, today: date) -> Iterator[_Written]:
    """The demo's batches as text for COPY."""
    for batch in demo_rows(seed, scale, today):
        if len(batch.rows):
            yield batch.table, batch.rows.columns, len(batch.rows), batch.text()
