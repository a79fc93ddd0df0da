"""What must never break at the till: money adds up to the penny, nothing is sold while the door is shut."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl

from prentice.demo.practice import Practice

from .frames import TODAY, Rows, pence


def test_a_line_is_quantity_times_price_less_its_discount(rows: Rows) -> None:
    wrong = rows["pos_transaction_items"].filter(
        pence("line_total") != pl.col("quantity") * pence("unit_price") - pence("discount_amount")
    )
    assert wrong.is_empty()


def test_a_subtotal_is_the_sum_of_its_lines(rows: Rows) -> None:
    lines = (
        rows["pos_transaction_items"].group_by("transaction_id").agg(pence("line_total").sum().alias("lines"))
    )
    sales = rows["pos_transactions"].join(lines, left_on="id", right_on="transaction_id", how="left")
    assert sales.filter(pl.col("lines").is_null() | (pl.col("lines") != pence("subtotal"))).is_empty()


def test_a_total_is_subtotal_less_discount_plus_tax(rows: Rows) -> None:
    sales = rows["pos_transactions"]
    assert sales.filter(
        pence("total_amount") != pence("subtotal") - pence("discount_amount") + pence("tax_amount")
    ).is_empty()
    assert sales.filter(pence("discount_amount") > pence("subtotal")).is_empty()
    assert sales.filter(pl.min_horizontal("discount_amount", "tax_amount", "total_amount") < 0).is_empty()


def test_tax_is_the_practices_rate_on_taxed_lines_after_the_sales_discount(
    rows: Rows, practice: Practice
) -> None:
    taxed = (
        rows["pos_transaction_items"]
        .group_by("transaction_id")
        .agg(pl.col("line_total").filter(pl.col("tax_rate") > 0).sum().alias("taxed"))
    )
    sales = (
        rows["pos_transactions"]
        .filter(pl.col("company_id") == practice.company_id)
        .join(taxed, left_on="id", right_on="transaction_id")
    )
    share = 1 - pl.col("discount_amount") / pl.col("subtotal")
    off = (pl.col("taxed") * share * practice.tax_rate / 100 - pl.col("tax_amount")).abs()
    assert sales.filter(off > 0.0051).is_empty()


def test_discounts_come_on_lines_on_sales_and_on_both(rows: Rows) -> None:
    on_lines = rows["pos_transaction_items"].filter(pl.col("discount_amount") > 0)["transaction_id"].unique()
    on_sale = pl.col("discount_amount") > 0
    on_line = pl.col("id").is_in(on_lines.implode())
    sales = rows["pos_transactions"]
    for kind in (on_sale & ~on_line, on_line & ~on_sale, on_line & on_sale):
        assert len(sales.filter(kind)) > 50


def test_nothing_is_sold_on_closed_days_or_after_today_or_at_night(rows: Rows) -> None:
    at = pl.col("transaction_date")
    sales = rows["pos_transactions"]
    assert sales.filter(at.dt.weekday() == 7).is_empty()
    assert sales.filter(at.dt.month() == 12, at.dt.day().is_in([25, 26])).is_empty()
    assert sales.filter(at.dt.month() == 1, at.dt.day() == 1).is_empty()
    assert sales.filter((at.dt.time() < time(9)) | (at.dt.time() > time(17, 30))).is_empty()
    assert sales["transaction_date"].max() < datetime(2026, 11, 1)
    assert sales["refunded_at"].drop_nulls().max() < datetime(2026, 11, 1)


def test_both_practices_sell_on_the_last_day_and_in_each_of_26_months(rows: Rows, practice: Practice) -> None:
    sales = rows["pos_transactions"].filter(pl.col("company_id") == practice.company_id)
    days = sales["transaction_date"].dt.date()
    assert (days == TODAY).any()
    assert days.min() == date(2024, 9, 2)  # the first of September was a Sunday
    assert days.dt.strftime("%Y-%m").n_unique() == 26


def test_the_size_is_that_of_a_practice(rows: Rows) -> None:
    company = rows["pos_transactions"].select("id", "company_id")
    lines = rows["pos_transaction_items"].join(company, left_on="transaction_id", right_on="id")
    counts = dict(lines.group_by("company_id").len().iter_rows())
    assert 14_000 <= counts["c-harbour-optics"] <= 18_000
    assert 10_000 <= counts["c-bluebird-eyecare"] <= 12_000


def test_saturday_is_the_strongest_day_and_december_the_quietest_month(
    rows: Rows, practice: Practice
) -> None:
    sales = rows["pos_transactions"].filter(pl.col("company_id") == practice.company_id)
    at = pl.col("transaction_date")
    by_weekday = sales.group_by(at.dt.weekday().alias("weekday")).len().sort("len", descending=True)
    assert by_weekday["weekday"][0] == 6
    whole_years = sales.filter(at.dt.year() == 2025)
    by_month = whole_years.group_by(at.dt.month().alias("month")).len().sort("len")
    assert by_month["month"][0] == 12


def test_statuses_and_second_pairs_have_their_shares(rows: Rows) -> None:
    status = rows["pos_transactions"]["payment_status"]
    assert 0.93 < (status == "completed").mean() < 0.97
    assert {"refunded", "pending", "failed", "cancelled"} <= set(status)
    refunded = rows["pos_transactions"].filter(pl.col("payment_status") == "refunded")
    assert refunded.filter(pl.col("refunded_at").is_null() | pl.col("refund_reason").is_null()).is_empty()
    assert refunded.filter(pl.col("refunded_at") <= pl.col("transaction_date")).is_empty()
    month = pl.col("refunded_at").dt.truncate("1mo") > pl.col("transaction_date").dt.truncate("1mo")
    assert 0.2 < refunded.select(month.mean()).item() < 0.9
    frames = (
        rows["pos_transaction_items"]
        .join(rows["products"].filter(pl.col("product_type") == "frame"), left_on="product_id", right_on="id")
        .group_by("transaction_id")
        .agg(pl.col("quantity").sum())
    )
    assert 0.09 < frames.select((pl.col("quantity") >= 2).mean()).item() < 0.15


def test_costs_are_missing_on_a_few_lines_and_some_lines_have_none_at_all(rows: Rows) -> None:
    lines = rows["pos_transaction_items"].join(rows["products"], left_on="product_id", right_on="id")
    assert 0.01 < lines["unit_cost"].is_null().mean() < 0.035
    assert 0 < rows["products"]["cost"].is_null().sum() < 20
    assert not lines.filter(pl.col("unit_cost").is_null() & pl.col("cost").is_null()).is_empty()


def test_sunglasses_sell_in_summer_and_childrens_frames_before_school(rows: Rows) -> None:
    sold = (
        rows["pos_transaction_items"]
        .filter(pl.col("created_at").dt.year() == 2025)
        .join(rows["products"].select("id", "category"), left_on="product_id", right_on="id")
        .with_columns(pl.col("created_at").dt.month().alias("month"))
    )
    sun = sold.filter(pl.col("category") == "Sunglasses")
    assert len(sun.filter(pl.col("month").is_in([6, 7]))) > 2 * len(
        sun.filter(pl.col("month").is_in([11, 12]))
    )
    school = sold.filter(pl.col("category") == "Children's Frames").group_by("month").len().sort("len")
    assert school["month"][-1] == 8
