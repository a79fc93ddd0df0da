"""The practice of `small_practice.py` in both databases that statements are compiled for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg import sql
from small_practice import COLUMNS, TODAY, Practice, build

from prentice.embedded import Servers
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.semantic.statement import Statement

Answer = list[dict[str, Any]]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def practice() -> Practice:
    return build()


@pytest.fixture(scope="session")
def postgres(servers: Servers, practice: Practice) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A database of its own on the embedded server, with tables where Prentice makes views."""
    name = "semantic_rows"
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(servers.source_url, dbname=name, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA prentice")
        for view, columns in COLUMNS.items():
            connection.execute(_create(view, columns))  # type: ignore[arg-type]
            with connection.cursor().copy(f"COPY prentice.{view} FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in practice.table(view):
                    copy.write_row(row)
        yield connection


@pytest.fixture(scope="session")
def duck(practice: Practice) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA prentice")
        for view, columns in COLUMNS.items():
            connection.execute(_create(view, columns))
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"INSERT INTO prentice.{view} VALUES ({marks})", practice.table(view))
        yield connection


def _create(view: str, columns: dict[str, str]) -> str:
    return f"CREATE TABLE prentice.{view} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


@pytest.fixture(scope="session")
def ask(postgres: psycopg.Connection[tuple[Any, ...]], catalogue: Catalogue) -> Callable[..., Answer]:
    """Compile a query given as keywords, run it on PostgreSQL, and give its rows by column name."""

    def run(**query: Any) -> Answer:
        statement = compile_query(Query.model_validate(query), catalogue, today=TODAY)
        return fetch(postgres, statement)

    return run


def fetch(connection: psycopg.Connection[tuple[Any, ...]], statement: Statement) -> Answer:
    cursor = connection.execute(statement.sql, statement.parameters)  # type: ignore[arg-type]
    names = [column.name for column in statement.columns]
    assert [d.name for d in cursor.description or ()] == names
    return [dict(zip(names, row, strict=True)) for row in cursor]
