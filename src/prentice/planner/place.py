"""Which part one mention plays: a figure, a breakdown, what is ranked, a restriction, a grain."""

from __future__ import annotations

from prentice.planner.lexicon import Lexicon
from prentice.planner.parts import ARTICLES, Parts, before_noun, word_after, word_before
from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import RankSlot, ValueSlot
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Grain

_NOUNS_SINGULAR = frozenset(["seller", "bestseller", "mover", "earner", "performer"])
_NOUNS = _NOUNS_SINGULAR | {w + "s" for w in _NOUNS_SINGULAR}
_PIECES = frozenset(["unit", "units", "pairs", "pieces"])
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
        "patients",
    ]
)
_STATUS_OF = {
    "no_shows": ("no_show", "appointments"),
    "cancelled_appointments": ("cancelled", "appointments"),
    "completed_appointments": ("completed", "appointments"),
    "cancelled_orders": ("cancelled", "orders"),
    "completed_orders": ("completed", "orders"),
}
_JOINERS = frozenset(["and", "or", "nor", ",", "plus"])
# "not rung up by Tom": what may stand between a negation and the value that it reaches.
_HANDLED = frozenset(
    [
        "any",
        "for",
        "by",
        "from",
        "paid",
        "rung",
        "up",
        "made",
        "handled",
        "served",
        "done",
        "booked",
        "through",
        "in",
        "with",
        "at",
        "to",
    ]
)
_EXCLUDED = frozenset(["excluded", "omitted", "aside", "apart"])


def place(mention: Mention, parts: Parts, reading: Reading, lexicon: Lexicon, catalogue: Catalogue) -> None:
    """Add what `mention` says to `parts`."""
    before = before_noun(reading, mention.start)
    if metric := mention.sense("metric"):
        _place_metric(metric.name, mention, parts, reading, before)
    elif any(m.exact for m in mention.matches) or mention.has("value"):
        _place_value(mention, parts, reading, before)
    elif mention.has("dimension") and not _is_condition(mention, catalogue, before):
        _place_dimension(mention, parts, reading, before)
    elif mention.matches:
        _place_value(mention, parts, reading, before)
    elif sense := mention.sense("rank"):
        _place_rank(mention, parts, reading, lexicon, sense.name)
    elif (coated := mention.sense("grammar")) and coated.name in ("coated", "uncoated"):
        _place_coated(mention, parts, reading, coated.name == "coated")
    elif sense := mention.sense("grain"):
        _place_grain(mention, sense.name, parts, before, reading)


def _place_metric(
    name: str, mention: Mention, parts: Parts, reading: Reading, before: Mention | None
) -> None:
    if mention.start in {i + 1 for i, _ in reading.numbers} and mention.text in _PIECES:
        return  # "less than 10 units": the unit of a number, not what is counted
    if (before and before.has("grammar", "rather")) or _said_without(mention, reading):
        return  # "by units rather than revenue"
    if name in _SHARE_OF:
        name = _SHARE_OF[name]
        parts.share_at = mention.start
    sales = name == "revenue" and mention.text in ("sale", "sales")
    if sales and before and before.has("grammar", "number_of"):
        name = "transactions"
    parts.sales_noun = parts.sales_noun or sales
    if name in _STATUS_OF and _is_negated(mention, reading):
        status, model = _STATUS_OF[name]  # "appointments without the no-shows"
        parts.values.append([ValueSlot("status", status, (model,), True, mention.text, mention.start)])
        return
    if name in _GENERIC and not listed_beside(mention, reading):
        parts.generic.setdefault(name, mention.start)
    parts.counted = parts.counted or mention.text.startswith(("how many", "number of", "count of"))
    parts.metrics.append(name)
    parts.metric_at.append((mention.start, name))


def _place_rank(mention: Mention, parts: Parts, reading: Reading, lexicon: Lexicon, name: str) -> None:
    ranking = lexicon.rankings[name]
    selling = (not ranking.literal or name in ("highest", "lowest")) and _selling_follows(mention, reading)
    counted = name in ("highest", "lowest") and _sold_things_follow(mention, reading)
    by_units = ranking.by_units or selling or counted
    noun = mention.text.split()[-1]
    if noun in _NOUNS:
        parts.noun = noun in _NOUNS_SINGULAR
    if parts.rank is None or ranking.by_units:
        judged = not ranking.literal and not by_units
        parts.rank = RankSlot(ranking.descending, by_units, ranking.by_visits, judged, ranking.quick)


def _place_coated(mention: Mention, parts: Parts, reading: Reading, coated: bool) -> None:
    """ "coated", "without a coating": any coating or none, unless one is named."""
    matched = any(x.dimension == "coating" for m in reading.mentions for x in m.matches)
    named = any(s.kind == "value" and s.dimension == "coating" for m in reading.mentions for s in m.senses)
    if not matched and not named:
        parts.values.append([ValueSlot("coating", "", ("orders",), coated, mention.text, mention.start)])


def _said_without(mention: Mention, reading: Reading) -> bool:
    previous = reading.before(mention.start)
    return previous is not None and previous.has("grammar", "rather")


def listed_beside(mention: Mention, reading: Reading) -> bool:
    """ "revenue and transactions": joined to another metric by "and" or a comparison."""
    others = [
        m
        for m in reading.mentions
        if m.text not in ("and", "plus", "also")
        and not m.has("grammar", "number_of")
        and not m.has("grammar", "amount_of")
    ]
    after = next((m for m in others if m.start >= mention.end), None)
    if after is not None and after.has("metric"):
        between = reading.text[
            reading.tokens[mention.end - 1].end : reading.tokens[after.start].start
        ].strip()
        if _joins(between):
            return True
    before = next((m for m in reversed(others) if m.end <= mention.start), None)
    if before is not None and before.has("metric"):
        between = reading.text[
            reading.tokens[before.end - 1].end : reading.tokens[mention.start].start
        ].strip()
        return _joins(between)
    return False


