"""What the words leave open: parts of a question that were recognised but play no part in its slots.

Each doubt makes Prentice ask rather than answer a different question.
"""

from __future__ import annotations

from itertools import pairwise

from prentice.planner.amounts import MONEY
from prentice.planner.lexicon import Lexicon
from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import Slots
from prentice.semantic.calendars import MONTHS
from prentice.semantic.model import Catalogue

_DOUBTS = {
    "several_metrics": "I read more than one figure in that and do not see how they belong together.",
    "count_of_groups": "I cannot count how many different ones there are; I can list them.",
    "negation": "I read a \u201cnot\u201d that I cannot place.",
    "when": "I can tell how much by day, week or month, but not when a single thing happened.",
    "list_of_what": "I do not know which figure to list.",
    "which_lenses": (
        "I do not know which lenses: contact lenses are sold, spectacle lenses are ordered from the lab."
    ),
    "tax_included": "I hold revenue without tax, and the tax apart from it, not the two together.",
    "fiscal_year": "I know calendar years; give the first and the last day of yours.",
    "refers_back": "I do not know which one of the answer before is meant; name it.",
    "calculation": "I cannot reckon one figure with another in that way; I can show both.",
    "two_questions": "That is more than one question; ask them one after the other.",
    "two_rankings": "I read two rankings in that, and can do one at a time.",
    "single_event": "I add up; I do not hold which sale came first, last or second.",
    "growth_ranking": "I can compare two periods group by group, but not rank by the change.",
    "several_bounds": "I read more than one limit and do not know which figure each is for.",
    "bound_on_what": "I do not know what that limit is a limit on.",
    "group_by_what": "I do not hold by what that should be broken down.",
    "zero_of_what": "I can list products that did not sell, not days or people.",
    "part_of_a_month": "I know whole months and days; give the days.",
    "by_due_date": "Orders are counted by the day they were placed, not the day they are due.",
    "distance_only": "I do not know which days that is; name them.",
    "minus_number": "I do not know what a number below nothing means here.",
    "rate_of_what": "I do not know which rate is meant.",
}


_PASSED_OVER = ("different", "of", "our", "the", "distinct")
_NEGATIONS = frozenset(
    ["not", "no", "without", "excluding", "exclude", "except", "non", "apart from", "other than"]
)


def message_of(doubt: str) -> str:
    """One sentence to tell for a code of `doubts_of`."""
    return _DOUBTS[doubt]


def doubts_of(
    slots: Slots, reading: Reading, grammar: set[str], lexicon: Lexicon, catalogue: Catalogue
) -> tuple[str, ...]:
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
    found += _more_doubts(slots, reading, grammar, lexicon, catalogue)
    return tuple(found)


_CALCULATING = frozenset(["per", "each", "for each", "every", "for every"])
_NUMBERED = (">", "<", ">=", "<=")
_DIFFERENCES = frozenset(
    ["more than", "less than", "fewer than", "better than", "worse than", "higher than", "lower than",
     "greater than", "bigger than", "larger than", "longer than", "below", "above"]
)  # fmt: skip
_MONTH_PARTS = frozenset(["late", "early", "mid"])


def _more_doubts(
    slots: Slots, reading: Reading, grammar: set[str], lexicon: Lexicon, catalogue: Catalogue
) -> list[str]:
    found = []
    if "tax_in" in grammar:
        found.append("tax_included")
    if "fiscal" in grammar:
        found.append("fiscal_year")
    if "back_ref" in grammar:
        found.append("refers_back")
    if _per_metric(slots, reading, catalogue):
        found.append("calculation")
    if _two_questions(reading):
        found.append("two_questions")
    if _two_rankings(reading, lexicon):
        found.append("two_rankings")
    if "growth" in grammar and (slots.rank is not None or ("which" in grammar and slots.target)):
        found.append("growth_ranking")
    if len(slots.thresholds) > 1:
        found.append("several_bounds")
    if _loose_difference(slots, reading):
        found.append("bound_on_what")
    if _grouped_by_nothing(reading):
        found.append("group_by_what")
    if "zero_sales" in grammar and _of_times_or_people(slots, reading, grammar):
        found.append("zero_of_what")
    if _part_of_a_month(reading):
        found.append("part_of_a_month")
    if (
        slots.subject == "orders"
        and slots.due
        and slots.times
        and not {"late_orders", "on_time_rate"} & set(slots.metrics)
    ):
        found.append("by_due_date")
    ago = any(t.role == "compare" and t.words.endswith("ago") for t in reading.times)
    if ago and not grammar & {"compare", "growth"}:
        found.append("distance_only")
    if "ranked" in grammar and not (slots.dimensions or slots.grain or slots.target):
        found.append("list_of_what")
    return found


