"""No count of 1 to 10 people is shown, nor can one be worked out of what one user is shown.

Guards against totals less their parts, shares times counts, this year less last, one question less another.

The attacker here works from the rows of the copy themselves, without a line of the compiler or of the index.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_copy import AGES, COATINGS, FINDINGS, TYPES, Copy, in_duckdb, some_copy

from prentice.errors import BadQuery
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.warehouse.patients import Shown, Told, withhold
from prentice.warehouse.persons import People, Persons, read_persons
from prentice.warehouse.suppression import Ledger

TODAY = date(2026, 10, 31)
PRIME = 2**61 - 1
CATALOGUE = Catalogue.load()
Set = frozenset[int]
Row = dict[str, Any]


@dataclass
class Session:
    """One user's questions to one copy, each answered in the light of those before."""

    copy: Copy
    database: duckdb.DuckDBPyConnection
    persons: Persons
    told: Told = field(default_factory=Told)

    def ask(self, **query: Any) -> list[Row]:
        return self.full(**query)[0]

    def full(self, **query: Any) -> tuple[list[Row], Shown]:
        asked = Query.model_validate(query)
        statement = compile_query(asked, CATALOGUE, today=TODAY, dialect="duckdb")
        assert statement.people is not None
        raw = self.database.execute(statement.sql, statement.parameters).fetchall()
        rows = [[float(c) if isinstance(c, Decimal) else c for c in row] for row in raw]
        names = [column.name for column in statement.columns]
        shown = withhold(statement.people, names, rows, self.persons, self.told)
        self.told = Told(
            tuple(dict.fromkeys((*shown.told.people, *self.told.people))),
            tuple(dict.fromkeys((*shown.told.years, *self.told.years))),
        )
        return [dict(zip(names, row, strict=True)) for row in shown.rows], shown


@pytest.fixture(scope="module")
def opened() -> Iterator[Callable[[Copy], Session]]:
    with ExitStack() as stack:
        held: dict[int, tuple[duckdb.DuckDBPyConnection, Persons]] = {}

        def session(copy: Copy) -> Session:
            if id(copy) not in held:
                database = stack.enter_context(in_duckdb(copy))
                persons = read_persons(
                    "r", lambda sql: [list(row) for row in database.execute(sql).fetchall()]
                )
                held[id(copy)] = (database, persons)
            return Session(copy, *held[id(copy)])

        yield session


# -- the attacker ------------------------------------------------------------------------------------


class Attacker:
    """Adds and subtracts whatever was shown, exactly (modulo a large prime)."""

    def __init__(self, people: int, shown: Sequence[Set]) -> None:
        self.rows: dict[int, dict[int, int]] = {}  # by pivot
        for group in shown:
            row = self._left({person: 1 for person in group})
            if row:
                pivot = min(row)
                inverse = pow(row[pivot], -1, PRIME)
                row = {p: value * inverse % PRIME for p, value in row.items()}
                for other in self.rows.values():
                    if factor := other.get(pivot):
                        _less(other, row, factor)
                self.rows[pivot] = row

    def knows(self, group: Set) -> bool:
        return not self._left({person: 1 for person in group})

    def _left(self, row: dict[int, int]) -> dict[int, int]:
        row = dict(row)
        for pivot in [p for p in row if p in self.rows]:
            if factor := row.get(pivot):
                _less(row, self.rows[pivot], factor)
        return row

    def finds(self, suspects: Sequence[Set]) -> Set | None:
        """A group of 1 to 10 people that can be worked out: a suspect, or what the sums themselves give."""
        for group in suspects:
            if 1 <= len(group) <= 10 and self.knows(group):
                return group
        for row in self.rows.values():
            if 1 <= len(row) <= 10:
                return frozenset(row)
        return None


def _less(row: dict[int, int], other: dict[int, int], factor: int) -> None:
    for place, value in other.items():
        left = (row.get(place, 0) - factor * value) % PRIME
        if left:
            row[place] = left
        else:
            row.pop(place, None)


def suspects(shown: Sequence[Set], cells: Sequence[Set]) -> list[Set]:
    """Every group that was asked about, and what any two of them differ by."""
    every = list(dict.fromkeys([*cells, *shown]))
    pairs = [a - b for a in every for b in every if 1 <= len(a - b) <= 10]
    meets = [a & b for a in every for b in every if 1 <= len(a & b) <= 10]
    return list(dict.fromkeys([*every, *pairs, *meets]))


