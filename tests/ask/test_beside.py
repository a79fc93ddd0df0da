"""What is said beside a number, from the demo's own rows."""

from __future__ import annotations

from typing import Any

import pytest

from prentice.ask.accounts import Account
from prentice.ask.pipeline import Prentice
from prentice.semantic.query import Query
from prentice.warehouse.linkable import Linkable


def told(demo: Prentice, **query: Any) -> str:
    return demo.query(Query.model_validate(query), demo.registry.scope("harbour-optics")).answer


def test_what_is_still_to_come_is_not_explained_by_a_closed_practice(demo: Prentice) -> None:
    december = {"from": "2026-12-01", "to": "2026-12-31"}
    sales = told(demo, metrics=["revenue"], range=december)
    assert "has not happened yet" in sales
    assert "closed" not in sales
    far = {"from": "2036-12-01", "to": "2036-12-31"}
    assert "none is booked yet" in told(demo, metrics=["appointments"], range=far)


def test_what_is_looked_up_beside_an_answer_counts_against_the_budget(
    demo: Prentice, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[float] = []
    monkeypatch.setattr(Account, "spend", lambda self, cost: costs.append(cost))
    days = {"from": "2026-03-03", "to": "2026-03-19"}  # asked nowhere else, so nothing is in the cache
    told(demo, metrics=["units_sold"], range=days)
    alone = len(costs)
    told(demo, metrics=["gross_margin"], range=days)  # with the lines that have no cost recorded
    assert len(costs) - alone == alone + 1


def test_reading_the_values_that_a_question_may_name_counts_against_the_budget(
    demo: Prentice, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[float] = []
    monkeypatch.setattr(Account, "spend", lambda self, cost: costs.append(cost))
    scope = demo.registry.scope("harbour-optics")
    monkeypatch.setattr(demo.warehouse, "_linkable", Linkable())
    demo.ask("revenue in april", scope)
    first = len(costs)
    demo.ask("revenue in april", scope)
    assert first > 5
    assert len(costs) == first


def test_orders_open_now_beside_sales_by_year_are_counted_by_year_as_well(demo: Prentice) -> None:
    for grain in ("year", "month", "week"):
        scope = demo.registry.scope("harbour-optics")
        asked = {"metrics": ["revenue", "open_orders"], "grain": grain}
        rows = demo.query(Query.model_validate(asked), scope).rows
        days = {"from": "2025-10-01", "to": "2026-09-30"}
        alone = demo.query(Query.model_validate({**asked, "metrics": ["open_orders"], "range": days}), scope)
        assert {row[0]: row[2] for row in rows if row[2]} == {row[0]: row[1] for row in alone.rows if row[1]}
