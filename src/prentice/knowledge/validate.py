"""What must be true of the corpus as a whole. Each check gives findings; a finding is an error or a remark.

`prentice knowledge validate` prints them and ends with 1 where there is an error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prentice.deid.redact.redactor import Redactor
from prentice.knowledge.corpus import Corpus, Item
from prentice.knowledge.passages import sentences_of
from prentice.knowledge.split import clusters
from prentice.knowledge.vectors import KeptVectors
from prentice.knowledge.words import stems
from prentice.llm.embeddings import Vectors

LEAST_ARTICLES, LEAST_ITEMS = 120, 1_200
NEARLY_THE_SAME = 0.97  # cosine of two questions of different items
HARDEST = 11.0  # school years (Flesch and Kincaid 1975) of an answer for patients; the middle is below 9
_WORDS_A_SENTENCE = 24  # of an answer for patients, in the middle
_FIGURE = re.compile(r"[−-]?\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    level: Literal["error", "remark"]
    check: str
    where: str
    what: str


def findings(corpus: Corpus, kept: KeptVectors | None = None) -> Iterator[Finding]:
    """All checks, in the order of this file. Their shape was held when the corpus was read."""
    kept = kept or KeptVectors()
    vectors = {item.id: kept.of(item.wordings) for item in corpus.items.values()}
    yield from counted(corpus)
    yield from named(corpus)
    yield from repeated(corpus, vectors)
    yield from figures(corpus)
    yield from contradictions(corpus)
    yield from regions(corpus)
    yield from readable(corpus)
    yield from identified(corpus)


def counted(corpus: Corpus) -> Iterator[Finding]:
    for what, least, there in (
        ("articles", LEAST_ARTICLES, len(corpus.articles)),
        ("items", LEAST_ITEMS, len(corpus.items)),
    ):
        if there < least:
            yield Finding("error", "count", "corpus", f"{there} {what}, fewer than {least}")


def named(corpus: Corpus) -> Iterator[Finding]:
    """What one piece names is there: sources, the article, the counterpart; and each source is cited."""
    cited: set[str] = set()
    for piece in corpus.pieces():
        cited.update(piece.sources)
        for source in piece.sources:
            if source not in corpus.sources:
                yield Finding("error", "source", piece.id, f"no source is called {source!r}")
    for article in corpus.articles.values():
        if article.counterpart and article.counterpart not in corpus.articles:
            yield Finding("error", "counterpart", article.id, f"no article is called {article.counterpart!r}")
    for item in corpus.items.values():
        if item.article not in corpus.articles:
            yield Finding("error", "article", item.id, f"no article is called {item.article!r}")
        if item.counterpart and item.counterpart not in corpus.items:
            yield Finding("error", "counterpart", item.id, f"no item is called {item.counterpart!r}")
        folded = _folded(item.answer)
        for fact in item.key_facts:
            if not any(_folded(wording) in folded for wording in fact):
                yield Finding("error", "key fact", item.id, f"the answer does not hold {fact[0]!r}")
    for source in sorted(corpus.sources.keys() - cited):
        yield Finding("error", "source", source, "nothing cites it")


def repeated(corpus: Corpus, vectors: dict[str, Vectors]) -> Iterator[Finding]:
    """The same question twice; two that nearly are; a paraphrase that only turns a word."""
    asked: dict[str, str] = {}
    for item in corpus.items.values():
        for wording in item.wordings:
            key = " ".join(re.findall(r"\w+", wording.lower()))
            if (other := asked.setdefault(key, item.id)) != item.id:
                yield Finding("error", "duplicate", item.id, f"asks the same as {other}: {wording!r}")
        if len({" ".join(sorted(stems(w))) for w in item.wordings}) < len(item.wordings) - 1:
            yield Finding("remark", "paraphrase", item.id, "its wordings hold the same words")
    ids = list(vectors)
    first = np.stack([vectors[id][0] for id in ids])
    near = np.argwhere(np.triu(first @ first.T, 1) > NEARLY_THE_SAME)
    for one, other in near:
        yield Finding("remark", "near-duplicate", ids[one], f"asks nearly the same as {ids[other]}")


def figures(corpus: Corpus) -> Iterator[Finding]:
    """A figure that matters stands in the answer."""
    for item in corpus.items.values():
        told = {_value(found) for found in _FIGURE.findall(item.answer.replace("-", "−"))}
        for number in item.numbers:
            wanted = number.value
            if not any(abs(abs(value) - abs(wanted)) <= max(number.tolerance, 1e-9) for value in told):
                yield Finding(
                    "remark",
                    "figure",
                    item.id,
                    f"{number.about}: {wanted:g} {number.unit} is not in the answer",
                )


def contradictions(corpus: Corpus) -> Iterator[Finding]:
    """One figure, one value: of the same thing, in the same unit and region."""
    told: dict[tuple[str, str, str], list[tuple[Item, float, float]]] = defaultdict(list)
    for item in corpus.items.values():
        for number in item.numbers:
            key = (" ".join(stems(number.about)), number.unit, item.region)
            told[key].append((item, number.value, number.tolerance))
    for (_, unit, _), said in told.items():
        first, value, slack = said[0]
        for item, other, also in said[1:]:
            if abs(value - other) > max(slack, also) + 1e-9:
                about = next(n.about for n in item.numbers if n.value == other)
                yield Finding(
                    "error",
                    "contradiction",
                    item.id,
                    f"{about}: {other:g} {unit}, where {first.id} says {value:g}",
                )


def regions(corpus: Corpus) -> Iterator[Finding]:
    """Counterparts are of two regions; what names one region's law is not told as everybody's."""
    for one, other in corpus.counterparts.items():
        for pieces in (corpus.articles, corpus.items):
            if (
                one in pieces
                and other in pieces
                and one < other
                and pieces[one].region == pieces[other].region
            ):
                yield Finding("error", "region", one, f"its counterpart {other} is of the same region")
    theirs = {"UK": r"\b(?:GOC|NHS|ABDO|DVLA)\b", "US": r"\b(?:FTC|OSHA|HIPAA|Medicare)\b"}
    for item in corpus.items.values():
        there = {region for region, pattern in theirs.items() if re.search(pattern, item.answer)}
        if item.region != "any" and there - {item.region} and item.region not in there:
            yield Finding(
                "remark", "region", item.id, f"is of {item.region} and speaks of {', '.join(there)}"
            )


def readable(corpus: Corpus) -> Iterator[Finding]:
    for item in corpus.items.values():
        if item.audience == "patient" and (years := school_years(item.answer)) > HARDEST:
            yield Finding("remark", "reading level", item.id, f"{years:.0f} years of school, for patients")


def identified(corpus: Corpus) -> Iterator[Finding]:
    """No person's number, address or date in what is shown to everybody."""
    redactor = Redactor()
    for item in corpus.items.values():
        told = f"{item.question}\n{item.answer}"
        for span in redactor.spans(told):
            figures = sum(c.isdigit() for c in told[span.start : span.end])
            if span.type in ("EMAIL", "IP") or (span.type in ("PHONE", "ID") and figures >= 5):
                yield Finding("error", "identifier", item.id, f"holds what looks like {span.type}")


def school_years(text: str) -> float:
    """Flesch and Kincaid's grade (1975): 0.39 words a sentence + 11.8 syllables a word − 15.59.

    >>> school_years("Take the lenses out. Wash your hands first.") < 3
    True
    """
    sentences = list(sentences_of(text))
    words = re.findall(r"[a-z]+", text.lower())
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le") and groups > 1))


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("‑", "-").replace("–", "-").split())


def _value(figure: str) -> float:
    return float(figure.replace("−", "-").replace(",", ""))


def in_one_cluster(corpus: Corpus, kept: KeptVectors) -> list[list[str]]:
    """Groups of items that ask nearly the same, two or more each."""
    vectors = {item.id: kept.of(item.wordings) for item in corpus.items.values()}
    return [group for group in clusters(list(corpus.items.values()), vectors) if len(group) > 1]
