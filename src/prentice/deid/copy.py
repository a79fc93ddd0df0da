"""The anonymised copy: built beside the standing one, put in its place in one transaction, the old one
dropped."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.deid import arrow_copy
from prentice.tenancy.address import connect

STANDING, BUILDING, OLD = "anonymised", "building", "old_"
# The contract with whoever reads the copy. Rows lie in the order of the token, which is random: neither their
# place nor any column says when or in which order they came.
TABLES: Mapping[str, Mapping[str, str]] = {
    "person": {
        "person_id": "text not null", "age_group": "text not null", "country": "text not null",
        "us_state": "text", "contact_lens_wearer": "boolean not null", "nhs_exempt": "boolean",
        "recall_overdue": "boolean not null",
        "has_prescription": "boolean not null", "mean_sphere": "numeric(7, 4)", "worse_se": "numeric(7, 4)",
        "max_cylinder": "numeric(7, 4)", "has_add": "boolean not null", "refractive_group": "text not null",
    },
    "person_year": {
        "person_id": "text not null", "year": "integer not null", "active": "boolean not null",
        "orders": "integer not null", "spend": "numeric(16, 2) not null",
    },
    "order_year": {
        "person_id": "text not null", "year": "integer not null", "lens_type": "text",
        "lens_material": "text", "coating": "text", "orders": "integer not null",
    },
    "finding_year": {
        "person_id": "text not null", "year": "integer not null", "finding": "text not null",
        "right_eye": "boolean not null", "left_eye": "boolean not null",
    },
    "copy_info": {
        "copied_on": "date not null", "run_id": "text not null", "source_version": "text not null",
        "policy_hash": "text not null", "persons": "bigint not null",
    },
}  # fmt: skip
_KEYS = {
    "person": "primary key (person_id)",
    "person_year": "primary key (person_id, year)",
    "order_year": "unique nulls not distinct (person_id, year, lens_type, lens_material, coating)",
    "finding_year": "primary key (person_id, year, finding)",
}
_GROUPED = {
    "person_year": "select person_id, year, bool_or(active), sum(orders)::int, sum(spend) from {rows} "
    "group by 1, 2",
    "order_year": "select person_id, year, lens_type, lens_material, coating, sum(orders)::int from {rows} "
    "group by 1, 2, 3, 4, 5",
    "finding_year": "select person_id, year, finding, bool_or(right_eye), bool_or(left_eye) from {rows} "
    "group by 1, 2, 3",
}
_STAGE = sql.SQL("pg_temp.{}")
_GRACE_S = 12.0  # a question may take 10 s; who reads the old copy for longer is ended
_HOLDING = """
select distinct a.pid from pg_locks l join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace join pg_stat_activity a on a.pid = l.pid
where n.nspname = %s and a.datname = current_database() and a.usename = %s and a.pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What became of the copies that another took the place of."""

    readers_ended: int = 0  # sessions that went on reading an old copy
    still_there: int = 0  # copies that somebody else than the reader holds; the next run drops them


class Copy:
    """The copy of one practice, with the writer's login. One session: what is staged is its own and
    temporary."""

    def __init__(self, connection: psycopg.Connection[TupleRow], reader: str) -> None:
        self._connection = connection
        self._login = reader
        self._reader = sql.Identifier(reader)

    def settle(self) -> None:
        """End what a killed run left behind: its sessions, its half-built schema, the copy before the
        last."""
        self._do(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where usename = current_user and pid <> pg_backend_pid()"
        )
        self.drop_old()

    def begin(self) -> None:
        """An empty schema to build in, and empty tables to stage in."""
        self.drop(BUILDING)
        with self._connection.transaction():
            self._do(f"create schema {BUILDING}")
            for table, columns in TABLES.items():
                where = BUILDING if table == "copy_info" else "pg_temp"
                self._do(f"create table {where}.{table} ({_columns(columns)})")
            self._do("alter table pg_temp.person add column changed boolean not null, add column was text")

    def stage(self, table: str, batch: pa.RecordBatch) -> None:
        arrow_copy.write(self._connection, _STAGE.format(sql.Identifier(table)), batch)

    def carry_over(self) -> None:
        """The rows of those who did not change, from the standing copy, where they may have had another
        code."""
        self._do("analyze pg_temp.person")
        for table in _GROUPED:
            facts = ", ".join(f"y.{column}" for column in TABLES[table] if column != "person_id")
            self._do(
                f"insert into pg_temp.{table} select p.person_id, {facts} from {STANDING}.{table} y "
                "join pg_temp.person p on coalesce(p.was, p.person_id) = y.person_id where not p.changed"
            )

    def build(self, *, today: date, run_id: str, source_version: str, policy_hash: str) -> None:
        """From what was staged, in the order of the token, with keys.

        CREATE TABLE AS puts each row after the last; INSERT fills gaps of pages before it.
        """
        with self._connection.transaction():
            self._do("set local work_mem = '64MB'")
            held = {"person": f"select {', '.join(TABLES['person'])} from pg_temp.person"}
            held |= {table: rows.format(rows=f"pg_temp.{table}") for table, rows in _GROUPED.items()}
            for table, rows in held.items():
                kinds = {name: kind.removesuffix(" not null") for name, kind in TABLES[table].items()}
                made = ", ".join(f"{name}::{kind} as {name}" for name, kind in kinds.items())
                order = "person_id" if table == "person" else ", ".join(kinds)
                self._do(
                    f"create table {BUILDING}.{table} as select {made} "
                    f"from ({rows}) made ({', '.join(kinds)}) order by {order}"
                )
                never = [name for name, kind in TABLES[table].items() if kind != kinds[name]]
                given = ", ".join(f"alter {name} set not null" for name in never)
                self._do(f"alter table {BUILDING}.{table} {given}")
            self._do(
                f"insert into {BUILDING}.copy_info select %s, %s, %s, %s, count(*) from {BUILDING}.person",
                [today, run_id, source_version, policy_hash],
            )
            for table, key in _KEYS.items():
                self._do(f"alter table {BUILDING}.{table} add {key}")
        for table in TABLES:
            self._do(f"analyze {BUILDING}.{table}")

    def switch(self) -> None:
        """The built copy in place of the standing one: a reader's statement sees the one or the other.

        No new statement may name the old one from here on; one that is under way goes on.
        """
        with self._connection.transaction():
            if self.run_id() is not None:
                self._do_for_reader(f"revoke all on schema {STANDING} from {{reader}}")
                self._do(f"alter schema {STANDING} rename to {OLD}{secrets.token_hex(4)}")
            self._do(f"alter schema {BUILDING} rename to {STANDING}")
            self._do_for_reader(f"grant usage on schema {STANDING} to {{reader}}")
            self._do_for_reader(f"grant select on all tables in schema {STANDING} to {{reader}}")

    def run_id(self, schema: str = STANDING) -> str | None:
        """The run that made the copy in that schema; None where there is none that is whole."""
        if self._connection.execute("select to_regclass(%s)", [f"{schema}.copy_info"]).fetchone() == (None,):
            return None
        row = self._connection.execute(
            sql.SQL("select run_id from {}.copy_info").format(sql.Identifier(schema))
        ).fetchone()
        return row[0] if row else None

    def copied_on(self) -> date | None:
        """The day of the standing copy."""
        if self.run_id() is None:
            return None
        day: date = self.rows(f"select copied_on from {STANDING}.copy_info")[0][0]
        return day

    def drop_old(self) -> Dropped:
        """Every copy that another took the place of; whoever goes on reading one is ended."""
        ended = still = 0
        for (schema,) in self.rows(
            f"select nspname::text from pg_namespace where starts_with(nspname::text, '{OLD}')"
        ):
            self._do_for_reader(f"revoke all on schema {schema} from {{reader}}")
            if not self.drop(schema):
                ended += self._end_readers(schema)
                still += not self.drop(schema)
        return Dropped(ended, still)

    def drop(self, schema: str) -> bool:
        """False where somebody holds it for longer than the grace."""
        until = time.monotonic() + _GRACE_S
        while True:
            try:
                with self._connection.transaction():
                    self._do("set local lock_timeout = '1s'")
                    self._do(f"drop schema if exists {schema} cascade")
                return True
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                if time.monotonic() > until:
                    return False
                time.sleep(0.2)

    def _end_readers(self, schema: str) -> int:
        """End the reader's sessions that hold a table of an old copy; returns how many."""
        pids = self.rows(_HOLDING, [schema, self._login])
        try:
            return sum(self.rows("select pg_terminate_backend(%s, 5000)", [pid])[0][0] for (pid,) in pids)
        except psycopg.errors.InsufficientPrivilege:  # databases of before the writer could
            return 0

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[TupleRow]:
        return self._connection.execute(statement.encode(), parameters).fetchall()

    def stream(self, statement: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        return arrow_copy.read(self._connection, statement, {}, schema)

    def _do(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        self._connection.execute(statement.encode(), parameters)

    def _do_for_reader(self, statement: str) -> None:
        self._connection.execute(sql.SQL(statement).format(reader=self._reader))


@contextmanager
def opened(url: str, reader: str) -> Iterator[Copy]:
    """Raises what `connect` raises."""
    with connect(url, for_operator=True) as connection:
        connection.execute("set client_connection_check_interval = '1s'")
        connection.execute("set client_min_messages = warning")
        yield Copy(connection, reader)


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())
