"""For each thing that words may leave open: a question that does, and one near it that does not."""

from __future__ import annotations

import pytest

from planner.practice import CATALOGUE, LEXICON, TODAY, asked, plan, read_words
from prentice.planner.doubts import DOUBTS, message_of
from prentice.planner.understand import understand

OPEN_AND_NEAR = {
    "several_metrics": ("revenue stock value last month", "revenue and transactions last month"),
    "count_of_groups": ("how many brands did we sell last month", "which brands did we sell last month"),
    "negation": ("revenue not last month", "revenue not frames last month"),
    "when": ("when did we sell Aldwych", "how many Aldwych did we sell by month"),
    "list_of_what": ("rank revenue last month", "rank brands by revenue last month"),
    "which_lenses": ("lenses sold last month", "contact lenses sold last month"),
    "tax_included": ("revenue including VAT last month", "revenue excluding VAT last month"),
    "fiscal_year": ("revenue this tax year", "revenue this year"),
    "refers_back": ("revenue on that day", "revenue on 5 October"),
    "calculation": ("gross margin per unit last month", "units per transaction last month"),
    "two_questions": (
        "how many frames did we sell last month and how much did we take",
        "how many frames and contact lenses did we sell last month",
    ),
    "two_rankings": ("best and worst brands last month", "top best-selling brands last month"),
    "growth_ranking": (
        "which brands grew the most",
        "which brands grew the most in September compared with August",
    ),
    "more_than_what": ("do we sell more on Saturdays", "do we sell more frames than last month"),
    "which_period": ("how are we doing", "how are we doing this month"),
    "together": ("revenue together last month", "revenue of Aldwych and Corrigan together last month"),
    "which_figures": ("the numbers last month", "the sales numbers last month"),
    "several_bounds": (
        "brands over £500 and under 10 units last month",
        "brands with revenue between £500 and £900 last month",
    ),
    "bound_on_what": ("sold more than we have in stock", "brands that sold more than 5 units last month"),
    "group_by_what": ("sales by store last month", "sales by staff last month"),
    "zero_of_what": ("which staff sold nothing last month", "which products sold nothing last month"),
    "part_of_a_month": ("revenue early October", "revenue in the first week of October"),
    "by_due_date": ("orders due in September", "late orders in September"),
    "distance_only": ("revenue a year ago", "revenue this month compared with a year ago"),
}


def doubts(question: str) -> tuple[str, ...]:
    return understand(read_words(question), LEXICON, CATALOGUE, TODAY).doubts


def test_every_doubt_has_its_pair_here() -> None:
    assert [d.code for d in DOUBTS] == list(OPEN_AND_NEAR)


@pytest.mark.parametrize("code", OPEN_AND_NEAR)
def test_what_is_left_open_raises_exactly_its_doubt(code: str) -> None:
    assert doubts(OPEN_AND_NEAR[code][0]) == (code,)


@pytest.mark.parametrize("code", OPEN_AND_NEAR)
def test_what_is_left_open_is_asked_about_and_not_answered(code: str) -> None:
    made = plan(OPEN_AND_NEAR[code][0])
    assert made.outcome == "ask"
    assert made.query is None
    assert 2 <= len(made.alternatives) <= 4


@pytest.mark.parametrize("code", OPEN_AND_NEAR)
def test_a_question_near_it_that_is_clear_is_answered(code: str) -> None:
    clear = OPEN_AND_NEAR[code][1]
    assert doubts(clear) == ()
    assert asked(clear).metrics


@pytest.mark.parametrize("code", OPEN_AND_NEAR)
def test_a_doubt_is_told_in_a_sentence_of_its_own(code: str) -> None:
    message = message_of(code)
    assert message[0].isupper()
    assert message.endswith(".")
    assert [d.code for d in DOUBTS if d.message == message] == [code]


@pytest.mark.parametrize(
    "code",
    [
        "several_metrics",
        "tax_included",
        "fiscal_year",
        "refers_back",
        "two_rankings",
        "group_by_what",
        "together",
    ],
)
def test_the_code_and_its_message_reach_whoever_asked(code: str) -> None:
    made = plan(OPEN_AND_NEAR[code][0])
    assert (made.code, made.message) == (code, message_of(code))


def test_of_several_doubts_the_first_in_the_table_is_told() -> None:
    question = "best and worst brands by revenue including VAT last month"
    raised = doubts(question)
    order = [d.code for d in DOUBTS]
    assert set(raised) == {"tax_included", "two_rankings"}
    assert list(raised) == sorted(raised, key=order.index)
    assert plan(question).code == raised[0]
