"""Names and towns in lower case, as hasty notes have them: "jignesh does the driving", "in broken arrow"."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_eponym
from prentice.deid.redact.gazetteer import FIRST, NAME, STOP, SURNAME, WORD, kinds
from prentice.deid.redact.ordinary import STATES
from prentice.deid.redact.places import NOT_PLACES, STATES_LOW
from prentice.deid.redact.spans import Span
from prentice.deid.redact.streets import LOCATIVE

_JOINED = frozenset("@._-/'&\\#")
_NEXT = re.compile(r" ([a-z]{3,}(?:-[a-z]{3,})?)(?![\w@])")
_ENDS = re.compile(r"'s\b|[.,;:!?)](?:\s|$)| ?-|\s*$|\n|  ")
_INITIAL_BEFORE = re.compile(r"(?<![A-Za-z\d'./+\-])[b-hj-qs-z]\.? \Z")
_CODE_NEXT = re.compile(
    r",? (?:[a-z]{2},? )?\d{5}\b|,? [a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b|,? (?:tx|ca|fl|ny|nj|ga|il|az|nm|nc|sc|tn|ky|mn|wi|ia|ks|ut|nv|wa|wv|wy|mt|nd|sd)\b",
    re.I,
)


def small_span(folded: str, start: int, end: int) -> Span | None:
    """The span of a word or phrase in lower case that is a name or a place and no word.

    >>> small_span("son in law jignesh does", 11, 18) is None, small_span("at jo@royce.com", 6, 11)
    (False, None)
    """
    if start and folded[start - 1] in _JOINED and folded[start - 2 : start] != " '":
        return None
    if folded[end : end + 1] in _JOINED and not _ENDS.match(folded, end):
        return None
    word = folded[start:end].lower()
    kind = kinds().get(word, 0)
    if word in STATES_LOW or word in NOT_PLACES or word in STATES or is_eponym(folded, end, kind):
        return None
    located = LOCATIVE.search(folded, max(0, start - 30), start) or _CODE_NEXT.match(folded, end)
    if " " in folded[start:end]:
        return Span(start, end, "LOCATION") if located else None
    if not kind & NAME or (located and not kind & FIRST and kind & ~NAME):
        return Span(start, end, "LOCATION")
    if before := _INITIAL_BEFORE.search(folded, max(0, start - 4), start):
        start = before.start()
    following = _NEXT.match(folded, end)
    if following and kind & FIRST:
        kinds_next = [kinds().get(part, 0) for part in following[1].split("-")]
        if all(each & SURNAME and not each & STOP for each in kinds_next) and (
            not any(each & WORD for each in kinds_next) or _ENDS.match(folded, following.end())
        ):
            end = following.end(1)
    return Span(start, end, "NAME")
