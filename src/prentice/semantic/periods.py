"""The periods that a metric is counted over, and how another period is laid beside the one asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from prentice.semantic.columns import LIKE_FOR_LIKE, PREVIOUS
from prentice.semantic.facts import Bounds
from prentice.semantic.model import Metric
from prentice.semantic.query import Grain, Range
from prentice.semantic.resolve import Resolved

_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """`asked`: '' for the period asked about, '_previous', '_like_for_like'; `ending` names its columns."""

    asked: str
    ending: str
    bounds: Bounds


def periods(resolved: Resolved, metric: Metric) -> list[Period]:
    """Each period that the metric is counted over."""
    chosen = resolved.query.range
    if chosen is None:
        return [Period("", "", Bounds("", None, None))]
    if not resolved.follows_dates(metric):
        return [Period("", "_now", Bounds("", None, None))]
    found = [Period("", "", Bounds("", chosen.from_, chosen.to))]
    compare = resolved.query.compare
    if compare:
        found.append(Period(PREVIOUS, PREVIOUS, _beside("previous_", chosen, compare.range, resolved.grain)))
        if compare.like_for_like:
            other = _beside("like_for_like_", chosen, compare.like_for_like, resolved.grain)
            found.append(Period(LIKE_FOR_LIKE, LIKE_FOR_LIKE, other))
    return found


def _beside(name: str, chosen: Range, other: Range, grain: Grain | None) -> Bounds:
    """The other period; with a grain, moved by whole units so that its first one stands beside the first of
    the period asked about. What lies past that period's last unit has nothing beside it and is left out."""
    if grain is None or chosen.from_ is None or other.from_ is None:
        return Bounds(name, other.from_, other.to)
    if grain in _MONTHS:
        step = _MONTHS[grain]
        count = (_unit(chosen.from_, step) - _unit(other.from_, step)) * step
        shift = (count, "MONTH")
        last = _month_end(chosen.to, step, count) if chosen.to else None
    else:
        apart = _start(chosen.from_, grain) - _start(other.from_, grain)
        shift = (apart.days, "DAY")
        last = (
            _start(chosen.to, grain) + timedelta(days=6 if grain == "week" else 0) - apart
            if chosen.to
            else None
        )
    ends = [day for day in (other.to, last) if day is not None]
    return Bounds(name, other.from_, min(ends) if ends else None, shift)


def _unit(day: date, step: int) -> int:
    """The number of the month (quarter, year) that `day` lies in."""
    return (day.year * 12 + day.month - 1) // step


def _month_end(day: date, step: int, back: int) -> date:
    """The last day of the unit of `day`, moved back by months."""
    following = (_unit(day, step) + 1) * step - back
    return date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def _start(day: date, grain: Grain) -> date:
    return day - timedelta(days=day.weekday()) if grain == "week" else day
