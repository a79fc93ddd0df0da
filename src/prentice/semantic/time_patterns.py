"""Patterns of words for time, longest phrases first at each place. Each builds the span of days it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from prentice.semantic.calendars import MONTHS, NUMBERS, WEEKDAYS, Span, first_day, shift, unit_from_word
from prentice.semantic.time_words import (
    complete_units,
    day_of,
    half,
    latest,
    latest_month,
    number,
    quarter,
    relative,
    span_of_month,
    span_of_year,
)

_N = r"(\d{1,3}|" + "|".join(NUMBERS) + r")"
_UNIT = r"(days?|weeks?|fortnights?|months?|quarters?|years?|weekends?)"
MONTH = r"(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"((?:19|20)\d\d)"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_WEEKDAY = r"(" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")"
_LAST = r"(?:last|previous|prior|past|preceding)"
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"

Builder = Callable[[re.Match[str], date, bool], Span | None]  # the match, today, whether the day comes first
Rule = tuple[re.Pattern[str], Builder]


def _rule(pattern: str, build: Builder) -> Rule:
    """A rule whose words stand alone: not inside a longer word, path, date or number."""
    return re.compile(r"(?<![\w/.])(?<!\d-)(?:" + pattern + r")(?![\w/]|-\d)"), build


def _numeric_date(m: re.Match[str], _today: date, day_first: bool) -> Span | None:
    a, b, year = int(m[1]), int(m[2]), int(m[3]) + (2000 if len(m[3]) == 2 else 0)
    day, month = (a, b) if day_first else (b, a)
    if month > 12 >= day:  # only one order makes a date
        day, month = month, day
    return day_of(month, day, year, date.max) if 1 <= month <= 12 else None


def _weekday(m: re.Match[str], today: date, _f: bool) -> Span:
    """The latest such day, for "on Monday" or "this Monday" today itself; "last Monday" lies before today."""
    wanted = WEEKDAYS[m[2]]
    back = (today.isoweekday() - wanted) % 7
    if back == 0 and (m[1] or "").startswith(("last", "previous")):
        back = 7
    day = today - timedelta(days=back)
    return Span(day, day, "day")


def _coming_weekday(m: re.Match[str], today: date, _f: bool) -> Span:
    ahead = (WEEKDAYS[m[1]] - today.isoweekday()) % 7 or 7
    day = today + timedelta(days=ahead)
    return Span(day, day, "day")


def _part_of_month(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """The first week of October is its days 1 to 7, its last week the last seven days."""
    month = MONTHS[m[4]]
    whole = span_of_month(month, int(m[5])) if m[5] else latest_month(month, today)
    days = (number(m[2]) if m[2] else 1) * {"week": 7, "day": 1, "fortnight": 14}[m[3].rstrip("s")]
    if m[1] == "first":
        return Span(whole.start, min(whole.start + timedelta(days=days - 1), whole.end), None)
    return Span(max(whole.end - timedelta(days=days - 1), whole.start), whole.end, None)


def _to_date(m: re.Match[str], today: date, _f: bool) -> Span:
    unit = {"w": "week", "m": "month", "q": "quarter", "y": "year"}[m[0][0]]
    return relative("this", unit_from_word(unit), today)


def _ahead(m: re.Match[str], today: date, _f: bool) -> Span | None:
    count, word = number(m[1]), m[2].rstrip("s")
    if count == 0:
        return None
    if word == "fortnight":
        count, word = 14 * count, "day"
    if word == "weekend":
        word = "week"
    unit = unit_from_word(word)
    if unit in ("day", "week"):
        return Span(
            today + timedelta(days=1), today + timedelta(days=count * (7 if unit == "week" else 1)), None
        )
    start = shift(first_day(unit, today), unit, 1)
    return Span(start, shift(start, unit, count) - timedelta(days=1), None)


def _weekend(m: re.Match[str], today: date, _f: bool) -> Span:
    saturday = first_day("week", today) + timedelta(days=5)
    if m[1] != "this" and not (m[1] in ("the", "at the") and today >= saturday):
        saturday -= timedelta(days=7)
    return Span(saturday, saturday + timedelta(days=1), None)


def _counted(m: re.Match[str], today: date) -> Span | None:
    count, word = number(m[1]), m[2].rstrip("s")
    if count == 0:
        return None
    if word in ("fortnight", "weekend"):
        return complete_units(2 * count if word == "fortnight" else count, "week", today)
    return complete_units(count, unit_from_word(word), today)


def _month_of(m: re.Match[str], year: int) -> Span:
    return span_of_month(MONTHS[m[1]], year)


def _bare_month(m: re.Match[str], today: date) -> Span | None:
    month = MONTHS[m[2]]
    if m[1] and m[1].strip() == "this":
        return span_of_month(month, today.year)
    if m[1] and month == today.month:  # "last October" said in October
        return span_of_month(month, today.year - 1)
    return latest_month(month, today)


def _year_said(year: str | None, which: str | None, today: date) -> int | None:
    if year:
        return int(year)
    return {None: None, "this": today.year, "last": today.year - 1}[which]


def _quarter_words(m: re.Match[str], today: date) -> Span:
    return latest(quarter, int(m[1] or m[5]), _year_said(m[2] or m[4], m[3], today), today)


def _nth_quarter(m: re.Match[str], today: date) -> Span:
    return latest(quarter, _ORDINALS[m[1]], _year_said(m[2], m[3], today), today)


def _half_words(m: re.Match[str], today: date) -> Span:
    nth = int(m[1]) if m[1] else _ORDINALS[m[2]]
    return latest(half, nth, _year_said(m[3], m[4], today), today)


_POINT_RULES: tuple[Rule, ...] = (
    _rule(r"(\d{4})-(\d\d?)-(\d\d?)", lambda m, t, f: day_of(int(m[2]), int(m[3]), int(m[1]), t)),
    _rule(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)", _numeric_date),
    _rule(
        rf"(?:the )?(first|last) (?:{_N} )?(days?|weeks?|fortnight) (?:of|in) {MONTH}(?:,? {_YEAR})?",
        _part_of_month,
    ),
    _rule(
        rf"(?:{_WEEKDAY},? )?(?:the )?{DAY}(?: of)? {MONTH}(?:,? {_YEAR})?",
        lambda m, t, f: day_of(MONTHS[m[3]], int(m[2]), int(m[4]) if m[4] else None, t),
    ),
    _rule(rf"(?<=in ){MONTH} '?(2\d)(?!\d|st|nd|rd|th)", lambda m, t, f: _month_of(m, 2000 + int(m[2]))),
    _rule(
        rf"(?:{_WEEKDAY},? )?{MONTH} (?:the )?{DAY}(?:,? {_YEAR})?(?! (?:units?|frames?|sales))",
        lambda m, t, f: day_of(MONTHS[m[2]], int(m[3]), int(m[4]) if m[4] else None, t),
    ),
    _rule(r"day before yesterday", lambda m, t, f: Span(t - timedelta(days=2), t - timedelta(days=2), "day")),
    _rule(
        r"(?:so far )?today(?: so far)?|this (?:morning|afternoon)|so far this (?:morning|afternoon)",
        lambda m, t, f: Span(t, t, "day"),
    ),
    _rule(
        r"yesterday|previous day", lambda m, t, f: Span(t - timedelta(days=1), t - timedelta(days=1), "day")
    ),
    _rule(r"tomorrow", lambda m, t, f: Span(t + timedelta(days=1), t + timedelta(days=1), "day")),
    _rule(
        rf"(?:the )?(?:{_LAST}|trailing|rolling|recent|most recent) {_N} (?:complete |full |whole )?{_UNIT}",
        lambda m, t, f: _counted(m, t),
    ),
    _rule(rf"(?:the )?{_UNIT} before last", lambda m, t, f: relative("before last", unit_from_word(m[1]), t)),
    _rule(
        rf"(?:the )?{_LAST} (?:complete |full |whole |calendar )?(fortnight)",
        lambda m, t, f: complete_units(2, "week", t),
    ),
    _rule(rf"(this|{_LAST}|the|at the|over the) weekend", _weekend),
    _rule(
        rf"(?:the )?{_LAST} (?:complete |full |whole |calendar |iso )?(week|month|quarter|year)",
        lambda m, t, f: relative("last", unit_from_word(m[1]), t),
    ),
    _rule(
        r"(?:so far |up to now |to date )?(?:in )?(?:this|the current|current) (?:calendar )?"
        r"(week|month|quarter|year)(?: so far| to date)?",
        lambda m, t, f: relative("this", unit_from_word(m[1]), t),
    ),
    _rule(
        r"(?<=since )(?:the )?(?:start|beginning) of (?:the |this )?(week|month|quarter|year)",
        lambda m, t, f: relative("this", unit_from_word(m[1]), t),
    ),
    _rule(r"(?:the )?(week|month|quarter|year)[ -]to[ -]date|(?:wtd|mtd|qtd|ytd)", _to_date),
    _rule(rf"(?:the )?(?:next|coming|upcoming|following) {_N} {_UNIT}", _ahead),
    _rule(
        r"(?:the )?(?:next|coming|upcoming) (week|month|quarter|year)",
        lambda m, t, f: relative("next", unit_from_word(m[1]), t),
    ),
    _rule(rf"{MONTH} (?:of )?last year", lambda m, t, f: _month_of(m, t.year - 1)),
    _rule(rf"{MONTH} (?:of )?this year", lambda m, t, f: _month_of(m, t.year)),
    _rule(rf"{MONTH},?(?: of)? {_YEAR}", lambda m, t, f: _month_of(m, int(m[2]))),
    _rule(rf"{MONTH} '?(\d\d)(?!\d|st|nd|rd|th)", lambda m, t, f: _month_of(m, 2000 + int(m[2]))),
    _rule(r"(\d{4})-(0[1-9]|1[0-2])", lambda m, t, f: span_of_month(int(m[2]), int(m[1]))),
    _rule(
        rf"q([1-4])(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?|{_YEAR},? q([1-4])",
        lambda m, t, f: _quarter_words(m, t),
    ),
    _rule(
        r"(?:the )?(first|second|third|fourth|1st|2nd|3rd|4th) quarter"
        rf"(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _nth_quarter(m, t),
    ),
    _rule(
        rf"(?:the )?(?:h([12])|(first|second) half)(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _half_words(m, t),
    ),
    _rule(rf"(last |previous |this )?(?<!\w){MONTH}(?! \d)", lambda m, t, f: _bare_month(m, t)),
    _rule(rf"(?:next|this coming|coming) {_WEEKDAY}", _coming_weekday),
    _rule(
        r"(?:on )?(?<!\ba )(?<!every )(?<!each )(?<!typical )"
        rf"(last |previous |this |this past |past )?{_WEEKDAY}",
        _weekday,
    ),
    _rule(
        rf"(?:calendar year |the year |year ){_YEAR}|{_YEAR}",
        lambda m, t, f: span_of_year(int(m[1] or m[2])),
    ),
)


def points_in(text: str, today: date, day_first: bool) -> list[tuple[int, int, Span]]:
    """Non-overlapping points in time, the longest at each place first."""
    found: list[tuple[int, int, int, Span]] = []
    for order, (pattern, build) in enumerate(_POINT_RULES):
        for m in pattern.finditer(text):
            try:
                span = build(m, today, day_first)
            except (ValueError, OverflowError):
                span = None
            if span is not None and m.group().strip():
                found.append((m.start(), m.end(), order, span))
    found.sort(key=lambda f: (f[0] - f[1], f[2]))
    taken: list[tuple[int, int, Span]] = []
    for start, end, _, span in found:
        if all(end <= s or start >= e for s, e, _ in taken):
            taken.append((start, end, span))
    return sorted(taken, key=lambda p: p[0])
