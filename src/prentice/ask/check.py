"""Does what ran answer what was asked? Compared with the words themselves, apart from how they were planned.

A typed Query does not by itself prevent answering a different question: each date, ranking number and
name in the question must be found again in the Query, and the rows must have the Query's shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from prentice.planner.phrasing import values_of
from prentice.planner.reading import Reading
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.query import Query, Scalar
from prentice.semantic.statement import ResultColumn


def passed_over(reading: Reading, query: Query, today: date) -> str | None:
    """The part of the question that the Query does not hold, in its own words; None where all is there."""
    return _time(reading, query, today) or _names(reading, query) or _number(reading, query)


def _time(reading: Reading, query: Query, today: date) -> str | None:
    """Each time that was said begins or ends the range, or what it is compared with."""
    ends = {
        day
        for r in (query.range, query.compare.range if query.compare else None)
        if r is not None
        for day in (r.from_, r.to)
    }
    for time in reading.times:
        if time.role == "compare":
            if query.compare is None and query.range is None:
                return time.words
            continue
        if query.range is not None and f"{query.range.words} ".startswith(f"{time.words} "):
            continue  # the diary looks ahead: "on 5 November" may be the coming one
        if time.range.from_ == time.range.to == today and query.range is None:
            continue  # "in stock today": stock is always today's
        if not {time.range.from_, time.range.to} & (ends - {None}) and not (
            query.range is None and query.having
        ):
            return time.words
    return None


def _names(reading: Reading, query: Query) -> str | None:
    """A stored name that was typed as it stands, and is no word of the trade, is a value of some filter."""
    said = {str(value).casefold() for value in _values(query)}
    for mention in reading.mentions:
        exact = {m.value.casefold() for m in mention.matches if m.exact}
        other = any(s.kind in ("metric", "dimension", "value", "grain") for s in mention.senses)
        if exact and not exact & said and not other:
            return mention.text
    return None


def _number(reading: Reading, query: Query) -> str | None:
    """A ranking number stands as the limit; a bound as a condition."""
    limits = {query.limit, query.top_per.limit if query.top_per else None}
    if not query.dimensions and not query.grain:
        return None  # a bound on a single figure is a yes-or-no question: the figure answers it
    bounds = [v for v in _values(query) if isinstance(v, int | float) and not isinstance(v, bool)]
    for index, value in reading.numbers:
        near = value in limits or any(abs(value - b) < 1e-9 or abs(value / 100 - b) < 1e-9 for b in bounds)
        if not near and reading.tokens[index].text != "one":
            return reading.tokens[index].text
    return None


def _values(query: Query) -> Iterator[Scalar]:
    for condition in iter_conditions((*query.filters, *query.having)):
        yield from (value for value in values_of(condition) if value is not None)


def misshapen(query: Query, columns: Sequence[ResultColumn], rows: Sequence[Sequence[Any]]) -> str | None:
    """What is wrong with the rows' shape, for the log; None where it is as the Query says."""
    if query.limit is not None and query.top_per is None and len(rows) > query.limit:
        return "more rows than the limit"
    if any(len(row) != len(columns) for row in rows):
        return "a row of another width"
    if not query.dimensions and query.grain is None and len(rows) > 1:
        return "several rows without a breakdown"
    keys = [i for i, c in enumerate(columns) if c.role == "dimension"]
    if keys and len({tuple(repr(row[i]) for i in keys) for row in rows}) != len(rows):
        return "the same group twice"
    if query.grain and query.range and query.range.from_ and query.range.to:
        last = query.range.to.isoformat()
        at = next((i for i, c in enumerate(columns) if c.name == query.grain), None)
        if at is not None and any(row[at] is not None and str(row[at])[:10] > last for row in rows):
            return "a date outside the range"
    return None
