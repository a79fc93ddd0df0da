"""An Answer made ready for the page: every text formatted, nothing left for the template to decide. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prentice.ask.cited import Source, Told, told
from prentice.ask.contract import Answer, Understood
from prentice.ask.format import Formats
from prentice.ask.wording import Words
from prentice.semantic.model import Catalogue
from prentice.tenancy.scope import TenantScope
from prentice.web import solution
from prentice.web.cells import WITHHELD, cell, heading, sort_key
from prentice.web.emphasis import Piece, sentence, told_apart
from prentice.web.solution import Worked
from prentice.web.working import Working, working

SHOWN_AT_FIRST = 10
ON_PAGE = 500  # rows beyond this are in the CSV: a longer page helps nobody


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    figure: bool


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    key: str  # what it sorts by
    figure: bool
    faint: bool  # not recorded, withheld


@dataclass(frozen=True, slots=True)
class Table:
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int  # rows of the answer, on the page or not
    named: bool  # the first column names the row

    @property
    def folded(self) -> bool:
        return len(self.rows) > SHOWN_AT_FIRST


@dataclass(frozen=True, slots=True)
class Option:
    question: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Chip:
    words: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What one answer looks like. `context` are the questions before it, oldest first.

    `said`: sentences with the marks of their sources. `worked`: a calculation. `halves`: of a compound
    answer, each a card with its own evidence, shown in place of this one's. `key` tells its ids from others'.
    """

    asked: str
    context: tuple[str, ...]
    tenant: str
    answer: Answer
    sentence: tuple[Piece, ...]
    chips: tuple[Chip, ...]
    table: Table | None
    chart: tuple[str, ...]  # SVG markup of our own drawing: one, or a narrow and a wide one
    working: Working | None
    downloads: bool
    key: str
    said: Told
    worked: Worked | None
    halves: tuple[Card, ...]

    @property
    def cites(self) -> bool:
        """Whether it is the expert's: read as sentences with their sources."""
        return bool(self.said.sources or self.said.urgent)

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.said.sources

    @property
    def lacks_a_value(self) -> bool:
        """Whether a calculation waits for what the next turn says."""
        return self.answer.code == "value_missing"

    @property
    def carried_on(self) -> tuple[str, ...]:
        """The context of whatever is asked next."""
        return (*self.context, self.asked)


def card(
    answer: Answer,
    *,
    asked: str,
    context: Sequence[str],
    scope: TenantScope,
    catalogue: Catalogue,
    chart: Sequence[str] = (),
    half: int = 0,
) -> Card:
    """`half`: which half of a compound answer it is, from 1."""
    formats = Formats.of(scope)
    key = anchor(answer.trace_id) + (f"-{half}" if half else "")
    text = _without_lists(answer)

    def part(place: int, one: Answer) -> Card:
        one = one.model_copy(update={"trace_id": answer.trace_id})
        drawn = chart if one.chart else ()
        return card(
            one, asked=asked, context=context, scope=scope, catalogue=catalogue, chart=drawn, half=place
        )

    return Card(
        asked=asked,
        context=tuple(context),
        tenant=scope.slug,
        answer=answer,
        sentence=tuple(solution.result(text, answer.steps) if answer.steps else sentence(answer, text)),
        chips=tuple(_chip(understood, asked) for understood in answer.understood),
        table=_table(answer, Words(catalogue, formats)),
        chart=tuple(chart),
        working=working(answer, formats),
        downloads=bool(answer.rows),
        key=key,
        said=told(answer, text),
        worked=solution.worked(answer, key),
        halves=tuple(part(place, one) for place, one in enumerate(answer.parts, 1)),
    )


def _chip(understood: Understood, asked: str) -> Chip:
    told = told_apart(understood.options, asked)
    options = (Option(o, pieces) for o, pieces in zip(understood.options, told, strict=True))
    return Chip(understood.words, tuple(options))


_CLOSING = re.compile(r"\s[^.?!:]*:\s*$")


def _without_lists(answer: Answer) -> str:
    """The text without what the page shows beside it: the offered questions, and the notes."""
    text = answer.answer
    offers = " / ".join(answer.alternatives[:4])
    if offers and text.endswith(offers):
        text = _CLOSING.sub("", text.removesuffix(offers))
    for note in reversed(answer.notes):
        text = text.removesuffix(note).rstrip()
    return text or answer.answer


def _table(answer: Answer, words: Words) -> Table | None:
    """None where one figure is the whole answer: the sentence has said it."""
    if not answer.rows or (len(answer.rows) == 1 and len(answer.columns) == 1):
        return None
    rows = tuple(_row(answer, row, words) for row in answer.rows[:ON_PAGE])
    headings = tuple(Heading(heading(c), c.role == "metric") for c in answer.columns)
    if len(rows) == 1 and all(h.figure for h in headings):
        turned = zip(headings, rows[0], strict=True)  # several figures of one thing read better downwards
        rows = tuple((Cell(h.text, h.text, figure=False, faint=False), value) for h, value in turned)
        headings = (Heading("Measure", False), Heading("Figure", True))
        return Table(headings, rows, len(rows), named=True)
    return Table(headings, rows, len(answer.rows), named=not headings[0].figure)


def _row(answer: Answer, row: Sequence[Any], words: Words) -> tuple[Cell, ...]:
    metric = next((c.metric for c in answer.columns if c.metric), None)
    withheld = answer.withheld > 0
    return tuple(
        Cell(
            text=(text := cell(value, column, words, metric=metric, withheld=withheld)),
            key=sort_key(value, column),
            figure=column.role == "metric",
            faint=value is None or text == WITHHELD,
        )
        for value, column in zip(row, answer.columns, strict=True)
    )


def anchor(trace_id: str) -> str:
    """`trace_id` as part of an element's id."""
    return re.sub(r"[^A-Za-z0-9-]", "", trace_id) or "answer"
