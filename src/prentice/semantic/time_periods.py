"""Words for units of the calendar: last and this, so many of them, months, quarters, halves, weeks, years."""

from __future__ import annotations

import re
from datetime import date, timedelta

from prentice.semantic.calendars import MONTHS, Span, first_day, shift, unit_from_word
from prentice.semantic.time_parts import is_led_by_a_part
from prentice.semantic.time_vocabulary import (
    COMPARING,
    LAST,
    MONTH,
    ORDINALS,
    TO,
    UNIT,
    VOID,
    YEAR,
    N,
    Rule,
    rule,
)
from prentice.semantic.time_words import (
    complete_units,
    half,
    iso_weeks,
    latest,
    latest_month,
    number,
    quarter,
    relative,
    span_of_month,
    span_of_year,
    units_with_today,
)


def _to_date(m: re.Match[str], today: date, _f: bool) -> Span:
    unit = {"w": "week", "m": "month", "q": "quarter", "y": "year"}[m[0].removeprefix("the ")[0]]
    return relative("this", unit_from_word(unit), today)


def _last_to_date(m: re.Match[str], today: date, _f: bool) -> Span:
    """ "Month to date last year", "last year to date": as many days as this one has had."""
    unit = unit_from_word(
        m["unit"] or {"w": "week", "m": "month", "q": "quarter", "y": "year"}[m["short"][0]]
    )
    back = unit_from_word(m.groupdict().get("of") or unit)
    return Span(shift(first_day(unit, today), back, -1), shift(today, back, -1), None)


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
    return latest(quarter, ORDINALS[m[1]], _year_said(m[2], m[3], today), today)


def _half_words(m: re.Match[str], today: date) -> Span:
    nth = int(m[1]) if m[1] else ORDINALS[m[2]]
    return latest(half, nth, _year_said(m[3], m[4], today), today)


