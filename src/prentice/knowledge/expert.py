"""The expert: one question to one reply, each sentence of which stands in a passage.

urgent? -> personal? -> embed -> search -> ground -> sure enough? -> other region? -> reply
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from prentice.knowledge.confidence import FIELD, confidence
from prentice.knowledge.corpus import Corpus, Source
from prentice.knowledge.ground import Cited, Grounded, grounded
from prentice.knowledge.index import CorpusIndex
from prentice.knowledge.passages import Passage, of_corpus, of_item
from prentice.knowledge.personal import personal
from prentice.knowledge.retrieve import Asked, More, Ranked, Retriever
from prentice.knowledge.urgent import Urgent, urgent
from prentice.llm.embeddings import minilm

SURE = 0.86  # below it an answer says that it may not be to the point, and nothing is said beside who decides


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
    confidence: float = 0.0  # that it is right, if it is of the field
    sure: float = 0.0  # that it is both
    near: tuple[str, ...] = ()
    sign: str = ""  # of an urgent one: its name
    whole: bool = False  # the corpus answers this very question
    written: bool = False  # a model put `said` into words
    asked: Asked | None = field(default=None, compare=False, repr=False)
    found: tuple[Ranked, ...] = field(default=(), compare=False, repr=False)

    @property
    def unsure(self) -> bool:
        """Whether it must be said that the passages may speak of something else."""
        return self.outcome is Outcome.answered and not self.whole and self.sure < SURE


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
        sure = confidence(asked, ground, ranked, self.retriever)
        if decides:
            said = ground.said[:3] if min(sure.field, sure.right) >= SURE else ()
            return Reply(Outcome.personal, decides, said, confidence=0.9)
        if asked.strange and not _holds(ground, asked.strange):
            return Reply(Outcome.unknown, lead=asked.strange, confidence=0.2)
        if sure.field < FIELD or not any(word.isalpha() for word in asked.words):
            near = self._near(ranked) if sure.field >= FIELD / 3 else ()
            return Reply(Outcome.unknown, near=near, confidence=min(sure.field, sure.right))
        apart, apart_region = self._apart(ground.said[0].passage, asked)
        return Reply(
            Outcome.answered,
            "",
            ground.said,
            apart,
            apart_region,
            confidence=sure.right,
            sure=sure.whole,
            near=self._near(ranked[1:]) if sure.whole < SURE and not ground.whole else (),
            whole=ground.whole,
            asked=asked,
            found=tuple(ranked),
        )

    def source(self, passage: Passage) -> list[Source]:
        return list(self.corpus.cited(list(passage.sources)))

    def _urgent(self, sign: Urgent, asked: Asked, more: More | None) -> Reply:
        ranked = self.retriever.search(asked, more)
        ground = grounded(asked, ranked, self.retriever)
        sure = confidence(asked, ground, ranked, self.retriever)
        said = ground.said[:4] if sure.field >= FIELD else ()
        return Reply(Outcome.urgent, sign.advice, said, confidence=0.95, sign=sign.name)

    def _apart(self, passage: Passage, asked: Asked) -> tuple[tuple[Cited, ...], str]:
        """What the other region's item says of the same thing, unless the question named its region."""
        other = self.corpus.items.get(self.corpus.counterparts.get(passage.document, ""))
        if other is None or asked.stated or other.region == passage.region:
            return (), ""
        there = of_item(other, self.corpus.articles[other.article].title)
        return tuple(Cited(s, there) for s in there.sentences[:2]), other.region

    def _near(self, ranked: Sequence[Ranked]) -> tuple[str, ...]:
        found = [r.candidate.passage.wordings[0] for r in ranked if r.candidate.passage.wordings]
        return tuple(dict.fromkeys(found))[:3]


def _holds(ground: Grounded, name: str) -> bool:
    """Whether what would be said speaks of it: one of the practice's own documents may."""
    told = " ".join(f"{c.passage.title} {c.sentence}" for c in ground.said).lower()
    return all(word.lower() in told for word in name.split())
