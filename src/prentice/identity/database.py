"""The platform database as the verifiers use it: one quick statement, or one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

from prentice.tenancy.platform import platform_unavailable

Found: TypeAlias = Row[*tuple[Any, ...]]


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

    There is no ping before it and no BEGIN and ROLLBACK around it. A connection that was lost shows when
    it is used; then the statement runs once more, on a new one: it must do no harm to run it twice.
    Raises `SourceUnavailable` where the database does not answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = _quick(engine)

    def one(self, statement: Executable, values: Mapping[str, object]) -> Found | None:
        with _answered():
            try:
                return self._run(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._run(statement, values)

    def do(self, statement: Executable, values: Mapping[str, object]) -> None:
        with _answered(), self._engine.connect() as connection:
            connection.execute(statement, values)

    def _run(self, statement: Executable, values: Mapping[str, object]) -> Found | None:
        with self._engine.connect() as connection:
            found: Found | None = connection.execute(statement, values).one_or_none()
            return found


_made: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_lock = threading.Lock()


def _quick(engine: Engine) -> Engine:
    """An engine for single statements on the same database, which is disposed of with the other one."""
    with _lock:
        if (made := _made.get(engine)) is None:
            made = _made[engine] = create_engine(
                "postgresql+psycopg://",
                creator=lambda: _taken(engine),
                isolation_level="AUTOCOMMIT",
                pool_size=4,
                max_overflow=4,
                pool_reset_on_return=None,  # nothing is open that could be rolled back
                hide_parameters=True,
            )
            event.listen(engine, "engine_disposed", lambda _, quick=made: quick.dispose())
        return made


def _taken(engine: Engine) -> Any:
    """A connection of the engine's, which is ours from now on."""
    connection = engine.raw_connection()
    plain = connection.dbapi_connection
    connection.detach()
    return plain


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError):  # its text may quote the address
        raise platform_unavailable() from None
