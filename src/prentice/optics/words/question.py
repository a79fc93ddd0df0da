"""`read`: first whether a question is a calculation at all, then which, then with what."""

from __future__ import annotations

import re

from prentice.optics.words.bench import BENCH
from prentice.optics.words.contact import CONTACT
from prentice.optics.words.draft import Draft
from prentice.optics.words.lexicon import lexicon
from prentice.optics.words.power import POWERS
from prentice.optics.words.prism import PRISMS
from prentice.optics.words.readings import Calculation, Missing
from prentice.optics.words.said import said
from prentice.optics.words.scan import Scan

_LONGEST = 600  # characters; a calculation is said in fewer
_FILLS = POWERS | CONTACT | PRISMS | BENCH


def read(question: str) -> Calculation | Missing | None:
    """A calculator with its inputs; what is missing for one; None where the question is no calculation.

    >>> read("transpose -1.00 -2.00 x 45").inputs
    {'rx': {'sphere': -1.0, 'cylinder': -2.0, 'axis': 45.0}}
    >>> read("what prism 5 mm below the centre of a 6.00 lens?").question
    'Is the 6 D lens plus or minus?'
    >>> read("how many −6.00 lenses did we sell last month?") is None
    True
    """
    words = lexicon()
    text = said(question[: _LONGEST + 1]).strip(" ?.!")
    if not text or len(text) > _LONGEST or words.practice.search(text) or words.theory.search(text):
        return None
    if words.advice.search(text) and not words.figure.search(text):
        return None
    if not re.search(r"\d|\bplano\b", text) and not words.asked.search(text):
        return None
    for cue in words.cues:
        if not cue.pattern.search(text):
            continue
        draft = _FILLS[cue.calculator](Scan(question, cue.labels))
        if draft is not None and (found := _settled(cue.calculator, draft, text)) is not None:
            return found
    return None


def _settled(name: str, draft: Draft, text: str) -> Calculation | Missing | None:
    if not draft.need:
        return Calculation(name, draft.have)
    words = lexicon()
    if not words.asked.search(text) and (words.hedged.search(text) or _far(name, draft)):
        return None
    return Missing(name, draft.have, tuple(draft.need), next(iter(draft.need.values())))


def _far(name: str, draft: Draft) -> bool:
    """Whether so little is there that the word was about something else: no power, and one value at most."""
    if any(
        question.startswith(("Is the ", "What is the axis", "What is the power of the cylinder", "One lens"))
        for question in draft.need.values()
    ):
        return False  # the power is there, but for its sign or axis
    powers = draft.need.keys() & {"rx", "right", "ordered", "lens", "power"}
    enough = 1 if name == "prentice" else 2
    return len(draft.have) < (enough if powers else 1)
