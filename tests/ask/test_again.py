"""What is told again is what would be composed anew, for whoever asks now and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from prentice.ask.again import Again
from prentice.ask.contract import Answer
from prentice.ask.pipeline import Prentice
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Result

SCOPE = TenantScope("abc", "harbour", "Harbour", "GBP", "GB", "Europe/London", date(2026, 10, 31))
RESULT = Result(("revenue",), [[12.5]], False, True, 0.1)
KEYS = ("query", "scope", "result", "notes", "hint")


class Composing:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Answer:
        self.times += 1
        return Answer(kind="analytics", answer=f"{self.times}: write to jo@example.com")


@pytest.fixture
def told() -> Callable[..., str]:
    again, compose = Again(), Composing()

    def tell(**changed: object) -> str:
        asked = {"query": "{}", "scope": SCOPE, "result": RESULT, "notes": [], "hint": "", **changed}
        return again.of(*(asked[name] for name in KEYS), compose).answer.answer  # type: ignore[arg-type]

    return tell


def test_what_is_kept_has_passed_the_last_look(told: Callable[..., str]) -> None:
    assert told() == told() == "1: write to [withheld]"


def test_who_asks_by_which_credential_and_from_where_changes_no_word(told: Callable[..., str]) -> None:
    asked = replace(SCOPE, principal="u_2", credential="key:k_1", address="192.0.2.1")
    assert told() == told(scope=asked)


@pytest.mark.parametrize(
    "changed",
    [
        {"query": '{"limit": 1}'},
        {"scope": replace(SCOPE, tenant_id="xyz")},
        {"scope": replace(SCOPE, role="manager")},
        {"scope": replace(SCOPE, grants=frozenset({"patients"}))},
        {"scope": replace(SCOPE, today=date(2026, 11, 1))},
        {"scope": replace(SCOPE, currency="USD")},
        {"result": replace(RESULT, rows=[[12.75]])},
        {"result": replace(RESULT, rows=[[None]])},
        {"result": replace(RESULT, truncated=True)},
        {"result": replace(RESULT, withheld=1)},
        {"result": replace(RESULT, cached=False)},
        {"notes": ["12 of 310 sale lines have no cost recorded."]},
        {"hint": "The practice was closed."},
    ],
    ids=str,
)
def test_whatever_the_words_come_from_makes_it_another(
    told: Callable[..., str], changed: dict[str, object]
) -> None:
    first = told()
    assert told(**changed) != first
    assert told() == first


def test_what_is_kept_is_bounded() -> None:
    again, compose = Again(most_bytes=200), Composing()
    for number in range(100):
        again.of("{}", SCOPE, replace(RESULT, rows=[[number]]), [], "", compose)
    assert 1 < len(again) < 10
    again.of("{}", SCOPE, replace(RESULT, rows=[["x" * 100_000]]), [], "", compose)
    assert 1 < len(again) < 10  # one that is large takes nobody's place


def test_a_cached_answer_is_told_alike_with_an_id_and_times_of_its_own(demo: Prentice) -> None:
    scope = demo.registry.scope("harbour-optics")
    query = Query.model_validate({"metrics": ["revenue"], "dimensions": ["brand"], "limit": 3})
    answers = [demo.query(query, scope) for _ in range(4)]
    assert [a.cached for a in answers[1:]] == [True] * 3
    assert len({a.trace_id for a in answers}) == 4
    own = {"trace_id", "timing_ms", "cached"}
    told = [a.model_dump(exclude=own) for a in answers]
    assert told[1:] == told[:3]
