"""From Slots to a Query: which metric, which groups, which rows. The rules are KPIS.md's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prentice.planner.choice import Choice, choose_metrics
from prentice.planner.restrict import Problem, filters_of, having_of
from prentice.planner.slots import RankSlot, Slots
from prentice.planner.timespan import period_of
from prentice.semantic.model import Catalogue
from prentice.semantic.query import (
    GRAINS,
    Compare,
    Condition,
    Filter,
    Grain,
    Operator,
    Order,
    Query,
    Range,
    TopPer,
)

_DEFAULT_RANKING = 10  # KPIS.md, "Words for ranking"
_MOST_GROUPS = 6  # as a Query allows
_SHORT_DAYS = 45  # a trend over fewer days is told by day, else by month
_IN_DAYS = ("average_turnaround_days", "average_lead_time_days", "days_of_stock")
_SELLING = ("units_sold", "revenue", "gross_revenue", "transactions")
_OF_PRODUCTS = frozenset(("product", "brand", "model", "category", "product_type", "sku"))
_SHARE_METRIC = {"revenue": "revenue_share", "units_sold": "units_share"}


@dataclass(frozen=True)
class Composed:
    """`assumed`: what the question left unsaid and was filled in."""

    query: Query
    assumed: tuple[str, ...] = ()


def compose(slots: Slots, catalogue: Catalogue, today: date) -> Composed | Problem:
    """The Query that the slots ask for, or why there is none."""
    choice = choose_metrics(slots, catalogue)
    if isinstance(choice, Problem):
        return choice
    slots = choice.slots
    period = period_of(slots, choice, catalogue, today)
    if isinstance(period, Problem):
        return period
    restrictions = filters_of(slots, choice, catalogue)
    if isinstance(restrictions, Problem):
        return restrictions
    dimensions, grain = _groups(slots, choice.subject, period.range, today)
    if len(dimensions) > _MOST_GROUPS:
        return Problem("ask", "too_many_groups", f"I break a figure down by {_MOST_GROUPS} things at most.")
    shared = _shares(slots, choice, restrictions, dimensions)
    if isinstance(shared, Problem):
        return shared
    if set(_SHARE_METRIC.values()) & set(shared.metrics) and not shared.dimensions and grain is None:
        return Problem("ask", "share_of_what", "I do not know which part of what is asked for.")
    metrics, dimensions = shared.metrics, shared.dimensions
    bounds = having_of(slots, metrics, bool(dimensions or grain), catalogue)
    if isinstance(bounds, Problem):
        return bounds
    metrics = (*metrics, *(m for m in bounds.extra_metrics if m not in metrics))
    ranked = _ranking(slots, metrics, dimensions, grain, period.compare, catalogue)
    unsold = slots.listing == "unsold" or _worst_sellers(slots, choice, metrics[0], dimensions, ranked)
    listed = slots.target is not None and bool(bounds.having)  # "which brands took more than"
    named = _without_nulls(dimensions) if ranked.named or listed else ()
    query = Query(
        metrics=metrics,
        dimensions=dimensions,
        filters=(*shared.filters, *_hours(slots)),
        range=period.range,
        grain=grain,
        compare=period.compare,
        shares=shared.shares,
        running_totals=metrics[:1] if slots.running else (),
        having=(
            *shared.having,
            *named,
            *bounds.having,
            *choice.having,
            *_grown(slots, metrics[0], period.compare),
        ),
        order=ranked.order if choice.order is None else choice.order,
        limit=ranked.limit,
        top_per=ranked.top_per,
        include_empty=unsold,
    )
    return Composed(query, choice.assumed)


def _hours(slots: Slots) -> tuple[Filter, ...]:
    if slots.wearers:
        return (Condition(field="contact_lens_wearer", value=True),)
    return tuple(Condition(field="hour", op="between", value=(h.first, h.last)) for h in slots.hours)


def _groups(
    slots: Slots, subject: str, range_: Range | None, today: date
) -> tuple[tuple[str, ...], Grain | None]:
    dimensions = list(slots.dimensions)
    grain = slots.grain
    if slots.target in GRAINS:
        grain = grain or slots.target
    elif slots.target and slots.target not in dimensions:
        dimensions.append(slots.target)
    if (slots.trend or slots.running) and grain is None:
        start = range_.from_ if range_ else None
        end = (range_.to if range_ else None) or today
        if subject == "patients":
            return tuple(dimensions), "year"
        grain = "day" if start and (end - start).days < _SHORT_DAYS else "month"
    if grain == "day" and "weekday" in dimensions:
        grain = None  # "on which days do people not turn up, per weekday"
    return tuple(dimensions), grain


@dataclass(frozen=True)
class _Shared:
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    filters: tuple[Filter, ...]
    shares: tuple[str, ...] = ()
    having: tuple[Filter, ...] = ()


def _shares(
    slots: Slots, choice: Choice, filters: tuple[Filter, ...], dimensions: tuple[str, ...]
) -> _Shared | Problem:
    """Shares: with a breakdown, of each group; with one value, that value's part of all else asked for."""
    metrics = choice.metrics
    if slots.share_at is None or not choice.shareable:
        return _Shared(metrics, dimensions, filters)
    having: tuple[Filter, ...] = ()
    conditions = [f for f in filters if isinstance(f, Condition) and f.op in ("=", "in")]
    if parts := [c for c in conditions if c.field in dimensions]:  # "share of all that came from Aldwych"
        if slots.of_all and len(conditions) > len(parts):
            return Problem("ask", "share_of_what", "I do not know which part of what is asked for.")
        filters, having = tuple(f for f in filters if f not in parts), tuple(parts)
    if dimensions and slots.part_at is not None and not having:
        return Problem("ask", "share_of_what", "I do not know which part of what is asked for.")
    if not dimensions and conditions:
        said = {v.dimension: v.at for v in slots.values if not v.negated}
        before = [c for c in conditions if c.field in said and said[c.field] < slots.share_at]
        named = [c for c in conditions if slots.part_at is not None and said.get(c.field) == slots.part_at]
        if slots.of_all and len(conditions) > 1:
            return Problem("ask", "share_of_what", "I do not know which part of what is asked for.")
        part = (named or before or [max(conditions, key=lambda c: said.get(c.field, -1))])[0]
        filters = tuple(f for f in filters if f is not part)
        dimensions, having = (part.field,), (part,)
    if own := _SHARE_METRIC.get(metrics[0]):
        return _Shared((own, *metrics[1:]), dimensions, filters, (), having)
    return _Shared(metrics, dimensions, filters, metrics[:1] if dimensions or slots.grain else (), having)


