"""What is said around a question is left out and told; what restricts it never is."""

from __future__ import annotations

import pytest

from planner.practice import asked, plan
from prentice.planner.asides import without_asides

ASIDES = [
    (
        "Board call in ten minutes: revenue this year vs last year",
        "revenue this year vs last year",
        "Board call in ten minutes",
    ),
    (
        "The auditor is here. What was our revenue last month?",
        "What was our revenue last month?",
        "The auditor is here",
    ),
    (
        "My boss keeps nagging me, so can you tell me revenue by brand last month",
        "revenue by brand last month",
        "My boss keeps nagging me",
    ),
    (
        "revenue by brand last month, because the rep is visiting",
        "revenue by brand last month",
        "because the rep is visiting",
    ),
    ("revenue last month as the accountant insists", "revenue last month", "as the accountant insists"),
    ("revenue last month, thanks a million", "revenue last month", "thanks a million"),
    (
        "Top 5 brands last month before the gizmo arrives",
        "Top 5 brands last month",
        "before the gizmo arrives",
    ),
]


@pytest.mark.parametrize(("said", "meant", "aside"), ASIDES)
def test_an_aside_is_left_out_and_told(said: str, meant: str, aside: str) -> None:
    made = plan(said)
    assert made.query == asked(meant)
    assert made.aside == aside
    assert made.confidence < plan(meant).confidence


def test_a_question_without_an_aside_tells_of_none() -> None:
    assert plan("revenue by brand last month").aside == ""
    assert plan("Good morning! Revenue last month, please").query == asked("Revenue last month")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Only Aldwych please: revenue last month", "revenue of Aldwych last month"),
        ("Cash only: revenue last month", "cash revenue last month"),
        ("Top 5: revenue last month by brand", "top 5 brands by revenue last month"),
        ("over £500: revenue by brand last month", "revenue by brand over £500 last month"),
        ("Not frames. revenue last month", "revenue without frames last month"),
        ("In September: revenue by brand", "revenue by brand in September"),
        ("revenue last month. Without frames", "revenue without frames last month"),
        ("Revenue last month - no frames", "revenue without frames last month"),
        ("Revenue last month. Compare with August", "revenue last month compared with August"),
    ],
)
def test_what_restricts_is_part_of_the_question_wherever_it_stands(said: str, meant: str) -> None:
    made = plan(said)
    assert made.aside == ""
    assert made.query is not None
    assert (made.query.filters, made.query.limit) == (asked(meant).filters, asked(meant).limit)
    assert made.query.range == asked(meant).range


@pytest.mark.parametrize(
    "said",
    [
        "Rep from Corrigan visiting: revenue last month",  # a stored value
        "Gizmos over £500 matter: revenue by brand last month",  # a bound
        "The best gizmos matter: revenue by brand last month",  # a ranking
        "No gizmos: revenue last month",  # a not
        "Only gizmos: revenue last month",
        "Gizmos compared: revenue last month",
        "Share of gizmos: revenue last month",
        "Gizmos after 4pm: revenue last month",  # hours
        "revenue last month, because the frames are gizmos",
        "Gizmo visit in August: revenue",  # a time, and the question has none of its own
        "Black gizmos: revenue last month",  # a word of product names
    ],
)
def test_what_could_restrict_the_figure_is_never_left_out(said: str) -> None:
    made = plan(said)
    assert made.aside == ""
    assert made.query is None


def test_the_shorter_question_that_keeps_most_comes_first() -> None:
    kept = list(without_asides("Morning all. The rep is here: revenue last month, thanks so much"))
    lengths = [len(k.question) for k in kept]
    assert lengths == sorted(lengths, reverse=True)
    assert all(k.aside and len(k.question.split()) >= 2 for k in kept)


def test_a_single_word_is_no_question_behind_an_aside() -> None:
    assert list(without_asides("Board call: revenue")) == []
