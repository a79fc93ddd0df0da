"""Whether a question is of the field, and whether an answer says that it is not sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prentice.ask.knowing import known
from prentice.knowledge.confidence import Confidence, confidence
from prentice.knowledge.expert import FIELD, SURE, Expert, Outcome
from prentice.knowledge.ground import Grounded, grounded

OF_THE_FIELD = (
    "what is a pd",
    "prism?",
    "how do I clean rigid gas permeable lenses?",
    "Im useless at getting my glaucoma drops in, half of it goes down my face, any technique?",
    "lady of 80 wants her first progressives and lives alone, should I be careful",
    "the screw of my specs keeps coming loose, third time this month",
    "why is the left lens so much thicker than the right",
)
OF_OTHERS = (
    "how do I descale a kettle",
    "my gutter leaks at the joint, what sealant",
    "is it worth insulating the loft before winter",
    "which camera lens for portraits on a crop sensor",
    "best base for a lemon cheesecake",
    "how many players are in a rugby league side",
    "my lad has a temperature and a sore throat, how long off school",
    "who painted the girl with the pearl earring",
)


def _judged(expert: Expert, question: str) -> Confidence:
    asked = expert.retriever.asked(question, "UK")
    ranked = expert.retriever.search(asked)
    return confidence(asked, grounded(asked, ranked, expert.retriever), ranked, expert.retriever)


@pytest.mark.parametrize("question", OF_THE_FIELD)
def test_what_is_of_the_field_is_told_so(expert: Expert, question: str) -> None:
    assert _judged(expert, question).field >= FIELD


@pytest.mark.parametrize("question", OF_OTHERS)
def test_what_is_of_another_field_is_not_known(expert: Expert, question: str) -> None:
    assert expert.reply(question, "UK").outcome is Outcome.unknown


def test_nothing_found_is_no_confidence(expert: Expert) -> None:
    asked = expert.retriever.asked("what is a pd")
    judged = confidence(asked, Grounded((), 0.0, whole=False), [], expert.retriever)
    assert (judged.field, judged.right) == (0.0, 0.0)


def test_an_answer_that_is_not_sure_says_so_and_offers_others(expert: Expert) -> None:
    reply = expert.reply("what is vertex distance", "UK")
    assert not reply.unsure
    unsure = replace(reply, sure=SURE - 0.01, whole=False, near=("What is a PD?",))
    answer = known(unsure, expert)
    assert answer.kind == "knowledge"
    assert answer.answer.startswith("I am not sure that I have what you ask for.")
    assert answer.alternatives == ["What is a PD?"]
    assert [c.quote for c in answer.citations] == [c.sentence for c in unsure.said]