@dataclass(frozen=True)
class _Ranked:
    """`named`: groups without a name are left out, as of any ranking."""

    order: tuple[Order, ...] = ()
    limit: int | None = None
    top_per: TopPer | None = None
    named: bool = False


def _ranking(
    slots: Slots,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    grain: Grain | None,
    compare: Compare | None,
    catalogue: Catalogue,
) -> _Ranked:
    if slots.rank is None and slots.growth and slots.target and compare is not None:
        by = _changed(slots, metrics[0], compare)
        return _Ranked((Order(by=by, descending=not slots.falling),), slots.limit, named=True)
    if slots.rank is None:
        return _order_said(slots, metrics[0], dimensions, grain)
    if not dimensions and grain is None:
        return _Ranked()
    order = (Order(by=metrics[0], descending=_descending(slots.rank, metrics[0], catalogue)),)
    if slots.growth and compare is not None:
        by = _changed(slots, metrics[0], compare)
        order = (Order(by=by, descending=slots.rank.descending is not slots.falling),)
    limit = slots.limit or (1 if slots.singular else _DEFAULT_RANKING)
    if slots.per:
        group = grain if slots.target not in GRAINS and grain else dimensions[0]
        if group != slots.target:
            return _Ranked(order, None, TopPer(dimension=group, limit=limit), named=True)
    return _Ranked(order, limit, named=True)


def _changed(slots: Slots, metric: str, compare: Compare) -> str:
    """The column of the change: like for like where the period is under way, in per cent where "fastest"."""
    if compare.like_for_like is not None:
        return f"{metric}_like_for_like_change_pct"
    quick = slots.share_at is not None or (slots.rank is not None and slots.rank.quick is not None)
    return f"{metric}_change_pct" if quick else f"{metric}_change"


def _grown(slots: Slots, metric: str, compare: Compare | None) -> tuple[Filter, ...]:
    """ "Which brands grew?": those whose change has the sign that was asked for."""
    if compare is None or not slots.growth or not slots.target or slots.rank is not None:
        return ()
    sign: Operator = "<" if slots.falling else ">"
    return (Condition(field=_changed(slots, metric, compare), op=sign, value=0),)


def _order_said(slots: Slots, metric: str, dimensions: tuple[str, ...], grain: Grain | None) -> _Ranked:
    """Without a ranking: weekdays and hours in their own order, else "highest first" and a number of rows."""
    if grain is None and dimensions in (("weekday",), ("hour",)):
        return _Ranked((Order(by=dimensions[0], descending=False),))
    if slots.descending is not None and (dimensions or grain):
        return _Ranked((Order(by=metric, descending=slots.descending),), slots.limit, named=slots.ranked)
    if slots.limit and dimensions:
        return _Ranked((Order(by=metric),), slots.limit, named=True)
    return _Ranked()


def _descending(rank: RankSlot, metric: str, catalogue: Catalogue) -> bool:
    """Whether large numbers come first: "best" and "fastest" mean the small numbers where fewer is better."""
    lower_is_better = catalogue.metrics[metric].better == "lower"
    if rank.quick is not None:
        return rank.quick != (lower_is_better or metric in _IN_DAYS)
    return rank.descending != (rank.judged and lower_is_better)


def _without_nulls(dimensions: tuple[str, ...]) -> tuple[Filter, ...]:
    """Products without a brand are left out of a ranking of brands (KPIS.md)."""
    named = [d for d in dimensions if d not in ("product", "weekday", "hour")]
    return tuple(Condition(field=d, op="is not null") for d in named)


def _worst_sellers(
    slots: Slots, choice: Choice, metric: str, dimensions: tuple[str, ...], ranked: _Ranked
) -> bool:
    """Whether what did not sell at all belongs in the ranking: it sold worst."""
    from_below = slots.rank is not None and bool(ranked.order) and not ranked.order[0].descending
    of_products = len(dimensions) == 1 and dimensions[0] in _OF_PRODUCTS
    return from_below and choice.subject == "sales" and metric in _SELLING and of_products
