"""The words of which patterns of time are made, and what a rule is: a pattern with the span it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from prentice.semantic.calendars import MONTHS, NUMBERS, WEEKDAYS, Span

N = r"(\d{1,3}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")"
UNIT = r"(days?|weeks?|fortnights?|months?|quarters?|years?|weekends?)"
MONTH = r"(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
YEAR = r"((?:19|20)\d\d)"
WEEKDAY = r"(" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")"
LAST = r"(?:last|previous|prior|past|preceding)"
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
TO = r"(?:to|-|\u2013|until|till|through|thru)"
ORDINALS = {
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5},
    **{"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5},
    **{"last": -1, "final": -1},
}

COMPARING = re.compile(
    r"\b(?:compar\w+|chang\w+|grow\w*|grew|ris(?:e|en|ing)|rose|f[ae]ll\w*|differ\w*|increas\w+|"
    r"decreas\w+|drop\w*|go(?:ne)? (?:up|down)|went (?:up|down))\b"
)

# Words for time that name no days ("the first week of 2026"): they are taken, and give no mention, so that
# "2026" in them is not read by itself and the product asks.
VOID = Span(date.max, date.max, None)

Builder = Callable[[re.Match[str], date, bool], Span | None]  # the match, today, whether the day comes first
Rule = tuple[re.Pattern[str], Builder]
Point = tuple[int, int, Span]  # from, to (offsets into the text) and the days


def rule(pattern: str, build: Builder) -> Rule:
    """A rule whose words stand alone: not inside a longer word, path, date or number."""
    return re.compile(r"(?<![\w/.])(?<!\d-)(?:" + pattern + r")(?![\w/]|-\d)"), build


def before(pattern: str) -> re.Pattern[str]:
    """Words that lead up to a point: to be searched in the text before it."""
    return re.compile(r"(?<![\w/.-])(?:" + pattern + r")(?: the)?\s*$")
