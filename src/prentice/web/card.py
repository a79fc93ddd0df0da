"""An Answer made ready for the page: every text formatted, nothing left for the template to decide. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prentice.ask.contract import Answer
from prentice.ask.format import Formats
from prentice.tenancy.scope import TenantScope
from prentice.web.cells import NOT_RECORDED, WITHHELD, cell, heading, sort_key
from prentice.web.emphasis import Piece, changed, sentence
from prentice.web.working import Working, working

SHOWN_AT_FIRST = 10
ON_PAGE = 500  # rows beyond this are in the CSV: a longer page helps nobody


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    figure: bool
    name: str


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
    row_headers: int  # this many leading columns name the row

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
    """What one answer looks like. `context` are the questions before it, oldest first."""

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
    chart: Sequence[str] = (),
) -> Card:
    formats = Formats.of(scope)
    return Card(
        asked=asked,
        context=tuple(context),
        tenant=scope.slug,
        answer=answer,
        sentence=tuple(sentence(answer)),
        chips=tuple(
            Chip(u.words, tuple(Option(o, changed(o, asked)) for o in u.options)) for u in answer.understood
        ),
        table=_table(answer, formats),
        chart=tuple(chart),
        working=working(answer, formats),
        downloads=bool(answer.rows),
    )


def _table(answer: Answer, formats: Formats) -> Table | None:
    """None where one figure is the whole answer: the sentence has said it."""
    if not answer.rows or (len(answer.rows) == 1 and len(answer.columns) == 1):
        return None
    withheld = answer.withheld > 0
    rows = []
    for row in answer.rows[:ON_PAGE]:
        cells = []
        for value, column in zip(row, answer.columns, strict=True):
            text = cell(value, column, formats, withheld=withheld)
            faint = value is None or text in (WITHHELD, NOT_RECORDED)
            cells.append(Cell(text, sort_key(value), column.role == "metric", faint))
        rows.append(tuple(cells))
    leading = 0
    while leading < len(answer.columns) and answer.columns[leading].role == "dimension":
        leading += 1
    return Table(
        headings=tuple(Heading(heading(c), c.role == "metric", c.name) for c in answer.columns),
        rows=tuple(rows),
        total=len(answer.rows),
        row_headers=min(leading, 1),
    )


def anchor(trace_id: str) -> str:
    """`trace_id` as part of an element's id."""
    return re.sub(r"[^A-Za-z0-9-]", "", trace_id) or "answer"
