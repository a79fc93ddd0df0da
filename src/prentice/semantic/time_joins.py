"""Points in time with the words around them: between, from and to, since, until, and of a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from prentice.semantic.calendars import Span, first_day, last_day, unit_from_word
from prentice.semantic.query import GRAINS, Grain, Range
from prentice.semantic.time_patterns import DAY, MONTH

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


_COMPARE: tuple[tuple[str, str | None], ...] = (
    (
        r"(?:the )?same (month|week|quarter|day|period|time|date|dates|months) (?:of |in )?(?:the )?"
        r"(last|previous|prior) (year|month|week|quarter)",
        None,
    ),
    (r"(?:the )?same (month|week|quarter|day|period|time) a (year|month|week) (?:ago|earlier|before)", None),
    (
        r"year[ -](?:on|over)[ -]year|yoy|y/y|a year (?:ago|earlier|before)|"
        r"(?:the )?(?:prior|previous) year's|(?:the )?year before",
        "year",
    ),
    (
        r"month[ -](?:on|over)[ -]month|mom|m/m|a month (?:ago|earlier)|(?:the )?month before(?! last)",
        "month",
    ),
    (r"week[ -](?:on|over)[ -]week|wow|a week (?:ago|earlier)|(?:the )?week before(?! last)", "week"),
    (r"quarter[ -](?:on|over)[ -]quarter|qoq|(?:the )?quarter before(?! last)", "quarter"),
    (
        r"(?:the )?(?:previous|prior|preceding) (?:period|one)|(?:the )?period before|"
        r"(?:the )?(?:one|time) before",
        "period",
    ),
)
_COMPARE_RULES = tuple((re.compile(r"(?<![\w/])(?:" + p + r")(?!\w)"), unit) for p, unit in _COMPARE)


def find_compares(text: str) -> Iterator[TimeMention]:
    """Words of a comparison, such as "same month last year". The rules stand longest first."""
    taken: list[tuple[int, int]] = []
    for pattern, unit in _COMPARE_RULES:
        for m in pattern.finditer(text):
            if any(m.start() < e and s < m.end() for s, e in taken):
                continue
            said = unit or next(g for g in reversed(m.groups()) if g in GRAINS)
            back = None if said == "period" else (unit_from_word(said), 1)
            taken.append((m.start(), m.end()))
            yield TimeMention(m.start(), m.end(), Range(words=m[0]), "compare", back=back)


_LONGEST_WRAP = 330  # days of a range over New Year whose first end has no year
_BETWEEN = re.compile(r"^\s*(?:to|until|till|through|thru|and|-|\u2013|up to)\s*(?:the end of\s*)?$")
_BEFORE_FIRST = re.compile(r"(between|from)(?: the (?:start|beginning) of)?\s*$")
_SINCE = re.compile(
    r"(since|from|starting(?: in| from)?|after|as of)(?: the (?:start|beginning|end) of)?\s*$"
)
_UNTIL = re.compile(
    r"(until|(?<!the )(?<!our )(?<!at )till|up to|before|by)(?: the (?:start|beginning|end) of)?\s*$"
)
_LEAD = re.compile(
    r"(?:(?:\b(?:in|during|for|on|(?<!turn )(?<!turned )over|of|within|throughout|at))"
    r"(?: the)?(?: whole of| month of| year of)?)\s*$"
)
_WEEK_OF = re.compile(
    r"(?:(?:the )?week (?:of|commencing|beginning|starting|containing|ending|from)(?: the)?|w/?c)\s*$"
)
_BARE = re.compile(rf"(?:the )?(?:{MONTH}|{DAY}(?: of)? {MONTH}|{MONTH} (?:the )?{DAY})")  # no year said
_COMPARING = re.compile(
    r"\b(?:compar\w+|chang\w+|grow\w*|grew|ris(?:e|en|ing)|rose|f[ae]ll\w*|differ\w*|increas\w+|"
    r"decreas\w+|drop\w*|go(?:ne)? (?:up|down)|went (?:up|down))\b"
)
_BY_GRAIN = re.compile(r"\b(?:by|per|each) (?:day|week|month|quarter)|monthly|weekly|daily|trend")
_DAYS_OF = re.compile(
    r"(?:between |from )?(?:the )?(\d{1,2})(?:st|nd|rd|th)?\s*(?:and|to|-|\u2013|until)\s*$"
)


def _is_joined(link: str, opener: re.Match[str] | None, before: str, text: str) -> bool:
    """Whether "A to B" is one range. Said of a comparison or a change it is two periods."""
    if not _BETWEEN.match(link) or (link == "and" and (opener is None or opener[1] == "from")):
        return False
    two_periods = _COMPARING.search(before) and (opener is None or not _BY_GRAIN.search(text))
    return not (link == "to" and two_periods)


def join_points(text: str, points: list[tuple[int, int, Span]], today: date) -> Iterator[TimeMention]:
    """Points with the words around them: between, since, until, and plain ones clipped at today."""
    i = 0
    while i < len(points):
        start, end, span = points[i]
        if i + 1 < len(points):
            next_start, next_end, following = points[i + 1]
            before = text[:start]
            opener = _BEFORE_FIRST.search(before)
            link = text[end:next_start].strip()
            bare = _BARE.fullmatch(text[start:end].strip()) is not None
            first = _with_year_of(span, following) if bare else span
            length = (following.end - first.start).days
            wraps = bare and length > _LONGEST_WRAP  # "15 October to 5 October" is no year
            if _is_joined(link, opener, before, text) and length >= 0 and not wraps:
                begin = opener.start() if opener else start
                yield _mention(text, begin, next_end, Span(first.start, following.end, None), today)
                i += 2
                continue
            if link == "and":
                span = first
        yield _single(text, start, end, span, today)
        i += 1


def _single(text: str, start: int, end: int, span: Span, today: date) -> TimeMention:
    """One point with the words before it: "5 to" 12 May, "week of", "since", "until", or none of these."""
    before = text[:start]
    days = _DAYS_OF.search(before)
    if days and span.unit == "day" and int(days[1]) <= span.start.day:
        from_day = span.start.replace(day=int(days[1]))
        return _mention(text, days.start(), end, Span(from_day, span.end, None), today)
    if (week := _WEEK_OF.search(before)) and span.unit == "day":
        monday = first_day("week", span.start)
        return _mention(text, week.start(), end, Span(monday, monday + timedelta(days=6), "week"), today)
    if since := _SINCE.search(before):
        from_day = span.end + timedelta(days=1) if since[1] == "after" else span.start
        stop = today if from_day <= today else None
        asked = Range(from_=from_day, to=stop, words=text[since.start() : end])
        return TimeMention(since.start(), end, asked, "since" if stop else "future", span.unit)
    if until := _UNTIL.search(before):
        last = span.start - timedelta(days=1) if until[1] == "before" else min(span.end, today)
        asked = Range(to=last, words=text[until.start() : end])
        return TimeMention(until.start(), end, asked, "before", span.unit)
    lead = _LEAD.search(before)
    return _mention(text, lead.start() if lead else start, end, span, today)


def _with_year_of(first: Span, second: Span) -> Span:
    """In "March to June 2025" March takes June's year; were it the later month, the year before that."""
    if first.unit not in ("month", "day") or (
        first.start <= second.start and first.start.year == second.start.year
    ):
        return first
    for year in (second.start.year, second.start.year - 1):
        try:
            start = first.start.replace(year=year)
        except ValueError:  # 29 February of a year that has none
            continue
        if start <= second.start:
            return Span(start, last_day(first.unit, start), first.unit)
    return first


def _mention(text: str, start: int, end: int, span: Span, today: date) -> TimeMention:
    """A range that ends today where it would run on; one that has not begun is `future` and stays whole."""
    words = text[start:end].strip()
    if span.start > today:
        return TimeMention(start, end, Range(from_=span.start, to=span.end, words=words), "future", span.unit)
    clipped = min(span.end, today)
    return TimeMention(start, end, Range(from_=span.start, to=clipped, words=words), "range", span.unit)
