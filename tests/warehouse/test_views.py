"""The views over sources of several makes: fixed columns, nothing counted twice, nothing made up."""

from __future__ import annotations

import psycopg
import pytest

from prentice.errors import SourceUnsuitable

from .hosts import TABLES, House, fill

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
