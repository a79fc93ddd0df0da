"""What people say around a question: "Board call in ten minutes: this year's revenue vs last year's".

An aside may be left out of the reading, never what restricts it; what was left out is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Where an aside before the question ends, and where one behind it begins.
_BEFORE = re.compile(
    r"[.:;!?] +|,? so (?=could|can|tell|what|how|which|please|show|give|i\b|who|where)"
    r"|, (?=could|can you|please)| - (?=[a-z])",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r",? (?:as|because|before|ahead of|since) (?=the |we|we're |i'?m |i |our |my |he |she |they )"
    r"|[.;?] +(?=[A-Za-z])| - (?=[a-z])|,? (?:thanks|thank you|cheers|ta)\b.*$",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2  # of a question


@dataclass(frozen=True, slots=True)
class Kept:
    """A question without its aside."""

    question: str
    aside: str
    asks: bool = False  # the aside is itself put as a question


def without_asides(question: str) -> Iterator[Kept]:
    """Shorter readings of `question`, the one that keeps most first.

    >>> [k.question for k in without_asides("Board call in ten minutes: revenue this year")]
    ['revenue this year']
    """
    found: list[Kept] = []
    for m in _BEFORE.finditer(question):
        found.append(Kept(question[m.end() :].strip(), question[: m.start()].strip(), m[0].startswith("?")))
    for m in _BEHIND.finditer(question):
        found.append(Kept(question[: m.start()].strip(), question[m.start() :].strip(" ,;.-")))
    found.sort(key=lambda k: -len(k.question))
    yield from (k for k in found if len(k.question.split()) >= _FEWEST_WORDS and k.aside)
