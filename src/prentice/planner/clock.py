"""Hours of the day: "after 4pm", "before noon", "between 10 and 12 in the morning"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CLOCK = r"(?:\d{1,2}(?::00)?|noon|midday|midnight)"
_MARK = r"(?: ?(?:am|pm)\b| ?o ?clock\b| in the (?:morning|afternoon|evening)\b)"
_HOURS = re.compile(
    rf"\b(?P<word>after|from|past|since|before|until|till|between|by|at)"
    rf"(?: (?:about|around))? (?P<a>{_CLOCK})(?P<a_mark>{_MARK})?"
    rf"(?: ?(?:and|to|-|until) ?(?P<b>{_CLOCK})(?P<b_mark>{_MARK})?)?(?![\w/%]|\.\d|:\d)"
)
_NAMED = {"noon": 12, "midday": 12, "midnight": 24}


@dataclass(frozen=True, slots=True)
class Hours:
    """Whole hours `first` to `last`, both included (16 is 16:00 to 16:59); places are characters."""

    start: int
    end: int
    first: int
    last: int
    words: str


def find_hours(text: str) -> Iterator[Hours]:
    """Bounds on the hour in plain text. A number alone is none: it needs "pm", "o'clock" or the like.

    >>> [(h.first, h.last) for h in find_hours("takings after 4pm and before noon")]
    [(16, 23), (0, 11)]
    """
    for m in _HOURS.finditer(text):
        marks = [mark for mark in (m["a_mark"], m["b_mark"]) if mark]
        named = {m["a"], m["b"]} & set(_NAMED) or ":" in m[0]
        if not marks and not named:
            continue
        first = _hour(m["a"], m["a_mark"] or m["b_mark"])
        second = _hour(m["b"], m["b_mark"]) if m["b"] else None
        if first is None or (m["b"] and second is None):
            continue
        bounds = _bounds(m["word"], first, second)
        if bounds and 0 <= bounds[0] <= bounds[1] <= 23:
            yield Hours(m.start(), m.end(), *bounds, m[0])


def _hour(clock: str, mark: str | None) -> int | None:
    if clock in _NAMED:
        return _NAMED[clock]
    hour = int(clock.removesuffix(":00"))
    later = mark is not None and ("pm" in mark or "afternoon" in mark or "evening" in mark)
    if mark is not None and hour > 12:
        return None
    if later and hour < 12:
        return hour + 12
    return 0 if mark and "am" in mark and hour == 12 else hour


def _bounds(word: str, first: int, second: int | None) -> tuple[int, int] | None:
    if second is not None:
        return (first, second - 1) if word in ("between", "from", "after") else None
    match word:
        case "after" | "from" | "past" | "since":
            return first, 23
        case "before" | "until" | "till" | "by":
            return 0, first - 1
        case "at":
            return first, first
        case _:
            return None
