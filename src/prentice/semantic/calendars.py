"""Units of the calendar: their first and last days, moving by them, and their names. Weeks are ISO."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from prentice.semantic.query import GRAINS, Grain

MONTHS = {
    **{name.lower(): i for i, name in enumerate(calendar.month_name) if name},
    **{name.lower(): i for i, name in enumerate(calendar.month_abbr) if name},
    "sept": 9,
}
WEEKDAYS = {
    **{name.lower(): i + 1 for i, name in enumerate(calendar.day_name)},
    **{"mon": 1, "tue": 2, "tues": 2, "wed": 3, "weds": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5},
}
_COUNTED = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {
    **{word: i for i, word in enumerate(_COUNTED.split(), start=1)},
    **{"fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90},
    **{"a couple of": 2, "couple of": 2, "couple": 2, "a few": 3, "few": 3},
    **{"dozen": 12, "half a dozen": 6},
}


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` to `end`, both included; `unit` where it is one whole unit of the calendar."""

    start: date
    end: date
    unit: Grain | None


def unit_from_word(word: str) -> Grain:
    """'months' -> 'month'. Raises ValueError for a word that is no unit."""
    for grain in GRAINS:
        if word.rstrip("s") == grain:
            return grain
    raise ValueError(f"'{word}' is no unit of the calendar")


def add_months(day: date, months: int) -> date:
    """The same day that many months on, or the month's last where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shift(day: date, unit: Grain, count: int) -> date:
    """`day` moved by `count` units.

    >>> shift(date(2024, 2, 29), "year", 1)
    datetime.date(2025, 2, 28)
    """
    match unit:
        case "day":
            return day + timedelta(days=count)
        case "week":
            return day + timedelta(weeks=count)
        case "month":
            return add_months(day, count)
        case "quarter":
            return add_months(day, 3 * count)
        case "year":
            return add_months(day, 12 * count)


def first_day(unit: Grain, day: date) -> date:
    """The first day of the unit that holds `day`."""
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.isoweekday() - 1)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case "year":
            return date(day.year, 1, 1)


def last_day(unit: Grain, day: date) -> date:
    """The last day of the unit that holds `day`."""
    return shift(first_day(unit, day), unit, 1) - timedelta(days=1)
