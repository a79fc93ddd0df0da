"""An Answer on the page: figures as people write them, nothing that could be a tag, withheld said as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from jinja2 import Environment

from prentice.ask.contract import Answer, AnswerRange, Column, Understood
from prentice.ask.format import NOTHING
from prentice.semantic.model import Catalogue
from prentice.tenancy.scope import TenantScope
from prentice.web.card import Card, card
from prentice.web.emphasis import sentence
from prentice.web.page import templates

HARBOUR = TenantScope(
    "aaaaaaaaaaaa", "harbour", "Harbour", "GBP", "GB", "Europe/London", date(2026, 10, 31), "owner"
)
BLUEBIRD = replace(HARBOUR, currency="USD", country="US")
BRAND = Column(name="brand", role="dimension", label="Brand")
MONTH = Column(name="month", role="dimension", label="Month")


def metric(name: str, unit: str, **more: Any) -> Column:
    return Column(name=name, role="metric", metric=name, unit=unit, **more)


def made(answer: Answer, scope: TenantScope = HARBOUR, **more: Any) -> Card:
    return card(answer, asked="?", context=(), scope=scope, catalogue=Catalogue.load(), **more)


def cells(answer: Answer, scope: TenantScope = HARBOUR) -> list[list[str]]:
    table = made(answer, scope).table
    assert table is not None
    return [[cell.text for cell in row] for row in table.rows]


def answered(columns: list[Column], rows: list[list[Any]], **more: Any) -> Answer:
    return Answer(kind="analytics", answer="It is so.", columns=columns, rows=rows, trace_id="t" * 32, **more)


def test_money_dates_and_hours_are_written_as_people_there_write_them() -> None:
    day, hour = Column(name="day", role="dimension"), Column(name="hour", role="dimension")
    answer = answered(
        [day, hour, metric("revenue", "GBP")], [["2026-10-31", 14, 1234.5], ["2026-10-30", 9, -2]]
    )
    assert cells(answer)[0] == ["31 October 2026", "14:00", "£1,234.50"]
    us = answer.model_copy(update={"columns": [day, hour, metric("revenue", "USD")]})
    assert cells(us, BLUEBIRD)[0] == ["October 31, 2026", "2 PM", "$1,234.50"]
    assert cells(answer)[1][2] == "\N{MINUS SIGN}£2.00"


def test_ratios_are_per_cent_and_changes_carry_their_sign() -> None:
    columns = [
        BRAND,
        metric("discount_rate", "ratio"),
        Column(name="revenue_change_pct", role="metric", metric="revenue", unit="ratio"),
        Column(name="revenue_change", role="metric", metric="revenue", unit="GBP"),
    ]
    assert cells(answered(columns, [["Reef", 0.1234, 0.05, -10], ["Fjell", 0, 0, 0]])) == [
        ["Reef", "12.3%", "+5.0%", "\N{MINUS SIGN}£10.00"],
        ["Fjell", "0.0%", "0.0%", "£0.00"],
    ]


def test_a_withheld_group_is_named_and_never_0_or_blank() -> None:
    columns, rows = [BRAND, metric("revenue", "GBP")], [["Reef", None], ["Fjell", 3]]
    assert cells(answered(columns, rows, withheld=1))[0][1] == "withheld (fewer than 11 people)"
    assert cells(answered(columns, rows))[0][1] == NOTHING


def test_one_figure_needs_no_table_and_several_of_one_thing_stand_downwards() -> None:
    assert made(answered([metric("revenue", "GBP")], [[5]])).table is None
    both = answered(
        [metric("revenue", "GBP", label="Revenue"), metric("units_sold", "units", label="Units sold")],
        [[5, 7]],
    )
    assert cells(both) == [["Revenue", "£5.00"], ["Units sold", "7"]]


def test_long_tables_are_folded_and_longer_ones_left_to_the_csv() -> None:
    columns = [BRAND, metric("revenue", "GBP")]
    table = made(answered(columns, [[f"b{n}", n] for n in range(600)])).table
    assert table is not None
    assert (table.folded, len(table.rows), table.total) == (True, 500, 600)
    html = html_of(made(answered(columns, [[f"b{n}", n] for n in range(600)])))
    assert "Show all 500 rows" in html
    assert "500 of 600 rows" in html


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'


def html_of(made_card: Card) -> str:
    environment: Environment = templates
    return environment.get_template("card.html").render(card=made_card)


def test_no_text_of_an_answer_becomes_a_tag() -> None:
    answer = answered(
        [Column(name="product", role="dimension", label=HOSTILE), metric("revenue", "GBP")],
        [[HOSTILE, 1], [HOSTILE + "2", 2]],
        understood=[Understood(slot="filter", words=HOSTILE, options=[HOSTILE])],
        alternatives=[HOSTILE],
        follow_ups=[HOSTILE],
        notes=[HOSTILE],
        definitions={HOSTILE: HOSTILE},
        sql=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        query={"filters": [{"field": HOSTILE, "op": "=", "value": HOSTILE}]},
        range=AnswerRange.model_validate({"from": "2026-10-01", "to": "2026-10-31", "words": HOSTILE}),
    ).model_copy(update={"answer": HOSTILE, "trace_id": HOSTILE})
    chart = {"data": {"values": [{"a": HOSTILE}]}, "mark": "text", "encoding": {"text": {"field": "a"}}}
    from prentice.web.charts import for_page

    html = html_of(
        card(
            answer,
            asked=HOSTILE,
            context=(HOSTILE,),
            scope=HARBOUR,
            catalogue=Catalogue.load(),
            chart=[for_page(chart, 400)],
        )
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "49" not in html.replace("49%", "")
    assert html.count("&lt;script&gt;") > 10


@pytest.mark.parametrize(
    ("text", "columns", "rows", "strong"),
    [
        ("Revenue on 31 October 2026 was £31.00.", [metric("revenue", "GBP")], [[31]], ["£31.00"]),
        (
            "Your top 3 frames sold 13, 11 and 3.",
            [BRAND, metric("units_sold", "units")],
            [["a", 13], ["b", 11], ["c", 3]],
            ["13", "11", "3"],
        ),
        (
            "It fell by 12.5% to $1,204.50.",
            [metric("x", "ratio"), metric("revenue", "USD")],
            [[-0.125, 1204.5]],
            ["12.5%", "$1,204.50"],
        ),
        (
            "41 products are low, from 1 to 9 March.",
            [BRAND, metric("stock_on_hand", "units")],
            [["a", 0]] * 41,
            ["41"],
        ),
        ("Nothing was sold in 2026.", [metric("revenue", "GBP")], [[None]], []),
    ],
)
def test_the_figures_of_the_rows_are_bold_and_dates_are_not(
    text: str, columns: list[Column], rows: list[list[Any]], strong: list[str]
) -> None:
    answer = answered(columns, rows)
    pieces = sentence(answer, text)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.strong] == strong


def test_offers_and_notes_are_not_said_twice() -> None:
    refusal = Answer(
        kind="refusal",
        answer="I do not forecast. What I can answer: Show revenue / Show units",
        alternatives=["Show revenue", "Show units"],
    )
    assert "".join(p.text for p in made(refusal).sentence) == "I do not forecast."
    noted = answered([metric("revenue", "GBP")], [[1]], notes=["Two lines have no cost."])
    noted = noted.model_copy(update={"answer": "It is £1.00. Two lines have no cost."})
    assert "".join(p.text for p in made(noted).sentence) == "It is £1.00."
