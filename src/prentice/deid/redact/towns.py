"""Places that are known by name, and the phrases of the trade that are none."""

from __future__ import annotations

import re

from prentice.deid.redact.collocations import is_collocation
from prentice.deid.redact.eponyms import is_eponym
from prentice.deid.redact.gazetteer import CLINICAL, NAME, PLACE, PROTECTED, SMALL, WORD, kinds, word_set
from prentice.deid.redact.names import is_name
from prentice.deid.redact.places import NOT_PLACES, STATES_LOW
from prentice.deid.redact.small import small_span
from prentice.deid.redact.spans import Span, as_span
from prentice.deid.redact.streets import LOCATIVE

_SEASONS = word_set("spring summer autumn winter fall day date")


def known_places(folded: str, hits: list[tuple[int, int, int]]) -> tuple[list[Span], list[tuple[int, int]]]:
    """Spans of known places, and the regions of protected phrases, from what the phrases' automaton found."""
    spans: list[Span] = []
    protected: list[tuple[int, int]] = []
    table = kinds()
    for start, end, bits in hits:
        if bits & SMALL:
            if small := small_span(folded, start, end):
                spans.append(small)
            continue
        phrase = folded[start:end]
        if bits & PROTECTED:
            longer = folded[end : end + 1] == "-" and folded[end + 1 : end + 2].isupper()
            if not longer and not phrase.isalnum():  # a single word is known by its kind
                protected.append((start, end))
            continue
        if (start and (folded[start - 1].isalnum() or folded[start - 1] in "-'")) or folded[
            end : end + 1
        ] == "-":
            continue
        low = phrase.lower()
        kind = table.get(low, 0) if " " not in low else 0
        if low in STATES_LOW or low in NOT_PLACES or low in _SEASONS:
            continue
        if is_eponym(folded, end, table.get(low, 0)) or is_collocation(folded, start, end):
            continue
        if low == "new york" and re.match(r" (?:state|State)\b", folded[end:]):
            continue
        if kind & (WORD | CLINICAL) or (phrase.isupper() and len(phrase) < 6 and " " not in phrase):
            if not LOCATIVE.search(folded, max(0, start - 30), start) and not _county_next(folded, end):
                continue
            if low == "reading" and re.match(
                r" (?:add|specs|glasses|distance|vision|rx|lens|chart|card|at|is|was|w)", folded[end:], re.I
            ):
                continue
            if kind & CLINICAL:
                continue
        elif kind & NAME and is_name(kind) and not LOCATIVE.search(folded, max(0, start - 30), start):
            continue  # left to the names
        spans.append(as_span((start, end, "LOCATION")))
    return spans, protected


def _county_next(folded: str, end: int) -> bool:
    """Whether a postcode, a ZIP or another place follows, as after a town in an address."""
    if _CODE_NEXT.match(folded, end):
        return True
    found = _COMMA_WORD.match(folded, end)
    return bool(found) and bool(kinds().get(found[1].lower(), 0) & PLACE) if found else False


_CODE_NEXT = re.compile(r",? (?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|[A-Z]{2},? \d{5}\b)")
_COMMA_WORD = re.compile(r", ([A-Z][A-Za-z]+)")
