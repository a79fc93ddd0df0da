"""From a Reading to Slots: which mention plays which part. Each function settles one kind of part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from prentice.planner.amounts import MONEY, find_limit, find_thresholds
from prentice.planner.choice import RATE_OF
from prentice.planner.doubts import doubts_of
from prentice.planner.lexicon import Lexicon, letters, models_with
from prentice.planner.periods import settle_periods
from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import RankSlot, Slots, Subject, ValueSlot
from prentice.planner.subjects import choose_subject
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Grain

_ARTICLES = frozenset(
    [
        "the",
        "a",
        "an",
        "our",
        "my",
        "of",
        "all",
        "any",
        "different",
        "single",
        "individual",
        "various",
        "every",
        "one",
        "is",
        "was",
        "are",
        "were",
    ]
)
_NOUNS_SINGULAR = frozenset(["seller", "bestseller", "mover", "earner", "performer"])
_NOUNS = _NOUNS_SINGULAR | {w + "s" for w in _NOUNS_SINGULAR}
_PREPOSITIONS = frozenset(["with", "to", "from", "at", "in", "on", "for"])
_LIST_JOINTS = frozenset({"and", ",", ", and", "plus", "vs", "versus", "&", "/", "and the", ", the"})
_SHARE_OF = {"revenue_share": "revenue", "units_share": "units_sold"}
# What everything of a model is counted in: only scenery where a more telling figure is named beside it.
_GENERIC = frozenset(
    [
        "revenue",
        "units_sold",
        "transactions",
        "orders",
        "appointments",
        "stock_on_hand",
        "active_products",
        "purchase_orders",
    ]
)
_JOINERS = frozenset(["and", "or", ",", "plus"])
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


@dataclass
class _Parts:
    """What has been gathered on the way through the mentions."""

    metrics: list[str] = field(default_factory=list)
    metric_at: list[tuple[int, str]] = field(default_factory=list)
    generic: dict[str, int] = field(default_factory=dict)  # metrics named by a noun that may only be scenery
    dimensions: list[str] = field(default_factory=list)
    target: str | None = None
    target_plural: bool = True
    grain: Grain | None = None
    values: list[list[ValueSlot]] = field(default_factory=list)  # each with its candidate dimensions
    rank: RankSlot | None = None
    share_at: int | None = None
    counted: bool = False
    loose: list[tuple[str, bool, bool]] = field(
        default_factory=list
    )  # nouns without a clear part: (name, plural, "with suppliers")
    noun: bool | None = None  # "best seller": the ranking word names products itself; True for one
    types: list[tuple[Mention, bool]] = field(default_factory=list)  # product type nouns, plural


def understand(reading: Reading, lexicon: Lexicon, catalogue: Catalogue, today: date) -> Slots:
    """Settle the slots of one question read by itself (no context)."""
    parts = _Parts()
    for mention in reading.mentions:
        _place(mention, parts, reading, lexicon, catalogue)
    _give_models(parts, catalogue)
    _without_scenery(parts, reading, catalogue)
    late = _late_among_open(parts, reading)
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
    values = _settle_values(parts.values, subject, lexicon.filler)
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
        singular=singular,
        per="group" in grammar
        and parts.rank is not None
        and parts.target is not None
        and bool(parts.dimensions or parts.grain),
        share_at=next((m.start for m in reading.mentions if m.has("grammar", "share")), parts.share_at),
        running="running" in grammar,
        trend="trend" in grammar,
        listing=_listing(reading, grammar),
        counted="number_of" in grammar or parts.counted,
        sold="sold" in grammar,
        stocked="in_stock" in grammar,
        due="due" in grammar,
        overview="overview" in grammar,
        money=bool(grammar & {"amount_of", "took"}) or _in_money(reading),
        late=late,
        descending=_sorted(grammar),
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
    slots = _settle_people(_without_frames(_settle_loose(slots, parts, reading, grammar)))
    slots = settle_periods(slots, reading, grammar, today)
    return slots.with_(doubts=doubts_of(slots, reading, grammar, lexicon, catalogue))


def _said_without(mention: Mention, reading: Reading) -> bool:
    previous = reading.before(mention.start)
    return previous is not None and previous.has("grammar", "rather")


def _listed_beside(mention: Mention, reading: Reading) -> bool:
    """ "revenue and transactions": joined to another metric by "and" or a comparison."""
    others = [m for m in reading.mentions if m.text not in ("and", "plus", "also")]
    after = next((m for m in others if m.start >= mention.end), None)
    if after is not None and after.has("metric"):
        between = reading.text[
            reading.tokens[mention.end - 1].end : reading.tokens[after.start].start
        ].strip()
        if between in _LIST_JOINTS:
            return True
    before = next((m for m in reversed(others) if m.end <= mention.start), None)
    if before is not None and before.has("metric"):
        between = reading.text[
            reading.tokens[before.end - 1].end : reading.tokens[mention.start].start
        ].strip()
        return between in _LIST_JOINTS
    return False


_RECKONING = frozenset(["minus", "less", "net", "after", "per", "ratio", "divided", "times", "had", "each"])


def _reckoned(parts: _Parts, reading: Reading) -> bool:
    """ "revenue minus refunds", "discount per sale", "sales that had a discount": two figures that are
    reckoned together, so that neither is scenery."""
    said = [
        m for m in reading.mentions if any(s.kind == "metric" and s.name in parts.metrics for s in m.senses)
    ]
    for a, b in pairwise(said):
        if any(t.text in _RECKONING for t in reading.tokens[a.end : b.start]):
            return True
    return False


# Nouns of measure: "units received", "money tied up in stock". Any telling figure beside them is what is meant.
_MEASURES = frozenset(["units_sold", "stock_on_hand"])


def _without_scenery(parts: _Parts, reading: Reading, catalogue: Catalogue) -> None:
    """ "discounts on sales", "orders that were late": the plain noun gives way to the metric beside it."""
    models = {catalogue.metrics[m].model for m in parts.metrics if m not in parts.generic}
    plain = {
        m
        for m in parts.generic
        if m in _MEASURES or (catalogue.metrics[m].model in models and not _reckoned(parts, reading))
    }
    telling = [m for m in parts.metrics if m not in plain]
    telling = [
        m for m in telling if RATE_OF.get(m) not in telling
    ]  # "generous with discounts? show the discount rate"
    if not telling and {"units_sold", "stock_on_hand"} <= set(parts.metrics):
        telling = ["stock_on_hand"]  # "units of Opaline on hand"
    if {"dead_stock_items", "stock_value"} <= set(telling):
        telling = ["dead_stock_value", *(m for m in telling if m not in ("dead_stock_items", "stock_value"))]
    if telling:
        parts.metrics = telling
        parts.metric_at = [(at, m) for at, m in parts.metric_at if m in telling]


def _late_among_open(parts: _Parts, reading: Reading) -> bool:
    """ "open orders that are overdue": not two counts side by side, but the late ones of the open ones."""
    if set(parts.metrics) != {"open_orders", "late_orders"}:
        return False
    said = [m for m in reading.mentions if m.has("metric", "open_orders") or m.has("metric", "late_orders")]
    if any(_listed_beside(m, reading) for m in said):
        return False
    parts.metrics = ["open_orders"]
    return True


def _before(reading: Reading, index: int) -> Mention | None:
    """The mention before token `index`, looking past articles."""
    i = index
    while i > 0 and reading.before(i) is None and reading.tokens[i - 1].text in _ARTICLES | {"number"}:
        i -= 1
    return reading.before(i)


def _place(mention: Mention, parts: _Parts, reading: Reading, lexicon: Lexicon, catalogue: Catalogue) -> None:
    before = _before(reading, mention.start)
    if metric := mention.sense("metric"):
        name = metric.name
        if mention.start in {i + 1 for i, _ in reading.numbers} and mention.text in (
            "unit",
            "units",
            "pairs",
            "pieces",
        ):
            return  # "less than 10 units": the unit of a number, not what is counted
        if (before and before.has("grammar", "rather")) or _said_without(mention, reading):
            return  # "by units rather than revenue"
        if name in _SHARE_OF:
            name = _SHARE_OF[name]
            parts.share_at = mention.start
        if (
            name == "revenue"
            and mention.text in ("sale", "sales")
            and before
            and before.has("grammar", "number_of")
        ):
            name = "transactions"
        if name in _GENERIC and not _listed_beside(mention, reading):
            parts.generic.setdefault(name, mention.start)
        parts.counted = parts.counted or mention.text.startswith(("how many", "number of", "count of"))
        parts.metrics.append(name)
        parts.metric_at.append((mention.start, name))
    elif any(m.exact for m in mention.matches) or mention.has("value"):
        _place_value(mention, parts, reading, before)
    elif mention.has("dimension") and not _is_condition(mention, catalogue, before):
        _place_dimension(mention, parts, reading, before)
    elif mention.matches:
        _place_value(mention, parts, reading, before)
    elif sense := mention.sense("rank"):
        ranking = lexicon.rankings[sense.name]
        by_units = ranking.by_units or (
            (not ranking.literal or sense.name in ("highest", "lowest"))
            and _selling_follows(mention, reading)
        )
        if mention.text.split()[-1] in _NOUNS:
            parts.noun = mention.text.split()[-1] in _NOUNS_SINGULAR
        if parts.rank is None or ranking.by_units:
            parts.rank = RankSlot(
                ranking.descending,
                by_units,
                ranking.by_visits,
                not ranking.literal and not by_units,
                ranking.quick,
            )
    elif (coated := mention.sense("grammar")) and coated.name in ("coated", "uncoated"):
        wanted = ValueSlot("coating", "", ("orders",), coated.name == "coated", mention.text, mention.start)
        named = any(x.dimension == "coating" for m in reading.mentions for x in m.matches)
        if not named and not any(
            s.kind == "value" and s.dimension == "coating" for m in reading.mentions for s in m.senses
        ):
            parts.values.append([wanted])
    elif sense := mention.sense("grain"):
        _place_grain(mention, sense.name, parts, before, reading)


def _is_condition(mention: Mention, catalogue: Catalogue, before: Mention | None) -> bool:
    """Numbers and yes-or-no ("in stock", "threshold") restrict; they are no breakdown unless "by" says so."""
    sense = mention.sense("dimension")
    kind = catalogue.dimension(sense.name).type if sense else "text"
    return kind in ("number", "boolean") and not (before and before.has("grammar", "group"))


def _selling_follows(mention: Mention, reading: Reading) -> bool:
    """ "top 3 selling frames", "top 5 sellers", "most sold": words of selling beside the ranking word."""
    for other in reading.mentions:
        if other.has("grammar", "sold") and 0 <= other.start - mention.end <= 2:
            return other.text in ("selling", "seller", "sellers", "sold", "sell", "sells")
    return False


def _place_value(mention: Mention, parts: _Parts, reading: Reading, before: Mention | None) -> None:
    negated = _is_negated(mention, reading)
    candidates = [
        ValueSlot(m.dimension, m.value, (), negated, mention.text, mention.start, not m.exact)
        for m in mention.matches
    ]
    stored = {c.dimension for c in candidates}
    candidates += [
        ValueSlot(s.dimension, s.name, s.models, negated, mention.text, mention.start)
        for s in mention.senses
        if s.kind == "value" and s.dimension not in stored
    ]
    if not candidates:
        return
    typed = mention.sense("value") is not None and any(c.dimension == "product_type" for c in candidates)
    if typed and before and before.has("grammar", "group"):
        if parts.rank is not None and _word_after(reading, mention.end) in ("sold", "shifted", "units"):
            parts.metrics.append("units_sold")
        elif not ((after := reading.after(mention.end)) and after.has("dimension")) and before.text in (
            "by",
            "per",
            "for each",
            "each",
            "for every",
            "by each",
        ):
            parts.dimensions.append("product")
    parts.values.append(candidates)
    if any(c.dimension == "product_type" for c in candidates):
        parts.types.append((mention, mention.plural))


def _is_negated(mention: Mention, reading: Reading) -> bool:
    """Whether a word like "excluding" reaches this value, directly or through "and"/"or"."""
    i = mention.start
    while i > 0:
        word = reading.tokens[i - 1].text
        previous = reading.before(i)
        if previous and previous.has("grammar", "negate"):
            return True
        if previous and (previous.matches or previous.has("value")):
            i = previous.start
        elif word in _ARTICLES | _JOINERS | {"any", "for", "by", "from", "paid"}:
            i -= 1
        elif previous and (
            previous.has("dimension") or previous.has("grammar", "sold") or previous.has("grammar", "follow")
        ):
            i = previous.start
        else:
            return False
    return False


def _place_dimension(mention: Mention, parts: _Parts, reading: Reading, before: Mention | None) -> None:
    sense = mention.sense("dimension")
    assert sense is not None
    name = sense.name
    after = reading.after(mention.end)
    names_same = any(
        neighbour
        and name in {m.dimension for m in neighbour.matches} | {s.dimension for s in neighbour.senses}
        for neighbour in (before, after)
    )
    if after and names_same and after.has("value") and not (before and before.has("grammar", "group")):
        return  # "coating none", "brand Aldwych"
    if before and before.has("grammar", "negate"):
        parts.values.append(
            [ValueSlot(name, "", sense.models, False, f"without {mention.text}", mention.start)]
        )
    elif name == "coating" and _word_before(reading, mention.start) == "with":
        parts.values.append([ValueSlot(name, "", sense.models, True, f"with {mention.text}", mention.start)])
    elif mention.text in ("person", "people") and not (
        before and (before.has("grammar", "group") or before.has("rank"))
    ):
        return
    elif (before and before.has("grammar", "group")) or _continues_grouping(mention, reading):
        parts.dimensions.append(name)
    elif names_same and not (before and before.has("grammar", "which")):
        return
    elif before and (before.has("grammar", "which") or before.has("rank") or before.has("grammar", "person")):
        parts.target, parts.target_plural = name, mention.plural
    else:
        parts.loose.append((name, mention.plural, _word_before(reading, mention.start) in _PREPOSITIONS))


def _word_before(reading: Reading, index: int) -> str:
    i = index - 1
    while i >= 0 and reading.tokens[i].text in _ARTICLES:
        i -= 1
    return reading.tokens[i].text if i >= 0 else ""


def _word_after(reading: Reading, index: int) -> str:
    return reading.tokens[index].text if index < len(reading.tokens) else ""


def _continues_grouping(mention: Mention, reading: Reading) -> bool:
    """ "by brand and month": what is joined to something that was grouped by is grouped by too."""
    i = mention.start
    if i == 0 or not (
        reading.tokens[i - 1].text in ("and", "then")
        or "," in reading.text[reading.tokens[i - 1].end : reading.tokens[i].start]
    ):
        return False
    joined = reading.before(i - 1) if reading.tokens[i - 1].text in ("and", "then") else reading.before(i)
    if joined is None or not (joined.has("dimension") or joined.has("grain")):
        return False
    opener = _before(reading, joined.start)
    return (opener is not None and opener.has("grammar", "group")) or _continues_grouping(joined, reading)


def _place_grain(
    mention: Mention, name: str, parts: _Parts, before: Mention | None, reading: Reading
) -> None:
    grain: Grain = name  # type: ignore[assignment]
    adverb = mention.text not in (
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "quarter",
        "quarters",
        "year",
        "years",
        "date",
        "dates",
    )
    if mention.start in {i + 1 for i, _ in reading.numbers}:
        return  # "more than 14 days"
    if (before and before.has("grammar", "group")) or _continues_grouping(mention, reading):
        parts.grain = grain
    elif before and (before.has("grammar", "which") or before.has("rank")):
        parts.target, parts.target_plural = grain, mention.plural
    elif adverb:
        parts.grain = parts.grain or grain
    elif parts.rank is not None and parts.target is None:
        parts.target, parts.target_plural = grain, mention.plural
    elif mention.plural and any(m.has("threshold") for m in reading.mentions):
        parts.target, parts.target_plural = grain, True  # "months with revenue above £38,000"


def _give_models(parts: _Parts, catalogue: Catalogue) -> None:
    """A stored value belongs to every model that its dimension does."""
    parts.values = [
        [c if c.models else replace(c, models=models_with(catalogue, c.dimension)) for c in candidates]
        for candidates in parts.values
    ]


def _in_money(reading: Reading) -> bool:
    """ "in pounds", "by dollars", "by value"."""
    words = [t.text for t in reading.tokens]
    if any(a in ("in", "by") and b in MONEY for a, b in pairwise(words)):
        return True
    numbered = {i + 1 for i, _ in reading.numbers}
    return any(w in ("dollars", "pounds", "euros", "quid") and i not in numbered for i, w in enumerate(words))


def _settle_values(
    groups: Iterable[list[ValueSlot]], subject: Subject | None, filler: frozenset[str]
) -> tuple[ValueSlot, ...]:
    """One dimension for each value: the first, in the order of trade sense, that the subject has."""
    settled: list[ValueSlot] = []
    for candidates in groups:
        fitting = [c for c in candidates if subject is None or not c.models or subject in c.models]
        if not fitting and candidates[0].words in filler:
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


def _listing(reading: Reading, grammar: set[str]) -> str | None:
    if "zero_sales" in grammar:
        return "unsold"
    return next((kind for kind in ("dead", "out", "low") if kind in grammar), None)


_YES_OR_NO = frozenset(["did", "do", "does", "have", "has", "had", "is", "are", "was", "were"])


def _sorted(grammar: set[str]) -> bool | None:
    if "ascending" in grammar:
        return False
    return True if grammar & {"descending", "ranked"} else None


def _by_type(reading: Reading) -> bool:
    """ "appointments by type": which type is decided when the subject is known."""
    types = (m for m in reading.mentions if m.has("grammar", "type"))
    return any((b := _before(reading, m.start)) is not None and b.has("grammar", "group") for m in types)


def _without_frames(slots: Slots) -> Slots:
    """ "rimless frames ordered": an order's frame is told by its type; orders hold no other product."""
    if slots.subject != "orders" or not any(v.dimension == "frame_type" for v in slots.values):
        return slots
    kept = tuple(v for v in slots.values if not (v.dimension == "product_type" and v.value == "frame"))
    return slots.with_(values=kept)


