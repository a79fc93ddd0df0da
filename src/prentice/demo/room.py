"""Room for the demo in a database: its tables there, the old rows gone, keys and indexes out of the way."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import TopologicalSorter

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.demo import schema
from prentice.demo.schema import HostSchema, Table, host_schema

# Rows that carry no company belong to the practice of their parent.
_PARENTS = {
    "returns": ("order_id", "orders"),
    "non_adapts": ("order_id", "orders"),
    "pos_transaction_items": ("transaction_id", "pos_transactions"),
    "po_line_items": ("purchase_order_id", "purchase_orders"),
    "invoice_line_items": ("invoice_id", "invoices"),
    "nps_surveys": ("user_id", "users"),
}
# Anonymisation reads these from end to end; statistics of their 250 columns would be a third of a small load.
_READ_WHOLE = {"patients", "eye_examinations", "prescriptions", "clinical_notes"}
_LOCK = 7_023_004  # one load at a time in a database
_CHANGED = ("created_at", "updated_at", "deleted_at")
_SETTINGS = {
    "maintenance_work_mem": "'256MB'",
    "work_mem": "'128MB'",
    "synchronous_commit": "off",
    # The disk works while rows come, not all at the commit: 2 s less at scale 20.
    "backend_flush_after": "'2MB'",
    "default_statistics_target": "40",  # 12,000 rows of a table; at the usual 100 the wide ones take 2 s
    "lock_timeout": "'60s'",
}


def _asked_by(table: Table) -> str:
    """The columns whose statistics are worth their time: of clinical tables the keys and dates of change."""
    if table.name not in _READ_WHOLE:
        return ""
    keys = {*table.primary_key, *_CHANGED}.union(*(key.columns for key in table.foreign_keys))
    return f" ({', '.join(schema.quoted(column.name) for column in table.columns if column.name in keys)})"


class Room:
    """Used inside one transaction: `clear`, then the rows, then `restore`."""

    def __init__(self, connection: psycopg.Connection[TupleRow], companies: Sequence[str]) -> None:
        self._connection = connection
        self._companies = list(companies)
        self._host: HostSchema = host_schema()
        self._restore: list[str] = []
        self.emptied = False  # no other practice was there: the tables were truncated

    def clear(self) -> None:
        for name, value in _SETTINGS.items():
            self._do(f"SET LOCAL {name} = {value}")
        # Of two loads at once the second waits here, and finds what the first has made.
        self._do(f"SELECT pg_advisory_xact_lock({_LOCK})")
        present = self._present()
        if present:
            listed = ", ".join(schema.quoted(table) for table in self._host.tables if table in present)
            self._do(f"LOCK TABLE {listed} IN ACCESS EXCLUSIVE MODE")
        self._create(present)
        alone = self._alone()
        self._suspend("f")
        if alone:
            self._suspend("p")
            self._suspend_indexes()
        self._remove(alone)

    def restore(self) -> None:
        """Statistics first, for good plans; then the indexes, which foreign keys need; then those."""
        for table in self._host.tables.values():
            self._do(f"ANALYZE {schema.quoted(table.name)}{_asked_by(table)}")
        for statement in sorted(self._restore, key=lambda text: " FOREIGN KEY " in text):
            self._do(statement)

    def _do(self, statement: str) -> None:
        self._connection.execute(statement.encode())

    def _present(self) -> set[str]:
        rows = self._connection.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL",
            [list(self._host.tables)],
        )
        return {name for (name,) in rows}

    def _create(self, present: set[str]) -> None:
        kinds = {
            name for (name,) in self._connection.execute("SELECT typname FROM pg_type WHERE typtype = 'e'")
        }
        for name, labels in self._host.enums.items():
            if name not in kinds:
                self._do(schema.create_enum(name, labels))
        for table in self._host.tables.values():
            if table.name in present:
                continue
            self._do(schema.create_table(table))
            self._restore.append(schema.add_primary_key(table))
            self._restore += [schema.create_index(table, index) for index in table.indexes]
            self._restore += [
                schema.add_foreign_key(owner, key)
                for owner, key in self._host.foreign_keys()
                if owner is table
            ]

    def _alone(self) -> bool:
        """Whether these tables hold nothing but the demo."""
        for table in self._host.tables.values():
            columns = {column.name for column in table.columns}
            field = "id" if table.name == "companies" else "company_id" if "company_id" in columns else None
            if field is None:
                continue
            found = self._connection.execute(
                sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} IS NULL OR {} <> ALL(%s))").format(
                    sql.Identifier(table.name), sql.Identifier(field), sql.Identifier(field)
                ),
                [self._companies],
            ).fetchone()
            if found and found[0]:
                return False
        return True

    def _suspend(self, kind: str) -> None:
        """Drop constraints of a kind among the host's tables, noting how to make them again."""
        constraints = self._connection.execute(
            """
            SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
            FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
            WHERE k.contype = %(kind)s AND k.conrelid = ANY(%(tables)s::regclass[])
              AND (k.contype <> 'f' OR k.confrelid = ANY(%(tables)s::regclass[]))
            ORDER BY c.relname, k.conname
            """,
            {"kind": kind, "tables": [schema.quoted(table) for table in self._host.tables]},
        ).fetchall()
        for table, name, definition in constraints:
            where = f"ALTER TABLE {schema.quoted(table)}"
            dropped = f"{where} DROP CONSTRAINT {schema.quoted(name)}"
            self._if_free(dropped, f"{where} ADD CONSTRAINT {schema.quoted(name)} {definition}")

    def _suspend_indexes(self) -> None:
        indexes = self._connection.execute(
            """
            SELECT c.relname, pg_get_indexdef(i.indexrelid)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = ANY(%s::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
            ORDER BY c.relname
            """,
            [[schema.quoted(table) for table in self._host.tables]],
        ).fetchall()
        for name, definition in indexes:
            self._if_free(f"DROP INDEX {schema.quoted(name)}", definition)

    def _if_free(self, drop: str, make: str) -> None:
        """What something of another's depends on (a view, a key from a table not the host's) stays."""
        try:
            with self._connection.transaction():
                self._do(drop)
        except psycopg.errors.DependentObjectsStillExist:
            return
        self._restore.append(make)

    def _remove(self, alone: bool) -> None:
        if alone:
            listed = ", ".join(schema.quoted(table) for table in self._host.tables)
            try:
                with self._connection.transaction():
                    self._do(f"TRUNCATE {listed}")
                self.emptied = True
                return
            except psycopg.errors.FeatureNotSupported:  # a table not the host's refers to one of these
                pass
        for table in self._children_first():
            column, parent = _PARENTS.get(table, ("", ""))
            mine = (
                sql.SQL("DELETE FROM {} WHERE {} IN (SELECT id FROM {} WHERE company_id = ANY(%s))").format(
                    sql.Identifier(table), sql.Identifier(column), sql.Identifier(parent)
                )
                if parent
                else sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(
                    sql.Identifier(table), sql.Identifier("id" if table == "companies" else "company_id")
                )
            )
            self._connection.execute(mine, [self._companies])

    def _children_first(self) -> list[str]:
        graph: dict[str, set[str]] = {table: set() for table in self._host.tables}
        for table, key in self._host.foreign_keys():
            if key.references != table.name:
                graph[key.references].add(table.name)
        return list(TopologicalSorter(graph).static_order())
