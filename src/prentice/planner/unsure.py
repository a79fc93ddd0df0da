"""Where a question cannot be answered as it stands: what to ask back, and what to offer instead."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from prentice.planner.choice import DEFAULT_METRIC
from prentice.planner.compose import Composed, compose
from prentice.planner.doubts import message_of
from prentice.planner.lexicon import models_with
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.planner.reading import Reading
from prentice.planner.refusals import REFUSALS
from prentice.planner.restrict import Problem
from prentice.planner.slots import Slots
from prentice.planner.words import plain, tokens
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

_BEGINNING = frozenset(["start", "started", "starting", "begin", "began", "beginning"])  # of an hour
_WEARING = frozenset(
    ["wear", "wears", "wearing", "suffer", "suffering", "diagnosed", "aged", "live", "living", "had"]
)
_WORTH = re.compile(
    r"\border(?:s|ed)? (?:value|worth|amount)|(?:value|worth|amount) of (?:the |our |all )?orders?\b"
)
_STUFF = frozenset(["stuff", "things", "goods", "merchandise"])
_SEASONS = frozenset(
    ["summer", "winter", "spring", "autumn", "fall", "season", "christmas", "easter", "holiday", "holidays"]
)
_CURRENCIES = {
    "GBP": frozenset(["£", "gbp", "pound", "pounds", "sterling", "quid"]),
    "USD": frozenset(["$", "usd", "dollar", "dollars"]),
    "EUR": frozenset(["€", "eur", "euro", "euros"]),
}
GENERAL = (
    "What was our revenue last month?",
    "What were our top 10 products last month?",
    "Which products are low in stock?",
    "How many open orders do we have?",
)


class Unsure:
    """Questions back about one catalogue's words."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def doubt(
        self, slots: Slots, reading: Reading, composed: Composed, values: ValueIndex, scope: TenantScope
    ) -> Plan | None:
        """A question back, where words, names or numbers of the question would be passed over in silence."""
        said = phrase_query(composed.query, self._catalogue, scope.today)
        passed = own_name(scope) | _harmless(slots, reading)
        unused = tuple(w for w in reading.unused if w not in passed)
        if unused:
            return self._unknown_words(unused, said, values)
        for value in slots.values:
            same = [
                v for v in slots.values if v.at == value.at and v.partial and v.dimension == value.dimension
            ]
            if len(same) > 1:
                offers = tuple(f"{said} for {v.value}" for v in same[:4])
                return Plan(
                    "ask",
                    0.4,
                    code="which_one",
                    message=f"More than one fits \u201c{value.words}\u201d.",
                    alternatives=offers,
                )
        if code := self._other_money(reading, scope):
            return Plan("ask", 0.4, code="other_currency", message=code, alternatives=few(said, *GENERAL))
        if slots.doubts:
            return Plan(
                "ask",
                0.4,
                code=slots.doubts[0],
                message=message_of(slots.doubts[0]),
                alternatives=few(said, *GENERAL),
            )
        if doubt := self._unapplied(slots, reading, composed):
            return Plan("ask", 0.4, code="not_understood", message=doubt, alternatives=few(said, *GENERAL))
        if slots.stray_numbers:
            return Plan(
                "ask",
                0.4,
                code="stray_number",
                message=f"I do not know what {slots.stray_numbers[0]:g} stands for here.",
                alternatives=few(said, *GENERAL[:2]),
            )
        metric = self._catalogue.metrics[composed.query.metrics[0]]
        if slots.averaged and all(self._catalogue.metrics[m].additive for m in composed.query.metrics):
            return Plan(
                "ask",
                0.4,
                code="average_of_what",
                message=f"I hold {metric.label.lower()} as a sum, not as an average of that kind.",
                alternatives=few(
                    said,
                    "What was our average transaction value last month?",
                    "How many items per transaction last month?",
                ),
            )
        return None

    def _other_money(self, reading: Reading, scope: TenantScope) -> str | None:
        """A currency that is not the practice's: amounts are not converted."""
        words = {t.text for t in reading.tokens}
        for currency, names in _CURRENCIES.items():
            if currency != scope.currency and words & names:
                return f"Amounts are in {scope.currency}; I do not convert them."
        return None

    def _unapplied(self, slots: Slots, reading: Reading, composed: Composed) -> str | None:
        """A word of comparison, ranking or share that the Query does not carry out."""
        query = composed.query
        grouped = bool(query.dimensions or query.grain)
        units = {self._catalogue.metrics[m].unit for m in query.metrics}
        metric = self._catalogue.metrics[query.metrics[0]]
        if slots.rank is not None and not grouped:
            return "I do not know what to rank."
        if slots.share_at is not None and metric.unit != "ratio" and not query.shares:
            return f"I cannot tell which part of {metric.label.lower()} is asked for."
        if slots.counted and units == {"currency"} and not slots.money and not slots.sums:
            return f"I hold {metric.label.lower()} as an amount, not as a number of things."
        if slots.earned and not slots.counted and not units & {"currency", "ratio"}:
            return f"I hold no amounts of money for {metric.label.lower()}."
        if slots.rate and metric.unit != "ratio":
            return "I do not know which rate is meant."
        if units == {"orders"} and _WORTH.search(reading.text):
            return "I hold no amounts of money for orders to the lab."
        if flag := self._flag_passed_over(reading, query):
            return f"I could not take \u201c{flag}\u201d into account, so I would rather ask."
        if not grouped and _breaks_down(reading):
            return "I read by what to break it down, and cannot."
        compares = any(m.has("grammar", "compare") or m.has("grammar", "growth") for m in reading.mentions)
        alone = query.compare is None and not grouped and len(query.metrics) < 2
        if compares and alone and not slots.thresholds and not slots.running:
            return "I do not know what to compare."
        return None

    def _flag_passed_over(self, reading: Reading, query: Query) -> str | None:
        """A yes-or-no property that was named ("is dead stock") and has no part in the Query."""
        used = {c.field for c in iter_conditions((*query.filters, *query.having))} | set(query.dimensions)
        used |= {re.sub(r"_(?:items|value|orders)$", "", name) for name in query.metrics}
        for mention in reading.mentions:
            sense = mention.sense("dimension")
            if sense is None or mention.has("metric") or mention.has("grammar") or mention.has("value"):
                continue
            if self._catalogue.dimension(sense.name).type == "boolean" and sense.name not in used:
                return mention.text
        return None

    def _unknown_words(self, unused: tuple[str, ...], said: str, values: ValueIndex) -> Plan:
        words = ", ".join(f"\u201c{w}\u201d" for w in unused[:3])
        near: list[str] = []
        stored = sorted(
            {
                m.value
                for matches in values.phrases.values()
                for m in matches
                if m.dimension in ("brand", "staff", "category", "model", "product")
            }
        )
        for word in unused[:2]:
            near += [
                v for v, score, _ in process.extract(word, stored, scorer=fuzz.WRatio, limit=2) if score >= 75
            ]
        offers = few(*(f"{said} for {v}" for v in near[:2]), said, *GENERAL)
        return Plan(
            "ask",
            0.3,
            code="unknown_words",
            unused=unused,
            alternatives=offers,
            message=f"I do not know {words} in this practice, and will not guess.",
        )

    def problem(self, problem: Problem, slots: Slots, reading: Reading, scope: TenantScope) -> Plan:
        """Say what does not go together, and offer questions near to it that do."""
        if reading.unused and problem.outcome == "ask" and problem.code == "what_to_count":
            words = ", ".join(f"\u201c{w}\u201d" for w in reading.unused[:3])
            return Plan(
                "ask",
                0.2,
                code="unknown_words",
                message=f"I do not know {words} here.",
                alternatives=GENERAL,
                unused=reading.unused,
            )
        offers: list[str] = []
        if problem.dimension and problem.metric:
            for model in models_with(self._catalogue, problem.dimension):
                other = compose(
                    slots.with_(metrics=(DEFAULT_METRIC[model],), subject=model, thresholds=()),
                    self._catalogue,
                    scope.today,
                )
                if isinstance(other, Composed):
                    offers.append(phrase_query(other.query, self._catalogue, scope.today))
            kept = slots.with_(
                values=tuple(v for v in slots.values if v.dimension != problem.dimension),
                dimensions=tuple(d for d in slots.dimensions if d != problem.dimension),
            )
            other = compose(kept, self._catalogue, scope.today)
            if isinstance(other, Composed):
                offers.append(phrase_query(other.query, self._catalogue, scope.today))
        if problem.code == "future":
            offers += REFUSALS["future"].offers
        return Plan(
            problem.outcome,
            0.4,
            code=problem.code,
            message=problem.message,
            alternatives=few(*offers, *GENERAL),
        )


