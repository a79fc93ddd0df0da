"""Understood words as chips: each part of the Query in words, with other readings as full questions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from prentice.ask.contract import Understood
from prentice.planner.phrasing import bare_range, phrase_query, plural, value_words, values_of
from prentice.semantic.calendars import first_day, shift
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Condition, Query, Range
from prentice.semantic.years import of_patients
from prentice.tenancy.scope import TenantScope

# Metrics that people look at side by side; a chip offers up to four of them.
_NEARBY = {
    "sales": ("revenue", "units_sold", "transactions", "average_transaction_value", "gross_margin"),
    "orders": ("orders", "remake_rate", "average_turnaround_days", "on_time_rate"),
    "appointments": ("appointments", "completed_appointments", "no_show_rate", "eye_exams"),
    "stock": ("stock_on_hand", "retail_stock_value", "low_stock_items", "days_of_stock"),
    "patients": ("patients", "active_patients", "spend_per_patient", "progressive_share", "myopia_share"),
    "purchasing": ("purchase_spend", "purchase_orders", "average_lead_time_days"),
}


def chips(query: Query, catalogue: Catalogue, scope: TenantScope) -> list[Understood]:
    """Metric, groups, restrictions, dates and number of rows, in the order in which people say them."""
    metrics = _metrics(query, catalogue, scope)
    found = [
        Understood(slot="metric", words=catalogue.metric(m).label.lower(), options=metrics)
        for m in query.metrics[:3]
    ]
    if query.grain:
        others = [query.model_copy(update={"grain": g}) for g in GRAINS if g != query.grain][1:]
        options = _asks(others, catalogue, scope)
        found.append(Understood(slot="grain", words=f"by {query.grain}", options=options))
    for name in query.dimensions:
        label = catalogue.dimension(name, query.metrics[0]).label.lower()
        words = plural(label) if query.limit else f"by {label}"
        options = _dimensions(query, name, catalogue, scope)
        found.append(Understood(slot="dimension", words=words, options=options))
    for i, condition in enumerate(query.filters):
        if isinstance(condition, Condition):
            kept = query.filters[:i] + query.filters[i + 1 :]
            options = _asks([query.model_copy(update={"filters": kept})], catalogue, scope)
            words = _said(condition, catalogue, query.metrics[0])
            found.append(Understood(slot="filter", words=words, options=options))
    if query.range:
        words = bare_range(query.range, scope.today) or query.range.words
        found.append(Understood(slot="range", words=words, options=_ranges(query, catalogue, scope)))
    if query.limit and query.order:
        way = "top" if query.order[0].descending else "bottom"
        sizes = [query.model_copy(update={"limit": n}) for n in (3, 5, 10, 20) if n != query.limit]
        options = _asks(sizes, catalogue, scope)
        found.append(Understood(slot="limit", words=f"{way} {query.limit}", options=options))
    return found


def _asks(queries: Iterable[Query], catalogue: Catalogue, scope: TenantScope) -> list[str]:
    return [phrase_query(query, catalogue, scope.today) for query in queries]


def _said(condition: Condition, catalogue: Catalogue, metric: str) -> str:
    name = condition.field.replace("_", " ")
    if isinstance(condition.value, bool):
        return name if condition.value else f"not {name}"
    words = ", ".join(
        value_words(str(v), condition.field, catalogue, metric) for v in values_of(condition) if v is not None
    )
    match condition.op:
        case "=" | "in":
            return words
        case "!=" | "not in":
            return f"without {words}"
        case "is null":
            return f"no {name}"
        case "is not null":
            return f"any {name}"
        case _:
            return f"{name} {condition.op} {words}"


def _metrics(query: Query, catalogue: Catalogue, scope: TenantScope) -> list[str]:
    if len(query.metrics) != 1 or query.having or query.include_empty:
        return []
    metric = catalogue.metric(query.metrics[0])
    wanted = {*query.dimensions, *(c.field for c in query.filters if isinstance(c, Condition))}
    seen = {m.name for m in catalogue.visible_to(scope.role, scope.grants)}
    others = []
    for name in _NEARBY.get(metric.model, ()):
        other = catalogue.metric(name)
        fits = wanted <= set(other.dimensions) and (query.range is None or other.dated)
        if name != metric.name and name in seen and fits:
            order = tuple(
                o.model_copy(update={"by": name}) if o.by == metric.name else o for o in query.order
            )
            instead = {"metrics": (name,), "order": order, "shares": (), "running_totals": ()}
            others.append(query.model_copy(update=instead))
    return _asks(others[:4], catalogue, scope)


def _dimensions(query: Query, name: str, catalogue: Catalogue, scope: TenantScope) -> list[str]:
    if query.having or query.top_per or query.include_empty:
        return []
    metric = catalogue.metric(query.metrics[0])
    others = [
        d
        for d in metric.dimensions
        if d not in query.dimensions and catalogue.dimension(d, metric.name).type in ("text", "weekday")
    ]
    swapped = [tuple(other if d == name else d for d in query.dimensions) for other in others[:5]]
    return _asks((query.model_copy(update={"dimensions": d}) for d in swapped), catalogue, scope)


def _ranges(query: Query, catalogue: Catalogue, scope: TenantScope) -> list[str]:
    if query.compare:
        return []
    today = scope.today
    month = first_day("month", today)
    choices: tuple[Range, ...] = (
        Range(from_=month, to=today, words="this month"),
        Range(from_=shift(month, "month", -1), to=month - timedelta(days=1), words="last month"),
        Range(from_=today - timedelta(days=30), to=today - timedelta(days=1), words="last 30 days"),
        Range(from_=first_day("year", today), to=today, words="this year"),
    )
    if of_patients(query, catalogue):  # known by year alone
        choices = tuple(
            Range(from_=date(year, 1, 1), to=min(date(year, 12, 31), today), words=f"in {year}")
            for year in range(today.year, today.year - 4, -1)
        )
    asked = query.range
    [base] = _asks([query.model_copy(update={"range": None})], catalogue, scope)
    return [
        f"{base} {r.words}" for r in choices if asked is None or (r.from_, r.to) != (asked.from_, asked.to)
    ]
