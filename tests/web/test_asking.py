"""`POST /v1/ask` and `/v1/query` keep to the contract."""

from __future__ import annotations

import time
from typing import Any

import jsonschema
import pytest
from httpx import Client

HARBOUR = "harbour-optics"

# The parts of docs/answer.schema.json that a program relies on most; the file itself is held elsewhere.
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": [
        *(
            "kind",
            "answer",
            "range",
            "query",
            "sql",
            "parameters",
            "columns",
            "rows",
            "withheld",
            "truncated",
        ),
        *("citations", "chart", "steps", "alternatives", "confidence", "timing_ms", "trace_id"),
    ],
    "properties": {
        "kind": {"enum": ["analytics", "refusal", "clarification", "error"]},
        "answer": {"type": "string", "minLength": 1},
        "columns": {"type": "array", "items": {"required": ["name", "role"]}},
        "rows": {"type": "array", "items": {"type": "array"}},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "timing_ms": {"type": "object", "required": ["total"]},
        "trace_id": {"type": "string", "minLength": 1},
    },
}


def ask(client: Client, question: str, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question, "tenant": HARBOUR, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    jsonschema.validate(answer, ANSWER)
    return answer


def test_a_question_in_words_is_answered_with_its_evidence(client: Client) -> None:
    answer = ask(client, "What were our top 3 selling frames last month?")
    assert answer["kind"] == "analytics"
    assert answer["range"]["from"] == "2026-09-01"
    assert answer["range"]["to"] == "2026-09-30"
    assert len(answer["rows"]) == 3
    assert "SELECT" in answer["sql"]
    assert answer["chart"] is not None


def test_the_same_question_in_words_and_as_a_query_has_the_same_rows(client: Client) -> None:
    asked = ask(client, "revenue by brand last month")
    query = client.post("/v1/query", json={"tenant": HARBOUR, "query": asked["query"]}).json()
    assert query["rows"] == asked["rows"]


def test_the_fields_of_a_query_may_stand_beside_the_tenant(client: Client) -> None:
    fields = {"metrics": ["revenue"], "range": {"from": "2026-09-01", "to": "2026-09-30"}}
    beside = client.post("/v1/query", json={"tenant": HARBOUR, **fields}).json()
    inside = client.post("/v1/query", json={"tenant": HARBOUR, "query": fields}).json()
    assert beside["rows"] == inside["rows"] != []


def test_a_follow_up_is_read_in_its_context(client: Client) -> None:
    answer = ask(client, "and by brand?", context=["What was our revenue last month?"])
    assert answer["query"]["dimensions"] == ["brand"]
    assert answer["range"]["from"] == "2026-09-01"


def test_a_person_is_never_named_and_something_else_is_offered(client: Client) -> None:
    answer = ask(client, "Who are my most frequent patients?")
    assert answer["kind"] == "refusal"
    assert answer["code"]
    assert answer["alternatives"]
    assert answer["rows"] == []


def test_each_practice_has_its_own_figures_and_currency(client: Client) -> None:
    harbour = ask(client, "What was our revenue last month?")
    bluebird = ask(client, "What was our revenue last month?", tenant="bluebird-eyecare")
    assert harbour["rows"] != bluebird["rows"]
    assert (harbour["columns"][0]["unit"], bluebird["columns"][0]["unit"]) == ("GBP", "USD")
    assert "£" in harbour["answer"]
    assert "$" in bluebird["answer"]


def test_a_query_seen_before_comes_from_the_cache_at_once(client: Client) -> None:
    body = {"tenant": HARBOUR, "metrics": ["revenue"], "dimensions": ["brand"], "grain": "month"}
    client.post("/v1/query", json=body)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        answer = client.post("/v1/query", json=body).json()
        took.append(time.perf_counter() - began)
        assert answer["cached"]
    assert sorted(took)[10] < 0.2  # benchmarks/ holds the real bound; this one catches a broken cache


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/query"])
def test_an_answer_is_never_kept_by_a_browser_or_proxy(client: Client, path: str) -> None:
    body = {"tenant": HARBOUR, "question": "revenue today"}
    if path == "/v1/query":
        body = {"tenant": HARBOUR, "metrics": ["revenue"]}  # type: ignore[dict-item]
    assert client.post(path, json=body).headers["cache-control"] == "no-store"
