"""Words for time to days, as KPIS.md "Words for time" defines them. Pure: `today` is handed in.

`find_times("takings vs last month", today)` gives each mention with its place in the text, so that a
planner can tell which words were used. Both ends of a range are included; weeks are ISO weeks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from prentice.semantic.calendars import (
    MONTHS,
    NUMBERS,
    WEEKDAYS,
    Span,
    add_months,
    first_day,
    last_day,
    shift,
    unit_from_word,
)
from prentice.semantic.query import GRAINS, Grain, Range

Role = Literal["range", "since", "before", "future", "compare", "all"]


@dataclass(frozen=True, slots=True)
class TimeMention:
    """One stretch of the text that speaks of time.

    `start`/`end` are character offsets. `unit` is the natural size of what was said ('month' for
    "last month"), None for free ranges. `role` 'compare' means the *other* period: its range is
    relative to the one asked about and is settled by `other_period`.
    """

    start: int
    end: int
    range: Range
    role: Role = "range"
    unit: Grain | None = None
    back: tuple[Grain, int] | None = None  # compare: how far back the other period lies

    @property
    def words(self) -> str:
        return self.range.words


_N = r"(\d{1,3}|" + "|".join(NUMBERS) + r")"
_UNIT = r"(days?|weeks?|fortnights?|months?|quarters?|years?|weekends?)"
_MONTH = r"(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"((?:19|20)\d\d)"
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_WEEKDAY = r"(" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")"
_LAST = r"(?:last|previous|prior|past|preceding)"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _span_of_year(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31), "year")


def _latest_month(month: int, today: date) -> Span:
    """The latest one that has begun."""
    year = today.year if month <= today.month else today.year - 1
    return Span(date(year, month, 1), last_day("month", date(year, month, 1)), "month")


def _quarter(number: int, year: int) -> Span:
    start = date(year, 3 * number - 2, 1)
    return Span(start, last_day("quarter", start), "quarter")


def _half(number: int, year: int) -> Span:
    start = date(year, 1 if number == 1 else 7, 1)
    return Span(start, add_months(start, 6) - timedelta(days=1), None)


def _day_of(month: int, day: int, year: int | None, today: date) -> Span | None:
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


def _relative(which: str, unit: Grain, today: date) -> Span:
    """'this', 'last', 'next' and 'before last' of a unit; 'this' is whole here and clipped later."""
    start = shift(first_day(unit, today), unit, {"this": 0, "last": -1, "next": 1, "before last": -2}[which])
    return Span(start, last_day(unit, start), unit)


def _complete_units(count: int, unit: Grain, today: date) -> Span:
    if unit == "day":
        return Span(today - timedelta(days=count), today - timedelta(days=1), None)
    start = first_day(unit, today)
    return Span(shift(start, unit, -count), start - timedelta(days=1), unit if count == 1 else None)


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date, bool], Span | None]]


def _rule(pattern: str, build: Callable[[re.Match[str], date, bool], Span | None]) -> Rule:
    return re.compile(r"(?<![\w/.])(?<!\d-)(?:" + pattern + r")(?![\w/]|-\d)"), build


def _numeric_date(m: re.Match[str], _today: date, day_first: bool) -> Span | None:
    a, b, year = int(m[1]), int(m[2]), int(m[3]) + (2000 if len(m[3]) == 2 else 0)
    day, month = (a, b) if day_first else (b, a)
    if month > 12 >= day:  # only one order makes a date
        day, month = month, day
    return _day_of(month, day, year, date.max) if 1 <= month <= 12 else None


def _weekday(m: re.Match[str], today: date, _f: bool) -> Span:
    """ "on Monday", "last Monday": the latest one before today (today itself for a bare or "this" one)."""
    wanted = WEEKDAYS[m[2]]
    back = (today.isoweekday() - wanted) % 7
    if back == 0 and (m[1] or "").startswith(("last", "previous")):
        back = 7
    day = today - timedelta(days=back)
    return Span(day, day, "day")


def _this_or_next_weekday(m: re.Match[str], today: date, _f: bool) -> Span:
    ahead = (WEEKDAYS[m[1]] - today.isoweekday()) % 7 or 7
    day = today + timedelta(days=ahead)
    return Span(day, day, "day")


def _part_of_month(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """ "first week of October": its days 1 to 7; "last week of": its last seven days."""
    month = MONTHS[m[4]]
    whole = (
        Span(date(int(m[5]), month, 1), last_day("month", date(int(m[5]), month, 1)), "month")
        if m[5]
        else _latest_month(month, today)
    )
    days = (_number(m[2]) if m[2] else 1) * {"week": 7, "day": 1, "fortnight": 14}[m[3].rstrip("s")]
    if m[1] == "first":
        return Span(whole.start, min(whole.start + timedelta(days=days - 1), whole.end), None)
    return Span(max(whole.end - timedelta(days=days - 1), whole.start), whole.end, None)


def _to_date(m: re.Match[str], today: date, _f: bool) -> Span:
    unit = {"w": "week", "m": "month", "q": "quarter", "y": "year"}[m[0][0]]
    return _relative("this", unit_from_word(unit), today)


def _ahead(m: re.Match[str], today: date, _f: bool) -> Span:
    count, word = _number(m[1]), m[2].rstrip("s")
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


_POINT_RULES: tuple[Rule, ...] = (
    _rule(r"(\d{4})-(\d\d?)-(\d\d?)", lambda m, t, f: _day_of(int(m[2]), int(m[3]), int(m[1]), t)),
    _rule(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)", _numeric_date),
    _rule(
        rf"(?:the )?(first|last) (?:{_N} )?(days?|weeks?|fortnight) (?:of|in) {_MONTH}(?:,? {_YEAR})?",
        _part_of_month,
    ),
    _rule(
        rf"(?:{_WEEKDAY},? )?(?:the )?{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?",
        lambda m, t, f: _day_of(MONTHS[m[3]], int(m[2]), int(m[4]) if m[4] else None, t),
    ),
    _rule(rf"(?<=in ){_MONTH} '?(2\d)(?!\d|st|nd|rd|th)", lambda m, t, f: _month_of(m, 2000 + int(m[2]))),
    _rule(
        rf"(?:{_WEEKDAY},? )?{_MONTH} (?:the )?{_DAY}(?:,? {_YEAR})?(?! (?:units?|frames?|sales))",
        lambda m, t, f: _day_of(MONTHS[m[2]], int(m[3]), int(m[4]) if m[4] else None, t),
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
    _rule(
        rf"(?:the )?{_UNIT} before last", lambda m, t, f: _relative("before last", unit_from_word(m[1]), t)
    ),
    _rule(
        rf"(?:the )?{_LAST} (?:complete |full |whole |calendar )?(fortnight)",
        lambda m, t, f: _complete_units(2, "week", t),
    ),
    _rule(rf"(this|{_LAST}|the|at the|over the) weekend", _weekend),
    _rule(
        rf"(?:the )?{_LAST} (?:complete |full |whole |calendar |iso )?(week|month|quarter|year)",
        lambda m, t, f: _relative("last", unit_from_word(m[1]), t),
    ),
    _rule(
        r"(?:so far |up to now |to date )?(?:in )?(?:this|the current|current) (?:calendar )?(week|month|quarter|year)(?: so far| to date)?",
        lambda m, t, f: _relative("this", unit_from_word(m[1]), t),
    ),
    _rule(r"(?:the )?(week|month|quarter|year)[ -]to[ -]date|(?:wtd|mtd|qtd|ytd)", _to_date),
    _rule(rf"(?:the )?(?:next|coming|upcoming|following) {_N} {_UNIT}", _ahead),
    _rule(
        r"(?:the )?(?:next|coming|upcoming) (week|month|quarter|year)",
        lambda m, t, f: _relative("next", unit_from_word(m[1]), t),
    ),
    _rule(rf"{_MONTH} (?:of )?last year", lambda m, t, f: _month_of(m, t.year - 1)),
    _rule(rf"{_MONTH} (?:of )?this year", lambda m, t, f: _month_of(m, t.year)),
    _rule(rf"{_MONTH},?(?: of)? {_YEAR}", lambda m, t, f: _month_of(m, int(m[2]))),
    _rule(rf"{_MONTH} '?(\d\d)(?!\d|st|nd|rd|th)", lambda m, t, f: _month_of(m, 2000 + int(m[2]))),
    _rule(r"(\d{4})-(0[1-9]|1[0-2])", lambda m, t, f: _month_of_number(int(m[2]), int(m[1]))),
    _rule(
        rf"q([1-4])(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?|{_YEAR},? q([1-4])",
        lambda m, t, f: _quarter_words(m, t),
    ),
    _rule(
        rf"(?:the )?(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _nth_quarter(m, t),
    ),
    _rule(
        rf"(?:the )?(?:h([12])|(first|second) half)(?:,? (?:of )?{_YEAR}| (?:of )?(this|last) year)?",
        lambda m, t, f: _half_words(m, t),
    ),
    _rule(rf"(last |previous |this )?(?<!\w){_MONTH}(?! \d)", lambda m, t, f: _bare_month(m, t)),
    _rule(rf"(?:next|this coming|coming) {_WEEKDAY}", _this_or_next_weekday),
    _rule(
        rf"(?:on )?(?<!\ba )(?<!every )(?<!each )(?<!typical )(last |previous |this |this past |past )?{_WEEKDAY}",
        _weekday,
    ),
    _rule(
        rf"(?:calendar year |the year |year ){_YEAR}|{_YEAR}",
        lambda m, t, f: _span_of_year(int(m[1] or m[2])),
    ),
)


def _counted(m: re.Match[str], today: date) -> Span:
    count, word = _number(m[1]), m[2].rstrip("s")
    if word in ("fortnight", "weekend"):
        return _complete_units(2 * count if word == "fortnight" else count, "week", today)
    return _complete_units(count, unit_from_word(word), today)


def _month_of(m: re.Match[str], year: int) -> Span:
    return _month_of_number(MONTHS[m[1]], year)


def _month_of_number(month: int, year: int) -> Span:
    start = date(year, month, 1)
    return Span(start, last_day("month", start), "month")


def _bare_month(m: re.Match[str], today: date) -> Span | None:
    month = MONTHS[m[2]]
    if m[1] and m[1].strip() == "this":
        return _month_of_number(month, today.year)
    if m[1] and month == today.month:  # "last October" said in October
        return _month_of_number(month, today.year - 1)
    return _latest_month(month, today)


def _year_said(year: str | None, relative: str | None, today: date) -> int | None:
    if year:
        return int(year)
    return {None: None, "this": today.year, "last": today.year - 1}[relative]


def _quarter_words(m: re.Match[str], today: date) -> Span:
    number = int(m[1] or m[5])
    return _latest_quarter(number, _year_said(m[2] or m[4], m[3], today), today)


def _nth_quarter(m: re.Match[str], today: date) -> Span:
    return _latest_quarter(_ORDINALS[m[1]], _year_said(m[2], m[3], today), today)


def _latest_quarter(number: int, year: int | None, today: date) -> Span:
    if year is None:
        year = today.year if _quarter(number, today.year).start <= today else today.year - 1
    return _quarter(number, year)


def _half_words(m: re.Match[str], today: date) -> Span:
    number = int(m[1]) if m[1] else _ORDINALS[m[2]]
    year = _year_said(m[3], m[4], today)
    if year is None:
        year = today.year if _half(number, today.year).start <= today else today.year - 1
    return _half(number, year)


_COMPARE = (
    (
        r"(?:the )?same (month|week|quarter|day|period|time|date|dates|months) (?:of |in )?(?:the )?(last|previous|prior) (year|month|week|quarter)",
        None,
    ),
    (r"(?:the )?same (month|week|quarter|day|period|time) a (year|month|week) (?:ago|earlier|before)", None),
    (
        r"year[ -](?:on|over)[ -]year|yoy|y/y|a year (?:ago|earlier|before)|(?:the )?(?:prior|previous) year's|(?:the )?year before",
        "year",
    ),
    (
        r"month[ -](?:on|over)[ -]month|mom|m/m|a month (?:ago|earlier)|(?:the )?month before(?! last)",
        "month",
    ),
    (r"week[ -](?:on|over)[ -]week|wow|a week (?:ago|earlier)|(?:the )?week before(?! last)", "week"),
    (r"quarter[ -](?:on|over)[ -]quarter|qoq|(?:the )?quarter before(?! last)", "quarter"),
    (
        r"(?:the )?(?:previous|prior|preceding) (?:period|one)|(?:the )?period before|(?:the )?(?:one|time) before",
        "period",
    ),
)
_COMPARE_RULES = tuple((re.compile(r"(?<![\w/])(?:" + p + r")(?!\w)"), unit) for p, unit in _COMPARE)


def _points(text: str, today: date, day_first: bool) -> list[tuple[int, int, Span]]:
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


_MODAL_MAY = re.compile(
    r"(?<!in )(?<!since )(?<!for )(?<!last )(?<!from )(?<!to )(?<!and )(?<!of )(?<!during )\bmay\b(?! \d| vs| and | to |$|\?)"
)


def find_times(text: str, today: date, *, day_first: bool = True) -> list[TimeMention]:
    """Every mention of time in lower-case `text`, in its order.

    `day_first` reads 5/10/2026 as 5 October (the practice's country decides).

    >>> [m.range.from_.isoformat() for m in find_times("takings last month", date(2026, 10, 31))]
    ['2026-09-01']
    """
    text = _MODAL_MAY.sub(lambda m: "#" * len(m[0]), text.lower())
    compares = list(_find_compares(text))
    masked = list(text)
    for c in compares:
        masked[c.start : c.end] = "#" * (c.end - c.start)
    plain = "".join(masked)
    points = _points(plain, today, day_first)
    return sorted([*_join(plain, points, today), *compares], key=lambda m: m.start)


def _find_compares(text: str) -> Iterator[TimeMention]:
    taken: list[tuple[int, int]] = []
    for pattern, unit in _COMPARE_RULES:
        for m in pattern.finditer(text):
            if any(m.start() < e and s < m.end() for s, e in taken):
                continue
            said = unit or next(g for g in reversed(m.groups()) if g in GRAINS)
            back = None if said == "period" else (unit_from_word(said), 1)
            taken.append((m.start(), m.end()))
            yield TimeMention(m.start(), m.end(), Range(words=m[0]), "compare", back=back)


_BETWEEN = re.compile(r"^\s*(?:to|until|till|through|thru|and|-|\u2013|up to)\s*(?:the end of\s*)?$")
_BEFORE_FIRST = re.compile(r"(between|from)(?: the (?:start|beginning) of)?\s*$")
_SINCE = re.compile(
    r"(since|from|starting(?: in| from)?|after|as of)(?: the (?:start|beginning|end) of)?\s*$"
)
_UNTIL = re.compile(r"(until|(?<!the )(?<!our )(?<!at )till|up to|before|by the end of)\s*$")
_LEAD = re.compile(
    r"(?:(?:\b(?:in|during|for|on|(?<!turn )(?<!turned )over|of|within|throughout|at))(?: the)?(?: whole of| month of| year of)?)\s*$"
)
_WEEK_OF = re.compile(
    r"(?:(?:the )?week (?:of|commencing|beginning|starting|containing|ending|from)(?: the)?|w/?c)\s*$"
)
_BARE = re.compile(rf"(?:the )?(?:{_MONTH}|{_DAY}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY})")  # no year said
_COMPARING = re.compile(
    r"\b(?:compar\w+|chang\w+|grow\w*|grew|ris(?:e|en|ing)|rose|f[ae]ll\w*|differ\w*|increas\w+|decreas\w+|drop\w*|go(?:ne)? (?:up|down)|went (?:up|down))\b"
)
_BY_GRAIN = re.compile(r"\b(?:by|per|each) (?:day|week|month|quarter)|monthly|weekly|daily|trend")
_DAYS_OF = re.compile(
    r"(?:between |from )?(?:the )?(\d{1,2})(?:st|nd|rd|th)?\s*(?:and|to|-|\u2013|until)\s*$"
)


def _is_joined(link: str, opener: re.Match[str] | None, before: str, text: str) -> bool:
    """Whether "A to B" is one range. Said of a comparison or a change it is two periods."""
    if not _BETWEEN.match(link) or (link == "and" and (opener is None or opener[1] == "from")):
        return False
    if link == "to" and _COMPARING.search(before) and (opener is None or not _BY_GRAIN.search(text)):
        return False
    return True


def _join(text: str, points: list[tuple[int, int, Span]], today: date) -> Iterator[TimeMention]:
    """Points with the words around them: between, since, until, and plain ones clipped at today."""
    i = 0
    while i < len(points):
        start, end, span = points[i]
        before = text[:start]
        if i + 1 < len(points):
            following = points[i + 1]
            bare = _BARE.fullmatch(text[start:end].strip()) is not None
            first = _with_year_of(span, following[2]) if bare else span
            opener = _BEFORE_FIRST.search(before)
            link = text[end : following[0]].strip()
            if _is_joined(link, opener, before, text) and first.start <= following[2].end:
                begin = opener.start() if opener else start
                yield _mention(text, begin, following[1], Span(first.start, following[2].end, None), today)
                i += 2
                continue
            if link == "and":
                span = first
        days = _DAYS_OF.search(before)
        if days and span.unit == "day" and int(days[1]) <= span.start.day:
            yield _mention(
                text, days.start(), end, Span(span.start.replace(day=int(days[1])), span.end, None), today
            )
        elif (week := _WEEK_OF.search(before)) and span.unit == "day":
            monday = first_day("week", span.start)
            yield _mention(text, week.start(), end, Span(monday, monday + timedelta(days=6), "week"), today)
        elif since := _SINCE.search(before):
            since_day = span.end + timedelta(days=1) if since[1] == "after" else span.start
            words = text[since.start() : end]
            stop = today if since_day <= today else None
            yield TimeMention(
                since.start(), end, Range(from_=since_day, to=stop, words=words), "since", span.unit
            )
        elif until := _UNTIL.search(before):
            last = span.start - timedelta(days=1) if until[1] == "before" else min(span.end, today)
            words = text[until.start() : end]
            yield TimeMention(until.start(), end, Range(to=last, words=words), "before", span.unit)
        else:
            lead = _LEAD.search(before)
            yield _mention(text, lead.start() if lead else start, end, span, today)
        i += 1


def _with_year_of(first: Span, second: Span) -> Span:
    """ "March to June 2025": the first month takes the second's year (the year before where it is later)."""
    if first.unit not in ("month", "day") or (
        first.start <= second.start and first.start.year == second.start.year
    ):
        return first
    moved = first
    for year in (second.start.year, second.start.year - 1):
        try:
            start = first.start.replace(year=year)
        except ValueError:
            continue
        if start <= second.start:
            moved = Span(start, last_day("month", start) if first.unit == "month" else start, first.unit)
            break
    return moved


def _mention(text: str, start: int, end: int, span: Span, today: date) -> TimeMention:
    words = text[start:end].strip()
    if span.start > today:
        return TimeMention(start, end, Range(from_=span.start, to=span.end, words=words), "future", span.unit)
    clipped = min(span.end, today)
    return TimeMention(start, end, Range(from_=span.start, to=clipped, words=words), "range", span.unit)


def whole_unit(mention: TimeMention) -> Range:
    """The mention's range as it would be without the clip at today (appointments may lie ahead)."""
    r = mention.range
    if mention.role != "range" or mention.unit is None or r.from_ is None:
        return r
    return r.model_copy(update={"to": last_day(mention.unit, r.from_)})


def is_under_way(asked: Range, unit: Grain | None, today: date) -> bool:
    """Whether the unit asked about still has days to come after today."""
    return bool(
        unit and unit != "day" and asked.from_ and asked.to == today and last_day(unit, asked.from_) > today
    )


def other_period(
    asked: Range, unit: Grain | None, back: tuple[Grain, int] | None, today: date
) -> tuple[Range, Range | None]:
    """The period to compare with, and its like-for-like part where `asked` is still under way.

    `back` = ('year', 1) moves the whole asked unit back by a year; None is the period before of the
    same length.
    """
    if asked.from_ is None or asked.to is None:
        raise ValueError("only a range with both ends can be compared")
    start = asked.from_
    end = last_day(unit, start) if unit else asked.to
    if back is None:
        if unit:
            other = Range(from_=shift(start, unit, -1), to=start - timedelta(days=1))
        else:
            days = (asked.to - start).days + 1
            other = Range(from_=start - timedelta(days=days), to=start - timedelta(days=1))
    else:
        moved = shift(start, back[0], -back[1])
        if unit and unit != "day":
            other = Range(from_=moved, to=last_day(unit, moved))
            if unit == "week":
                moved = first_day("week", moved)
                other = Range(from_=moved, to=moved + timedelta(days=6))
        elif end == last_day("month", end) and start.day == 1:
            other = Range(
                from_=moved, to=last_day("month", shift(first_day("month", end), back[0], -back[1]))
            )
        else:
            other = Range(from_=moved, to=shift(end, back[0], -back[1]))
    return other, like_for_like(asked, unit, other, today)


def like_for_like(asked: Range, unit: Grain | None, other: Range, today: date) -> Range | None:
    """The first days of `other`, as many as `asked` has had; None where `asked` is complete."""
    if not is_under_way(asked, unit, today) or asked.from_ is None or other.from_ is None or other.to is None:
        return None
    part = min(other.from_ + (today - asked.from_), other.to)
    return None if part == other.to else other.model_copy(update={"to": part})
