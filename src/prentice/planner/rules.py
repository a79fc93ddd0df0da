"""The planner without a language model: read, understand, take up the context, compose, and doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prentice.planner.asides import without_asides
from prentice.planner.compose import Composed, compose
from prentice.planner.followup import leans_on_context, merge, needs_context
from prentice.planner.lexicon import Lexicon, build_lexicon
from prentice.planner.phrasing import phrase_query
from prentice.planner.plan import Plan
from prentice.planner.reading import Reading, read
from prentice.planner.refusals import future_of, refusal_for
from prentice.planner.restrict import Problem
from prentice.planner.slots import Slots
from prentice.planner.understand import understand
from prentice.planner.unsure import GENERAL, Unsure, own_name
from prentice.semantic.model import Catalogue
from prentice.semantic.values import ValueIndex
from prentice.tenancy.scope import TenantScope

_MONTH_FIRST = frozenset({"US", "FM", "MH", "PW"})  # countries that write 10/5/2026 for 5 October
_NOT_WHO = "I do not hold who they are; this is how many."
_LEFT_OPEN = "unknown_words two_periods not_understood several_metrics two_questions stray_number"
_PERHAPS_AN_ASIDE = frozenset(
    [*_LEFT_OPEN.split(), "list_of_what", "which_figures", "more_than_what", "what_to_count", "future"]
)
_CONTEXT = 8  # earlier questions that are looked at


class RulePlanner:
    """`Planner` by rules over the catalogue's words. Thread-safe: holds nothing of a question."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon: Lexicon = build_lexicon(catalogue)
        self._unsure = Unsure(catalogue)

    def plan(
        self, question: str, scope: TenantScope, values: ValueIndex, context: Sequence[str] = ()
    ) -> Plan:
        """Plan `question`. Never raises for any text; what cannot be read is asked back."""
        before = self._before(context, scope, values)
        plan = self._plan(question, scope, values, before)
        if plan.code in _PERHAPS_AN_ASIDE:
            return self._without_aside(question, scope, values, before) or plan
        return plan

    def _before(self, context: Sequence[str], scope: TenantScope, values: ValueIndex) -> Slots | None:
        """What the conversation is about so far."""
        before: Slots | None = None
        for earlier in context[-_CONTEXT:]:
            reading = self._read(earlier, scope, values, before)
            slots = understand(reading, self._lexicon, self._catalogue, scope.today)
            if refusal_for(reading, slots, own_name(scope)) is None:
                before = self._in_context(slots, reading, before)
        return before

    def _plan(self, question: str, scope: TenantScope, values: ValueIndex, before: Slots | None) -> Plan:
        reading = self._read(question, scope, values, before)
        slots = understand(reading, self._lexicon, self._catalogue, scope.today)
        if refusal := refusal_for(reading, slots, own_name(scope)):
            return Plan(
                "decline", 0.95, code=refusal.code, message=refusal.message, alternatives=refusal.offers
            )
        if before is None and needs_context(reading, slots):
            return Plan(
                "ask",
                0.3,
                code="no_context",
                message="That takes up a question before it, and there is none.",
                alternatives=GENERAL,
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
            if self._restricts(aside) or (kept.asks and aside.times):
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
        figure = any(m.has("metric") for m in aside.mentions)
        if figure and any(m.has("grammar", "group") or m.has("grain") for m in aside.mentions):
            return True  # a question of its own
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
            return self._unsure.problem(composed, slots, reading, scope)
        doubt = self._unsure.doubt(slots, reading, composed, values, scope)
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


def _asks_for_people(reading: Reading) -> bool:
    """ "List the patients with glaucoma": told is how many."""
    words = {t.text for t in reading.tokens[:4]}
    topic = any(s.name == "identity" for m in reading.mentions for s in m.senses if s.kind == "topic")
    return topic or bool(words & {"list", "who", "name"})
