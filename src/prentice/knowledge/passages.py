"""What is looked for and quoted: passages of a few sentences, of articles, answers, documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from prentice.knowledge.corpus import Article, Corpus, Item

Kind = Literal["article", "answer", "document"]
MOST_WORDS = 110  # of a passage: well within the 256 tokens that are embedded

# A full stop that ends no sentence: after an abbreviation, or a number in front of a bullet.
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|vs|cf|fig|no|nos|dr|mr|mrs|ms|st|ed|vol|pp?|min|max|para|sec|art|reg|inc|ltd|u\.s)"
    r"|^\s*\d{1,2})\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s)")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_RULE = re.compile(r"\s*\|?\s*:?-{3,}")


@dataclass(frozen=True, slots=True)
class Passage:
    """`sentences` are quoted as they stand. `wordings`: of an answer, the questions that it answers; `also`:
    further ways of asking them, for the search alone.

    `document` is the article's, item's or document's id; `part` its place there, from 0.
    """

    document: str
    part: int
    kind: Kind
    title: str
    heading: str
    sentences: tuple[str, ...]
    audience: str
    region: str
    topic: str
    sources: tuple[str, ...]
    wordings: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.document}#{self.part}"

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def indexed(self) -> str:
        """What is embedded: a passage alone does not say what it is about, its headings do."""
        return ". ".join(part for part in (self.title, self.heading, self.text) if part)


def of_corpus(corpus: Corpus) -> Iterator[Passage]:
    for article in corpus.articles.values():
        yield from of_article(article)
    for item in corpus.items.values():
        yield of_item(item, corpus.articles[item.article].title, corpus.also.get(item.id, ()))


def of_article(article: Article) -> Iterator[Passage]:
    cut = enumerate(cut_markdown(article.text))
    for part, (heading, sentences) in cut:
        yield Passage(
            document=article.id,
            part=part,
            kind="article",
            title=article.title,
            heading="" if heading == article.title else heading,
            sentences=sentences,
            audience=article.audience,
            region=article.region,
            topic=article.topic,
            sources=tuple(article.sources),
        )


def of_item(item: Item, title: str, also: tuple[str, ...] = ()) -> Passage:
    return Passage(
        document=item.id,
        part=0,
        kind="answer",
        title=title,
        heading=item.question,
        sentences=tuple(sentences_of(item.answer)),
        audience=item.audience,
        region=item.region,
        topic=item.topic,
        sources=tuple(item.sources),
        wordings=tuple(item.wordings),
        also=also,
    )


def cut_markdown(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Heading and sentences of each passage: blocks of one section together, up to 110 words.

    >>> list(cut_markdown("# Sag\\n\\nSag is a depth. It has a unit.\\n\\n## Use\\n- One reads it.\\n- Two."))
    [('Sag', ('Sag is a depth.', 'It has a unit.')), ('Use', ('One reads it.', 'Two.'))]
    """
    heading = ""
    held: list[str] = []
    for block in _blocks(text):
        if block.startswith("#"):
            yield from _flush(heading, held)
            heading = block.lstrip("#").strip()
            continue
        found = list(sentences_of(block))
        if held and _words(held) + _words(found) > MOST_WORDS:
            yield from _flush(heading, held)
        for sentence in found:
            if held and _words(held) + len(sentence.split()) > MOST_WORDS:
                yield from _flush(heading, held)
            held.append(sentence)
    yield from _flush(heading, held)


def sentences_of(text: str) -> Iterator[str]:
    """Sentences as they stand, with white space made one blank.

    >>> list(sentences_of("Order 1.67, e.g. for −6.00 D. Check the PD."))
    ['Order 1.67, e.g. for −6.00 D.', 'Check the PD.']
    """
    text = " ".join(text.replace("**", "").replace("`", "").split())
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        if _NO_END.search(piece):
            continue
        yield piece.strip()
        start = end.end()
    if rest := text[start:].strip():
        yield rest


def _blocks(text: str) -> Iterator[str]:
    """Headings, paragraphs, list items and table rows of Markdown, each as one line."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        bare = line.strip()
        starts = bare.startswith("#") or _BULLET.match(line) or bare.startswith("|")
        if lines and (not bare or starts):
            yield " ".join(lines)
            lines = []
        if bare.startswith("#"):
            yield bare
        elif bare.startswith("|"):
            cells = [cell.strip() for cell in bare.strip("|").split("|")]
            if not _RULE.match(bare):
                yield ": ".join([cells[0], ", ".join(filter(None, cells[1:]))]).rstrip(": ") + "."
        elif bare:
            bullet = _BULLET.match(line)  # at its beginning alone: "number 884213. It" holds none
            lines.append(line[bullet.end() if bullet else 0 :].strip())


def _flush(heading: str, held: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if held:
        yield heading, tuple(held)
        held.clear()


def _words(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)
