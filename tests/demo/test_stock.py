"""What must never break in the stockroom: the ledger adds up to the stock, and stock is never below zero."""

from __future__ import annotations

import polars as pl

from prentice.demo.practice import Practice

from .frames import Rows, pence

_SIGNS = {"sale": -1, "damaged": -1, "received": 1, "refund": 1, "initial": 1}


def test_movements_add_up_to_the_stock_of_every_product(rows: Rows) -> None:
    moved = rows["inventory_movements"].group_by("product_id").agg(pl.col("quantity").sum().alias("moved"))
    products = rows["products"].join(moved, left_on="id", right_on="product_id", how="left")
    assert products.filter(pl.col("moved").fill_null(0) != pl.col("stock_quantity")).is_empty()
    services = products.filter(pl.col("product_type") == "service")
    assert services["moved"].is_null().all()


def test_each_movement_starts_where_the_one_before_ended(rows: Rows) -> None:
    ledger = rows["inventory_movements"].sort("product_id", "created_at")
    before = pl.col("new_stock").shift(1).over("product_id").fill_null(0)
    assert ledger.filter(pl.col("previous_stock") != before).is_empty()
    assert ledger.filter(pl.col("previous_stock") + pl.col("quantity") != pl.col("new_stock")).is_empty()
    assert ledger["new_stock"].min() == 0


def test_each_kind_of_movement_has_its_sign(rows: Rows) -> None:
    for kind, sign in _SIGNS.items():
        quantities = rows["inventory_movements"].filter(pl.col("movement_type") == kind)["quantity"]
        assert len(quantities) > 20, kind
        assert (quantities * sign > 0).all(), kind
    adjustments = rows["inventory_movements"].filter(pl.col("movement_type") == "adjustment")["quantity"]
    assert (adjustments > 0).any()
    assert (adjustments < 0).any()


def test_sales_in_the_ledger_are_those_of_the_till(rows: Rows) -> None:
    goods = rows["products"].filter(pl.col("product_type") != "service").select("id")
    sold = rows["pos_transactions"].filter(pl.col("payment_status").is_in(["completed", "refunded"]))
    units = (
        rows["pos_transaction_items"]
        .join(goods, left_on="product_id", right_on="id", how="semi")
        .join(sold, left_on="transaction_id", right_on="id", how="semi")["quantity"]
        .sum()
    )
    ledger = rows["inventory_movements"].filter(pl.col("movement_type") == "sale")
    assert -ledger["quantity"].sum() == units
    assert ledger["reference_id"].is_in(sold["id"].implode()).all()


def test_deliveries_in_the_ledger_are_those_of_the_purchase_orders(rows: Rows) -> None:
    delivered = rows["purchase_orders"].filter(pl.col("status") == "delivered")
    received = rows["inventory_movements"].filter(pl.col("movement_type") == "received")
    assert set(received["reference_id"]) == set(delivered["id"])
    lines = rows["po_line_items"].join(delivered, left_on="purchase_order_id", right_on="id", how="semi")
    assert lines["quantity"].sum() == received["quantity"].sum()


def test_a_purchase_order_is_the_sum_of_its_lines(rows: Rows) -> None:
    lines = rows["po_line_items"]
    assert lines.filter(pence("total_price") != pl.col("quantity") * pence("unit_price")).is_empty()
    sums = lines.group_by("purchase_order_id").agg(pence("total_price").sum().alias("sum"))
    orders = rows["purchase_orders"].join(sums, left_on="id", right_on="purchase_order_id", how="left")
    assert orders.filter(pl.col("sum").is_null() | (pl.col("sum") != pence("total_amount"))).is_empty()
    took = pl.col("actual_delivery_date") - pl.col("created_at")
    assert orders.filter(took.is_not_null() & (took <= pl.duration(hours=1))).is_empty()


def test_the_shelf_has_all_that_questions_need(rows: Rows, practice: Practice) -> None:
    goods = rows["products"].filter(
        pl.col("company_id") == practice.company_id, pl.col("product_type") != "service"
    )
    stock, active = pl.col("stock_quantity"), pl.col("is_active")
    low = stock <= pl.col("low_stock_threshold").fill_null(10)
    assert 3 <= len(goods.filter(active, stock == 0)) <= 12
    assert 0.15 < goods.filter(active).select(low.mean()).item() < 0.45
    assert not goods.filter(~active, stock > 0).is_empty()
    assert not goods.filter(~active, stock == 0).is_empty()
    assert goods["low_stock_threshold"].is_null().any()
    assert not goods.filter(pl.col("brand").is_null()).is_empty()
    recent = rows["pos_transaction_items"].filter(pl.col("created_at") > pl.datetime(2026, 5, 4))
    dead = goods.filter(stock > 0).join(recent, left_on="id", right_on="product_id", how="anti")
    assert len(dead.filter(active)) >= 3


def test_names_are_brand_model_and_colour(rows: Rows) -> None:
    branded = rows["products"].filter(pl.col("brand").is_not_null())
    start = pl.concat_str("brand", pl.lit(" "), "model")
    assert branded.filter(~pl.col("name").str.starts_with(start)).is_empty()
    frames = branded.filter(pl.col("product_type") == "frame")
    colours = frames.group_by("company_id", "brand", "model").len()["len"]
    assert set(colours) == {2, 3}
    skus = rows["products"].select("company_id", "sku")
    assert skus.n_unique() == len(skus)
