"""The promise "no wrong number", on questions with gold SQL that was written by hand from KPIS.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from evaluation.cases import TESTS, read_cases
from evaluation.practices import anonymise_demo, connect_second
from evaluation.run import Result, run_cases
from evaluation.scoring import same_rows

from prentice.ask.pipeline import Prentice
from prentice.settings import Settings

LEAST_RIGHT = 0.97
MOST_WRONG = 0.01


def _hold(results: Iterable[Result]) -> None:
    results = list(results)
    counts = Counter(r.outcome for r in results)
    told = "\n".join(
        f"{r.outcome} {r.case.id} {r.case.question!r}: {r.detail}" for r in results if r.outcome != "right"
    )
    assert counts["wrong"] <= MOST_WRONG * len(results), told
    assert counts["right"] >= LEAST_RIGHT * len(results), told


@pytest.mark.timeout(300)
def test_questions_to_the_demo_practices_are_answered_right(demo: Prentice) -> None:
    cases = read_cases((TESTS / "questions").glob("*.yml"))
    assert len(cases) >= 300
    assert sum(c.expect != "answer" for c in cases) >= 50
    _hold(run_cases(demo, cases))


@pytest.mark.timeout(300)
def test_questions_once_unseen_stay_answered_right(demo: Prentice) -> None:
    cases = read_cases((TESTS / "questions_unseen").glob("*.yml"))
    assert len(cases) >= 800
    _hold(run_cases(demo, cases))


@pytest.mark.timeout(300)
def test_questions_about_patients_are_answered_right(demo: Prentice, session_settings: Settings) -> None:
    anonymise_demo(demo, session_settings.home)
    results = run_cases(demo, read_cases([TESTS / "questions_patients/questions.yml"]))
    not_right = {r.case.id: r.detail for r in results if r.outcome != "right"}
    # The first two are told in their README; the third is general advice, which the expert now cites.
    assert set(not_right) <= {"p-039", "p-063", "p-087"}, not_right
    assert sum(r.case.expect == "withheld" for r in results) == 8


@pytest.mark.timeout(300)
def test_a_practice_that_nobody_tuned_for_gets_right_answers(demo: Prentice) -> None:
    connect_second(demo)
    try:
        _hold(run_cases(demo, read_cases([TESTS / "second_practice/questions.yml"], tenant="vista-optique")))
    finally:
        demo.registry.remove("vista-optique")


@pytest.mark.timeout(120)
def test_every_code_of_a_refusal_or_clarification_is_documented(demo: Prentice) -> None:
    reference = (TESTS.parent / "docs/http.md").read_text("utf-8")
    cases = [
        c
        for c in read_cases((TESTS / "questions").glob("*.yml"))
        if c.expect != "answer" and "error" not in c.also
    ]
    codes = {r.answer.code for r in run_cases(demo, cases) if r.answer}
    assert len(codes) > 10
    assert not {code for code in codes if code and f"`{code}`" not in reference}


def test_the_score_tells_wrong_rows_from_right_ones() -> None:
    gold = [("Aldwych", 10.004), ("Corrigan", 5)]
    assert same_rows([["Corrigan", 5], ["aldwych", 10.0]], gold, ordered=False)
    assert not same_rows([["Corrigan", 5], ["Aldwych", 10.0]], gold, ordered=True)
    assert not same_rows([["Aldwych", 10.5], ["Corrigan", 5]], gold, ordered=False)
    assert not same_rows([["Aldwych", 10.004]], gold, ordered=False)
    assert same_rows([["2026-09", 3.0]], [("2026-09-01", 3)], ordered=False)
    assert same_rows([[0]], [(None,)], ordered=False)
