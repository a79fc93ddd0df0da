"""The cells of an answer's table as a person reads them. Pure; figures and dates by `ask.format`."""

from __future__ import annotations

from typing import Any

from prentice.ask.contract import Column
from prentice.ask.format import NOTHING, Formats, as_number, kind_of, plain
from prentice.semantic.query import GRAINS

WITHHELD = "withheld (fewer than 11 people)"
NOT_RECORDED = "not recorded"
MINUS = "\N{MINUS SIGN}"  # as wide as a plus, so that figures stand in line


def cell(value: Any, column: Column, formats: Formats, *, withheld: bool = False) -> str:
    """One cell as text.

    `withheld` says that groups of this answer were, so that a missing figure is one of them: it is
    named, never shown as 0 or as nothing.
    """
    if column.role == "dimension":
        return _dimension(value, column.name, formats)
    number = as_number(value)
    if value is None and withheld:
        return WITHHELD
    if number is None:
        return NOTHING if value is None else plain(value)
    shown = formats.figure(number, column.unit).replace("-", MINUS, 1)
    grew = number > 0 and is_change(column) and any(c in "123456789" for c in shown)
    return f"+{shown}" if grew else shown


def _dimension(value: Any, name: str, formats: Formats) -> str:
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "hour" and isinstance(value, int):
        return formats.hour(value)
    if name in GRAINS:
        return formats.bucket(value, name).removeprefix("the ")
    if as_number(value) is not None:
        return formats.figure(value, "count").replace("-", MINUS, 1)
    return plain(value)


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


def sort_key(value: Any) -> str:
    """What the page sorts by: a number as it is, a date as ISO, text without case; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value).casefold()