def _settle_people(slots: Slots) -> Slots:
    """ "How did Siobhan and Jonas do": people named together are told apart."""
    for dimension in ("staff", "practitioner", "prescriber"):
        named = {
            v.value for v in slots.values if v.dimension == dimension and not v.negated and not v.partial
        }
        named |= {v.value for v in slots.values if v.dimension == dimension and not v.negated and v.partial}
        places = {v.at for v in slots.values if v.dimension == dimension and not v.negated}
        if len(named) > 1 and len(places) > 1 and dimension not in slots.dimensions and not slots.target:
            return slots.with_(dimensions=(*slots.dimensions, dimension))
    return slots


def _settle_loose(slots: Slots, parts: _Parts, reading: Reading, grammar: set[str]) -> Slots:
    """Dimension nouns without "by", and "who": what is ranked, listed, compared or broken down."""
    target, singular = slots.target, slots.singular
    dims = list(slots.dimensions)
    if "person" in grammar and target is None and not dims:
        target = {"orders": "prescriber", "appointments": "practitioner"}.get(slots.subject or "", "staff")
        singular = not any(m.text in ("who are", "which people") for m in reading.mentions)
    for name, plural, prepositional in parts.loose:
        if name in dims or name == target:
            continue
        if (
            prepositional
            and slots.metrics
            and slots.rank is None
            and not grammar & {"breakdown", "compare", "which"}
        ):
            continue  # "spend with suppliers": part of what is counted, not a breakdown
        if name == "coating" and slots.share_at is not None and slots.metrics in ((), ("orders",)):
            continue  # "what share goes out with a coating" has a metric of its own
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
    if parts.noun and parts.types and target == "product":
        singular = slots.limit is None
    ungrouped = slots.rank is None and target is None and not dims and slots.grain is None
    several = any(plural for _, plural in parts.types) and not slots.counted
    if ungrouped and several and slots.thresholds and not slots.stocked:
        target, singular = "product", False  # "frames sold at least 10 times"
    if slots.rank is not None and target is None and len(dims) == 1 and not slots.per and slots.grain is None:
        target, dims = dims[0], []
    if target in dims:
        dims.remove(target)
    per = slots.rank is not None and target is not None and bool(dims or slots.grain)
    return slots.with_(
        target=target, singular=singular and slots.limit is None, dimensions=tuple(dims), per=per
    )
