"""Whatever is typed has an outcome: a Query, a question back with ways out, or a refusal with its reason."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.practice import CATALOGUE, LEXICON, PLANNER, SCOPE, TODAY, US, VALUES
from prentice.errors import BadQuery
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.semantic.calendars import MONTHS, NUMBERS, WEEKDAYS
from prentice.semantic.compile import compile_query

_TIMES = (
    "last month|this year|in August|since June|yesterday|next week|in Q3|2025|vs last year|a year ago|ever"
)
_ODDS = (
    "£500|$|%|>|<=|-|, |; |: |(|)|?|!|'|\u201c|\u00e9|5|1,500|2.5k|0|99999999999999999999|and|or|not|by|of"
)
WORDS = sorted(
    {
        *(" ".join(p) for p in LEXICON.phrases),
        *(v for values in VALUES.stored.values() for v in values),
        *LEXICON.filler,
        *LEXICON.vague,
        *MONTHS,
        *WEEKDAYS,
        *(n for n in NUMBERS if isinstance(n, str)),
    }
)
mixtures = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(WORDS),
        st.sampled_from(_TIMES.split("|")),
        st.sampled_from(_ODDS.split("|")),
    ),
    min_size=1,
    max_size=9,
).map(" ".join)


def hold(made: Plan) -> None:
    assert 0 <= made.confidence <= 1
    assert len(made.alternatives) == len(set(made.alternatives)) <= 4
    match made.outcome:
        case "query":
            assert made.query is not None
            assert made.query.metrics
            assert made.reading is not None
        case "ask":
            assert made.query is None
            assert made.code
            assert made.message
            assert 2 <= len(made.alternatives) <= 4
        case "decline":
            assert made.query is None
            assert made.code
            assert made.message
            assert made.alternatives


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200))
@example("")
@example(" ")
@example("\x00")
@example("?" * 200)
@example("5" * 200)
@example("and " * 50)
@example("\u00df\u0130\ufb01 \u202e revenue")
@example("31/31/2026 to 0/0/0000")
@example("revenue on 29 February 2025")
@example("top 0 brands")
@example("top 100000 brands last month")
@example("brands over £" + "9" * 60)
def test_any_text_has_an_outcome(text: str) -> None:
    hold(PLANNER.plan(text, SCOPE, VALUES))


@settings(max_examples=1200, deadline=None)
@given(mixtures)
def test_any_mixture_of_known_words_has_an_outcome(text: str) -> None:
    made = PLANNER.plan(text, SCOPE, VALUES)
    hold(made)
    if made.query is not None:
        assert phrase_query(made.query, CATALOGUE, TODAY)


@settings(max_examples=300, deadline=None)
@given(st.lists(mixtures, max_size=4), mixtures)
def test_any_conversation_has_an_outcome(context: list[str], text: str) -> None:
    hold(PLANNER.plan(text, US, VALUES, context))


@settings(max_examples=400, deadline=None)
@given(mixtures)
def test_a_query_that_was_made_of_words_can_be_compiled_or_says_why_not(text: str) -> None:
    made = PLANNER.plan(text, SCOPE, VALUES)
    if made.query is None:
        return
    with suppress(BadQuery):  # the way of a question tells it: what is left out here is any other error
        assert compile_query(made.query, CATALOGUE, today=TODAY).columns


@pytest.mark.parametrize("phrase", sorted({m.label for m in CATALOGUE.metrics.values() if not m.hidden}))
def test_every_figure_is_known_by_its_name(phrase: str) -> None:
    made = PLANNER.plan(f"{phrase} by brand in 2025", SCOPE, VALUES)
    hold(made)
    assert made.code != "unknown_words"


@settings(max_examples=200, deadline=None)
@given(mixtures)
def test_the_same_words_have_the_same_plan(text: str) -> None:
    first, second = (PLANNER.plan(text, SCOPE, VALUES) for _ in range(2))
    assert (first.outcome, first.query, first.code) == (second.outcome, second.query, second.code)
