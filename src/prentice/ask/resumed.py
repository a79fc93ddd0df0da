"""What a calculation lacked, said in the next turn: "How far below, in mm?" "5". Pure.

The words are put behind the question that lacked them and read again; where that is not understood ("5" has
no unit), the value is given to the input that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from prentice.ask.route import names_figures
from prentice.optics.calculators import calculator
from prentice.optics.words import Calculation, Missing, read

_LONGEST = 8  # words; more is a question of its own
_VALUE = re.compile(
    "^(?:(?:it is|it'?s|that'?s|about|around|roughly|say|at|by)\\s+){0,2}"
    "(?P<number>[-+\N{MINUS SIGN}]?\\d+(?:[.,]\\d+)?)\\s*(?:mm|d|dioptres?|diopters?|degrees?|°|Δ|%)?[.!]?$",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"^(?:(?:it is|it'?s|the|base|too)\s+){0,2}"
    r"(?P<word>right|left|plus|minus|in|out|up|down|wide|narrow)(?: (?:eye|one|lens))?[.!]?$",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:above|below|up|down|in|out|nasal\w*|temporal\w*)\b", re.IGNORECASE)


def resumed(question: str, earlier: Sequence[str]) -> Calculation | Missing | None:
    """`question` as the value that the last calculation of `earlier` asked for; None where it is none.

    >>> asked = "what prism if a -6.00 wearer looks below the centre?"
    >>> resumed("5 mm", [asked]) == resumed("5", [asked]) == read(f"{asked} 5 mm")
    True
    >>> resumed("How many open orders do we have?", [asked]) is None
    True
    """
    if not _is_value(question):
        return None
    answers = [question]
    for before in reversed(earlier):
        found = read(before)
        if isinstance(found, Missing):
            return _filled(before, found, answers)
        if not _is_value(before):
            return None
        answers.insert(0, before)
    return None


def _is_value(text: str) -> bool:
    short = len(text.split()) <= _LONGEST and not text.rstrip().endswith("?") and not names_figures(text)
    return short and bool(re.search(r"\d", text) or _WORD.match(text.strip()))


def _filled(text: str, missing: Missing, answers: Sequence[str]) -> Calculation | Missing | None:
    found: Calculation | Missing = missing
    for said in answers:
        if isinstance(found, Calculation):
            return None  # all was said: this is about something else
        again = read(f"{text.rstrip(' ?.!')}, {said}")
        if isinstance(again, Calculation) or (
            isinstance(again, Missing) and len(again.need) < len(found.need)
        ):
            text, found = f"{text.rstrip(' ?.!')}, {said}", again
            continue
        given = _given(found, said)
        if given is None:
            return None
        found = given
    return found


def _given(missing: Missing, said: str) -> Calculation | Missing | None:
    """The first input that is needed, with the value that was said for it."""
    value = _VALUE.match(said.strip())
    word = _WORD.match(said.strip())
    if value and not _PLACED.search(said):
        one: float | str = float(value["number"].replace("\N{MINUS SIGN}", "-").replace(",", "."))
    elif word:
        one = word["word"].lower()
    else:
        return None
    have, need = {**missing.have, missing.need[0]: one}, missing.need[1:]
    if not need:
        return Calculation(missing.calculator, have)
    return replace(missing, have=have, need=need, question=_question(missing.calculator, need[0]))


def _question(name: str, field: str) -> str:
    """What an input is, from the calculator's own description of it."""
    for known, description, unit, _ in calculator(name).fields():
        if known == field:
            return f"{description}{f', in {unit}' if unit else ''}?"
    return f"{field.replace('_', ' ').capitalize()}?"
