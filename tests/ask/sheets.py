"""Results as the compiler would give them, to compose answers from without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from prentice.ask.answer import Composed, compose
from prentice.ask.contract import Column
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope

CATALOGUE = Catalogue.load()
UK = TenantScope("a" * 12, "harbour", "Harbour", "GBP", "GB", "Europe/London", date(2026, 10, 31))
US = TenantScope("b" * 12, "bluebird", "Bluebird", "USD", "US", "America/Chicago", date(2026, 10, 31))

SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}
AUGUST = {"from": "2026-08-01", "to": "2026-08-31"}
YEAR = {"from": "2025-10-01", "to": "2026-09-30"}
FRAMES = {"field": "product_type", "value": "frame"}


def columns_of(query: Query, currency: str = "GBP") -> list[Column]:
    """The columns in the order that the Query's docstring gives."""
    columns = [Column(name=query.grain, role="dimension")] if query.grain else []
    columns += [Column(name=name, role="dimension") for name in query.dimensions]

    def figure(name: str, metric: str, unit: str) -> None:
        columns.append(Column(name=name, role="metric", metric=metric, unit=unit))

    for metric in query.metrics:
        unit = CATALOGUE.metric(metric).unit
        unit = currency if unit == "currency" else unit
        figure(metric, metric, unit)
        if query.compare:
            figure(f"{metric}_previous", metric, unit)
            figure(f"{metric}_change", metric, unit)
            figure(f"{metric}_change_pct", metric, "ratio")
            if query.compare.like_for_like:
                figure(f"{metric}_like_for_like", metric, unit)
                figure(f"{metric}_like_for_like_change_pct", metric, "ratio")
    for metric in query.shares:
        figure(f"{metric}_share", metric, "ratio")
    for metric in query.running_totals:
        figure(f"{metric}_running_total", metric, currency)
    return columns


def composed(
    rows: Sequence[Sequence[Any]],
    *,
    scope: TenantScope = UK,
    truncated: bool = False,
    notes: Sequence[str] = (),
    withheld: int = 0,
    hint: str = "",
    **query: Any,
) -> Composed:
    asked = Query.model_validate(query)
    return compose(
        asked,
        columns_of(asked, scope.currency),
        rows,
        scope,
        CATALOGUE,
        truncated=truncated,
        notes=notes,
        withheld=withheld,
        hint=hint,
    )


def text(rows: Sequence[Sequence[Any]], **query: Any) -> str:
    return composed(rows, **query).text
