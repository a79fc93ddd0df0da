"""Numbers and the words that say what they are: 'ct 1.5', '18 dbl', 'vertex of 12 mm'.

A number belongs to the label before it or after it. Which, is decided for the whole question at once: as many
labels as possible get a number, and among the ways to do that the one that keeps to each label's habit wins
('ct 1.5', but '5 mm below').
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


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
    key: str


# Each label: its key, the words for it, the units that its number may have, whether the number comes first.
_MM, _D, _DEG, _PLAIN = ("", "mm"), ("", "d"), ("", "degrees"), ("",)
_HEIGHT = r"(?: ?(?:height|ht)\b)"
_LABELS: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (
    ("near_pd", r"near (?:pd|interpupillary distance)|npd|reading pd", _MM, False),
    ("right_pd", r"(?:right|od|re|r)(?: eye)?(?: mono(?:cular)?)? (?:pd|mpd)|mono(?:cular)? pd (?:right|od|re|r)", _MM, False),
    ("left_pd", r"(?:left|os|le|l)(?: eye)?(?: mono(?:cular)?)? (?:pd|mpd)|mono(?:cular)? pd (?:left|os|le|l)", _MM, False),
    ("frame_pd", r"frame pd|gcd|geometric(?:al)? cent(?:re|er) distance", _MM, False),
    ("pd", r"(?:distance |binocular |patient'?s |wearer'?s )?(?:pd|ipd|interpupillary distance|pupillary distance)", _MM, False),
    ("a", r"eye ?size|lens width|a (?:box|measurement|dimension)|boxed width|(?<!right )(?<!left )(?<!each )(?<!the )\beye", _MM, True),
    ("dbl", r"dbl|bridge(?: size)?|distance between lenses", _MM, True),
    ("ed", r"ed|effective diameter", _MM, False),
    ("near", r"working distance|wd|reading distance", _MM, False),
    ("depth", r"reading (?:depth|level)|read(?:s|ing)?(?: at)?|level", _MM, False),
    ("seg", rf"seg(?:ment)?{_HEIGHT}", _MM, False),
    ("reference", rf"(?:mrp|oc|prp|optical cent(?:re|er)|fitting|fitting cross|pupil)(?:'s)?{_HEIGHT}|(?:mrp|oc)(?= ?(?:is |at )?\d)", _MM, False),
    ("centre", r"ct|cent(?:re|er) (?:thickness|substance)|cent(?:re|er) thick|min(?:imum)? cent(?:re|er)|cent(?:re|er)(?= (?:of )?\d)|(?:thick )?(?:in|at) the cent(?:re|er)(?: thick)?|thick cent(?:re|er)|cent(?:re|er)", _MM, False),
    ("edge", r"et|(?:min(?:imum)? )?edge(?: thickness| substance)?|thin(?:nest)? edge", _MM, False),
    ("thickness", r"thickness|thick|t(?= ?=)", _MM, False),
    ("diameter", r"diameter|dia|diam|blank size|lens size|across|wide|round|uncut", _MM, False),
    ("index", r"(?:refractive )?index|n(?= ?[=:]? ?1\.)|ri", _PLAIN, False),
    ("abbe", r"abbe(?: (?:number|value|of))?|v[- ]?(?:value|number)|constringence", _PLAIN, False),
    ("density", r"density|specific gravity|sg", ("", "g"), False),
    ("vertex", r"(?:back )?vertex(?: distance)?|bvd|vd", _MM, False),
    ("pantoscopic", r"panto(?:scopic)?(?: tilt| angle)?|tilt(?:ed)?(?: angle)?(?: by)?", _DEG, False),
    ("wrap", r"wrap(?: angle)?|face[- ]?form(?: angle)?|facial wrap|bow", _DEG, False),
    ("add", r"add|addition|near add", _D, False),
    ("front", r"front(?: surface| curve)?(?: power)?|f1", _D, False),
    ("back", r"back(?: surface| curve)(?: power)?|back|rear(?: surface)?|f2", _D, False),
    ("base", r"base curve|bc|base(?! ?(?:in|out|up|down)\b)", _D, False),
    ("radius", r"radius(?: of curvature)?|r(?= ?=)", _MM, False),
    ("clock", r"(?:lens )?clock(?: reads?| reading| shows?)?|lens (?:measure|gauge)(?: reads?| reading)?|reads|reading|geneva", _D, False),
    ("surface", r"surface(?: power)?|curve", _D, False),
    ("meridian", r"meridian|along(?: the)?(?: axis)?|in the|at(?: axis| the)?(?= ?\d)", _DEG, False),
    ("rotation", r"(?:rotat|turn|swing|spin|torqu)\w*(?: by| of)?", _DEG, False),
    ("focal", r"focal length|focus(?:es)?(?: at| of)?|focal distance", ("", "mm", "m"), False),
    ("m", r"m(?= ?[=:]? ?[+-]?\d)", _D, False),
    ("j0", r"j ?0(?= ?[=:]? ?[+-]?\d)", _D, False),
    ("j45", r"j ?45(?= ?[=:]? ?[+-]?\d)", _D, False),
    ("k", r"k(?:'s| reading| value)?|keratometry|keratometer", _D, False),
    ("below", r"below|beneath|under|down(?:ward)?s?|lower|low|inferior(?:ly)?", _MM, True),
    ("above", r"above|over|up(?:ward)?s?|higher|high|superior(?:ly)?", _MM, True),
    ("nasal", r"nasal(?:ly|wards)?|in(?:ward)?s?(?! (?:the|a|mm|logmar|decimal|feet|met|snellen|contact|prism|[1-9]))|towards? the nose|medial(?:ly)?|inset|too narrow|narrow", _MM, True),
    ("temporal", r"temporal(?:ly|wards)?|out(?:ward)?s?(?! (?:of|from|by))|lateral(?:ly)?|outset|too wide", _MM, True),
    ("off", r"off|wrong|error|out by|(?:too )?(?:wide|narrow)|from (?:the )?(?:oc|cent)|away", _MM, True),
    ("allowance", r"allowance|edging", _MM, False),
)  # fmt: skip
_PATTERNS = tuple(
    (key, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])"), units, first) for key, words, units, first in _LABELS
)
_UNITS = {key: units for key, _, units, _ in _PATTERNS}
_FIRST = {key: first for key, _, _, first in _PATTERNS}
_SIGNED = frozenset({"add", "front", "back", "base", "clock", "surface", "m", "j0", "j45", "pantoscopic", "wrap"})
_NUMBER = re.compile(
    r"(?<![\w./])(?P<sign>[+-]?)(?P<value>\d+(?:\.(?P<decimals>\d+))?) ?"
    r"(?P<unit>mm|cm|m(?= |$|[,.?;])|d\b|ds\b|dioptres?|diopters?|degrees?|deg\b|g\b|\u0394|%)?(?![\w/]*\d/)(?! ?/ ?\d)"
)
_GAP = 24  # characters between a number and its label, at most


def numbers(text: str) -> list[Number]:
    """Every number that stands alone: no fraction, no part of a word."""
    found = []
    for one in _NUMBER.finditer(text):
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
        Label(one.start(), one.end(), key)
        for key, pattern, _, _ in _PATTERNS if key in only
        for one in pattern.finditer(text)
    ]  # fmt: skip
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
    items: tuple[Number | Label, ...] = tuple(
        sorted([*numbers(text), *labels(text, frozenset(only))], key=lambda item: item.start)
    )

    @lru_cache(maxsize=None)
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
    if len(between) > _GAP or number.unit not in _UNITS[label.key] or re.search(r"[;?]|\d", between):
        return None
    if number.signed and label.key not in _SIGNED:
        return None
    habit = 0.2 if _FIRST[label.key] == first else 0.0
    comma = 0.15 if "," in between else 0.0
    return label.key, number, 1 + habit - comma - len(between) / 200
