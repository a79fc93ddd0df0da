"""An expert's text cut into sentences with the numbers of their sources, paragraph by paragraph. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prentice.ask.contract import Answer, Citation
from prentice.ask.knowing import FORMULA

_INTRODUCES = re.compile(
    r"(?<=[.!?]) (?=[^.!?]+:$)"
)  # before "In general:", which stands with what it introduces
CARE = "Seek care now"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that holds sentences of the answer: `quotes` are its words, in the order they are said."""

    number: int
    title: str
    source: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A sentence or what stands between two. `end` is its last word, which stays with the mark; `source` is
    None where nothing is cited: our own words. `quote`: the passage's words, which may be others."""

    text: str
    end: str = ""
    source: Source | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """`urgent` is the advice that stands first, without the heading that it is shown under."""

    urgent: str
    paragraphs: tuple[tuple[Run, ...], ...]
    sources: tuple[Source, ...]


def told(answer: Answer, text: str) -> Told:
    """`text` of the answer with the source of each cited sentence; passages are numbered as they first come.

    >>> one = Citation(id="a#0", title="Floaters", source="Kanski", quote="They drift.")
    >>> said = told(Answer(kind="knowledge", answer="", citations=[one]), "Mostly harmless: They drift.")
    >>> [[(run.text + run.end, run.source and run.source.number) for run in p] for p in said.paragraphs]
    [[('Mostly harmless:', None), ('They drift.', 1)]]
    """
    cited = [c for c in answer.citations if c.id != FORMULA]
    sources = _sources(cited)
    paragraphs: list[list[Run]] = []
    at = 0
    before: Source | None = None
    for citation in cited:
        words = citation.said or citation.quote
        start = text.find(words, at)
        if start < 0 or not words:
            continue  # said in other words: it stands among the sources alone
        if own := text[at:start].strip():
            paragraphs += [[Run(part)] for part in _INTRODUCES.split(own)]
        head, end = _last_word(words)
        source = sources[citation.id]
        run = Run(head, end, source, citation.quote)
        adds = before is not None and before.number == 1 != source.number
        if (own and not own.endswith(":")) or (adds and not own):
            paragraphs.append([run])  # after our own words; what others add to the first passage
        elif paragraphs:
            paragraphs[-1].append(run)
        else:
            paragraphs.append([run])
        at, before = start + len(words), source
    if rest := text[at:].strip():
        paragraphs.append([Run(rest)])
    leads = answer.code == "urgent" and paragraphs and paragraphs[0][0].source is None
    urgent = _advice(paragraphs.pop(0)) if leads else ""
    return Told(urgent, tuple(tuple(p) for p in paragraphs), tuple(sources.values()))


def _sources(cited: Sequence[Citation]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for citation in cited:
        before = found.get(citation.id)
        quotes = (*before.quotes, citation.quote) if before else (citation.quote,)
        number = before.number if before else len(found) + 1
        found[citation.id] = Source(number, citation.title, citation.source, quotes)
    return found


def _last_word(sentence: str) -> tuple[str, str]:
    """What stands before the last word, with its space, and that word.

    >>> _last_word("Do not drive."), _last_word("No.")
    (('Do not ', 'drive.'), ('', 'No.'))
    """
    head, space, end = sentence.rpartition(" ")
    return head + space, end


def _advice(paragraph: Sequence[Run]) -> str:
    text = "".join(run.text + run.end for run in paragraph).removeprefix(f"{CARE}:").strip()
    return text[:1].upper() + text[1:]
