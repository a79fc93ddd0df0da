"""The corpus as it is searched: in memory, the same for every practice, read-only.

Some 4,000 passages and six times as many wordings: a look at all of them takes less than the way to any
database. What a practice adds is another matter (`documents`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from prentice.knowledge.passages import Passage
from prentice.knowledge.vectors import KeptVectors
from prentice.knowledge.words import stems
from prentice.llm.embeddings import Vectors

_PLAIN = re.compile(r"[a-zà-ÿ0-9]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer. `cosine`: of the question and the passage; `wording`: of the question and
    the nearest question that the passage answers (0 where it names none); `lexical`: BM25. `vectors`: of its
    sentences, (n, 384).
    """

    passage: Passage
    cosine: float
    wording: float
    lexical: float
    words: frozenset[str]
    vectors: Vectors


class CorpusIndex:
    """Search over passages that do not change. Safe to use from several threads."""

    def __init__(self, passages: Sequence[Passage], kept: KeptVectors | None = None) -> None:
        kept = kept or KeptVectors()
        self.passages = list(passages)
        self._at = {passage.id: i for i, passage in enumerate(self.passages)}
        self._texts = kept.of([p.indexed for p in self.passages])
        wordings = [(i, asked) for i, p in enumerate(self.passages) for asked in (*p.wordings, *p.also)]
        self._wordings = kept.of([wording for _, wording in wordings])
        self._owner = np.array([i for i, _ in wordings], np.int64)
        sentences = [s for p in self.passages for s in p.sentences]
        self._sentences = kept.of(sentences)
        ends = np.cumsum([len(p.sentences) for p in self.passages])
        self._spans = [
            (int(end) - len(p.sentences), int(end)) for end, p in zip(ends, self.passages, strict=True)
        ]
        tokens = [stems(" ".join((p.indexed, *p.wordings, *p.also))) for p in self.passages]
        self._words = [frozenset(found) for found in tokens]
        self._lexical = bm25s.BM25()
        self._vocabulary = {word: i for i, word in enumerate(sorted({w for found in tokens for w in found}))}
        self._lexical.index(
            ([[self._vocabulary[w] for w in found] for found in tokens], self._vocabulary),
            show_progress=False,
        )
        self.vocabulary = frozenset(
            word
            for p in self.passages
            for text in (p.indexed, *p.wordings)
            for word in _PLAIN.findall(text.lower())
        )
        seen = Counter(word for words in self._words for word in words)
        count = len(self.passages)
        self.rarity: Mapping[str, float] = {w: math.log(1 + count / n) for w, n in seen.items()}
        self.rarest = math.log(1 + count)  # of a word that stands nowhere
        self.stems = frozenset(self.rarity)

    def __len__(self) -> int:
        return len(self.passages)

    def search(self, question: Vectors, words: Sequence[str], most: int = 30) -> list[Candidate]:
        """The nearest by meaning, by wording and by words: up to `most` of each, in no order."""
        cosines = self._texts @ question
        by_wording = np.zeros(len(self.passages), np.float32)
        if len(self._owner):
            np.maximum.at(by_wording, self._owner, self._wordings @ question)
        lexical = np.zeros(len(self.passages), np.float32)
        if known := [self._vocabulary[w] for w in words if w in self._vocabulary]:
            lexical = self._lexical.get_scores(known)
        chosen = {int(i) for scores in (cosines, by_wording, lexical) for i in _highest(scores, most)}
        return [
            Candidate(
                passage=self.passages[i],
                cosine=float(cosines[i]),
                wording=float(by_wording[i]),
                lexical=float(lexical[i]),
                words=self._words[i],
                vectors=self._sentences[slice(*self._spans[i])],
            )
            for i in chosen
        ]

    def passage(self, id: str) -> Passage | None:
        at = self._at.get(id)
        return None if at is None else self.passages[at]


def _highest(scores: np.ndarray, most: int) -> np.ndarray:
    if len(scores) <= most:
        return np.flatnonzero(scores > 0)
    top = np.argpartition(-scores, most)[:most]
    return top[scores[top] > 0]


def texts_of(passages: Sequence[Passage]) -> list[str]:
    """All that has a vector: passages, wordings, sentences."""
    return [t for p in passages for t in (p.indexed, *p.wordings, *p.also, *p.sentences)]
