"""What the parts make of each other: scenery gives way, values find their dimension, nouns their part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from prentice.planner.choice import RATE_OF
from prentice.planner.lexicon import Lexicon, letters, models_with
from prentice.planner.parts import Parts
from prentice.planner.place import listed_beside
from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import Slots, Subject, ValueSlot
from prentice.planner.words import phrase
from prentice.semantic.model import Catalogue

# Where one phrase names a value in several dimensions of one model, the first of these wins.
_VALUE_ORDER = (
    "product",
    "brand",
    "model",
    "category",
    "product_type",
    "staff",
    "payment_method",
    "lens_type",
    "coating",
    "lens_material",
    "frame_type",
    "status",
    "appointment_type",
    "prescriber",
    "practitioner",
    "supplier",
    "weekday",
    "sku",
)
_RECKONING = frozenset(["minus", "less", "net", "after", "per", "ratio", "divided", "times", "each"])
# Nouns of measure ("units received", "tied up in stock"): any telling figure beside them is what is meant.
_HAD = frozenset([("had", "a"), ("had", "any"), ("have", "a"), ("had", "no")])
_MEASURES = frozenset(["units_sold", "stock_on_hand", "patients"])


def without_scenery(parts: Parts, reading: Reading, catalogue: Catalogue) -> None:
    """ "discounts on sales", "orders that were late": the plain noun gives way to the metric beside it."""
    _of_patients(parts, reading)
    models = {catalogue.metrics[m].model for m in parts.metrics if m not in parts.generic}
    plain = {
        m
        for m in parts.generic
        if m in _MEASURES or (catalogue.metrics[m].model in models and not _reckoned(parts, reading))
    }
    telling = [m for m in parts.metrics if m not in plain]
    if not _both_said(parts, reading):  # "generous with discounts? show the discount rate"
        telling = [m for m in telling if RATE_OF.get(m) not in telling]
    if not telling and {"units_sold", "stock_on_hand"} <= set(parts.metrics):
        telling = ["stock_on_hand"]  # "units of Opaline on hand"
    if {"dead_stock_items", "stock_value"} <= set(telling):
        telling = ["dead_stock_value", *(m for m in telling if m not in ("dead_stock_items", "stock_value"))]
    if {"average_turnaround_days", "average_lead_time_days"} == set(telling):
        telling = [
            "average_lead_time_days"
        ]  # "how long did deliveries take": the verb is not a second figure
    others = [m for m in telling if m != "eye_exams" and catalogue.metrics[m].model == "appointments"]
    if "eye_exams" in telling and others:
        telling.remove("eye_exams")  # "no-show rate for fittings versus eye exams": a kind, no figure
        exam = ValueSlot("appointment_type", "eye_examination", ("appointments",), words="eye exams")
        parts.values.append([exam])
    if telling:
        parts.metrics = telling


_PEOPLE = frozenset(["patients", "active_patients"])
_PROGRESSIVE = frozenset(["progressive_orders", "progressive_order_share"])
_WEARERS = frozenset(["contact_lens_wearers", "contact_lens_share"])


def _of_patients(parts: Parts, reading: Reading) -> None:
    """ "Patients who had a progressive order" are counted, not orders; wearers may be whom it is of."""
    named = set(parts.metrics)
    if named & _PEOPLE and "orders" in named and not _both_said(parts, reading):
        parts.metrics.remove("orders")  # "had a progressive order": what they ordered restricts them
    if named & _PEOPLE and named & _PROGRESSIVE:
        parts.metrics = ["progressive_share"]
    elif named & _WEARERS and named - _WEARERS - _PEOPLE and not _both_said(parts, reading):
        if "contact_lens_share" in named and parts.share_at is None:
            parts.share_at = 0  # "what share of contact lens wearers are myopic"
        parts.metrics = [m for m in parts.metrics if m not in _WEARERS]
        parts.wearers = True


def _said(parts: Parts, reading: Reading) -> list[Mention]:
    """The mentions that named a metric."""
    return [m for m in reading.mentions if any(m.has("metric", name) for name in parts.metrics)]


def _both_said(parts: Parts, reading: Reading) -> bool:
    """ "gross margin in dollars and the margin percent": a figure and its rate, joined by "and"."""
    between = (reading.tokens[a.end : b.start] for a, b in pairwise(_said(parts, reading)))
    return any(t.text in ("and", "plus") for words in between for t in words)


def _reckoned(parts: Parts, reading: Reading) -> bool:
    """ "revenue minus refunds", "discount per sale", "sales that had a discount": two figures that are
    reckoned together, so that neither is scenery."""
    for a, b in pairwise(_said(parts, reading)):
        words = [t.text for t in reading.tokens[a.end : b.start]]
        if _RECKONING & set(words) or any(pair in _HAD for pair in pairwise(words)):
            return True
    return False


def late_among_open(parts: Parts, reading: Reading) -> bool:
    """ "open orders that are overdue": not two counts side by side, but the late ones of the open ones."""
    if set(parts.metrics) != {"open_orders", "late_orders"}:
        return False
    said = [m for m in reading.mentions if m.has("metric", "open_orders") or m.has("metric", "late_orders")]
    if any(listed_beside(m, reading) for m in said):
        return False
    parts.metrics = ["open_orders"]
    return True


def give_models(parts: Parts, catalogue: Catalogue) -> None:
    """A stored value belongs to every model that its dimension does."""
    parts.values = [
        [c if c.models else replace(c, models=models_with(catalogue, c.dimension)) for c in candidates]
        for candidates in parts.values
    ]


def settle_values(
    groups: Iterable[list[ValueSlot]], subject: Subject | None, lexicon: Lexicon
) -> tuple[ValueSlot, ...]:
    """One dimension for each value: the first, in the order of trade sense, that the subject has."""
    settled: list[ValueSlot] = []
    for candidates in groups:
        if candidates[0].words == "active" and subject in ("sales", "stock"):
            continue  # "active frames": all that is counted there is
        fitting = [c for c in candidates if subject is None or not c.models or subject in c.models]
        verb = any(s.kind == "grammar" for s in lexicon.phrases.get(phrase(candidates[0].words), ()))
        if not fitting and (verb or candidates[0].words in lexicon.filler):
            continue  # "orders placed": said of orders, and a status of something else
        fitting = fitting or candidates
        fitting.sort(key=lambda c: _VALUE_ORDER.index(c.dimension) if c.dimension in _VALUE_ORDER else 99)
        first = fitting[0]
        settled += [c for c in fitting if c.dimension == first.dimension]
    return _narrowest(settled)


def _narrowest(values: list[ValueSlot]) -> tuple[ValueSlot, ...]:
    """ "1.67 hi-index": where one word names values that another names one of, the one is meant."""
    said: dict[tuple[str, int], set[str]] = {}
    for v in values:
        said.setdefault((v.dimension, v.at), set()).add(letters(v.value))
    wider = {
        key
        for key, mine in said.items()
        for other, theirs in said.items()
        if key[0] == other[0] and theirs < mine
    }
    return tuple(v for v in values if (v.dimension, v.at) not in wider)


def without_frames(slots: Slots) -> Slots:
    """ "rimless frames ordered": an order's frame is told by its type; orders hold no other product."""
    if slots.subject != "orders" or not any(v.dimension == "frame_type" for v in slots.values):
        return slots
    kept = tuple(v for v in slots.values if not (v.dimension == "product_type" and v.value == "frame"))
    return slots.with_(values=kept)


