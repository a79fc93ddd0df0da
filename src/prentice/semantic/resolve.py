"""Names of a Query -> things of the Catalogue, with everything refused that cannot be counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prentice.errors import BadQuery
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.defaults import is_now
from prentice.semantic.model import Catalogue, Dimension, MeasureAt, Metric
from prentice.semantic.query import GRAINS, Grain, Query, Range

_YEARS = (1900, 2200)  # beyond what any practice recorded or plans


@dataclass(frozen=True)
class Resolved:
    """A Query whose every name exists and whose parts fit each other."""

    query: Query  # with its defaults
    catalogue: Catalogue
    metrics: tuple[Metric, ...]  # shown, in order
    shares: tuple[Metric, ...]
    running: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    filtered: dict[str, Dimension]  # by the name used in the filters
    grain: Grain | None
    notes: tuple[str, ...]

    @property
    def counted(self) -> tuple[Metric, ...]:
        """Every metric that must be counted, shown or not."""
        return tuple(dict.fromkeys((*self.metrics, *self.shares, *self.running)))

    @property
    def needed_axes(self) -> tuple[str, ...]:
        """The dimensions and grain that a fact must carry to answer."""
        names = [d.name for d in self.dimensions] + [d.name for d in self.filtered.values()]
        return tuple(dict.fromkeys([*names, *([self.grain] if self.grain else [])]))

    def follows_dates(self, metric: Metric) -> bool:
        """Whether the query's range bounds this metric."""
        return self.query.range is not None and not _as_it_stands(metric, self.query, self.catalogue)


def resolve(query: Query, catalogue: Catalogue) -> Resolved:
    """Look every name up and check that the parts fit. `query` has its defaults. Raises `BadQuery`."""
    metrics = tuple(catalogue.metric(name) for name in dict.fromkeys(query.metrics))
    shares = tuple(catalogue.metric(name) for name in dict.fromkeys(query.shares))
    running = tuple(catalogue.metric(name) for name in dict.fromkeys(query.running_totals))
    counted = tuple(dict.fromkeys((*metrics, *shares, *running)))
    grain = query.grain
    for name in query.dimensions:
        if name in GRAINS:
            raise BadQuery(f"A result has one grain of time; '{name}' is one too many.", "Keep one of them.")
    dimensions = tuple(dict.fromkeys(_dimension(catalogue, name, counted) for name in query.dimensions))
    filtered = {
        c.field: _dimension(catalogue, _no_grain(c.field), counted, "filtered")
        for c in iter_conditions(query.filters)
    }
    if grain:
        _check_grain(counted, grain)
    _check_parts(query, shares, running)
    notes = _check_dates(query, catalogue, counted)
    return Resolved(query, catalogue, metrics, shares, running, dimensions, filtered, grain, notes)


def _as_it_stands(metric: Metric, query: Query, catalogue: Catalogue) -> bool:
    """Whether the metric is counted as it stands now beside others that follow assumed dates. By month
    (week, …) it follows them too: the months of one column are those of the next."""
    assumed = query.range is not None and query.range.assumed
    return assumed and query.grain is None and is_now(metric, query, catalogue)


def _no_grain(field: str) -> str:
    if field in GRAINS:
        raise BadQuery(f"'{field}' is not a filter.", "Give the dates as the query's range.")
    return field


def _dimension(
    catalogue: Catalogue, name: str, metrics: Iterable[Metric], how: str = "broken down"
) -> Dimension:
    """What `name` means for these metrics; all of them must mean the same by it."""
    metrics = tuple(metrics)
    if name in catalogue.metrics and not catalogue.has_dimension(name):
        raise BadQuery(
            f"'{name}' is a metric, not a dimension.", "Put it among the metrics, or use it in having."
        )
    wanted = catalogue.dimension(name, metrics[0].name)
    for metric in metrics:
        if wanted not in catalogue.dimensions_of(metric.name):
            raise BadQuery(f"{metric.label} cannot be {how} by '{name}'.", offer(catalogue, metric))
    return wanted


