"""The cells of an answer's table as a person reads them. Pure; figures, dates and values by `ask`."""

from __future__ import annotations

from typing import Any

from prentice.ask.contract import Column
from prentice.ask.format import NOTHING, as_number, kind_of, plain
from prentice.ask.wording import Words
from prentice.errors import BadQuery
from prentice.semantic.model import WEEKDAYS
from prentice.semantic.query import GRAINS

WITHHELD = "withheld (fewer than 11 people)"
MINUS = "\N{MINUS SIGN}"  # as wide as a plus, so that figures stand in line


def cell(
    value: Any, column: Column, words: Words, *, metric: str | None = None, withheld: bool = False
) -> str:
    """One cell as text.

    `metric` is the answer's first: some dimensions mean different things for different metrics.
    `withheld` says that groups of this answer were, so that a missing figure is one of them: it is
    named, never shown as 0 or as nothing.
    """
    if column.role == "dimension":
        return _dimension(value, column, words, metric)
    number = as_number(value)
    if value is None and withheld:
        return WITHHELD
    if number is None:
        return NOTHING if value is None else plain(value)
    shown = _figure(value, column, words).replace("-", MINUS, 1)
    grew = number > 0 and is_change(column) and any(c in "123456789" for c in shown)
    return f"+{shown}" if grew else shown


def _figure(value: Any, column: Column, words: Words) -> str:
    if column.metric in words.catalogue.metrics and column.name == column.metric:
        return words.figure(column.metric, value, column.unit)  # with the metric's own decimals
    return words.formats.figure(value, column.unit)


def _dimension(value: Any, column: Column, words: Words, metric: str | None) -> str:
    if column.name in GRAINS:
        return words.formats.bucket(value, column.name).removeprefix("the ")
    try:
        return words.value(column.name, value, metric)
    except BadQuery:  # a column that is no dimension of the catalogue
        return NOTHING if value is None else plain(value)


def is_change(column: Column) -> bool:
    """A difference from another period: its sign is part of it."""
    return column.name.endswith(("_change", "_change_pct"))


def is_money(column: Column) -> bool:
    return column.role == "metric" and kind_of(column.unit) == "money"


def heading(column: Column) -> str:
    """What stands over a column.

    >>> heading(Column(name="units_sold", role="metric"))
    'Units sold'
    """
    text = column.label or column.name.replace("_pct", " %").replace("_", " ")
    return text[:1].upper() + text[1:]


def sort_key(value: Any, column: Column) -> str:
    """What the page sorts by: a number as it is, a date as ISO, a weekday by its place in the week,
    text without case; empty for nothing.

    >>> sort_key("Wednesday", Column(name="weekday", role="dimension"))
    '2'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if column.name == "weekday" and value in WEEKDAYS:
        return str(WEEKDAYS.index(value))
    return str(value).casefold()
