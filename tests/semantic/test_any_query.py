"""Any Query compiles to one harmless SELECT that both databases run alike, or is refused."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import psycopg
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small_practice import TODAY
from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Query
from prentice.semantic.safety import assert_safe

CATALOGUE = Catalogue.load()
SOURCE = [
    model for model in CATALOGUE.models if model != "patients"
]  # those stand in a database of their own
BY_MODEL = [sorted(m.name for m in CATALOGUE.metrics.values() if m.model == model) for model in SOURCE]
METRICS = sorted(name for names in BY_MODEL for name in names)
DIMENSIONS = sorted({d.name for d in CATALOGUE.dimensions})
values = st.one_of(
    st.sampled_from(
        ["Aldwych", "frame", "Monday", "varifocal", "completed", "'; DROP TABLE x; --", "%", "true", "10"]
    ),
    st.text(max_size=8),
    st.integers(-5, 30),
    st.floats(allow_nan=True),
    st.booleans(),
)


def conditions(fields: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    field = st.sampled_from(fields)
    one = st.fixed_dictionaries(
        {
            "field": field,
            "op": st.sampled_from(["=", "!=", "contains", "<", "<=", ">", ">="]),
            "value": values,
        }
    )
    many = st.fixed_dictionaries(
        {
            "field": field,
            "op": st.sampled_from(["in", "not in"]),
            "value": st.lists(values, min_size=1, max_size=3),
        }
    )
    none = st.fixed_dictionaries({"field": field, "op": st.sampled_from(["is null", "is not null"])})
    two = st.fixed_dictionaries(
        {"field": field, "op": st.just("between"), "value": st.lists(values, min_size=2, max_size=2)}
    )
    return st.recursive(
        one | many | none | two,
        lambda inner: st.one_of(
            st.builds(lambda items: {"and": items}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda items: {"or": items}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda item: {"not": item}, inner),
        ),
        max_leaves=4,
    )


ranges = st.tuples(st.dates(), st.dates()).map(lambda d: {"from": min(d), "to": max(d)}) | st.sampled_from(
    [{}, {"from": "2026-01-01"}, {"to": "2026-06-30"}, {"from": "2025-11-01", "to": "2026-10-31"}]
)


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly sensible queries: metrics and dimensions of one model, now and then anything."""
    pool = draw(st.sampled_from(BY_MODEL)) if draw(st.integers(0, 3)) else METRICS
    metrics = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    fits = [d.name for d in CATALOGUE.dimensions_of(metrics[0])] if draw(st.integers(0, 4)) else DIMENSIONS
    query: dict[str, Any] = {"metrics": metrics}
    query["dimensions"] = draw(st.lists(st.sampled_from(fits), max_size=3, unique=True))
    columns = [*metrics, *query["dimensions"]]
    optional: dict[str, st.SearchStrategy[Any]] = {
        "filters": st.lists(conditions(fits), max_size=2),
        "range": ranges,
        "grain": st.sampled_from(GRAINS),
        "compare": st.builds(
            lambda other, part: {"range": other, "like_for_like": part}, ranges, st.none() | ranges
        ),
        "shares": st.lists(st.sampled_from(metrics), max_size=2),
        "running_totals": st.lists(st.sampled_from(metrics), max_size=2),
        "having": st.lists(conditions(columns), max_size=2),
        "order": st.lists(
            st.fixed_dictionaries({"by": st.sampled_from(columns), "descending": st.booleans()}), max_size=2
        ),
        "limit": st.integers(1, 20),
        "top_per": st.fixed_dictionaries({"dimension": st.sampled_from(columns), "limit": st.integers(1, 3)}),
        "include_empty": st.booleans(),
    }
    for name in draw(st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)):
        query[name] = draw(optional[name])
    return query


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries())
def test_any_query_compiles_to_one_harmless_select_or_is_refused(
    postgres: psycopg.Connection[tuple[Any, ...]], duck: duckdb.DuckDBPyConnection, query: dict[str, Any]
) -> None:
    try:
        asked = Query.model_validate(query)
    except ValidationError:
        return
    try:
        statement = compile_query(asked, CATALOGUE, today=TODAY)
        twin = compile_query(asked, CATALOGUE, today=TODAY, dialect="duckdb")
    except BadQuery:
        return
    (tree,) = sqlglot.parse(statement.sql, read="postgres")
    assert tree is not None
    assert_safe(tree, CATALOGUE)
    assert {t.text("db") for t in tree.find_all(exp.Table)} <= {"prentice", ""}
    for value in statement.parameters.values():  # what a person wrote stands in the parameters alone
        assert not isinstance(value, str) or len(value) < 8 or value not in statement.sql
    cursor = postgres.execute(statement.sql, statement.parameters)  # type: ignore[arg-type]
    assert [d.name for d in cursor.description or ()] == [column.name for column in statement.columns]
    rows, others = cursor.fetchall(), duck.execute(twin.sql, twin.parameters).fetchall()
    if (
        asked.limit is None and asked.top_per is None
    ):  # where rows are cut, the two databases break ties apart
        keys = sum(column.role == "dimension" for column in statement.columns)
        mine, theirs = by_group(rows, keys), by_group(others, keys)
        assert mine.keys() == theirs.keys()
        for group, numbers in mine.items():
            assert all(map(alike, numbers, theirs[group])), (group, numbers, theirs[group])


def by_group(rows: list[tuple[Any, ...]], keys: int) -> dict[str, tuple[Any, ...]]:
    """Metrics by dimensions, each group once; the two databases sort capitals apart."""
    found = {repr([v.lower() if isinstance(v, str) else v for v in row[:keys]]): row[keys:] for row in rows}
    assert len(found) == len(rows)
    return found


def alike(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT PG_SLEEP(10)",
        "SELECT SET_CONFIG('app.tenant_id', 'other', FALSE)",
        "SELECT CURRENT_SETTING('is_superuser')",
        "SELECT PG_READ_FILE('/etc/passwd')",
        "SELECT * FROM prentice.tenant_login",
        "SELECT name FROM public.patients",
        "SELECT name FROM patients",
        "SELECT name FROM other.prentice.products",
        "DELETE FROM prentice.products",
        "WITH x AS (DELETE FROM prentice.products RETURNING 1) SELECT 1 FROM x",
        "SELECT 1 FROM prentice.products FOR UPDATE",
        "SELECT name INTO t FROM prentice.products",
        "SELECT QUERY_TO_XML('select 1', TRUE, TRUE, '')",
    ],
)
def test_what_the_compiler_never_writes_is_refused(sql: str) -> None:
    with pytest.raises(BadQuery, match="safely"):
        assert_safe(sqlglot.parse_one(sql, read="postgres"), CATALOGUE)
