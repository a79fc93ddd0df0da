"""The whole way with a real language model: a small one that makes much up, and nothing of that is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llm import smollm2

from prentice.ask.pipeline import Prentice, open_prentice
from prentice.knowledge.expert import Expert
from prentice.knowledge.supported import follows, said
from prentice.llm.client import ChatModel, Message
from prentice.settings import Settings

pytestmark = [
    pytest.mark.skipif(bool(smollm2.missing()), reason=smollm2.missing()),
    pytest.mark.timeout(400),
]

QUESTIONS = (
    "I dropped my contact lens on the bathroom floor. Can I still wear it?",
    "Which frame materials suit a wearer with proven nickel allergy?",
    "What frame should I choose for a high plus prescription?",
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server, url = smollm2.served()
    yield url
    del server


def test_it_writes_and_counts(address: str) -> None:
    with ChatModel.open(Settings(llm_url=address, llm_model=smollm2.NAME, llm_timeout_s=60)) as model:
        assert model is not None
        told = model.complete([Message("user", "Name the colour of grass in one word.")], 12)
    assert told.text.strip()
    assert 5 < told.prompt_tokens < 80
    assert 0 < told.written_tokens <= 12


def test_what_it_says_of_the_passages_is_what_they_say(
    address: str, demo: Prentice, expert: Expert, session_settings: Settings
) -> None:
    with_model = session_settings.model_copy(
        update={"llm_url": address, "llm_model": smollm2.NAME, "llm_timeout_s": 90}
    )
    scope = demo.registry.scope("harbour-optics", role="manager")
    with open_prentice(with_model) as prentice:
        vars(prentice)["expert"] = expert
        answers = [prentice.ask(question, scope) for question in QUESTIONS]
        assert prentice.writer is not None
        state = prentice.writer.state()
    print(state)
    for answer in answers:
        assert answer.kind == "knowledge"
        for citation in answer.citations:
            passage = expert.retriever.index.passage(citation.id)
            assert passage is not None
            assert citation.quote in passage.text
            if citation.said:
                around = said(f"{passage.title} {passage.heading} {passage.region}").words
                assert citation.said in answer.answer
                assert follows(said(citation.said), said(citation.quote), around)
    assert sum(state.ended.values()) == len(QUESTIONS)
    assert state.tokens > 300
    assert state.kept < state.sentences
