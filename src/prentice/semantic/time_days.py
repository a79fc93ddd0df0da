"""Days told by name: today and yesterday, weekdays and weekends, feasts with a date of their own."""

from __future__ import annotations

import re
from datetime import date, timedelta

from prentice.semantic.calendars import WEEKDAYS, Span, first_day, shift
from prentice.semantic.time_vocabulary import LAST, TO, VOID, WEEKDAY, N, Rule, rule
from prentice.semantic.time_words import day_from, day_of, nth_weekday, number

_FIXED_DAYS = {
    **{"christmas day": (12, 25), "xmas day": (12, 25), "christmas eve": (12, 24), "xmas eve": (12, 24)},
    **{"boxing day": (12, 26), "st stephens? day": (12, 26), "halloween": (10, 31), "bonfire night": (11, 5)},
    **{"new years? day": (1, 1), "new years? eve": (12, 31), "valentines? day": (2, 14)},
    **{"independence day": (7, 4), "veterans? day": (11, 11), "juneteenth": (6, 19), "leap day": (2, 29)},
    **{"(?:st|saint) patricks? day": (3, 17)},
}
_THURSDAY = 4


def _year_of_day(m: re.Match[str], month: int, day: int, today: date) -> Span | None:
    """ "boxing day", "last …", "next …", "… last year", "… 2024"; without any of them the latest one."""
    which, of_which, year = m["which"], m["of_which"], m["year"]
    if year or of_which or which == "this":
        said = int(year) if year else today.year - (of_which == "last")
        return day_of(month, day, said, today)
    if which == "next":
        return day_from(today + timedelta(days=1), month, day)
    return day_of(month, day, None, today - timedelta(days=1) if which == "last" else today)


_OF_YEAR = r"(?:,? (?:(?:of|in) )?(?:(?P<of_which>last|this) year|(?P<year>(?:19|20)\d\d)))?"


def _fixed_day(name: str, month: int, day: int) -> Rule:
    return rule(
        rf"(?:(?P<which>last|this|next) )?{name}{_OF_YEAR}", lambda m, t, f: _year_of_day(m, month, day, t)
    )


def _black_friday(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """The day after the fourth Thursday of November, or for Cyber Monday the Monday that follows."""
    after = {"thanksgiving": 0, "black friday": 1, "cyber monday": 4}[m["name"]]
    which = m["of_which"] or m["which"]
    year = int(m["year"]) if m["year"] else today.year - (m["of_which"] == "last")
    day = nth_weekday(_THURSDAY, 4, date(year, 11, 1)) + timedelta(days=after)
    if not m["year"] and which not in ("this", "next") and not m["of_which"] and day > today:
        day = nth_weekday(_THURSDAY, 4, date(year - 1, 11, 1)) + timedelta(days=after)
    return Span(day, day, "day")


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


def _weekend(m: re.Match[str], today: date, _f: bool) -> Span:
    saturday = first_day("week", today) + timedelta(days=5)
    if m[1] != "this" and not (m[1] in ("the", "at the") and today >= saturday):
        saturday -= timedelta(days=7)
    return Span(saturday, saturday + timedelta(days=1), None)


def _weekday_of(m: re.Match[str], today: date, _f: bool) -> Span | None:
    """ "Monday last week", "last week on Monday", "Monday to Wednesday of last week"."""
    monday = shift(first_day("week", today), "week", -(m["week"] == "last"))
    first = WEEKDAYS[m["first"]]
    last = WEEKDAYS[m.groupdict().get("last") or m["first"]]
    if last < first:
        return None
    start, end = monday + timedelta(days=first - 1), monday + timedelta(days=last - 1)
    return Span(start, end, "day" if start == end else None)


def _days_ago(m: re.Match[str], today: date, _f: bool) -> Span:
    day = shift(today, "day", -number(m[1]))
    return Span(day, day, "day")


DAY_RULES: tuple[Rule, ...] = (
    *(_fixed_day(name, month, day) for name, (month, day) in _FIXED_DAYS.items()),
    rule(
        rf"(?:(?P<which>last|this|next) )?(?P<name>black friday|cyber monday|thanksgiving){_OF_YEAR}",
        _black_friday,
    ),
    rule(
        r"(?:the )?day before yesterday",
        lambda m, t, f: Span(t - timedelta(days=2), t - timedelta(days=2), "day"),
    ),
    rule(rf"(?!(?:a )?(?:few|couple)){N} days ago", _days_ago),
    rule(
        r"(?:so far )?today(?: so far)?|this (?:morning|afternoon)|so far this (?:morning|afternoon)",
        lambda m, t, f: Span(t, t, "day"),
    ),
    rule(
        r"yesterday|previous day", lambda m, t, f: Span(t - timedelta(days=1), t - timedelta(days=1), "day")
    ),
    rule(r"tomorrow", lambda m, t, f: Span(t + timedelta(days=1), t + timedelta(days=1), "day")),
    rule(rf"(this|{LAST}|the|at the|over the) weekend", _weekend),
    rule(rf"(?:next|this coming|coming) {WEEKDAY}", _coming_weekday),
    rule(
        r"(?:on )?(?<!\ba )(?<!every )(?<!each )(?<!typical )"
        rf"(last |previous |this |this past |past )?{WEEKDAY}",
        _weekday,
    ),
    rule(rf"(?:on )?(?P<first>{WEEKDAY}),? (?:of |in )?(?P<week>last|this) week", _weekday_of),
    rule(rf"(?P<week>last|this) week,? (?:on )?(?P<first>{WEEKDAY})", _weekday_of),
    rule(
        rf"(?:from )?(?P<first>{WEEKDAY})\s*{TO}\s*(?P<last>{WEEKDAY}),? (?:of |in )?"
        r"(?P<week>last|this) week",
        _weekday_of,
    ),
    rule(rf"{WEEKDAY}(?:\s*-\s*| ){WEEKDAY}", lambda m, t, f: VOID),  # "mon-wed": days of any week
)
