"""Answers about patients: a share with its count, the years, and what is withheld said as such."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small_copy import Copy, copy_of

from prentice.ask.contract import Answer
from prentice.ask.pipeline import Prentice
from prentice.errors import BadQuery, Forbidden, NoCopy
from prentice.semantic.query import Query
from prentice.web.spreadsheet import as_csv

Ask = Callable[..., Answer]


def practice() -> Copy:
    copy = Copy()
    for age, people in (
        ("under 18", 12),
        ("18-29", 30),
        ("30-39", 40),
        ("40-49", 60),
        ("80-89", 14),
        ("90+", 4),
    ):
        for n in range(people):
            copy.person(
                age=age,
                sphere=-2.0 if n % 3 == 0 else 1.0 if n % 3 == 1 else None,
                lenses=n % 2 == 0,
                years=(2024, 2025) if n % 4 else (2025,),
                spend=120,
                orders=[(2025, "progressive", "polycarbonate", "none")] if age == "40-49" and n < 24 else [],
                findings=[(2025, "dry eye")] if n % 2 else [(2025, "keratoconus")] if age == "90+" else [],
            )
    return copy


@pytest.fixture(scope="module")
def ask(demo: Prentice) -> Iterator[Ask]:
    tenant = demo.registry.get("harbour-optics")
    users = iter(range(1_000))

    def run(*, role: str = "owner", principal: str | None = None, **query: Any) -> Answer:
        who = principal or f"user-{next(users)}"  # everyone new: what others saw is not in the way
        scope = demo.registry.scope("harbour-optics", role=role, principal=who)
        return demo.query(Query.model_validate(query), scope)

    with copy_of(demo.servers.platform_url, demo.keyring, tenant.id, practice()):
        yield run


def test_a_share_is_told_with_its_count(ask: Ask) -> None:
    answer = ask(
        metrics=["progressive_share"],
        dimensions=["age_group"],
        filters=[{"field": "age_group", "value": "40-49"}],
    )
    assert answer.answer.endswith("by age group: 40-49 40.0% (24 of 60).")
    assert [c.name for c in answer.columns] == [
        "age_group",
        "progressive_share",
        "progressive_patients",
        "patients",
    ]
    assert answer.rows == [["40-49", 0.4, 24, 60]]
    assert ask(metrics=["progressive_share"]).answer == (
        "Share of patients with progressive lenses: 15.0% (24 of 160 patients)."
    )


def test_a_count_is_told_as_one(ask: Ask) -> None:
    assert ask(metrics=["patients"]).answer == "There are 160 patients."
    assert ask(metrics=["myopic_patients"]).answer == "There are 55 myopic patients."
    year = ask(metrics=["patients"], range={"from": "2024-01-01", "to": "2024-12-31"})
    assert year.answer == "There were 119 patients in 2024."
    dry = ask(metrics=["patients"], filters=[{"field": "finding", "value": "dry eye"}])
    assert dry.answer == "There are 80 patients with dry eye."


def test_age_groups_stand_in_their_order_and_the_smallest_is_withheld_with_the_next(ask: Ask) -> None:
    answer = ask(metrics=["patients"], dimensions=["age_group"])
    assert [row[0] for row in answer.rows] == ["under 18", "18-29", "30-39", "40-49", "80-89", "90+"]
    assert [row[1] for row in answer.rows] == [None, 30, 40, 60, 14, None]
    assert answer.withheld == 2
    assert "2 groups are withheld: fewer than 11 people" in answer.answer
    assert "under 18" not in answer.answer
    drawn = json.dumps(answer.chart)
    assert drawn.index('"18-29"') < drawn.index('"30-39"') < drawn.index('"40-49"') < drawn.index('"80-89"')
    assert '"under 18"' not in drawn
    assert '"90+"' not in drawn
    assert b"90+,withheld (fewer than 11 people)" in as_csv(answer)


def test_one_figure_that_is_withheld_says_so(ask: Ask) -> None:
    answer = ask(
        metrics=["patients"],
        filters=[{"field": "age_group", "value": "90s"}, {"field": "finding", "value": "keratoconus"}],
    )
    assert (answer.kind, answer.rows, answer.withheld) == ("analytics", [[None]], 1)
    assert "withheld, because 1 to 10 people stand behind it" in answer.answer
    assert answer.chart is None


def test_months_are_answered_by_year_and_the_answer_says_why(ask: Ask) -> None:
    answer = ask(metrics=["patients"], grain="month", range={"from": "2024-05-01", "to": "2025-04-30"})
    assert answer.rows == [["2024-01-01", 119], ["2025-01-01", 160]]
    assert answer.notes[0] == "Only years exist for patients, so this is by year and not by month."
    assert answer.notes[0] in answer.answer
    assert "the whole of 2024 to 2025" in answer.answer
    assert answer.range is not None
    assert (answer.range.from_, answer.range.to) == ("2024-01-01", "2025-12-31")


def test_a_mean_names_its_people_and_a_sphere_its_sign(ask: Ask) -> None:
    spend = ask(metrics=["spend_per_patient"], range={"from": "2025-01-01", "to": "2025-12-31"})
    assert spend.answer == "Spend per patient in 2025: £120.00 (160 active patients)."
    assert " D (" in ask(metrics=["average_sphere"]).answer


def test_a_comparison_is_told(ask: Ask) -> None:
    answer = ask(
        metrics=["patients"],
        range={"from": "2025-01-01", "to": "2025-12-31"},
        compare={"range": {"from": "2024-01-01", "to": "2024-12-31"}},
    )
    assert "160 patients in 2025, up 34.5% on 2024 (119)" in answer.answer


def test_every_answer_keeps_to_the_schema(ask: Ask) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs/answer.schema.json").read_text("utf-8"))
    for query in (
        {"metrics": ["patients"], "dimensions": ["age_group", "contact_lens_wearer"]},
        {"metrics": ["myopia_share", "average_sphere"], "grain": "year"},
        {"metrics": ["patients"], "dimensions": ["finding"], "shares": ["patients"], "limit": 1},
    ):
        jsonschema.validate(ask(**query).as_json(), schema)


def test_a_dispenser_sees_no_patients_and_no_one_sees_them_beside_sales(ask: Ask) -> None:
    with pytest.raises(Forbidden):
        ask(role="dispenser", metrics=["patients"])
    with pytest.raises(BadQuery, match="copy of their own"):
        ask(metrics=["patients", "revenue"])


def test_the_same_user_cannot_subtract_two_answers(ask: Ask) -> None:
    assert ask(principal="eve", metrics=["patients"]).rows == [[160]]
    without = [{"field": "age_group", "op": "!=", "value": "90+"}]
    assert ask(principal="eve", metrics=["patients"], filters=without).rows == [[None]]
    assert ask(principal="adam", metrics=["patients"], filters=without).rows == [[156]]


def test_a_practice_without_a_copy_is_told_how_one_is_made(demo: Prentice) -> None:
    with pytest.raises(NoCopy, match="prentice deid run --tenant bluebird-eyecare"):
        demo.query(Query(metrics=("patients",)), demo.registry.scope("bluebird-eyecare"))
