"""A Query as a question in plain words that the planner reads back as the same Query.

Used for other readings, follow-ups and chips: each must work when it is asked as it stands.
"""

from __future__ import annotations

import calendar
from datetime import date

from prentice.semantic.calendars import first_day, last_day
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, AnyOf, Condition, Filter, Grain, Not, Query, Range, Scalar
from prentice.semantic.spelling import spelling_key

_SIGNS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}
_UNDER_WAY: tuple[Grain, ...] = ("month", "week", "quarter", "year")
_LISTS = {
    "low_stock": "products low in stock",
    "out_of_stock": "products out of stock",
    "dead_stock": "which products are dead stock",
}


def plural(label: str) -> str:
    """The plural of a label, as a question names groups.

    >>> [plural(w) for w in ("brand", "category", "staff member", "hi-index")]
    ['brands', 'categories', 'staff members', 'hi-indexes']
    """
    if label.endswith("y") and label[-2:-1] not in "aeiou":
        return label[:-1] + "ies"
    return label + ("es" if label.endswith(("s", "x")) else "s")


def _day(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def phrase_range(range_: Range, today: date) -> str:
    """As "in September 2026", "this month", "on 25 October 2026", "from … to …"; nothing where open."""
    start, end = range_.from_, range_.to
    if start is None or end is None:
        if start:
            return f"since {_day(start)}"
        return f"up to {_day(end)}" if end else ""
    if start == end:
        return f"on {_day(start)}"
    if start == first_day("month", start) and end == last_day("month", start):
        return f"in {calendar.month_name[start.month]} {start.year}"
    if start == first_day("quarter", start) and end == last_day("quarter", start):
        return f"in Q{(start.month + 2) // 3} {start.year}"
    if start == first_day("year", start) and end == last_day("year", start):
        return f"in {start.year}"
    if end == today:
        for unit in _UNDER_WAY:
            if start == first_day(unit, today):
                return f"this {unit}"
    return f"from {_day(start)} to {_day(end)}"


def bare_range(range_: Range, today: date) -> str:
    """`phrase_range` without its first "in" or "on"."""
    return phrase_range(range_, today).removeprefix("in ").removeprefix("on ")


def phrase_query(query: Query, catalogue: Catalogue, today: date) -> str:
    """The question. What has no words of its own (nested filters) is left out."""
    restrict = [words for f in query.filters if (words := _restriction(f, query, catalogue))]
    parts = [_head(query, catalogue), *restrict, *_bounds(query, catalogue)]
    if query.range and not query.range.assumed and (words := phrase_range(query.range, today)):
        parts.append(words)
    if query.compare:
        other = bare_range(query.compare.range, today).removeprefix("from ")
        parts.append(f"compared with {other}")
    text = " ".join(p for p in parts if p)
    return text[:1].upper() + text[1:]


def _head(query: Query, catalogue: Catalogue) -> str:
    if listed := _list_words(query, catalogue):
        return listed
    metrics = " and ".join(_metric(m, catalogue) for m in query.metrics)
    if query.shares == query.metrics[:1]:
        metrics = f"share of {metrics}"
    if query.running_totals:
        metrics = f"cumulative {metrics}"
    grain = [query.grain] if query.grain else []
    nouns = [*grain, *(_label(d, catalogue, query) for d in query.dimensions)]
    if query.order and query.limit and nouns and query.order[0].by == query.metrics[0]:
        lower = catalogue.metrics[query.metrics[0]].better == "lower"
        high, low = ("highest", "lowest") if lower else ("top", "bottom")
        way = high if query.order[0].descending else low
        noun = plural(nouns[-1]) if query.limit > 1 else nouns[-1]
        return f"{way} {query.limit} {noun} by {metrics}" + (f" by {nouns[0]}" if len(nouns) > 1 else "")
    if query.top_per and len(nouns) > 1:
        return f"top {query.top_per.limit} {plural(nouns[-1])} by {metrics} for each {nouns[0]}"
    if not nouns and query.metrics[0].endswith("_stock_items"):
        return f"how many {metrics}"
    if nouns and not _one_part(query):
        return f"{metrics} by {' and '.join(nouns)}"
    return metrics


def _list_words(query: Query, catalogue: Catalogue) -> str | None:
    """The words of a list of products: unsold, low in stock, with few units left …"""
    unsold = ("units_sold", "=", 0)
    if any(isinstance(f, Condition) and (f.field, f.op, f.value) == unsold for f in query.having):
        return f"which {plural(_label(query.dimensions[0], catalogue, query))} did not sell"
    by_product = "product" in query.dimensions
    for f in query.filters:
        if not isinstance(f, Condition):
            continue
        if by_product and f.field in _LISTS and f.value is True:
            return _LISTS[f.field]
        if f.field == "stock_quantity" and f.op in _SIGNS:
            kind = "products" if by_product else "how many products"
            return f"{kind} with {_SIGNS[f.op]} {f.value:g} units in stock"
    return None


def _one_part(query: Query) -> Condition | None:
    """Of a share, the one group that is asked for."""
    for f in query.having:
        if isinstance(f, Condition) and f.op == "=" and query.dimensions == (f.field,):
            return f
    return None


def _metric(name: str, catalogue: Catalogue) -> str:
    label = catalogue.metrics[name].label
    return label if label.isupper() else label[:1].lower() + label[1:]


def _label(name: str, catalogue: Catalogue, query: Query) -> str:
    return name if name in GRAINS else catalogue.dimension(name, query.metrics[0]).label.lower()


def _restriction(f: Filter, query: Query, catalogue: Catalogue) -> str:
    if isinstance(f, Not) and isinstance(f.not_, AnyOf):
        return "with a coating" if "coating" in str(f.not_) else ""
    if isinstance(f, AnyOf):
        return "without a coating" if "coating" in str(f) else ""
    if not isinstance(f, Condition):
        return ""
    if f.field == "late" and f.value is True:
        return "that are overdue"
    if isinstance(f.value, bool) or f.field == "stock_quantity":
        return ""  # said by the head
    if f.field == "weekday":
        return "on " + " and ".join(f"{v}s" for v in values_of(f))
    words = " and ".join(
        value_words(str(v), f.field, catalogue, query.metrics[0]) for v in values_of(f) if v is not None
    )
    match f.op:
        case "=" | "in":
            return f"for {words}"
        case "!=" | "not in":
            return f"excluding {words}"
        case "contains":
            return words
        case "is null":
            return f"without {f.field.replace('_', ' ')}"
        case _:
            return ""


def values_of(condition: Condition) -> tuple[Scalar | None, ...]:
    """What a condition compares with, one or several."""
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def value_words(value: str, dimension: str, catalogue: Catalogue, metric: str) -> str:
    """A trade value by its label ("contact lenses"), a name as stored."""
    if dimension in GRAINS or not catalogue.has_dimension(dimension):
        return value
    known = catalogue.dimension(dimension, metric).values.get(spelling_key(value))
    return known.label.lower() if known else value


def _bounds(query: Query, catalogue: Catalogue) -> list[str]:
    said = []
    if part := _one_part(query):
        said.append("from " + value_words(str(part.value), part.field, catalogue, query.metrics[0]))
    for f in query.having:
        if isinstance(f, Condition) and f.op in _SIGNS and f.field in catalogue.metrics:
            said.append(f"with {_metric(f.field, catalogue)} {_SIGNS[f.op]} {_bound(f, catalogue)}")
    return said


def _bound(f: Condition, catalogue: Catalogue) -> str:
    assert isinstance(f.value, int | float)
    return f"{f.value * 100:g}%" if catalogue.metrics[f.field].unit == "ratio" else f"{f.value:g}"
