"""docs/http.md is complete: every route, every error code, every event; so is the OpenAPI description."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client

import prentice
import prentice.planner
import prentice.web
from prentice.errors import PrenticeError
from prentice.web import problems

REFERENCE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
WEB = Path(str(prentice.web.__path__[0]))


def refused_codes() -> Iterator[tuple[str, int]]:
    """Every `Refused(status, code, …)` in the source."""
    for path in WEB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
                match node.args[:2]:
                    case [ast.Constant(value=int(status)), ast.Constant(value=str(code))]:
                        yield code, status


def error_codes() -> set[tuple[str, int]]:
    for module in pkgutil.walk_packages(
        prentice.__path__, "prentice."
    ):  # an error counts wherever it is defined
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    tree = [PrenticeError]
    for error in tree:
        tree.extend(error.__subclasses__())
    ours = [e for e in tree if e.__module__.startswith("prentice.")]
    plain = [(code, status) for status, (code, _, _) in problems._PLAIN.items()]
    return {*((e.code, e.status) for e in ours), *refused_codes(), *plain}


def test_every_error_code_is_listed_with_its_status() -> None:
    rows = {
        cells[1].strip(" `"): cells[2]
        for line in REFERENCE.splitlines()
        if line.startswith("| `") and (cells := line.split("|"))[2].strip()[:1].isdigit()
    }
    for code, status in error_codes():
        assert code in rows, f"{code} is missing in docs/http.md"
        assert str(status) in rows[code], f"{code}: {status}"
    assert len(error_codes()) > 15


def planner_codes() -> set[str]:
    """Every `code=`, `Problem(outcome, code, …)`, `Refusal(code, …)` and `Doubt(code, …)` of the planner."""
    found = set()
    for path in Path(str(prentice.planner.__path__[0])).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            place = {"Problem": 1, "Refusal": 0, "Doubt": 0}.get(getattr(node.func, "id", ""))
            given = [k.value for k in node.keywords if k.arg == "code"]
            given += node.args[place : place + 1] if place is not None else []
            found |= {str(v.value) for v in given if isinstance(v, ast.Constant)}
    return found


def test_every_code_of_a_refusal_and_a_question_back_is_listed() -> None:
    codes = planner_codes()
    missing = sorted(code for code in codes if f"`{code}`" not in REFERENCE)
    assert not missing, f"missing in docs/http.md: {missing}"
    assert len(codes) > 40


def routes(client: Client) -> set[tuple[str, str]]:
    described = client.get("/openapi.json").json()["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods}


def test_every_route_is_listed(client: Client, app: FastAPI) -> None:
    everything = routes(client) | {("GET", "/"), ("POST", "/page/answer"), ("GET", "/openapi.json")}
    assert len(everything) == 12
    for method, path in everything:
        assert f"`{method} {path}`" in REFERENCE, f"{method} {path} is missing in docs/http.md"


def test_every_event_is_listed() -> None:
    sent = set()
    for path in WEB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "event":
                assert isinstance(node.args[0], ast.Constant)
                sent.add(node.args[0].value)
    assert sent == {"stage", "answer", "error", "card"}
    for name in sent:
        assert f"| `{name}` |" in REFERENCE


def test_the_description_has_an_example_for_each_route_and_one_error_shape(client: Client) -> None:
    described: dict[str, Any] = client.get("/openapi.json").json()
    for path in ("/v1/ask", "/v1/query"):
        operation = described["paths"][path]["post"]
        assert operation["requestBody"]["content"]["application/json"]["examples"]
        assert operation["responses"]["200"]["content"]["application/json"]["example"]
        assert operation["responses"]["200"]["content"]["text/event-stream"]["example"]
        for status in ("403", "404", "413", "415", "422", "503", "504"):
            content = operation["responses"][status]["content"]["application/json"]
            assert content["schema"]["$ref"].endswith("/ProblemBody"), (path, status)
    assert described["paths"]["/v1/catalog"]["get"]["responses"]["200"]["content"]["application/json"][
        "example"
    ]
    assert "HTTPValidationError" not in described["components"]["schemas"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/query"])
def test_the_examples_of_the_description_work(client: Client, path: str) -> None:
    operation = client.get("/openapi.json").json()["paths"][path]["post"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        response = client.post(path, json=example["value"])
        assert response.status_code == 200, response.text
        assert response.json()["kind"] == "analytics"
