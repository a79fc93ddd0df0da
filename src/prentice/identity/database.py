"""The platform database as the verifiers use it: one quick statement, or one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import ClauseElement, Connection, Engine, Executable, Row, event, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from prentice.tenancy.platform import platform_unavailable

# Of `Quick` a named tuple, which gives its columns by the same names.
Found: TypeAlias = Row[*tuple[Any, ...]]

_AT_ONCE = 8  # connections of a process
_WAIT_S = 30.0  # for one of them
_SILENT = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    TimeoutError,
)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction. Raises `SourceUnavailable` where the database does not answer."""
    with _answered(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """For single statements that come seldom: no BEGIN and no ROLLBACK around them.

    Raises `SourceUnavailable` where the database does not answer.
    """
    with _answered(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


class Quick:
    """Single statements on the way of every request: one journey to the server instead of four.

    There is no ping before it and no BEGIN and ROLLBACK around it, and it goes to psycopg as it was compiled
    once: SQLAlchemy's way through a statement takes half as long again. A connection that was lost shows when
    it is used; then the statement runs once more, on a new one: it must do no harm to run it twice.
    Raises `SourceUnavailable` where the database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._lines = _lines_of(engine)

    def one(self, statement: Executable, values: Mapping[str, object]) -> Found | None:
        found = self._run(statement, values)
        if len(found) > 1:
            raise exc.MultipleResultsFound("There are several rows where one was asked for.")
        return found[0] if found else None

    def do(self, statement: Executable, values: Mapping[str, object]) -> None:
        self._run(statement, values)

    def _run(self, statement: Executable, values: Mapping[str, object]) -> list[Found]:
        text, fixed = _compiled(statement)
        with _answered():
            return self._lines.run(text, {**fixed, **values})


@lru_cache(maxsize=64)
def _compiled(statement: Executable) -> tuple[bytes, Mapping[str, object]]:
    """Its text as psycopg takes it, and the values that stand in it."""
    assert isinstance(statement, ClauseElement)
    made = statement.compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    return str(made).encode(), made.params


class _Lines:
    """Connections of an engine's database for statements that stand alone. Safe between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[psycopg.Connection[Any]] = []
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def run(self, text: bytes, values: Mapping[str, object]) -> list[Found]:
        if not self._turns.acquire(timeout=_WAIT_S):
            raise TimeoutError
        try:
            try:
                line = self._idle.pop()
            except IndexError:
                return self._on(self._open(), text, values)
            try:
                return self._on(line, text, values)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if not line.closed:
                    raise
                self.close()  # the server was restarted, and the others are as old
            return self._on(self._open(), text, values)
        finally:
            self._turns.release()

    def close(self) -> None:
        """Those that nobody uses now."""
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _on(self, line: psycopg.Connection[Any], text: bytes, values: Mapping[str, object]) -> list[Found]:
        try:
            cursor = line.execute(text, values, prepare=True)
            return cursor.fetchall() if cursor.description else []
        finally:
            if line.info.transaction_status == TransactionStatus.IDLE:
                self._idle.append(line)
            else:  # lost, or left in the middle
                line.close()

    def _open(self) -> psycopg.Connection[Any]:
        """A connection of the engine's, which is ours from now on."""
        taken = self._engine.raw_connection()
        line = taken.dbapi_connection
        assert isinstance(line, psycopg.Connection)
        taken.detach()
        line.autocommit, line.row_factory = True, namedtuple_row
        return line


_made: WeakKeyDictionary[Engine, _Lines] = WeakKeyDictionary()
_lock = threading.Lock()


def _lines_of(engine: Engine) -> _Lines:
    """They are closed when the engine is disposed of."""
    with _lock:
        if (made := _made.get(engine)) is None:
            made = _made[engine] = _Lines(engine)
            event.listen(engine, "engine_disposed", lambda _, lines=made: lines.close())
        return made


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except _SILENT:  # its text may quote the address
        raise platform_unavailable() from None
