"""From passages to an answer in which each sentence is supported by one of them, or left out.

Without a language model the sentences are the passages' own. With one, it writes and `supported` decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prentice.knowledge.passages import Passage
from prentice.knowledge.retrieve import Asked, Ranked, Retriever
from prentice.knowledge.words import stems

SAME_QUESTION = 0.80  # cosine of two wordings of one question; see `tests/knowledge/fit.py`
_MOST_SENTENCES = 4
_NEAR_ENOUGH = 0.62  # of the best sentence's score: what is further off is left out
_REPEATS = 0.86  # cosine of two sentences that say the same
# A sentence that leans on the one before it is not quoted alone.
_LEANS = re.compile(
    r"^(?:it|its|they|their|them|this|these|those|that|such|he|she|both|each|either|neither|here|there|then|thus|also|so"
    r"|however|therefore|otherwise|instead|for example|for instance|in that case|the (?:former|latter|same|other|rest|second))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cited:
    """One sentence of an answer, and the passage that holds it word for word."""

    sentence: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class Grounded:
    """`whole`: the passage's own answer to this very question stands first."""

    said: tuple[Cited, ...]
    score: float
    whole: bool


def grounded(asked: Asked, ranked: Sequence[Ranked], retriever: Retriever) -> Grounded:
    """The sentences that answer best, in an order that can be read."""
    if not ranked:
        return Grounded((), 0.0, whole=False)
    first = next((r for r in ranked if _answers(r)), None)
    if first is not None and first.score >= ranked[0].score - 0.12:
        passage = first.candidate.passage
        said = [Cited(sentence, passage) for sentence in passage.sentences]
        return Grounded(tuple(said), max(first.candidate.wording, first.score), whole=True)
    return Grounded(*_picked(asked, ranked, retriever), whole=False)


def _answers(ranked: Ranked) -> bool:
    return ranked.candidate.wording >= SAME_QUESTION and ranked.covered >= 0.5


def _picked(
    asked: Asked, ranked: Sequence[Ranked], retriever: Retriever
) -> tuple[tuple[Cited, ...], float]:
    scored = []
    for rank, one in enumerate(ranked):
        passage, vectors = one.candidate.passage, one.candidate.vectors
        nearness = vectors @ asked.vector
        for at, sentence in enumerate(passage.sentences):
            covered = retriever.covered(asked.words, frozenset(stems(f"{passage.heading} {sentence}")))
            score = 0.45 * float(nearness[at]) + 0.25 * covered + 0.30 * one.score
            if passage.kind == "answer" and at == 0:
                score += 0.04  # the first sentence of an answer answers
            scored.append((score, rank, at, Cited(sentence, passage), vectors[at]))
    scored.sort(key=lambda s: -s[0])
    best = scored[0][0]
    chosen: list[tuple[float, int, int, Cited, np.ndarray]] = []
    for one in scored:
        score, rank, at, cited, vector = one
        if score < _NEAR_ENOUGH * best or len(chosen) == _MOST_SENTENCES:
            break
        if any(float(vector @ other[4]) > _REPEATS for other in chosen):
            continue
        if _LEANS.match(cited.sentence):
            before = next((c for c in chosen if c[1] == rank and c[2] == at - 1), None)
            if before is None:
                continue
        chosen.append(one)
    # The best sentence first; what is of its own passage goes on from it, the others follow by score.
    lead = chosen[0][1] if chosen else -1
    order = sorted(chosen, key=lambda s: (s is not chosen[0], s[1] != lead, s[1], s[2]))
    return tuple(s[3] for s in order), best
