"""Choosing how to join: from real plans of a real source."""

from __future__ import annotations

import psycopg
import pytest

from prentice.errors import QueryTooCostly
from prentice.warehouse.gate import Gate
from prentice.warehouse.plans import Plan, read_plan

from .hosts import House, fill

BY_INDEX = (
    "select * from pos_transactions t join pos_transaction_items i on i.transaction_id = t.id "
    "where t.payment_status = 'x'"
)
BY_ALL = "select * from pos_transactions t join pos_transaction_items i on i.quantity < t.subtotal"


def test_a_join_through_an_index_is_told_from_one_over_everything(house: House) -> None:
    fill(house.source_url, "north", sales=3000)
    with psycopg.connect(house.source_url, autocommit=True) as admin:
        admin.execute("create index on pos_transaction_items (transaction_id)")
        admin.execute("analyze")

        def plan(sql: str) -> Plan:
            return read_plan(admin.execute(f"explain (format json) {sql}").fetchone())

        admin.execute("set enable_hashjoin = off; set enable_mergejoin = off; set enable_material = off")
        assert plan("select * from pos_transactions").bounded
        assert plan(BY_INDEX).bounded
        assert not plan(BY_ALL).bounded
        admin.execute("set enable_nestloop = off")
        assert plan(BY_ALL).cost < 1e9  # what cannot be avoided is not counted as if it cost the earth


def test_the_cheaper_way_is_taken_only_where_it_stays_cheap() -> None:
    gate = Gate(max_cost=1000)
    dear = Plan(cost=900, bounded=True)
    assert gate.choose("a", dear, Plan(cost=100, bounded=True)) == (True, 100)
    assert gate.choose("a", dear, Plan(cost=100, bounded=False)) == (False, 900)
    assert gate.choose("a", dear, Plan(cost=800, bounded=True)) == (False, 900)


def test_only_what_is_clearly_cheap_by_hash_passes_without_a_look() -> None:
    gate = Gate(max_cost=1000)
    gate.choose("cheap", Plan(cost=40, bounded=True), Plan(cost=40, bounded=True))
    gate.choose("by index", Plan(cost=400, bounded=True), Plan(cost=4, bounded=True))
    gate.choose("dear", Plan(cost=400, bounded=True), Plan(cost=400, bounded=True))
    assert [gate.known_cost(name) for name in ("cheap", "by index", "dear")] == [40, None, None]


def test_the_gate_holds_for_the_way_that_is_taken() -> None:
    gate = Gate(max_cost=1000)
    assert gate.choose("a", Plan(cost=9000, bounded=True), Plan(cost=100, bounded=True)) == (True, 100)
    with pytest.raises(QueryTooCostly, match=r"9\.0 times"):
        gate.choose("a", Plan(cost=9000, bounded=True), Plan(cost=100, bounded=False))
