"""Spans of days that words for time stand for: units, quarters, halves, numbered and named days. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from prentice.semantic.calendars import NUMBERS, Span, add_months, first_day, last_day, shift
from prentice.semantic.query import Grain


def number(word: str) -> int:
    """Raises KeyError for a word that is no number."""
    return int(word) if word.isdigit() else NUMBERS[word]


def span_of_year(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31), "year")


def span_of_month(month: int, year: int) -> Span:
    start = date(year, month, 1)
    return Span(start, last_day("month", start), "month")


def latest_month(month: int, today: date) -> Span:
    """The latest one that has begun."""
    return span_of_month(month, today.year if month <= today.month else today.year - 1)


def quarter(number: int, year: int) -> Span:
    start = date(year, 3 * number - 2, 1)
    return Span(start, last_day("quarter", start), "quarter")


def half(number: int, year: int) -> Span:
    start = date(year, 1 if number == 1 else 7, 1)
    return Span(start, add_months(start, 6) - timedelta(days=1), None)


def latest(part: Callable[[int, int], Span], nth: int, year: int | None, today: date) -> Span:
    """The `nth` quarter or half of `year`; where no year is said, the latest one that has begun."""
    if year is None:
        year = today.year if part(nth, today.year).start <= today else today.year - 1
    return part(nth, year)


def day_of(month: int, day: int, year: int | None, today: date) -> Span | None:
    """That day; without a year the latest one up to today. None where no calendar has it."""
    try:
        if year is None:
            found = date(today.year, month, day)
            if found > today:
                found = date(today.year - 1, month, day)
        else:
            found = date(year, month, day)
    except ValueError:
        return None
    return Span(found, found, "day")


def relative(which: str, unit: Grain, today: date) -> Span:
    """'this', 'last', 'next' and 'before last' of a unit; 'this' is whole here and clipped later."""
    start = shift(first_day(unit, today), unit, {"this": 0, "last": -1, "next": 1, "before last": -2}[which])
    return Span(start, last_day(unit, start), unit)


def complete_units(count: int, unit: Grain, today: date) -> Span:
    """The last `count` whole units: the one under way is left out (KPIS.md, "Words for time")."""
    if unit == "day":
        return Span(today - timedelta(days=count), today - timedelta(days=1), None)
    start = first_day(unit, today)
    return Span(shift(start, unit, -count), start - timedelta(days=1), unit if count == 1 else None)


def days_of_month(first: int, last: int, month: date) -> Span | None:
    """The `first` to the `last` day of the month that holds `month`; None where it has no such days."""
    try:
        start, end = month.replace(day=first), month.replace(day=last)
    except ValueError:
        return None
    return Span(start, end, "day" if first == last else None) if start <= end else None


def iso_weeks(first: int, last: int, year: int | None, today: date) -> Span:
    """ISO weeks `first` to `last`; without a year the latest that have begun.

    Raises ValueError for a week that the year does not have.
    """
    if year is None:
        year = today.isocalendar().year
        if date.fromisocalendar(year, first, 1) > today:
            year -= 1
    start, end = date.fromisocalendar(year, first, 1), date.fromisocalendar(year, last, 7)
    return Span(start, end, "week" if first == last else None)


def nth_weekday(weekday: int, nth: int, month: date) -> date:
    """The `nth` such weekday of a month, -1 the last. `weekday` is 1 for Monday to 7."""
    if nth < 0:
        last = last_day("month", month)
        return last - timedelta(days=(last.isoweekday() - weekday) % 7)
    first = first_day("month", month)
    return first + timedelta(days=(weekday - first.isoweekday()) % 7 + 7 * (nth - 1))


def units_with_today(count: int, unit: Grain, today: date, *, as_one: bool) -> Span:
    """ "The last 7 days including today": seven of them. `count` complete weeks or months and what there is
    of this one; `as_one` counts the one under way as the last of them.
    """
    if unit == "day":
        return Span(today - timedelta(days=count - 1), today, None)
    return Span(shift(first_day(unit, today), unit, -count + as_one), today, None)


def day_from(start: date, month: int, day: int) -> Span | None:
    """The first such day from `start` on."""
    found = day_of(month, day, start.year, start)
    return found if found and found.start >= start else day_of(month, day, start.year + 1, start)


def day_up_to(end: date, month: int, day: int) -> Span | None:
    """The last such day up to `end`."""
    found = day_of(month, day, end.year, end)
    return found if found and found.start <= end else day_of(month, day, end.year - 1, end)
