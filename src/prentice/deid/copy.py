"""The anonymised copy: built beside the standing one, put in its place in one transaction, the old one
dropped."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


class Copy:
    """The copy of one practice, with the writer's login. One session: what is staged is its own and
    temporary."""

    def __init__(self, connection: psycopg.Connection[TupleRow], reader: str) -> None:
        self._connection = connection
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
                self._do(f"create table {BUILDING}.{table} ({_columns(columns)})")
                if table != "copy_info":
                    self._do(f"create temp table {table} ({_columns(columns)})")
            self._do("alter table pg_temp.person add column changed boolean not null")

    def stage(self, table: str, batch: pa.RecordBatch) -> None:
        arrow_copy.write(self._connection, _STAGE.format(sql.Identifier(table)), batch)

    def carry_over(self) -> None:
        """The rows of those who did not change, from the standing copy."""
        self._do("analyze pg_temp.person")
        for table in _GROUPED:
            self._do(
                f"insert into pg_temp.{table} select y.* from {STANDING}.{table} y "
                "join pg_temp.person p on p.person_id = y.person_id where not p.changed"
            )

    def build(self, *, today: date, run_id: str, source_version: str, policy_hash: str) -> None:
        """From what was staged, in the order of the token, with keys."""
        with self._connection.transaction():
            self._do("set local work_mem = '64MB'")
            columns = ", ".join(TABLES["person"])
            self._do(f"insert into {BUILDING}.person select {columns} from pg_temp.person order by person_id")
            for table, grouped in _GROUPED.items():
                rows = grouped.format(rows=f"pg_temp.{table}")
                keys = ", ".join(TABLES[table])
                self._do(
                    f"insert into {BUILDING}.{table} select * from ({rows}) made ({keys}) order by {keys}"
                )
            self._do(
                f"insert into {BUILDING}.copy_info select %s, %s, %s, %s, count(*) from {BUILDING}.person",
                [today, run_id, source_version, policy_hash],
            )
            for table, key in _KEYS.items():
                self._do(f"alter table {BUILDING}.{table} add {key}")
        for table in TABLES:
            self._do(f"analyze {BUILDING}.{table}")

    def switch(self) -> None:
        """The built copy in place of the standing one: a reader's statement sees the one or the other."""
        with self._connection.transaction():
            if self.run_id() is not None:
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

    def drop_old(self) -> None:
        """Every copy that another took the place of. What readers hold for too long the next run drops."""
        for (schema,) in self.rows(
            f"select nspname::text from pg_namespace where starts_with(nspname::text, '{OLD}')"
        ):
            self.drop(schema)

    def drop(self, schema: str) -> bool:
        """False where readers held it for too long."""
        for _ in range(10):
            try:
                with self._connection.transaction():
                    self._do("set local lock_timeout = '1s'")
                    self._do(f"drop schema if exists {schema} cascade")
                return True
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                time.sleep(0.2)
        return False

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
