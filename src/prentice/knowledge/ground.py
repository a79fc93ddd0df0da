"""From passages to an answer in which each sentence is supported by one of them, or left out.

The sentences are the passages' own: the block that answers best, and what the next best adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from prentice.knowledge.clauses import states
from prentice.knowledge.passages import Passage
from prentice.knowledge.retrieve import Asked, Ranked, Retriever
from prentice.knowledge.words import stems
from prentice.llm.embeddings import Vectors

SAME_QUESTION = 0.80  # cosine from which two wordings are taken for one question
_WINDOW = 3  # sentences of an article that are quoted together
_MOST = 8  # sentences of an answer
_ALSO = 0.80  # of the best block's score: a block below it adds nothing
_REPEATS, _SHARED = 0.78, 0.6  # cosine, or share of words, of two sentences that say the same
_ELSEWHERE = 0.08  # taken off for another region than is asked for
# A question that is answered by yes or no, and an answer that begins so.
_CLOSED = re.compile(
    r"^(?:\W*(?:so|and|but|hi|hello|please)\W+)*(?:is|are|was|were|do|does|did|can|could|should|shall|will|"
    r"would|may|might|must|has|have|had|am|isn'?t|aren'?t|don'?t|doesn'?t|can'?t|won'?t)\b|"
    r"\b(?:is it true|right|correct|true|ok|okay|yes or no|isn'?t it|aren'?t they)\W*$",
    re.IGNORECASE,
)
_VERDICT = re.compile(r"^(?:yes|no)\b", re.IGNORECASE)
_NOT_ASKED = 0.12
_FIGURE = re.compile(r"(?<![\d.])[+−-]\d+(?:\.\d+)?|\d+\.\d+")  # a power, an index, a size with decimals
# A sentence that leans on the one before it, or answers another question, is not quoted alone.
LEANS = re.compile(
    r"^(?:it|its|they|their|them|this|these|those|that|such|he|she|both|each|either|neither|here|there|then"
    r"|thus|also|so|however|therefore|otherwise|instead|for example|for instance|in that case"
    r"|the (?:former|latter|same|other|rest|second)|yes|no|neither|not always|usually not)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cited:
    """One sentence, and the passage that holds it word for word. `told`: how a model put it; "" where it is
    said as it stands."""

    sentence: str
    passage: Passage
    told: str = ""

    @property
    def words(self) -> str:
        """As the answer says it."""
        return self.told or self.sentence


@dataclass(frozen=True, slots=True)
class Grounded:
    """`score`: of the first block, 0 to about 1. `whole`: it answers this very question."""

    said: tuple[Cited, ...]
    score: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences of one passage that stand together. `vectors`: (n, 384)."""

    ranked: Ranked
    sentences: tuple[str, ...]
    vectors: Vectors
    score: float

    @property
    def passage(self) -> Passage:
        return self.ranked.candidate.passage


def grounded(asked: Asked, ranked: Sequence[Ranked], retriever: Retriever) -> Grounded:
    """The block that answers best, then what others add to it."""
    blocks = sorted(
        (_block(one.asked, one, retriever) for one in ranked),
        key=lambda block: (-block.score, block.passage.id),
    )
    if not blocks:
        return Grounded((), 0.0, whole=False)
    first = blocks[0]
    same = first.ranked.candidate.wording >= SAME_QUESTION
    whole = same and not _of_other_figures(asked.text, first.passage)
    said = [Cited(sentence, first.passage) for sentence in first.sentences]
    seen = [(frozenset(stems(s)), v) for s, v in zip(first.sentences, first.vectors, strict=True)]
    for block in blocks[1:]:
        if block.score < _ALSO * first.score or len(said) >= _MOST:
            break
        for sentence, vector in _new(asked, block, seen):
            if len(said) < _MOST:
                said.append(Cited(sentence, block.passage))
                seen.append((frozenset(stems(sentence)), vector))
    return Grounded(tuple(said), first.score, whole)


