"""The rows of one result beside the Query that made them, read by column name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from prentice.ask.contract import Column
from prentice.ask.format import NOTHING, Number, as_number
from prentice.ask.wording import Words, plural
from prentice.semantic.query import Order, Query, Range

Row = Sequence[Any]


@dataclass(frozen=True)
class Sheet:
    """Columns are named as `semantic.query.Query` says: `revenue`, `revenue_previous`, `revenue_share`, …"""

    query: Query
    columns: Sequence[Column]
    rows: Sequence[Row]
    words: Words
    truncated: bool = False

    @cached_property
    def _places(self) -> dict[str, int]:
        return {column.name: place for place, column in enumerate(self.columns)}

    @cached_property
    def metric(self) -> str:
        """The metric that the rows are ordered by, else the first one asked for."""
        ordered = [o.by for o in self.query.order if o.by in self.query.metrics]
        return ordered[0] if ordered else self.query.metrics[0]

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """What the rows are broken down by, the grain aside."""
        return tuple(d for d in self.query.dimensions if d in self._places)

    @cached_property
    def asked(self) -> Range | None:
        """The days that the figures are of; None where the metric stands as it is now."""
        asked = self.query.range
        now = self.words.metric(self.metric).default_range == "now" and self.query.grain is None
        return None if now and (asked is None or asked.assumed) else asked

    @property
    def when(self) -> str:
        return self.words.formats.when(self.asked)

    @property
    def now(self) -> bool:
        """Whether the figures are of now or of days to come, so that the sentence says 'is'."""
        first = self.asked.from_ if self.asked else None
        return self.asked is None or (first is not None and first > self.words.formats.today)

    @property
    def where(self) -> str:
        """The filters, to stand behind a metric."""
        return self.words.filters(self.query.filters, self.metric)

    def has(self, column: str) -> bool:
        return column in self._places

    def cell(self, row: Row, column: str) -> Any:
        """None where the column does not exist, or holds nothing."""
        place = self._places.get(column)
        return None if place is None or place >= len(row) else row[place]

    def number(self, row: Row, column: str) -> Number | None:
        return as_number(self.cell(row, column))

    def unit(self, column: str) -> str | None:
        place = self._places.get(column)
        return None if place is None else self.columns[place].unit

    def figure(self, row: Row, metric: str, part: str = "") -> str:
        """A figure of `metric` as a table shows it; `part` is '_previous', '_change', …"""
        return self.words.figure(metric, self.cell(row, metric + part), self.unit(metric + part))

    def said(self, row: Row, metric: str, part: str = "") -> str:
        """The same in a sentence, with its noun."""
        return self.words.said(metric, self.cell(row, metric + part), self.unit(metric + part))

    def name(self, row: Row) -> str:
        """What the row is about: 'Nordhaven', 'Nordhaven, September 2026'."""
        words = [self.words.value(d, self.cell(row, d), self.metric) for d in self.dimensions]
        if self.query.grain and self.has(self.query.grain):
            words.append(self.bucket(row))
        return ", ".join(words) or NOTHING

    def bucket(self, row: Row, *, short: bool = False) -> str:
        assert self.query.grain is not None
        return self.words.formats.bucket(self.cell(row, self.query.grain), self.query.grain, short=short)

    def noun(self, count: int) -> str:
        """What the rows are: 'brands', 'month', 'combinations of brand and category'."""
        names = [*self.dimensions, *([self.query.grain] if self.query.grain else [])]
        if len(names) == 1:
            return self._noun(names[0], count)
        each = " and ".join(self._noun(n, 1) for n in names)
        return f"combination{'' if count == 1 else 's'} of {each}"

    def _noun(self, name: str, count: int) -> str:
        if name == self.query.grain:
            return name if count == 1 else plural(name)
        return self.words.noun(name, count, self.query.filters, self.metric)

    @cached_property
    def cut(self) -> bool:
        """Whether there may be rows behind the last one, so that it is no lowest, nor the greatest one a
        highest where the rows are in another order."""
        return self.truncated or (self.query.limit is not None and len(self.rows) >= self.query.limit)

    @cached_property
    def whole(self) -> bool:
        """Whether these are all the rows there are, so that their sum is the total."""
        return not (self.cut or self.query.having or self.query.top_per)

    @cached_property
    def leading(self) -> Order | None:
        """The order that was asked for; within each group where the first few of each were."""
        top = self.query.top_per
        return next((o for o in self.query.order if top is None or o.by != top.dimension), None)

    @cached_property
    def ranked_by(self) -> tuple[str, str] | None:
        """The metric, and the part of it ('', '_change', …), that the rows are in order of; None where they
        run by time or by name."""
        if self.leading is None:
            return None if self.query.grain and not self.query.top_per else (self.metric, "")
        by = self.leading.by
        column = next((c for c in self.columns if c.name == by and c.role == "metric"), None)
        if column is None:
            return None
        metric = by if by in self.query.metrics else column.metric or by
        return metric, by.removeprefix(metric)

    def total(self, metric: str, part: str = "") -> Number | None:
        """The sum of all rows; None where rows are missing or do not add up (ratios, sales of two brands)."""
        if not self.whole or not self.words.adds_up(metric, self.dimensions):
            return None
        cells = [self.number(row, metric + part) for row in self.rows]
        known = [float(c) for c in cells if c is not None]
        return round(sum(known), 6) if known else None

    def told(self, metric: str) -> list[Row]:
        """Rows with a figure for `metric`, in the order given."""
        return [row for row in self.rows if self.number(row, metric) is not None]
