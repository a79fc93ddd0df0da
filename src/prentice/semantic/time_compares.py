"""Words of a comparison, such as "same month last year", and what a mention of time is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from prentice.semantic.calendars import unit_from_word
from prentice.semantic.query import Grain, Range
from prentice.semantic.time_vocabulary import N
from prentice.semantic.time_words import number

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


_STRETCH = (
    r"(?:days?|weeks?|weekend|months?|quarters?|half|period|times?|dates?|stretch|point|part|spell|span|season|"
    r"interval|window|stage|time ?(?:frame|span))"
)
_SAME = r"(?:same|corresponding|equivalent|comparable|matching)"
_LAST_UNIT = r"(?:last|previous|prior|preceding) (?P<unit>year|month|week|quarter)"
_AGO = r"(?:ago|earlier|previously|before(?=\s*(?:$|[?!,;:.)])))"
# The unit is None where the words themselves say it, and "period" for the one before of the same length.
_COMPARE: tuple[tuple[str, str | None], ...] = (
    (rf"(?:the )?{_SAME} (?:{N} )?{_STRETCH} (?:of |in |from )?(?:the )?{_LAST_UNIT}", None),
    (rf"(?:at )?this (?:time|point|stage|day) (?:of |in )?{_LAST_UNIT}", None),
    (rf"{_LAST_UNIT} (?:in |over |for )?(?:the )?{_SAME} {_STRETCH}", None),
    (
        rf"(?:the )?{_SAME} (?:{N} )?{_STRETCH} (?:a|one|(?P<count>\d+|two|three)) "
        rf"(?P<unit>year|month|week|quarter)s? (?:ago|earlier|before)",
        None,
    ),
    (
        rf"(?:the )?{_SAME} (?:{N} )?{_STRETCH} the (?P<unit>year|month|week|quarter) before(?! last)",
        None,
    ),
    (rf"(?:the )?(?:year[ -](?:earlier|ago)|(?:prior|previous)[ -]year) {_STRETCH}", "year"),
    (rf"(?P<count>{N}) (?P<unit>week|month|quarter|year)s? {_AGO}", None),
    (
        r"year[ -](?:on|over)[ -]year|yoy|y/y|a year (?:ago|earlier|before)|the year earlier|"
        r"(?:the )?(?:prior|previous) year's|(?:the )?year before(?! last)",
        "year",
    ),
    (rf"(?P<count>a|{N}) (?P<unit>fortnight)s? {_AGO}", None),
    (
        r"month[ -](?:on|over)[ -]month|mom|m/m|a month (?:ago|earlier)|(?:the )?month before(?! last)",
        "month",
    ),
    (r"week[ -](?:on|over)[ -]week|wow|a week (?:ago|earlier)|(?:the )?week before(?! last)", "week"),
    (
        r"quarter[ -](?:on|over)[ -]quarter|qoq|a quarter (?:ago|earlier)|(?:the )?quarter before(?! last)",
        "quarter",
    ),
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
            taken.append((m.start(), m.end()))
            back = None if unit == "period" else _distance(m, unit)
            yield TimeMention(m.start(), m.end(), Range(words=m[0]), "compare", back=back)


def _distance(m: re.Match[str], unit: str | None) -> tuple[Grain, int]:
    """How far back: the unit said and how many of it. Twelve months are a year."""
    said = m.groupdict()
    count = number(said["count"]) if said.get("count") not in (None, "a") else 1
    if said.get("unit") == "fortnight":
        return "week", 2 * count
    grain = unit_from_word(unit or said["unit"])
    return ("year", count // 12) if grain == "month" and count and count % 12 == 0 else (grain, count)
