"""The planner without a language model: read, understand, take up the context, compose, and doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from prentice.planner.asides import without_asides
from prentice.planner.choice import DEFAULT_METRIC
from prentice.planner.compose import Composed, compose
from prentice.planner.doubts import message_of
from prentice.planner.followup import leans_on_context, merge, needs_context
from prentice.planner.lexicon import Lexicon, build_lexicon, models_with
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.planner.reading import Reading, read
from prentice.planner.refusals import REFUSALS, future_of, refusal_for
from prentice.planner.restrict import Problem
from prentice.planner.slots import Slots
from prentice.planner.understand import understand
from prentice.planner.words import plain, tokens
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

_MONTH_FIRST = frozenset({"US", "FM", "MH", "PW"})  # countries that write 10/5/2026 for 5 October
_BEGINNING = frozenset(["start", "started", "starting", "begin", "began", "beginning"])  # of an hour
_WEARING = frozenset(
    ["wear", "wears", "wearing", "suffer", "suffering", "diagnosed", "aged", "live", "living", "had"]
)
_WORTH = re.compile(
    r"\border(?:s|ed)? (?:value|worth|amount)|(?:value|worth|amount) of (?:the |our |all )?orders?\b"
)
_NOT_WHO = "I do not hold who they are; this is how many."
_STUFF = frozenset(["stuff", "things", "goods", "merchandise"])
_SEASONS = frozenset(
    ["summer", "winter", "spring", "autumn", "fall", "season", "christmas", "easter", "holiday", "holidays"]
)
_CURRENCIES = {
    "GBP": frozenset(["£", "gbp", "pound", "pounds", "sterling", "quid"]),
    "USD": frozenset(["$", "usd", "dollar", "dollars"]),
    "EUR": frozenset(["€", "eur", "euro", "euros"]),
}
_LEFT_OPEN = "unknown_words two_periods not_understood several_metrics two_questions stray_number"
_PERHAPS_AN_ASIDE = frozenset(
    [*_LEFT_OPEN.split(), "list_of_what", "which_figures", "more_than_what", "what_to_count"]
)
_CONTEXT = 8  # earlier questions that are looked at
_GENERAL = (
    "What was our revenue last month?",
    "What were our top 10 products last month?",
    "Which products are low in stock?",
    "How many open orders do we have?",
)


class RulePlanner:
    """`Planner` by rules over the catalogue's words. Thread-safe: holds nothing of a question."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon: Lexicon = build_lexicon(catalogue)

    def plan(
        self, question: str, scope: TenantScope, values: ValueIndex, context: Sequence[str] = ()
    ) -> Plan:
        """Plan `question`. Never raises for any text; what cannot be read is asked back."""
        before = self._before(context, scope, values)
        plan = self._plan(question, scope, values, before)
        if plan.outcome == "ask" and plan.code in _PERHAPS_AN_ASIDE:
            return self._without_aside(question, scope, values, before) or plan
        return plan

    def _before(self, context: Sequence[str], scope: TenantScope, values: ValueIndex) -> Slots | None:
        """What the conversation is about so far."""
        before: Slots | None = None
        for earlier in context[-_CONTEXT:]:
            reading = self._read(earlier, scope, values, before)
            slots = understand(reading, self._lexicon, self._catalogue, scope.today)
            if refusal_for(reading, slots, _own_name(scope)) is None:
                before = self._in_context(slots, reading, before)
        return before

    def _plan(self, question: str, scope: TenantScope, values: ValueIndex, before: Slots | None) -> Plan:
        reading = self._read(question, scope, values, before)
        slots = understand(reading, self._lexicon, self._catalogue, scope.today)
        if refusal := refusal_for(reading, slots, _own_name(scope)):
            return Plan(
                "decline", 0.95, code=refusal.code, message=refusal.message, alternatives=refusal.offers
            )
        if before is None and needs_context(reading, slots):
            return Plan(
                "ask",
                0.3,
                code="no_context",
                message="That takes up a question before it, and there is none.",
                alternatives=_GENERAL,
            )
        slots = self._in_context(slots, reading, before)
        if refusal := future_of(slots.times, slots.subject):
            return Plan(
                "decline", 0.95, code=refusal.code, message=refusal.message, alternatives=refusal.offers
            )
        return self._decide(slots, reading, scope, values)

    def _without_aside(
        self, question: str, scope: TenantScope, values: ValueIndex, before: Slots | None
    ) -> Plan | None:
        """The plan of the question without what was said around it, where that restricts nothing."""
        for kept in without_asides(question):
            aside = self._read(kept.aside, scope, values)
            if self._restricts(aside):
                continue
            plan = self._plan(kept.question, scope, values, before)
            timed = any(t.role != "compare" for t in aside.times)
            if plan.outcome == "query" and not (timed and plan.query and plan.query.range is None):
                confidence = max(plan.confidence - 0.1, 0.5)
                return replace(plan, confidence=confidence, aside=kept.aside)
        return None

    def _restricts(self, aside: Reading) -> bool:
        """Whether leaving it out could change the answer: it names a value, a bound, a number or a not."""
        for m in aside.mentions:
            if m.matches or m.has("threshold") or m.has("rank") or m.has("value"):
                return True
            if any(m.has("grammar", name) for name in ("negate", "restrict", "compare", "share")):
                return True
        counted = (aside.tokens[i + 1].text for i, _ in aside.numbers if i + 1 < len(aside.tokens))
        minutes = sum(word.startswith(("minute", "hour")) for word in counted)  # "call in ten minutes"
        return bool(aside.hours or aside.named or len(aside.numbers) > minutes)

    def _read(
        self, question: str, scope: TenantScope, values: ValueIndex, before: Slots | None = None
    ) -> Reading:
        return read(
            question,
            self._lexicon,
            values,
            scope.today,
            day_first=scope.country not in _MONTH_FIRST,
            about_people=before is not None and before.subject == "patients",
        )

    def _in_context(self, slots: Slots, reading: Reading, before: Slots | None) -> Slots:
        if before is not None and leans_on_context(slots, reading):
            return merge(before, slots, reading, self._catalogue)
        return slots

    def _decide(self, slots: Slots, reading: Reading, scope: TenantScope, values: ValueIndex) -> Plan:
        composed = compose(slots, self._catalogue, scope.today)
        if isinstance(composed, Problem):
            return self._problem(composed, slots, reading, scope)
        doubt = self._doubt(slots, reading, composed, values, scope)
        if doubt is not None:
            return doubt
        confidence = (
            0.97 - 0.04 * len(reading.corrections) - 0.12 * len(composed.assumed) - 0.05 * len(slots.contains)
        )
        return Plan(
            "query",
            max(confidence, 0.5),
            query=composed.query,
            slots=slots,
            reading=reading,
            alternatives=self._other_readings(composed, scope),
            corrections=reading.corrections,
            assumed=composed.assumed,
            remark=_NOT_WHO if slots.subject == "patients" and _asks_for_people(reading) else "",
        )

    def _doubt(
        self, slots: Slots, reading: Reading, composed: Composed, values: ValueIndex, scope: TenantScope
    ) -> Plan | None:
        """A question back, where words, names or numbers of the question would be passed over in silence."""
        said = phrase_query(composed.query, self._catalogue, scope.today)
        passed = _own_name(scope) | _harmless(slots, reading)
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
            return Plan("ask", 0.4, code="other_currency", message=code, alternatives=_few(said, *_GENERAL))
        if slots.doubts:
            return Plan(
                "ask",
                0.4,
                code=slots.doubts[0],
                message=message_of(slots.doubts[0]),
                alternatives=_few(said, *_GENERAL),
            )
        if doubt := self._unapplied(slots, reading, composed):
            return Plan("ask", 0.4, code="not_understood", message=doubt, alternatives=_few(said, *_GENERAL))
        if slots.stray_numbers:
            return Plan(
                "ask",
                0.4,
                code="stray_number",
                message=f"I do not know what {slots.stray_numbers[0]:g} stands for here.",
                alternatives=_few(said, *_GENERAL[:2]),
            )
        metric = self._catalogue.metrics[composed.query.metrics[0]]
        if slots.averaged and all(self._catalogue.metrics[m].additive for m in composed.query.metrics):
            return Plan(
                "ask",
                0.4,
                code="average_of_what",
                message=f"I hold {metric.label.lower()} as a sum, not as an average of that kind.",
                alternatives=_few(
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
        offers = _few(*(f"{said} for {v}" for v in near[:2]), said, *_GENERAL)
        return Plan(
            "ask",
            0.3,
            code="unknown_words",
            unused=unused,
            alternatives=offers,
            message=f"I do not know {words} in this practice, and will not guess.",
        )

    def _problem(self, problem: Problem, slots: Slots, reading: Reading, scope: TenantScope) -> Plan:
        """Say what does not go together, and offer questions near to it that do."""
        if reading.unused and problem.outcome == "ask" and problem.code == "what_to_count":
            words = ", ".join(f"\u201c{w}\u201d" for w in reading.unused[:3])
            return Plan(
                "ask",
                0.2,
                code="unknown_words",
                message=f"I do not know {words} here.",
                alternatives=_GENERAL,
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
            alternatives=_few(*offers, *_GENERAL),
        )

    def _other_readings(self, composed: Composed, scope: TenantScope) -> tuple[str, ...]:
        """Units instead of revenue and the other way; another period where none was said."""
        query, offers = composed.query, []
        swap = {"revenue": "units_sold", "units_sold": "revenue"}.get(query.metrics[0])
        if swap and not query.having and (query.dimensions or query.filters):
            order = tuple(
                o.model_copy(update={"by": swap}) if o.by == query.metrics[0] else o for o in query.order
            )
            offers.append(
                phrase_query(
                    query.model_copy(update={"metrics": (swap, *query.metrics[1:]), "order": order}),
                    self._catalogue,
                    scope.today,
                )
            )
        metric = self._catalogue.metrics[query.metrics[0]]
        if query.range is None and metric.default_range != "now" and not query.compare and metric.dated:
            base = phrase_query(query, self._catalogue, scope.today)
            unit = "year" if metric.model == "patients" else "month"
            offers += [f"{base} this {unit}", f"{base} last {unit}"]
        return tuple(offers[:3])


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
    if slots.subject == "patients":
        passed |= _WEARING
    if slots.metrics:
        passed |= _STUFF
    if any(v.negated for v in slots.values):
        passed |= {"other"}
    return frozenset(passed)


def _asks_for_people(reading: Reading) -> bool:
    """ "List the patients with glaucoma": told is how many."""
    words = {t.text for t in reading.tokens[:4]}
    topic = any(s.name == "identity" for m in reading.mentions for s in m.senses if s.kind == "topic")
    return topic or bool(words & {"list", "who", "name"})


def _own_name(scope: TenantScope) -> frozenset[str]:
    """ "How did Harbour Optics do": the practice's own name restricts nothing."""
    return frozenset(t.text for t in tokens(plain(f"{scope.name} {scope.slug}")))


def _few(*offers: str) -> tuple[str, ...]:
    """Two to four different offers."""
    return tuple(dict.fromkeys(o for o in offers if o))[:4]
