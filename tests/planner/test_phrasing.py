"""A Query said as a question is read back as the same Query: chips and other readings rest on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.practice import CATALOGUE, PLANNER, SCOPE, TODAY, VALUES, asked, in_short, plan
from prentice.planner.phrasing import bare_range, phrase_query, phrase_range, plural
from prentice.planner.suggest import follow_ups, suggest
from prentice.semantic.query import GRAINS, Condition, Filter, Order, Query, Range

RANGES = (
    (date(2026, 9, 1), date(2026, 9, 30)),
    (date(2026, 10, 1), TODAY),
    (date(2026, 7, 1), date(2026, 9, 30)),
    (date(2025, 1, 1), date(2025, 12, 31)),
    (date(2026, 1, 1), TODAY),
    (date(2026, 10, 26), TODAY),
    (date(2026, 10, 25), date(2026, 10, 25)),
    (date(2026, 3, 4), date(2026, 6, 17)),
    (None, date(2026, 8, 31)),
)
# Of each dimension some values; the dimensions of stock (yes or no, numbers) are said by the lists.
STORED = {
    "brand": ("Aldwych", "Corrigan", "Marlowe & Finch"),
    "product_type": ("frame", "contact_lens", "solution", "service"),
    "category": ("Women's Frames", "Accessories"),
    "model": ("Strand", "Daily 30"),
    "product": ("Aldwych Strand Black", "OCT Scan"),
    "sku": ("ALD-STR-01",),
    "staff": ("Callum Reid",),
    "payment_method": ("cash", "card"),
    "lens_type": ("progressive", "single_vision"),
    "lens_material": ("cr39", "hi_index_1_67"),
    "coating": ("anti_reflective", "blue_light"),
    "frame_type": ("rimless",),
    "prescriber": ("Priya Nandakumar",),
    "practitioner": ("Grace Lindqvist",),
    "appointment_type": ("follow_up", "contact_lens_fitting"),
    "supplier": ("Tideway Lenses",),
    "weekday": ("Monday", "Saturday"),
}
_LISTED = ("low_stock_items", "out_of_stock_items", "dead_stock_items")  # by product they are lists
_OF_A_PART = ("revenue_share", "units_share")  # a share of nothing is asked about: it has tests of its own
METRICS = tuple(
    m
    for m in CATALOGUE.metrics.values()
    if not m.hidden and m.model != "patients" and m.name not in (*_LISTED, *_OF_A_PART, "eye_exams")
)


@st.composite
def said_queries(draw: st.DrawFn) -> Query:
    """Metrics, breakdowns, ranges, filters and limits that `phrase_query` has words for."""
    metric = draw(st.sampled_from(METRICS))
    names = tuple(d for d in metric.dimensions if d in STORED)
    grain = draw(st.sampled_from((None, None, *GRAINS))) if metric.over_time else None
    most = 1 if grain else 2
    dimensions = tuple(draw(st.lists(st.sampled_from(names), max_size=most, unique=True)))
    if grain == "day":
        dimensions = tuple(d for d in dimensions if d != "weekday")
    ends = draw(st.sampled_from((None, *RANGES))) if metric.dated else None
    if ends and ends[0] is None and grain == "year":
        ends = None
    ranked = (len(dimensions), grain) == (1, None) and draw(st.booleans())
    descending = draw(st.booleans())
    return Query(
        metrics=(metric.name,),
        dimensions=dimensions,
        filters=draw(_restrictions(names)),
        range=Range(from_=ends[0], to=ends[1]) if ends else None,
        grain=grain,
        order=(Order(by=metric.name, descending=descending),) if ranked else (),
        limit=draw(st.sampled_from((1, 3, 10))) if ranked else None,
    )


@st.composite
def _restrictions(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[Filter, ...]:
    fields = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    made: list[Condition] = []
    for name in fields:
        values = STORED[name]
        if len(values) > 1 and draw(st.integers(0, 3)) == 0:
            made.append(Condition(field=name, op="in", value=values[:2]))
        else:
            made.append(Condition(field=name, value=draw(st.sampled_from(values))))
    if made and made[-1].op == "=" and made[-1].field != "weekday" and draw(st.booleans()):
        made[-1] = made[-1].model_copy(update={"op": "!="})
    return tuple(made)


def parts(query: Query) -> dict[str, object]:
    short = {k: v for k, v in in_short(query).items() if k in ("metrics", "by", "where", "when", "limit")}
    short["where"] = sorted(
        (f.field, f.op, frozenset(f.value) if isinstance(f.value, tuple) else f.value)
        for f in query.filters
        if isinstance(f, Condition)
    )
    short["order"] = [(o.by, o.descending) for o in query.order] if query.limit else []
    return short


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said_queries())
def test_a_query_said_in_words_is_read_back_as_itself(query: Query) -> None:
    said = phrase_query(query, CATALOGUE, TODAY)
    made = PLANNER.plan(said, SCOPE, VALUES)
    assert made.query is not None, f"{said!r}: {made.code} {made.message}"
    assert parts(made.query) == parts(query), said


@pytest.mark.parametrize(
    "question",
    [
        "What were our top 5 brands last month?",
        "worst-selling frames this year",
        "Share of revenue by brand last quarter",
        "Cumulative revenue by month this year",
        "Top 2 models for each brand this year",
        "Which products are low in stock?",
        "products with less than 10 units in stock",
        "how many products have less than 10 units in stock",
        "which products are dead stock",
        "how many low-stock products",
        "which frames did not sell last month",
        "brands with revenue over £500 last month",
        "What percentage of last month's revenue was frames?",
        "Revenue in September compared with August",
        "open orders that are overdue",
        "black frames sold last month",
        "practitioners with a no-show rate below 10% last month",
        "orders by lens type without rimless last quarter",
    ],
)
def test_a_question_said_back_is_the_same_question(question: str) -> None:
    query = asked(question)
    again = asked(phrase_query(query, CATALOGUE, TODAY))
    mine, other = in_short(query), in_short(again)
    mine.pop("empty", None), other.pop("empty", None)
    assert other == mine


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 9, 1), date(2026, 9, 30), "in September 2026"),
        (date(2026, 10, 1), TODAY, "in October 2026"),  # the last day of October is today
        (date(2026, 7, 1), date(2026, 9, 30), "in Q3 2026"),
        (date(2025, 1, 1), date(2025, 12, 31), "in 2025"),
        (date(2026, 1, 1), TODAY, "this year"),
        (date(2026, 10, 26), TODAY, "this week"),
        (date(2026, 10, 25), date(2026, 10, 25), "on 25 October 2026"),
        (date(2026, 3, 4), date(2026, 6, 17), "from 4 March 2026 to 17 June 2026"),
        (date(2026, 3, 4), None, "since 4 March 2026"),
        (None, date(2026, 3, 4), "up to 4 March 2026"),
        (None, None, ""),
    ],
)
def test_a_range_is_said_as_people_say_it(start: date | None, end: date | None, words: str) -> None:
    range_ = Range(from_=start, to=end)
    assert phrase_range(range_, TODAY) == words
    assert bare_range(range_, TODAY) == words.removeprefix("in ").removeprefix("on ")


@given(st.dates(date(2020, 1, 1), TODAY), st.dates(date(2020, 1, 1), TODAY))
def test_the_words_of_any_range_mean_that_range(a: date, b: date) -> None:
    asked_for = Range(from_=min(a, b), to=max(a, b))
    read = asked(f"Revenue {phrase_range(asked_for, TODAY)}").range
    assert read is not None
    assert (read.from_, read.to) == (asked_for.from_, asked_for.to)


def test_an_assumed_range_is_not_said() -> None:
    range_ = Range(from_=date(2026, 9, 1), to=date(2026, 9, 30), assumed=True)
    assert phrase_query(Query(metrics=("revenue",), range=range_), CATALOGUE, TODAY) == "Revenue"


@pytest.mark.parametrize(("one", "many"), [("brand", "brands"), ("category", "categories"), ("day", "days")])
def test_groups_are_named_in_the_plural(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize("role", ["owner", "manager", "dispenser", "optometrist"])
def test_every_suggestion_is_a_question_that_is_answered(role: str) -> None:
    offered = suggest(replace(SCOPE, role=role), VALUES, CATALOGUE)
    assert len(set(offered)) == 6
    for question in offered:
        seen = CATALOGUE.visible_to(role)  # without the grant for patients
        assert set(asked(question).metrics) <= {metric.name for metric in seen}


@pytest.mark.parametrize(
    "question",
    [
        "Revenue last month",
        "Top 5 brands last month",
        "orders by lens type last month",
        "purchase spend last quarter",
    ],
)
def test_every_follow_up_that_is_offered_works_on_its_question(question: str) -> None:
    query = asked(question)
    offers = follow_ups(query, CATALOGUE)
    assert 1 <= len(offers) <= 3
    for offer in offers:
        assert asked(offer, question) != query


@pytest.mark.parametrize(
    "question", ["Top 5 brands by revenue", "units sold of Aldwych", "revenue by staff", "transactions"]
)
def test_another_reading_that_is_offered_is_answered_and_another_one(question: str) -> None:
    made = plan(question)
    assert made.alternatives
    for other in made.alternatives:
        assert asked(other) != made.query
