"""The days of a Query: what is asked about, and what it is compared with (KPIS.md, "Words for time")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from prentice.planner.choice import Choice
from prentice.planner.restrict import Problem
from prentice.planner.slots import Slots
from prentice.semantic.calendars import first_day, last_day
from prentice.semantic.dates import TimeMention, like_for_like, other_period
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Compare, Grain, Range

_NO_FORECAST = Problem("decline", "future", "That has not happened yet, and I do not forecast.")
_AS_LONG = re.compile(r"\b(?:stretch|part|point|span|spell|days|dates)\b")  # "the same stretch of last year"
_KNOWN_AFTERWARDS = frozenset(["no_shows", "no_show_rate", "completed_appointments", "eye_exams"])
_TWO_TIMES = Problem("ask", "two_periods", "I read two different times and do not know which you mean.")
_OPEN_ENDED = Problem("ask", "open_comparison", "An open period cannot be compared: give both its ends.")
_STOCK_NOW = Problem("decline", "stock_history", "Stock is known only as it stands now.")
_STOCK_COMPARED = Problem(
    "decline",
    "stock_history",
    "Stock is known only as it stands now, so it cannot be compared with another time.",
)


@dataclass(frozen=True)
class Period:
    """`range` None stands for the metric's own default."""

    range: Range | None
    compare: Compare | None = None


def period_of(slots: Slots, choice: Choice, catalogue: Catalogue, today: date) -> Period | Problem:
    """The range asked for and its comparison, or why there is none."""
    if len(slots.times) > 1:
        return _TWO_TIMES
    time = slots.times[0] if slots.times else None
    spoken = [t for t in (time, slots.compared) if t]
    ahead = any(t.role == "future" for t in spoken)
    if ahead and (choice.subject != "appointments" or set(choice.metrics) & _KNOWN_AFTERWARDS):
        return _NO_FORECAST
    stands_now = catalogue.metrics[choice.metrics[0]].default_range == "now"
    if stands_now and time and time.range.from_ == time.range.to == today:
        time = None
    if stands_now and choice.subject == "stock":
        if time:
            return _STOCK_NOW
        if slots.compare:
            return _STOCK_COMPARED
    if slots.compare:
        return _comparison(time, slots.compared, today)
    mixed = {catalogue.metrics[m].default_range == "now" for m in choice.metrics} == {True, False}
    if time is None and mixed and choice.subject != "stock":  # beside each other only over the same rows
        return Period(Range(to=today, words="all dates so far"))
    return Period(time.range if time else None)


def _comparison(asked: TimeMention | None, other: TimeMention | None, today: date) -> Period | Problem:
    """`asked` beside `other`: a time of its own ("June"), or one told by its distance ("a year before")."""
    back = other.back if other and other.role == "compare" else None
    spoken = other if other and other.role != "compare" else None
    if asked is None or (spoken and _coarser(spoken.unit, asked.unit) and spoken.unit != "year"):
        asked = _under_way((spoken.unit if spoken else back[0] if back else None) or "month", today)
    if asked.range.from_ is None or asked.range.to is None:
        return _OPEN_ENDED
    if spoken is None:
        return _beside(asked, back, other.words if other else "the period before", today)
    if spoken.range.from_ is None or spoken.range.to is None:
        return _OPEN_ENDED
    years = asked.range.from_.year - spoken.range.from_.year
    if spoken.unit == "year" and asked.unit in ("day", "week", "month", "quarter") and years > 0:
        return _beside(asked, ("year", years), spoken.words, today)  # "October vs last year"
    compared = spoken.range
    if spoken.unit and spoken.role == "since":
        whole_unit = last_day(spoken.unit, spoken.range.from_)
        compared = Range(from_=spoken.range.from_, to=whole_unit, words=spoken.words)
    if (compared.from_, compared.to) == (asked.range.from_, asked.range.to):
        return _beside(asked, None, "the period before", today)  # "last quarter and the prior one"
    unit = None if asked.role == "since" else asked.unit
    part = like_for_like(asked.range, unit, compared, today)
    return Period(asked.range, Compare(range=compared, like_for_like=part))


def _under_way(unit: Grain, today: date) -> TimeMention:
    return TimeMention(
        0, 0, Range(from_=first_day(unit, today), to=today, words=f"this {unit}"), "range", unit
    )


def _beside(asked: TimeMention, back: tuple[Grain, int] | None, words: str, today: date) -> Period:
    unit = None if asked.role == "since" else asked.unit  # "since June" is no month
    other, part = other_period(asked.range, unit, back, today)
    if part and _AS_LONG.search(words):
        return Period(asked.range, Compare(range=part.model_copy(update={"words": words})))
    return Period(asked.range, Compare(range=other.model_copy(update={"words": words}), like_for_like=part))


def _coarser(a: Grain | None, b: Grain | None) -> bool:
    return a is not None and b is not None and GRAINS.index(a) > GRAINS.index(b)
