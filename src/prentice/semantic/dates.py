"""Words for time to days, as KPIS.md "Words for time" defines them. Pure: `today` is handed in.

`find_times("takings vs last month", today)` gives each mention with its place in the text, so that a
planner can tell which words were used. Both ends of a range are included; weeks are ISO weeks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from prentice.semantic.calendars import first_day, last_day, shift
from prentice.semantic.query import Grain, Range
from prentice.semantic.time_compares import TimeMention, find_compares
from prentice.semantic.time_joins import join_points
from prentice.semantic.time_patterns import points_in

__all__ = ["TimeMention", "find_times", "is_under_way", "like_for_like", "other_period"]

_ALL = re.compile(
    r"\b(?:of |over )?all[ -]time\b|\bever\b"
    r"|\bsince (?:opening|we (?:opened|started|began)|the (?:start|beginning)(?! of))\b"
    r"|\bin (?:the )?(?:whole |entire )?history\b"
)
_AGAIN = re.compile(r"[\s,:;(-]*(?:(?:i e|ie|that is|meaning|namely|so)\b)?[\s,:(]*")
# "May we see …" is no month, "in May" is: only a word that leads to a month tells them apart.
_MODAL_MAY = re.compile(
    r"\bmay(?= (?:i|we|you|they|it|he|she|be|have|not|need|well|want)\b)"
    r"|(?:(?<=\bi )|(?<=we )|(?<=you )|(?<=it )|(?<=they ))may\b"
)


def find_times(text: str, today: date, *, day_first: bool = True) -> list[TimeMention]:
    """Every mention of time in lower-case `text`, in its order.

    `day_first` reads 5/10/2026 as 5 October (the practice's country decides).

    >>> [m.range.from_.isoformat() for m in find_times("takings last month", date(2026, 10, 31))]
    ['2026-09-01']
    """
    text = _MODAL_MAY.sub(lambda m: "#" * len(m[0]), text.lower())
    compares = list(find_compares(text))
    masked = list(text)
    for c in compares:
        masked[c.start : c.end] = "#" * (c.end - c.start)
    plain = "".join(masked)
    points = points_in(plain, today, day_first)
    if not points and (ever := _ALL.search(plain)):
        return [*compares, TimeMention(ever.start(), ever.end(), Range(to=today, words="all time"), "all")]
    mentions = sorted([*join_points(plain, points, today), *compares], key=lambda m: m.start)
    return _said_once(text, mentions)


def _said_once(text: str, mentions: list[TimeMention]) -> list[TimeMention]:
    """ "The first three weeks of September (1/9-21/9)": the same days said again at once are one mention."""
    once: list[TimeMention] = []
    for m in mentions:
        if once and _days(once[-1]) == _days(m) and _AGAIN.fullmatch(text[once[-1].end : m.start]):
            first = once.pop()
            closed = "(" in text[first.end : m.start] and text.startswith(")", m.end)
            end = m.end + closed
            asked = first.range.model_copy(update={"words": text[first.start : end]})
            m = replace(first, end=end, range=asked, unit=first.unit or m.unit)
        if not once or m.start >= once[-1].end:
            once.append(m)
    return once


def _days(mention: TimeMention) -> tuple[object, ...]:
    return (mention.role, mention.range.from_, mention.range.to, mention.back)


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
    to = last_day(unit, asked.from_) if unit else asked.to
    other = _moved(asked.from_, to, unit, back) if back else _before(asked.from_, to, unit)
    return other, like_for_like(asked, unit, other, today)


def _before(start: date, to: date, unit: Grain | None) -> Range:
    """The period before: the unit before, or as many days as there are from `start` to `to`."""
    last = start - timedelta(days=1)
    if unit:
        return Range(from_=shift(start, unit, -1), to=last)
    return Range(from_=last - (to - start), to=last)


def _moved(start: date, to: date, unit: Grain | None, back: tuple[Grain, int]) -> Range:
    """The same period further back. A whole unit stays whole, and so does a stretch of whole months."""
    step, count = back
    moved = shift(start, step, -count)
    if unit and unit != "day":
        return Range(from_=first_day(unit, moved) if unit == "week" else moved, to=last_day(unit, moved))
    if start.day == 1 and to == last_day("month", to):
        return Range(from_=moved, to=last_day("month", shift(first_day("month", to), step, -count)))
    return Range(from_=moved, to=shift(to, step, -count))


def like_for_like(asked: Range, unit: Grain | None, other: Range, today: date) -> Range | None:
    """The first days of `other`, as many as `asked` has had; None where `asked` is complete."""
    if not is_under_way(asked, unit, today) or asked.from_ is None or other.from_ is None or other.to is None:
        return None
    part = min(other.from_ + (today - asked.from_), other.to)
    return None if part == other.to else other.model_copy(update={"to": part})
