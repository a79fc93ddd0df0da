"""The views over sources of several makes: fixed columns, nothing counted twice, nothing made up."""

from __future__ import annotations

import psycopg
import pytest

from prentice.errors import SourceUnsuitable
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query

from .hosts import TABLES, TODAY, House, fill

ODD = (
    TABLES.replace("id varchar primary key", "id uuid primary key default gen_random_uuid()")
    .replace("company_id varchar not null", "company_id integer not null")
    .replace("transaction_date timestamp not null", "transaction_date timestamptz not null")
    .replace("order_date timestamp", "order_date date")
    .replace("due_date timestamp", "due_date text")
    .replace("line_total numeric(10,2) not null", "line_total integer not null")
    .replace("is_active boolean", "is_active integer")
    .replace("payment_status varchar(50)", "payment_status paid")
)


def test_an_order_with_two_returns_counts_once(shared_house: House) -> None:
    rows = shared_house.run("north", "select order_id, had_remake, had_non_adapt from prentice.orders").rows
    assert sorted(rows) == [["north-o1", True, False], ["north-o2", False, True]]


def test_what_the_till_leaves_empty_has_its_stand_in(shared_house: House) -> None:
    rows = shared_house.run(
        "north",
        "select product_id, name, brand, cost, low_stock_threshold, is_active from prentice.products "
        "order by 1",
    ).rows
    assert rows == [
        ["north-p1", "Frame One", "north Brand", 40.0, 10, True],
        ["north-p2", "north-p2", None, None, 3, True],
        ["north-p3", "Eye test", None, None, 0, True],
    ]


def test_labels_have_a_key_without_case_space_or_hyphen(shared_house: House) -> None:
    sql = """select lens_type, lens_type_key, coating_key, lens_material_key from prentice.orders
             where order_id = 'north-o1'"""
    assert shared_house.run("north", sql).rows == [["Single Vision", "single_vision", "none", "cr_39"]]


def test_times_with_a_zone_are_read_on_the_practices_clock(house: House) -> None:
    fill(house.source_url, "paris", "austin")
    house.add("paris", "paris", timezone="Europe/Paris")
    house.add("austin", "austin", timezone="America/Chicago")
    sql = "select starts_at from prentice.appointments"
    assert house.run("paris", sql).rows == [["2026-07-01T01:30:00"]]
    assert house.run("austin", sql).rows == [["2026-06-30T18:30:00"]]


def test_patients_logins_among_the_users_are_not_staff(shared_house: House) -> None:
    assert shared_house.run("north", "select name from prentice.staff").rows == [["Ann north"]]


def test_a_supplier_is_named_by_the_practice_that_ordered_from_it(shared_house: House) -> None:
    assert shared_house.run("north", "select supplier from prentice.purchase_orders").rows == [
        ["north Supplies"]
    ]


