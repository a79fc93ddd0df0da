"""Questions that ask to decide for a person: what somebody has, what power they need, what medicine to take.

They get what is known in general, after a sentence that says who decides. A person must be meant and a
decision asked for; what counts as either is data: `personal.yml`.
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
class _Kind:
    """Of one set, all of the first stand in the question and none of the second."""

    said: str
    sets: Sequence[tuple[Sequence[re.Pattern[str]], Sequence[re.Pattern[str]]]]


def personal(question: str) -> str:
    """Who decides, in one sentence; "" where the question asks for no such thing.

    >>> personal("Should I stop my glaucoma drops?")[:21]
    'I cannot advise on st'
    >>> personal("What is glaucoma?")
    ''
    """
    text = " ".join(question.replace("\u2019", "'").split())
    for kind in _told():
        for there, absent in kind.sets:
            if all(p.search(text) for p in there) and not any(p.search(text) for p in absent):
                return kind.said
    return ""


@lru_cache(maxsize=1)
def _told() -> tuple[_Kind, ...]:
    told = yaml.safe_load(files("prentice.knowledge").joinpath("personal.yml").read_text("utf-8"))
    words = {name: f"(?:{'|'.join(given)})" for name, given in told["words"].items()}
    return tuple(_kind(given, words) for given in told["kinds"])


def _kind(given: Mapping[str, Any], words: Mapping[str, str]) -> _Kind:
    def patterns(told: Sequence[str]) -> list[re.Pattern[str]]:
        return [_pattern(one, words) for one in told]

    return _Kind(given["said"], [(patterns(s["all"]), patterns(s.get("none", ()))) for s in given["sets"]])


def _pattern(told: str, words: Mapping[str, str]) -> re.Pattern[str]:
    meant = re.sub(r"<(\w+)>", lambda found: words[found[1]], told)
    return re.compile(rf"(?<![\w'])(?:{meant})(?!\w)", re.IGNORECASE)