TOGETHER = frozenset(["together", "combined", "jointly"])


def each_of(slots: Slots, reading: Reading) -> Slots:
    """ "Cancelled orders, and completed ones too": two states are counted apart."""
    statuses = {v.value for v in slots.values if v.dimension == "status" and not v.negated}
    apart = any(t.text == "too" for t in reading.tokens) or "as well" in reading.text
    if len(statuses) < 2 or not apart or "status" in slots.dimensions:
        return slots
    return slots.with_(dimensions=(*slots.dimensions, "status"))


def settle_people(slots: Slots, reading: Reading) -> Slots:
    """ "How did Siobhan and Jonas do": people named side by side are told apart, but not "together"."""
    if slots.subject == "orders":  # "which doctor wrote": who examines in the diary prescribes here
        as_prescriber = {"practitioner": "prescriber"}
        groups = tuple(as_prescriber.get(d, d) for d in slots.dimensions)
        slots = slots.with_(target=as_prescriber.get(slots.target or "", slots.target), dimensions=groups)
    if any(t.text in TOGETHER for t in reading.tokens):
        return slots
    for dimension in ("staff", "practitioner", "prescriber"):
        named = {
            v.value for v in slots.values if v.dimension == dimension and not v.negated and not v.partial
        }
        named |= {v.value for v in slots.values if v.dimension == dimension and not v.negated and v.partial}
        places = {v.at for v in slots.values if v.dimension == dimension and not v.negated}
        if len(named) > 1 and len(places) > 1 and dimension not in slots.dimensions and not slots.target:
            return slots.with_(dimensions=(*slots.dimensions, dimension))
    return slots


