"""A calculation on the page: formula with the numbers put in, convention, source, drawing. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prentice.ask.contract import Answer
from prentice.ask.knowing import CONVENTION, FORMULA
from prentice.web.drawings import Drawn, drawn
from prentice.web.emphasis import Piece

_FIGURE = "[-+\N{MINUS SIGN}]?\\d+(?:[.,]\\d+)*"
_UNIT = "(?:Δ|mm|D|°|%|g)"
_RESULT = re.compile(rf"= (?P<figure>{_FIGURE} ?{_UNIT})(?![\w/])")


@dataclass(frozen=True, slots=True)
class Worked:
    """`title` is the calculator's."""

    title: str
    steps: tuple[str, ...]
    convention: str
    source: str
    drawing: Drawn | None


def worked(answer: Answer, key: str) -> Worked | None:
    """None where nothing was calculated. `key` tells the drawing's ids from others on the page."""
    if not answer.steps:
        return None
    steps = [step for step in answer.steps if not step.startswith(CONVENTION)]
    held = next((step.removeprefix(CONVENTION) for step in answer.steps if step.startswith(CONVENTION)), "")
    formula = next((c for c in answer.citations if c.id == FORMULA), None)
    return Worked(
        title=formula.title if formula else "",
        steps=tuple(steps),
        convention=held,
        source=formula.source if formula else "",
        drawing=drawn(answer.drawing, key) if answer.drawing else None,
    )


def result(text: str, steps: Sequence[str]) -> list[Piece]:
    """`text` with what the steps end in made strong, with its unit and the base's direction.

    >>> told = result("Looking 5 mm down there is 3.00 Δ base down.", ["P = 0.5 × 6 = 3.00 Δ"])
    >>> [piece.text for piece in told if piece.strong]
    ['3.00 Δ base down']
    """
    found = sorted({m["figure"] for step in steps for m in _RESULT.finditer(step)}, key=len, reverse=True)
    if not found:
        return [Piece(text)]
    any_of = "|".join(map(re.escape, found))
    way = r"(?: base (?:in|out|up|down)\b)?"
    pattern = re.compile(rf"(?<![\w.,\N{{MINUS SIGN}}+-])(?:{any_of}){way}(?!\w)")
    pieces, at = [], 0
    for match in pattern.finditer(text):
        pieces += [Piece(text[at : match.start()]), Piece(match[0], True)]
        at = match.end()
    return [piece for piece in [*pieces, Piece(text[at:])] if piece.text]