# -- who is meant, by hand ---------------------------------------------------------------------------

MEASURES: dict[str, Callable[[Row, Sequence[int]], bool]] = {
    "patients": lambda p, years: True,
    "active_patients": lambda p, years: any(y in years for y in p["active"]),
    "progressive_patients": lambda p, years: any(
        o[0] in years and o[1] == "progressive" for o in p["orders"]
    ),
    "contact_lens_wearers": lambda p, years: p["contact_lens_wearer"],
    "patients_with_prescription": lambda p, years: p["has_prescription"],
    "myopic_patients": lambda p, years: p["has_prescription"] and p["worse_se"] <= -0.5,
    "presbyopic_patients": lambda p, years: p["has_prescription"] and p["has_add"],
    "patients_with_sphere": lambda p, years: p["mean_sphere"] is not None,
    "patients_with_finding": lambda p, years: any(f[0] in years for f in p["findings"]),
}
RESTS = {
    "progressive_share": ("progressive_patients", "patients"),
    "contact_lens_share": ("contact_lens_wearers", "patients"),
    "myopia_share": ("myopic_patients", "patients_with_prescription"),
    "presbyopia_share": ("presbyopic_patients", "patients_with_prescription"),
    "average_sphere": ("patients_with_sphere",),
    "spend_per_patient": ("active_patients",),
}
YEARS = (2024, 2025, 2026)
PERSON = [
    "age_group",
    "country",
    "us_state",
    "contact_lens_wearer",
    "nhs_exempt",
    "recall_overdue",
    "has_prescription",
    "mean_sphere",
    "worse_se",
    "max_cylinder",
    "has_add",
    "refractive_group",
]


def people_of(copy: Copy) -> list[Row]:
    people = {row[0]: dict(zip(PERSON, row[1:], strict=True)) for row in copy.rows["person"]}
    for person in people.values():
        person |= {"active": [], "orders": [], "findings": []}
    for who, year, active, _, _ in copy.rows["person_year"]:
        if active:
            people[who]["active"].append(year)
    for who, year, *lens, _ in copy.rows["order_year"]:
        people[who]["orders"].append((year, *lens))
    for who, year, finding, *_ in copy.rows["finding_year"]:
        people[who]["findings"].append((year, finding))
    return list(people.values())


ORDER = {"lens_type": 1, "coating": 3}


def meant(person: Row, filters: Sequence[Row], years: Sequence[int], keys: Row) -> bool:
    """Whether the person is in the group: by the filters, and with these values of the dimensions."""
    order_tests: list[tuple[str, Any]] = [(k, v) for k, v in keys.items() if k in ORDER]
    found_tests: list[Any] = [v for k, v in keys.items() if k == "finding"]
    for one in filters:
        if "field" in one and one.get("op", "=") == "=" and one["field"] in ORDER:
            order_tests.append((one["field"], one["value"]))
        elif "field" in one and one.get("op", "=") == "=" and one["field"] == "finding":
            found_tests.append(one["value"])
        elif not true(person, one, years):
            return False
    if any(person[k] != v for k, v in keys.items() if k not in ORDER and k != "finding"):
        return False
    orders = [o for o in person["orders"] if o[0] in years and all(o[ORDER[k]] == v for k, v in order_tests)]
    findings = [f for f in person["findings"] if f[0] in years and all(f[1] == v for v in found_tests)]
    return (not order_tests or bool(orders)) and (not found_tests or bool(findings))


def true(person: Row, one: Row, years: Sequence[int]) -> bool:
    if "not" in one:
        return not true(person, one["not"], years)
    if "or" in one:
        return any(true(person, part, years) for part in one["or"])
    name, value = one["field"], one["value"]
    if name in ORDER:
        same = any(o[0] in years and o[ORDER[name]] == value for o in person["orders"])
    elif name == "finding":
        same = any(f[0] in years and f[1] == value for f in person["findings"])
    else:
        same = person[name] == value
    return same if one.get("op", "=") == "=" else not same


def between(days: Row) -> list[int]:
    return [y for y in YEARS if int(days["from"][:4]) <= y <= int(days["to"][:4])]


