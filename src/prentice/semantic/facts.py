"""One fact, aggregated: the only place where rows are counted, before anything is joined to them.

Every join here is many-to-one, so a row of the fact is counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from prentice.semantic.filters import Operand, filter_sql
from prentice.semantic.model import Axis, Fact, Join, MeasureAt
from prentice.semantic.parameters import Parameters
from prentice.semantic.query import Filter, Grain
from prentice.semantic.resolve import Resolved
from prentice.semantic.select import build_select, left_join, named, subquery, view


@dataclass(frozen=True)
class Bounds:
    """Days a fact is counted over, both included, and how far its dates are moved to stand beside others."""

    name: str  # prefix of the parameters: '', 'previous_', 'like_for_like_'
    first: date | None
    last: date | None
    shift: tuple[int, str] | None = None  # (3, 'MONTH'): later by three months


@dataclass(frozen=True)
class Level:
    """What rows are grouped by."""

    dimensions: tuple[str, ...]
    grain: Grain | None

    @property
    def whole(self) -> bool:
        return not self.dimensions and self.grain is None


def key_columns(level: Level, axes: Iterable[Axis]) -> list[str]:
    """The columns that tell groups apart, grain first."""
    keys = [level.grain] if level.grain else []
    return [*map(str, keys), *(key_name(axis) for axis in axes)]


def key_name(axis: Axis) -> str:
    """The column of a CTE that a dimension is grouped by."""
    kind = axis.dimension.type
    return (
        f"{axis.dimension.name}_{'key' if kind == 'text' else 'number'}"
        if kind in ("text", "weekday")
        else axis.dimension.name
    )


def aggregate(
    fact: Fact,
    measures: Sequence[tuple[str, MeasureAt]],
    resolved: Resolved,
    level: Level,
    bounds: Bounds,
    parameters: Parameters,
    filters: Sequence[Filter],
) -> exp.Select:
    """SELECT keys, labels, measures FROM fact … GROUP BY keys. Measures are named as given."""
    axes = [fact.axes[name] for name in level.dimensions]
    needs = set(fact.needs).union(*(axis.needs for axis in axes), *(at.needs for _, at in measures))

    def operand(field: str) -> Operand:
        axis = fact.axes[resolved.filtered[field].name]
        needs.update(axis.needs)
        return Operand(field, axis.dimension.type, axis.key or axis.value, axis.value, axis.dimension)

    where = [condition.copy() for condition in fact.where]
    if fact.time is not None:
        where += _within(fact.time, fact.until_today, bounds, parameters)
    where += [filter_sql(item, operand, parameters) for item in filters]
    keys = [named((axis.key or axis.value).copy(), key_name(axis)) for axis in axes]
    if level.grain and fact.time is not None:
        keys.insert(0, named(_grain(fact.time, level.grain, bounds), level.grain))
    labels = [(axis.dimension.name, axis.value) for axis in axes if axis.key is not None]
    counted = [named(at.aggregate.copy(), name) for name, at in measures]
    first = keys
    if fact.per is not None:
        needs |= fact.per.needs
        first = [*keys, named(fact.per.key.copy(), "each_key")]
        columns = [named(column.copy(), name) for name, column in fact.per.columns.items()]
    else:
        columns = counted
    select = build_select(
        [*first, *_shown(labels), *columns],
        view(fact.relation, fact.alias),
        joins=[_join(fact, join, bounds, parameters) for name, join in fact.joins.items() if name in needs],
        where=where,
        group_first=len(first),
    )
    if fact.per is None:
        return select
    outer = [exp.column(key.alias_or_name) for key in keys]
    again = _shown([(name, exp.column(name)) for name, _ in labels])
    return build_select([*outer, *again, *counted], subquery(select, "by_each"), group_first=len(outer))


def _shown(labels: Iterable[tuple[str, exp.Expr]]) -> list[exp.Expr]:
    """One spelling for the rows of a group: the first of those stored."""
    return [named(exp.Min(this=text.copy()), name) for name, text in labels]


def _join(fact: Fact, join: Join, bounds: Bounds, parameters: Parameters) -> exp.Join:
    """The joined relation. An aggregate of transactions is kept to the dates that the fact is kept to."""
    source = join.source.copy()
    if join.time is not None:
        inner = source.find(exp.Select)
        conditions = _within(join.time, fact.until_today, bounds, parameters)
        if isinstance(inner, exp.Select) and conditions:
            inner.where(*conditions, copy=False)
    return left_join(source, join.on.copy())


def _within(time: exp.Expr, until_today: bool, bounds: Bounds, parameters: Parameters) -> list[exp.Expr]:
    """`time` from the first day to the last, that one included; never after today where that cannot be."""
    conditions: list[exp.Expr] = []
    last = bounds.last
    if until_today:
        last = min(last, parameters.today) if last else parameters.today
    if bounds.first:
        start = parameters.day(f"{bounds.name}from_day", bounds.first)
        conditions.append(exp.GTE(this=time.copy(), expression=start))
    if last:
        end = parameters.day(f"{bounds.name}before_day", last + timedelta(days=1))
        conditions.append(exp.LT(this=time.copy(), expression=end))
    return conditions


def _grain(time: exp.Expr, grain: Grain, bounds: Bounds) -> exp.Expr:
    """The first day of the unit that `time` lies in, moved by the shift."""
    first = exp.TimestampTrunc(this=time.copy(), unit=exp.Var(this=grain.upper()))
    if bounds.shift is None or bounds.shift[0] == 0:
        return exp.cast(first, "DATE")
    count, unit = bounds.shift
    moved = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.Var(this=unit))
    return exp.cast(exp.Add(this=first, expression=moved), "DATE")
