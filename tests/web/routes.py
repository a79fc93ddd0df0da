"""Every route of the application, read from itself, and a good request of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount

from prentice.identity.roles import Permission
from prentice.web.needs import anyone

Where = Literal["path", "body", "form", "query"]
OURS = "harbour-optics"
THEIRS = "bluebird-eyecare"


@dataclass(frozen=True)
class Route:
    """`needs` is what stands in its signature; None where `anyone` does, or nothing."""

    method: str
    path: str
    needs: frozenset[Permission] = frozenset()
    anyone: bool = False
    depends: tuple[Any, ...] = ()  # the functions and classes that its signature names

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Good:
    """A request that is granted. `{practice}` and the other names in braces are filled in by the test.

    `status` is what the right person is told: where it is no success, what was named does not exist, which
    only those are told who may ask.
    """

    status: int = 200
    json: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    file: tuple[str, bytes] | None = None  # in the form's field `file`
    query: Mapping[str, str] = field(default_factory=dict)
    tenant: Where | None = None  # where it names the practice
    path: Mapping[str, str] = field(default_factory=dict)
    only: str = ""  # 'token' where no other credential will do


ANYONE = "anyone"  # in the table: a route for people who are not signed in

_WHICH = {"slug": "{practice}"}
_QUERY = {"tenant": "{practice}", "metrics": ["revenue"]}
_ANSWER: dict[str, Any] = {
    "query": {"tenant": "{practice}"},
    "tenant": "query",
    "path": {"trace_id": "{answer}"},
}

_DOCUMENTS: dict[str, Any] = {"query": {"tenant": "{practice}"}, "tenant": "query"}
_NO_DOCUMENT = {"document_id": "doc-000000000000"}

TABLE: dict[str, Good | str] = {
    "GET /openapi.json": ANYONE,
    "MOUNT /static": ANYONE,
    # What is asked
    "POST /v1/ask": Good(json={"tenant": "{practice}", "question": "revenue last month"}, tenant="body"),
    "POST /v1/query": Good(json=_QUERY, tenant="body"),
    "GET /v1/catalog": Good(query={"tenant": "{practice}"}, tenant="query"),
    "GET /v1/tenants": Good(),
    "POST /v1/feedback": Good(
        404, json={"tenant": "{practice}", "trace_id": "{answer}", "thumbs": "up"}, tenant="body"
    ),
    "POST /page/feedback": Good(
        404, form={"tenant": "{practice}", "trace_id": "{answer}", "thumbs": "up"}, tenant="form"
    ),
    "GET /v1/optics": Good(),
    "POST /v1/optics/{name}": Good(json={"rx": "-6.00", "below": 5}, path={"name": "prentice"}),
    "GET /v1/answers/{trace_id}.csv": Good(**_ANSWER),
    "GET /v1/answers/{trace_id}/chart.svg": Good(**_ANSWER),
    "GET /v1/answers/{trace_id}/chart.png": Good(**_ANSWER),
    "GET /": Good(query={"tenant": "{practice}", "q": "revenue last month"}, tenant="query"),
    "POST /page/answer": Good(json={"tenant": "{practice}", "question": "revenue last month"}, tenant="body"),
    # The practice's own documents
    "GET /v1/documents": Good(**_DOCUMENTS),
    "POST /v1/documents": Good(422, file=("run.exe", b"MZ"), **_DOCUMENTS),
    "DELETE /v1/documents/{document_id}": Good(404, path=_NO_DOCUMENT, **_DOCUMENTS),
    "POST /v1/documents/{document_id}/restore": Good(
        404, json={"version": 1}, path=_NO_DOCUMENT, **_DOCUMENTS
    ),
    # Programs
    "POST /v1/token": ANYONE,
    "POST /v1/token/refresh": ANYONE,
    "POST /v1/token/revoke": Good(204, json={}, only="token"),
    "GET /.well-known/jwks.json": ANYONE,
    "GET /v1/me": Good(),
    # Operation
    "GET /healthz": ANYONE,
    "GET /readyz": ANYONE,
    # Coming in and going out
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "GET /sign-in/second": ANYONE,
    "POST /sign-in/second/options": ANYONE,
    "POST /sign-in/second": ANYONE,
    "POST /sign-in/passkey/options": ANYONE,
    "POST /sign-in/passkey": ANYONE,
    "POST /sign-in/with/{provider}": ANYONE,
    "GET /sign-in/back/{provider}": ANYONE,
    "GET /welcome": ANYONE,
    "POST /welcome": ANYONE,
    "GET /reset": ANYONE,
    "POST /reset": ANYONE,
    "POST /sign-out": Good(303, form={}),
    "GET /welcome/in": Good(410, query={"token": "nothing"}),
    "POST /welcome/in": Good(410, form={"token": "nothing"}),
    # One's account
    "GET /account": Good(),
    "GET /account/prove": Good(),
    "POST /account/prove": Good(303, form={"password": "{password}"}),
    "POST /account/prove/options": Good(json={}),
    "GET /account/password/first": Good(303),
    "POST /account/password/first": Good(422, form={"new": "four trays of lenses"}),
    "GET /account/totp/remove": Good(),
    "GET /account/passkeys/{passkey_id}/remove": Good(404, path={"passkey_id": "p_none"}),
    "POST /account/password": Good(422, form={"old": "{password}", "new": "short"}),
    "POST /account/totp": Good(form={}),
    "POST /account/totp/confirm": Good(401, form={"code": "000000"}),
    "POST /account/totp/remove": Good(303, form={"password": "{password}"}),
    "POST /account/recovery": Good(409, form={"password": "{password}"}),
    "POST /account/passkeys/options": Good(json={}),
    "POST /account/passkeys": Good(401, json={"pending": "nothing", "credential": {}}),
    "POST /account/passkeys/{passkey_id}/remove": Good(
        404, form={"password": "{password}"}, path={"passkey_id": "p_none"}
    ),
    "POST /account/sessions/{session_id}/end": Good(404, form={}, path={"session_id": "s_none"}),
    "POST /account/sessions/end-others": Good(303, form={}),
    "POST /account/keys": Good(
        form={"name": "A till", "tenant": "{practice}", "days": "1", "scopes": "ask"}, tenant="form"
    ),
    "POST /account/keys/{key_id}/revoke": Good(404, form={}, path={"key_id": "a_none"}),
    # A practice's administration
    "GET /practices/{slug}/users": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/users": Good(
        form={"email": "{email}", "role": "assistant"}, path=_WHICH, tenant="path"
    ),
    "POST /practices/{slug}/users/{user_id}": Good(
        404, form={"role": "assistant"}, path={**_WHICH, "user_id": "u_none"}, tenant="path"
    ),
    "POST /practices/{slug}/users/{user_id}/remove": Good(
        404, form={}, path={**_WHICH, "user_id": "u_none"}, tenant="path"
    ),
    "POST /practices/{slug}/invitations/{invitation_id}/withdraw": Good(
        410, form={}, path={**_WHICH, "invitation_id": "i_none"}, tenant="path"
    ),
    "GET /practices/{slug}/keys": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/keys/{key_id}/revoke": Good(
        404, form={}, path={**_WHICH, "key_id": "a_none"}, tenant="path"
    ),
    "GET /practices/{slug}/documents": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/documents": Good(422, file=("run.exe", b"MZ"), path=_WHICH, tenant="path"),
    "POST /practices/{slug}/documents/{document_id}/remove": Good(
        404, form={}, path={**_WHICH, **_NO_DOCUMENT}, tenant="path"
    ),
    "POST /practices/{slug}/documents/{document_id}/restore": Good(
        404, form={"version": "1"}, path={**_WHICH, **_NO_DOCUMENT}, tenant="path"
    ),
    "GET /practices/{slug}/use": Good(path=_WHICH, tenant="path"),
    "GET /practices/{slug}/feedback": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/feedback/{feedback_id}": Good(
        404, form={"verdict": "reject"}, path={**_WHICH, "feedback_id": "f_none"}, tenant="path"
    ),
    "GET /practices/{slug}/settings": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/settings": Good(303, form={}, path=_WHICH, tenant="path"),
    "GET /practices/{slug}/audit": Good(path=_WHICH, tenant="path"),
    "POST /practices/{slug}/audit/verify": Good(form={}, path=_WHICH, tenant="path"),
    "GET /practices/{slug}/audit.jsonl": Good(path=_WHICH, tenant="path"),
    # The operator's page: every practice is the operator's, so none is named in vain
    "GET /operator/tenants": Good(),
    "POST /operator/tenants": Good(
        409, form={"slug": OURS, "company_id": "nobody", "owner": "not an address"}
    ),
    "POST /operator/tenants/{slug}/suspend": Good(404, form={}, path={"slug": "no-such-practice"}),
    "POST /operator/tenants/{slug}/resume": Good(404, form={}, path={"slug": "no-such-practice"}),
}


def routes(app: FastAPI) -> list[Route]:
    """Everything that answers a request, whether or not the description names it."""
    return sorted(_routes(app.routes), key=lambda route: route.key)


def _routes(found: list[BaseRoute]) -> Iterator[Route]:
    for one in iter_route_contexts(found):
        if isinstance(one.original_route, Mount):
            yield Route("MOUNT", one.original_route.path)
            continue
        dependant: Dependant | None = getattr(one, "dependant", None)
        calls = list(_calls(dependant)) if dependant else []
        needs = frozenset(p for call in calls if (p := getattr(call, "permission", None)))
        assert one.path is not None, one
        for method in sorted((one.methods or set()) - {"HEAD"}):
            yield Route(method, one.path, needs, anyone in calls, tuple(calls))


def _calls(dependant: Dependant) -> Iterator[Any]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with `{name}` replaced in every text of it."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, Mapping):
        return {key: filled(item, names) for key, item in value.items()}
    return [filled(item, names) for item in value] if isinstance(value, list) else value


def request_of(route: str, good: Good, **names: str) -> dict[str, Any]:
    """What httpx is to send: `client.request(**request_of(…))`."""
    method, _, path = route.partition(" ")
    asked: dict[str, Any] = {"method": method, "url": filled(filled(path, good.path), names)}
    if good.query:
        asked["params"] = filled(good.query, names)
    if good.json is not None:
        asked["json"] = filled(good.json, names)
    if good.file is not None:
        asked["files"] = {"file": good.file}
    if good.form is not None:
        asked["data"] = filled(good.form, names)
        asked["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
    return asked
