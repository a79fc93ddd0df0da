"""`lexicon.yml`, compiled once: the words by which calculators are asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class LabelWords:
    """What a number means. `first`: it is wont to stand before its word; `between`: what can be at all."""

    key: str
    pattern: re.Pattern[str]
    units: frozenset[str]
    first: bool
    signed: bool
    between: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cue:
    """A calculator, the words that call it, and the labels that mean something to it."""

    calculator: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    labels: tuple[LabelWords, ...]
    cues: tuple[Cue, ...]  # in the order in which they are tried
    practice: re.Pattern[str]
    theory: re.Pattern[str]
    advice: re.Pattern[str]
    figure: re.Pattern[str]
    hedged: re.Pattern[str]
    asked: re.Pattern[str]
    other_units: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """The words. Some 10 ms the first time."""
    own = yaml.load(  # a safe loader either way
        files("prentice.optics.words").joinpath("lexicon.yml").read_text("utf-8"), Loader=_LOADER
    )
    polite = r"^(?:so |and |but |please |can you |could you )*"
    return Lexicon(
        labels=tuple(_label(entry) for entry in own["labels"]),
        cues=tuple(
            Cue(entry["name"], _any(entry["cues"]), tuple(entry.get("labels", ())))
            for entry in own["calculators"]
        ),
        practice=re.compile(rf"\b(?:{'|'.join(own['practice'])})\b"),
        theory=re.compile(rf"{polite}(?:{'|'.join(own['theory'])})\b|\bwhat does .* mean$"),
        advice=re.compile(rf"\b(?:{'|'.join(own['advice'])})\b"),
        figure=re.compile(rf"\b(?:{'|'.join(own['figure'])})\b"),
        hedged=re.compile(rf"^(?:{'|'.join(own['hedged'])})\b"),
        asked=re.compile(rf"{polite}(?:{'|'.join(own['asked'])})\b"),
        other_units=re.compile(rf" ?(?:{'|'.join(own['other_units'])})\b|[$£€]"),
    )


def _label(entry: dict[str, Any]) -> LabelWords:
    low, high = entry.get("between", (-1e4, 1e4))
    return LabelWords(
        entry["key"],
        re.compile(rf"(?<![\w-])(?:{'|'.join(entry['words'])})(?![\w-])"),
        frozenset({"", *entry.get("units", ())}),
        entry.get("number") == "first",
        bool(entry.get("signed")),
        (float(low), float(high)),
    )


def _any(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(words))
