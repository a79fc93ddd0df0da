"""Days told by number: 5/10/2026, "5 October", "October 5-12", "the 15th"."""

from __future__ import annotations

import re
from datetime import date

from prentice.semantic.calendars import MONTHS, Span, add_months
from prentice.semantic.time_vocabulary import DAY, MONTH, TO, VOID, WEEKDAY, YEAR, Rule, rule
from prentice.semantic.time_words import day_from, day_of, day_up_to, days_of_month, span_of_month

_DM = r"(\d{1,2})[/.](\d{1,2})"
_DM_RANGE = r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?"
_NTH = r"(\d{1,2})(?:st|nd|rd|th)"
# "the 15th" is a day at the end of what is said or before a word that no noun is: "the 2nd pair" is none.
_NO_NOUN = (
    r"(?=\s*(?:$|[?!,;:)]|\.(?!\d)|(?:and|or|to|until|till|through|by|vs|versus|compared|for|at|from|in|was|were"
    r"|did|up|with|before|after|of (?:last|this|the|next) (?:month|\w+ month))\b))"
)
_NTH_DAYS = re.compile(rf"(?:between |from |on )?(?:the )?{_NTH}(?:\s*(?:and|up to|{TO})\s*(?:the )?{_NTH})?")


def _numeric(a: str, b: str, year: str | None, today: date, day_first: bool) -> Span | None:
    """The day that two numbers name, in the country's order, or in the only one that makes a date."""
    day, month = (int(a), int(b)) if day_first else (int(b), int(a))
    if month > 12 >= day:
        day, month = month, day
    if not 1 <= month <= 12:
        return None
    return day_of(month, day, _full_year(year), today)


def _full_year(year: str | None) -> int | None:
    return None if year is None else int(year) + (2000 if len(year) == 2 else 0)


def _numeric_range(m: re.Match[str], today: date, day_first: bool) -> Span | None:
    """Both ends in one order of day and month and, where no year is said, in the latest year that fits."""
    a, b, first_year, c, d, last_year = m.groups()
    for order in (day_first, not day_first):
        (day, month), (last_day, last_month) = ((a, b), (c, d)) if order else ((b, a), (d, c))
        if int(month) > 12 or int(last_month) > 12:
            continue
        end = day_of(int(last_month), int(last_day), _full_year(last_year), today)
        start = day_of(int(month), int(day), _full_year(first_year), end.end if end else today)
        if start is None or end is None:
            continue
        if first_year and not last_year:
            end = day_from(start.start, int(last_month), int(last_day))
        elif not first_year:
            start = day_up_to(end.start, int(month), int(day))
        if start and end and start.start <= end.end:
            return Span(start.start, end.end, None)
    return None


def nth_days(words: str) -> tuple[int, int] | None:
    """The days that "the 15th" and "from the 5th to the 12th" count out of a month that is not said."""
    m = _NTH_DAYS.fullmatch(words.strip())
    return (int(m[1]), int(m[2] or m[1])) if m else None


