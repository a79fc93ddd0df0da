"""Whose question is it: the analyst's, the expert's, a calculator's, or several of them. Pure but for the expert's look.

The planner knows what the practice's data hold; what it cannot place is the expert's if the corpus speaks of it. What
names the practice's own figures ("sold", "in stock", "last month") stays the analyst's, also where it declines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from prentice.knowledge.expert import Outcome, Reply
from prentice.knowledge.personal import personal
from prentice.knowledge.urgent import urgent
from prentice.optics.words import Calculation, Missing, read
from prentice.planner.plan import Plan

_FIGURES = re.compile(
    r"\b(?:sold|sales|revenue|turnover|takings|best[ -]?sell\w*|top[ -]sell\w*|in stock|stock (?:level|count|value|list)|low stock|"
    r"out of stock|stock[- ]?outs?|restock\w*|inventory|no[- ]?shows?|dna'?d|dnas|booked|bookings|diary|till|ytd|mtd|"
    r"how many (?:\w+ ){0,3}(?:did we|do we have|have we|were|orders|appointments|patients|customers|people|pairs|units|exams|sales|"
    r"lenses did|frames did|jobs)|how much (?:\w+ ){0,3}(?:did we|have we|was|were|money|revenue|stock)|"
    r"(?:last|this|next|past|previous) (?:\d+ )?(?:day|week|month|quarter|year|spring|summer|autumn|fall|winter|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december)s?|"
    r"(?:in|since|during|for|of|until) (?:january|february|march|april|june|july|august|september|october|november|december|q[1-4]|20[12]\d)|"
    r"by (?:brand|branch|month|week|day|staff|supplier|category|type|product|store|practice)|per (?:month|week|day|branch|brand|staff)|"
    r"our (?:\w+ ){0,2}(?:revenue|sales|margin|stock|orders?|appointments?|rate|patients|customers|spend|average|figures|numbers|staff|turnover|"
    r"frames|lenses|brands?|suppliers?|conversion|capture|sellers?)|did we|have we|do we (?:have|stock|sell)|we (?:have|got|sold|sell|made|took|earned)|"
    r"average (?:spend|sale|transaction|order|basket)|customers|who (?:sold|is booked|are booked|bought|dispensed|missed)|is (?:his|her|my|their) (?:order|job)|"
    r"(?:late|overdue|open|pending|delayed|cancelled|canceled) (?:orders?|jobs?)|(?:order|job)s? (?:late|status|ready)|job (?:is|ready)|suppliers? (?:has|have|had|with)|"
    r"compare[ds]?|versus last|vs last|trend|went out)\b",
    re.IGNORECASE,
)
_THEORY = re.compile(
    r"\b(?:what(?:'s| is| are| does| do)? (?:a |an |the |usually |normally |typically )*(?:good|normal|typical|healthy|usual|acceptable|benchmark|meaning|definition|"
    r"formula|difference|cause|causes|mean|means)|what (?:usually |commonly |often )?causes|how (?:do|should|can|would) (?:i|we|you) (?:explain|calculate|work out|measure|fit|tell|"
    r"reduce|lower|improve|raise|handle|present)|definition of|define|explain|why (?:do|does|is|are|would|might)|is (?:that|this|it) (?:high|low|good|bad|normal|a lot)|"
    r"which (?:lens|material|coating|frame|design|index)\w* (?:suits?|is best|should|would|for)|what (?:lens|material|coating|frame|design|index)\w* (?:suits?|is best|should|would|is safe)|"
    r"how is \w+(?: \w+){0,3} (?:calculated|defined|measured|worked out)|benchmark)\b",
    re.IGNORECASE,
)
LIKELY = 0.55  # of the expert, where the analyst saw nothing of its own
CERTAIN = 0.72  # where it did


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


def route(question: str, plan: Plan, reply: Callable[[], Reply]) -> Routed:
    """`reply` is asked only where the expert may have the word: it costs the embedding of the question."""
    figures, theory = names_figures(question), asks_theory(question)
    planned = plan.outcome == "query"
    if planned and figures and not theory:
        return ANALYST
    if not figures and (urgent(question) or personal(question)):
        return Routed(reply=reply())
    found = None if figures else read(question)
    if isinstance(found, Calculation):
        return Routed(calculation=found)
    said = reply()
    if isinstance(found, Missing) and not (said.whole or theory or _NARRATIVE.search(question)):
        return Routed(missing=found)
    if said.outcome not in (Outcome.answered, Outcome.urgent):
        return ANALYST
    if planned or figures:
        return Routed(reply=said) if said.whole or (theory and said.confidence >= CERTAIN) else ANALYST
    least = CERTAIN if plan.code in _RECOGNISED else LIKELY
    return Routed(reply=said) if said.whole or said.confidence >= least else ANALYST


# The analyst saw something of its own in the words, or declines for what it is and not for want of words.
_RECOGNISED = frozenset(
    [
        "identity",
        "read_only",
        "other_practice",
        "people_not_held",
        "future",
        "not_a_question",
        "what_to_count",
        "which_period",
        "several_metrics",
        "no_context",
        "more_than_what",
        "bound_on_what",
        "does_not_apply",
        "other_currency",
        "stray_number",
    ]
)
# A story that asks for advice and not for a figure, though powers stand in it.
_NARRATIVE = re.compile(
    r"\b(?:why|trouble|complain\w*|fix|handled?|symptoms?|should i (?:tell|say)|explain|suits?|recommend|best|feel\w*)\b",
    re.IGNORECASE,
)
