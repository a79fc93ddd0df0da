"""What the words leave open: parts of a question that were recognised but play no part in its slots.

Each doubt makes Prentice ask rather than answer a different question. `DOUBTS` lists them in the order
in which they are told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from prentice.planner.amounts import MONEY
from prentice.planner.lexicon import Lexicon
from prentice.planner.reading import Mention, Reading
from prentice.planner.settle import TOGETHER
from prentice.planner.slots import Slots
from prentice.semantic.calendars import MONTHS
from prentice.semantic.model import Catalogue


@dataclass(frozen=True)
class Asked:
    """One question, as far as it was understood."""

    slots: Slots
    reading: Reading
    lexicon: Lexicon
    catalogue: Catalogue

    @cached_property
    def grammar(self) -> frozenset[str]:
        return frozenset(s.name for m in self.reading.mentions for s in m.senses if s.kind == "grammar")

    def word(self, index: int) -> str:
        """The token at `index`; nothing beyond either end."""
        return self.reading.tokens[index].text if 0 <= index < len(self.reading.tokens) else ""

    def said(self, metrics: tuple[str, ...]) -> list[Mention]:
        """The mentions that named any of `metrics`."""
        return [
            m
            for m in self.reading.mentions
            if any(s.kind == "metric" and s.name in metrics for s in m.senses)
        ]

    def before(self, mention: Mention) -> Mention | None:
        """The mention before this one, past words such as "different" and "of our"."""
        i = mention.start
        while i > 0 and self.reading.before(i) is None and self.word(i - 1) in _PASSED_OVER:
            i -= 1
        return self.reading.before(i)


@dataclass(frozen=True)
class Doubt:
    """`applies` says whether the question leaves this open; `message` tells it in a sentence."""

    code: str
    message: str
    applies: Callable[[Asked], bool]


def doubts_of(slots: Slots, reading: Reading, lexicon: Lexicon, catalogue: Catalogue) -> tuple[str, ...]:
    """Codes of what stays open in a question read by itself, in the order of `DOUBTS`."""
    asked = Asked(slots, reading, lexicon, catalogue)
    return tuple(doubt.code for doubt in DOUBTS if doubt.applies(asked))


def message_of(code: str) -> str:
    """One sentence to tell for a code of `doubts_of`."""
    return next(doubt.message for doubt in DOUBTS if doubt.code == code)


_PASSED_OVER = ("different", "of", "our", "the", "distinct")
_NEGATIONS = frozenset(
    ["not", "no", "without", "excluding", "exclude", "except", "non", "apart from", "other than"]
)
_CALCULATING = frozenset(["per", "each", "for each", "every", "for every"])
_COMPARED = "more less fewer better worse higher lower greater bigger larger longer"
_DIFFERENCES = frozenset([*(f"{word} than" for word in _COMPARED.split()), "below", "above"])
_MONTH_PARTS = frozenset(["late", "early", "mid"])
_ASKING = frozenset(["number_of", "amount_of", "which", "person", "when"])
_NO_QUESTION = ("list", "value of", "worth", "worth of", "amount of", "show which")
_JOINTS = frozenset(["and", ",", "plus", "vs", "versus", "/", "with", "against", "as"])
_OPEN_GROUPS = ("each", "every", "across", "by each")


def _scattered(asked: Asked) -> bool:
    """Metrics that are neither joined by "and" or a comma, nor compared."""
    metrics, reading = asked.slots.metrics, asked.reading
    if len(metrics) < 2 or asked.slots.compare:
        return False
    for a, b in pairwise(asked.said(metrics)):
        if a.sense("metric") == b.sense("metric"):
            continue  # "stock valuation at cost": said twice
        between = reading.text[reading.tokens[a.end - 1].end : reading.tokens[b.start].start]
        if not _JOINTS & set(between.replace(",", " , ").split()):
            return True
    return False


def _counts_groups(asked: Asked) -> bool:
    """Whether different ones are to be counted ("how many brands do we stock"), which no metric does."""
    for mention in asked.reading.mentions:
        plays = mention.has("metric") or mention.has("value") or bool(mention.matches)
        if plays or not mention.has("dimension") or mention.has("dimension", "product"):
            continue
        before = asked.before(mention)
        if before and before.has("grammar", "number_of"):
            return mention.text not in ("person", "people")
    return False


def _negation(asked: Asked) -> bool:
    for m in asked.reading.mentions:
        listed = m.has("grammar", "dead") or m.has("grammar", "low") or m.has("grammar", "out")
        before = asked.before(m)
        if listed and before is not None and before.has("grammar", "negate"):
            return True  # "products that are not dead stock"
    placed = any(v.negated or v.value == "" for v in asked.slots.values)
    if "negate" not in asked.grammar or placed or "including" in asked.reading.text:
        return False
    return asked.slots.listing is None and any(
        m.has("grammar", "negate")
        and m.text in _NEGATIONS
        and not m.has("metric")
        and not ((after := asked.reading.after(m.end)) is not None and after.has("threshold"))
        for m in asked.reading.mentions
    )


def _single_moment(asked: Asked) -> bool:
    timed = asked.slots.grain is not None or bool({"weekday", "hour"} & set(asked.slots.dimensions))
    return "when" in asked.grammar and not timed and asked.slots.target in (None, "product")


def _list_of_nothing(asked: Asked) -> bool:
    slots = asked.slots
    grouped = slots.dimensions or slots.target or slots.listing
    if "listed" in asked.grammar and not slots.metrics and not grouped and not slots.thresholds:
        return True
    return "ranked" in asked.grammar and not (slots.dimensions or slots.grain or slots.target)


def _which_lenses(asked: Asked) -> bool:
    reading = asked.reading
    loose = (t for i, t in enumerate(reading.tokens) if not reading.covers(i))
    return asked.slots.subject not in ("orders", "patients") and any(t.lemma == "lens" for t in loose)


def _per_metric(asked: Asked) -> bool:
    """ "margin per unit", "discount per transaction": a ratio that no metric is."""
    if any(not asked.catalogue.metrics[m].additive for m in asked.slots.metrics):
        return False  # "average spend per purchase" is one
    groups = (asked.before(m) for m in asked.reading.mentions if m.has("metric"))
    return any(b is not None and b.has("grammar", "group") and b.text in _CALCULATING for b in groups)


def _two_questions(asked: Asked) -> bool:
    """A second question word after "and": "how many did we sell, and who sold the most"."""
    asking = [
        m
        for m in asked.reading.mentions
        if any(s.kind == "grammar" and s.name in _ASKING for s in m.senses)
        and not m.has("metric")
        and m.text not in _NO_QUESTION
        and not ((after := asked.reading.after(m.end)) is not None and after.has("metric"))
    ]
    models = {asked.catalogue.metrics[name].model for name in asked.slots.metrics}
    for m in asking:
        before = asked.reading.text[: asked.reading.tokens[m.start].start].rstrip()
        again = m.text in ("how much", "how many") and before.endswith(",") and m.text in before
        if not again and not (m.start > 1 and asked.word(m.start - 1) in ("and", "also")):
            continue
        if m.end >= len(asked.reading.tokens) or asked.reading.text.rstrip(" ?").endswith(m.text):
            continue  # "are any overdue, and how many?"
        figure_behind = any(a.start > m.start for a in asked.said(asked.slots.metrics))
        if m.has("grammar", "person") or not (len(models) == 1 and figure_behind):
            return True  # else "how many refunds, and what was the amount refunded": two figures of one kind
    return False


def _two_rankings(asked: Asked) -> bool:
    """ "best and worst", "the best brand of the best month"; "highest earning brands, top three" is one."""
    ranks = [
        m for m in asked.reading.mentions if m.has("rank") and not m.has("metric") and not m.has("value")
    ]
    for a, b in pairwise(ranks):
        if b.start - a.end <= 1 and asked.word(b.start - 1) != "and":
            continue  # "top best-selling"
        if _descends(a, asked) != _descends(b, asked) or (
            _ranks_a_noun(a, asked) and _ranks_a_noun(b, asked)
        ):
            return True
    return False


def _descends(mention: Mention, asked: Asked) -> bool:
    sense = mention.sense("rank")
    return sense is not None and asked.lexicon.rankings[sense.name].descending


def _ranks_a_noun(mention: Mention, asked: Asked) -> bool:
    """Whether a noun that can be ranked stands behind a ranking word, past a number and one other word."""
    behind = (asked.reading.after(i) for i in range(mention.end, mention.end + 3))
    first = next((m for m in behind if m is not None), None)
    return first is not None and (first.has("dimension") or first.has("grain") or first.has("value"))


def _growth_ranked(asked: Asked) -> bool:
    slots = asked.slots
    listed = "which" in asked.grammar and slots.target is not None
    return "growth" in asked.grammar and (slots.rank is not None or listed) and not slots.compare


def _together(asked: Asked) -> bool:
    """ "Which products are bought together": which stood on one receipt is not held."""
    tokens = enumerate(asked.reading.tokens)
    if not any(t.text in TOGETHER and not asked.reading.covers(i) for i, t in tokens):
        return False
    places = {v.at for v in asked.slots.values if not v.negated}
    return len(places) < 2 and len(asked.slots.metrics) < 2 and len(asked.reading.times) < 2


def _more_than_what(asked: Asked) -> bool:
    """ "Do we sell more on Saturdays": more than what?"""
    slots = asked.slots
    if "more" not in asked.grammar or slots.compare or slots.thresholds or slots.listing:
        return False
    return not any(v.dimension in slots.dimensions for v in slots.values)


def _loose_difference(asked: Asked) -> bool:
    """ "sold more than we have in stock": a difference with neither a number nor two things beside it."""
    if asked.slots.thresholds or asked.slots.compare:
        return False
    values = [v for v in asked.slots.values if not v.negated]
    two = any(a.dimension == b.dimension and a.value != b.value for a in values for b in values)
    return not two and any(
        m.has("threshold") and m.text in _DIFFERENCES and not m.has("grammar") for m in asked.reading.mentions
    )


def _grouped_by_nothing(asked: Asked) -> bool:
    """ "sales by store", "spend per head": "by" before a word that is no dimension."""
    reading = asked.reading
    for mention in reading.mentions:
        if not mention.has("grammar", "group") or mention.text in _OPEN_GROUPS:
            continue
        i = mention.end
        while asked.word(i) in ("the", "our", "each", "every", "of", "my"):
            i += 1
        if i >= len(reading.tokens) or reading.covers(i) or reading.is_time(i):
            continue
        if reading.tokens[i].number is None and asked.word(i) not in MONEY:
            return True
    return False


def _zero_of_what(asked: Asked) -> bool:
    if "zero_sales" not in asked.grammar:
        return False
    timed = any(m.has("grain") for m in asked.reading.mentions)
    people = asked.slots.target in ("staff", "prescriber", "practitioner")
    return timed or people or "person" in asked.grammar


def _part_of_a_month(asked: Asked) -> bool:
    """ "early October"; "late last quarter" may be said of orders."""
    starts = (asked.reading.time_at(t) for t in asked.reading.times)
    return any(
        asked.word(at) in MONTHS and asked.word(at - 1) in _MONTH_PARTS and not asked.reading.covers(at - 1)
        for at in starts
    )


def _by_due_date(asked: Asked) -> bool:
    slots = asked.slots
    by_due = {"late_orders", "on_time_rate"} & set(slots.metrics)
    return slots.subject == "orders" and slots.due and bool(slots.times) and not by_due


def _distance_only(asked: Asked) -> bool:
    ago = any(t.role == "compare" and t.words.endswith("ago") for t in asked.reading.times)
    return ago and not asked.grammar & {"compare", "growth"}


DOUBTS = (
    Doubt(
        "several_metrics",
        "I read more than one figure in that and do not see how they belong together.",
        _scattered,
    ),
    Doubt(
        "count_of_groups",
        "I cannot count how many different ones there are; I can list them.",
        _counts_groups,
    ),
    Doubt("negation", "I read a \u201cnot\u201d that I cannot place.", _negation),
    Doubt(
        "when",
        "I can tell how much by day, week or month, but not when a single thing happened.",
        _single_moment,
    ),
    Doubt("list_of_what", "I do not know which figure to list.", _list_of_nothing),
    Doubt(
        "which_lenses",
        "I do not know which lenses: contact lenses are sold, spectacle lenses are ordered from the lab.",
        _which_lenses,
    ),
    Doubt(
        "tax_included",
        "I hold revenue without tax, and the tax apart from it, not the two together.",
        lambda asked: "tax_in" in asked.grammar,
    ),
    Doubt(
        "fiscal_year",
        "I know calendar years; give the first and the last day of yours.",
        lambda asked: "fiscal" in asked.grammar,
    ),
    Doubt(
        "refers_back",
        "I do not know which one of the answer before is meant; name it.",
        lambda asked: "back_ref" in asked.grammar,
    ),
    Doubt(
        "calculation",
        "I cannot reckon one figure with another in that way; I can show both.",
        _per_metric,
    ),
    Doubt("two_questions", "That is more than one question; ask them one after the other.", _two_questions),
    Doubt("two_rankings", "I read two rankings in that, and can do one at a time.", _two_rankings),
    Doubt("growth_ranking", "I do not know over which time the change is meant.", _growth_ranked),
    Doubt("more_than_what", "I do not know what is to be compared with what.", _more_than_what),
    Doubt(
        "which_period",
        "I do not know which time is meant.",
        lambda asked: (
            asked.slots.overview
            and not asked.slots.times
            and not asked.slots.metrics
            and not asked.slots.values
            and not asked.slots.compare
            and not asked.slots.trend
        ),
    ),
    Doubt("together", "I do not know what is meant to be taken together.", _together),
    Doubt(
        "which_figures",
        "I do not know which figures are meant.",
        lambda asked: (
            ("figures" in asked.grammar and not asked.slots.metrics and not asked.slots.overview)
            or (asked.slots.overview and asked.slots.metrics == ("patients",))
        ),
    ),
    Doubt(
        "several_bounds",
        "I read more than one limit and do not know which figure each is for.",
        lambda asked: len(asked.slots.thresholds) > 1,
    ),
    Doubt("bound_on_what", "I do not know what that limit is a limit on.", _loose_difference),
    Doubt("group_by_what", "I do not hold by what that should be broken down.", _grouped_by_nothing),
    Doubt("zero_of_what", "I can list products that did not sell, not days or people.", _zero_of_what),
    Doubt("part_of_a_month", "I know whole months and days; give the days.", _part_of_a_month),
    Doubt(
        "by_due_date",
        "Orders are counted by the day they were placed, not the day they are due.",
        _by_due_date,
    ),
    Doubt("distance_only", "I do not know which days that is; name them.", _distance_only),
)
