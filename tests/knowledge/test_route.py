"""Who has the word: the analyst, the expert, a calculator, or two of them."""

from __future__ import annotations

import pytest

from prentice.ask.compound import halves
from prentice.ask.pipeline import Prentice
from prentice.ask.route import asks_theory, names_figures

ANALYST = (
    "revenue last month",
    "best selling frames in September",
    "how many progressives did we sell last month",
    "how many appointments are booked tomorrow",
    "what is our remake rate this quarter",
    "stock of contact lenses by brand",
    "orders overdue",
    "polycarbonate lenses sold in 2026",
    "gross margin by category last month",
)
# Of the practice's own figures too, though they are not held so: it says so and the expert does not step in.
DECLINED_BY_THE_ANALYST = (
    "no-shows by branch this year",
    "average spend per customer in August",
    "which supplier has the most returned orders this year",
    "capture rate by branch last quarter",
    "sudden drop in sales in September: revenue by week",
    "units of anti-reflective coatings sold this year",
)
EXPERT = (
    "What is prism thinning?",
    "why are my lenses so thick at the edge?",
    "how do I clean rigid gas permeable lenses?",
    "what is the difference between a bifocal and a progressive?",
    "which lens material suits a child?",
    "what does a keratometer measure?",
    "who may have an NHS optical voucher?",
    "How long is a contact lens prescription valid in the US?",
    "px complains of swim in new varifocals, what do I check?",
    "what is a good capture rate?",
    "how is capture rate defined?",
    "is polycarbonate safer than CR-39?",
    "what usually causes remakes?",
    "flashes of light and new floaters since yesterday",
    "should I stop my glaucoma drops?",
)
CALCULATION = (
    "What prism does a -6.00 lens give 5 mm below the centre?",
    "transpose +2.00 -1.50 x 90",
    "spherical equivalent of -2.00 -1.50 x 180",
    "vertex -8.00 from 12 mm to the cornea",
    "minimum blank size for 54-18, PD 62, ED 57",
    "what is the power of -3.00 -2.00 x 30 in the 90 meridian?",
    "convert 6/12 to logMAR",
    "sag of a +6.00 surface at 60 mm, index 1.53",
    "frame 52-18, PD 64: decentration per eye?",
    "focal length of a +4.00 lens",
)
ASKED_BACK = (
    "how much prism do I get from 4 mm of decentration?",
    "eye size 53 and PD 62, what decentration?",
    "-8.00 at 12 mm moved: vertex compensation?",
)
COMPOUND = (
    "Which lens suits a -8.00 wearer and do we have it in stock?",
    "Our remake rate is 12%: is that high, and what usually causes it?",
    "How many progressives did we sell last month, and how do I measure the fitting height?",
    "what is prism thinning and how many progressives did we sell in September?",
    "Is polycarbonate good for children, and how many children's frames did we sell in August?",
    "average spend in June? and what is the definition of capture rate?",
    "which coating helps at night and how many orders had an anti-reflective coating this year?",
    "do we have 1.67 in stock and what is it good for?",
)
OFF_TOPIC = (
    "who won the world cup in 2018?",
    "recipe for lasagne",
    "write a poem about rain",
    "weather in Leeds",
)
DECLINED = ("refusal", "clarification")


def _kind(prentice: Prentice, question: str) -> str:
    return prentice.ask(question, prentice.registry.scope("harbour-optics", principal=question[:24])).kind


@pytest.mark.parametrize("question", ANALYST)
def test_the_practices_own_figures_are_the_analysts(demo: Prentice, question: str) -> None:
    assert _kind(demo, question) == "analytics"


@pytest.mark.parametrize("question", DECLINED_BY_THE_ANALYST)
def test_figures_that_are_not_held_are_the_analysts_to_decline(demo: Prentice, question: str) -> None:
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal=question[:24]))
    assert answer.kind in DECLINED
    assert answer.code != "not_in_corpus"
    assert not answer.citations


@pytest.mark.parametrize("question", EXPERT)
def test_the_trade_is_the_experts(demo: Prentice, question: str) -> None:
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="expert"))
    assert answer.kind == "knowledge" or answer.code == "personal", answer.answer
    assert answer.rows == []
    assert answer.sql is None


@pytest.mark.parametrize("question", CALCULATION)
def test_what_has_all_its_values_is_calculated(demo: Prentice, question: str) -> None:
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="bench"))
    assert answer.kind == "calculation", answer.answer
    assert answer.steps
    assert answer.citations


@pytest.mark.parametrize("question", ASKED_BACK)
def test_what_lacks_a_value_is_asked_back(demo: Prentice, question: str) -> None:
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="bench"))
    assert (answer.kind, answer.code) == ("clarification", "value_missing"), answer.answer


@pytest.mark.parametrize("question", COMPOUND)
def test_a_question_of_two_halves_is_answered_with_the_evidence_of_both(
    demo: Prentice, question: str
) -> None:
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="two halves"))
    assert answer.kind == "compound", answer.answer
    assert answer.citations
    assert answer.sql


def test_a_half_that_the_data_do_not_hold_says_so_beside_the_other(demo: Prentice) -> None:
    question = "which coating helps at night and how much revenue did coatings bring this year?"
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="two halves"))
    assert answer.kind == "compound"
    assert answer.citations
    assert "cannot be broken down" in answer.answer
    assert answer.sql is None


def test_what_is_held_instead_is_told_as_such(demo: Prentice) -> None:
    question = "Which lens suits a -8.00 wearer and do we have it in stock?"
    answer = demo.ask(question, demo.registry.scope("harbour-optics", principal="two halves"))
    assert "Stock on hand is not recorded by lens material" in answer.answer
    assert "Instead: There were" in answer.answer


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_nobody_answers_what_is_off_the_subject(demo: Prentice, question: str) -> None:
    assert _kind(demo, question) in DECLINED


@pytest.mark.parametrize("question", ANALYST)
def test_the_words_of_the_analyst_are_known_without_a_database(question: str) -> None:
    assert names_figures(question) or "capture rate" in question or "overdue" in question
    assert not asks_theory(question) or "what is our" in question


@pytest.mark.parametrize("question", EXPERT[:8])
def test_the_trade_alone_names_no_figures(question: str) -> None:
    assert not names_figures(question)


@pytest.mark.parametrize("question", COMPOUND)
def test_two_halves_are_cut_where_one_speaks_of_figures(question: str) -> None:
    cut = next(halves(question))
    assert names_figures(cut.figures)


@pytest.mark.parametrize("question", ["revenue and units by brand last month", "sales in June and July"])
def test_two_figures_are_not_two_halves(demo: Prentice, question: str) -> None:
    assert _kind(demo, question) != "compound"
