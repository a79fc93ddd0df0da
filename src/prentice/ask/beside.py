"""What belongs beside a number: what the data cannot bear, and why a result is empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prentice.ask.format import Formats
from prentice.errors import PrenticeError
from prentice.semantic.compile import compile_query
from prentice.semantic.model import WEEKDAYS, Catalogue
from prentice.semantic.query import Order, Query
from prentice.tenancy.registry import Registry
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Warehouse
from prentice.warehouse.reading import Spend

_COUNT_OF = {
    "sales": "transactions",
    "orders": "orders",
    "appointments": "appointments",
    "purchasing": "purchase_orders",
}


class Beside:
    """Further small queries, under the same login, limits, budget and cache as the answer's own."""

    def __init__(
        self,
        catalogue: Catalogue,
        warehouse: Warehouse,
        registry: Registry,
        scope: TenantScope,
        spend: Spend,
    ) -> None:
        self._catalogue, self._warehouse, self._registry, self._scope = catalogue, warehouse, registry, scope
        self._spend = spend

    def caveats(self, query: Query) -> list[str]:
        """Sentences such as "12 of 310 sale lines have no cost recorded", under the query's filters."""
        gaps = self._registry.gaps(self._scope)
        notes = [gaps[name] for name in query.metrics if name in gaps]
        wanted = {c.metric: c for name in query.metrics for c in self._catalogue.metric(name).caveats}
        if not wanted:
            return notes
        names = tuple(dict.fromkeys(n for c in wanted.values() for n in (c.metric, c.of) if n))
        counts = self._one_row(query, names)
        if counts is None:
            return notes
        formats = Formats.of(self._scope)
        for caveat in wanted.values():
            n = counts.get(caveat.metric) or 0
            if (caveat.when == "positive") == (n > 0):
                of = counts.get(caveat.of) if caveat.of else None
                notes.append(
                    caveat.text.format(n=formats.figure(n, "count"), of=formats.figure(of or 0, "count"))
                )
        return notes

    def _one_row(self, query: Query, metrics: tuple[str, ...]) -> dict[str, Any] | None:
        rows = self._rows(Query(metrics=metrics, filters=query.filters, range=query.range))
        return rows[0] if rows else None

    def _rows(self, query: Query) -> list[dict[str, Any]] | None:
        """The rows by column name; None where they cannot be had, which must not cost the answer."""
        try:
            statement = compile_query(query, self._catalogue, today=self._scope.today)
            rows = self._warehouse.run(self._scope, statement, spend=self._spend).rows
        except PrenticeError:
            return None
        return [{c.name: v for c, v in zip(statement.columns, row, strict=True)} for row in rows]

    def why_empty(self, query: Query, rows: Sequence[Sequence[Any]]) -> str:
        """One sentence on why there is nothing to show; '' where there is something, or nothing to say."""
        if not query.metrics or any(_tells(row, query) for row in rows):
            return ""
        model = self._catalogue.metric(query.metrics[0]).model
        name = _COUNT_OF.get(model)
        if name is None or query.range is None or query.range.from_ is None or query.range.to is None:
            return ""
        label = self._catalogue.metric(name).label.lower()
        ahead = query.range.from_ > self._scope.today
        if ahead and name != "appointments":
            return "That has not happened yet."
        anything = self._one_row(Query(metrics=(name,), range=query.range), (name,))
        if anything is None:
            return ""
        if anything.get(name):
            were = "are" if ahead else "were"
            return f"There {were} other {label} in that time." if query.filters else ""
        if ahead:
            return f"There are no {label} of any kind in that time: none is booked yet."
        day = WEEKDAYS[query.range.from_.weekday()]
        usual = self._by_weekday(name) if query.range.from_ == query.range.to else None
        if usual is not None and day not in usual:
            return (
                f"The practice was closed: there are no {label} on any {day} in the last 12 complete months."
            )
        return (
            f"There are no {label} of any kind in that time: the practice was closed, or nothing was entered."
        )

    def _by_weekday(self, metric: str) -> set[str] | None:
        """The weekdays that ever had any, over the metric's default range (12 complete months)."""
        query = Query(
            metrics=(metric,), dimensions=("weekday",), order=(Order(by="weekday", descending=False),)
        )
        rows = self._rows(query)
        return None if rows is None else {str(row["weekday"]) for row in rows if row[metric]}


def _tells(row: Sequence[Any], query: Query) -> bool:
    """Whether a row has a number other than nothing."""
    width = len(query.dimensions) + (1 if query.grain else 0)
    return any(value not in (None, 0) for value in row[width:])
