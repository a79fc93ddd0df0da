"""Findings from a note: look up, then judge what stands around each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from prentice.deid.findings.context import (
    eyes_of,
    is_denied,
    is_doubted,
    is_relatives,
    sentence_bounds,
    sentence_of,
)
from prentice.deid.findings.vocabulary import Forms, Hit, terms
from prentice.deid.redact.gazetteer import fold

__all__ = ["Finding", "extract", "extract_many", "terms"]


class Finding(NamedTuple):
    """A term of the vocabulary, and the eyes it was said of; neither where the note does not say."""

    term: str
    right: bool
    left: bool


@cache
def _forms() -> Forms:
    return Forms()


def extract(text: str) -> tuple[Finding, ...]:
    """The findings that a note affirms, once each, in the order in which they stand.

    What is denied ("no RD"), only asked about ("?PVD", "r/o"), or a relative's ("FH glaucoma") is not
    returned. Nothing of the note but the vocabulary's own labels can come out.

    >>> extract("PSC LE, NS OU. No RD, ?PVD. FH glaucoma")[:1]
    (Finding(term='posterior subcapsular cataract', right=False, left=True),)
    """
    folded = fold(text)
    hits = _forms()(folded)
    if not hits:
        return ()
    bounds = sentence_bounds(folded)
    found: dict[str, tuple[bool, bool]] = {}
    for hit in hits:
        low, high = sentence_of(folded, hit.start, hit.end, bounds)
        before, after = folded[low : hit.start], folded[hit.end : high + 1]
        if _is_another_word(folded, hit) or is_denied(before, after):
            continue
        if is_doubted(before, after) or is_relatives(before, after):
            continue
        right, left = eyes_of(folded, hit.start, hit.end, low, high)
        was = found.get(hit.term, (False, False))
        found[hit.term] = (was[0] or right, was[1] or left)
    return tuple(Finding(term, right, left) for term, (right, left) in found.items())


def extract_many(texts: Iterable[str]) -> list[tuple[Finding, ...]]:
    """`extract` of each text, in order."""
    return [extract(text) for text in texts]


# Abbreviations that are something else in these surroundings: CC: chief complaint, VA CC, DR SMITH, MILL RD.
_ELSE = {
    "CC": re.compile(r"(?:^|\n|va\s|vas\s|\d\s)\s*CC\b|CC\s*(?::|-|\d|Dr|GP|6/|20/)", re.I),
    "DR": re.compile(r"DR\.?\s+[A-Z][A-Za-z]+"),
    "RD": re.compile(r"\d[A-Z]?\s+(?:[A-Z]+\s+){1,3}RD\b"),
    "NS": re.compile(r"NS\s*:"),
    "MH": re.compile(r"MH\s*:|P?MH\s+(?:nil|good|ok|HTN|DM)"),
    "HA": re.compile(r"HA\s+(?:practice|surgery)"),
    "PAC": re.compile(r"PAC\s+conj"),
}
_DR_OF_EYES = re.compile(
    r"DR\.?\s+(?:RE|LE|OD|OS|OU|BE|R|L|NAD|IN|ON|WITH|AND|OR|SEEN|NOTED|STABLE|MILD|R\d)\b", re.I
)


def _is_another_word(folded: str, hit: Hit) -> bool:
    written = folded[hit.start : hit.end]
    pattern = _ELSE.get(written)
    if pattern is None:
        return False
    if written == "DR" and _DR_OF_EYES.match(folded, hit.start):
        return False
    around = pattern.search(folded, max(0, hit.start - 24), min(len(folded), hit.end + 12))
    return bool(around and around.start() <= hit.start and around.end() >= hit.end)
