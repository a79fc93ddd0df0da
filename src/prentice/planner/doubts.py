"""What the words leave open: parts of a question that were recognised but play no part in its slots.

Each doubt makes Prentice ask rather than answer a different question.
"""

from __future__ import annotations

from itertools import pairwise

from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import Slots

_DOUBTS = {
    "several_metrics": "I read more than one figure in that and do not see how they belong together.",
    "count_of_groups": "I cannot count how many different ones there are; I can list them.",
    "negation": "I read a \u201cnot\u201d that I cannot place.",
    "when": "I can tell how much by day, week or month, but not when a single thing happened.",
    "list_of_what": "I do not know which figure to list.",
    "which_lenses": (
        "I do not know which lenses: contact lenses are sold, spectacle lenses are ordered from the lab."
    ),
    "rate_of_what": "I do not know which rate is meant.",
}


_PASSED_OVER = ("different", "of", "our", "the", "distinct")
_NEGATIONS = frozenset(
    ["not", "no", "without", "excluding", "exclude", "except", "non", "apart from", "other than"]
)


def message_of(doubt: str) -> str:
    """One sentence to tell for a code of `doubts_of`."""
    return _DOUBTS[doubt]


def doubts_of(slots: Slots, reading: Reading, grammar: set[str]) -> tuple[str, ...]:
    """Codes of what stays open in a question read by itself."""
    found = []
    if _scattered(slots, reading):
        found.append("several_metrics")
    if _counts_groups(slots, reading):
        found.append("count_of_groups")
    if (
        "negate" in grammar
        and not any(v.negated or v.value == "" for v in slots.values)
        and _bare_negation(slots, reading)
    ):
        found.append("negation")
    timed = slots.grain is not None or bool({"weekday", "hour"} & set(slots.dimensions))
    if "when" in grammar and not timed and not slots.target:
        found.append("when")
    grouped = slots.dimensions or slots.target or slots.listing
    if "listed" in grammar and not slots.metrics and not grouped:
        found.append("list_of_what")
    if slots.subject != "orders" and any(reading.tokens[i].lemma == "lens" for i in _uncovered(reading)):
        found.append("which_lenses")
    return tuple(found)


def _uncovered(reading: Reading) -> list[int]:
    covered = {i for m in reading.mentions for i in range(m.start, m.end)}
    return [i for i in range(len(reading.tokens)) if i not in covered]


def _scattered(slots: Slots, reading: Reading) -> bool:
    """Metrics that are neither joined by "and" or a comma, nor compared."""
    if len(slots.metrics) < 2 or slots.compare:
        return False
    said = [
        m for m in reading.mentions if any(s.kind == "metric" and s.name in slots.metrics for s in m.senses)
    ]
    for a, b in pairwise(said):
        between = reading.text[reading.tokens[a.end - 1].end : reading.tokens[b.start].start]
        words = between.replace(",", " , ").split()
        if not {"and", ",", "plus", "vs", "versus", "/", "with", "against", "as"} & set(words):
            return True
    return False


def _counts_groups(slots: Slots, reading: Reading) -> bool:
    """Whether different ones are to be counted ("how many brands do we stock"), which no metric does."""
    for mention in reading.mentions:
        only_a_group = mention.has("dimension") and not (
            mention.has("metric") or mention.has("value") or mention.matches
        )
        if not only_a_group or mention.has("dimension", "product"):
            continue
        before = _before(reading, mention)
        if before and before.has("grammar", "number_of"):
            return mention.text not in ("person", "people")
    return False


def _before(reading: Reading, mention: Mention) -> Mention | None:
    """The mention before this one, past words such as "different" and "of our"."""
    i = mention.start
    while i > 0 and reading.before(i) is None and reading.tokens[i - 1].text in _PASSED_OVER:
        i -= 1
    return reading.before(i)


def _bare_negation(slots: Slots, reading: Reading) -> bool:
    return slots.listing is None and any(
        m.has("grammar", "negate") and m.text in _NEGATIONS and not m.has("metric") for m in reading.mentions
    )
