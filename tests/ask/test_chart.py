"""Pictures: the right kind for each shape, drawn by the real renderer, and safe with any stored name."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from ask.sheets import AUGUST, FRAMES, SEPTEMBER, US, YEAR, composed

NAMES = st.text(max_size=20).filter(lambda name: "NaN" not in name)  # what `drawn` looks for in the picture
MONTHS = [f"2025-{m:02d}-01" for m in (10, 11, 12)] + [f"2026-{m:02d}-01" for m in range(1, 10)]


def chart(rows: list[list[Any]], **query: Any) -> dict[str, Any] | None:
    return composed(rows, **query).chart


def drawn(spec: dict[str, Any] | None) -> str:
    """The picture, by the renderer that the page uses; NaN would be a mark in no place."""
    assert spec is not None
    svg = vl_convert.vegalite_to_svg(spec)
    assert "NaN" not in svg
    return svg


def marks(spec: dict[str, Any] | None) -> list[str]:
    assert spec is not None
    return [layer["mark"]["type"] for layer in spec["layer"]]


def test_one_figure_needs_no_picture() -> None:
    assert chart([[5.0]], metrics=["revenue"], range=SEPTEMBER) is None


def test_one_group_and_no_group_need_none() -> None:
    assert chart([["A", 5.0]], metrics=["revenue"], dimensions=["brand"]) is None
    assert chart([], metrics=["revenue"], dimensions=["brand"]) is None


def test_a_trend_is_a_line_with_its_last_point_labelled() -> None:
    spec = chart(
        [[m, 1000.0 + n] for n, m in enumerate(MONTHS)], metrics=["revenue"], grain="month", range=YEAR
    )
    assert marks(spec) == ["line", "text"]
    svg = drawn(spec)
    assert "£1,011" in svg
    assert "Revenue (£)" in svg


def test_days_without_a_sale_are_drawn_as_nothing_sold() -> None:
    spec = chart(
        [["2026-09-01", 5.0], ["2026-09-03", 7.0]], metrics=["revenue"], grain="day", range=SEPTEMBER
    )
    assert spec is not None
    assert [p["value"] for p in spec["layer"][0]["data"]["values"]] == [5.0, 0.0, 7.0]


def test_a_ratio_without_a_value_breaks_the_line() -> None:
    spec = chart(
        [["2026-07-01", 0.5], ["2026-09-01", 0.7]], metrics=["gross_margin_rate"], grain="month", range=YEAR
    )
    assert spec is not None
    assert [p["value"] for p in spec["layer"][0]["data"]["values"]] == [0.5, None, 0.7]
    drawn(spec)


def test_a_breakdown_is_bars_by_value_and_a_ranking_keeps_its_order() -> None:
    rows: list[list[Any]] = [["A", 1.0], ["B", 3.0], ["C", 2.0]]
    spec = chart(rows, metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)
    assert marks(spec) == ["bar", "text"]
    assert spec is not None
    assert [m["name"] for m in spec["layer"][0]["data"]["values"]] == ["B", "C", "A"]
    ranked = chart(
        rows,
        metrics=["revenue"],
        dimensions=["brand"],
        order=[{"by": "revenue", "descending": False}],
        limit=3,
    )
    assert ranked is not None
    assert [m["name"] for m in ranked["layer"][0]["data"]["values"]] == ["A", "B", "C"]


def test_more_than_25_groups_show_the_first_25_and_say_so() -> None:
    spec = chart([[f"P{n}", float(100 - n)] for n in range(60)], metrics=["revenue"], dimensions=["product"])
    assert spec is not None
    assert len(spec["layer"][0]["data"]["values"]) == 25
    assert "The first 25 of 60" in drawn(spec)


def test_weekdays_stand_in_their_order() -> None:
    rows: list[list[Any]] = [["Saturday", 900.0], ["Monday", 100.0], ["Friday", 300.0]]
    spec = chart(rows, metrics=["revenue"], dimensions=["weekday"], range=YEAR)
    assert spec is not None
    assert [m["name"] for m in spec["layer"][0]["data"]["values"]] == ["Monday", "Friday", "Saturday"]


def test_hours_are_written_as_in_the_country() -> None:
    rows: list[list[Any]] = [[14, 5.0], [9, 3.0]]
    assert ">9 AM<" in drawn(chart(rows, scope=US, metrics=["revenue"], dimensions=["hour"]))
    assert ">14:00<" in drawn(chart(rows, metrics=["revenue"], dimensions=["hour"]))


def test_shares_over_time_are_stacked_to_the_whole() -> None:
    rows = [[m, g, v] for m in MONTHS for g, v in (("frame", 0.6), ("contact_lens", 0.3), ("service", 0.1))]
    spec = chart(rows, metrics=["revenue_share"], grain="month", dimensions=["product_type"], range=YEAR)
    assert spec is not None
    assert spec["layer"][4]["data"]["values"][-1]["top"] == pytest.approx(1)
    assert "Contact lenses 30.0%" in drawn(spec)


def test_a_comparison_of_groups_is_pairs_of_bars() -> None:
    rows: list[list[Any]] = [["A", 5.0, 4.0, 1.0, 0.25], ["B", 3.0, 6.0, -3.0, -0.5]]
    svg = drawn(
        chart(rows, metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER, compare={"range": AUGUST})
    )
    assert "September 2026" in svg
    assert "August 2026" in svg


def test_a_comparison_of_two_figures_is_two_bars() -> None:
    spec = chart([[5.0, 4.0, 1.0, 0.25]], metrics=["revenue"], range=SEPTEMBER, compare={"range": AUGUST})
    assert marks(spec) == ["bar", "bar", "text"]
    drawn(spec)


def test_a_list_of_stock_shows_each_threshold() -> None:
    rows: list[list[Any]] = [["A", 0, 10], ["B", 3, 5]]
    spec = chart(
        rows,
        metrics=["stock_on_hand", "low_stock_threshold"],
        dimensions=["product"],
        filters=[{"field": "low_stock", "value": True}],
        order=[{"by": "stock_on_hand", "descending": False}],
    )
    assert marks(spec) == ["bar", "tick", "text"]
    drawn(spec)


def test_two_products_of_one_name_stay_two_bars() -> None:
    spec = chart([["A", 5.0], ["A", 3.0]], metrics=["revenue"], dimensions=["product"], filters=[FRAMES])
    assert spec is not None
    assert [m["name"] for m in spec["layer"][0]["data"]["values"]] == ["A", "A (2)"]


def test_several_lines_are_named_at_their_ends() -> None:
    rows = [[m, b, 100.0 * n] for m in MONTHS for n, b in enumerate("ABCDEFGH", 1)]
    spec = chart(rows, metrics=["revenue"], grain="month", dimensions=["brand"], range=YEAR)
    assert marks(spec).count("line") == 6
    svg = drawn(spec)
    assert "The 6 largest of 8" in svg
    assert "H £800.00" in svg


NASTY = [
    "datum.value",
    "a.b[0]",
    "\\n",
    "'; alert(1); //",
    "<script>alert(1)</script>",
    "{{x}}",
    "\u202eevil",
    "__proto__",
]


def test_stored_names_are_text_and_nothing_else() -> None:
    spec = chart(
        [[name, float(n)] for n, name in enumerate(NASTY, 1)], metrics=["revenue"], dimensions=["brand"]
    )
    assert "<script" not in drawn(spec)
    text = orjson.dumps(spec).decode()
    assert '"expr"' not in text
    assert '"calculate"' not in text
    assert "href" not in text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NAMES, st.floats(-1e9, 1e9)), min_size=2, max_size=8))
def test_any_names_and_values_can_be_drawn(groups: list[tuple[str, float]]) -> None:
    spec = chart([list(g) for g in groups], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)
    if spec is not None:
        drawn(spec)


def test_a_specification_is_small_and_json() -> None:
    spec = chart(
        [[m, 1000.0 + n] for n, m in enumerate(MONTHS)], metrics=["revenue"], grain="month", range=YEAR
    )
    assert len(orjson.dumps(spec)) < 6_000
