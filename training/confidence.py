"""Fits the weights of `knowledge.confidence`, and tells how well they part one from the other.

    PYTHONPATH=src:tests python training/confidence.py [--wordings 6000] [--seed 1]

Of the field: any wording of the corpus, against `unanswerable.jsonl`, both weighing the same. Right: what
would be said first is the item's that was asked for, its article's, or holds all of its key facts; a quarter
of the wordings are asked of a corpus that lacks their item too. The exams that have been opened then tell
which share of answers is right at each height. Needs no torch.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import grade
from prentice.knowledge import confidence
from prentice.knowledge.corpus import Corpus, Item
from prentice.knowledge.ground import grounded
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import Passage, of_corpus
from prentice.knowledge.retrieve import Retriever
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import Vectors, minilm

FILE = Path(confidence.__file__).with_name("confidence.json")
NOTHING = Path(__file__).with_name("unanswerable.jsonl")
FOLDS, WITHOUT = 5, 0.25
STORY = 90  # characters
TOPIC = confidence.SEEN.index("topic")
DECAY = 1e-4
EXAMS = ("exam", "second", "third", "fourth")
UNASKED = ("urgent", "personal", "unknown", "offtopic")
Row = tuple[str, tuple[float, ...], Vectors, bool]  # kind, what is weighed, the question's vector, right?


def without(passages: list[Passage], fold: int) -> list[Passage]:
    """Each passage without a fifth of its wordings; the question that heads it stays."""
    return [
        replace(
            p,
            wordings=tuple(w for at, w in enumerate(p.wordings) if not out(at, fold)),
            also=tuple(w for at, w in enumerate(p.also, len(p.wordings)) if not out(at, fold)),
        )
        for p in passages
    ]


def out(at: int, fold: int) -> bool:
    return at > 0 and at % FOLDS == fold


def rows(how_many: int) -> Iterator[Row]:
    """Kind, what is weighed, and whether it is right."""
    corpus, kept = Corpus.load(), KeptVectors()
    passages = list(of_corpus(corpus))
    told = sum(len(p.wordings) + len(p.also) for p in passages)
    for fold in range(FOLDS):
        retriever = Retriever(CorpusIndex(without(passages, fold), kept), minilm())
        for passage in passages:
            for at, wording in enumerate((*passage.wordings, *passage.also)):
                # As many stories as short ones.
                if not out(at, fold) or random.random() > how_many / told * (
                    2.5 if len(wording) > STORY else 0.6
                ):
                    continue
                item = corpus.items[passage.document]
                lacks = random.random() < WITHOUT
                kind = "lacking" if lacks else "story" if len(wording) > STORY else "short"
                yield from _row(kind, wording, item, retriever, lacks=lacks)
    nothing = [json.loads(line)["text"] for line in NOTHING.read_text("utf-8").splitlines()]
    retriever = Retriever(CorpusIndex(passages, kept), minilm())
    for question in nothing:
        yield from _row("nothing", question, None, retriever)
    for name in EXAMS:
        for asked in grade.read(grade.EXAM / f"{name}.jsonl"):
            if asked.kind not in UNASKED:
                yield from _examined(asked, retriever)


def _examined(question: grade.Question, retriever: Retriever) -> Iterator[Row]:
    asked = retriever.asked(question.question, "US" if question.region == "US" else "UK")
    ranked = retriever.search(asked)
    ground = grounded(asked, ranked, retriever)
    if ground.said:
        lacking = grade.lacking(question, grade.folded(" ".join(c.sentence for c in ground.said)))
        yield "exam", confidence.seen(asked, ground, ranked, retriever), asked.vector, not lacking


def _row(
    kind: str, question: str, item: Item | None, retriever: Retriever, *, lacks: bool = False
) -> Iterator[Row]:
    asked = retriever.asked(question, item.region if item else "any")
    ranked = retriever.search(asked)
    if item and lacks:
        ranked = [r for r in ranked if not _answers(r.candidate.passage, item)]
    ground = grounded(asked, ranked, retriever)
    if ranked and ground.said:
        right = item is not None and not lacks and _answers(ground.said[0].passage, item)
        yield kind, confidence.seen(asked, ground, ranked, retriever), asked.vector, right


def _answers(passage: Passage, item: Item) -> bool:
    if passage.document in (item.id, item.article):
        return True
    text = passage.text.lower()
    return all(any(words.lower() in text for words in fact) for fact in item.key_facts)


Numbers = NDArray[np.float64]


def fitted(x: Numbers, y: Numbers, weigh: Numbers | None = None) -> Numbers:
    """Newton's method for a logistic with a penalty; the last weight is the bias."""
    x = np.column_stack([x, np.ones(len(x))])
    weigh = np.ones(len(x)) / len(x) if weigh is None else weigh / weigh.sum()
    weights = np.zeros(x.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (weigh * (p - y)) + DECAY * weights
        bend = (x * (weigh * p * (1 - p))[:, None]).T @ x + DECAY * np.eye(x.shape[1])
        weights -= np.linalg.solve(bend, slope)
    return weights


def apart(x: Numbers, y: Numbers, weigh: Numbers) -> Numbers:
    """Each from a fit to four fifths without it."""
    found = np.empty(len(x))
    fold = np.arange(len(x)) % FOLDS
    for at in range(FOLDS):
        found[fold == at] = put(x[fold == at], fitted(x[fold != at], y[fold != at], weigh[fold != at]))
    return 1 / (1 + np.exp(-found))


def put(x: Numbers, weights: Numbers) -> Numbers:
    found: Numbers = np.column_stack([x, np.ones(len(x))]) @ weights
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--wordings", type=int, default=6_000)
    arguments.add_argument("--seed", type=int, default=1)
    wanted = arguments.parse_args()
    random.seed(wanted.seed)
    told = list(rows(wanted.wordings))
    random.shuffle(told)
    kinds = np.array([kind for kind, _, _, _ in told])
    x = np.array([values for _, values, _, _ in told])
    vectors = np.array([vector for _, _, vector, _ in told], np.float64)
    y = np.array([float(right) for _, _, _, right in told])

    of_field = np.isin(kinds, ("short", "story", "nothing"))
    is_field = (kinds[of_field] != "nothing").astype(float)
    weigh = np.where(is_field == 1, 1 / is_field.sum(), 1 / (1 - is_field).sum())
    plane = fitted(vectors[of_field], is_field, weigh)
    # Of what a plane was fitted to it says too much: each is weighed by a plane that did not see it.
    x[:, TOPIC] = 1 / (1 + np.exp(-put(vectors, plane)))
    x[of_field, TOPIC] = apart(vectors[of_field], is_field, weigh)
    field = _fit("of the field", x[of_field], is_field, weigh)
    asked = np.isin(kinds, ("short", "story", "lacking"))
    right = _fit("right", x[asked], y[asked], np.ones(int(asked.sum())))

    exams = kinds == "exam"
    height = put(x[exams], right)[:, None]
    slope, start = fitted(height, y[exams])
    shown = 1 / (1 + np.exp(-(slope * height[:, 0] + start)))
    print(f"exams: {exams.sum()} answers, right {y[exams].mean():.3f}; area {area(shown, y[exams]):.3f}")
    print(f"  of the field: {(put(x[exams], field) >= 0).mean():.3f}")
    for low, high in ((0, 0.8), (0.8, 0.85), (0.85, 0.9), (0.9, 0.95), (0.95, 1)):
        within = (shown >= low) & (shown < high)
        if within.any():
            print(f"  {low} to {high}: {within.sum():>4}, of which right {y[exams][within].mean():.3f}")
    kept = {
        "field": _named(field),
        "right": _named(right),
        "exams": [round(float(n), 4) for n in (slope, start)],
        "topic": [round(float(n), 3) for n in plane],
    }
    FILE.write_text(json.dumps(kept) + "\n", "utf-8")


def _named(weights: Numbers) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip((*confidence.SEEN, "bias"), weights, strict=True)}


def _fit(name: str, x: Numbers, y: Numbers, weigh: Numbers) -> Numbers:
    """Fitted to all; what is told is of a fit to four fifths, on the fifth."""
    cut = len(x) * 4 // 5
    apart = put(x[cut:], fitted(x[:cut], y[:cut], weigh[:cut]))
    there = y[cut:]
    print(
        f"{name}: {len(apart)} apart; area under the curve {area(apart, there):.3f}; from 0.5 on "
        f"{(apart[there == 1] >= 0).mean():.3f} of those, {(apart[there == 0] >= 0).mean():.3f} of the others"
    )
    return fitted(x, y, weigh)


def area(height: Numbers, y: Numbers) -> float:
    ranks = np.empty(len(height))
    ranks[np.argsort(height)] = np.arange(1, len(height) + 1)
    ones = y.sum()
    return float((ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones)))


if __name__ == "__main__":
    main()
