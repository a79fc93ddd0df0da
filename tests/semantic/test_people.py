"""Statements about patients: by whole years, each person once, and alike in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest
import sqlglot
from golden_pairs import PEOPLE, compiled, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from pydantic import ValidationError
from small_copy import Copy, fill, in_duckdb, some_copy
from small_practice import TODAY
from sqlglot import exp
from test_any_query import alike, by_group, conditions, ranges

from prentice.embedded import Servers
from prentice.errors import BadQuery
from prentice.semantic.compile import compile_query
from prentice.semantic.defaults import with_defaults
from prentice.semantic.model import Catalogue
from prentice.semantic.people_shape import Span
from prentice.semantic.query import GRAINS, Query
from prentice.semantic.safety import assert_safe
from prentice.semantic.statement import Statement

CATALOGUE = Catalogue.load()
COPY = some_copy(300, 7)
PAIRS = [pytest.param(pair, id=pair["name"]) for path in PEOPLE for pair in read(path)]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def copied(servers: Servers) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    name = "semantic_people"
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(servers.source_url, dbname=name, autocommit=True) as connection:
        fill(connection, COPY)
        yield connection


@pytest.fixture(scope="module")
def duck_copy() -> Iterator[duckdb.DuckDBPyConnection]:
    with in_duckdb(COPY) as connection:
        yield connection


def compile_(**query: Any) -> Statement:
    return compile_query(Query.model_validate(query), CATALOGUE, today=TODAY)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_query_compiles_to_its_golden_text(pair: Row) -> None:
    postgres, duck = compiled(pair)
    assert postgres.sql.strip() == pair["postgres"].strip()
    assert duck.sql.strip() == pair["duckdb"].strip()
    assert postgres.parameters == duck.parameters == pair["parameters"]


@pytest.mark.parametrize("pair", PAIRS)
def test_both_databases_give_the_same_rows(
    copied: psycopg.Connection[tuple[Any, ...]], duck_copy: duckdb.DuckDBPyConnection, pair: Row
) -> None:
    postgres, duck = compiled(pair)
    assert postgres.people is not None
    _same(copied, duck_copy, postgres, duck, postgres.people.keys)


def _same(
    copied: psycopg.Connection[tuple[Any, ...]],
    duck_copy: duckdb.DuckDBPyConnection,
    mine: Statement,
    theirs: Statement,
    keys: int,
) -> None:
    found = by_group(copied.execute(mine.sql, mine.parameters).fetchall(), keys)  # type: ignore[arg-type]
    expected = by_group(duck_copy.execute(theirs.sql, theirs.parameters).fetchall(), keys)
    assert found.keys() == expected.keys()
    assert all(all(map(alike, numbers, expected[group])) for group, numbers in found.items())


# -- any query ---------------------------------------------------------------------------------------

METRICS = sorted(m.name for m in CATALOGUE.metrics.values() if m.model == "patients")
FIELDS = sorted(d.name for d in CATALOGUE.dimensions_of("patients"))


@st.composite
def queries(draw: st.DrawFn) -> Row:
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=3))
    query: Row = {"metrics": metrics, "dimensions": draw(st.lists(st.sampled_from(FIELDS), max_size=3))}
    columns = [*metrics, *query["dimensions"], "year"]
    optional: dict[str, st.SearchStrategy[Any]] = {
        "filters": st.lists(conditions(FIELDS), max_size=3),
        "range": ranges,
        "grain": st.sampled_from(GRAINS),
        "compare": st.builds(lambda other: {"range": other}, ranges),
        "shares": st.lists(st.sampled_from(metrics), max_size=2),
        "having": st.lists(conditions(columns), max_size=2),
        "order": st.lists(st.fixed_dictionaries({"by": st.sampled_from(columns)}), max_size=2),
        "limit": st.integers(1, 20),
    }
    for name in draw(st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)):
        query[name] = draw(optional[name])
    return query


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries())
def test_any_query_compiles_to_one_harmless_select_or_is_refused(
    copied: psycopg.Connection[tuple[Any, ...]], duck_copy: duckdb.DuckDBPyConnection, query: Row
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
    assert_safe(tree, CATALOGUE, schema="anonymised")
    assert {t.text("db") for t in tree.find_all(exp.Table)} == {"anonymised"}
    for value in statement.parameters.values():
        assert not isinstance(value, str) or len(value) < 8 or value not in statement.sql
    assert statement.people is not None
    _same(copied, duck_copy, statement, twin, statement.people.keys)


# -- by hand -----------------------------------------------------------------------------------------


def rows(connection: psycopg.Connection[tuple[Any, ...]], **query: Any) -> list[Row]:
    statement = compile_(**query)
    cursor = connection.execute(statement.sql, statement.parameters)  # type: ignore[arg-type]
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def test_a_person_with_two_orders_of_one_lens_counts_once(
    copied: psycopg.Connection[tuple[Any, ...]],
) -> None:
    found = {
        row["lens_type"]: row["patients"]
        for row in rows(copied, metrics=["patients"], dimensions=["lens_type"])
    }
    expected: dict[str | None, set[str]] = {}
    for person, _, lens, *_ in COPY.rows["order_year"]:
        expected.setdefault(lens, set()).add(person)
    assert found == {lens: len(people) for lens, people in expected.items()}


def test_a_share_is_of_all_patients_and_of_a_years_active_ones_in_a_year(
    copied: psycopg.Connection[tuple[Any, ...]],
) -> None:
    (all_years,) = rows(copied, metrics=["progressive_share"])
    (one_year,) = rows(
        copied, metrics=["progressive_share"], range={"from": "2025-01-01", "to": "2025-12-31"}
    )
    progressive = {(row[0], row[1]) for row in COPY.rows["order_year"] if row[2] == "progressive"}
    assert all_years == {"progressive_patients": len({p for p, _ in progressive}), "patients": 300}
    active = {row[0] for row in COPY.rows["person_year"] if row[1] == 2025 and row[2]}
    assert one_year["patients"] == len(active)
    assert one_year["progressive_patients"] == len({p for p, year in progressive if year == 2025})


def test_what_rests_on_a_prescription_is_of_those_who_have_one(
    copied: psycopg.Connection[tuple[Any, ...]],
) -> None:
    names = [name for name in METRICS if name.endswith("ia_share") or name == "astigmatism_share"]
    (row,) = rows(copied, metrics=[*names, "average_sphere"])
    people = [r for r in COPY.rows["person"] if r[7]]
    assert row["patients_with_prescription"] == len(people)
    assert row["myopic_patients"] == sum(r[9] <= -0.5 for r in people)
    assert row["highly_myopic_patients"] == sum(r[9] <= -6 for r in people)
    assert row["hyperopic_patients"] == sum(r[9] >= 0.5 for r in people)
    assert row["astigmatic_patients"] == sum(r[10] >= 0.75 for r in people)
    assert row["presbyopic_patients"] == sum(r[11] for r in people)
    assert float(row["sphere_total"]) == pytest.approx(sum(r[8] for r in people))


def test_spend_is_of_the_years_asked_about_and_their_active_patients(
    copied: psycopg.Connection[tuple[Any, ...]],
) -> None:
    (row,) = rows(copied, metrics=["spend_per_patient"], range={"from": "2025-01-01", "to": "2026-10-31"})
    years = [r for r in COPY.rows["person_year"] if r[1] >= 2025 and r[2]]
    assert float(row["spend_total"]) == pytest.approx(sum(r[4] for r in years))
    assert row["active_patients"] == len({r[0] for r in years})


def test_not_is_everyone_else(copied: psycopg.Connection[tuple[Any, ...]]) -> None:
    for field, value in (("lens_type", "progressive"), ("finding", "dry eye"), ("us_state", "CA")):
        (with_,) = rows(copied, metrics=["patients"], filters=[{"field": field, "value": value}])
        (without,) = rows(
            copied, metrics=["patients"], filters=[{"field": field, "op": "!=", "value": value}]
        )
        assert with_["patients"] + without["patients"] == 300


# -- years -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "span", "notes"),
    [
        ({}, Span(), 0),
        ({"range": {"from": "2025-01-01", "to": "2025-12-31"}}, Span(2025, 2025), 0),
        ({"range": {"from": "2026-01-01", "to": "2026-10-31"}}, Span(2026, 2026), 0),  # the year so far
        ({"range": {"from": "2026-01-01", "to": "2026-12-31"}}, Span(2026, 2026), 0),
        ({"range": {"from": "2024-01-01"}}, Span(2024, None), 0),
        ({"range": {"from": "2025-03-01", "to": "2025-03-31"}}, Span(2025, 2025), 1),
        ({"range": {"from": "2025-10-01", "to": "2026-09-30"}}, Span(2025, 2026), 1),
        ({"grain": "year"}, Span(), 0),
        ({"grain": "quarter"}, Span(), 1),
        ({"grain": "day", "range": {"from": "2026-10-01", "to": "2026-10-30"}}, Span(2026, 2026), 2),
    ],
)
def test_what_is_finer_than_a_year_is_answered_by_year_and_said(asked: Row, span: Span, notes: int) -> None:
    statement = compile_(metrics=["patients"], **asked)
    assert statement.people is not None
    assert statement.people.spans == (span,)
    assert len(statement.notes) == notes
    assert all(note.startswith("Only years exist for patients") for note in statement.notes)


def test_defaults_are_all_years_and_show_the_years_that_are_answered() -> None:
    default = with_defaults(Query(metrics=("patients",)), CATALOGUE, TODAY)
    assert default.range is not None
    assert (default.range.words, default.range.from_, default.range.to) == ("all years", None, None)
    month = Query.model_validate({"metrics": ["patients"], "grain": "month",
                                  "range": {"from": "2025-03-01", "to": "2025-03-31"}})  # fmt: skip
    shown = with_defaults(month, CATALOGUE, TODAY)
    assert shown.grain == "year"
    assert shown.range is not None
    assert str(shown.range.to) == "2025-12-31"
    assert with_defaults(shown, CATALOGUE, TODAY) == shown


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"metrics": ["patients", "revenue"]}, "copy of their own"),
        ({"metrics": ["revenue"], "shares": ["patients"]}, "copy of their own"),
        ({"metrics": ["patients"], "grain": "year", "running_totals": ["patients"]}, "running total"),
        ({"metrics": ["patients"], "include_empty": True}, "Only a list of products"),
        ({"metrics": ["patients"], "dimensions": ["brand"]}, "cannot be broken down by 'brand'"),
        ({"metrics": ["patients"], "dimensions": ["age_group", "country", "finding", "coating"]}, "3 things"),
        ({"metrics": ["myopia_share"], "shares": ["myopia_share"]}, "itself a ratio"),
        (
            {"metrics": ["patients"], "filters": [{"field": "age_group", "op": ">", "value": "40"}]},
            "does not apply",
        ),
        (
            {"metrics": ["patients"], "filters": [{"field": "contact_lens_wearer", "value": "x"}]},
            "true or false",
        ),
        ({"metrics": ["patients"], "order": [{"by": "revenue"}]}, "Unknown column"),
        (
            {"metrics": ["patients"], "range": {"from": "2025-02-01", "to": "2025-02-28"},
             "compare": {"range": {"from": "2025-01-01", "to": "2025-01-31"}}},
            "same year",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_told_of_patients_is_refused(query: Row, message: str) -> None:
    with pytest.raises(BadQuery, match=message):
        compile_(**query)


def test_a_copy_made_here_has_the_tables_of_the_contract() -> None:
    assert set(Copy().rows) == {"person", "person_year", "order_year", "finding_year", "copy_info"}
