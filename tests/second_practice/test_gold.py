"""The second practice is a yardstick, so it is measured first: its traps are there, its gold is sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo

from prentice.embedded import Servers

from .build import COMPANY_ID, OTHER_COMPANY_ID, build

QUESTIONS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("questions.yml").read_text(encoding="utf-8")
)["questions"]
ANSWERED = [q for q in QUESTIONS if q.get("expect", "answer") == "answer"]
CLOSED_OR_UNTAXED = {"vista-sales-06", "vista-sales-13", "vista-appointments-07"}  # 0 is the right answer
DATABASE = "second_practice_gold"


@pytest.fixture(scope="module")
def practice(servers: Servers) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"drop database if exists {DATABASE} with (force)".encode())
        admin.execute(f"create database {DATABASE}".encode())
        url = make_conninfo(servers.source_url, dbname=DATABASE)
        build(url)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
        admin.execute(f"drop database {DATABASE} with (force)".encode())


def rows(practice: psycopg.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    return practice.execute(sql.replace(":company", f"'{COMPANY_ID}'").encode()).fetchall()


@pytest.mark.parametrize("question", ANSWERED, ids=[q["id"] for q in ANSWERED])
def test_every_gold_answers_and_no_ranking_is_cut_through_a_tie(
    practice: psycopg.Connection[Any], question: dict[str, Any]
) -> None:
    for sql in [question["sql"], *question.get("accept", [])]:
        answer = rows(practice, sql)
        assert answer, "an empty gold would be matched by an empty answer"
        if len(answer) == 1 and len(answer[0]) == 1:
            assert bool(answer[0][0]) != (question["id"] in CLOSED_OR_UNTAXED)
        if cut := re.search(r"limit (\d+)\s*$", sql):
            everything = rows(practice, sql[: cut.start()])
            last = int(cut[1])
            assert len(everything) <= last or everything[last - 1][-1] != everything[last][-1]


def test_what_is_declined_has_no_gold() -> None:
    refused = [q for q in QUESTIONS if q.get("expect", "answer") != "answer"]
    assert len(refused) >= 10
    assert all("sql" not in q and q["reason"] for q in refused)


def test_revenue_of_lines_equals_that_of_transactions(practice: psycopg.Connection[Any]) -> None:
    [(lines, transactions)] = rows(
        practice,
        """
        with sale as (
            select * from pos_transactions
            where company_id = :company and lower(payment_status) = 'completed' and deleted_at is null
        )
        select (select sum(case when s.subtotal <> 0
                           then i.line_total * (1 - coalesce(s.discount_amount, 0) / s.subtotal) else 0 end)
                from sale s join pos_transaction_items i on i.transaction_id = s.id),
               (select sum(total_amount - coalesce(tax_amount, 0)) from sale)
        """,
    )
    assert lines == pytest.approx(transactions)


@pytest.mark.parametrize(
    "trap",
    [
        "select 1 from pos_transaction_items group by transaction_id having bool_or(unit_cost is null)",
        "select 1 from products where company_id = :company and cost is null and product_type = 'frame'",
        "select 1 from products where company_id = :company and not is_active and stock_quantity > 0",
        "select 1 from products where company_id = :company and is_active is null",
        "select 1 from products where company_id = :company and name is null and brand is not null",
        "select 1 from products where company_id = :company and brand = ''",
        "select 1 from products where company_id = :company and stock_quantity < 0",
        "select 1 from pos_transactions where company_id = :company and subtotal = 0",
        "select 1 from pos_transactions where company_id = :company and transaction_date > date '2026-11-02'",
        "select 1 from pos_transactions where company_id = :company and deleted_at is not null"
        " and lower(payment_status) = 'completed'",
        "select 1 from pos_transactions t where company_id = :company"
        " and not exists (select 1 from pos_transaction_items i where i.transaction_id = t.id)",
        "select 1 from returns r join orders o on o.id = r.order_id where o.company_id = :company"
        " group by r.order_id having count(*) = 2 and bool_and(lower(return_type) = 'remake')",
        "select 1 from returns r join non_adapts n on n.order_id = r.order_id"
        " where lower(r.return_type) = 'remake' and lower(n.resolution_type) = 'remake'",
        "select 1 from orders where company_id = :company and deleted_at is not null",
        "select 1 from orders where company_id = :company and completed_at > due_date",
        "select 1 from appointments where company_id = :company and practitioner_id is null",
        "select 1 from purchase_orders where company_id = :company and status = 'Cancelled'",
    ],
)
def test_the_traps_are_set(practice: psycopg.Connection[Any], trap: str) -> None:
    assert rows(practice, trap)


def test_tax_is_never_charged_and_the_other_practice_shares_brands_and_names(
    practice: psycopg.Connection[Any],
) -> None:
    assert rows(practice, "select distinct coalesce(tax_amount, 0) from pos_transactions") == [(0,)]
    shared = f"""
        select count(distinct p.brand), count(distinct u.last_name) from products p, users u
        where p.company_id = '{OTHER_COMPANY_ID}' and u.company_id = p.company_id
          and p.brand in (select brand from products where company_id = :company)
          and u.last_name in (select last_name from users where company_id = :company)
    """
    assert rows(practice, shared) == [(3, 2)]
