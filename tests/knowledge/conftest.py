"""The corpus and the expert, opened once for the suite; a writer whose model says what a test wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llm.scripted import Scripted, scripted

from prentice.ask.pipeline import Prentice, writer_of
from prentice.knowledge.corpus import Corpus
from prentice.knowledge.expert import Expert, Outcome, Reply
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import Passage, of_corpus
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.vectors import KeptVectors
from prentice.knowledge.writer import Writer
from prentice.llm.client import ChatModel
from prentice.llm.embeddings import Vectors, minilm
from prentice.settings import Settings
from prentice.tenancy.scope import TenantScope

QUESTION = "Why does a high minus lens get thick at the edge?"
LIMIT_S = 1.0  # of the writer's model


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus.load()


@pytest.fixture(scope="session")
def kept() -> KeptVectors:
    return KeptVectors()


@pytest.fixture(scope="session")
def passages(corpus: Corpus) -> list[Passage]:
    return list(of_corpus(corpus))


@pytest.fixture(scope="session")
def wordings(corpus: Corpus, kept: KeptVectors) -> dict[str, Vectors]:
    """Of each item the vectors of its four wordings."""
    rows = kept.of([w for item in corpus.items.values() for w in item.wordings])
    return dict(zip(corpus.items, rows.reshape(len(corpus.items), 4, -1), strict=True))


@pytest.fixture(scope="session")
def expert(corpus: Corpus, kept: KeptVectors, passages: list[Passage]) -> Expert:
    return Expert(corpus, Retriever(CorpusIndex(passages, kept), minilm()))


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture
def writer(server: Scripted, demo: Prentice) -> Iterator[Writer]:
    settings = Settings(llm_url=server.url, llm_model="m", llm_timeout_s=LIMIT_S)
    with ChatModel.open(settings) as model:
        assert model is not None
        yield writer_of(model, demo.limits)


@pytest.fixture(scope="module")
def scope(demo: Prentice) -> TenantScope:
    return demo.registry.scope("harbour-optics", role="manager")


@pytest.fixture(scope="module")
def reply(expert: Expert) -> Reply:
    found = expert.reply(QUESTION, "UK")
    assert found.outcome is Outcome.answered
    return found