def in_groups(copy: Copy, query: Row, rows: Sequence[Row]) -> tuple[list[Set], list[Set]]:
    """The people behind each figure that was shown, and behind every figure that there was."""
    people = people_of(copy)
    chosen = query.get("range")
    compared = bool(query.get("compare"))
    asked = between(chosen) if chosen else list(YEARS)
    shown: list[Set] = []
    cells: list[Set] = []
    for row in rows:
        years = [int(row["year"][:4])] if "year" in row else asked
        dated = bool(chosen) or "year" in row
        keys = {d: row[d] for d in query.get("dimensions", ())}
        for ending, then in (
            ("", years),
            ("_previous", between(query["compare"]["range"]) if compared else []),
        ):
            here = [
                n
                for n, p in enumerate(people)
                if meant(p, query.get("filters", ()), then, keys)
                and (not dated or any(y in then for y in p["active"]))
            ]
            for name, value in row.items():
                if name.endswith("_previous") != bool(ending):
                    continue
                metric = name.removesuffix(ending)
                for measure in RESTS.get(metric, (metric,) if metric in MEASURES else ()):
                    group = frozenset(n for n in here if MEASURES[measure](people[n], then))
                    cells.append(group)
                    if value is not None:
                        shown.append(group)
    if query.get("shares") and any(row["patients_share"] is not None for row in rows):
        everyone = [n for n, p in enumerate(people) if meant(p, query.get("filters", ()), asked, {})]
        shown.append(
            frozenset(n for n in everyone if not chosen or any(y in asked for y in people[n]["active"]))
        )
    return shown, cells


# -- any session -------------------------------------------------------------------------------------

COPIES = [some_copy(people, seed) for people, seed in ((12, 1), (30, 2), (45, 3), (60, 4), (90, 5), (140, 6))]
VALUES: dict[str, Sequence[Any]] = {
    "age_group": AGES,
    "country": ("GB", "US"),
    "us_state": ("CA", "NY", "WY"),
    "contact_lens_wearer": (True, False),
    "refractive_group": ("myopia", "high myopia", "none"),
    "lens_type": [t for t in TYPES if t],
    "coating": COATINGS,
    "finding": FINDINGS,
}
fields = st.sampled_from(sorted(VALUES))
plain = fields.flatmap(
    lambda name: st.fixed_dictionaries(
        {"field": st.just(name), "op": st.sampled_from(["=", "!="]), "value": st.sampled_from(VALUES[name])}
    )
)
filters = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds(lambda item: {"not": item}, inner),
        st.builds(lambda items: {"or": items}, st.lists(inner, min_size=2, max_size=2)),
    ),
    max_leaves=3,
)


@st.composite
def questions(draw: st.DrawFn) -> Row:
    metrics = draw(
        st.lists(st.sampled_from(sorted({*MEASURES, *RESTS})), min_size=1, max_size=2, unique=True)
    )
    query: Row = {"metrics": metrics}
    query["dimensions"] = draw(st.lists(fields, max_size=2, unique=True))
    query["filters"] = draw(st.lists(filters, max_size=2))
    if draw(st.booleans()):
        first, last = sorted((draw(st.sampled_from(YEARS)), draw(st.sampled_from(YEARS))))
        query["range"] = {"from": f"{first}-01-01", "to": f"{last}-12-31"}
        if draw(st.booleans()):
            other = draw(st.sampled_from(YEARS))
            query["compare"] = {"range": {"from": f"{other}-01-01", "to": f"{other}-12-31"}}
    if draw(st.integers(0, 3)) == 0 and "compare" not in query:
        query["grain"] = "year"
    if metrics == ["patients"] and draw(st.booleans()) and not query.get("grain"):
        query["shares"] = ["patients"]
    return query


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.sampled_from(range(len(COPIES))), session=st.lists(questions(), min_size=1, max_size=3))
def test_no_count_of_1_to_10_people_can_be_worked_out_of_a_session(
    opened: Callable[[Copy], Session], which: int, session: list[Row]
) -> None:
    copy = COPIES[which]
    talk = opened(copy)
    shown: list[Set] = []
    cells: list[Set] = []
    for query in session:
        try:
            rows = talk.ask(**query)
        except BadQuery:
            continue
        for row in rows:  # by themselves first
            for name in MEASURES:
                assert row.get(name) is None or not 1 <= row[name] <= 10
        mine, all_of_it = in_groups(copy, query, rows)
        shown += mine
        cells += all_of_it
    found = Attacker(len(copy.rows["person"]), shown).finds(suspects(shown, cells))
    assert found is None, f"{len(found or ())} people"


