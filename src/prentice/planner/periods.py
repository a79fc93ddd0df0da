"""Which of a question's times is asked about, and which it is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from prentice.planner.reading import Reading
from prentice.planner.settle import TOGETHER
from prentice.planner.slots import Slots
from prentice.semantic.calendars import WEEKDAYS, shift
from prentice.semantic.dates import TimeMention
from prentice.semantic.query import Range


def settle_periods(slots: Slots, reading: Reading, grammar: set[str], today: date) -> Slots:
    """The times of a question in their parts. The diary looks ahead: see `_ahead`."""
    settled = _settle(slots, reading, grammar)
    never = any(m.has("grammar", "zero_sales") and "never" in m.text for m in reading.mentions)
    if never and not settled.times:
        return settled.with_(times=(TimeMention(0, 0, Range(to=today, words="all time"), "all"),))
    if settled.subject == "appointments":
        return settled.with_(times=tuple(_ahead(t, settled.due, today) for t in settled.times))
    return settled


_NEAR_DAYS = 60  # how far ahead people book; a day without a year that is as near is meant as coming


def _ahead(time: TimeMention, due: bool, today: date) -> TimeMention:
    """ "booked for Monday" is the coming one; "on 5 November", said in October, is this year's."""
    first = time.range.from_
    if time.role != "range" or time.unit != "day" or first is None or first >= today:
        return time
    words = time.words
    numbers = [w for w in words.replace("/", " ").split() if w[0].isdigit()]
    if numbers and all(len(w) < 4 or not w.isdigit() for w in numbers):
        coming = shift(first, "year", 1)
    elif due and words.split()[-1] in WEEKDAYS and "last" not in words:
        coming = first + timedelta(days=7)
    else:
        return time
    if not 0 < (coming - today).days <= _NEAR_DAYS:
        return time
    return replace(time, role="future", range=time.range.model_copy(update={"from_": coming, "to": coming}))


def _settle(slots: Slots, reading: Reading, grammar: set[str]) -> Slots:
    """Times and comparison. Two values of one dimension beside a word of comparison are compared with
    each other, not with another time."""
    spoken = [t for t in reading.times if t.role != "compare"]
    relative = [t for t in reading.times if t.role == "compare"]
    bounds = any(m.has("threshold") for m in reading.mentions) and not slots.thresholds
    if bounds:  # "is Nordhaven doing better than Aldwych", "more than last month"
        grammar = grammar | {"compare"}
    wants = "compare" in grammar or "growth" in grammar
    if "compare" in grammar and not relative and len(spoken) < 2 and (pair := _compared_values(slots)):
        return slots.with_(times=tuple(spoken), dimensions=_added(slots, pair))
    if relative:
        return slots.with_(times=tuple(spoken), compared=relative[0], compare=True)
    if len(spoken) >= 2:
        if wants and spoken[0].role == "since":  # "how did it change from June to July": July, beside June
            return slots.with_(times=(spoken[1],), compared=spoken[0], compare=True)
        if wants:
            return slots.with_(times=(spoken[0],), compared=spoken[1], compare=True)
        if joined := _joined(spoken):
            together = any(t.text in TOGETHER for t in reading.tokens)
            grain = slots.grain or (None if together else spoken[0].unit)
            return slots.with_(times=(joined,), grain=grain)
        return slots.with_(times=tuple(spoken))
    if len(spoken) == 1 and wants:
        if _follows_comparison(reading, spoken[0]):
            return slots.with_(times=(), compared=spoken[0], compare=True)
        if spoken[0].role == "since" and "growth" in grammar and spoken[0].unit:
            return slots.with_(times=(), compared=spoken[0], compare=True)
        return slots.with_(
            times=tuple(spoken), compare="growth" in grammar and not slots.trend and slots.grain is None
        )
    return slots.with_(times=tuple(spoken))


def _compared_values(slots: Slots) -> str | None:
    by_dimension: dict[str, set[str]] = {}
    for v in slots.values:
        if not v.negated:
            by_dimension.setdefault(v.dimension, set()).add(v.value.casefold())
    return next((d for d, values in by_dimension.items() if len(values) >= 2), None)


def _added(slots: Slots, dimension: str) -> tuple[str, ...]:
    return slots.dimensions if dimension in slots.dimensions else (*slots.dimensions, dimension)


def _follows_comparison(reading: Reading, time: TimeMention) -> bool:
    """Whether the only time said is the other one: "vs last month", "compare it by brand with last month"."""
    at = reading.time_at(time)
    compares = any(m.has("grammar", "compare") and m.start < at for m in reading.mentions)
    if compares and at > 0 and reading.tokens[at - 1].text in ("with", "to", "against", "versus", "vs"):
        return True
    while at > 0 and reading.tokens[at - 1].text in _BETWEEN:
        if (m := reading.before(at)) and m.has("grammar", "compare"):
            return True
        at -= 1
    mention = reading.before(at)
    return mention is not None and mention.has("grammar", "compare")


_BETWEEN = frozenset(
    [
        "the",
        "in",
        "for",
        "what",
        "we",
        "did",
        "had",
        "it",
        "was",
        "to",
        "with",
        "those",
        "of",
        "same",
        "this",
        "that",
        "does",
        "do",
    ]
)


def _joined(times: list[TimeMention]) -> TimeMention | None:
    """ "September and October": neighbours that together are one range."""
    if any(t.role != "range" for t in times):
        return None
    ordered = sorted(times, key=lambda t: t.range.from_ or t.range.to)  # type: ignore[arg-type, return-value]
    for a, b in pairwise(ordered):
        if a.range.to is None or b.range.from_ is None or b.range.from_ - a.range.to != timedelta(days=1):
            return None
    first, last = ordered[0], ordered[-1]
    whole = first.range.model_copy(
        update={"to": last.range.to, "words": " and ".join(t.words for t in times)}
    )
    return TimeMention(first.start, last.end, whole, "range", None)
