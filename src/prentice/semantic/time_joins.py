"""Points in time with the words around them: between, from and to, since, until, and of a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from prentice.semantic.calendars import Span, add_months, first_day, last_day
from prentice.semantic.query import Range
from prentice.semantic.time_compares import TimeMention
from prentice.semantic.time_dates import nth_days
from prentice.semantic.time_vocabulary import COMPARING, DAY, MONTH, Point

_LONGEST_WRAP = 330  # days of a range over New Year whose first end has no year
_BETWEEN = re.compile(r"^\s*(?:to|until|till|through|thru|and|-|\u2013|up to)\s*(?:the end of\s*)?$")
_BEFORE_FIRST = re.compile(r"(between|from)(?: the (?:start|beginning) of)?\s*$")
_SINCE = re.compile(
    r"\b(since|from|starting(?: in| from)?|after|as of)(?: the (?:start|beginning|end) of)?\s*$"
)
_THINGS_FROM = re.compile(
    r"\b(?:order|job|sale|appointment|transaction|refund|exam|booking|invoice|receipt)s? from\s*$"
)
_NOT_THROUGH = "get got gets went go goes gone going come came put run"  # "get through 20 tests"
_THROUGH = "".join(f"(?<!{word} )" for word in _NOT_THROUGH.split()) + "through"
_UNTIL = re.compile(
    r"\b((?:up |right )?(?:until|(?<!the )(?<!our )(?<!at )till)|up to|before|by|to(?= the end of)|"
    rf"{_THROUGH})"
    r"(?: and including)?(?: the (?:start|beginning|end) of)?(?: the)?\s*$"
)
_LEAD = re.compile(
    r"(?:(?:\b(?:in|during|for|on|(?<!turn )(?<!turned )over|of|within|throughout|at))"
    r"(?: the)?(?: whole of| month of| year of)?)\s*$"
)
_WEEK_OF = re.compile(
    r"(?:(?:the )?week (?:of|commencing|beginning|starting|containing|ending|from)(?: the)?|w ?/? ?[ce])\s*$"
)
_BARE = re.compile(  # no year said
    rf"(?:the )?(?:{MONTH}|{DAY}(?: of)? {MONTH}|{MONTH} (?:the )?{DAY}|\d\d?/\d\d?|q[1-4]|h[12]|"
    r"(?:first|second|third|fourth) (?:quarter|half)|(?:iso )?week \d\d?)"
)
_LISTED = re.compile(r"\s*(?:,|,? and|(?P<beside>,? (?:vs\.?|versus)))\s*(?:in |the )?")
_ONWARDS = re.compile(r"\s*(?:to date|to now|until now|up to now|to (?:the )?present|onwards?)\b")
_RELATIVE = re.compile(r"(?:the )?(?:last|this|previous|prior|past|yesterday|today)\b")
_SIDE_BY_SIDE = re.compile(r"([qh][1-4]) ([qh][1-4])\b")
_BY_GRAIN = re.compile(r"\b(?:by|per|each) (?:day|week|month|quarter)|monthly|weekly|daily|trend")


def _is_joined(link: str, opener: re.Match[str] | None, before: str, text: str) -> bool:
    """Whether "A to B" is one range. Said of a comparison or a change it is two periods."""
    if not _BETWEEN.match(link) or (link == "and" and (opener is None or opener[1] == "from")):
        return False
    two_periods = COMPARING.search(before) and (opener is None or not _BY_GRAIN.search(text))
    return not (link == "to" and two_periods)


def join_points(text: str, points: list[Point], today: date) -> Iterator[TimeMention]:
    """Points with the words around them: between, since, until, and plain ones clipped at today."""
    points = list(_with_years_shared(text, points))
    i = 0
    while i < len(points):
        start, end, span = points[i]
        before = text[:start]
        if i + 1 < len(points):
            next_start, next_end, following = points[i + 1]
            opener = _BEFORE_FIRST.search(before)
            link = text[end:next_start].strip()
            bare = _BARE.fullmatch(text[start:end].strip()) is not None
            first = _with_year_of(span, following) if bare else span
            length = (following.end - first.start).days
            wraps = bare and length > _LONGEST_WRAP  # "15 October to 5 October" is no year
            joined = _is_joined(link, opener, before, text) or _is_side_by_side(text[start:next_end], before)
            if joined and length >= 0 and not wraps:
                begin = opener.start() if opener else start
                yield _mention(text, begin, next_end, Span(first.start, following.end, None), today)
                i += 2
                continue
        open_month = nth_days(text[start:end]) and _UNTIL.search(before)  # "before the 15th": from when?
        if not open_month:
            yield _single(text, start, end, span, today)
        i += 1


def _is_side_by_side(text: str, before: str) -> bool:
    """ "q1 q2 2026", as "q1-q2 2026" arrives. Said of a comparison it is two periods."""
    m = _SIDE_BY_SIDE.match(text)
    return m is not None and m[1] < m[2] and not COMPARING.search(before)


def _with_years_shared(text: str, points: list[Point]) -> Iterator[Point]:
    """In "January, February and March 2025" all three are of 2025."""
    shared: list[Point] = []
    for start, end, span in reversed(points):
        if shared and _BARE.fullmatch(text[start:end].strip()):
            next_start, _, following = shared[-1]
            listed = _LISTED.fullmatch(text[end:next_start])
            moved = _with_year_of(span, following)
            if listed and (not listed["beside"] or moved.start.year == following.start.year):
                span = moved  # "October vs September 2025" leaves October's year open
        shared.append((start, end, span))
    return reversed(shared)


def _single(text: str, start: int, end: int, span: Span, today: date) -> TimeMention:
    """One point with the words beside it: "week of", "since", "until", "onwards", or none of these."""
    before = text[:start]
    if (week := _WEEK_OF.search(before)) and span.unit == "day":
        monday = first_day("week", span.start)
        return _mention(text, week.start(), end, Span(monday, monday + timedelta(days=6), "week"), today)
    since = _SINCE.search(before)
    whole = span.unit is not None and span.end < today and not _ONWARDS.match(text, end)
    if since and whole and _THINGS_FROM.search(before):  # "orders from Q3" are those of Q3
        return _mention(text, since.start(), end, span, today)
    if since:
        from_day = span.end + timedelta(days=1) if since[1] == "after" else span.start
        stop = today if from_day <= today else None
        end = more.end() if (more := _ONWARDS.match(text, end)) else end
        asked = Range(from_=from_day, to=stop, words=text[since.start() : end])
        return TimeMention(since.start(), end, asked, "since" if stop else "future", span.unit)
    if until := _UNTIL.search(before):
        last = span.start - timedelta(days=1) if until[1] == "before" else min(span.end, today)
        asked = Range(to=last, words=text[until.start() : end])
        return TimeMention(until.start(), end, asked, "before", span.unit)
    onwards = _ONWARDS.match(text, end)
    if onwards and span.start <= today and not _RELATIVE.match(text, start):
        asked = Range(from_=span.start, to=today, words=text[start : onwards.end()])
        return TimeMention(start, onwards.end(), asked, "since", span.unit)
    lead = _LEAD.search(before)
    return _mention(text, lead.start() if lead else start, end, span, today)


def _with_year_of(first: Span, second: Span) -> Span:
    """In "March to June 2025" March takes June's year; were it the later month, the year before that."""
    if first.start <= second.start and first.start.year == second.start.year:
        return first
    for year in (second.start.year, second.start.year - 1):
        try:
            moved = _in_year(first, year)
        except ValueError:  # 29 February, or week 53, of a year that has none
            continue
        if moved.start <= second.start:
            return moved
    return first


def _in_year(span: Span, year: int) -> Span:
    if span.unit == "week":
        week = span.start.isocalendar().week
        return Span(date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7), "week")
    start = span.start.replace(year=year)
    if span.unit is None:  # a half
        return Span(start, add_months(start, 6) - timedelta(days=1), None)
    return Span(start, last_day(span.unit, start), span.unit)


def _mention(text: str, start: int, end: int, span: Span, today: date) -> TimeMention:
    """A range that ends today where it would run on; one that has not begun is `future` and stays whole."""
    words = text[start:end].strip()
    if span.start > today:
        return TimeMention(start, end, Range(from_=span.start, to=span.end, words=words), "future", span.unit)
    clipped = min(span.end, today)
    return TimeMention(start, end, Range(from_=span.start, to=clipped, words=words), "range", span.unit)
