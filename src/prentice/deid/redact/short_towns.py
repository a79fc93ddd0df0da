"""A patient's own town as people shorten it: "Bmt" for Beaumont, "Fbg", "B'ham", "Hudds"."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re
from collections.abc import Iterator

from prentice.deid.redact.gazetteer import kinds
from prentice.deid.redact.spans import Span

_VOWELS = frozenset("aeiou")
_SHORT = re.compile(r"(?<![A-Za-z'.\-/+\d])([A-Za-z])(?:'([a-z]{1,6})|([A-Za-z]{2,4}))(?![A-Za-z'\d/+\-])")
# In capitals, "BMT" and "SA" are a town's only where a town stands.
_PLACED = re.compile(r"\b(?:in|to|from|near|nr|at|of|lives|ofc|office|,) \Z", re.I)
_CODED = re.compile(r",? (?:[A-Z]{2} )?(?:\d{5}\b|[A-Z]{1,2}\d)|,? [A-Z]{2}\b")


def towns_in(present: set[str], towns: set[str]) -> Iterator[str]:
    """The words of a text that are an own town, or five letters and more of its beginning and nothing else."""
    yield from present & towns
    heads = {town[:5] for town in towns if len(town) > 6}
    if heads:
        for word in present:
            long = word[:5] in heads and not kinds().get(word, 0)
            if long and any(len(word) < len(town) and town.startswith(word) for town in towns):
                yield word


def short_towns(folded: str, low: str, present: set[str], towns: set[str]) -> list[Span]:
    """Each shortened form of an own town in a folded text."""
    heads = {town[0]: town for town in towns if len(town) > 5}
    if not any(
        word[0] in heads and (len(word) == 1 or (2 < len(word) < 6 and _VOWELS.isdisjoint(word[1:])))
        for word in present
    ):
        return []
    found: list[Span] = []
    for match in _SHORT.finditer(folded):
        town = heads.get(match[1].lower())
        if town is None:
            continue
        if match[2]:
            if town.endswith(match[2]) or _is_skeleton(match[1].lower() + match[2], town):
                found.append(Span(*match.span(), "LOCATION"))
            continue
        word = low[match.start() : match.end()]
        if not _VOWELS.isdisjoint(word[1:]) or not _is_skeleton(word, town):
            continue
        placed = _PLACED.search(folded, max(0, match.start() - 10), match.start()) or _CODED.match(
            folded, match.end()
        )
        if placed and (not kinds().get(word, 0) or match[0].istitle()):
            found.append(Span(*match.span(), "LOCATION"))
    return found


def _is_skeleton(word: str, town: str) -> bool:
    """Whether the letters of `word` stand in `town` in this order, from its first."""
    letters = iter(town)
    return town[0] == word[0] and all(letter in letters for letter in word)
