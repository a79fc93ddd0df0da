"""The sentence of an answer: right figures, right grammar, dates, and why there is nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ask.sheets import AUGUST, FRAMES, SEPTEMBER, US, YEAR, composed, text

BY_UNITS = [{"by": "units_sold"}]


def test_one_figure_comes_with_its_unit_and_dates() -> None:
    assert (
        text([[46270.1]], metrics=["revenue"], range=SEPTEMBER) == "Revenue in September 2026 was £46,270.10."
    )


def test_dollars_and_dates_are_written_as_in_the_united_states() -> None:
    said = text([[1234.5]], scope=US, metrics=["revenue"], range={"from": "2026-10-02", "to": "2026-10-20"})
    assert said == "Revenue from October 2 to 20, 2026 was $1,234.50."


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "There were no transactions"),
        (1, "There was 1 transaction "),
        (1204, "There were 1,204 transactions"),
    ],
)
def test_counts_agree_in_number(count: int, said: str) -> None:
    assert text([[count]], metrics=["transactions"], range=SEPTEMBER).startswith(said)


def test_what_stands_now_is_said_in_the_present() -> None:
    assert text([[14]], metrics=["open_orders"]) == "There are 14 open orders now."
    assert text([[14210.4]], metrics=["stock_value"]) == "Stock value is £14,210.40 now."


def test_dates_that_nobody_asked_for_are_not_said_of_what_stands_now() -> None:
    assumed = {**YEAR, "assumed": True}
    assert text([[14]], metrics=["open_orders"], range=assumed) == "There are 14 open orders now."


def test_a_ratio_is_a_percentage_and_its_change_is_in_points() -> None:
    row = [[0.541, 0.528, 0.013, 0.0246]]
    said = text(row, metrics=["gross_margin_rate"], range=SEPTEMBER, compare={"range": AUGUST})
    assert (
        said
        == "Gross margin rate in September 2026 was 54.1%, up 1.3 percentage points on August 2026 (52.8%)."
    )


def test_a_ratio_of_nothing_says_what_is_missing() -> None:
    said = text([[None]], metrics=["on_time_rate"], range=SEPTEMBER)
    assert (
        said
        == "On-time rate in September 2026 cannot be told: there were no completed orders with a due date."
    )


def test_a_comparison_says_how_much_and_with_what() -> None:
    row = [[48210.55, 46270.1, 1940.45, 0.0419]]
    october = {"from": "2026-10-01", "to": "2026-10-31"}
    said = text(row, metrics=["revenue"], range=october, compare={"range": SEPTEMBER})
    assert said == (
        "Revenue in October 2026 so far (1 to 31 October 2026) was £48,210.55, "
        "up 4.2% on September 2026 (£46,270.10)."
    )


def test_a_period_under_way_is_compared_like_for_like() -> None:
    compare = {"range": SEPTEMBER, "like_for_like": {"from": "2026-09-01", "to": "2026-09-24"}}
    asked = {"from": "2026-10-01", "to": "2026-10-24"}
    said = text(
        [[40000, 46270.1, -6270.1, -0.13, 38400, 0.0417]], metrics=["revenue"], range=asked, compare=compare
    )
    assert "against £46,270.10 in the whole of September 2026" in said
    assert said.endswith("Like for like it is up 4.2% on 1 to 24 September 2026 (£38,400.00).")


def test_growth_from_nothing_is_no_percentage() -> None:
    said = text([[500, 0, 500, None]], metrics=["revenue"], range=SEPTEMBER, compare={"range": AUGUST})
    assert said == "Revenue in September 2026 was £500.00, against August 2026 (£0.00)."


def test_a_ranking_names_all_of_a_few() -> None:
    rows = [["Aldwych Strand Black", 41], ["Fjell 52", 38], ["Skog", 30]]
    said = text(
        rows,
        metrics=["units_sold"],
        dimensions=["product"],
        filters=[FRAMES],
        range=SEPTEMBER,
        order=BY_UNITS,
        limit=3,
    )
    assert said == (
        "Your top 3 frames by units sold in September 2026 were "
        "Aldwych Strand Black (41), Fjell 52 (38) and Skog (30)."
    )


def test_a_ranking_of_one() -> None:
    said = text(
        [["Aldwych", 812]],
        metrics=["units_sold"],
        dimensions=["brand"],
        range=SEPTEMBER,
        order=BY_UNITS,
        limit=1,
    )
    assert said == "Your best-selling brand in September 2026 was Aldwych with 812 units."


def test_a_short_ranking_says_that_there_are_no_more() -> None:
    said = text(
        [["A", 5], ["B", 4]],
        metrics=["units_sold"],
        dimensions=["brand"],
        range=SEPTEMBER,
        order=BY_UNITS,
        limit=10,
    )
    assert said.endswith("were A (5) and B (4) (there are only 2).")


def test_of_rows_that_are_cut_none_is_called_lowest() -> None:
    rows = [["Corrigan", 9.0], ["Aldwych", 7.0], ["Fjell", 5.0]]
    asked = {"metrics": ["revenue"], "dimensions": ["brand"], "range": SEPTEMBER}
    top = (
        "Your top 3 brands by revenue in September 2026 were "
        "Corrigan (£9.00), Aldwych (£7.00) and Fjell (£5.00)."
    )
    assert text(rows, limit=3, **asked) == top
    assert text(rows, truncated=True, **asked).startswith(top)
    assert "£21.00 in all" in text(rows, limit=4, **asked)
    assert "lowest" not in text(rows, truncated=True, **{**asked, "metrics": ["transactions", "revenue"]})


def test_the_first_of_many_steps_of_time_are_neither_highest_nor_lowest() -> None:
    months = [["2025-10-01", 5.0], ["2025-11-01", 6.0], ["2025-12-01", 4.0]]
    asked = {"metrics": ["revenue"], "range": YEAR, "grain": "month"}
    first = (
        "Revenue from October 2025 to September 2026: the first 3 months are "
        "October 2025 (£5.00), November 2025 (£6.00) and December 2025 (£4.00)."
    )
    assert text(months, limit=3, **asked) == first
    assert text(months, truncated=True, **asked).startswith(first)
    by_brand = [["2025-10-01", "A", 5.0], ["2025-10-01", "B", 6.0], ["2025-11-01", "A", 4.0]]
    assert "largest" not in text(by_brand, limit=3, dimensions=["brand"], **asked)
    assert "top" not in text(months[::-1], limit=3, order=[{"by": "month"}], **asked)


def test_an_alphabet_is_no_ranking() -> None:
    rows = [["Aldwych", 7.0], ["Corrigan", 9.0]]
    asked = {"metrics": ["revenue"], "dimensions": ["brand"], "range": SEPTEMBER, "limit": 2}
    assert text(rows, order=[{"by": "brand", "descending": False}], **asked) == (
        "Revenue in September 2026: the first 2 brands in order of name are "
        "Aldwych (£7.00) and Corrigan (£9.00)."
    )
    within = {"dimension": "category", "limit": 1}
    told = text(
        [["Sun", "Aldwych", 7.0]],
        metrics=["revenue"],
        dimensions=["category", "brand"],
        range=SEPTEMBER,
        top_per=within,
        order=[{"by": "brand", "descending": False}],
    )
    assert told.startswith("Brands in each category, with revenue, in September 2026")


def test_what_changed_most_is_told_with_its_change() -> None:
    told = text(
        [["A", 5.0, 9.0, -4.0, -0.44], ["B", 5.0, 8.0, -3.0, -0.3]],
        metrics=["revenue"],
        dimensions=["brand"],
        range=SEPTEMBER,
        compare={"range": AUGUST},
        order=[{"by": "revenue_change", "descending": False}],
        limit=2,
    )
    assert told == (
        "The 2 brands with the lowest change in revenue in September 2026 from August 2026 "
        "were A (-£4.00) and B (-£3.00)."
    )


def test_what_is_better_low_is_not_called_top() -> None:
    order = [{"by": "refund_rate"}]
    said = text(
        [["Tom", 0.1], ["Priya", 0.05]],
        metrics=["refund_rate"],
        dimensions=["staff"],
        range=SEPTEMBER,
        order=order,
        limit=2,
    )
    assert said == (
        "The 2 staff members with the highest refund rate in September 2026 "
        "were Tom (10.0%) and Priya (5.0%)."
    )


def test_a_breakdown_gives_the_whole_and_the_parts() -> None:
    rows = [["Frames", 20000], ["Lenses", 15000], [None, 5000]]
    said = text(rows, metrics=["revenue"], dimensions=["category"], range=SEPTEMBER)
    assert said == (
        "Revenue by category in September 2026: £40,000.00 in all; "
        "the largest is Frames with £20,000.00 (50.0%), "
        "then Lenses with £15,000.00 (37.5%) and no category with £5,000.00 (12.5%)."
    )


@pytest.mark.parametrize("metric", ["gross_margin_rate", "transactions"])
def test_groups_that_do_not_add_up_get_no_total(metric: str) -> None:
    said = text([["A", 0.5], ["B", 0.25]], metrics=[metric], dimensions=["brand"], range=SEPTEMBER)
    assert " in all" not in said
    assert "highest for A" in said


def test_a_part_of_the_rows_gets_no_total() -> None:
    said = text(
        [["A", 50], ["B", 25]], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER, truncated=True
    )
    assert " in all" not in said
    assert "Only the first 2 brands are shown" in said


def test_a_share_is_one_sentence() -> None:
    said = text(
        [["frame", 0.623]],
        metrics=["revenue_share"],
        dimensions=["product_type"],
        range=SEPTEMBER,
        having=[FRAMES],
    )
    assert said == "Frames made up 62.3% of revenue in September 2026."


def test_a_trend_gives_the_sum_and_the_ends() -> None:
    rows = [["2026-07-01", 100.0], ["2026-08-01", 300.0], ["2026-09-01", 200.0]]
    said = text(rows, metrics=["revenue"], grain="month", range={"from": "2026-07-01", "to": "2026-09-30"})
    assert said == (
        "Revenue by month in Q3 2026 (July to September): £600.00 in all; highest in August 2026 (£300.00), "
        "lowest in July 2026 (£100.00), last in September 2026 (£200.00)."
    )


def test_a_month_under_way_is_no_low_point() -> None:
    rows = [["2026-08-01", 300.0], ["2026-09-01", 200.0], ["2026-10-01", 10.0]]
    said = text(rows, metrics=["revenue"], grain="month", range={"from": "2026-08-01", "to": "2026-10-31"})
    assert "lowest in September 2026" in said
    assert "so far £10.00 in October 2026" in said


def test_low_stock_is_a_list_with_what_is_left() -> None:
    rows = [[f"Frame {n}", n, 10] for n in range(14)]
    said = text(
        rows,
        metrics=["stock_on_hand", "low_stock_threshold"],
        dimensions=["product"],
        filters=[{"field": "low_stock", "value": True}],
        order=[{"by": "stock_on_hand", "descending": False}],
    )
    assert said == (
        "14 active products are at or below their low-stock threshold; lowest first: Frame 0 (0 of 10), "
        "Frame 1 (1 of 10), Frame 2 (2 of 10) and 11 more."
    )


def test_a_list_of_stock_that_is_empty_says_so() -> None:
    said = text(
        [],
        metrics=["stock_on_hand"],
        dimensions=["product"],
        filters=[{"field": "stock_quantity", "op": "<", "value": 10}, FRAMES],
    )
    assert said == "No active frames have fewer than 10 in stock."


def test_an_empty_result_is_explained() -> None:
    day = {"from": "2026-10-25", "to": "2026-10-25"}
    said = text(
        [],
        metrics=["revenue"],
        range=day,
        filters=[{"field": "brand", "value": "Nordhaven"}],
        hint="nothing was sold that day at all",
    )
    assert (
        said
        == "There were no sales for Nordhaven on Sunday 25 October 2026. Nothing was sold that day at all."
    )


def test_a_hint_is_not_given_where_there_is_something() -> None:
    assert "closed" not in text([[5.0]], metrics=["revenue"], range=SEPTEMBER, hint="the practice was closed")


def test_a_slow_seller_that_sold_nothing_needs_no_explanation() -> None:
    order = [{"by": "units_sold", "descending": False}]
    said = text(
        [["A", 0], ["B", 0]],
        metrics=["units_sold"],
        dimensions=["brand"],
        range=SEPTEMBER,
        order=order,
        limit=2,
        include_empty=True,
        hint="There were other transactions.",
    )
    assert said == "Your 2 slowest-selling brands by units sold in September 2026 were A (0) and B (0)."


def test_groups_beyond_a_bound_are_counted_and_named() -> None:
    having = [{"field": "revenue", "op": ">", "value": 5000}]
    said = text(
        [["A", 9000], ["B", 8000]], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER, having=having
    )
    assert said == "2 brands with revenue over £5,000.00 in September 2026: A (£9,000.00) and B (£8,000.00)."


def test_a_group_beyond_no_bound_is_said() -> None:
    having = [{"field": "revenue", "op": ">", "value": 5000}]
    said = text([], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER, having=having)
    assert said == "There were no brands with revenue over £5,000.00 in September 2026."


@pytest.mark.parametrize(
    ("metric", "condition", "said"),
    [
        (
            "active_products",
            {"field": "stock_quantity", "op": "<", "value": 5},
            "products with under 5 in stock",
        ),
        ("active_products", {"field": "low_stock", "value": True}, "products that are low in stock"),
        ("orders", {"field": "status", "value": "on_hold"}, "orders with status on hold"),
        ("orders", {"field": "lens_type", "value": "Single Vision"}, "orders with Single Vision lenses"),
        ("orders", {"field": "lens_type", "value": "single_vision"}, "orders with single vision lenses"),
        ("units_sold", {"field": "product_type", "op": "!=", "value": "frame"}, "units sold without frames"),
        (
            "transactions",
            {"not": {"field": "payment_method", "value": "cash"}},
            "transactions not paid by cash",
        ),
        (
            "transactions",
            {"field": "weekday", "op": "in", "value": ["Saturday", "Sunday"]},
            "on Saturdays and Sundays",
        ),
        ("orders", {"field": "coating", "op": "is null"}, "orders without a coating"),
    ],
)
def test_filters_are_said_in_the_words_of_the_trade(
    metric: str, condition: dict[str, object], said: str
) -> None:
    assert said in text([[7]], metrics=[metric], range=SEPTEMBER, filters=[condition])


def test_a_negative_count_is_told_as_a_figure() -> None:
    said = text([[-54]], metrics=["units_adjusted"], range=SEPTEMBER)
    assert said == "Units adjusted in September 2026 were -54 units."


def test_withheld_groups_and_notes_are_said() -> None:
    said = text(
        [["A", 50], ["B", 25]],
        metrics=["revenue"],
        dimensions=["brand"],
        range=SEPTEMBER,
        withheld=2,
        notes=["3 of 10 sale lines have no cost recorded."],
    )
    assert "2 groups are withheld" in said
    assert said.endswith("3 of 10 sale lines have no cost recorded.")


def test_the_figures_to_set_in_bold_stand_in_the_text() -> None:
    answer = composed(
        [[48210.55, 46270.1, 1940.45, 0.0419]],
        metrics=["revenue"],
        range=SEPTEMBER,
        compare={"range": AUGUST},
    )
    assert answer.headline == ("£48,210.55", "4.2%")
    assert all(figure in answer.text for figure in answer.headline)


@given(st.text(max_size=60))
def test_a_stored_name_never_breaks_the_line_or_steers_the_terminal(name: str) -> None:
    said = text(
        [[name, 5], ["B", 4]],
        metrics=["units_sold"],
        dimensions=["brand"],
        range=SEPTEMBER,
        order=BY_UNITS,
        limit=2,
    )
    assert said.isprintable()
    assert "\u202e" not in said


@given(st.one_of(st.none(), st.floats(), st.integers(-(10**12), 10**12)))
def test_no_figure_breaks_the_sentence(value: float | None) -> None:
    for metric in ("revenue", "units_sold", "gross_margin_rate", "average_turnaround_days"):
        said = text([[value]], metrics=[metric], range=SEPTEMBER)
        assert said.endswith(".")
        if value is not None and not math.isfinite(value):
            assert "nan" not in said.lower()