_BETWEEN_FIGURES = frozenset(
    ["the", "our", "my", "total", "number", "of", "also", "both", "overall", "average"]
)


def _joins(between: str) -> bool:
    """ "and", ", and the total": words between two figures that set them side by side."""
    words = [w for w in between.replace(",", " , ").split() if w not in _BETWEEN_FIGURES]
    return " ".join(words) in _LIST_JOINTS


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


def _sold_things_follow(mention: Mention, reading: Reading) -> bool:
    """ "Who sold most frames": most of a kind of product, beside a verb of selling."""
    after = reading.after(mention.end)
    typed = after is not None and any(s.dimension == "product_type" for s in after.senses)
    sold = reading.before(mention.start)
    return (
        typed
        and mention.text in ("most", "fewest", "least")
        and sold is not None
        and sold.has("grammar", "sold")
    )


def _place_value(mention: Mention, parts: Parts, reading: Reading, before: Mention | None) -> None:
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
    parts.sales_noun = parts.sales_noun or mention.text.endswith(("sale", "sales"))
    typed = mention.sense("value") is not None and any(c.dimension == "product_type" for c in candidates)
    if typed and before and before.has("grammar", "group"):
        if parts.rank is not None and word_after(reading, mention.end) in ("sold", "shifted", "units"):
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
    if any(c.dimension in ("product_type", "category") for c in candidates):
        parts.types.append((mention, mention.plural))


def _is_negated(mention: Mention, reading: Reading) -> bool:
    """Whether a word like "excluding" reaches this value, directly or through "and"/"or"."""
    if _excluded_behind(mention, reading):
        return True
    i, apart, joined = mention.start, False, False
    while i > 0:
        if i < len(reading.tokens) and reading.breaks_before(i):
            return False
        word = reading.tokens[i - 1].text
        previous = reading.before(i)
        if previous and previous.has("grammar", "negate"):
            return True
        if previous and (previous.matches or previous.has("value")):
            if apart and not joined:
                return False  # "excluding frames for Callum": what is excluded ends before "for"
            i, apart, joined = previous.start, False, False
        elif word in ARTICLES | _JOINERS | _HANDLED:
            i, apart, joined = i - 1, apart or word not in ARTICLES, joined or word in _JOINERS
        elif previous and (
            previous.has("dimension") or previous.has("grammar", "sold") or previous.has("grammar", "follow")
        ):
            i = previous.start
        else:
            return False
    return False


def _included(negation: Mention, reading: Reading) -> bool:
    words = [t.text for t in reading.tokens[max(negation.start - 3, 0) : negation.start]]
    return bool({"including", "include", "included", "includes"} & set(words))


def _is_grouped(before: Mention | None, reading: Reading) -> bool:
    """ "by brand", and "for each frame category": a product type may stand between."""
    if before and (before.has("value") or before.matches) and (opener := reading.before(before.start)):
        return opener.has("grammar", "group") and opener.text != "by"
    return before is not None and before.has("grammar", "group")


def _excluded_behind(mention: Mention, reading: Reading) -> bool:
    """ "Kidwell excluded", "progressives left out": the negation stands behind the value."""
    words = [t.text for t in reading.tokens[mention.end : mention.end + 3]]
    while words and (words[0] in ARTICLES or words[0] in ("orders", "lenses", "frames", "being")):
        words = words[1:]
    return bool(words) and (words[0] in _EXCLUDED or words[:2] in (["left", "out"], ["not", "counted"]))


def _place_dimension(mention: Mention, parts: Parts, reading: Reading, before: Mention | None) -> None:
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
    if before and before.has("grammar", "negate") and _included(before, reading):
        return  # "including products without a brand": nothing is left out
    if before and before.has("grammar", "negate"):
        parts.values.append(
            [ValueSlot(name, "", sense.models, False, f"without {mention.text}", mention.start)]
        )
    elif name == "coating" and word_before(reading, mention.start) == "with":
        parts.values.append([ValueSlot(name, "", sense.models, True, f"with {mention.text}", mention.start)])
    elif mention.text in ("person", "people") and not (
        before and (before.has("grammar", "group") or before.has("rank"))
    ):
        return
    elif _is_grouped(before, reading) or _continues_grouping(mention, reading):
        parts.dimensions.append(name)
    elif names_same and not (before and before.has("grammar", "which")):
        return
    elif before and (before.has("grammar", "which") or before.has("rank") or before.has("grammar", "person")):
        parts.target, parts.target_plural = name, mention.plural
    else:
        parts.loose.append((name, mention.plural, word_before(reading, mention.start) in _PREPOSITIONS))


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
    opener = before_noun(reading, joined.start)
    return (opener is not None and opener.has("grammar", "group")) or _continues_grouping(joined, reading)


def _place_grain(mention: Mention, name: str, parts: Parts, before: Mention | None, reading: Reading) -> None:
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
        counted = before_noun(reading, mention.start - 1)
        if counted is None or not (counted.has("rank") or counted.has("grammar", "which")):
            return  # "more than 14 days"
        parts.target, parts.target_plural = grain, mention.plural  # "top 3 months"
        return
    if mention.text == "date" and mention.start and reading.tokens[mention.start - 1].text == "the":
        return  # "by the date they were refunded"
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
