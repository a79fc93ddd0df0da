"""Facts side by side: every measure of a query, grouped once by its dimensions.

Each (fact, period) is aggregated by itself and the parts are added up with UNION ALL and one GROUP BY,
where a measure has its value in its own part and 0 in the others. Nothing is joined after it was
counted, so nothing can be multiplied; groups missing on one side count 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.conditions import iter_conditions
from prentice.semantic.facts import Bounds, Level, aggregate, key_columns
from prentice.semantic.model import Axis, Fact, MeasureAt, Metric
from prentice.semantic.parameters import Parameters
from prentice.semantic.periods import periods
from prentice.semantic.query import Filter
from prentice.semantic.resolve import Resolved, place
from prentice.semantic.select import build_select, named, subquery, table

Shape = Callable[[exp.Column], exp.Expr]


@dataclass
class _Part:
    """One fact over one period, and the measures taken there."""

    name: str
    fact: Fact
    bounds: Bounds
    measures: dict[str, MeasureAt] = field(default_factory=dict)


class Measured:
    """The measures of a query at one level: CTEs, the last of which holds keys, labels and measures."""

    def __init__(self, resolved: Resolved, level: Level, parameters: Parameters, prefix: str = "") -> None:
        self.resolved, self.level, self.prefix = resolved, level, prefix
        self.places = {metric.name: place(resolved, metric) for metric in resolved.counted}
        self._parts: dict[tuple[str, str], _Part] = {}
        self._columns: dict[tuple[str, str, str], str] = {}
        for metric in resolved.counted:
            for period in periods(resolved, metric):
                for name, at in self.places[metric.name].items():
                    ending = period.ending if at.fact.time is not None else ""
                    self._part(at.fact, ending, period.bounds).measures[name + ending] = at
                    self._columns[metric.name, period.asked, name] = name + ending
        parts = list(self._parts.values())
        self.axes: list[Axis] = [parts[0].fact.axes[name] for name in level.dimensions]
        self.keys = key_columns(level, self.axes)
        self.labels = [axis.dimension.name for axis in self.axes if axis.key is not None]
        self.measures = list(dict.fromkeys(name for part in parts for name in part.measures))
        whole = {m.name for metric in resolved.counted for m in metric.measures if m.whole}
        self._whole = {column for (_, _, m), column in self._columns.items() if m in whole}
        filters = resolved.query.filters
        self.ctes: list[tuple[str, exp.Expr]] = [
            (
                p.name,
                aggregate(p.fact, list(p.measures.items()), resolved, level, p.bounds, parameters, filters),
            )
            for p in parts
        ]
        columns = {part.name: set(part.measures) for part in parts}
        if resolved.query.include_empty and not prefix:
            self.ctes.append(("listed", self._listed(parameters)))
            columns["listed"] = set()
        if len(self.ctes) > 1:
            self.ctes.append((f"{prefix}together", self._together(columns)))
        self.name = self.ctes[-1][0]

    def _part(self, fact: Fact, suffix: str, bounds: Bounds) -> _Part:
        key = (fact.name, suffix)
        if key not in self._parts:
            self._parts[key] = _Part(f"{self.prefix}{fact.name}{suffix}", fact, bounds)
        return self._parts[key]

    def _together(self, columns: dict[str, set[str]]) -> exp.Expr:
        parts: list[exp.Select] = []
        for name, own in columns.items():
            chosen: list[exp.Expr] = [exp.column(c) for c in (*self.keys, *self.labels)]
            chosen += [exp.column(m) if m in own else named(exp.Literal.number(0), m) for m in self.measures]
            parts.append(build_select(chosen, table(name)))
        union: exp.Expr = parts[0]
        for part in parts[1:]:
            union = exp.Union(this=union, expression=part, distinct=False)
        keys = [exp.column(key) for key in self.keys]
        labels = [named(exp.Min(this=exp.column(name)), name) for name in self.labels]
        sums = [named(_sum(name, name in self._whole), name) for name in self.measures]
        return build_select([*keys, *labels, *sums], subquery(union, "parts"), group_first=len(keys))

    def _listed(self, parameters: Parameters) -> exp.Expr:
        """Active products' values of the dimensions, whether or not anything was counted for them."""
        spine = self.resolved.catalogue.spine
        if not self.level.dimensions or self.level.grain:
            raise BadQuery(
                "Only a list of products can include those that have no row.", "Break down by product."
            )
        for dimension in self.resolved.dimensions:
            if dimension.family != spine.family:
                raise BadQuery(
                    f"Groups without a row cannot be listed by '{dimension.name}'.",
                    "List them by product, brand, model, SKU, product type or category alone.",
                )
        return aggregate(
            spine.fact_for(frozenset(m.model for m in self.resolved.counted)),
            [],
            self.resolved,
            self.level,
            Bounds("", None, None),
            parameters,
            [f for f in self.resolved.query.filters if self._about_products(f)],
        )

    def _about_products(self, item: Filter) -> bool:
        """Whether a filter holds for the list as well; one on products *and* something else is refused."""
        axes = self.resolved.catalogue.spine.fact.axes
        inside = {self.resolved.filtered[c.field].name in axes for c in iter_conditions((item,))}
        if len(inside) > 1:
            raise BadQuery(
                "A filter that mixes products with something else does not say which products to list.",
                "Write the filters apart, or leave out those that have no row.",
            )
        return inside == {True}

    def value(self, metric: Metric, suffix: str) -> exp.Expr:
        """The metric's value from the measures' columns."""
        return self._expression(metric, suffix, lambda column: column)

    def running(self, metric: Metric) -> exp.Expr:
        """The metric from sums of its measures up to and including this unit of time."""
        others = [key for key in self.keys if key != self.level.grain]

        def so_far(column: exp.Expr) -> exp.Expr:
            order = exp.Order(expressions=[exp.Ordered(this=exp.column(str(self.level.grain)))])
            window = exp.Window(this=exp.Sum(this=column), over="OVER", order=order)
            if others:
                window.set("partition_by", [exp.column(key) for key in others])
            return exp.cast(window, "BIGINT") if column.name in self._whole else window

        return self._expression(metric, "", so_far)

    def adds_up(self, metric: Metric) -> bool:
        """Whether the groups of this level are disjoint for the metric: a sale with frames of two brands
        belongs to both, so that counts of sales by brand do not add up to the count of sales."""
        spread = any(d.family == "product" for d in self.resolved.dimensions)
        return not (spread and any(at.distinct for at in self.places[metric.name].values()))

    def _expression(self, metric: Metric, asked: str, shape: Shape) -> exp.Expr:
        def filled(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column):
                return shape(exp.column(self._columns[metric.name, asked, node.name]))
            return node

        return metric.expression.transform(filled)


def _sum(column: str, whole: bool) -> exp.Expr:
    """PostgreSQL makes a sum of bigints numeric; what is counted stays a whole number."""
    summed = exp.Sum(this=exp.column(column))
    return exp.cast(summed, "BIGINT") if whole else summed
