"""Each bad input gets its own clear error with a next step and the right status, and the service goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from httpx import Client, Response
from people import SignedIn

from prentice.app import create_app
from prentice.ask.pipeline import Prentice, open_prentice
from prentice.identity.roles import Role
from prentice.settings import Settings
from web.live import live

HARBOUR = "harbour-optics"


def told(response: Response, status: int, code: str) -> dict[str, str]:
    """The error, after its shape was checked."""
    assert response.status_code == status, response.text
    body = response.json()
    error: dict[str, str] = body["error"]
    assert set(error) == {"code", "message", "next_step", "trace_id"}
    assert error["code"] == code
    assert error["message"]
    assert error["next_step"]
    assert re.fullmatch(r"[0-9a-f]{32}", error["trace_id"])
    if response.request.url.path in ("/v1/ask", "/v1/query"):
        assert body["kind"] == "error"  # also an Answer of the contract
        assert body["answer"] == error["message"]
        assert body["rows"] == []
    return error


def ask(client: Client, question: Any, **more: Any) -> Response:
    return client.post("/v1/ask", json={"question": question, "tenant": HARBOUR, **more})


def query(client: Client, **fields: Any) -> Response:
    return client.post("/v1/query", json={"tenant": HARBOUR, **fields})


def test_an_unknown_metric_is_named_with_the_nearest_one(client: Client) -> None:
    error = told(query(client, metrics=["revnue"]), 422, "bad_query")
    assert "revnue" in error["message"]
    assert "revenue" in error["message"] + error["next_step"]


def test_a_date_that_does_not_exist_is_named(client: Client) -> None:
    response = query(client, metrics=["revenue"], range={"from": "2026-02-30", "to": "2026-03-01"})
    assert "range.from" in told(response, 422, "bad_query")["message"]


def test_a_range_that_ends_before_it_starts_is_told(client: Client) -> None:
    response = query(client, metrics=["revenue"], range={"from": "2026-03-02", "to": "2026-03-01"})
    assert "before it starts" in told(response, 422, "bad_query")["message"]


def test_a_question_of_20000_characters_is_too_long(client: Client) -> None:
    assert "20,000" in told(ask(client, "a" * 20_000), 422, "bad_question")["message"]


@pytest.mark.parametrize("question", ["rev\x00enue", "revenue\x1b[2J", "re\u202evenue", "\x07"])
def test_control_characters_are_refused(client: Client, question: str) -> None:
    told(ask(client, question), 422, "bad_question")


def test_half_a_surrogate_pair_is_refused(client: Client) -> None:
    body = b'{"question": "revenue \\ud83d", "tenant": "harbour-optics"}'
    response = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})
    told(response, 400, "bad_request")


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_an_empty_question_is_refused(client: Client, question: str) -> None:
    told(ask(client, question), 422, "bad_question")


def test_a_bad_question_in_the_context_is_refused_too(client: Client) -> None:
    told(ask(client, "and by brand?", context=["x\x00"]), 422, "bad_question")


def test_sql_in_a_question_is_declined_and_never_run(client: Client) -> None:
    answer = ask(client, "'; DROP TABLE products; -- select * from patients").json()
    assert answer["kind"] == "refusal"
    assert answer["sql"] is None


def test_an_unknown_practice_is_not_found(client: Client) -> None:
    told(ask(client, "revenue", tenant="nobody"), 404, "unknown_tenant")
    told(ask(client, "revenue", tenant="../../etc"), 422, "bad_request")


def test_what_is_missing_or_not_a_field_is_named(client: Client) -> None:
    assert (
        "question" in told(client.post("/v1/ask", json={"tenant": HARBOUR}), 422, "bad_question")["message"]
    )
    assert "tenant" in told(client.post("/v1/ask", json={"question": "x"}), 422, "bad_request")["message"]
    assert "surprise" in told(ask(client, "revenue", surprise=1), 422, "bad_request")["message"]
    assert "surprise" in told(query(client, metrics=["revenue"], surprise=1), 422, "bad_query")["message"]


@pytest.mark.parametrize("question", [None, 3, ["revenue"], {"a": 1}])
def test_a_question_that_is_no_text_is_told(client: Client, question: Any) -> None:
    told(ask(client, question), 422, "bad_question")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b"", 422, "bad_request"),
        (b"null", 422, "bad_request"),
        (b"[]", 422, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "too_deep"),
        (b"[" * 60_000, 400, "too_deep"),
        (b'{"question":"' + b"a" * 70_000 + b'"}', 413, "body_too_large"),
        (b'{"n":' + b"9" * 5000 + b"}", 400, "bad_request"),
    ],
)
def test_a_body_that_is_no_request_is_told(client: Client, body: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    told(client.post("/v1/ask", content=body, headers=headers), status, code)


def test_a_body_that_is_too_large_is_refused_though_it_does_not_say_its_length(client: Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    response = client.post("/v1/ask", content=pieces(), headers={"Content-Type": "application/json"})
    told(response, 413, "body_too_large")


def test_only_json_is_taken(client: Client) -> None:
    told(client.post("/v1/ask", data={"question": "revenue", "tenant": HARBOUR}), 415, "not_json")
    told(client.post("/v1/ask", content=b"{}", headers={"Content-Type": "text/plain"}), 415, "not_json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(client: Client, number: str) -> None:
    having = f'[{{"field":"revenue","op":">","value":{number}}}]'
    body = f'{{"tenant":"harbour-optics","metrics":["revenue"],"having":{having}}}'
    response = client.post("/v1/query", content=body, headers={"Content-Type": "application/json"})
    told(response, 400, "bad_request")


def test_an_address_that_is_none_and_a_method_that_does_not_fit(client: Client) -> None:
    told(client.get("/v1/nothing"), 404, "not_found")
    told(client.get("/v1/ask"), 405, "method_not_allowed")


def test_a_source_that_is_down_is_told_and_the_others_go_on(
    client: Client, demo: Prentice, owner: SignedIn
) -> None:
    down = demo.registry.add(
        id="downdowndown",
        slug="down",
        name="Down",
        company_id="c-down",
        source_url="postgresql://nobody:hunter2@127.0.0.1:1/none",
    )
    demo.identity.users.add_member(down.id, owner.user_id, Role.manager, by=None)
    try:
        error = told(query(client, tenant="down", metrics=["revenue"]), 503, "source_unavailable")
        assert "hunter2" not in str(error)
        asked = ask(client, "What was our revenue last month?", tenant="down")
        told(asked, 503, "source_unavailable")
        assert "retry-after" in asked.headers
        page = client.get("/", params={"tenant": "down", "q": "What was our revenue last month?"})
        assert page.status_code == 503
        assert error["message"] in page.text
    finally:
        demo.registry.remove("down")
    assert ask(client, "What was our revenue last month?").status_code == 200


def test_a_slow_query_is_cancelled_and_told(
    owner: SignedIn, demo: Prentice, session_settings: Settings
) -> None:
    """Slow for sure: someone holds the table that it must read."""
    limits = session_settings.model_copy(update={"statement_timeout_s": 0.3, "cache_ttl_s": 0})
    with (
        open_prentice(limits) as engine,
        live(create_app(limits, engine=engine)) as url,
        Client(base_url=url, timeout=30, headers=owner.headers) as hurried,
    ):
        assert query(hurried, metrics=["revenue"]).status_code == 200
        with psycopg.connect(demo.servers.source_url) as holder:
            holder.execute("lock table pos_transactions in access exclusive mode")
            told(query(hurried, metrics=["revenue"]), 504, "query_timed_out")
            holder.rollback()
        assert query(hurried, metrics=["revenue"]).status_code == 200


def test_a_query_over_the_cost_gate_is_told(owner: SignedIn, session_settings: Settings) -> None:
    gate = session_settings.model_copy(update={"max_cost": 1.0, "cache_ttl_s": 0})
    with (
        open_prentice(gate) as engine,
        live(create_app(gate, engine=engine)) as url,
        Client(base_url=url, headers=owner.headers) as client,
    ):
        told(query(client, metrics=["revenue"], dimensions=["brand"]), 422, "query_too_costly")


def test_an_unexpected_error_gives_an_id_and_never_its_text(
    demo: Prentice, session_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app: FastAPI = create_app(session_settings, engine=demo)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("patient 4711")

    with live(app) as url:
        response = httpx.get(f"{url}/broken")
    error = told(response, 500, "internal")
    assert "4711" not in response.text
    assert response.headers["x-request-id"] == error["trace_id"]
    assert response.headers["content-security-policy"]
    logged = "".join(capsys.readouterr())
    assert error["trace_id"] in logged
    assert "RuntimeError" in logged
    assert "4711" not in logged


def test_the_log_never_holds_a_question(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    ask(client, "What was the revenue of Zebrafrank last month?")
    client.get("/", params={"q": "How much did Zebrafrank sell?", "tenant": HARBOUR})
    logged = "".join(capsys.readouterr())
    assert "/v1/ask" in logged
    assert "zebrafrank" not in logged.lower()
