"""The patient's own numbers and mail addresses, whatever stands between their letters and digits."""

from __future__ import annotations

import re

from prentice.deid.redact.person import Person
from prentice.deid.redact.spans import Span

_SQUEEZE = re.compile(r"[^a-z0-9]+")


def squeezed_spans(folded: str, low: str, person: Person) -> list[Span]:
    """Numbers and mail addresses, whatever stands between their letters and digits."""
    squeezed = _SQUEEZE.sub("", low)
    spans: list[Span] = []
    places: list[int] = []
    for value in sorted(person.squeezed, key=len, reverse=True):
        at = squeezed.find(value)
        while at >= 0:
            places = places or [
                place for place, letter in enumerate(low) if letter.isascii() and letter.isalnum()
            ]
            start, end = places[at], places[at + len(value) - 1] + 1
            if _whole(low, start, end, value):
                start = _leading(low, start) if person.squeezed[value] == "PHONE" else start
                spans.append(Span(start, end, person.squeezed[value]))
            at = squeezed.find(value, at + 1)
    return spans


_GAPS = re.compile(r"[a-z0-9][^a-z0-9]{4,}[a-z0-9]")


def _whole(low: str, start: int, end: int, value: str) -> bool:
    """Not a part of a longer number or word, nor of a sentence that happens to have the same letters."""
    before, after = low[start - 1 : start] if start else "", low[end : end + 1]
    written = low[start:end]
    if value[0].isdigit() and value.isdigit():
        longer = (before.isdigit() and len(value) < 9) or after.isdigit()
        return not longer and not _GAPS.search(written) and (" " not in written or len(value) >= 6)
    if before.isalpha() and value[0].isalpha() and len(value) < 12:
        return False
    if after.isalnum() and value[-1].isalnum() and "@" not in written and len(value) < 12:
        return False
    return not _GAPS.search(written) and (len(value) > 8 or written.count(" ") <= 3)


_LEAD = re.compile(
    r"(?<![\d.])(?:(?:\+ ?|00)\d{1,3}[ .\-]?(?:\(0\)|0)?[ .\-]?(?:[\d(][\d ().\-]*)?|[(0][\d ().\-]*)\Z"
)


def _leading(low: str, start: int) -> int:
    """Where a telephone number begins whose national part begins at `start`: its trunk zero or country
    code.
    """
    lead = _LEAD.search(low, max(0, start - 14), start)
    return lead.start() if lead and "  " not in lead[0] else start
