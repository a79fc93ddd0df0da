"""From Slots to a Query: which metric, which groups, which rows. The rules are KPIS.md's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prentice.planner.choice import Choice, choose_metrics
from prentice.planner.restrict import Problem, filters_of, having_of
from prentice.planner.slots import Slots
from prentice.semantic.calendars import first_day, last_day
from prentice.semantic.dates import TimeMention, like_for_like, other_period
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Compare, Condition, Filter, Grain, Order, Query, Range, TopPer

_DEFAULT_RANKING = 10  # KPIS.md, "Words for ranking"
_SHARE_METRIC = {"revenue": "revenue_share", "units_sold": "units_share"}


@dataclass(frozen=True)
class Composed:
    query: Query
    assumed: tuple[str, ...] = ()


def compose(slots: Slots, catalogue: Catalogue, today: date) -> Composed | Problem:
    """The Query that the slots ask for, or why there is none."""
    choice = choose_metrics(slots, catalogue)
    if isinstance(choice, Problem):
        return choice
    slots = choice.slots
    period = _period(slots, choice, catalogue, today)
    if isinstance(period, Problem):
        return period
    restrictions = filters_of(slots, choice, catalogue)
    if isinstance(restrictions, Problem):
        return restrictions
    dimensions, grain = _groups(slots, period.range, today)
    metrics, shares, having, filters, dimensions = _shares(
        slots, choice, list(restrictions), dimensions, grain
    )
    bounds = having_of(slots, metrics, bool(dimensions or grain), catalogue)
    if isinstance(bounds, Problem):
        return bounds
    metrics = (*metrics, *(m for m in bounds.extra_metrics if m not in metrics))
    order, limit, top_per, ranked = _ranking(slots, metrics, dimensions, grain, catalogue)
    ascending = bool(order) and not order[0].descending and slots.rank is not None
    empty = slots.listing == "unsold" or (
        ascending and choice.subject == "sales" and _counts_zero(metrics[0], dimensions, catalogue)
    )
    if ranked:
        having = (*having, *_without_nulls(dimensions))
    if choice.order is not None:
        order = choice.order
    query = Query(
        metrics=metrics,
        dimensions=dimensions,
        filters=tuple(filters),
        range=period.range,
        grain=grain,
        compare=period.compare,
        shares=shares,
        running_totals=metrics[:1] if slots.running else (),
        having=(*having, *bounds.having, *choice.having),
        order=order,
        limit=limit,
        top_per=top_per,
        include_empty=empty,
    )
    return Composed(query, choice.assumed)


@dataclass(frozen=True)
class _Period:
    range: Range | None
    compare: Compare | None = None


def _period(slots: Slots, choice: Choice, catalogue: Catalogue, today: date) -> _Period | Problem:
    metric = catalogue.metrics[choice.metrics[0]]
    times = slots.times
    if len(times) > 1:
        return Problem("ask", "two_periods", "I read two different times and do not know which you mean.")
    time = times[0] if times else None
    if (
        any(t.role == "future" for t in (*times, *([slots.compared] if slots.compared else [])))
        and choice.subject != "appointments"
    ):
        return Problem("decline", "future", "That has not happened yet, and I do not forecast.")
    stands_now = metric.default_range == "now"
    if stands_now and time and (time.range.from_ == time.range.to == today):
        time = None
    if time and choice.subject == "stock" and stands_now:
        return Problem("decline", "stock_history", "Stock is known only as it stands now.")
    if not slots.compare:
        mixed = {catalogue.metrics[m].default_range == "now" for m in choice.metrics} == {True, False}
        if time is None and mixed and choice.subject != "stock":  # beside each other only over the same rows
            return _Period(Range(to=today, words="all dates so far"))
        return _Period(time.range if time else None)
    if stands_now and choice.subject == "stock":
        return Problem(
            "decline",
            "stock_history",
            "Stock is known only as it stands now, so it cannot be compared with another time.",
        )
    return _comparison(time, slots.compared, today)


def _comparison(asked: TimeMention | None, other: TimeMention | None, today: date) -> _Period | Problem:
    back = other.back if other and other.role == "compare" else None
    spoken = other if other and other.role != "compare" else None
    if asked is None or (spoken and _coarser(spoken.unit, asked.unit) and spoken.unit != "year"):
        unit: Grain = (spoken.unit if spoken else back[0] if back else None) or "month"
        start = first_day(unit, today)
        asked = TimeMention(0, 0, Range(from_=start, to=today, words=f"this {unit}"), "range", unit)
    if asked.range.from_ is None or asked.range.to is None:
        return Problem("ask", "open_comparison", "An open period cannot be compared: give both its ends.")
    if spoken is None:
        range_, part = other_period(asked.range, asked.unit, back, today)
        words = other.words if other else "the period before"
        return _Period(
            asked.range, Compare(range=range_.model_copy(update={"words": words}), like_for_like=part)
        )
    if spoken.range.from_ is None or spoken.range.to is None:
        return Problem("ask", "open_comparison", "An open period cannot be compared: give both its ends.")
    if spoken.unit == "year" and asked.unit in ("day", "week", "month", "quarter"):  # "October vs last year"
        years = asked.range.from_.year - spoken.range.from_.year
        if years > 0:
            range_, part = other_period(asked.range, asked.unit, ("year", years), today)
            return _Period(
                asked.range,
                Compare(range=range_.model_copy(update={"words": spoken.words}), like_for_like=part),
            )
    compared = spoken.range
    if spoken.unit and spoken.role == "since":
        compared = Range(
            from_=spoken.range.from_, to=last_day(spoken.unit, spoken.range.from_), words=spoken.words
        )
    if (
        compared.from_ == asked.range.from_ and compared.to == asked.range.to
    ):  # "last quarter and the prior one"
        range_, part = other_period(asked.range, asked.unit, None, today)
        return _Period(
            asked.range,
            Compare(range=range_.model_copy(update={"words": "the period before"}), like_for_like=part),
        )
    return _Period(
        asked.range,
        Compare(range=compared, like_for_like=like_for_like(asked.range, asked.unit, compared, today)),
    )


def _coarser(a: Grain | None, b: Grain | None) -> bool:
    return a is not None and b is not None and GRAINS.index(a) > GRAINS.index(b)


def _groups(slots: Slots, range_: Range | None, today: date) -> tuple[tuple[str, ...], Grain | None]:
    dimensions = list(slots.dimensions)
    grain = slots.grain
    if slots.target in GRAINS:
        grain = grain or slots.target
    elif slots.target and slots.target not in dimensions:
        dimensions.append(slots.target)
    if (slots.trend or slots.running) and grain is None:
        short = (
            range_ is not None
            and range_.from_ is not None
            and ((range_.to or today) - range_.from_).days < 45
        )
        grain = "day" if short else "month"
    return tuple(dimensions), grain


def _shares(
    slots: Slots, choice: Choice, filters: list[Filter], dimensions: tuple[str, ...], grain: Grain | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Filter, ...], list[Filter], tuple[str, ...]]:
    """Shares: with a breakdown, of each group; with one value, that value's part of all else asked for."""
    metrics = choice.metrics
    having: tuple[Filter, ...] = ()
    if slots.share_at is None or not choice.shareable:
        return metrics, (), having, filters, dimensions
    conditions = [f for f in filters if isinstance(f, Condition) and f.op in ("=", "in")]
    if not dimensions and conditions:
        said = {v.dimension: v.at for v in slots.values if not v.negated}
        before = [c for c in conditions if said.get(c.field, 10**6) < slots.share_at]
        part = before[0] if before else max(conditions, key=lambda c: said.get(c.field, -1))
        filters = [f for f in filters if f is not part]
        dimensions, having = (part.field,), (part,)
    base = metrics[0]
    if base in _SHARE_METRIC:
        return (_SHARE_METRIC[base], *metrics[1:]), (), having, filters, dimensions
    return metrics, (base,), having, filters, dimensions