def _block(asked: Asked, one: Ranked, retriever: Retriever) -> Block:
    """An answer whole; of an article or document the sentences about the best one."""
    passage, vectors = one.candidate.passage, one.candidate.vectors
    far = 0.0 if passage.region in ("any", asked.region) else _ELSEWHERE
    if passage.kind == "answer":
        near = one.candidate.wording
        if _VERDICT.match(passage.sentences[0]) and not _closed(asked):
            near -= _NOT_ASKED  # it answers yes or no to something else
        if _of_other_figures(asked.text, passage):
            near -= _NOT_ASKED  # a worked example, and not this one
        return Block(one, passage.sentences, vectors, 0.5 * one.score + 0.5 * near - far)
    values = _values(asked, one, retriever)
    start, end = _window(passage.sentences, values)
    best = max(values[start:end])
    return Block(one, passage.sentences[start:end], vectors[start:end], 0.5 * one.score + 0.5 * best - far)


def _closed(asked: Asked) -> bool:
    """Whether yes or no answers it: a question that asks for that, or what a part of it takes for granted."""
    return bool(_CLOSED.search(asked.text)) or (asked.part and states(asked.text))


def _of_other_figures(question: str, passage: Passage) -> bool:
    """Whether the question gives powers or sizes, and the passage works with others alone.

    >>> one = Passage("a", 0, "answer", "", "", ("-6.00 D needs 3.0.",), "", "", "", ())
    >>> _of_other_figures("prism at 5 mm from -4.00", one), _of_other_figures("prism of a -6.00", one)
    (True, False)
    """
    given = {_plain(found) for found in _FIGURE.findall(question)}
    worked = {_plain(found) for s in (passage.heading, *passage.sentences) for found in _FIGURE.findall(s)}
    return bool(given and worked) and not given & worked


def _plain(figure: str) -> str:
    return figure.replace("−", "-").lstrip("+").rstrip("0").rstrip(".")


def _values(asked: Asked, one: Ranked, retriever: Retriever) -> list[float]:
    """How well each sentence answers: nearness of meaning, and the question's words that it holds."""
    passage = one.candidate.passage
    nearness = asked.near(one.candidate.vectors)
    heading = f"{passage.title} {passage.heading}"
    return [
        0.7 * float(near) + 0.3 * retriever.covered(asked.words, frozenset(stems(f"{heading} {sentence}")))
        for near, sentence in zip(nearness, passage.sentences, strict=True)
    ]


def _window(sentences: Sequence[str], values: Sequence[float]) -> tuple[int, int]:
    """Up to three sentences that hold the best one and begin with one that can stand alone."""
    best = max(range(len(values)), key=values.__getitem__)
    spans = [
        (start, min(start + _WINDOW, len(sentences)))
        for start in range(max(0, best - _WINDOW + 1), best + 1)
        if start == 0 or not LEANS.match(sentences[start])
    ]
    if not spans:
        return best, min(best + _WINDOW, len(sentences))
    return max(
        spans, key=lambda span: sum(values[span[0] : span[1]]) / (span[1] - span[0]) - 0.01 * (best - span[0])
    )


def _same(words: frozenset[str], vector: Vectors, others: frozenset[str], other: Vectors) -> bool:
    shared = len(words & others) / max(1, min(len(words), len(others)))
    return float(vector @ other) > _REPEATS or shared > _SHARED


def _new(
    asked: Asked, block: Block, seen: Sequence[tuple[frozenset[str], Vectors]]
) -> Iterator[tuple[str, Vectors]]:
    """The two sentences of a further block that come nearest and say what was not said yet."""
    nearness = asked.near(block.vectors)
    found = 0
    for at in np.argsort(-nearness):
        sentence, vector = block.sentences[at], block.vectors[at]
        words = frozenset(stems(sentence))
        if LEANS.match(sentence) or any(_same(words, vector, *other) for other in seen):
            continue
        yield sentence, vector
        found += 1
        if found == 2:
            return
