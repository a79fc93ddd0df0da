"""One shape of question, one text: a change in what is compiled shows as a difference that someone reads."""

from __future__ import annotations

from typing import Any

import duckdb
import psycopg
import pytest
from conftest import fetch  # type: ignore[attr-defined]
from golden_pairs import FILES, compiled, read
from test_any_query import alike, by_group

from prentice.ask.pipeline import Prentice

PAIRS = [pytest.param(pair, id=f"{path.stem}: {pair['name']}") for path in FILES for pair in read(path)]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_query_compiles_to_its_golden_text(pair: dict[str, Any]) -> None:
    postgres, duck = compiled(pair)
    assert postgres.sql.strip() == pair["postgres"].strip()
    assert duck.sql.strip() == pair["duckdb"].strip()
    assert postgres.parameters == duck.parameters == pair["parameters"]


@pytest.mark.parametrize("pair", PAIRS)
def test_both_databases_give_the_same_rows(
    postgres: psycopg.Connection[tuple[Any, ...]], duck: duckdb.DuckDBPyConnection, pair: dict[str, Any]
) -> None:
    mine, theirs = compiled(pair)
    rows = [tuple(row.values()) for row in fetch(postgres, mine)]
    others = duck.execute(theirs.sql, theirs.parameters).fetchall()
    keys = sum(column.role == "dimension" for column in mine.columns)
    found, expected = by_group(rows, keys), by_group(others, keys)
    assert found.keys() == expected.keys()
    assert all(all(map(alike, numbers, expected[group])) for group, numbers in found.items())


@pytest.mark.parametrize("pair", PAIRS)
def test_the_demo_answers_through_its_own_login(demo: Prentice, pair: dict[str, Any]) -> None:
    """The views that provisioning makes have what the models read, and the login may read it."""
    statement, _ = compiled(pair)
    result = demo.warehouse.run(demo.registry.scope("harbour-optics"), statement, fresh=True)
    assert result.columns == tuple(column.name for column in statement.columns)
    assert not result.truncated
    assert result.rows or "50%_" in str(pair["query"])  # no product of the demo is called that
