"""The state of a source's data, asked of the source before each cached answer (0.3 ms)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import TupleRow

from prentice.tenancy.address import connect, unavailable
from prentice.warehouse.cancel import Canceller
from prentice.warehouse.pools import Door

Connection = psycopg.Connection[TupleRow]

LIMIT_S = 1.0  # it takes a thousandth of that; a server that hangs must be found out soon


@dataclass(slots=True)
class _Line:
    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: Connection | None = None
    login: str = ""


class Freshness:
    """One connection for each source database, whichever login opened it: the state is one for all.

    It is asked every time. A state that is remembered for a second would be faster by 0.3 ms and wrong
    for a second.
    """

    def __init__(self, canceller: Canceller, name: str) -> None:
        self._canceller = canceller
        self._name = name  # by which the source tells our own sessions from the host's
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def version(self, door: Door, admin_url: str) -> str | None:
        """`prentice.data_version()`, or None where the source cannot tell (then nothing is cached).

        Raises `SourceUnavailable`.
        """
        with self._lock:
            line = self._lines.setdefault(door.source or "", _Line())
        with line.lock:
            try:
                return self._ask(line, door, admin_url)
            except (psycopg.OperationalError, psycopg.InterfaceError):  # it died while it waited: once more
                _drop(line)
            try:
                return self._ask(line, door, admin_url)
            except (psycopg.OperationalError, psycopg.InterfaceError) as lost:
                _drop(line)
                raise unavailable() from lost

    def _ask(self, line: _Line, door: Door, admin_url: str) -> str | None:
        if line.connection is None or line.connection.closed:
            line.connection = connect(door.address(), application_name=self._name, prepare_threshold=None)
            line.login = door.login
        try:
            with self._canceller.watch(line.connection, line.login, admin_url, limit_s=LIMIT_S):
                row = line.connection.execute("select prentice.data_version()").fetchone()
        except psycopg.OperationalError:
            raise
        except psycopg.Error:  # no such function: the views are older or newer than we are
            _drop(line)
            return None
        return row[0] if row else None

    def close(self) -> None:
        with self._lock:
            for line in self._lines.values():
                _drop(line)
            self._lines.clear()


def _drop(line: _Line) -> None:
    if line.connection is not None:
        line.connection.close()
        line.connection = None
