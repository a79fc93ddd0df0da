"""How sure it is that what was found answers the question. Pure.

Two logistics of what retrieval and grounding saw: whether the question is of the field at all, and whether
the passage is the one that was written for it. `training/confidence.py` fits them to wordings asked of a
corpus that lacks them, items that it lacks altogether, and questions that nothing of it answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from prentice.knowledge.ground import Grounded
from prentice.knowledge.retrieve import Asked, Ranked, Retriever
from prentice.knowledge.words import stems
from prentice.llm.embeddings import Vectors

SEEN: Final = (
    "wording", "cosine", "sentence", "score", "covered", "covered_of_all", "known_words", "lexical",
    "agreement", "lead", "part", "length", "same_question", "topic",
)  # fmt: skip
FIELD = 0.33  # below it nothing is said to be known: the question is none of the field
_AROUND = 4  # passages that may speak of the same as the first
_MOST_BM25, _LONG = 30.0, 20.0
_WHOLLY = 0.9  # from which it is plain that a question is of the field
# A wording as near as this (`retrieve.SCALE` times the cosine), or this share of the question's words in a
# document of the practice, of which the corpus knows nothing: perhaps of the field; and surely.
_NEAR, _COVERED = (0.68, 0.80), (0.6, 0.9)


@dataclass(frozen=True, slots=True)
class Confidence:
    """`field`: that the corpus speaks of such things at all, from 0 to 1, where questions of the field and
    others come equally often. `right`: the share of such answers that hold what the exams want."""

    field: float
    right: float

    @property
    def whole(self) -> float:
        """`right`, and less where it is not plain that the question is of the field."""
        return self.right * min(1.0, self.field / _WHOLLY)


NONE = Confidence(0.0, 0.0)


def confidence(asked: Asked, ground: Grounded, ranked: Sequence[Ranked], retriever: Retriever) -> Confidence:
    """`NONE` where nothing would be said."""
    if not ranked or not ground.said:
        return NONE
    fitted = _fitted()
    values = seen(asked, ground, ranked, retriever)
    slope, start = fitted["exams"]
    field = _logistic(_sum(fitted["field"], values))
    field = max(field, _told(_first(ground, ranked)))
    right = _logistic(slope * _sum(fitted["right"], values) + start)
    return Confidence(field, right)


def seen(asked: Asked, ground: Grounded, ranked: Sequence[Ranked], retriever: Retriever) -> tuple[float, ...]:
    """What is weighed, in the order of `SEEN`, each from about 0 to 1."""
    said = _first(ground, ranked)
    one = said.candidate
    words = stems(retriever.plain(asked.text))
    centre = one.vectors.mean(0)
    around = [r for r in ranked if r is not said][:_AROUND]
    agreement = [float(r.candidate.vectors.mean(0) @ centre) for r in around]
    return (
        one.wording,
        one.cosine,
        float(said.asked.near(one.vectors).max()),
        ground.score,
        said.covered,
        retriever.covered(words, one.words),
        retriever.covered(words, retriever.index.stems),
        min(one.lexical / _MOST_BM25, 1.0),
        sum(agreement) / len(agreement) if agreement else 0.0,
        10 * max(0.0, said.score - around[0].score) if around else 0.0,
        float(said.asked.part),
        min(len(words) / _LONG, 1.0),
        float(ground.whole),
        topic(asked.vector, _topic()),
    )


def _first(ground: Grounded, ranked: Sequence[Ranked]) -> Ranked:
    """What is said first."""
    return next(r for r in ranked if r.candidate.passage is ground.said[0].passage)


def _told(said: Ranked) -> float:
    """What needs no weighing: 1 or `FIELD` where the passage answers nearly that question, or the practice's
    own document has its words; else 0."""
    own = said.candidate.passage.kind == "document"
    seen, (perhaps, surely) = (said.covered, _COVERED) if own else (said.candidate.wording, _NEAR)
    return 1.0 if seen >= surely else FIELD if seen >= perhaps else 0.0


def topic(vector: Vectors, weights: Vectors) -> float:
    """How far a question's own vector (384) lies on the field's side of the plane that parts it from others:
    0 to 1. `weights`: (385), the last one the bias."""
    return _logistic(float(vector @ weights[:-1] + weights[-1]))


def _sum(weights: Mapping[str, float], values: Sequence[float]) -> float:
    return weights["bias"] + sum(weights[name] * value for name, value in zip(SEEN, values, strict=True))


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


@cache
def _topic() -> Vectors:
    return np.array(_fitted()["topic"], np.float32)


@cache
def _fitted() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        files("prentice.knowledge").joinpath("confidence.json").read_text("utf-8")
    )
    return told
