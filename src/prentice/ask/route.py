"""Whose question is it: the analyst's, the expert's, or a calculator's. Pure but for the expert's look.

The planner knows what the practice's data hold; what it cannot place is the expert's if the corpus speaks of
it. What names the practice's own figures ("sold", "in stock", "last month") stays the analyst's, also where
it declines, unless the whole of its words leans to knowledge ("how do I measure …"). The words that decide
are data: `route.yml`, and what `leaning` was trained on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import yaml

from prentice.ask.leaning import leaning
from prentice.knowledge.expert import Outcome, Reply
from prentice.knowledge.personal import personal
from prentice.knowledge.urgent import urgent
from prentice.optics.words import Calculation, Missing, read
from prentice.planner.plan import Plan


def _patterns(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_TOLD[name])})\b", re.IGNORECASE)


_TOLD = yaml.safe_load(files("prentice.ask").joinpath("route.yml").read_text("utf-8"))
_FIGURES, _THEORY, _NARRATIVE, _VALUE = map(_patterns, ("figures", "theory", "narrative", "value"))
_RECOGNISED = frozenset(_TOLD["recognised"])
# The expert's confidence from which it has the word; none is as high as the last.
ANY, FAIR, LIKELY, CERTAIN, NEVER = 0.75, 0.88, 0.905, 0.945, 1.1
RATHER = 0.5  # a leaning: more to knowledge than to figures
_SHORT = 6  # words of a question that leans on the one before it
OF_KNOWLEDGE, OF_FIGURES = 0.85, 0.15  # a leaning from, and up to, which the words are plain
MOSTLY, WHOLLY = 0.75, 0.95  # from which much speaks for knowledge, and nothing else can be meant
# What the planner declines, unless nothing but knowledge is meant.
WALLS = frozenset({"identity", "read_only", "other_practice"})


@dataclass(frozen=True, slots=True)
class Routed:
    """One of them is set; none: the analyst has the word, also to decline or to ask back."""

    calculation: Calculation | None = None
    missing: Missing | None = None
    reply: Reply | None = None


ANALYST = Routed()


def lacking(found: Calculation | Missing | None) -> Routed | None:
    """What was said to a calculator that had asked back."""
    match found:
        case Calculation():
            return Routed(calculation=found)
        case Missing():
            return Routed(missing=found)
        case None:
            return None


def names_figures(question: str) -> bool:
    """Whether it speaks of the practice's own data.

    >>> [names_figures(q) for q in ("best selling frames last month", "why is my lens thick?")]
    [True, False]
    """
    return bool(_FIGURES.search(question))


def asks_theory(question: str) -> bool:
    """
    >>> [asks_theory(q) for q in ("What is a good capture rate?", "capture rate by branch")]
    [True, False]
    """
    return bool(_THEORY.search(question))


def asked_for(part: str, reply: Reply) -> bool:
    """Whether a part of a question is one to the expert, and not a piece of one about figures."""
    asks = asks_theory(part) or _NARRATIVE.search(part)
    decided = reply.outcome in (Outcome.urgent, Outcome.personal)
    return bool(asks) or reply.whole or decided or reply.confidence >= CERTAIN


def route(question: str, plan: Plan, reply: Callable[[], Reply], earlier: Sequence[str] = ()) -> Routed:
    """`reply` is asked only where the expert may have the word: it costs the embedding of the question.
    `earlier`: the questions before it, on which a short one leans."""
    figures, theory = names_figures(question), asks_theory(question)
    planned = plan.outcome == "query"
    # What follows on another question is the analyst's however it sounds.
    follows = bool(earlier) and len(question.split()) <= _SHORT
    words = leaning(question)
    lean = min(words, OF_FIGURES) if follows else words
    knowledge = lean >= OF_KNOWLEDGE
    if planned and not theory and not knowledge and (figures or words <= OF_FIGURES):
        return ANALYST
    decides = personal(question) and (knowledge or plan.code not in WALLS)
    if (not figures or knowledge) and (urgent(question) or decides):
        return Routed(reply=reply())
    found = None if figures and not knowledge else read(question)
    if isinstance(found, Calculation):
        return Routed(calculation=found)
    said = reply()
    if isinstance(found, Missing) and not _told_instead(question, said, theory):
        return Routed(missing=found)
    if said.outcome not in (Outcome.answered, Outcome.urgent):
        lost = knowledge and not planned and plan.code not in WALLS
        return Routed(reply=said) if lost else ANALYST
    return (
        Routed(reply=said)
        if (said.whole and not (follows and planned))
        or said.confidence >= _least(plan, figures, theory, lean, long=len(question.split()) > _SHORT)
        else ANALYST
    )


def _counts(plan: Plan) -> bool:
    """Whether the words name what is counted, and not only what it is of or by."""
    named = plan.slots
    return named is not None and bool(
        named.metrics or named.listing or named.counted or named.spent or named.rank
    )


def _told_instead(question: str, said: Reply, theory: bool) -> bool:
    """Whether the expert's word is worth more than a question back for the value that a calculation lacks."""
    if said.whole or theory or _NARRATIVE.search(question):
        return True
    return said.confidence >= LIKELY and not _VALUE.search(question)


def _least(plan: Plan, figures: bool, theory: bool, lean: float, *, long: bool) -> float:
    """The confidence from which the expert has the word."""
    knowledge, wholly = lean >= OF_KNOWLEDGE, lean >= WHOLLY
    if plan.outcome == "query":
        if figures or lean < MOSTLY:
            return CERTAIN if theory or (figures and knowledge) else NEVER
        if not long:
            return CERTAIN
        return FAIR if knowledge and not _counts(plan) else LIKELY
    if figures and not wholly:
        return CERTAIN if theory or knowledge else NEVER
    if plan.code in WALLS:
        if plan.code == "other_practice":  # "vision", "optical": many words of the trade are in names
            return ANY if wholly and long else FAIR if wholly else LIKELY if lean >= MOSTLY else CERTAIN
        return (LIKELY if plan.code == "identity" else CERTAIN) if wholly else NEVER
    if plan.code in _RECOGNISED:
        return ANY if wholly and long else FAIR if wholly else LIKELY if lean >= MOSTLY else CERTAIN
    if knowledge:
        return ANY if long else FAIR
    return FAIR if lean >= MOSTLY or (theory and lean > RATHER) else CERTAIN