def offer(catalogue: Catalogue, metric: Metric) -> str:
    """What the metric can be broken down by, in words."""
    names = [d.name for d in catalogue.dimensions_of(metric.name)] + (
        list(GRAINS) if metric.over_time else []
    )
    return f"'{metric.name}' can be broken down by: {', '.join(names)}."


def _check_grain(metrics: Iterable[Metric], grain: Grain) -> None:
    for metric in metrics:
        if not metric.over_time:
            raise BadQuery(
                f"{metric.label} is known only as it stands now, so it cannot be shown by {grain}.",
                f"Ask for it without a {grain}, or for what was sold or received by {grain}.",
            )


def _check_parts(query: Query, shares: Iterable[Metric], running: Iterable[Metric]) -> None:
    for metric in shares:
        if not metric.additive:
            raise BadQuery(
                f"{metric.label} is itself a ratio, so groups have no share of it.",
                "Ask for the share of a sum, such as revenue or units_sold.",
            )
    for metric in running:
        if metric.share_of:
            raise BadQuery(
                f"{metric.label} has no running total.", f"Ask for the running total of {metric.share_of}."
            )
        if query.grain is None:
            raise BadQuery(
                "A running total needs a grain of time.", "Add a grain: day, week, month, quarter or year."
            )
    if (
        query.compare
        and query.grain
        and (not query.range or not query.range.from_ or not query.compare.range.from_)
    ):
        raise BadQuery(
            "Two periods can be laid side by side only where both have a first day.", "Give both a start."
        )


def _check_dates(query: Query, catalogue: Catalogue, metrics: tuple[Metric, ...]) -> tuple[str, ...]:
    chosen, other = query.range, query.compare.range if query.compare else None
    for days in (chosen, other, query.compare.like_for_like if query.compare else None):
        _check_years(days)
    dated = chosen is not None and bool(chosen.from_ or chosen.to)
    assumed = chosen is not None and chosen.assumed
    timeless = [m for m in metrics if not m.dated]
    if other is not None:
        for metric in metrics:
            if not metric.over_time:
                raise BadQuery(
                    f"{metric.label} is known only as it stands now, so no other period can be compared.",
                    "Compare something that happens over time: revenue, units sold, orders, appointments.",
                )
        as_of_now = not dated or (assumed and any(is_now(m, query, catalogue) for m in metrics))
        if as_of_now or not (other.from_ or other.to):
            raise BadQuery("A comparison needs the dates of both periods.", "Give both a range with dates.")
    if dated and len(timeless) == len(metrics):
        raise BadQuery(
            f"{timeless[0].label} is known only as it stands now, not for other dates.",
            "Leave the dates out, or ask for what was sold, received or damaged in them.",
        )
    now = [m.label for m in metrics if dated and (not m.dated or _as_it_stands(m, query, catalogue))]
    return (f"As it stands now, whatever the dates: {', '.join(now)}.",) if now else ()


def _check_years(days: Range | None) -> None:
    """Dates that can be moved by years and stay in the calendar."""
    for day in (days.from_, days.to) if days else ():
        if day and not _YEARS[0] <= day.year <= _YEARS[1]:
            raise BadQuery(
                f"{day} lies outside the years {_YEARS[0]} to {_YEARS[1]}.", "Give dates within them."
            )


def place(resolved: Resolved, metric: Metric) -> dict[str, MeasureAt]:
    """For each measure of the metric the coarsest fact that carries all dimensions and filters."""
    places: dict[str, MeasureAt] = {}
    for measure in metric.measures:
        found = next((at for at in measure.at if at.fact.carries(resolved.needed_axes)), None)
        if found is None:  # the metric has each dimension, but no fact of this measure has all
            raise BadQuery(
                f"{metric.label} cannot be broken down by all of: {', '.join(resolved.needed_axes)}.",
                offer(resolved.catalogue, metric),
            )
        places[measure.name] = found
    return places