def _of_the_unit(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """ "The month" is this one where a part of it is said: "the first week of the month"."""
    if not is_led_by_a_part(m.string[: m.start()]):
        return None
    return relative("this", unit_from_word(m[1]), today)


def _in_year(month: str | None, nth: str | None, year: int) -> Span:
    return span_of_month(MONTHS[month], year) if month else quarter(int(nth or 1), year)


def _with_today(m: re.Match[str], today: date, _f: bool) -> Span | None:
    count, word = number(m[1]), m[2].rstrip("s")
    if count == 0 or word in ("fortnight", "weekend"):
        return None
    if m["to"] and COMPARING.search(m.string[: m.start()]):  # "compare the last 7 days to today"
        return None
    return units_with_today(count, unit_from_word(word), today, as_one=m["now"] is not None)


def _year_to_end_of(m: re.Match[str], today: date) -> Span:
    month = span_of_month(MONTHS[m[1]], int(m[2])) if m[2] else latest_month(MONTHS[m[1]], today)
    return Span(date(month.start.year, 1, 1), month.end, None)


def _weeks(first: str, last: str, year: int | None, today: date) -> Span:
    """VOID for a week that no year or not this one has."""
    try:
        span = iso_weeks(int(first), int(last), year, today)
    except ValueError:
        return VOID
    return span if span.start <= span.end else VOID


def _week_range(m: re.Match[str], today: date, _f: bool) -> Span:
    """ "Weeks 36 to 39"; "weeks 36 and 39" are no range."""
    if m["and"] and not m["between"] and int(m[4]) != int(m[2]) + 1:
        return VOID
    return _weeks(m[2], m[4], _year_said(m[5], m[6], today), today)


_OF_YEAR = rf"(?:,? (?:(?:of|in) )?(?:{YEAR}|(last|this) year))?"
PERIOD_RULES: tuple[Rule, ...] = (
    rule(
        rf"(?:the )?(?:{LAST}|trailing|rolling|recent|most recent) {N} (?:complete |full |whole )?{UNIT}",
        lambda m, t, f: _counted(m, t),
    ),
    rule(rf"(?:the )?{UNIT} before last", lambda m, t, f: relative("before last", unit_from_word(m[1]), t)),
    rule(
        rf"(?:the )?{LAST} (?:complete |full |whole |calendar )?(fortnight)",
        lambda m, t, f: complete_units(2, "week", t),
    ),
    rule(
        rf"(?:the )?{LAST} (?:complete |full |whole |calendar |iso )?(week|month|quarter|year)",
        lambda m, t, f: relative("last", unit_from_word(m[1]), t),
    ),
    rule(
        r"(?:so far |up to now |to date )?(?:in )?(?:this|the current|current) (?:calendar )?"
        r"(week|month|quarter|year)(?: so far| to date)?",
        lambda m, t, f: relative("this", unit_from_word(m[1]), t),
    ),
    rule(
        rf"(?:the )?(?:{LAST}|trailing|rolling) {N} {UNIT},?(?: and)? (?:to date|(?:(?P<to>to|until)|"
        r"(?:up )?(?:to|until)(?: and)? including|up to|through|including|inclusive of|ending|inclusive) "
        r"(?:today|(?:this|the current|current) (?P<now>day|week|month|quarter|year|one)))",
        _with_today,
    ),
    rule(
        r"(?:(?<=since )|(?<=from ))(?:the )?(?:start|beginning) of (?:the |this )?(week|month|quarter|year)",
        lambda m, t, f: relative("this", unit_from_word(m[1]), t),
    ),
    rule(r"(?:the )?(week|month|quarter|year)[ -](?:to[ -]date|so far)|(?:wtd|mtd|qtd|ytd)", _to_date),
    rule(
        r"(?:the )?(?:(?P<unit>month|quarter|year)[ -]to[ -]date|(?P<short>[mqy]td)) "
        r"(?:of |in |for )?last (?P<of>year)",
        _last_to_date,
    ),
    rule(
        rf"(?:the )?{LAST} (?:(?P<unit>week|month|quarter|year)[ -]to[ -]date|(?P<short>[wmqy]td))",
        _last_to_date,
    ),
    rule(rf"(?:the )?(?:next|coming|upcoming|following) {N} {UNIT}", _ahead),
    rule(
        r"(?:the )?(?:next|coming|upcoming) (week|month|quarter|year)",
        lambda m, t, f: relative("next", unit_from_word(m[1]), t),
    ),
    rule(r"(?:the )?(month|quarter|year)", _of_the_unit),
    rule(
        rf"(last|this) year,? (?:in )?(?:{MONTH}|q([1-4]))",
        lambda m, t, f: _in_year(m[2], m[3], t.year - (m[1] == "last")),
    ),
    rule(rf"{MONTH} (?:of )?last year", lambda m, t, f: _month_of(m, t.year - 1)),
    rule(rf"{MONTH} (?:of )?this year", lambda m, t, f: _month_of(m, t.year)),
    rule(rf"{MONTH},?(?: of)? {YEAR}", lambda m, t, f: _month_of(m, int(m[2]))),
    rule(rf"{MONTH} '?(\d\d)(?!\d|st|nd|rd|th)", lambda m, t, f: _month_of(m, 2000 + int(m[2]))),
    rule(r"(0?[1-9]|1[0-2])/(20\d\d)", lambda m, t, f: span_of_month(int(m[1]), int(m[2]))),
    rule(r"(\d{4})-(0[1-9]|1[0-2])", lambda m, t, f: span_of_month(int(m[2]), int(m[1]))),
    rule(
        rf"q([1-4])(?:,? (?:of )?{YEAR}| (?:of )?(this|last) year)?|{YEAR},? q([1-4])",
        lambda m, t, f: _quarter_words(m, t),
    ),
    rule(
        r"(?:the )?(first|second|third|fourth|1st|2nd|3rd|4th) quarter"
        rf"(?:,? (?:of )?{YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _nth_quarter(m, t),
    ),
    rule(
        rf"(?:the )?(?:h([12])|(first|second) half)(?:,? (?:of )?{YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _half_words(m, t),
    ),
    rule(rf"(last |previous |this )?(?<!\w){MONTH}(?! \d)", lambda m, t, f: _bare_month(m, t)),
    rule(rf"(?:every|each) (?:{MONTH}|q[1-4])", lambda m, t, f: VOID),
    rule(
        rf"(?:the |this )?year (?:up )?to (?:the )?end of {MONTH}(?:,?(?: of)? {YEAR})?",
        lambda m, t, f: _year_to_end_of(m, t),
    ),
    rule(  # twelve months, or from January on: both are said
        r"(?<!this )(?<!last )(?:the )?year (?:up )?to (?:\d{1,2}(?:st|nd|rd|th)? )?"
        rf"{MONTH}(?:,?(?: of)? {YEAR})?",
        lambda m, t, f: VOID,
    ),
    rule(
        rf"(?:iso )?week (\d\d?){_OF_YEAR}(?! (?:units?|frames?|sales|days?))",
        lambda m, t, f: _weeks(m[1], m[1], _year_said(m[2], m[3], t), t),
    ),
    rule(rf"{YEAR}[ -]?w(\d\d?)", lambda m, t, f: _weeks(m[2], m[2], int(m[1]), t)),
    rule(
        rf"(?:(?P<between>between )|from )?(?:iso )?weeks? (\d\d?)\s*(?:(?P<and>and)|{TO})\s*(?:week )?"
        rf"(\d\d?){_OF_YEAR}",
        _week_range,
    ),
    rule(
        rf"{YEAR}-{YEAR}",
        lambda m, t, f: Span(date(int(m[1]), 1, 1), date(int(m[2]), 12, 31), None) if m[1] < m[2] else None,
    ),
    rule(
        rf"(?:calendar year |the year |year ){YEAR}|{YEAR}",
        lambda m, t, f: span_of_year(int(m[1] or m[2])),
    ),
)
