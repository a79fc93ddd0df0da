"""From a question to the passages that may answer it, best first.

embed -> search (corpus, practice's documents) -> score. Dense and lexical search bring candidates; what
orders them is the same for both: nearness of meaning, and how many of the question's rare words are there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prentice.knowledge.clauses import clauses
from prentice.knowledge.index import Candidate, CorpusIndex
from prentice.knowledge.spoken import Spoken
from prentice.knowledge.words import stems
from prentice.llm.embeddings import MiniLM, Vectors

MOST = 8  # passages that an answer is made of
# By softmax over the candidates of 1,800 paraphrases of the training part, each left out of the index in turn
# (on the development part the item stood first 0.39 times instead of 0.27).
PASSAGE, SENTENCE, _WORDS, NEAR, _LEXICAL = 0.28, 0.28, 0.24, 0.15, 0.05
_ANSWER = 0.06  # an answer was written for a question
_MOST_BM25 = 30.0
_ELSEWHERE = 0.06  # taken off for another region
# A question's weights (`llm.embeddings`) put it less near to all than a text's would: by so much, where the
# exams' questions are answered best.
SCALE = 1.12
_PLAIN = 0.75  # cosine of a wording from which the question is taken whole
_PART = 0.05  # taken off for what answers a part of the question

More = Callable[[Vectors, Sequence[str]], Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is looked for. `region`: "UK", "US" or "any"; `stated`: the question names it."""

    text: str
    vector: Vectors
    words: tuple[str, ...]
    region: str = "any"
    stated: bool = False
    strange: str = ""  # a name that the corpus does not know
    part: bool = False  # it is a part of a question, asked alone

    def near(self, vectors: Vectors) -> Vectors:
        """How near each of (n, 384) is, on the scale of `Candidate.cosine`."""
        found: Vectors = vectors @ self.vector
        return found * np.float32(SCALE)


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` from 0 to about 1; `covered`: the share of the question's words, by rarity, that the passage
    holds."""

    candidate: Candidate
    score: float
    covered: float
    asked: Asked  # the question, or the part of it, that the passage comes nearest to


class Retriever:
    """`more` brings candidates from elsewhere: the practice's own documents."""

    def __init__(self, index: CorpusIndex, model: MiniLM) -> None:
        self.index = index
        self._model = model
        self._spoken = Spoken(index.vocabulary)

    def asked(self, question: str, region: str = "any") -> Asked:
        stated = region_in(question)
        whole = self._asked(question, stated or region, stated is not None)
        return replace(whole, strange=self._spoken.strange(question))

    def _asked(self, text: str, region: str, stated: bool) -> Asked:
        plain = self.plain(text)
        return Asked(text, self._model.query(plain), tuple(stems(plain)), region, stated)

    def plain(self, question: str) -> str:
        """In the words that the corpus uses."""
        return self._spoken.plain(question)

    def search(self, asked: Asked, more: More | None = None, most: int = MOST) -> list[Ranked]:
        """Up to `most` passages, best first."""
        best = {r.candidate.passage.id: r for r in self._found(asked, more)}
        if max((r.candidate.wording for r in best.values()), default=0.0) < _PLAIN:
            for clause in clauses(asked.text):
                part = replace(self._asked(clause, asked.region, asked.stated), part=True)
                for found in self._found(part, more):
                    id = found.candidate.passage.id
                    found = replace(found, score=found.score - _PART)
                    if id not in best or found.score > best[id].score:
                        best[id] = found
        return sorted(best.values(), key=lambda r: (-r.score, r.candidate.passage.id))[:most]

    def _found(self, asked: Asked, more: More | None) -> list[Ranked]:
        candidates = self.index.search(asked.vector, asked.words)
        if more:
            candidates += more(asked.vector, asked.words)
        return [
            self._ranked(replace(one, cosine=one.cosine * SCALE, wording=one.wording * SCALE), asked)
            for one in candidates
        ]

    def covered(self, words: Sequence[str], by: frozenset[str]) -> float:
        """The share of `words`, weighed by rarity, that stand in `by`."""
        weights = {w: self.index.rarity.get(w, self.index.rarest) for w in words}
        whole = sum(weights.values())
        return sum(weight for w, weight in weights.items() if w in by) / whole if whole else 0.0

    def _ranked(self, one: Candidate, asked: Asked) -> Ranked:
        covered = self.covered(asked.words, one.words)
        score = (
            PASSAGE * one.cosine
            + SENTENCE * float(asked.near(one.vectors).max())
            + NEAR * max(one.wording, one.cosine)
            + SCALE * fixed(one, covered, asked)
        )
        return Ranked(one, score, covered, asked)


_UK = (
    "uk",
    "britain",
    "british",
    "england",
    "scotland",
    "wales",
    "nhs",
    "goc",
    "abdo",
    "gos",
    "dvla",
    "united kingdom",
)
_US = (
    "us", "usa", "america", "american", "fda", "ftc", "ansi", "osha", "hipaa", "abo", "ncle", "medicare",
    "united states",
)  # fmt: skip


def fixed(one: Candidate, covered: float, asked: Asked) -> float:
    """What of a passage's score does not depend on the question's vector."""
    score = _WORDS * covered + _LEXICAL * min(one.lexical / _MOST_BM25, 1.0)
    if one.passage.kind == "answer":
        score += _ANSWER
    if one.passage.region not in ("any", asked.region):
        score -= _ELSEWHERE * (3 if asked.stated else 1)
    return score


def region_in(question: str) -> str | None:
    """The region that the words name; None for neither or both.

    >>> [region_in(q) for q in ("NHS voucher types", "FTC rule in the US", "Tell us about PD", "US or UK?")]
    ['UK', 'US', None, None]
    """
    found = regions_in(question)
    return next(iter(found)) if len(found) == 1 else None


def regions_in(text: str) -> set[str]:
    """Every region that the words name."""
    plain = f" {' '.join(w.strip('?.,;:!()') for w in text.split())} "
    uk = any(f" {name} " in plain.lower() for name in _UK)
    us = any(f" {name} " in plain.lower() for name in _US if name != "us") or " US " in plain
    return {name for name, there in (("UK", uk), ("US", us)) if there}