def test_a_suppliers_name_is_never_a_patients_nor_one_that_was_deleted(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute(
            """alter table users add column deleted_at timestamp;
            insert into users values ('gone', 'x', 'Gone', 'Rep', 'Gone Ltd', 'supplier', now()),
              ('alone', 'x', 'Una', 'Rep', null, 'supplier', null);
            insert into purchase_orders values
              ('po2', 'north', 'gone', 'sent', 1, '2026-10-01', null),
              ('po3', 'north', 'north-u2', 'sent', 1, '2026-10-01', null),
              ('po4', 'north', 'alone', 'sent', 1, '2026-10-01', null)"""
        )
    house.add("north", "north")
    assert house.run("north", "select supplier from prentice.purchase_orders order by 1").rows == [
        ["Una Rep"],
        ["gone"],
        ["north Supplies"],
        ["north-u2"],
    ]


def test_what_is_blank_and_what_is_missing_are_one_group(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute("update orders set coating = '' where id = 'north-o1'")
        admin.execute("update orders set coating = null where id = 'north-o2'")
    house.add("north", "north")
    sql = "select coating_key, count(*) from prentice.orders group by 1"
    assert house.run("north", sql).rows == [[None, 2]]


@pytest.mark.parametrize("kind", ["numeric", "double precision", "text"])
def test_half_a_box_is_half_a_box(house: House, kind: str) -> None:
    fill(house.source_url, "north", sales=2)
    with house.admin() as admin:
        for table, column in (("pos_transaction_items", "quantity"), ("products", "stock_quantity")):
            admin.execute(f"alter table {table} alter {column} type {kind} using {column}::text::{kind}")
        admin.execute("update pos_transaction_items set quantity = '2.5' where id = 'north-i11'")
        admin.execute("update products set stock_quantity = '12345678901.5' where id = 'north-p1'")
    house.add("north", "north")
    assert house.run("north", "select max(quantity) from prentice.sale_lines").rows == [[2.5]]
    assert house.run("north", "select max(stock_quantity) from prentice.products").rows == [[12345678901.5]]


@pytest.mark.parametrize(
    ("column", "missing", "lost", "kept"),
    [
        ("stock_quantity", "how many are in stock", "stock_on_hand", "active_products"),
        ("unit_price", "prices of products", "retail_stock_value", "stock_value"),
        ("cost", "what products cost", "stock_value", "cost_of_goods"),
    ],
)
def test_stock_that_a_source_does_not_hold_is_not_counted_as_none(
    house: House, column: str, missing: str, lost: str, kept: str
) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute(f"alter table products drop column {column}")
    report = house.add("north", "north").report
    assert lost in report.cannot
    assert kept not in report.cannot
    catalogue, scope = Catalogue.load(), house.scope("north")
    house.warehouse.run(scope, compile_query(Query(metrics=(kept,)), catalogue, today=TODAY))
    with pytest.raises(SourceUnsuitable, match=missing):
        house.warehouse.run(scope, compile_query(Query(metrics=(lost,)), catalogue, today=TODAY))


def test_products_of_no_known_type_stay_in_the_stock_and_that_is_said(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute("alter table products drop column product_type")
    house.add("north", "north")
    statement = compile_query(Query(metrics=("active_products",)), Catalogue.load(), today=TODAY)
    assert house.warehouse.run(house.scope("north"), statement).rows == [[3]]
    assert "services count as stock" in house.registry.gaps(house.scope("north"))["active_products"]


def test_rows_whose_day_cannot_be_read_are_told(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute(
            """alter table orders alter order_date type text;
            alter table pos_transactions alter transaction_date type text;
            update orders set order_date = '1st of May' where id = 'north-o1';
            update pos_transactions set transaction_date = '31/12/2025'
              where id in ('north-t1', 'north-t2')"""
        )
    lines = " ".join(house.add("north", "north").report.lines())
    assert "1 orders have no date that can be read" in lines
    assert "2 sales have no date that can be read" in lines


def test_a_user_of_no_company_is_named_where_it_worked(house: House) -> None:
    fill(house.source_url, "north", "south")
    with house.admin() as admin:
        admin.execute("insert into users values ('free', null, 'Flo', 'Ating', null, 'dispenser')")
        admin.execute("update pos_transactions set staff_id = 'free' where id = 'north-t1'")
    house.add("north", "north")
    house.add("south", "south")
    assert house.run("north", "select name from prentice.staff order by 1").rows == [
        ["Ann north"],
        ["Flo Ating"],
    ]
    assert house.run("south", "select name from prentice.staff").rows == [["Ann south"]]


def test_a_source_of_other_types_in_another_schema_gives_the_same_columns(house: House) -> None:
    with house.admin() as admin:
        admin.execute(
            "create schema till; set search_path = till; create type paid as enum ('completed', 'Refunded')"
        )
        admin.execute(ODD)
        admin.execute(
            """insert into companies values (gen_random_uuid(), 'Odd'); alter table companies drop column id;
            alter table companies add column id integer; update companies set id = 7;
            insert into products (company_id, product_type, name, is_active) values (7, 'frame', 'F', 0);
            insert into pos_transactions
                (company_id, subtotal, total_amount, payment_status, transaction_date)
              values (7, 5, 5, 'Refunded', '2026-07-01 12:00+00');
            insert into pos_transaction_items (transaction_id, product_id, quantity, line_total)
              select t.id::text, p.id::text, 1, 5 from pos_transactions t, products p;
            insert into orders (company_id, status, order_date, due_date) values
              (7, 'pending', '2026-10-01', '2026-10-09'), (7, 'pending', '2026-10-01', 'next week')"""
        )
    report = house.add("odd", "7", timezone="Europe/Paris").report
    assert report.schema == "till"
    assert house.run(
        "odd", "select sold_at, payment_status_key, line_total from prentice.sale_lines"
    ).rows == [["2026-07-01T14:00:00", "refunded", 5]]
    assert house.run("odd", "select is_active from prentice.products").rows == [[False]]
    assert house.run("odd", "select ordered_at, due_at from prentice.orders order by 2").rows == [
        ["2026-10-01T00:00:00", "2026-10-09T00:00:00"],
        ["2026-10-01T00:00:00", None],
    ]


def test_what_a_source_does_not_hold_is_told_and_not_counted_as_none(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute("drop table non_adapts, appointments; alter table orders drop column due_date")
    report = house.add("north", "north").report
    assert {"non_adapt_rate", "late_orders", "appointments", "no_show_rate"} <= set(report.cannot)
    assert any("no table non_adapts" in line for line in report.lines())
    for sql, missing in (
        ("select count(*) filter (where had_non_adapt) from prentice.orders", "non-adapts"),
        ("select count(*) from prentice.orders where due_at < now()", "due dates"),
        ("select count(*) from prentice.appointments", "appointments"),
    ):
        with pytest.raises(SourceUnsuitable, match=missing):
            house.run("north", sql)
    assert house.run("north", "select count(*) filter (where had_remake) from prentice.orders").rows == [[1]]
    assert house.warehouse.values(house.scope("north"))["coating"] == ["None", "anti_reflective"]


def test_a_column_that_the_host_adds_later_is_taken_up(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:
        admin.execute("alter table orders drop column coating")
    house.add("north", "north")
    with house.admin() as admin:
        admin.execute("alter table orders add column coating text default 'mirror'")
    assert house.add("north", "north").changed
    assert house.run("north", "select distinct coating from prentice.orders").rows == [["mirror"]]


def test_the_practice_is_found_through_an_index(house: House) -> None:
    fill(house.source_url, "north", "south", sales=5000)
    house.add("south", "south")
    with house.admin() as admin:
        admin.execute("create index on pos_transactions (company_id); analyze")
    with psycopg.connect(house.login_url("south")) as login:
        login.execute("set enable_seqscan = off")
        plan = str(login.execute("explain select count(*) from prentice.sales").fetchall())
    assert "Index" in plan
