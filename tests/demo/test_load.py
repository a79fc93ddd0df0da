"""Loading: the host's own types, all or nothing, and no row of another practice touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.resources import files

import psycopg
import pytest
from psycopg import conninfo

import prentice.demo
from prentice.demo import load
from prentice.demo.load import load_demo
from prentice.demo.schema import host_schema, index_name
from prentice.embedded import Servers
from prentice.errors import SourceUnavailable, SourceUnsuitable

_SCALE = 0.05
_TYPES = {"varchar": "character varying", "timestamp": "timestamp without time zone"}


@pytest.fixture
def database(servers: Servers) -> Iterator[str]:
    """An empty database of its own."""
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS demo_load WITH (FORCE)")
        admin.execute("CREATE DATABASE demo_load")
        yield conninfo.make_conninfo(servers.source_url, dbname="demo_load")
        admin.execute("DROP DATABASE demo_load WITH (FORCE)")


def _digests(connection: psycopg.Connection) -> dict[str, str]:
    """A digest of every table, whatever the order of its rows."""
    digests = {}
    for table in host_schema().tables:
        found = connection.execute(
            f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY id), '')) FROM {table} t".encode()
        ).fetchone()
        assert found
        digests[table] = found[0]
    return digests


def _definitions(connection: psycopg.Connection) -> set[tuple[str, str]]:
    return set(
        connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('p', 'f') "
            "UNION SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
    )


def test_two_loads_at_once_into_an_empty_database_are_one(database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: load_demo(database, scale=_SCALE), range(2)))
    assert reports[0].rows == reports[1].rows
    with psycopg.connect(database) as connection:
        counted = connection.execute("SELECT count(*) FROM pos_transactions").fetchone()
    assert counted == (reports[0].rows["pos_transactions"],)


def test_the_host_s_columns_stand_with_their_own_types(database: str) -> None:
    facts = json.loads(files(prentice.demo).joinpath("host_schema.json").read_text("utf-8"))
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        found = {
            (table, column): (kind, nullable)
            for table, column, kind, nullable in connection.execute(
                "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull "
                "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
                "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND attnum > 0"
            )
        }
        enums = {
            name: labels
            for name, labels in connection.execute(
                "SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) "
                "FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1"
            )
        }
        keys = {name for name, _ in _definitions(connection)}
    assert enums == facts["enums"]
    wanted = {}
    for table, fact in facts["tables"].items():
        for column, about in fact["columns"].items():
            base, bracket, rest = about["type"].partition("(")
            kind = _TYPES.get(base, base) + bracket + rest.replace(" ", "")
            wanted[table, column] = (kind, not about.get("not_null", False))
    assert found == wanted
    for table in host_schema().tables.values():
        assert f"{table.name}_pkey" in keys
        assert {index_name(table, index) for index in table.indexes} <= keys
    assert len([name for name in keys if name.endswith("_fkey")]) == len(list(host_schema().foreign_keys()))


def test_every_table_has_rows_and_the_report_counts_them(database: str) -> None:
    told: dict[str, int] = {}

    def progress(table: str, rows: int) -> None:
        told[table] = told.get(table, 0) + rows

    report = load_demo(database, scale=_SCALE, progress=progress)
    assert set(report.rows) == set(host_schema().tables)
    assert all(report.rows.values())
    assert {table: told[table] for table in report.rows} == report.rows
    with psycopg.connect(database) as connection:
        for table, rows in report.rows.items():
            counted = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert counted == (rows,), table


def test_loading_again_gives_the_same_bytes_keys_and_indexes(database: str) -> None:
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        before = _digests(connection), _definitions(connection)
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        assert (_digests(connection), _definitions(connection)) == before


def test_another_practice_in_the_same_database_keeps_its_rows(database: str) -> None:
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        alone = _digests(connection)
        connection.execute(
            "INSERT INTO companies (id, name, type, email) VALUES ('c-other', 'Other', 'ecp', 'a@b.example')"
        )
        connection.execute("INSERT INTO users (id, company_id, first_name) VALUES ('u-1', 'c-other', 'Una')")
        connection.execute(
            "INSERT INTO products (id, company_id, ecp_id, product_type, unit_price) "
            "VALUES ('p-1', 'c-other', 'u-1', 'frame', 10)"
        )
        connection.execute(
            "INSERT INTO pos_transactions (id, company_id, transaction_number, staff_id, subtotal, "
            "total_amount, payment_method) VALUES ('t-1', 'c-other', 'T1', 'u-1', 10, 10, 'card')"
        )
        connection.execute(
            "INSERT INTO pos_transaction_items (id, transaction_id, product_id, quantity, unit_price, "
            "line_total) VALUES ('i-1', 't-1', 'p-1', 1, 10, 10)"
        )
        definitions = _definitions(connection)
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        assert _definitions(connection) == definitions
        for table in ("companies", "users", "products", "pos_transactions", "pos_transaction_items"):
            kept = connection.execute(
                f"SELECT count(*) FROM {table} WHERE length(id) < 8".encode()
            ).fetchone()
            assert kept == (1,), table
        for table in ("pos_transaction_items", "pos_transactions", "products", "users", "companies"):
            connection.execute(
                f"DELETE FROM {table} WHERE id IN ('c-other', 'u-1', 'p-1', 't-1', 'i-1')".encode()
            )
        assert _digests(connection) == alone


def test_a_load_that_fails_half_way_leaves_everything_as_it_was(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        before = _digests(connection), _definitions(connection)

    def broken(seed: int, scale: float, today: date) -> Iterator[object]:
        for number, batch in enumerate(made(seed, scale, today)):
            if number == 20:
                raise RuntimeError("the maker of rows fell over")
            yield batch

    made = load.demo_rows
    monkeypatch.setattr(load, "demo_rows", broken)
    with pytest.raises(RuntimeError, match="fell over"):
        load_demo(database, seed=8, scale=_SCALE)
    with psycopg.connect(database) as connection:
        assert (_digests(connection), _definitions(connection)) == before


def test_a_view_of_ours_and_a_table_of_somebody_else_s_survive(database: str) -> None:
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE VIEW named AS SELECT id, name, count(*) FROM products GROUP BY id")
        connection.execute(
            "CREATE TABLE extra (product_id varchar REFERENCES products (id) ON DELETE SET NULL)"
        )
        connection.execute("INSERT INTO extra SELECT id FROM products LIMIT 3")
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM extra").fetchone() == (3,)
        assert connection.execute("SELECT count(*) > 100 FROM named").fetchone() == (True,)


def test_a_key_that_holds_the_demos_rows_is_told_and_nothing_is_lost(database: str) -> None:
    load_demo(database, scale=_SCALE)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE extra (product_id varchar REFERENCES products (id))")
        connection.execute("INSERT INTO extra SELECT id FROM products LIMIT 3")
        before = _digests(connection)
    with pytest.raises(SourceUnsuitable):
        load_demo(database, seed=8, scale=_SCALE)
    with psycopg.connect(database) as connection:
        assert _digests(connection) == before


def test_a_database_that_does_not_answer_is_said_so() -> None:
    with pytest.raises(SourceUnavailable):
        load_demo("postgresql://nobody@127.0.0.1:1/none")


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_scale_must_be_above_zero(scale: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        load_demo("postgresql://127.0.0.1:1/none", scale=scale)
