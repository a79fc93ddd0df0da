"""Texts that a scanner read badly, made legible: "0 7 / 1 2 / 1 9 4 6", "O4 / 27 / 1984", "Pat ient :  Ann".

What is found in the legible text is looked up in the text as it came: each character knows where it stood.
"""

from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import kinds
from prentice.deid.redact.spans import Span

# What says that a text needs it, for Hyperscan: letters set apart, two blanks between words, O or l as digit.
GARBLED = (
    r"\d \d \d \d|[A-Z] [A-Z] [A-Z] [A-Z] |\d \d [/.\-] \d",
    r"[A-Za-z.,:]  [A-Za-z.]+  [A-Za-z]{2}",
    r"\b\d{1,4}[OlI]\d{0,4}\b|\b[OlI]\d{1,4} ?[/\-]",
    r"\d  ?[/.\-]  ?\d{1,2}  ?[/.\-]  ?\d",
)
_SET_APART = re.compile(r"(?<!\S)[^\s()](?: [^\s()])+(?!\S)")
_MISREAD = re.compile(r"(?<![A-Za-z])(?=[OlI]*\d)[OlI\d]{2,}(?![A-Za-z])|(?<=\d[ \-])[OlI]{2,}(?=[ \-]\d)")
_AS_DIGITS = str.maketrans("OlI", "011")
_BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")
_LOOSE = re.compile(r"(?<=\w) +(?=[.,:;](?:\s|$))|(?<=\d) +(?=[/\-.] *\d)|(?<=\d[/\-.]) +(?=\d)")
_TORN = re.compile(r"([A-Za-z]{2,}) ([a-z]{2,})\b")


def legible(folded: str) -> tuple[str, list[int]]:
    """A folded text without the blanks inside its words and numbers, and where each character of it stood.

    >>> legible("D.O.B   0 7 / 1 2 / 1 9 4 6")[0], legible("Surg eon  R.  Lee , 6l5 Elm Rd")[0]
    ('D.O.B 07/12/1946', 'Surgeon R. Lee, 615 Elm Rd')
    """
    text = _MISREAD.sub(lambda found: found[0].translate(_AS_DIGITS), folded)
    at = list(range(len(text)))
    for taken in (_of_set_apart, _of_blanks, _of_loose, _of_loose, _of_torn):
        gone = taken(text)
        if gone:
            kept = [place for place in range(len(text)) if place not in gone]
            text = "".join([text[place] for place in kept])
            at = [at[place] for place in kept]
    return text, at


def as_it_came(spans: tuple[Span, ...], at: list[int]) -> list[Span]:
    """The spans of a legible text as those of the text that it was made from."""
    return [Span(at[span.start], at[span.end - 1] + 1, span.type) for span in spans]


def _of_set_apart(text: str) -> set[int]:
    """The blanks between characters that stand alone, three or more of them, or two digits."""
    return {
        place
        for found in _SET_APART.finditer(text)
        if len(found[0]) > 3 or found[0].replace(" ", "").isdigit()
        for place in range(found.start() + 1, found.end(), 2)
    }


def _of_blanks(text: str) -> set[int]:
    """All blanks between two words but the first; between columns, four or more, a second stays."""
    return {
        place
        for found in _BLANKS.finditer(text)
        for place in range(found.start() + (1 if found.end() - found.start() < 4 else 2), found.end())
    }


def _of_loose(text: str) -> set[int]:
    """Blanks before a mark, and around the marks of a number."""
    return {place for found in _LOOSE.finditer(text) for place in range(*found.span())}


def _of_torn(text: str) -> set[int]:
    """The blank inside a word whose parts are none: "Surg eon"."""
    table = kinds()
    gone: set[int] = set()
    at = 0
    while found := _TORN.search(text, at):
        one, two = found[1].lower(), found[2]
        if table.get(one + two, 0) and not (table.get(one, 0) and table.get(two, 0)):
            gone.add(found.end(1))
        at = found.start(2)
    return gone
