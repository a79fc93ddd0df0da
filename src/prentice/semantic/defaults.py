"""Dates that a question does not name (KPIS.md, "no words for time")."""

from __future__ import annotations

from datetime import date, timedelta

from prentice.semantic.conditions import iter_conditions
from prentice.semantic.model import Catalogue, DefaultRange, Metric
from prentice.semantic.query import GRAINS, AllOf, AnyOf, Condition, Filter, Query, Range
from prentice.semantic.years import in_years, of_patients


def default_range(kind: DefaultRange, today: date) -> Range | None:
    """The range that `kind` means on `today`; None for `now`.

    >>> r = default_range("last 12 complete months", date(2026, 10, 31))
    >>> (r.from_.isoformat(), r.to.isoformat())
    ('2025-10-01', '2026-09-30')
    """
    if kind == "now":
        return None
    if kind == "90 days":
        return Range(
            from_=today - timedelta(days=90), to=today - timedelta(days=1), words="last 90 days", assumed=True
        )
    if kind == "all years":
        return Range(words=kind, assumed=True)
    first = today.replace(day=1)
    return Range(
        from_=first.replace(year=first.year - 1), to=first - timedelta(days=1), words=kind, assumed=True
    )


def is_now(metric: Metric, query: Query, catalogue: Catalogue) -> bool:
    """Whether the metric, without dates in the question, is counted as it stands now.

    Open orders are; so are orders that a filter keeps to open statuses ("pending orders").
    """
    if metric.default_range == "now":
        return True
    return any(_keeps_to_now(item, metric, catalogue) for item in query.filters)


def _keeps_to_now(item: Filter, metric: Metric, catalogue: Catalogue) -> bool:
    match item:
        case AllOf():
            return any(_keeps_to_now(part, metric, catalogue) for part in item.all_)
        case AnyOf():
            return all(_keeps_to_now(part, metric, catalogue) for part in item.any_)
        case Condition(op="=" | "in") if metric.now_when and catalogue.has_dimension(item.field):
            dimension = catalogue.dimension(item.field, metric.name)
            if (dimension.model, dimension.name) != (metric.model, metric.now_when.dimension):
                return False
            values = item.value if isinstance(item.value, tuple) else (item.value,)
            meant = [dimension.meaning(str(value)) for value in values]
            return all(keys and metric.now_when.values.issuperset(keys) for keys in meant)
        case _:
            return False


def with_defaults(query: Query, catalogue: Catalogue, today: date) -> Query:
    """The query with the dates it will be answered for, marked `assumed`, so that they can be shown.

    A query that has a range is returned as it is, one about patients by whole years. Where every metric is
    counted as it stands now the range stays None. Where some are and some are not, the dates hold for the
    others only.
    Raises `BadQuery` where a metric or a filter's dimension is unknown.
    """
    names = (*query.metrics, *query.shares, *query.running_totals)
    metrics = [catalogue.metric(name) for name in names]
    if of_patients(query, catalogue):
        query, _ = in_years(query, today)
    if query.range is not None:
        return query
    for condition in iter_conditions(query.filters):
        if condition.field not in GRAINS:
            catalogue.dimension(condition.field)
    dated = [m.default_range for m in metrics if not is_now(m, query, catalogue)]
    if not dated:
        return query
    return query.model_copy(update={"range": default_range(dated[0], today)})
