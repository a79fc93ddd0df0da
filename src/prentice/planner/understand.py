"""From a Reading to Slots: which mention plays which part, and what the parts make of each other."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from prentice.planner.amounts import MONEY, find_limit, find_thresholds
from prentice.planner.doubts import doubts_of
from prentice.planner.lexicon import Lexicon
from prentice.planner.parts import Parts, before_noun
from prentice.planner.periods import settle_periods
from prentice.planner.place import place
from prentice.planner.reading import Reading
from prentice.planner.settle import (
    each_of,
    either_or,
    give_models,
    late_among_open,
    settle_loose,
    settle_people,
    settle_values,
    without_frames,
    without_scenery,
)
from prentice.planner.slots import Slots, ValueSlot
from prentice.planner.subjects import choose_subject
from prentice.semantic.model import Catalogue

_AVERAGES = frozenset(["average", "avg", "mean", "typical", "median"])
_FALLING = (
    "decreas",
    "declin",
    "drop",
    "fell",
    "fall",
    "gone down",
    "go down",
    "went down",
    "slip",
    "slid",
    "tail",
)
_EARNING = ("bring", "brought", "earn", "generat", "money", "rake", "pull", "income")
_FLAGS = {"dead_stock": "dead", "out_of_stock": "out", "low_stock": "low"}
_YES_OR_NO = frozenset(["did", "do", "does", "have", "has", "had", "is", "are", "was", "were"])


def understand(reading: Reading, lexicon: Lexicon, catalogue: Catalogue, today: date) -> Slots:
    """Settle the slots of one question read by itself (no context)."""
    parts = Parts()
    for mention in reading.mentions:
        place(mention, parts, reading, lexicon, catalogue)
    give_models(parts, catalogue)
    without_scenery(parts, reading, catalogue)
    late = late_among_open(parts, reading)
    grammar = {s.name for m in reading.mentions for s in m.senses if s.kind == "grammar"}
    subject = choose_subject(
        reading,
        parts.metrics,
        [*parts.dimensions, *(name for name, _, _ in parts.loose)],
        parts.target,
        parts.values,
        grammar,
        catalogue,
    )
    values = settle_values(parts.values, subject, lexicon)
    limit, singular, used = find_limit(reading, parts.rank is not None, parts.target, parts.target_plural)
    thresholds = find_thresholds(reading, parts.metric_at, used)
    slots = Slots(
        subject=subject,
        metrics=tuple(dict.fromkeys(parts.metrics)),
        dimensions=tuple(dict.fromkeys(parts.dimensions)),
        target=parts.target,
        grain=parts.grain,
        values=values,
        contains=reading.named,
        thresholds=thresholds,
        stray_numbers=tuple(
            v for i, v in reading.numbers if i not in used and reading.tokens[i].text != "one"
        ),
        rank=parts.rank,
        limit=limit,
        singular=singular and "ranked" not in grammar,
        per="group" in grammar
        and parts.rank is not None
        and parts.target is not None
        and bool(parts.dimensions or parts.grain),
        share_at=next((m.start for m in reading.mentions if m.has("grammar", "share")), parts.share_at),
        of_all=" of all " in reading.text,
        part_at=_part_at(reading, values),
        running="running" in grammar,
        trend="trend" in grammar,
        listing=_listing(reading, grammar),
        active=any(t.text == "active" for t in reading.tokens),
        wearers=parts.wearers,
        who="person" in grammar and not any(m.has("dimension", "staff") for m in reading.mentions),
        most_sales=re.search(r"\b(?:most|fewest|least) sales?\b", reading.text) is not None,
        of_items=re.search(r"\bhow many (?:items|units|things|pieces|products)\b", reading.text) is not None,
        spent=any(t.text in ("spent", "spend", "paid", "pay", "cost") for t in reading.tokens),
        listed=bool(grammar & {"listed"}),
        counted="number_of" in grammar or parts.counted,
        sold="sold" in grammar,
        stocked="in_stock" in grammar or any(m.has("dimension", "stock_quantity") for m in reading.mentions),
        due="due" in grammar,
        overview="overview" in grammar,
        money=bool(grammar & {"amount_of", "took"}) or _in_money(reading),
        late=late,
        ranked="ranked" in grammar,
        descending=_sorted(grammar),
        hours=reading.hours,
        growth="growth" in grammar,
        falling=any(m.text.startswith(_FALLING) for m in reading.mentions if m.has("grammar", "growth")),
        averaged=any(t.text in _AVERAGES and not reading.covers(i) for i, t in enumerate(reading.tokens)),
        sums="sums" in grammar,
        earned=any(m.has("grammar", "took") and m.text.startswith(_EARNING) for m in reading.mentions),
        sales_noun=parts.sales_noun,
        in_stock_only="not_out" in grammar,
        yes_or_no=bool(reading.tokens) and reading.tokens[0].text in _YES_OR_NO,
        by_type=_by_type(reading),
        rate=any(
            t.text == "rate"
            for i, t in enumerate(reading.tokens)
            if not any(m.start <= i < m.end for m in reading.mentions)
        ),
        duration="duration" in grammar,
        coated="coated" in grammar
        or (any(name == "coating" for name, _, _ in parts.loose) and not parts.dimensions.count("coating")),
    )
    slots = each_of(either_or(slots, reading, grammar), reading)
    slots = settle_people(without_frames(settle_loose(slots, parts, reading, grammar)), reading)
    slots = settle_periods(slots, reading, grammar, today)
    return slots.with_(doubts=doubts_of(slots, reading, lexicon, catalogue))


def _in_money(reading: Reading) -> bool:
    """ "in pounds", "by dollars", "by value"."""
    words = [t.text for t in reading.tokens]
    if any(a in ("in", "by") and b in MONEY for a, b in pairwise(words)):
        return True
    numbered = {i + 1 for i, _ in reading.numbers}
    return any(w in ("dollars", "pounds", "euros", "quid") and i not in numbered for i, w in enumerate(words))


_IS_PART = frozenset(["was", "is", "were", "are", "comes from", "came from", "goes to", "went to"])


def _part_at(reading: Reading, values: tuple[ValueSlot, ...]) -> int | None:
    """ "what portion of the dollars was Harlan West": the value behind the verb is the part."""
    for value in values:
        before = [t.text for t in reading.tokens[max(value.at - 2, 0) : value.at]]
        if before and (before[-1] in _IS_PART or " ".join(before) in _IS_PART):
            return value.at
    return None


def _listing(reading: Reading, grammar: set[str]) -> str | None:
    if "zero_sales" in grammar:
        return "unsold"
    flags = {
        s.name for m in reading.mentions if not m.has("metric") for s in m.senses if s.kind == "dimension"
    }
    said = grammar | {kind for flag, kind in _FLAGS.items() if flag in flags}
    return next((kind for kind in ("dead", "out", "low") if kind in said), None)


def _sorted(grammar: set[str]) -> bool | None:
    if "ascending" in grammar:
        return False
    return True if grammar & {"descending", "ranked"} else None


def _by_type(reading: Reading) -> bool:
    """ "appointments by type": which type is decided when the subject is known."""
    types = (m for m in reading.mentions if m.has("grammar", "type"))
    return any((b := before_noun(reading, m.start)) is not None and b.has("grammar", "group") for m in types)
