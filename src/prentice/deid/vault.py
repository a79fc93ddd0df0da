"""The vault: whose token is which, found by keyed look-up alone, and how far a run has come.

One schema a tenant. No id of the source is here; a look-up key is AES-256-CMAC of it (`lookup.Prf`).
A run writes its persons beside the standing ones and puts them in their place once the copy has switched.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.deid.lookup import BLOCK, Bytes
from prentice.deid.tokens import Rows, TokenBook
from prentice.errors import RunUnderWay
from prentice.tenancy.address import connect

State = Literal["building", "verified", "done", "abandoned"]
_WAIT_S = 6.0  # a killed run's session is noticed by the server within this
# COPY BINARY: 11 bytes of signature, flags, extension; each row the number of fields, then length and bytes
# of each.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_ROW = 2 + 3 * (4 + BLOCK)


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as it stands in the vault. `detail` is what its report will say."""

    id: str
    state: State
    detail: Mapping[str, Any]


class Vault:
    """The vault of one tenant, held by one run at a time."""

    def __init__(self, connection: psycopg.Connection[TupleRow], tenant_id: str) -> None:
        self._connection = connection
        self._schema = sql.Identifier(f"t_{tenant_id}")
        self._do("create schema if not exists {schema}")
        self._do(
            "create table if not exists {schema}.person "
            "(lookup bytea primary key, token bytea not null unique, print bytea not null)"
        )
        self._do(
            "create table if not exists {schema}.run (id text primary key, state text not null, "
            "began timestamptz not null default clock_timestamp(), ended timestamptz, detail jsonb not null)"
        )

    def book(self) -> TokenBook:
        """Everybody who is in the copy: look-up keys, tokens, fingerprints."""
        rows = Rows()
        copy_out = self._sql("copy {schema}.person (lookup, token, print) to stdout (format binary)")
        with self._connection.cursor() as cursor, cursor.copy(copy_out) as copy:
            for text in _pieces(copy):
                read = np.frombuffer(text, np.uint8).reshape(-1, _ROW)
                rows.add(np.concatenate([read[:, 6:22], read[:, 26:42], read[:, 46:62]], axis=1))
        return rows.book()

    def begin(self, run_id: str) -> None:
        """A run begins: nothing of an earlier one is left beside the standing persons."""
        with self._connection.transaction():
            self._do("update {schema}.run set state = 'abandoned', ended = clock_timestamp() "
                     "where state in ('building', 'verified')")  # fmt: skip
            self._do("insert into {schema}.run (id, state, detail) values (%s, 'building', '{{}}')", [run_id])
            self._do("drop table if exists {schema}.person_next")
            self._do(
                "create table {schema}.person_next "
                "(lookup bytea not null, token bytea not null, print bytea not null)"
            )

    def stage(self, book: TokenBook) -> None:
        """Write the persons of this run beside the standing ones."""
        copy_in = self._sql("copy {schema}.person_next (lookup, token, print) from stdin (format binary)")
        with self._connection.cursor() as cursor, cursor.copy(copy_in) as copy:
            copy.write(_HEADER)
            for start in range(0, len(book), 20_000):
                part = slice(start, start + 20_000)
                copy.write(_rows(book.lookups[part], book.tokens[part], book.prints[part]))
            copy.write(b"\xff\xff")
        self._do("alter table {schema}.person_next add constraint person_next_pkey primary key (lookup)")
        self._do("alter table {schema}.person_next add constraint person_next_token unique (token)")

    def verified(self, run_id: str, detail: Mapping[str, Any]) -> None:
        """From here on the run can be finished by whoever comes next."""
        self._do(
            "update {schema}.run set state = 'verified', detail = %s where id = %s",
            [json.dumps(detail), run_id],
        )

    def promote(self, run_id: str) -> None:
        """The run's persons in place of the standing ones: those who are gone from the source are gone
        here."""
        with self._connection.transaction():
            there = self._connection.execute(
                "select to_regclass(%s) is not null", [f"{self._name()}.person_next"]
            ).fetchone()
            if there == (True,):
                self._do("drop table {schema}.person")
                self._do("alter table {schema}.person_next rename to person")
                self._do("alter table {schema}.person rename constraint person_next_pkey to person_pkey")
                self._do(
                    "alter table {schema}.person rename constraint person_next_token to person_token_key"
                )
            self._do(
                "update {schema}.run set state = 'done', ended = clock_timestamp() where id = %s", [run_id]
            )

    def last(self) -> RunState | None:
        """The run that began last."""
        row = self._connection.execute(
            self._sql("select id, state, detail from {schema}.run order by began desc limit 1")
        ).fetchone()
        return RunState(*row) if row else None

    def standing(self) -> str | None:
        """The run whose persons stand here."""
        row = self._connection.execute(
            self._sql("select id from {schema}.run where state = 'done' order by ended desc limit 1")
        ).fetchone()
        return row[0] if row else None

    def _name(self) -> str:
        return self._schema.as_string(self._connection)

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(schema=self._schema)

    def _do(self, text: str, parameters: list[Any] | None = None) -> None:
        self._connection.execute(self._sql(text), parameters)


@contextmanager
def opened(url: str, tenant_id: str) -> Iterator[Vault]:
    """The tenant's vault, for this run alone. Raises `RunUnderWay` where another process is at it.

    The lock is the session's: a process that dies gives it up.
    """
    key = int.from_bytes(hashlib.sha256(f"deid/{tenant_id}".encode()).digest()[:8], "big", signed=True)
    with connect(url, for_operator=True) as connection:
        connection.execute("set client_connection_check_interval = '1s'")
        until = time.monotonic() + _WAIT_S
        while connection.execute("select pg_try_advisory_lock(%s)", [key]).fetchone() != (True,):
            if time.monotonic() > until:
                raise RunUnderWay(
                    "This practice is being anonymised by another run.",
                    "Wait for it to end; nothing was changed.",
                )
            time.sleep(0.1)
        yield Vault(connection, tenant_id)


def _rows(*fields: Bytes) -> bytes:
    rows = np.zeros((len(fields[0]), _ROW), np.uint8)
    rows[:, 1] = len(fields)
    for place, field in enumerate(fields):
        start = 2 + place * (4 + BLOCK)
        rows[:, start + 3] = BLOCK
        rows[:, start + 4 : start + 4 + BLOCK] = field
    return rows.tobytes()


def _pieces(copy: psycopg.Copy) -> Iterator[bytes]:
    """Whole rows, some megabytes at a time; header and trailer taken off."""
    held = bytearray()
    for piece in copy:
        held += piece
        if len(held) > 2 << 20:
            whole = (
                len(_HEADER) + (len(held) - len(_HEADER)) // _ROW * _ROW
                if held.startswith(_HEADER[:11])
                else len(held) // _ROW * _ROW
            )
            yield bytes(held[len(_HEADER) if held.startswith(_HEADER[:11]) else 0 : whole])
            del held[:whole]
    text = bytes(held)
    text = text[len(_HEADER) :] if text.startswith(_HEADER[:11]) else text
    if len(text) > 2:
        yield text[:-2]