def either_or(slots: Slots, reading: Reading, grammar: set[str]) -> Slots:
    """ "Callum or Siobhan, more sales?": two of one kind are told apart."""
    choice = "more" in grammar and any(t.text == "or" for t in reading.tokens)
    if not choice and not re.search(r"\band (?:of|for|from) \w", reading.text):
        return slots  # else "sales of Nordhaven and of Zephyrine"
    named: dict[str, set[str]] = {}
    for v in slots.values:
        if not v.negated:
            named.setdefault(v.dimension, set()).add(v.words)
    pair = next((d for d, words in named.items() if len(words) == 2), None)
    if pair is None or pair in slots.dimensions or slots.target:
        return slots
    return slots.with_(dimensions=(*slots.dimensions, pair))


_RELATIVE = frozenset(
    ["ones", "people", "those", "these", "everyone", "anyone", "patients", "customers", "staff", "person"]
)


def _asks_who(reading: Reading) -> bool:
    """ "Who sold most", not "the ones who came"."""
    said = [m for m in reading.mentions if m.has("grammar", "person")]
    return any(m.start == 0 or reading.tokens[m.start - 1].text not in _RELATIVE for m in said)


def settle_loose(slots: Slots, parts: Parts, reading: Reading, grammar: set[str]) -> Slots:
    """Dimension nouns without "by", and "who": what is ranked, listed, compared or broken down."""
    target, singular = slots.target, slots.singular
    dims = list(slots.dimensions)
    if "person" in grammar and target is None and not dims and _asks_who(reading):
        target = {"orders": "prescriber", "appointments": "practitioner"}.get(slots.subject or "", "staff")
        singular = not any(m.text in ("who are", "which people") for m in reading.mentions)
    for name, plural, prepositional in parts.loose:
        if name in dims or name == target:
            continue
        if (
            prepositional
            and slots.metrics
            and slots.rank is None
            and not grammar & {"breakdown", "which", "ranked"}
        ):
            continue  # "spend with suppliers": part of what is counted, not a breakdown
        if name == "coating" and slots.share_at is not None and slots.metrics in ((), ("orders",)):
            continue  # "what share goes out with a coating" has a metric of its own
        if name == "product" and re.search(r"\binclud\w+ (?:all )?(?:the )?(?:products|items)", reading.text):
            continue  # "including products without a brand"
        lead_time = slots.duration or "average_lead_time_days" in slots.metrics
        if (
            name == "supplier"
            and lead_time
            and slots.rank is None
            and not grammar & {"breakdown", "which", "compare"}
        ):
            continue  # "how long do vendors take": who takes it, not by whom it is broken down
        if name == "product" and slots.counted:
            continue  # "how many items did we sell": units, not a list
        if slots.rank is not None and target is None:
            target, singular = name, not plural
        elif name != "product" or plural or "breakdown" in grammar:
            dims.append(name)
    if slots.rank is not None and target is None and parts.types and len(dims) == len(parts.dimensions):
        target, singular = "product", not parts.types[0][1] and slots.limit is None
    if slots.rank is not None and target is None and parts.noun is not None:
        target, singular = "product", parts.noun and slots.limit is None
    if slots.rank is not None and slots.rank.by_units and target is None and not dims and slots.grain is None:
        target, singular = "product", False  # "what sold most last month"
    if parts.noun and parts.types and target == "product":
        singular = slots.limit is None
    ungrouped = slots.rank is None and target is None and not dims and slots.grain is None
    several = any(plural for _, plural in parts.types) and not slots.counted
    if ungrouped and several and slots.thresholds and not (slots.stocked or slots.yes_or_no):
        target, singular = "product", False  # "frames sold at least 10 times"
    if slots.rank is not None and target is None and len(dims) == 1 and not slots.per and slots.grain is None:
        target, dims = dims[0], []
    if target in dims:
        dims.remove(target)
    per = slots.rank is not None and target is not None and bool(dims or slots.grain)
    return slots.with_(
        target=target,
        singular=singular and slots.limit is None and "ranked" not in grammar,
        dimensions=tuple(dims),
        per=per,
    )