def _part_of_a_month(reading: Reading) -> bool:
    """ "early October"; "late last quarter" may be said of orders."""
    for time in reading.times:
        at = reading.time_at(time)
        named = at < len(reading.tokens) and reading.tokens[at].text in MONTHS
        if named and at and reading.tokens[at - 1].text in _MONTH_PARTS and not reading.covers(at - 1):
            return True
    return False


def _per_metric(slots: Slots, reading: Reading, catalogue: Catalogue) -> bool:
    """ "margin per unit", "discount per transaction": a ratio that no metric is."""
    if any(not catalogue.metrics[m].additive for m in slots.metrics):
        return False  # "average spend per purchase" is one
    for mention in reading.mentions:
        if mention.has("metric"):
            before = _before(reading, mention)
            if before and before.has("grammar", "group") and before.text in _CALCULATING:
                return True
    return False


def _two_questions(reading: Reading) -> bool:
    """A second question word after "and": "how many did we sell, and who sold the most"."""
    asking = [
        m for m in reading.mentions
        if any(s.kind == "grammar" and s.name in ("number_of", "amount_of", "which", "person", "when") for s in m.senses)
        and not m.has("metric") and m.text not in ("list", "value of", "worth", "worth of", "amount of", "show which")
    ]  # fmt: skip
    return any(
        m.start > 0 and m is not asking[0] and reading.tokens[m.start - 1].text in ("and", "also")
        for m in asking
    )


def _two_rankings(reading: Reading, lexicon: Lexicon) -> bool:
    """ "best and worst", "the best brand of the best month"; "highest earning brands, top three" is one."""
    ranks = [m for m in reading.mentions if m.has("rank") and not m.has("metric") and not m.has("value")]
    for a, b in pairwise(ranks):
        if b.start - a.end <= 1 and reading.tokens[b.start - 1].text != "and":
            continue  # "top best-selling"
        if _way(a, lexicon) != _way(b, lexicon) or (_noun_after(a, reading) and _noun_after(b, reading)):
            return True
    return False


def _way(mention: Mention, lexicon: Lexicon) -> bool:
    sense = mention.sense("rank")
    return sense is not None and lexicon.rankings[sense.name].descending


def _noun_after(mention: Mention, reading: Reading) -> bool:
    """Whether a noun that can be ranked stands behind a ranking word, past a number and one other word."""
    for i in range(mention.end, min(mention.end + 3, len(reading.tokens))):
        if (m := reading.after(i)) is not None:
            return m.has("dimension") or m.has("grain") or m.has("value")
    return False


def _loose_difference(slots: Slots, reading: Reading) -> bool:
    """ "sold more than we have in stock": a difference with neither a number nor two things beside it."""
    if slots.thresholds or slots.compare:
        return False
    values = [v for v in slots.values if not v.negated]
    two = any(a.dimension == b.dimension and a.value != b.value for a in values for b in values)
    loose = any(
        m.has("threshold") and m.text in _DIFFERENCES and not m.has("grammar") for m in reading.mentions
    )
    return loose and not two


def _grouped_by_nothing(reading: Reading) -> bool:
    """ "sales by store", "spend per head": "by" before a word that is no dimension."""
    for mention in reading.mentions:
        if not mention.has("grammar", "group") or mention.text in ("each", "every", "across", "by each"):
            continue
        i = mention.end
        while i < len(reading.tokens) and reading.tokens[i].text in ("the", "our", "each", "every"):
            i += 1
        if (
            i < len(reading.tokens)
            and reading.after(i) is None
            and not reading.is_time(i)
            and reading.tokens[i].number is None
            and reading.tokens[i].text not in MONEY
        ):
            return True
    return False


def _of_times_or_people(slots: Slots, reading: Reading, grammar: set[str]) -> bool:
    timed = any(m.has("grain") for m in reading.mentions)
    return timed or "person" in grammar or slots.target in ("staff", "prescriber", "practitioner")


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
