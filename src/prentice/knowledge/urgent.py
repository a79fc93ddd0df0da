"""Symptoms that cannot wait: recognised before anything is looked up, and answered with where to go, first.

It errs towards care: a question about the theory of floaters begins with the advice too. What is advised
follows The College of Optometrists' Clinical Management Guidelines (urgency of referral) and the American
Academy of Ophthalmology's advice on emergencies; nothing here says what somebody has. The signs are data:
`urgent.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Urgent:
    """`name` is stable. `advice` is one or two sentences by region; `article` is what is read about it."""

    name: str
    advice: str
    article: str


@dataclass(frozen=True, slots=True)
class _Sign:
    """Told of where all patterns of one set are found."""

    name: str
    advice: str
    article: str
    sets: Sequence[Sequence[re.Pattern[str]]]


# What was never so, or is told as absent, is no sign.
_ABSENT = re.compile(
    r"\b(?:no|not|without|never(?: had)?|denies|isn'?t|aren'?t|doesn'?t|don'?t|nor)\b(?: \w+){0,2}? "
    r"(?=(?:pain\w*|flash\w*|floaters?|red\w*|hurt\w*|sore\w*|discharge|double|headache\w*|loss|curtain|shadow)\b)"
    r"\w+(?: (?:or|nor|and) \w+)*"
)


def urgent(question: str, region: str = "any") -> Urgent | None:
    """The first sign that the question tells of, or None. `region`: "UK", "US" or "any".

    >>> urgent("My daughter got bleach in her eye", "UK").name
    'chemical'
    >>> urgent("Should the practice stock bleach for cleaning?") is None
    True
    """
    text = _ABSENT.sub(" ", " ".join(question.lower().replace("\u2019", "'").split()))
    where, signs = _told()
    for sign in signs:
        if any(all(part.search(text) for part in parts) for parts in sign.sets):
            return Urgent(sign.name, sign.advice.format(where=where.get(region, where["any"])), sign.article)
    return None


@lru_cache(maxsize=1)
def _told() -> tuple[Mapping[str, str], tuple[_Sign, ...]]:
    told = yaml.safe_load(files("prentice.knowledge").joinpath("urgent.yml").read_text("utf-8"))
    words: dict[str, list[str]] = told["words"]
    return told["where"], tuple(_sign(given, words) for given in told["signs"])


def _sign(given: Mapping[str, Any], words: Mapping[str, list[str]]) -> _Sign:
    def part(alternatives: Sequence[str]) -> re.Pattern[str]:
        meant = [one for a in alternatives for one in (words[a[1:-1]] if a.startswith("<") else [a])]
        # A look ahead ("nowhere in the question") looks from the beginning.
        start = "^" if meant[0].startswith("(?!") else r"\b"
        return re.compile(rf"{start}(?:{'|'.join(meant)})")

    sets = [[part(alternatives) for alternatives in one] for one in given["sets"]]
    return _Sign(given["name"], given["advice"], given["article"], sets)
