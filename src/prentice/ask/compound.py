"""Questions with two halves: one about the practice's figures, one that the expert or a calculator answers.

"Which lens suits a -8.00 wearer and do we have it in stock?" is cut where one half speaks of figures and the other does
not; "it" in the second half is what the first one was about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prentice.ask.contract import Answer
from prentice.ask.route import asks_theory, names_figures

_JOINT = re.compile(
    r"(?:\s*[,;:–—]\s*(?:and|also|but|plus)?\s+|\s+(?:and|also|plus|as well as)\s+|[?.!]\s+(?:and\s+|also\s+)?)",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|them|those|one|any of (?:it|them|those)|that|these)\b", re.IGNORECASE)
_OF_THE_TRADE = re.compile(
    r"\b(?:1\.(?:50|53|56|59|60|67|74)|trivex|polycarbonate|cr-?39|high[- ]index|aspheric|photochromic|polari[sz]ed|"
    r"progressives?|varifocals?|bifocals?|single vision|occupational|silicone hydrogel|daily disposables?|toric|multifocal|rimless|titanium|acetate|"
    r"anti-?reflecti(?:ve|on)|mineral glass)\b",
    re.IGNORECASE,
)
_LEAST = 2  # words of a half


@dataclass(frozen=True, slots=True)
class Halves:
    """`figures` is asked of the practice's data, `rest` of the expert; `figures_first`: as it was said."""

    figures: str
    rest: str
    figures_first: bool


def halves(question: str) -> Iterator[Halves]:
    """Every way to cut it in two so that one half alone speaks of the practice's figures, the plainest first.

    >>> next(halves("Which lens suits a -8.00 wearer and do we have it in stock?"))
    Halves(figures='do we have it in stock?', rest='Which lens suits a -8.00 wearer', figures_first=False)
    """
    for joint in _JOINT.finditer(question):
        one, other = question[: joint.start()].strip(), question[joint.end() :].strip()
        if min(len(one.split()), len(other.split())) < _LEAST:
            continue
        first, second = names_figures(one), names_figures(other)
        if first and not (second and not asks_theory(other)):
            yield Halves(one, other, figures_first=True)
        elif (second and not first) or (first and second and asks_theory(one)):
            yield Halves(other, one, figures_first=False)


def resolved(figures: str, rest: str, told: str) -> str:
    """The half about figures with "it" replaced by what the other half, or the answer to it, names.

    >>> resolved("do we have it in stock?", "Which lens suits a -8.00 wearer", "A 1.67 or 1.74 lens is thinner.")
    'do we have 1.67 in stock?'
    """
    if not _IT.search(figures):
        return figures
    named = _OF_THE_TRADE.search(rest) or _OF_THE_TRADE.search(told)
    return _IT.sub(named[0], figures, count=1) if named else figures


def joined(parts: Sequence[Answer]) -> Answer:
    """Both halves, each with its evidence: rows and SQL of the one, citations or steps of the other.

    What cannot wait stands first, wherever it was asked.
    """
    urgent = [p for p in parts if p.code == "urgent"]
    parts = [*urgent, *(p for p in parts if p.code != "urgent")]
    rows = next((p for p in parts if p.kind == "analytics"), None)
    whole = (rows or parts[0]).model_copy()
    return whole.model_copy(
        update={
            "kind": "compound",
            "answer": " ".join(p.answer for p in parts),
            "citations": [c for p in parts for c in p.citations],
            "steps": [s for p in parts for s in p.steps],
            "notes": [n for p in parts for n in p.notes],
            "alternatives": [a for p in parts for a in p.alternatives][:4],
            "confidence": min(p.confidence for p in parts),
            "drawing": next((p.drawing for p in parts if p.drawing), None),
            "code": "urgent" if urgent else None,
            "parts": list(parts),
        }
    )
