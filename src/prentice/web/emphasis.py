"""Which words of a text to make bold: figures that come from its rows, and what a reading changes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from prentice.ask.contract import Answer
from prentice.ask.format import as_number, kind_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `strong` where it is what the reader looks for."""

    text: str
    strong: bool = False


_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATES = re.compile(
    rf"\d{{1,2}} to \d{{1,2}}(?= (?:{_MONTH}))|\d{{1,2}} (?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}\b"
)
_AGES = re.compile(r"\b\d\d-\d\d\b|\b90\+")  # age groups of patients
# A sign, a currency's own (also "US$"), digits in groups of three, a fraction, per cent.
_FIGURE = re.compile("[-+\N{MINUS SIGN}]?(?:[A-Z]{0,2}[$£€¥₹])?\\d+(?:,\\d{3})*(?:\\.\\d+)?%?")
_COUNTED = re.compile(r"\b(?:top|bottom|first|last|under|over|fewer than|at least|at most) $", re.IGNORECASE)
_LOOKED_AT = 12  # rows; a sentence never tells more


def _values(answer: Answer) -> list[tuple[float, bool]]:
    found = []
    for row in answer.rows[:_LOOKED_AT]:
        for value, column in zip(row, answer.columns, strict=False):
            number = as_number(value)
            if column.role == "metric" and number is not None:
                found.append((abs(float(number)), kind_of(column.unit) == "ratio"))
    if len(answer.rows) > 1:
        found.append((float(len(answer.rows)), False))
        found += _totals(answer)
    return found


def _totals(answer: Answer) -> list[tuple[float, bool]]:
    """What the rows add up to, where they do: a total is told before its parts."""
    totals = []
    for place, column in enumerate(answer.columns):
        if column.role == "metric" and kind_of(column.unit) != "ratio":
            numbers = [as_number(row[place]) for row in answer.rows]
            totals.append((abs(sum(float(n) for n in numbers if n is not None)), False))
    return totals


def _is_one_of(shown: str, values: Iterable[tuple[float, bool]]) -> bool:
    digits = re.sub(r"[^\d.]", "", shown)
    places = len(digits.partition(".")[2])
    told, percent = float(digits), shown.endswith("%")
    for value, ratio in values:
        if percent != ratio:
            continue
        if abs((value * 100 if ratio else value) - told) <= 0.5 * 10**-places + 1e-9:
            return True
    return False


def sentence(answer: Answer, text: str) -> list[Piece]:
    """`text` of the answer with the figures of its rows made strong; dates and "top 3" are not figures.

    >>> from prentice.ask.contract import Column
    >>> units = Column(name="units_sold", role="metric", unit="units")
    >>> told = Answer(kind="analytics", answer="On 3 May 3 frames sold.", columns=[units], rows=[[3]])
    >>> [piece.text for piece in sentence(told, told.answer) if piece.strong]
    ['3']
    """
    values = _values(answer)
    dates = [m.span() for pattern in (_DATES, _AGES) for m in pattern.finditer(text)]
    pieces, at = [], 0
    for match in _FIGURE.finditer(text):
        start, end = match.span()
        in_word = (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalpha())
        in_date = any(s < end and start < e for s, e in dates)
        counted = _COUNTED.search(text, 0, start) is not None
        if in_word or in_date or counted or not _is_one_of(match.group(), values):
            continue
        pieces += [Piece(text[at:start]), Piece(match.group().strip(), True)]
        at = end
    pieces.append(Piece(text[at:]))
    return [piece for piece in pieces if piece.text]


def told_apart(options: Sequence[str], asked: str) -> list[Sequence[Piece]]:
    """Each option with the words made strong that tell it from the others, or, alone, from `asked`.

    >>> [[p.text for p in told if p.strong] for told in told_apart(["top 3 in May", "top 3 in June"], "")]
    [['May'], ['June']]
    >>> [p.text for p in told_apart(["top 3 frames in May"], "top 3 frames last month")[0] if p.strong]
    ['in May']
    """
    if len(options) == 1:
        return [_changed(options[0], asked)]
    split = [option.split() for option in options]
    shortest = min((len(words) for words in split), default=0)
    head = _shared(split, shortest)
    tail = _shared([words[::-1] for words in split], shortest - head)
    return [
        _pieces([(False, w[:head]), (True, w[head : len(w) - tail]), (False, w[len(w) - tail :])])
        for w in split
    ]


def _shared(texts: Sequence[Sequence[str]], most: int) -> int:
    """How many first words all texts have in common."""
    count = 0
    while count < most and len({words[count].casefold() for words in texts}) == 1:
        count += 1
    return count


def _changed(option: str, asked: str) -> Sequence[Piece]:
    new, old = option.split(), asked.split()
    matcher = SequenceMatcher(None, [w.casefold() for w in old], [w.casefold() for w in new], autojunk=False)
    runs = [(op != "equal", new[b1:b2]) for op, _, _, b1, b2 in matcher.get_opcodes() if b2 > b1]
    told = sum(len(words) for strong, words in runs if strong)
    return _pieces(runs) if told <= len(new) / 2 else [Piece(option, True)]


def _pieces(runs: Sequence[tuple[bool, Sequence[str]]]) -> list[Piece]:
    return [Piece(" ".join(words), strong) for strong, words in runs if words]
