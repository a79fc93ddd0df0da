"""The expert: one question to one reply, each sentence of which stands in a passage.

urgent? -> personal? -> embed -> search -> ground -> sure enough? -> other region? -> reply
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from prentice.knowledge.corpus import Corpus, Source
from prentice.knowledge.ground import Cited, Grounded, grounded
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import Passage, of_corpus, of_item
from prentice.knowledge.personal import personal
from prentice.knowledge.retrieve import Asked, More, Ranked, Retriever
from prentice.knowledge.urgent import Urgent, urgent
from prentice.llm.embeddings import minilm

# Below the second nothing is known: just above the nearest question off the subject, of those that
# `tests/knowledge/test_ground.py` holds (0.531). From the first on it is said beside who decides.
SURE, UNSURE = 0.60, 0.54


class Outcome(StrEnum):
    answered = "answered"
    unknown = "unknown"  # nothing supports an answer
    urgent = "urgent"  # begins with the advice to seek care
    personal = "personal"  # asks for a diagnosis, a prescription or a change of medicine


@dataclass(frozen=True, slots=True)
class Reply:
    """`said`: sentences with the passage that holds each. `lead`: our own words, before them. `apart`: what
    holds in the other region, where it differs. `near`: questions that could be answered instead. `asked` and
    `found`: what was looked for, and the passages that were found, best first; of one that is answered."""

    outcome: Outcome
    lead: str = ""
    said: tuple[Cited, ...] = ()
    apart: tuple[Cited, ...] = ()
    apart_region: str = ""
    confidence: float = 0.0
    near: tuple[str, ...] = ()
    sign: str = ""  # of an urgent one: its name
    whole: bool = False  # the corpus answers this very question
    written: bool = False  # a model put `said` into words
    asked: Asked | None = field(default=None, compare=False, repr=False)
    found: tuple[Ranked, ...] = field(default=(), compare=False, repr=False)


class Expert:
    """Safe to use from several threads."""

    def __init__(self, corpus: Corpus, retriever: Retriever) -> None:
        self.corpus = corpus
        self.retriever = retriever

    @classmethod
    @cache
    def open(cls) -> Expert:
        """On the whole corpus; the same one for all in this process, who only read it."""
        corpus = Corpus.load()
        return cls(corpus, Retriever(CorpusIndex(list(of_corpus(corpus))), minilm()))

    def reply(self, question: str, region: str = "any", more: More | None = None) -> Reply:
        """`region` is the practice's own; a question may name another. `more` searches its documents."""
        asked = self.retriever.asked(question, region)
        if sign := urgent(question, asked.region):
            return self._urgent(sign, asked, more)
        decides = personal(question)
        ranked = self.retriever.search(asked, more)
        ground = grounded(asked, ranked, self.retriever)
        sure = confidence(ground, ranked)
        if decides:
            said = ground.said[:3] if sure >= SURE else ()
            return Reply(Outcome.personal, decides, said, confidence=0.9)
        if asked.strange and not _holds(ground, asked.strange):
            return Reply(Outcome.unknown, lead=asked.strange, confidence=0.2)
        if sure < UNSURE or not ground.said or not any(word.isalpha() for word in asked.words):
            return Reply(Outcome.unknown, near=self._near(ranked, sure), confidence=sure)
        apart, apart_region = self._apart(ground.said[0].passage, asked)
        return Reply(
            Outcome.answered,
            "",
            ground.said,
            apart,
            apart_region,
            confidence=sure,
            whole=ground.whole,
            asked=asked,
            found=tuple(ranked),
        )

    def source(self, passage: Passage) -> list[Source]:
        return list(self.corpus.cited(list(passage.sources)))

    def _urgent(self, sign: Urgent, asked: Asked, more: More | None) -> Reply:
        ranked = self.retriever.search(asked, more)
        ground = grounded(asked, ranked, self.retriever)
        said = ground.said[:4] if confidence(ground, ranked) >= UNSURE else ()
        return Reply(Outcome.urgent, sign.advice, said, confidence=0.95, sign=sign.name)

    def _apart(self, passage: Passage, asked: Asked) -> tuple[tuple[Cited, ...], str]:
        """What the other region's item says of the same thing, unless the question named its region."""
        other = self.corpus.items.get(self.corpus.counterparts.get(passage.document, ""))
        if other is None or asked.stated or other.region == passage.region:
            return (), ""
        there = of_item(other, self.corpus.articles[other.article].title)
        return tuple(Cited(s, there) for s in there.sentences[:2]), other.region

    def _near(self, ranked: Sequence[Ranked], sure: float) -> tuple[str, ...]:
        if sure < UNSURE - 0.12:
            return ()  # nothing of this is known: what would be offered is as far off as the question
        found = [r.candidate.passage.wordings[0] for r in ranked if r.candidate.passage.wordings]
        return tuple(dict.fromkeys(found))[:3]


def _holds(ground: Grounded, name: str) -> bool:
    """Whether what would be said speaks of it: one of the practice's own documents may."""
    told = " ".join(f"{c.passage.title} {c.sentence}" for c in ground.said).lower()
    return all(word.lower() in told for word in name.split())


def confidence(ground: Grounded, ranked: Sequence[Ranked]) -> float:
    """0 to 1: how sure it is that the passages speak of what was asked."""
    if not ranked or not ground.said:
        return 0.0
    best = ranked[0]
    near = max(best.candidate.wording, best.candidate.cosine)
    return min(1.0, 0.55 * near + 0.30 * best.covered + 0.15 * ground.score + (0.1 if ground.whole else 0.0))
