"""Points in time with the words around them: between, from and to, since, until, and of a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from prentice.semantic.calendars import Span, first_day, last_day, unit_from_word
from prentice.semantic.query import GRAINS, Grain, Range
from prentice.semantic.time_patterns import COMPARE_RULES, DAY, MONTH

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


def find_compares(text: str) -> Iterator[TimeMention]:
    taken: list[tuple[int, int]] = []
    for pattern, unit in COMPARE_RULES:
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