# -- named ways --------------------------------------------------------------------------------------


def crowd(**ages: int) -> Copy:
    copy = Copy()
    for age, people in ages.items():
        for n in range(people):
            copy.person(age=age.removeprefix("a").replace("_", "-"), lenses=n % 2 == 0)
    return copy


def figures(rows: Sequence[Row], name: str = "patients", by: str = "age_group") -> Row:
    return {row[by]: row[name] for row in rows}


def test_a_total_less_its_other_parts_is_not_told(opened: Callable[[Copy], Session]) -> None:
    talk = opened(crowd(a18_29=5, a30_39=20, a40_49=30))
    rows, shown = talk.full(metrics=["patients"], dimensions=["age_group"])
    assert figures(rows) == {"18-29": None, "30-39": None, "40-49": 30}
    assert shown.withheld == 2
    assert talk.ask(metrics=["patients"])[0]["patients"] == 55


def test_two_small_groups_whose_sum_is_small_take_a_third_with_them(
    opened: Callable[[Copy], Session],
) -> None:
    talk = opened(crowd(a18_29=5, a30_39=4, a40_49=30, a50_59=50))
    assert figures(talk.ask(metrics=["patients"], dimensions=["age_group"])) == {
        "18-29": None,
        "30-39": None,
        "40-49": None,
        "50-59": 50,
    }


def test_groups_that_hide_each_other_need_no_third(opened: Callable[[Copy], Session]) -> None:
    talk = opened(crowd(a18_29=6, a30_39=7, a40_49=30))
    assert figures(talk.ask(metrics=["patients"], dimensions=["age_group"]))["40-49"] == 30


def test_nobody_at_all_may_be_told(opened: Callable[[Copy], Session]) -> None:
    talk = opened(crowd(a18_29=30))
    rows = talk.ask(metrics=["patients"], filters=[{"field": "age_group", "value": "90+"}])
    assert rows == [{"patients": 0}]


@pytest.mark.parametrize(
    "first_filters",
    [
        [{"field": "age_group", "op": "!=", "value": "18-29"}],
        [{"not": {"field": "age_group", "value": "18-29"}}],
        [{"field": "age_group", "op": "in", "value": ["30-39", "40-49"]}],
        [{"or": [{"field": "age_group", "value": "30-39"}, {"field": "age_group", "value": "40-49"}]}],
    ],
)
def test_everyone_but_a_few_is_withheld_after_everyone(
    opened: Callable[[Copy], Session], first_filters: list[Row]
) -> None:
    copy = crowd(a18_29=5, a30_39=20, a40_49=30)
    talk = opened(copy)
    assert talk.ask(metrics=["patients"])[0]["patients"] == 55
    assert talk.ask(metrics=["patients"], filters=first_filters)[0]["patients"] is None
    other = opened(copy)  # and the other way round
    assert other.ask(metrics=["patients"], filters=first_filters)[0]["patients"] == 50
    assert other.ask(metrics=["patients"])[0]["patients"] is None


def test_a_part_asked_for_afterwards_does_not_complete_a_breakdown(opened: Callable[[Copy], Session]) -> None:
    talk = opened(crowd(a18_29=5, a30_39=20, a40_49=30))
    talk.ask(metrics=["patients"], dimensions=["age_group"])
    talk.ask(metrics=["patients"])
    rows = talk.ask(metrics=["patients"], filters=[{"field": "age_group", "value": "30-39"}])
    assert rows[0]["patients"] is None


def test_a_share_is_withheld_with_a_small_numerator_or_a_small_rest(
    opened: Callable[[Copy], Session],
) -> None:
    copy = Copy()
    for age, wearers, others in (("18-29", 6, 40), ("30-39", 40, 6), ("40-49", 20, 20), ("50-59", 0, 30)):
        for n in range(wearers + others):
            copy.person(age=age, lenses=n < wearers)
    rows = opened(copy).ask(metrics=["contact_lens_share"], dimensions=["age_group"])
    shares = figures(rows, "contact_lens_share")
    assert shares["18-29"] is None
    assert shares["30-39"] is None
    assert shares["50-59"] == 0  # nobody of 30: a group of 0 may be shown
    assert shares["40-49"] == 0.5


