"""`POST /v1/ask` and `POST /v1/query`: the contract's two doors over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from prentice import errors
from prentice.ask.contract import Answer
from prentice.errors import PrenticeError
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.tenancy.scope import TenantScope
from prentice.web import examples
from prentice.web.engine import Bench, OnStage, bench, note
from prentice.web.forms import AskForm, QueryForm
from prentice.web.needs import Door, door, needs
from prentice.web.problems import Refused, failures, json_response, trace_id
from prentice.web.shelf import Shelf
from prentice.web.stages import event, stream

router = APIRouter(tags=["ask"])


def _statuses() -> dict[str, int]:
    tree = [PrenticeError]
    for error in tree:
        tree.extend(error.__subclasses__())
    return {error.code: error.status for error in tree if error.__module__ == errors.__name__}


STATUS = _statuses()

_FAILURES = failures(
    *(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 504),
    _404="No such practice",
    _422="The question or the Query cannot be answered as it stands",
    _503="The practice's database cannot be reached",
)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Answer,
        "description": "One Answer; with `Accept: text/event-stream` the stages first",
        "content": {
            "application/json": {"example": examples.ANSWER},
            "text/event-stream": {"schema": {"type": "string"}, "example": examples.EVENTS},
        },
    },
    **_FAILURES,
}


async def shelf(request: Request) -> Shelf:
    found = request.app.state.shelf
    assert isinstance(found, Shelf)
    return found


def wants_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def failed(answer: Answer) -> PrenticeError | None:
    """The error that an Answer of kind `error` stands for, with the status of its code."""
    if answer.kind != "error":
        return None
    code = answer.code or "internal"
    return Refused(STATUS.get(code, 500), code, answer.answer, answer.next_step or "")


def _told(answer: Answer, request: Request) -> Response:
    note(request, kind=answer.kind, code=answer.code, cached=answer.cached, answer=answer.trace_id)
    error = failed(answer)
    if error is None:
        return json_response(answer.as_json())
    problem = {"code": error.code, "message": error.message, "next_step": error.next_step}
    body = {**answer.as_json(), "error": {**problem, "trace_id": answer.trace_id or trace_id(request)}}
    return json_response(body, error.status)


def _answer_event(answer: Answer) -> bytes:
    return event("answer", answer.as_json())


async def _answered(
    request: Request, bench: Bench, shelf: Shelf, scope: TenantScope, engine_call: Callable[[OnStage], Answer]
) -> Response:
    """The answer as JSON or as events, as the client asked; kept for its CSV and chart."""
    note(request, tenant=scope.slug)

    def work(on_stage: OnStage) -> Answer:
        answer = engine_call(on_stage)
        shelf.keep(answer, scope)
        return answer

    if wants_events(request):
        return await stream(request, bench, work, on_answer=_answer_event)
    return _told(await bench.run(lambda: work(_unheard)), request)


def _unheard(stage: str) -> None:
    """Nobody listens to the stages of a plain request."""


@router.post("/v1/ask", response_class=Response, responses=_ANSWERS, summary="Ask a question in words")
async def ask(
    request: Request,
    form: Annotated[AskForm, Body(openapi_examples=examples.ASK)],
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
) -> Response:
    """The number, table, chart, dates and SQL; or a refusal, or a question back."""
    scope = await door.scope(caller, form.tenant, Permission.ask)
    return await _answered(
        request,
        bench,
        shelf,
        scope,
        lambda heard: bench.engine.ask(form.question, scope, context=form.context, on_stage=heard),
    )


@router.post("/v1/query", response_class=Response, responses=_ANSWERS, summary="Run a Query, without words")
async def query(
    request: Request,
    form: Annotated[QueryForm, Body(openapi_examples=examples.QUERY)],
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
) -> Response:
    """Metrics and dimensions of `/v1/catalog`, filtered, ordered and compared."""
    scope = await door.scope(caller, form.tenant, Permission.ask)
    return await _answered(
        request,
        bench,
        shelf,
        scope,
        lambda heard: bench.engine.query(form.query, scope, on_stage=heard),
    )
