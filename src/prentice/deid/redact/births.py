"""The patient's date of birth in every form, with and without its year."""

from __future__ import annotations

import re

from prentice.deid.redact.dates import MONTH
from prentice.deid.redact.person import Person
from prentice.deid.redact.spans import Span, SpanType

_SHORT_DATE = re.compile(r"(?<![\d/.\-])(\d{1,2})([ /.\-])(\d{1,2})(?:\2(\d{4}|\d\d))?(?![\d/]|\.\d|-\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{8}|\d{6})(?!\d)")
_WORDED = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[ ,.\-/]{{0,2}}(?:day )?(?:of )?({MONTH})(?![a-z])(?:[ ,.\-/]{{0,"
    rf"2}}'?\d{{2,4}}\b)?"
    rf"|\b({MONTH})[.,]?[ \-/]{{0,2}}(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b(?:[ ,.\-/]{{0,2}}'?\d{{2,4}}\b)?"
)
_NAMES_OF_MONTHS = {
    name: at + 1
    for at, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
}


def birth_spans(low: str, person: Person) -> list[Span]:
    """The date of birth with and without its year, in either order, as six or eight digits, or with the
    month in words.
    """
    if not person.births:
        return []
    spans: list[Span] = []
    kind: SpanType = "DATE"
    for year, month, day in person.births:
        short = year % 100
        for found in _SHORT_DATE.finditer(low):
            pair = (int(found[1]), int(found[3]))
            if pair not in ((day, month), (month, day)):
                continue
            if found[4] is None and (found[2] == " " or (_is_fraction(*pair) and found[2] == "/")):
                continue
            if (
                found[4] is None
                and found[2] == "."
                and "." + found[3] in low[found.start() : found.end()]
                and len(found[3]) == 2
                and len(found[1]) == 1
            ):
                continue  # 7.85 is a curvature
            if found[4] is not None and int(found[4]) % 100 != short and found[2] == " ":
                continue
            if found[4] is None and found[2] == "." and _is_lens(low, found.start(), found.end()):
                continue
            spans.append(Span(*found.span(), kind))
        compact = {
            f"{day:02}{month:02}{year}",
            f"{month:02}{day:02}{year}",
            f"{year}{month:02}{day:02}",
            f"{day:02}{month:02}{short:02}",
            f"{month:02}{day:02}{short:02}",
            f"{short:02}{month:02}{day:02}",
        }
        spans.extend(Span(*found.span(), kind) for found in _COMPACT.finditer(low) if found[1] in compact)
        for found in _WORDED.finditer(low):
            written_day, name = (found[1], found[2]) if found[1] else (found[4], found[3])
            if int(written_day) == day and _NAMES_OF_MONTHS[name[:3]] == month:
                spans.append(Span(*found.span(), kind))
    return spans


_CURVE_BEFORE = re.compile(r"(?:\b[789]\.\d{1,2}[ /,]{1,2}|\b(?:dia|diam|diameter|td|ohd)[: ]{1,2})\Z")
_POWER_AFTER = re.compile(r"[ /,]{1,2}(?:[rl]\b|od\b|os\b|ou\b)?[ :]?(?:[+\-]\d|plano)")


def _is_lens(low: str, start: int, end: int) -> bool:
    """Whether "14.2" is the diameter of a contact lens: after a base curve, or before a power."""
    return bool(_CURVE_BEFORE.search(low, max(0, start - 10), start) or _POWER_AFTER.match(low, end))


def _is_fraction(first: int, second: int) -> bool:
    """Acuities and durations: 6/9, 2/12, 1/7."""
    return (second in (7, 12) and first <= 12 and first != second) or (
        first == 6 and second in (4, 5, 6, 9, 12)
    )
