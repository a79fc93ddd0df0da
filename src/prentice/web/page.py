"""The page: `GET /` (works without scripts) and `POST /page/answer` (the same card, with its stages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import Field, TypeAdapter, ValidationError

from prentice import __version__
from prentice.ask.contract import Answer
from prentice.ask.format import Formats
from prentice.ask.guard import MAX_CHARACTERS, admit
from prentice.errors import BadQuestion, PrenticeError, UnknownTenant
from prentice.tenancy.scope import TenantScope
from prentice.web import charts
from prentice.web.asking import failed, shelf
from prentice.web.card import anchor, card
from prentice.web.engine import Bench, OnStage, bench, note
from prentice.web.forms import MAX_CONTEXT, AskForm, Slug
from prentice.web.practices import Practice, listed
from prentice.web.problems import problem, trace_id
from prentice.web.shelf import Shelf
from prentice.web.stages import event, stream

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NARROW, WIDE = 300, 680  # widths of a chart where nobody has told us the page's

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals.update(version=__version__, max_question=MAX_CHARACTERS, anchor=anchor)
_tenant: TypeAdapter[str] = TypeAdapter(Slug)


class PageForm(AskForm):
    """What the page's script sends: a question, and how wide its column is."""

    width: int = Field(default=WIDE, ge=100, le=4000)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a card."""

    asked: str
    code: str
    message: str
    next_step: str
    trace_id: str


def _carded(answer: Answer, form: AskForm, scope: TenantScope, bench: Bench, widths: Sequence[int]) -> str:
    """The card's HTML. Draws the chart once for each width, so it runs off the event loop."""
    error = failed(answer)
    if error is not None:
        return _refused(error, form.question, answer.trace_id)
    drawn = [charts.for_page(answer.chart, width) for width in widths] if answer.chart else []
    made = card(
        answer,
        asked=form.question,
        context=form.context,
        scope=scope,
        catalogue=bench.engine.catalogue,
        chart=drawn,
    )
    return templates.get_template("card.html").render(card=made)


def _refused(error: PrenticeError, asked: str, trace: str) -> str:
    told = problem(error, trace)
    refusal = Refusal(asked, told.code, told.message, told.next_step, told.trace_id)
    return templates.get_template("failure.html").render(failure=refusal)


@router.post("/page/answer")
async def answer(
    request: Request,
    form: Annotated[PageForm, Body()],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
) -> Response:
    """Server-sent events: `stage` as they begin, then one `card` {html, kind}."""
    scope = await bench.scope(form.tenant, form.role)
    note(request, tenant=scope.slug)

    def work(on_stage: OnStage) -> Answer:
        answer = bench.engine.ask(form.question, scope, context=form.context, on_stage=on_stage)
        shelf.keep(answer, scope)
        return answer

    def as_card(answer: Answer) -> bytes:
        html = _carded(answer, form, scope, bench, [form.width])
        return event("card", {"html": html, "kind": answer.kind})

    def as_failure(error: PrenticeError) -> bytes:
        return event("card", {"html": _refused(error, form.question, trace_id(request)), "kind": "error"})

    return await stream(request, bench, work, on_answer=as_card, on_error=as_failure)


@router.get("/")
async def page(
    request: Request,
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
    q: Annotated[str, Query()] = "",
    tenant: Annotated[str, Query()] = "",
    context: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """The question box; with `q`, its answer too, drawn on the server."""
    known = await listed(bench)
    if not known:
        return _shown("none.html", 503)
    try:
        scope = await bench.scope(_slug(tenant or known[0].slug), "owner")
    except UnknownTenant as error:
        scope = await bench.scope(known[0].slug, "owner")
        body = _refused(error, q, trace_id(request))
        return await _whole(bench, scope, known, body=body, status=error.status)
    note(request, tenant=scope.slug)
    if not q.strip():
        return await _whole(bench, scope, known)
    earlier = [c for c in (context or []) if _readable(c)][-MAX_CONTEXT:]
    try:
        form = AskForm(question=q, tenant=scope.slug, context=earlier)
    except BadQuestion as error:
        body = _refused(error, "", trace_id(request))
        return await _whole(bench, scope, known, body=body, status=error.status)
    return await _answered(request, bench, shelf, scope, known, form)


async def _answered(
    request: Request, bench: Bench, shelf: Shelf, scope: TenantScope, known: list[Practice], form: AskForm
) -> Response:
    def work() -> tuple[str, int]:
        answer = bench.engine.ask(form.question, scope, context=form.context)
        shelf.keep(answer, scope)
        note(request, kind=answer.kind, code=answer.code, cached=answer.cached)
        error = failed(answer)
        html = _carded(answer, form, scope, bench, [NARROW, WIDE])
        return html, error.status if error else 200

    try:
        body, status = await bench.run(work)
    except PrenticeError as error:
        body, status = _refused(error, form.question, trace_id(request)), error.status
    carried = [*form.context, form.question][-MAX_CONTEXT:]
    return await _whole(bench, scope, known, body=body, status=status, asked=form.question, context=carried)


async def _whole(
    bench: Bench,
    scope: TenantScope,
    known: list[Practice],
    *,
    body: str = "",
    status: int = 200,
    asked: str = "",
    context: Sequence[str] = (),
) -> Response:
    suggestions = await bench.run(lambda: list(bench.engine.suggestions(scope)))
    pinned = scope.today != datetime.now(scope.zone).date()
    return _shown(
        "page.html",
        status,
        scope=scope,
        practices=known,
        suggestions=suggestions,
        today=Formats.of(scope).day(scope.today) if pinned else "",
        body=Markup(body),  # a template's own output: escaped already
        asked=asked,
        context=context,
    )


def _shown(template: str, status: int, **values: Any) -> Response:
    return HTMLResponse(templates.get_template(template).render(values), status)


def _slug(text: str) -> str:
    """The name in an address, or `UnknownTenant` where no practice could be called so."""
    try:
        return _tenant.validate_python(text)
    except ValidationError:
        raise UnknownTenant("There is no such practice.", "Choose one above.") from None


def _readable(text: str) -> bool:
    try:
        admit(text)
    except BadQuestion:
        return False
    return True
