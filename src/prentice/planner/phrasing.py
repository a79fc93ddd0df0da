"""A Query as a question in plain words that the planner reads back as the same Query.

Used for other readings, follow-ups and chips: each must work when it is asked as it stands.
"""

from __future__ import annotations

import calendar
from datetime import date

from prentice.semantic.calendars import first_day, last_day
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Condition, Filter, Not, Query, Range

_MONTH_NAMES = {i: name for i, name in enumerate(calendar.month_name) if name}
_SIGNS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}


def plural(label: str) -> str:
    """
    >>> [plural(w) for w in ("brand", "category", "staff member", "hi-index")]
    ['brands', 'categories', 'staff members', 'hi-indexes']
    """
    if label.endswith("y") and label[-2:-1] not in "aeiou":
        return label[:-1] + "ies"
    return label + ("es" if label.endswith(("s", "x")) else "s")


def phrase_range(range_: Range) -> str:
    """ "in September 2026", "on 25 October 2026", "from … to …"; '' for an open one without words."""
    start, end = range_.from_, range_.to
    if start is None or end is None:
        if start:
            return f"since {phrase_day(start)}"
        return f"before {phrase_day(end)}" if end else ""
    if start == end:
        return f"on {phrase_day(start)}"
    if start == first_day("month", start) and end == last_day("month", start):
        return f"in {_MONTH_NAMES[start.month]} {start.year}"
    if start == first_day("quarter", start) and end == last_day("quarter", start):
        return f"in Q{(start.month + 2) // 3} {start.year}"
    if start == first_day("year", start) and end == last_day("year", start):
        return f"in {start.year}"
    return f"from {phrase_day(start)} to {phrase_day(end)}"


def phrase_day(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month]} {day.year}"


def phrase_query(query: Query, catalogue: Catalogue) -> str:
    """The question. What has no words of its own (nested filters) is left out."""
    metrics = " and ".join(_metric(m, catalogue) for m in query.metrics)
    groups = [
        *([query.grain] if query.grain else []),
        *(_dimension(d, catalogue, query.metrics[0]) for d in query.dimensions),
    ]
    restrict = _restrictions(query.filters)
    ranked = query.order and query.limit and groups and query.order[0].by == query.metrics[0]
    if ranked and query.limit:
        way = "top" if query.order[0].descending else "bottom"
        noun = plural(groups[-1].lower()) if query.limit > 1 else groups[-1].lower()
        head = f"{way} {query.limit} {noun} by {metrics}" + (f" by {groups[0]}" if len(groups) > 1 else "")
    elif query.top_per and len(groups) > 1:
        head = f"top {query.top_per.limit} {plural(groups[-1].lower())} by {metrics} for each {groups[0].lower()}"
    elif groups:
        head = f"{metrics} by {' and '.join(g.lower() for g in groups)}"
    else:
        head = metrics
    if query.running_totals:
        head = f"cumulative {head}"
    parts = [head, *restrict, *_bounds(query.having, catalogue)]
    if query.range and (words := phrase_range(query.range)):
        parts.append(words)
    if query.compare:
        parts.append(
            f"compared with {phrase_range(query.compare.range).removeprefix('in ').removeprefix('on ')}"
        )
    text = " ".join(p for p in parts if p)
    return text[:1].upper() + text[1:]


def _metric(name: str, catalogue: Catalogue) -> str:
    label = catalogue.metrics[name].label
    return label if label.isupper() else label[:1].lower() + label[1:]


def _dimension(name: str, catalogue: Catalogue, metric: str) -> str:
    return name if name in GRAINS else catalogue.dimension(name, metric).label


def _restrictions(filters: tuple[Filter, ...]) -> list[str]:
    said: list[str] = []
    for f in filters:
        if isinstance(f, Condition):
            if f.op in ("=", "in") and not isinstance(f.value, bool):
                values = f.value if isinstance(f.value, tuple) else (f.value,)
                said.append("for " + " and ".join(value_words(str(v)) for v in values))
            elif f.op in ("!=", "not in"):
                values = f.value if isinstance(f.value, tuple) else (f.value,)
                said.append("excluding " + " and ".join(value_words(str(v)) for v in values))
            elif f.op == "contains":
                said.append(str(f.value))
            elif f.op == "is null":
                said.append(f"without {f.field.replace('_', ' ')}")
        elif isinstance(f, Not):
            said.append("")
    return said


def value_words(value: str) -> str:
    """Enumerated keys as words; names as stored."""
    return value.replace("_", " ") if value.islower() else value


def _bounds(having: tuple[Filter, ...], catalogue: Catalogue) -> list[str]:
    return [
        f"with {_metric(f.field, catalogue)} {_SIGNS[f.op]} {f.value:g}"
        for f in having
        if isinstance(f, Condition)
        and f.op in _SIGNS
        and f.field in catalogue.metrics
        and isinstance(f.value, int | float)
    ]
