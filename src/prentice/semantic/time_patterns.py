"""All points in time of a text: where words of one start earlier or say more, they win."""

from __future__ import annotations

from datetime import date

from prentice.semantic.calendars import Span
from prentice.semantic.time_dates import DATE_RULES
from prentice.semantic.time_days import DAY_RULES
from prentice.semantic.time_parts import with_parts
from prentice.semantic.time_periods import PERIOD_RULES
from prentice.semantic.time_vocabulary import Point

_RULES = (*DATE_RULES, *DAY_RULES, *PERIOD_RULES)  # of two phrases as long, the first wins


def points_in(text: str, today: date, day_first: bool) -> list[Point]:
    """Non-overlapping points in time, the longest at each place first, joined with the parts they name."""
    found: list[tuple[int, int, int, Span]] = []
    for order, (pattern, build) in enumerate(_RULES):
        for m in pattern.finditer(text):
            try:
                span = build(m, today, day_first)
            except (ValueError, OverflowError):
                span = None
            if span is not None and m.group().strip():
                found.append((m.start(), m.end(), order, span))
    found.sort(key=lambda f: (f[0] - f[1], f[2]))
    taken: list[Point] = []
    for start, end, _, span in found:
        if all(end <= s or start >= e for s, e, _ in taken):
            taken.append((start, end, span))
    return with_parts(text, sorted(taken, key=lambda p: p[0]), today)
