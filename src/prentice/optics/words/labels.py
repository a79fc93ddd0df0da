"""Numbers and the words that say what they are: 'ct 1.5', '18 dbl', 'vertex of 12 mm'.

A number belongs to the label before it or after it. Which, is decided for the whole question at once: as many
labels as possible get a number, and among the ways to do that the one that keeps to each label's habit wins
('ct 1.5', but '5 mm below').
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from prentice.optics.words.lexicon import LabelWords, lexicon


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the text. `unit` '' where none stands by it; centimetres are millimetres by now."""

    start: int
    end: int
    value: float
    unit: str
    signed: bool
    decimals: int


@dataclass(frozen=True, slots=True)
class Label:
    start: int
    end: int
    words: LabelWords


_NUMBER = re.compile(
    r"(?<![\w./])(?P<sign>[+-]?)(?P<value>\d+(?:\.(?P<decimals>\d+))?) ?"
    r"(?P<unit>mm|cm|m(?= |$|[,.?;])|d\b|ds\b|dioptres?|diopters?|degrees?|deg\b|g\b|\u03b4|%)?"
    r"(?![\w/]*\d/)(?! ?/ ?\d)"
)
_INDICES = frozenset(
    {1.498, 1.499, 1.5, 1.523, 1.53, 1.532, 1.56, 1.57, 1.586, 1.59, 1.6, 1.67, 1.7, 1.74, 1.76, 1.9}
)
_MOST = 40  # numbers and labels that are looked at: what a person asks has a dozen
_GAP = 24  # characters between a number and its label, at most


def numbers(text: str) -> list[Number]:
    """Every number that stands alone: no fraction, no part of a word."""
    found = []
    for one in _NUMBER.finditer(text):
        if lexicon().other_units.match(text, one.end()) or text[max(one.start() - 1, 0)] in "$£€":
            continue
        unit, value = (one["unit"] or "").strip(), float(one["value"])
        if unit == "cm":
            value, unit = value * 10, "mm"
        unit = "d" if unit.startswith(("ds", "diopt")) else "degrees" if unit.startswith("deg") else unit
        value = -value if one["sign"] == "-" else value
        found.append(
            Number(one.start(), one.end(), value, unit, bool(one["sign"]), len(one["decimals"] or ""))
        )
    return found


def labels(text: str, only: frozenset[str]) -> list[Label]:
    """The labels of these keys, the longest where several begin in one place."""
    found = [
        Label(one.start(), one.end(), words)
        for words in lexicon().labels
        if words.key in only
        for one in words.pattern.finditer(text)
    ]
    kept: list[Label] = []
    for one in sorted(found, key=lambda label: (label.start, -label.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def matched(text: str, only: Sequence[str]) -> dict[str, Number]:
    """The number of each label, as far as they have one.

    >>> found = matched("54 eye 18 dbl ed 58 pd 62", ("a", "dbl", "ed", "pd"))
    >>> {key: number.value for key, number in found.items()}
    {'a': 54.0, 'dbl': 18.0, 'ed': 58.0, 'pd': 62.0}
    """
    found: list[Number | Label] = [*numbers(text), *labels(text, frozenset(only))]
    items = sorted(found, key=lambda item: item.start)[:_MOST]

    @cache
    def best(place: int, taken: frozenset[str]) -> tuple[float, tuple[tuple[str, Number], ...]]:
        if place >= len(items):
            return 0.0, ()
        choice = best(place + 1, taken)
        if place + 1 < len(items):
            one, other = items[place], items[place + 1]
            fit = _fit(text, one, other)
            if fit is not None and fit[0] not in taken:
                score, pairs = best(place + 2, taken | {fit[0]})
                choice = max(choice, (score + fit[2], ((fit[0], fit[1]), *pairs)), key=lambda made: made[0])
        return choice

    return dict(best(0, frozenset())[1])


def _fit(text: str, one: Number | Label, other: Number | Label) -> tuple[str, Number, float] | None:
    """Whether two neighbours belong together, and how well: 1 and a little for habit and nearness."""
    match one, other:
        case (Number() as number, Label() as label):
            first = True
        case (Label() as label, Number() as number):
            first = False
        case _:
            return None
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    words = label.words
    if len(between) > _GAP or number.unit not in words.units or re.search(r"[;?#]|\d", between):
        return None
    if (number.signed and not words.signed) or not words.between[0] <= number.value <= words.between[1]:
        return None
    if "degrees" in words.units and not number.unit and number.value in _INDICES:
        return None  # '15 degrees panto 1.5': an index
    habit = 0.2 if words.first == first else 0.0
    comma = 0.45 if "," in between else 0.0
    own = 0.15 if number.unit else 0.0
    if words.signed:  # a power: in '+6.00 surface in 1.6' the surface has +6.00 and not 1.6
        bare = not (number.signed or number.unit)
        own -= 1.2 if bare and number.value in _INDICES else 0.3 if bare and 1.3 < number.value < 2 else 0.0
    return words.key, number, 1 + habit + own - comma - len(between) / 200
