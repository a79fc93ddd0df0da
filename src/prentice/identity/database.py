"""The platform database as the verifiers use it: one statement, or one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from prentice.tenancy.platform import platform_unavailable

Found: TypeAlias = Row[*tuple[Any, ...]]


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """For single statements: no BEGIN and no ROLLBACK, which would be two more journeys to the server.

    Raises `SourceUnavailable` where the database does not answer.
    """
    with _answered(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction. Raises `SourceUnavailable` where the database does not answer."""
    with _answered(), engine.begin() as connection:
        yield connection


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError):  # its text may quote the address
        raise platform_unavailable() from None
