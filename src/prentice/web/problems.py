"""Every failure in one shape: `{"error": {"code", "message", "next_step", "trace_id"}}`.

The two routes of the contract (`/v1/ask`, `/v1/query`) give the same `error` inside an Answer of kind
`error`, so that a client holding everything to `answer.schema.json` need not look at the status first.
No message holds an exception's own text, a question, a value or a path of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from prentice.ask.contract import Answer
from prentice.errors import PrenticeError
from prentice.web import examples

CONTRACT_PATHS = ("/v1/ask", "/v1/query")


class Problem(BaseModel):
    """What went wrong, for the person and for the program."""

    code: str = Field(description="Stable; docs/http.md lists them all", examples=["bad_query"])
    message: str = Field(examples=["Unknown metric 'revnue'."])
    next_step: str = Field(examples=["Did you mean 'revenue'?"])
    trace_id: str = Field(description="Give this to whoever runs the server; it finds the log line")


class ProblemBody(BaseModel):
    error: Problem


TOLD: dict[int, str] = {
    400: "Not readable: broken or too deep JSON, an unknown Host",
    401: "Nobody is signed in: a session, token or API key is missing, unknown, expired or revoked",
    403: "The role or the key may not do this, a form is not of this session, or another site's page sent it",
    404: "No such practice, or there is nothing of that name",
    408: "The body did not come within 20 seconds",
    413: "The body is larger than 64 kB",
    415: "The body is not JSON",
    422: "The request cannot be done as it stands",
    429: "Too fast, or the day's budget is used up; `Retry-After` says when to come back",
    503: "A server that Prentice stands on cannot be reached",
    504: "The query took too long and was cancelled",
}


def failures(*statuses: int, **words: str) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: these failures, in words of its own where it has some (`_404="…"`)."""
    return {
        status: {
            "model": ProblemBody,
            "description": words.get(f"_{status}", TOLD[status]),
            "content": {"application/json": {"example": examples.PROBLEM}},
        }
        for status in statuses
    }


class Refused(PrenticeError):
    """A request turned away at the door, before the engine saw it."""

    def __init__(self, status: int, code: str, message: str, next_step: str) -> None:
        super().__init__(message, next_step)
        self.status, self.code = status, code


UNEXPECTED = (
    "Something went wrong on the server.",
    "Try again; if it happens again, give the operator the trace id.",
)

# Starlette's own refusals (no route, wrong method, unreadable JSON) in the same words.
_PLAIN: dict[int, tuple[str, str, str]] = {
    400: ("bad_request", "The request could not be read.", "Send one JSON object in UTF-8."),
    404: ("not_found", "There is nothing at this address.", "See /openapi.json for what there is."),
    405: ("method_not_allowed", "This address does not take that method.", "See /openapi.json."),
}


_GO_BACK = "Go back and try again, or begin at the question box."


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Compact UTF-8 JSON; NaN and infinities become null."""
    return Response(orjson.dumps(data), status, headers, media_type="application/json")


def problem(error: PrenticeError, trace_id: str) -> Problem:
    return Problem(code=error.code, message=error.message, next_step=error.next_step, trace_id=trace_id)


def problem_data(error: PrenticeError, trace_id: str, path: str) -> dict[str, Any]:
    """The body for `path`: the one shape, within an Answer where the contract asks for one."""
    told = problem(error, trace_id)
    body: dict[str, Any] = {"error": told.model_dump()}
    if path in CONTRACT_PATHS:
        answer = Answer(
            kind="error",
            answer=told.message,
            code=told.code,
            next_step=told.next_step,
            trace_id=trace_id,
            confidence=0.0,
            timing_ms={"total": 0.0},
        )
        body = {**answer.as_json(), **body}
    return body


def problem_response(error: PrenticeError, trace_id: str, path: str = "") -> Response:
    return json_response(problem_data(error, trace_id, path), error.status, failure_headers(error))


def failure_headers(error: PrenticeError) -> dict[str, str]:
    """When to come back, and how to show who one is."""
    wait = error.retry_after_s or (5 if error.status == 503 else None)
    headers = {"Retry-After": str(wait)} if wait else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers | getattr(error, "headers", {})


def unexpected(code: str = "internal") -> PrenticeError:
    return Refused(500, code, *UNEXPECTED)


def from_validation(failures: list[dict[str, Any]]) -> Refused:
    """A `Refused` 422 out of pydantic's list. Values given by the client are not repeated.

    The part of the body that failed decides the code: `bad_question`, `bad_query` or `bad_request`.
    """
    first = failures[0]
    if first["type"] == "json_invalid":
        return Refused(400, *_PLAIN[400])
    where = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    in_query = "query" in [str(part) for part in first["loc"][1:]]
    field = ".".join(where) or "the body"
    if in_query:
        code, next_step = "bad_query", "See /v1/catalog for the names and /openapi.json for the shape."
    elif where[:1] == ["question"] or where[:1] == ["context"]:
        code, next_step = "bad_question", "Ask one question in up to 1,000 ordinary characters."
    else:
        code, next_step = "bad_request", "See /openapi.json for the shape of this request."
    return Refused(422, code, f"{field}: {_plain_words(first)}.", next_step)


def _plain_words(failure: dict[str, Any]) -> str:
    context = failure.get("ctx") or {}
    match failure["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field of this request"
        case "string_too_long":
            return f"has more than {context.get('max_length'):,} characters"
        case "string_too_short":
            return "is empty"
        case "too_long":
            return f"has more than {context.get('max_length'):,} entries"
        case "json_invalid":
            return "is not JSON"
        case kind if kind.startswith(("date_", "datetime_")):
            return "is not a date that exists (write YYYY-MM-DD)"
        case "value_error" if isinstance(context.get("error"), ValueError):
            return str(context["error"]).rstrip(".")  # ours: Query's and the forms' validators
        case _:
            return str(failure["msg"]).rstrip(".").lower()


def wants_page(request: Request) -> bool:
    """Whether a person looks at the response: a browser that goes to an address, or sends a form."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def install(app: FastAPI, page: Callable[[Request, PrenticeError], Response] | None = None) -> None:
    """Map every failure that a route can raise; what is left is caught by `record.Recorded`. `page` shows one
    to a person."""

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, PrenticeError)
        if page is not None and wants_page(request):
            return page(request, error)
        return problem_response(error, trace_id(request), request.url.path)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        refused = from_validation(list(error.errors()))
        if page is not None and wants_page(request):
            return page(request, Refused(refused.status, refused.code, refused.message, _GO_BACK))
        return problem_response(refused, trace_id(request), request.url.path)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, message, next_step = _PLAIN.get(error.status_code, _PLAIN[400])
        if page is not None and wants_page(request):
            return page(request, Refused(error.status_code, code, message, _GO_BACK))
        refused = Refused(error.status_code, code, message, next_step)
        return problem_response(refused, trace_id(request), request.url.path)

    app.add_exception_handler(PrenticeError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)


def trace_id(request: Request) -> str:
    """The id that `record.Recorded` gave this request."""
    return str(request.scope.get("prentice.trace_id", ""))
