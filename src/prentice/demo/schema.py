"""The host's tables as facts (`host_schema.json`) and the statements that create them.

Everything carries the host's own names and types: enum types, 25 tables, primary keys, foreign keys whose
target is among the 25, and indexes. Names of constraints and indexes follow PostgreSQL's own habit, so a
database that the host made itself and one that we made look alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    not_null: bool
    primary_key: bool
    default: str | None  # an SQL expression


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    references: str
    to: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class Index:
    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[Index, ...]

    @property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)


@dataclass(frozen=True, slots=True)
class HostSchema:
    """Tables in the order of the host's file: a table may refer to a later one."""

    enums: dict[str, tuple[str, ...]]
    tables: dict[str, Table]

    def foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """The keys that can exist here: those whose target is one of the 25 tables."""
        for table in self.tables.values():
            for key in table.foreign_keys:
                if key.references in self.tables:
                    yield table, key


@cache
def host_schema() -> HostSchema:
    facts = json.loads(files(__package__).joinpath("host_schema.json").read_text("utf-8"))
    tables = {
        name: Table(
            name,
            tuple(
                Column(
                    column,
                    fact["type"],
                    bool(fact.get("not_null")),
                    bool(fact.get("primary_key")),
                    _default(fact.get("default")),
                )
                for column, fact in table["columns"].items()
            ),
            tuple(
                ForeignKey(tuple(key["columns"]), key["references"], tuple(key["to"]), key["on_delete"])
                for key in table["foreign_keys"]
            ),
            tuple(Index(tuple(index["columns"]), index["unique"]) for index in table["indexes"]),
        )
        for name, table in facts["tables"].items()
    }
    return HostSchema({name: tuple(labels) for name, labels in facts["enums"].items()}, tables)


def _default(fact: object) -> str | None:
    if fact is None:
        return None
    return str(fact).lower() if isinstance(fact, bool) else str(fact)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def create_enum(name: str, labels: tuple[str, ...]) -> str:
    listed = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    return f"CREATE TYPE {quoted(name)} AS ENUM ({listed})"


def create_table(table: Table) -> str:
    """The columns alone; keys and indexes come after the rows, which is several times quicker."""
    lines = []
    for column in table.columns:
        line = f"    {quoted(column.name)} {column.type}"
        if column.default is not None:
            line += f" DEFAULT {column.default}"
        if column.not_null:
            line += " NOT NULL"
        lines.append(line)
    return f"CREATE TABLE {quoted(table.name)} (\n" + ",\n".join(lines) + "\n)"


def primary_key_name(table: Table) -> str:
    return f"{table.name}_pkey"


def add_primary_key(table: Table) -> str:
    columns = ", ".join(quoted(name) for name in table.primary_key)
    return (
        f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT {quoted(primary_key_name(table))} "
        f"PRIMARY KEY ({columns})"
    )


def foreign_key_name(table: Table, key: ForeignKey) -> str:
    return f"{table.name}_{'_'.join(key.columns)}_fkey"


def add_foreign_key(table: Table, key: ForeignKey) -> str:
    here = ", ".join(quoted(name) for name in key.columns)
    there = ", ".join(quoted(name) for name in key.to)
    return (
        f"ALTER TABLE {quoted(table.name)} ADD CONSTRAINT {quoted(foreign_key_name(table, key))} "
        f"FOREIGN KEY ({here}) REFERENCES {quoted(key.references)} ({there}) "
        f"ON DELETE {key.on_delete.upper()}"
    )


def index_name(table: Table, index: Index) -> str:
    name = f"{table.name}_{'_'.join(index.columns)}_idx"
    return name if len(name) <= 63 else f"{table.name}_{'_'.join(index.columns)}"[:59] + "_idx"


def create_index(table: Table, index: Index) -> str:
    unique = "UNIQUE " if index.unique else ""
    columns = ", ".join(quoted(name) for name in index.columns)
    return f"CREATE {unique}INDEX {quoted(index_name(table, index))} ON {quoted(table.name)} ({columns})"