def test_a_mean_over_few_people_is_withheld(opened: Callable[[Copy], Session]) -> None:
    copy = Copy()
    for age, with_rx in (("18-29", 10), ("30-39", 30), ("40-49", 40)):
        for n in range(40):
            copy.person(age=age, sphere=-2.0 if n < with_rx else None)
    means = figures(opened(copy).ask(metrics=["average_sphere"], dimensions=["age_group"]), "average_sphere")
    assert means["18-29"] is None
    assert means["40-49"] == -2


def test_a_year_of_few_people_is_not_the_rest_of_all_years(opened: Callable[[Copy], Session]) -> None:
    """Spend adds up over years: what was spent in the small year must not be what is left."""
    copy = Copy()
    for year, people in ((2024, 30), (2025, 25), (2026, 5)):
        for _ in range(people):
            copy.person(years=[year], spend=200)
    talk = opened(copy)
    rows = talk.ask(metrics=["spend_per_patient"], grain="year")
    assert [row["spend_per_patient"] for row in rows] == [200, None, None]


def test_the_same_people_in_two_years_do_not_make_a_group_large(opened: Callable[[Copy], Session]) -> None:
    copy = Copy()
    for n in range(40):
        copy.person(years=[2024, 2025] if n < 6 else [2024], spend=float(n))
    rows = opened(copy).ask(metrics=["spend_per_patient"], range={"from": "2025-01-01", "to": "2025-12-31"})
    assert rows[0]["spend_per_patient"] is None


def test_a_comparison_with_a_withheld_year_tells_neither_difference_nor_change(
    opened: Callable[[Copy], Session],
) -> None:
    copy = Copy()
    for n in range(60):
        copy.person(years=[2025] if n < 55 else [2024])
    rows = opened(copy).ask(
        metrics=["patients"],
        range={"from": "2025-01-01", "to": "2025-12-31"},
        compare={"range": {"from": "2024-01-01", "to": "2024-12-31"}},
    )
    assert rows[0]["patients"] == 55
    assert [rows[0][f"patients_{part}"] for part in ("previous", "change", "change_pct")] == [None] * 3


def test_neither_order_nor_limit_nor_having_tells_a_withheld_figure(
    opened: Callable[[Copy], Session],
) -> None:
    talk = opened(crowd(a18_29=5, a30_39=20, a40_49=30, a50_59=40))
    for descending in (True, False):
        order = [{"by": "patients", "descending": descending}]
        rows = talk.ask(metrics=["patients"], dimensions=["age_group"], order=order)
        assert [row["age_group"] for row in rows[2:]] == ["18-29", "30-39"]  # by name, last both ways
    for bound in ({"op": "<", "value": 11}, {"op": "between", "value": [1, 25]}, {"op": "=", "value": 5}):
        having = [{"field": "patients", **bound}]
        assert talk.ask(metrics=["patients"], dimensions=["age_group"], having=having) == []
    rows, shown = talk.full(metrics=["patients"], dimensions=["age_group"], limit=1,
                            order=[{"by": "patients", "descending": False}])  # fmt: skip
    assert [row["patients"] for row in rows] == [30]
    assert shown.withheld == 2


def test_a_table_is_safe_along_its_lines_and_its_columns(opened: Callable[[Copy], Session]) -> None:
    copy = Copy()
    for age, wearers, others in (("18-29", 5, 30), ("30-39", 25, 30), ("40-49", 40, 50)):
        for n in range(wearers + others):
            copy.person(age=age, lenses=n < wearers)
    rows = opened(copy).ask(metrics=["patients"], dimensions=["age_group", "contact_lens_wearer"])
    hidden = {(row["age_group"], row["contact_lens_wearer"]) for row in rows if row["patients"] is None}
    assert ("18-29", True) in hidden
    for n, name in enumerate(("age_group", "contact_lens_wearer")):
        for value in {row[name] for row in rows}:
            assert sum(cell[n] == value for cell in hidden) != 1, f"{value}: the margin less the rest"


def test_the_nineties_with_keratoconus_are_withheld_and_said(opened: Callable[[Copy], Session]) -> None:
    copy = Copy()
    for n in range(60):
        copy.person(age="90+" if n < 12 else "60-69", findings=[(2025, "keratoconus")] if n < 3 else [])
    filters = [{"field": "age_group", "value": "90s"}, {"field": "finding", "value": "keratoconus"}]
    rows, shown = opened(copy).full(metrics=["patients"], filters=filters)
    assert (rows, shown.withheld) == ([{"patients": None}], 1)


