"""What is taken away is exactly what was shown, and only by those it was shown to."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from httpx import Client
from hypothesis import given
from hypothesis import strategies as st
from people import SignedIn

from prentice.ask.contract import Answer, Column
from prentice.web.spreadsheet import as_csv

HARBOUR = {"tenant": "harbour-optics"}


@pytest.fixture(scope="module")
def answer(client: Client) -> dict[str, Any]:
    body = {"question": "revenue by brand last month", **HARBOUR}
    found: dict[str, Any] = client.post("/v1/ask", json=body).json()
    return found


def test_the_csv_holds_every_row_of_the_answer(client: Client, answer: dict[str, Any]) -> None:
    response = client.get(f"/v1/answers/{answer['trace_id']}.csv", params=HARBOUR)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        'filename="harbour-optics-revenue-by-brand-2026-09-01-to-2026-09-30.csv"'
        in (response.headers["content-disposition"])
    )
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in response.content.replace(b"\r\n", b"")
    header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert header == ["Brand", "Revenue (GBP)"]
    assert [float(row[1]) for row in rows] == pytest.approx([row[1] for row in answer["rows"]], abs=0.005)


def test_the_chart_is_a_drawing_and_a_picture(client: Client, answer: dict[str, Any]) -> None:
    svg = client.get(f"/v1/answers/{answer['trace_id']}/chart.svg", params=HARBOUR)
    assert svg.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(svg.text).tag.endswith("svg")
    assert "var(--" not in svg.text
    png = client.get(f"/v1/answers/{answer['trace_id']}/chart.png", params=HARBOUR)
    assert png.content.startswith(b"\x89PNG")
    assert "attachment" in png.headers["content-disposition"]


@pytest.mark.parametrize("ending", [".csv", "/chart.svg", "/chart.png"])
def test_another_practice_and_another_role_never_get_it(
    client: Client, dispenser: SignedIn, answer: dict[str, Any], ending: str
) -> None:
    path = f"/v1/answers/{answer['trace_id']}{ending}"
    for params, headers in (({"tenant": "bluebird-eyecare"}, {}), (HARBOUR, dispenser.headers)):
        response = client.get(path, params=params, headers=headers)
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "answer_gone"
    never = client.get(f"/v1/answers/{'0' * 32}{ending}", params=HARBOUR)
    gone = client.get(path, params={"tenant": "bluebird-eyecare"})
    assert never.json()["error"]["message"] == gone.json()["error"]["message"]


def test_an_answer_without_a_chart_says_so(client: Client) -> None:
    one = client.post("/v1/query", json={**HARBOUR, "metrics": ["revenue"]}).json()
    response = client.get(f"/v1/answers/{one['trace_id']}/chart.png", params=HARBOUR)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "no_chart")


def table(*values: object, role: str = "dimension", unit: str | None = None) -> list[str]:
    """The one column of a table of these values, read back as a spreadsheet would."""
    column = Column.model_validate({"name": "product", "role": role, "unit": unit})
    made = as_csv(Answer(kind="analytics", answer="x", columns=[column], rows=[[v] for v in values]))
    return [row[0] for row in csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""))][1:]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), max_size=5
    )
)
def test_no_cell_starts_a_formula_and_every_text_is_kept(names: list[str]) -> None:
    for name, cell in zip(names, table(*names), strict=True):
        assert cell.replace("'", "") == name.replace("'", "")
        assert not cell.startswith(("\t", "\r", "\n"))
        for part in re.split(r"[;\t]\s*", cell):
            numeric = part.isascii() and part.lstrip("+-").replace(".", "", 1).replace("e", "").isdigit()
            assert numeric or not part.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_text_with_a_mark_that_a_spreadsheet_may_part_fields_at_is_quoted(mark: str) -> None:
    column = Column.model_validate({"name": "product", "role": "dimension"})
    made = as_csv(Answer(kind="analytics", answer="x", columns=[column], rows=[[f"Wipes{mark} 50"]]))
    assert f'"Wipes{mark} 50"' in made.decode("utf-8-sig")
    assert table(f"Wipes{mark} =1+1") == [f"Wipes{mark} '=1+1"]
    assert table(f"Wipes{mark}-3") == [f"Wipes{mark}-3"]


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t1",
        "\r=1",
        '=HYPERLINK("http://x","y")',
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1+1",
        "\uff20A1",
        "\u22121+1",
        " =1+1",
        "\u00a0=1+1",
        "\ufeff=1",
        "\u200b=1",
        '"=1+1',
        "\u201c=1+1",
        "\x0b=1",
        "- 1+1",
        "+44 7700",
        "-2.00/-0.75x180",
    ],
)
def test_a_name_that_is_a_formula_stays_a_text(name: str) -> None:
    assert table(name) == [f"'{name}"]


def test_figures_are_numbers_and_money_has_its_pence() -> None:
    assert table(-12.5, 1000.005, role="metric", unit="GBP") == ["-12.50", "1000.00"]
    assert table(0.1 + 0.2, 1 / 3, -4, role="metric", unit="ratio") == ["0.3", "0.333333", "-4"]
    assert table("-5.20", "Reef -3") == ["-5.20", "Reef -3"]
