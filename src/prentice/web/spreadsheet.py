"""An answer's table as CSV that a spreadsheet opens as numbers and text, never as a formula. Pure.

RFC 4180: CRLF, quotes doubled, a header line. A byte-order mark, because Excel reads UTF-8 by it alone.
Where the decimal sign is a comma, a spreadsheet parts fields at semicolons (and any may at tabs): a text that
holds one is quoted, and what would then begin a field is held to the same rule as a whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from prentice.ask.contract import Answer, Column
from prentice.web.cells import WITHHELD, heading, is_money

_SIGNS = "=+-@"
# A spreadsheet takes the full-width forms (U+FF1D …) for the same; a tab or a line end is dropped first.
_STARTS_FORMULA = (
    *_SIGNS,
    *(chr(ord(sign) + 0xFEE0) for sign in _SIGNS),
    "\N{MINUS SIGN}",
    "\N{SMALL PLUS SIGN}",
)
_DROPPED = ("\t", "\r", "\n")
# White space, quotes and invisible marks before a sign: some programs take them off while they read.
_BEFORE = re.compile(r"[\s\"\u201c\u201d\u00ab\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]+")
_PARTS = re.compile(r"([;\t]\s*)")
_QUOTED = re.compile(r'[",;\t\r\n]')
_BLANK = '""'  # a line of one empty field would be no line
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would run it.

    >>> harmless("=HYPERLINK(A1)"), harmless("-5.20"), harmless("Reef -3"), harmless("-1+1")
    ("'=HYPERLINK(A1)", '-5.20', 'Reef -3', "'-1+1")
    >>> harmless("Lens; =A1"), harmless('  "=A1')
    ("Lens; '=A1", '\\'  "=A1')
    """
    parts = _PARTS.split(text)  # texts and the separators between them, in turns
    safe = "".join("'" + part if not n % 2 and _runs(part) else part for n, part in enumerate(parts))
    return "'" + safe if _runs(text) and not safe.startswith("'") else safe


def _runs(text: str) -> bool:
    if text.startswith(_DROPPED):
        return True
    found = _BEFORE.match(text)
    bare = text[found.end() :] if found else text
    return bare.startswith(_STARTS_FORMULA) and not _NUMBER.fullmatch(bare)


def _title(column: Column) -> str:
    named = heading(column)
    return f"{named} ({column.unit})" if is_money(column) and column.unit else named


def _value(value: Any, column: Column, withheld: bool) -> str:
    if value is None:
        return WITHHELD if withheld and column.role == "metric" else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # Money to the penny; other figures to 6 places, where binary fractions stop being noise.
        return f"{value:.2f}" if is_money(column) else f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return str(value)
    return harmless(str(value))


def as_csv(answer: Answer) -> bytes:
    """All rows of `answer`: figures plain, dates ISO, ratios as fractions of 1."""
    lines = [[harmless(_title(c)) for c in answer.columns]]
    for row in answer.rows:
        lines.append([_value(v, c, answer.withheld > 0) for v, c in zip(row, answer.columns, strict=True)])
    return "".join(f"{','.join(map(_field, line)) or _BLANK}\r\n" for line in lines).encode("utf-8-sig")


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def filename(answer: Answer, slug: str, ending: str) -> str:
    """A name that says what is inside: practice, metric, dimensions, dates. ASCII.

    >>> from prentice.ask.contract import AnswerRange
    >>> dated = AnswerRange.model_validate({"from": "2026-10-01", "to": "2026-10-31"})
    >>> filename(Answer(kind="analytics", answer="x", range=dated), "harbour-optics", "csv")
    'harbour-optics-2026-10-01-to-2026-10-31.csv'
    """
    parts: list[str] = [slug]
    parts += [c.name for c in answer.columns if c.role == "metric"][:1]
    dimensions = [c.name for c in answer.columns if c.role == "dimension"]
    parts += ["by", *dimensions[:2]] if dimensions else []
    parts += _dates(answer)
    name = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    return f"{name[:120]}.{ending}"


def _dates(answer: Answer) -> Sequence[str]:
    if answer.range is None or not answer.range.from_ or not answer.range.to:
        return []
    if answer.range.from_ == answer.range.to:
        return [answer.range.from_]
    return [answer.range.from_, "to", answer.range.to]
