"""An answer in a terminal: narrow, without colours, and never steered by what a database holds."""

from __future__ import annotations

import io

import pytest
from ask.sheets import SEPTEMBER, UK, YEAR, columns_of, composed
from rich.console import Console

from prentice.ask.compound import joined
from prentice.ask.contract import Answer, Citation, Column
from prentice.ask.format import Formats
from prentice.ask.knowing import solved
from prentice.optics.calculators import calculator
from prentice.semantic.query import Query
from prentice.terminal import cell, show, sparkline


def answer(rows: list[list[object]], **query: object) -> Answer:
    columns = columns_of(Query.model_validate(query))
    text = composed(rows, **query).text
    return Answer(kind="analytics", answer=text, columns=columns, rows=rows, timing_ms={"total": 12})


def shown(given: Answer, width: int = 80, *, colours: bool = False) -> str:
    out = io.StringIO()
    show(given, UK, Console(file=out, width=width, force_terminal=colours, markup=False, highlight=False))
    return out.getvalue()


BRANDS = [["Aldwych", 1200.0], ["Corrigan", 600.0], ["A brand with a name that goes on for a while", 3.0]]


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = shown(answer(BRANDS, metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER), width)
    assert max(map(len, text.splitlines())) <= width
    assert "£1,200.00" in text


def test_figures_end_in_one_column_and_bars_are_in_proportion() -> None:
    lines = shown(answer(BRANDS[:2], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)).splitlines()
    rows = [line for line in lines if "█" in line]
    assert rows[0].index("£1,200.00") + len("£1,200.00") == rows[1].index("£600.00") + len("£600.00")
    assert rows[0].count("█") == 2 * rows[1].count("█")


def test_colours_are_left_away_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = answer(BRANDS, metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)
    assert "\x1b[36m" in shown(given, colours=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in shown(given, colours=True)


def test_a_stored_name_is_text() -> None:
    names = ["\x1b[31mred\x1b[0m", "[bold]loud[/bold]", ":smile:", "two\nlines"]
    text = shown(
        answer([[n, 1.0] for n in names], metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)
    )
    assert "\x1b" not in text
    assert "[bold]loud[/bold]" in text
    assert ":smile:" in text
    assert "two lines" in text


def test_a_trend_has_a_sparkline_and_a_ranking_has_none() -> None:
    months = [[f"2026-{m:02d}-01", float(m)] for m in range(1, 9)]
    assert sparkline(answer(months, metrics=["revenue"], grain="month", range=YEAR)) == "▂▃▄▅▅▆▇█"
    assert sparkline(answer(BRANDS, metrics=["revenue"], dimensions=["brand"])) == ""


def test_long_tables_say_how_much_is_left() -> None:
    rows = [[f"P{n}", float(100 - n)] for n in range(60)]
    assert "and 35 more" in shown(answer(rows, metrics=["revenue"], dimensions=["product"], range=SEPTEMBER))


def test_the_change_of_a_ratio_is_in_points() -> None:
    column = Column(name="on_time_rate_change", role="metric", metric="on_time_rate", unit="ratio")
    assert cell(column, 0.0909, Formats.of(UK)) == "9.1 points"


def test_the_experts_sentences_carry_their_sources_numbers() -> None:
    cited = [
        Citation(id="a#0", title="Coatings", source="Jalie", quote="It is thin."),
        Citation(id="b#0", title="Prices", source="Brooks", quote="It costs more."),
    ]
    told = Answer(kind="knowledge", answer="It is thin. It costs more.", citations=cited)
    assert shown(told).splitlines() == [
        "It is thin. [1]",
        "It costs more. [2]",
        "Sources",
        "  [1] Coatings: Jalie",
        "  [2] Prices: Brooks",
    ]
    urgent = told.model_copy(update={"code": "urgent", "answer": f"Seek care now: go today. {told.answer}"})
    assert shown(urgent).splitlines()[:4] == [
        "Seek care now.",
        "Go today.",
        "It is thin. [1]",
        "It costs more. [2]",
    ]


def test_a_calculation_shows_its_steps_and_its_source() -> None:
    used = calculator("prentice")
    lines = shown(solved(used.solve({"rx": "-6.00", "below": 5}), used.title), 200).splitlines()
    assert lines[0].endswith("3.00 Δ base down.")
    assert lines[1].startswith("  P = c × F")
    assert any(line.startswith("  Convention: ") for line in lines)
    assert lines[-2] == "Source"
    assert "Prentice's rule" in lines[-1]


def test_both_halves_are_shown_each_with_its_own() -> None:
    given = answer(BRANDS, metrics=["revenue"], dimensions=["brand"], range=SEPTEMBER)
    cited = [Citation(id="a#0", title="Coatings", source="Jalie", quote="It is thin.")]
    text = shown(joined([given, Answer(kind="knowledge", answer="It is thin.", citations=cited)]), 120)
    assert text.index("£1,200.00") < text.index("It is thin. [1]") < text.index("[1] Coatings: Jalie")
