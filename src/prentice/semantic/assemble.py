"""The whole SELECT: measures -> values, shares and running totals -> changes -> having -> top per group ->
order and limit. A step becomes a CTE of its own only where the next one needs its columns by name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.columns import Made, ratio, result_columns
from prentice.semantic.facts import Level, key_name
from prentice.semantic.filters import Operand, filter_sql
from prentice.semantic.measured import Measured
from prentice.semantic.model import WEEKDAYS, Dimension, Metric, unknown
from prentice.semantic.parameters import Parameters
from prentice.semantic.query import Order, TopPer
from prentice.semantic.resolve import Resolved
from prentice.semantic.select import build_select, left_join, named, table
from prentice.semantic.statement import ResultColumn

_OF_ALL = "all_"  # prefix of what is counted over all groups


class Assembly:
    """Builds one statement. `statement` and `columns` are ready after construction."""

    def __init__(self, resolved: Resolved, parameters: Parameters) -> None:
        self.resolved, self.parameters = resolved, parameters
        query = resolved.query
        self.level = Level(tuple(d.name for d in resolved.dimensions), resolved.grain)
        self.measured = Measured(resolved, self.level, parameters)
        self.ctes = list(self.measured.ctes)
        self.totals: Measured | None = None
        made = result_columns(resolved, self.measured.value, self._share, self.measured.running)
        self.columns = (*self._dimension_columns(), *(m.column for m in made))
        self._source = self.measured.name
        if self.totals:
            self.ctes = [*self.totals.ctes, *self.ctes]
            if self._by_period:
                self._join_totals(self.totals)
        self._pending = made  # metric columns not yet given by `_source`
        if query.compare:
            self._step("compared", [m for m in made if not m.late])
        if query.having or query.top_per:
            self._step("answered", made)
        if query.top_per and query.having:
            self._step("kept", made, where=self._having())
        if query.top_per:
            self._rank(made, query.top_per)
        self.statement = self._final(made)

    # -- columns ---------------------------------------------------------------------------------

    def _dimension_columns(self) -> list[ResultColumn]:
        grain = self.resolved.grain
        found = (
            [ResultColumn(grain, "dimension", None, None, grain.capitalize(), "dimension")] if grain else []
        )
        found += [
            ResultColumn(d.name, "dimension", None, d.unit, d.label, "dimension")
            for d in self.resolved.dimensions
        ]
        return found

    def _share(self, metric: Metric, suffix: str) -> exp.Expr:
        """The group's part of the total: of that period's where the result is by time *and* by something
        else, of the whole otherwise."""
        value = self.measured.value(metric, suffix)
        if self.measured.adds_up(metric):
            window = exp.Window(this=exp.Sum(this=value.copy()), over="OVER")
            if self._by_period:
                window.set("partition_by", [exp.column(str(self.level.grain))])
            return ratio(value, window)
        if self.totals is None:
            level = Level((), self.level.grain if self._by_period else None)
            self.totals = Measured(self.resolved, level, self.parameters, prefix=_OF_ALL)
        total = self.totals.value(metric, suffix)
        if self._by_period:
            return ratio(value, total.transform(_of_all))
        return ratio(value, exp.Subquery(this=build_select([total], table(self.totals.name))))

    @property
    def _by_period(self) -> bool:
        """Whether a share is of its period's total."""
        return bool(self.level.grain and self.level.dimensions)

    def _join_totals(self, totals: Measured) -> None:
        """Each row with its period's totals beside it: joined once, where a look-up for each row of a
        product's days would take minutes."""
        grain, mine = str(self.level.grain), self.measured
        here = [exp.column(c, table=mine.name) for c in (*mine.keys, *mine.labels, *mine.measures)]
        beside = [named(exp.column(m, table=totals.name), _OF_ALL + m) for m in totals.measures]
        same = exp.EQ(
            this=exp.column(grain, table=totals.name), expression=exp.column(grain, table=mine.name)
        )
        joined = build_select([*here, *beside], table(mine.name), joins=[left_join(table(totals.name), same)])
        self.ctes.append(("with_totals", joined))
        self._source = "with_totals"

    # -- steps -----------------------------------------------------------------------------------

    def _hidden(self) -> list[exp.Expr]:
        """Keys and labels, handed from step to step."""
        return [exp.column(name) for name in (*self.measured.keys, *self.measured.labels)]

    def _values(self, columns: list[Made]) -> list[exp.Expr]:
        """These columns, worked out where no earlier step has."""
        pending = {m.column.name for m in self._pending}
        return [
            named(m.expression, m.column.name) if m.column.name in pending else exp.column(m.column.name)
            for m in columns
        ]

    def _step(self, name: str, columns: list[Made], where: Sequence[exp.Expr] = ()) -> None:
        select = build_select([*self._hidden(), *self._values(columns)], table(self._source), where=where)
        self.ctes.append((name, select))
        self._source = name
        done = {m.column.name for m in columns}
        self._pending = [m for m in self._pending if m.column.name not in done]

    def _rank(self, made: list[Made], top: TopPer) -> None:
        window = exp.Window(
            this=exp.RowNumber(),
            partition_by=[exp.column(self._key_of(top.dimension))],
            over="OVER",
            order=exp.Order(expressions=self._ordering(self.resolved.query.order or self._best_first())),
        )
        columns = [*self._hidden(), *self._values(made), named(window, "place")]
        self.ctes.append(("ranked", build_select(columns, table(self._source))))
        self._source = "ranked"

    def _final(self, made: list[Made]) -> exp.Select:
        query = self.resolved.query
        where: list[exp.Expr] = []
        order = list(query.order) or self._default_order()
        if query.top_per:
            where.append(
                exp.LTE(this=exp.column("place"), expression=exp.Literal.number(query.top_per.limit))
            )
            order = self._within_groups(self._canonical(query.top_per.dimension))
        elif query.having:
            where += self._having()
        shown = [self._shown(column) for column in self.columns if column.role == "dimension"]
        return build_select(
            [*shown, *self._values(made)],
            table(self._source),
            where=where,
            order=self._ordering(order),
            limit=query.limit,
            ctes=self.ctes,
        )

    def _within_groups(self, group: str) -> list[Order]:
        """Group by group, and within each in the order that was asked for."""
        order = list(self.resolved.query.order) or self._best_first()
        asked = [item for item in order if self._canonical(item.by) == group]
        return [*(asked or [Order(by=group, descending=False)]), *order]

    def _shown(self, column: ResultColumn) -> exp.Expr:
        if column.name == "weekday":
            number = exp.column("weekday_number")
            whens = [
                exp.If(this=exp.Literal.number(n), true=exp.Literal.string(day))
                for n, day in enumerate(WEEKDAYS, 1)
            ]
            return named(exp.Case(this=number, ifs=whens), "weekday")
        return exp.column(column.name)

    # -- names -----------------------------------------------------------------------------------

    def _canonical(self, name: str) -> str:
        """The result column that `name` means, aliases of dimensions included. Raises `BadQuery`."""
        names = [column.name for column in self.columns]
        if name in names:
            return name
        for dimension in self.resolved.dimensions:
            if name in dimension.aliases:
                return dimension.name
        raise BadQuery(*unknown("column of the result", name, {n: n for n in names}, names))

    def _dimension(self, name: str) -> Dimension | None:
        return next((d for d in self.resolved.dimensions if d.name == name), None)

    def _key_of(self, name: str) -> str:
        canonical = self._canonical(name)
        if canonical == self.resolved.grain:
            return canonical
        axis = next((a for a in self.measured.axes if a.dimension.name == canonical), None)
        if axis is None:
            raise BadQuery(f"'{name}' is not a dimension of the result.", "Name one of its dimensions.")
        return key_name(axis)

    # -- having and order ------------------------------------------------------------------------

    def _having(self) -> list[exp.Expr]:
        def operand(name: str) -> Operand:
            canonical = self._canonical(name)
            if canonical == self.resolved.grain:
                return Operand(name, "date", exp.column(canonical), exp.column(canonical))
            dimension = self._dimension(canonical)
            if dimension is None:
                return Operand(name, "number", exp.column(canonical), exp.column(canonical))
            key = exp.column(self._key_of(canonical))
            shown = key if dimension.type == "weekday" else exp.column(canonical)
            return Operand(name, dimension.type, key, shown, dimension)

        return [filter_sql(item, operand, self.parameters) for item in self.resolved.query.having]

    def _best_first(self) -> list[Order]:
        return [Order(by=self.resolved.metrics[0].name, descending=True)]

    def _default_order(self) -> list[Order]:
        if self.resolved.grain:
            return [Order(by=self.resolved.grain, descending=False)]
        return self._best_first() if self.level.dimensions else []

    def _ordering(self, order: list[Order] | tuple[Order, ...]) -> list[exp.Expr]:
        """The order asked for, then by name: the same question gives the same rows. Missing values last."""
        if self.level.whole:
            for item in order:
                self._canonical(item.by)
            return []
        wanted: dict[str, bool] = {}
        for item in order:
            wanted.setdefault(self._canonical(item.by), item.descending)
        for column in self.columns:
            if column.role == "dimension":
                wanted.setdefault(column.name, False)
        return [
            exp.Ordered(
                this=exp.column("weekday_number" if name == "weekday" else name),
                desc=descending,
                nulls_first=False,
            )
            for name, descending in wanted.items()
        ]


def _of_all(node: exp.Expr) -> exp.Expr:
    return exp.column(_OF_ALL + node.name) if isinstance(node, exp.Column) else node
