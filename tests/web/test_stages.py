"""The stages come as they happen, nothing waits for anything else, and a client may leave."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
from httpx import Client
from people import SignedIn

ASKED = {"question": "What were our top 3 selling frames last month?", "tenant": "harbour-optics"}
EVENTS = {"Accept": "text/event-stream"}


def events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_the_stages_come_in_order_and_the_answer_last(client: Client) -> None:
    with client.stream("POST", "/v1/ask", json=ASKED, headers=EVENTS) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = list(events(response))
    stages = [data["name"] for name, data in told if name == "stage"]
    assert stages == ["guard", "plan", "authorise", "run", "check", "answer"]
    assert [data["words"] for name, data in told if name == "stage"][1:5] == [
        "Understanding",
        "Understood",
        "Counting",
        "Checking",
    ]
    name, answer = told[-1]
    assert name == "answer"
    assert answer["rows"] == client.post("/v1/ask", json=ASKED).json()["rows"]


def test_a_query_is_streamed_too(client: Client) -> None:
    body = {"tenant": "harbour-optics", "metrics": ["revenue"]}
    with client.stream("POST", "/v1/query", json=body, headers=EVENTS) as response:
        assert [name for name, _ in events(response)][-1] == "answer"


def test_what_fails_before_the_first_stage_has_its_own_status(client: Client) -> None:
    response = client.post("/v1/ask", json={**ASKED, "tenant": "nobody"}, headers=EVENTS)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "unknown_tenant"


def test_what_fails_later_is_told_by_an_event(client: Client) -> None:
    body = {"tenant": "harbour-optics", "metrics": ["revnue"]}
    with client.stream("POST", "/v1/query", json=body, headers=EVENTS) as response:
        name, data = list(events(response))[-1]
    assert name == "error"
    assert data["error"]["code"] == "bad_query"
    assert data["error"]["next_step"]


def test_many_questions_at_once_do_not_hold_up_the_process(
    client: Client, address: str, owner: SignedIn
) -> None:
    """While 24 questions are counted, the pulse answers and each question gets its own answer."""
    questions = [f"revenue by brand in the last {n} days" for n in range(20, 44)]

    def ask(question: str) -> dict[str, Any]:
        body = {"question": question, "tenant": "harbour-optics"}
        asked = httpx.post(f"{address}/v1/ask", json=body, headers=owner.headers, timeout=60)
        return asked.json()  # type: ignore[no-any-return]

    with ThreadPoolExecutor(24) as pool:
        pending = [pool.submit(ask, question) for question in questions]
        slowest = 0.0
        while not all(p.done() for p in pending):
            began = time.perf_counter()
            assert client.get("/healthz").status_code == 200
            slowest = max(slowest, time.perf_counter() - began)
        answers = [p.result() for p in pending]
    assert slowest < 2
    days = {a["range"]["from"] for a in answers}
    assert len(days) == len(questions)


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(
    client: Client, address: str, owner: SignedIn
) -> None:
    host = urlsplit(address).netloc
    body = json.dumps({"question": "revenue by product by day this year", "tenant": "harbour-optics"})
    shown = "".join(f"{name}: {value}\r\n" for name, value in owner.headers.items())
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"{shown}Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    name, _, port = host.partition(":")
    for _ in range(24):  # more than may be under way at once
        with socket.create_connection((name, int(port))) as leaving:
            leaving.sendall((head + body).encode())
            assert leaving.recv(64).startswith(b"HTTP/1.1 200")
    with socket.create_connection((name, int(port))) as half:
        half.sendall((head + body[:10]).encode())
    began = time.perf_counter()
    assert client.post("/v1/ask", json=ASKED).status_code == 200
    assert time.perf_counter() - began < 15