def _breaks_down(reading: Reading) -> bool:
    """Whether a "by" or "for each" leads to a word that is no ranking figure, value, number or time."""
    for mention in reading.mentions:
        if not mention.has("grammar", "group") or mention.end >= len(reading.tokens):
            continue
        after = reading.after(mention.end)
        if after and after.has("dimension") and not after.has("metric") and not after.has("value"):
            return True
    return False


def _harmless(slots: Slots, reading: Reading) -> frozenset[str]:
    """Words that restrict nothing beside what else was said: "both" beside two, "net" of adjustments."""
    passed: set[str] = set()
    two_values = len({v.at for v in slots.values}) > 1
    if len(slots.metrics) > 1 or two_values or len(slots.times) > 1 or slots.compare:
        passed |= {"both"}
    if slots.times and slots.times[0].unit != "year":
        passed |= _SEASONS
    if reading.hours:
        passed |= _BEGINNING
    if slots.rank is not None and (slots.limit in (None, 1)):
        passed |= {"single"}
    if set(slots.metrics) & {"units_adjusted", "revenue"}:
        passed |= {"net"}
    if "days_of_stock" in slots.metrics or (slots.duration and slots.subject == "stock"):
        passed |= {"last", "lasts"}
    if slots.duration or "average_lead_time_days" in slots.metrics:
        passed |= {"once"}
    if slots.subject == "patients":
        passed |= _WEARING
    if slots.metrics:
        passed |= _STUFF
    if any(v.negated for v in slots.values):
        passed |= {"other"}
    return frozenset(passed)


def own_name(scope: TenantScope) -> frozenset[str]:
    """ "How did Harbour Optics do": the practice's own name restricts nothing."""
    return frozenset(t.text for t in tokens(plain(f"{scope.name} {scope.slug}")))


def few(*offers: str) -> tuple[str, ...]:
    """Two to four different offers."""
    return tuple(dict.fromkeys(o for o in offers if o))[:4]
