"""docs/http.md is complete: every route, every error code, every event; so is the OpenAPI description."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from httpx import Client
from people import PASSWORD, SignedIn

import prentice
import prentice.planner
import prentice.web
from prentice.app import PARTS
from prentice.ask.pipeline import Prentice
from prentice.errors import PrenticeError
from prentice.identity.roles import Permission
from prentice.identity.sessions import COOKIE_PLAIN, COOKIE_SECURE
from prentice.web import problems, signing_in

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


def described(client: Client) -> set[tuple[str, str]]:
    paths = client.get("/openapi.json").json()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    """Every route of every part, those of the pages too."""
    for part in PARTS:
        for route in part.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield method, route.path, route


def permission(dependant: Dependant) -> str:
    """What the route needs of whoever calls it, wherever in its signature that stands."""
    if (found := getattr(dependant.call, "permission", None)) is not None:
        return str(found)
    return next(filter(None, map(permission, dependant.dependencies)), "")


def listed() -> dict[str, str]:
    """Each route in the tables: `METHOD path` -> what it needs."""
    found = {}
    for line in REFERENCE.splitlines():
        if line.startswith(("| `GET /", "| `POST /", "| `DELETE /")):
            names, needed = line.split("|")[1:3]
            found |= {name: needed.strip(" `") for name in re.findall(r"`([^`]+)`", names)}
    return found


def test_every_route_is_listed_with_what_it_needs_and_nothing_else_is(client: Client) -> None:
    built = {f"{method} {path}": permission(route.dependant) for method, path, route in routes()}
    assert {f"{method} {path}" for method, path in described(client)} <= built.keys()
    assert listed() == {**built, "GET /openapi.json": "", "GET /static/…": ""}
    assert len(built) > 50


def test_the_cookies_and_headers_of_the_reference_are_those_that_are_sent(
    address: str, client: Client
) -> None:
    for cookie in (COOKIE_SECURE, COOKIE_PLAIN, signing_in.KNOWN, signing_in.OIDC):
        assert f"`{cookie}`" in REFERENCE
    counted = client.get("/v1/tenants")
    refused = httpx.get(f"{address}/v1/tenants")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_needed")
    ordinary = {"content-length", "content-type", "date", "location", "server"}
    for name in {*counted.headers, *refused.headers} - ordinary:
        assert f"`{name}" in REFERENCE.lower(), f"{name} is missing in docs/http.md"


def test_what_the_reference_says_to_type_signs_in(address: str, demo: Prentice, owner: SignedIn) -> None:
    """The token, the key and the session of the section 'Signing in', against the server as it runs."""
    user = demo.identity.users.by_id(owner.user_id)
    assert user
    form = {"email": user.email, "password": PASSWORD, "tenant": "harbour-optics"}
    pair = httpx.post(f"{address}/v1/token", json=form).json()
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    part = demo.registry.get("harbour-optics").id
    key = demo.identity.api_keys.make(owner.user_id, part, name="till", scopes=[Permission.ask], days=1)
    body = {"tenant": "harbour-optics", "metrics": ["revenue"], "dimensions": ["brand"]}
    for shown in ({"Authorization": f"Bearer {pair['access_token']}"}, {"X-Api-Key": key.text}):
        answer = httpx.post(f"{address}/v1/query", json=body, headers=shown, timeout=30)
        assert answer.json()["kind"] == "analytics"
    without = {"Cookie": owner.headers["Cookie"]}
    refused = httpx.post(f"{address}/v1/query", json=body, headers=without)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "wrong_form")
    two = {"Authorization": f"Bearer {pair['access_token']}", "X-Api-Key": key.text}
    assert httpx.post(f"{address}/v1/query", json=body, headers=two).status_code == 401
    again = httpx.post(f"{address}/v1/token/refresh", json={"refresh_token": pair["refresh_token"]}).json()
    token = {"Authorization": f"Bearer {again['access_token']}"}
    assert httpx.post(f"{address}/v1/token/revoke", json={}, headers=token).status_code == 204
    assert httpx.get(f"{address}/v1/me", headers=token).status_code == 401


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
        for status in ("401", "403", "404", "413", "415", "422", "503", "504"):
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
