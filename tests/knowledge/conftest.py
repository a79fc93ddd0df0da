"""The corpus and the expert, opened once for the suite."""

from __future__ import annotations

import pytest

from prentice.knowledge.corpus import Corpus
from prentice.knowledge.expert import Expert
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import Passage, of_corpus
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import Vectors, minilm


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
