"""Questions with two halves: one about the practice's figures, one that the expert or a calculator answers.

"Which lens suits a -8.00 wearer and do we have it in stock?" is cut where one half speaks of figures and the
other does not; "it" in the second half is what the first one was about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prentice.ask.contract import Answer
from prentice.ask.leaning import leaning
from prentice.ask.route import CERTAIN, RATHER, asks_theory, names_figures

_JOINT = re.compile(
    r"(?:\s*[,;:–—]\s*(?:and|also|but|plus)?\s+|\s+(?:and|also|plus|as well as)\s+"
    r"|[?.!]\s+(?:and\s+|also\s+)?)",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|them|those|one|any of (?:it|them|those)|that|these)\b", re.IGNORECASE)
_OF_THE_TRADE = re.compile(
    r"\b(?:1\.(?:50|53|56|59|60|67|74)|trivex|polycarbonate|cr-?39|high[- ]index|aspheric|photochromic|"
    r"polari[sz]ed|progressives?|varifocals?|bifocals?|single vision|occupational|silicone hydrogel|"
    r"daily disposables?|toric|multifocal|rimless|titanium|acetate|"
    r"anti-?reflecti(?:ve|on)|mineral glass)\b",
    re.IGNORECASE,
)
_MATERIAL = re.compile(r"\b(?:1\.(?:50|53|56|59|60|67|74)|trivex|polycarbonate|cr-?39)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:our|the|my) ((?:\w+ ){0,2}(?:rate|margin|spend|turns?|stock|sales|revenue|conversion|average|time"
    r"|share|returns?|shows?))\b",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"\bis (?:it|that|this) (?:too |very |unusually |a bit )?"
    r"(?:high|low|good|bad|normal|usual|ok(?:ay)?|a lot|typical)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(r"\b(?:caus\w+|reasons?|why|reduce|lower|avoid|prevent)\b", re.IGNORECASE)
_TOLD = re.compile(
    r"\b(?:is|was|are|of|at) (?:about |around |roughly |now )?\d+(?:\.\d+)? ?(?:%|per ?cent)?", re.IGNORECASE
)
_LEAST, _MOST = 2, 3  # words of a half; questions to the expert


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
        first, second = (names_figures(half) and leaning(half) < RATHER for half in (one, other))
        if first and not (second and not asks_theory(other)):
            yield Halves(one, other, figures_first=True)
        elif (second and not first) or (first and second and asks_theory(one)):
            yield Halves(other, one, figures_first=False)


def resolved(figures: str, rest: str, told: str) -> str:
    """The half about figures with "it" replaced by what the other half, or the answer to it, names.

    >>> resolved("do we have it in stock?", "Which lens suits a -8.00 wearer", "A 1.67 lens is thinner.")
    'do we have 1.67 in stock?'
    """
    if not _IT.search(figures):
        return figures
    named = _OF_THE_TRADE.search(rest) or _MATERIAL.search(told) or _OF_THE_TRADE.search(told)
    return _IT.sub(named[0], figures, count=1) if named else figures


def asked_of_expert(cut: Halves) -> list[str]:
    """What the expert is asked: each of its questions, with "it" replaced by what the figures are of.

    Whether a figure is high is asked as what is normal: nobody wrote down whether yours is.

    >>> asked_of_expert(next(halves("Our remake rate is 12%: is that high, and what usually causes it?")))
    ['what is a normal remake rate', 'what usually causes remakes']
    """
    parts = [part.strip("?. ") for part in _JOINT.split(cut.rest) if len(part.split()) >= _LEAST][:_MOST]
    subject = _SUBJECT.search(cut.figures)
    named = subject or _OF_THE_TRADE.search(cut.figures)
    if not named:
        return parts
    name = named[1] if subject else named[0]
    counted = re.sub(r" rate$", "s", name) if name.endswith(" rate") else name
    return [
        f"what is a normal {name}"
        if subject and _JUDGED.search(part)
        else _IT.sub(counted if _CAUSE.search(part) else name, part, count=1)
        for part in parts
    ]


def asked_of_data(figures: str) -> str:
    """A half that only tells a figure asks for it: what it is said to be is not a filter.

    >>> asked_of_data("Our remake rate is 12%")
    'what is our remake rate'
    """
    subject = _SUBJECT.search(figures)
    return f"what is our {subject[1]}" if subject and _TOLD.search(figures) else figures


def worth_joining(counted: Answer, known: Sequence[Answer]) -> bool:
    """Whether both halves were understood: beside figures that were declined or asked back, only what is sure
    is said, or what cannot wait."""
    understood = counted.kind == "analytics" or counted.code == "does_not_apply"
    return understood or any(
        a.kind == "calculation" or a.code in ("urgent", "personal") or a.confidence >= CERTAIN for a in known
    )


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
