"""The page as the server draws it: without a script it already works."""

from __future__ import annotations

import html
import re

import pytest
from httpx import Client
from people import SignedIn

HARBOUR = {"tenant": "harbour-optics"}


def page(client: Client, **params: str) -> str:
    response = client.get("/", params={**HARBOUR, **params})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def kind_of(client: Client, **params: str) -> str:
    found = re.search(r'<article class="card (\w+)"', page(client, **params))
    return found[1] if found else "none"


def thread(html: str) -> str:
    """What stands where answers go."""
    found = re.search(r'<div class="thread">(.*?)</div>\s*</main>', html, re.DOTALL)
    assert found
    return found[1].strip()


def test_before_the_first_question_there_is_the_box_one_line_and_six_suggestions(client: Client) -> None:
    shown = page(client)
    assert 'id="question"' in shown
    assert shown.count('<button name="q"') == 6
    assert "Sales, stock, lab orders, appointments and purchasing" in shown
    assert thread(shown) == ""


def test_every_suggestion_is_answered(client: Client) -> None:
    suggestions = re.findall(r'<button name="q" value="([^"]+)"', page(client))
    kinds = [kind_of(client, q=html.unescape(suggestion)) for suggestion in suggestions]
    assert kinds == ["analytics"] * 5 + ["knowledge"]


def test_a_dispenser_begins_with_stock_and_optics(address: str, dispenser: SignedIn) -> None:
    with Client(base_url=address, timeout=30, headers=dispenser.headers) as client:
        suggestions = re.findall(r'<button name="q" value="([^"]+)"', page(client))
        kinds = [kind_of(client, q=html.unescape(suggestion)) for suggestion in suggestions]
    assert "stock" in suggestions[0]
    assert kinds == ["analytics"] * 4 + ["calculation", "knowledge"]


def test_an_urgent_answer_begins_with_its_box(client: Client) -> None:
    shown = thread(page(client, q="sudden flashes and floaters"))
    assert shown.index("Seek care now") < shown.index('class="sentence')
    assert shown.count("Seek care now") == 1
    assert "does not replace an eye examination" in shown


def test_a_value_asked_back_for_is_taken_in_the_next_turn(client: Client) -> None:
    asked = "what prism if a -6.00 wearer looks below the centre?"
    assert f'name="context" value="{asked}"' in thread(page(client, q=asked))
    assert "3.00 Δ base down" in page(client, q="5", context=asked)


def test_a_question_in_the_address_is_answered_on_the_server(client: Client) -> None:
    html = page(client, q="What were our top 3 selling frames last month?")
    assert 'class="card analytics"' in html
    assert "<svg" in html
    assert html.count("<tr>") == 4
    assert "How this was worked out" in html
    assert "SELECT" in html
    assert '.csv?tenant=harbour-optics"' in html
    assert 'name="context" value="What were our top 3 selling frames last month?"' in html


def test_the_context_is_carried_in_the_address(client: Client) -> None:
    html = page(client, q="and by brand?", context="What was our revenue last month?")
    assert "by brand" in html
    assert html.count('name="context"') >= 2


def test_a_refusal_offers_what_can_be_answered_as_buttons(client: Client) -> None:
    html = page(client, q="Who are my most frequent patients?")
    assert 'class="card refusal"' in html
    assert "You can ask instead" in html
    assert '<form class="readings"' in html


@pytest.mark.parametrize(
    ("question", "status"), [("a" * 20_000, 422), ("x\x00y", 422), ("?!", 422), ("revenue last month", 200)]
)
def test_a_bad_question_gets_a_card_with_its_status(client: Client, question: str, status: int) -> None:
    response = client.get("/", params={**HARBOUR, "q": question})
    assert response.status_code == status
    assert ('class="card failure"' in thread(response.text)) == (status == 422)


@pytest.mark.parametrize("tenant", ["nobody", "../etc/passwd", "<script>", "x\x00"])
def test_an_unknown_practice_is_not_found_and_the_page_still_stands(client: Client, tenant: str) -> None:
    response = client.get("/", params={"tenant": tenant, "q": "revenue"})
    assert response.status_code == 404
    assert 'id="question"' in response.text
    assert "<script>" not in response.text


def test_a_question_never_becomes_a_tag(client: Client) -> None:
    html = page(client, q='"><script>alert(1)</script> revenue', context="<img src=x onerror=alert(1)>")
    assert "<script>alert" not in html
    assert "<img" not in html


def test_the_practices_today_is_told_where_it_is_pinned(client: Client) -> None:
    assert "31 October 2026" in page(client)
    assert "October 31, 2026" in client.get("/", params={"tenant": "bluebird-eyecare"}).text


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_script_or_style(client: Client) -> None:
    html = page(client, q="What's my revenue trend?")
    links = re.findall(r'(?:src|href|action)="([^"]*)"', html)
    assert links
    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in links)
    assert "<style" not in html
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert re.findall(r"<script[^>]*>", html) == ['<script type="module" src="/static/page.js">']
    for name in ("base.css", "page.css", "card.css", "print.css", "page.js", "mark.svg", "ruler.svg"):
        text = client.get(f"/static/{name}").text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name
