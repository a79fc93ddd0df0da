"""`read`: first whether a question is a calculation at all, then which, then with what."""

from __future__ import annotations

import re

from prentice.optics.words.bench import BENCH
from prentice.optics.words.draft import Draft, Recipe
from prentice.optics.words.optical import OPTICAL, VERTEX
from prentice.optics.words.readings import Calculation, Missing
from prentice.optics.words.said import said
from prentice.optics.words.scan import Scan

_LONGEST = 600  # characters; a calculation is said in fewer

# About the practice: its sales, stock, people and times.
_DATA = re.compile(
    r"\b(?:sold|sell|sells|selling|sales?|revenue|turnover|profit|margin|takings|stock(?:ed)?|inventory|suppliers?|"
    r"invoices?|customers?|patients|appointments?|remakes?|reorder|backorders?|price[sd]?|pricing|costs?|cheap\w*|"
    r"expensive|yesterday|last (?:month|week|year|quarter)|this (?:month|week|year|quarter)|(?:did|have|do|are) we|"
    r"our|top \d+|best[- ]?sell\w*|orders (?:in|from|for|are|were|this|last)|"
    r"how many (?![+-]?\d* ?(?:mm|cm|millim|prism|diopt|degrees|\u0394|%|per ?cent|grams|logmar|lines)))\b"
)
# About the subject: an explanation, not a figure.
_THEORY = re.compile(
    r"^(?:so |and |but |please )?(?:why|explain|describe|define|who|tell me (?:about|why|how)|discuss|compare|"
    r"what(?:'s| is| are)? (?:the )?(?:difference|advantage|disadvantage|purpose|meaning|definition|history)|"
    r"list|when (?:do|does|should|is|was|to)|what causes|what happens|which (?:lens|material|frame|design)s?\b)"
    r"|\bwhat does .* mean$"
)
# A question whose values may be examples in a theory: only a whole calculation is taken from it.
_HEDGED = re.compile(
    r"^(?:is|are|do|does|can|could|should|would|will|may|must|when|if|at what|which|how do|how to|how does|how can)\b"
)
_ASKED = re.compile(
    r"^(?:please |can you |could you )*(?:calculate|work out|compute|find|transpose|convert|vertex|combine|resolve|"
    r"compensate|decentre|decenter)\b"
)
RECIPES: tuple[Recipe, ...] = (
    *(one for one in BENCH if one.calculator in ("tolerance", "acuity", "aniseikonia", "magnification")),
    *(one for one in BENCH if one.calculator in ("back-vertex-power", "front-vertex-power", "minimum-blank")),
    *(one for one in BENCH if one.calculator in ("lens-weight", "lens-clock", "tilt", "reading-level")),
    *OPTICAL,
    *(one for one in BENCH if one.calculator in ("near-inset", "keratometer", "edge-thickness")),
    *(one for one in BENCH if one.calculator in ("centre-thickness", "sag", "surface-power", "base-curve")),
    VERTEX,
    *(one for one in BENCH if one.calculator in ("decentration", "check-prescription")),
)
"""In the order in which they are tried: the word that says most comes first."""


def read(question: str) -> Calculation | Missing | None:
    """A calculator with its inputs; what is missing for one; None where the question is no calculation.

    >>> read("transpose -1.00 -2.00 x 45").inputs
    {'rx': {'sphere': -1.0, 'cylinder': -2.0, 'axis': 45.0}}
    >>> read("what prism 5 mm below the centre of a 6.00 lens?").question
    'Is the 6 D lens plus or minus?'
    >>> read("how many −6.00 lenses did we sell last month?") is None
    True
    """
    text = said(question[: _LONGEST + 1]).strip(" ?.!")
    if not text or len(text) > _LONGEST or _DATA.search(text) or _THEORY.search(text):
        return None
    figures = bool(re.search(r"\d|\bplano\b", text))
    if not figures and not _ASKED.search(text):
        return None
    for recipe in RECIPES:
        if not re.search(recipe.cue, text):
            continue
        draft = recipe.fill(Scan(question, recipe.keys))
        if draft is not None and (found := _settled(recipe.calculator, draft, text, figures)) is not None:
            return found
    return None


def _settled(name: str, draft: Draft, text: str, figures: bool) -> Calculation | Missing | None:
    if not draft.need:
        return Calculation(name, draft.have)
    if figures and (not draft.have or _HEDGED.search(text)) and not _ASKED.search(text) and not _signless(draft):
        return None  # nothing of it is there: the word was about something else
    return Missing(name, draft.have, tuple(draft.need), next(iter(draft.need.values())))


def _signless(draft: Draft) -> bool:
    return any(question.startswith("Is the ") for question in draft.need.values())
