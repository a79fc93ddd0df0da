"""A breakdown adds up to its total, and revenue to what the till took. Guards against joins that multiply."""

from __future__ import annotations

import psycopg
import pytest

from prentice.ask.pipeline import Prentice
from prentice.semantic.model import Catalogue
from prentice.semantic.query import GRAINS, Query, Range

PRACTICES = ("harbour-optics", "bluebird-eyecare")
CATALOGUE = Catalogue.load()
ADDITIVE = [
    "revenue",
    "gross_revenue",
    "units_sold",
    "discount_amount",
    "tax_collected",
    "cost_of_goods",
    "gross_margin",
    "stock_on_hand",
    "retail_stock_value",
    "orders",
    "open_orders",
    "late_orders",
    "appointments",
    "eye_exams",
    "purchase_spend",
    "purchase_orders",
    "units_received",
]


def _value(prentice: Prentice, practice: str, query: Query) -> float:
    rows = prentice.query(query, prentice.registry.scope(practice)).rows
    return float(rows[0][-1] or 0)


@pytest.mark.parametrize("practice", PRACTICES)
@pytest.mark.parametrize("name", ADDITIVE)
def test_the_groups_of_every_breakdown_add_up_to_the_total(demo: Prentice, practice: str, name: str) -> None:
    metric = CATALOGUE.metric(name)
    total = _value(demo, practice, Query(metrics=(name,)))
    texts = [d for d in metric.dimensions if CATALOGUE.dimension(d, name).type in ("text", "weekday", "hour")]
    assert texts
    for dimension in texts:
        answer = demo.query(Query(metrics=(name,), dimensions=(dimension,)), demo.registry.scope(practice))
        assert not answer.truncated
        added = sum(float(row[-1] or 0) for row in answer.rows)
        assert added == pytest.approx(total, abs=0.01), f"{name} by {dimension}"
    for grain in GRAINS if metric.over_time and metric.default_range != "now" else ():
        answer = demo.query(Query(metrics=(name,), grain=grain), demo.registry.scope(practice))
        assert sum(float(row[-1] or 0) for row in answer.rows) == pytest.approx(total, abs=0.01), (
            f"{name} by {grain}"
        )


@pytest.mark.parametrize("practice", PRACTICES)
def test_revenue_is_what_the_transactions_took_without_tax(demo: Prentice, practice: str) -> None:
    period = Range.model_validate({"from": "2026-01-01", "to": "2026-09-30"})
    tenant = demo.registry.get(practice)
    with psycopg.connect(demo.registry.source_url(tenant)) as connection:
        row = connection.execute(
            """select sum(total_amount - coalesce(tax_amount, 0)) from pos_transactions
               where company_id = %s and payment_status = 'completed'
                 and transaction_date >= '2026-01-01' and transaction_date < '2026-10-01'""",
            [tenant.company_id],
        ).fetchone()
    assert row
    assert _value(demo, practice, Query(metrics=("revenue",), range=period)) == pytest.approx(
        float(row[0]), abs=0.01
    )


@pytest.mark.parametrize("dimension", ["brand", "category", "staff", "payment_method"])
def test_shares_of_a_whole_add_up_to_one(demo: Prentice, dimension: str) -> None:
    answer = demo.query(
        Query(metrics=("revenue_share",), dimensions=(dimension,)), demo.registry.scope("harbour-optics")
    )
    assert sum(row[-1] for row in answer.rows) == pytest.approx(1)
