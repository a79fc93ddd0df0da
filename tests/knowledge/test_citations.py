"""Each citation opens: the passage is there, the words stand in it, the source can be found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prentice.ask.contract import Citation
from prentice.ask.knowing import known
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.expert import Expert, Outcome, Reply
from prentice.knowledge.passages import sentences_of

ASKED = 200


@pytest.fixture(scope="module")
def replies(expert: Expert, corpus: Corpus) -> list[tuple[str, Reply]]:
    """200 questions across all topics, each in one of its four wordings."""
    items = list(corpus.items.values())
    some = [items[i * len(items) // ASKED] for i in range(ASKED)]
    asked = [(item.wordings[i % 4], item.region) for i, item in enumerate(some)]
    return [(question, expert.reply(question, region)) for question, region in asked]


def _cited(replies: list[tuple[str, Reply]], expert: Expert) -> Iterator[tuple[str, Citation]]:
    for question, reply in replies:
        for citation in known(reply, expert).citations:
            yield question, citation


def test_nearly_every_question_of_the_corpus_is_answered(replies: list[tuple[str, Reply]]) -> None:
    unknown = [question for question, reply in replies if reply.outcome is Outcome.unknown]
    assert len(unknown) <= ASKED * 0.02, unknown


def test_every_citation_names_a_passage_that_holds_the_quoted_words(
    replies: list[tuple[str, Reply]], expert: Expert
) -> None:
    cited = list(_cited(replies, expert))
    assert len(cited) > ASKED
    for question, citation in cited:
        passage = expert.retriever.index.passage(citation.id)
        assert passage is not None, (question, citation.id)
        assert citation.quote in passage.text, (question, citation.id)


def test_the_quoted_words_stand_in_the_corpus_as_it_was_written(
    replies: list[tuple[str, Reply]], expert: Expert
) -> None:
    """In the article's or the item's own text, not only in what was cut from it."""
    for question, citation in _cited(replies, expert):
        document = citation.id.split("#")[0]
        item = expert.corpus.items.get(document)
        if item:
            assert citation.quote in list(sentences_of(item.answer)), (question, citation.id)
        else:
            text = expert.corpus.articles[document].text
            words = " ".join(text.replace("**", "").replace("`", "").replace("|", " ").split())
            told = citation.quote.rstrip(".")
            # A row of a table is told as a sentence: its cells stand in the text one by one.
            pieces = (
                [told] if told in words else [p for half in told.split(": ", 1) for p in half.split(", ")]
            )
            assert all(piece in words for piece in pieces), (question, citation.id, citation.quote)


def test_every_sentence_of_an_answer_is_cited(replies: list[tuple[str, Reply]], expert: Expert) -> None:
    for question, reply in replies:
        answer = known(reply, expert)
        quotes = {citation.quote for citation in answer.citations}
        for cited in (*reply.said, *reply.apart):
            assert cited.sentence in quotes, question
            assert cited.sentence in answer.answer, question


def test_every_citation_names_a_source_that_a_reader_can_find(
    replies: list[tuple[str, Reply]], expert: Expert
) -> None:
    named = {source.words for source in expert.corpus.sources.values()}
    for question, citation in _cited(replies, expert):
        assert citation.title, question
        assert citation.source, question
        assert citation.source != "The practice's own document", question
    for _, reply in replies:
        for cited in reply.said:
            sources = expert.source(cited.passage)
            assert sources
            assert {source.words for source in sources} <= named
            assert all(source.author and source.title and source.publisher for source in sources)


def test_a_passage_that_is_not_there_is_none(expert: Expert) -> None:
    assert [expert.retriever.index.passage(id) for id in ("optics-001#9", "nowhere#0", "", "#")] == [None] * 4