def _ranking(
    slots: Slots,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    grain: Grain | None,
    catalogue: Catalogue,
) -> tuple[tuple[Order, ...], int | None, TopPer | None, bool]:
    rank = slots.rank
    if rank is None:
        natural = [d for d in dimensions if d in ("weekday", "hour")]
        if natural and len(dimensions) == 1 and grain is None:
            return (Order(by=natural[0], descending=False),), None, None, False
        limit = slots.limit
        if slots.descending is not None and (dimensions or grain):
            return (Order(by=metrics[0], descending=slots.descending),), limit, None, False
        if limit and dimensions:
            return (Order(by=metrics[0]),), limit, None, True
        return (), (limit if dimensions else None), None, False
    if not dimensions and grain is None:
        return (), None, None, False
    descending = rank.descending
    better = catalogue.metrics[metrics[0]].better
    if rank.quick is not None:
        descending = (
            not rank.quick
            if better == "lower"
            or metrics[0] in ("average_turnaround_days", "average_lead_time_days", "days_of_stock")
            else rank.quick
        )
    elif rank.judged and better == "lower":
        descending = not descending
    order = (Order(by=metrics[0], descending=descending),)
    limit = slots.limit or (1 if slots.singular else _DEFAULT_RANKING)
    if slots.per:
        group = grain if slots.target not in GRAINS and grain else dimensions[0]
        if group != slots.target:
            return (
                order,
                None,
                TopPer(dimension=group, limit=slots.limit or 1 if slots.singular else limit),
                True,
            )
    return order, limit, None, True


def _without_nulls(dimensions: tuple[str, ...]) -> tuple[Filter, ...]:
    """Products without a brand are left out of a ranking of brands (KPIS.md)."""
    named = [d for d in dimensions if d not in ("product", "weekday", "hour")]
    return tuple(Condition(field=d, op="is not null") for d in named)


def _counts_zero(metric: str, dimensions: tuple[str, ...], catalogue: Catalogue) -> bool:
    product_like = {"product", "brand", "model", "category", "product_type", "sku"}
    return (
        metric in ("units_sold", "revenue", "gross_revenue", "transactions")
        and len(dimensions) == 1
        and dimensions[0] in product_like
    )