# -- two and three figures, whatever else was told ------------------------------------------------------


def told_among(crowd: int, others: int, seed: int) -> tuple[np.random.Generator, list[People]]:
    dice = np.random.default_rng(seed)
    return dice, [dice.random(crowd) < dice.choice([0.1, 0.3, 0.5]) for _ in range(others)]


@pytest.mark.parametrize("seed", [10, 11, 14, 23, 27, 29, 35])
def test_two_told_groups_never_differ_by_few_people(seed: int) -> None:
    """Of 120 groups none but the last is near another: by chance alone the ledger saw it or not."""
    dice, groups = told_among(300, 120, seed)
    fewer = groups[10].copy()
    fewer[dice.choice(np.flatnonzero(fewer), 6, replace=False)] = False
    ledger = Ledger([*groups, fewer])
    admitted = [ledger.admit(place) for place in range(120)]
    assert admitted[10]
    assert not ledger.admit(120)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0)])
@pytest.mark.parametrize("years", [1, 3])
def test_three_told_groups_never_leave_few_people(order: tuple[int, ...], years: int) -> None:
    """A total less two of its parts, in any order, among 120 others; with years, over each of them."""
    for seed in range(6):
        dice, groups = told_among(300 * years, 120, seed)
        whose = np.tile(np.arange(300), years) if years > 1 else None
        kinds = np.tile(dice.integers(0, 2, 300), years)
        kinds[np.isin(np.tile(np.arange(300), years), dice.choice(300, 6, replace=False))] = 2
        parts = [kinds < 3, kinds == 0, kinds == 1]
        ledger = Ledger([*groups, *(parts[n] for n in order)], whose)
        admitted = [ledger.admit(place) for place in range(123)]
        assert sum(admitted[120:]) == 2, f"seed {seed}"


def test_the_figures_of_many_words_of_groups_are_told_apart() -> None:
    """128 groups are two words of 64; two that differ in the top bit of both once made it go on for ever."""
    groups = [np.ones(60, dtype=np.bool_) for _ in range(128)]
    groups[56] = np.arange(60) < 20
    groups[120] = (np.arange(60) >= 20) & (np.arange(60) < 40)
    ledger = Ledger(groups)
    assert [ledger.admit(place) for place in (0, 56, 120)] == [True, True, True]


def test_a_group_that_changed_since_it_was_told_is_known_as_it_was() -> None:
    """Its shadow stands for who changed: neither what it is now, nor everyone and everyone else, is told."""
    group, everyone = np.arange(100) < 40, np.ones(100, dtype=np.bool_)
    rows = [np.append(group, True), *(np.append(row, False) for row in (group, everyone, ~group))]
    ledger = Ledger(rows, shadows=1)
    ledger.take(0)
    assert [ledger.admit(place) for place in (1, 2, 3)] == [False, True, False]


# -- sessions of the kind that found two told groups of 22 and 12 ---------------------------------------

BROAD = some_copy(600, 9)
METRICS = ("patients", "active_patients", "progressive_patients", "myopic_patients", "contact_lens_wearers")
BY = (*VALUES, "lens_material")


@pytest.mark.parametrize("seed", range(8))
def test_nothing_comes_out_of_three_figures_of_a_long_session(
    opened: Callable[[Copy], Session], seed: int
) -> None:
    dice, talk = random.Random(seed), opened(BROAD)
    for _ in range(6):
        query: Row = {
            "metrics": dice.sample(METRICS, 1),
            "dimensions": dice.sample(BY, dice.choice((0, 1, 2))),
        }
        if dice.random() < 0.5:
            name = dice.choice(("lens_material", "lens_type", "finding"))
            query["filters"] = [{"field": name, "op": "is not null"}]
        talk.ask(**query)
    rows = np.array([talk.persons.of(group) for group in talk.told.people], dtype=np.int8)
    rows = np.unique(rows, axis=0)
    assert len(rows) > 10
    for n, one in enumerate(rows):
        for two in (one * 0, *rows[:n], *-rows[:n]):
            about = (rows - one - two != 0).sum(axis=1)
            assert not ((about > 0) & (about < 11)).any()