def _latest_days(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """Those days of the latest month that has them and whose first has come."""
    days = nth_days(m[0])
    if days is None:
        return None
    for back in range(4):  # of four months in a row at least two have 31 days
        span = days_of_month(*days, add_months(today.replace(day=1), -back))
        if span and span.start <= today:
            return span
    return None


def _days_after_month(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """ "October 5-12", "Oct 5 to 12, 2025"."""
    last = day_of(MONTHS[m[1]], int(m[3]), int(m[4]) if m[4] else None, today)
    return days_of_month(int(m[2]), int(m[3]), last.start.replace(day=1)) if last else None


def _days_before_month(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """ "1-14 September", "between the 5th and the 12th of October", "3rd and 4th of October"."""
    first, last = int(m[2]), int(m[4])
    if m["and"] and not m["between"] and last != first + 1:  # two days apart are no range
        return VOID if first < last else None
    year = int(m[6]) if m[6] else today.year - (m["which"] == "last") if m["which"] else None
    start = day_of(MONTHS[m[5]], first, year, today)
    return days_of_month(first, last, start.start.replace(day=1)) if start else None


DATE_RULES: tuple[Rule, ...] = (
    rule(r"(\d{4})-(\d\d?)-(\d\d?)", lambda m, t, f: day_of(int(m[2]), int(m[3]), int(m[1]), t)),
    rule(rf"{_DM}[/.](\d{{4}}|\d\d)", lambda m, t, f: _numeric(m[1], m[2], m[3], t, f)),
    rule(r"(\d{1,2})-(\d{1,2})-(\d{4})", lambda m, t, f: _numeric(m[1], m[2], m[3], t, f)),
    rule(r"(\d{4})/(\d\d)/(\d\d)", lambda m, t, f: day_of(int(m[2]), int(m[3]), int(m[1]), t)),
    rule(
        r"(?!24/7)(\d{1,2})/(\d{1,2})(?!\.\d| (?:price[ds]?|off|of|size|pairs?|vision|acuity)\b|%)",
        lambda m, t, f: _numeric(m[1], m[2], None, t, f),
    ),
    rule(rf"(?:from )?{_DM_RANGE}\s*(?:up to|{TO})\s*{_DM_RANGE}", _numeric_range),
    rule(rf"between {_DM_RANGE}\s*(?:and|to|-)\s*{_DM_RANGE}", _numeric_range),
    rule(
        rf"(?:{WEEKDAY},? )?(?:the )?{DAY}(?: of)? {MONTH}(?:,? {YEAR})?",
        lambda m, t, f: day_of(MONTHS[m[3]], int(m[2]), int(m[4]) if m[4] else None, t),
    ),
    rule(
        rf"(?:{WEEKDAY},? )?(?:the )?{DAY}(?: of)? {MONTH} (?:of )?(last|this) year",
        lambda m, t, f: day_of(MONTHS[m[3]], int(m[2]), t.year - (m[4] == "last"), t),
    ),
    # Here, before "March 26" is read as a day.
    rule(
        rf"(?<=in ){MONTH} '?(2\d)(?!\d|st|nd|rd|th)",
        lambda m, t, f: span_of_month(MONTHS[m[1]], 2000 + int(m[2])),
    ),
    rule(
        rf"(?:{WEEKDAY},? )?{MONTH} (?:the )?{DAY}(?:,? {YEAR})?(?! (?:units?|frames?|sales))",
        lambda m, t, f: day_of(MONTHS[m[2]], int(m[3]), int(m[4]) if m[4] else None, t),
    ),
    rule(
        rf"(?:(?P<between>between )|from |on )?(?:the )?{DAY}\s*(?:(?P<and>and)|up to|{TO})\s*(?:the )?{DAY}"
        rf"(?: of)? {MONTH}(?:,? (?:{YEAR}|(?:of )?(?P<which>last|this) year))?",
        _days_before_month,
    ),
    rule(
        rf"(?:the )?{DAY}(?: of)? {MONTH} (2\d)(?=\s*(?:$|[?!,;)]|(?:to|and|until|-)\s))",
        lambda m, t, f: day_of(MONTHS[m[2]], int(m[1]), 2000 + int(m[3]), t),
    ),
    rule(
        rf"{MONTH} (?:the )?{DAY} (?:of )?(last|this) year",
        lambda m, t, f: day_of(MONTHS[m[1]], int(m[2]), t.year - (m[3] == "last"), t),
    ),
    rule(
        rf"(?:from )?{MONTH} (?:the )?{DAY}\s*{TO}\s*(?:the )?{DAY}(?:,? {YEAR})?"
        rf"(?! ?\d| (?:of )?{MONTH}\b| (?:units?|frames?|sales|days?|weeks?|months?))",
        _days_after_month,
    ),
    rule(
        rf"between {MONTH} (?:the )?{DAY} and (?:the )?{DAY}(?:,? {YEAR})?(?! ?\d| (?:of )?{MONTH}\b)",
        _days_after_month,
    ),
    rule(rf"(?:on the |on |the ){_NTH}{_NO_NOUN}", _latest_days),
    rule(rf"(?:from )?the {_NTH}\s*(?:up to|{TO})\s*(?:the )?{_NTH}{_NO_NOUN}", _latest_days),
    rule(rf"from {_NTH}\s*(?:up to|{TO})\s*(?:the )?{_NTH}{_NO_NOUN}", _latest_days),
    rule(rf"between (?:the )?{_NTH} and (?:the )?{_NTH}{_NO_NOUN}", _latest_days),
)
