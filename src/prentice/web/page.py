"""The page: `GET /` (works without scripts) and `POST /page/answer` (the same card, with its stages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import Field, TypeAdapter, ValidationError

from prentice.ask.contract import Answer
from prentice.ask.format import Formats
from prentice.ask.guard import admit
from prentice.errors import BadQuestion, PrenticeError, UnknownTenant
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.tenancy.scope import TenantScope
from prentice.web import charts
from prentice.web.asking import failed, shelf
from prentice.web.card import card
from prentice.web.engine import Bench, OnStage, bench, note
from prentice.web.forms import MAX_CONTEXT, AskForm, Slug
from prentice.web.needs import Door, door, needs
from prentice.web.problems import problem, trace_id
from prentice.web.shelf import Shelf
from prentice.web.shown import Who, part_of, shown, templates, who_is
from prentice.web.stages import event, stream

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NARROW, WIDE = 300, 680  # widths of a chart where nobody has told us the page's

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


def _carded(
    answer: Answer, form: AskForm, scope: TenantScope, bench: Bench, widths: Sequence[int], csrf: str
) -> str:
    """The card's HTML; `csrf` goes back with its feedback. Draws the chart once for each width, so it runs
    off the event loop."""
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
    return templates.get_template("card.html").render(card=made, csrf_token=csrf)


def _refused(error: PrenticeError, asked: str, trace: str) -> str:
    told = problem(error, trace)
    refusal = Refusal(asked, told.code, told.message, told.next_step, told.trace_id)
    return templates.get_template("failure.html").render(failure=refusal)


@router.post("/page/answer")
async def answer(
    request: Request,
    form: Annotated[PageForm, Body()],
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
) -> Response:
    """Server-sent events: `stage` as they begin, then one `card` {html, kind}."""
    scope = await door.scope(caller, form.tenant, Permission.ask)
    note(request, tenant=scope.slug)

    def work(on_stage: OnStage) -> Answer:
        answer = bench.engine.ask(form.question, scope, context=form.context, on_stage=on_stage)
        shelf.keep(answer, scope)
        return answer

    def as_card(answer: Answer) -> bytes:
        html = _carded(answer, form, scope, bench, [form.width], caller.csrf)
        return event("card", {"html": html, "kind": answer.kind})

    def as_failure(error: PrenticeError) -> bytes:
        return event("card", {"html": _refused(error, form.question, trace_id(request)), "kind": "error"})

    return await stream(request, bench, work, on_answer=as_card, on_error=as_failure)


@router.get("/")
async def page(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.account))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    shelf: Annotated[Shelf, Depends(shelf)],
    q: Annotated[str, Query()] = "",
    tenant: Annotated[str, Query()] = "",
    context: Annotated[list[str] | None, Query()] = None,
    noted: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """The question box; with `q`, its answer too, drawn on the server. Where another site's page led here,
    `q` stands in the box and is not asked."""
    who = await bench.run(lambda: who_is(door, caller))
    if not who.practices:
        return await _nowhere(bench, door, who)
    frame = _Frame(bench, who)
    try:
        scope = await door.scope(caller, _slug(tenant or who.practices[0].slug), Permission.ask)
    except UnknownTenant as error:
        scope = await door.scope(caller, who.practices[0].slug, Permission.ask)
        body = _refused(error, q, trace_id(request))
        return await frame.around(scope, body=body, status=error.status)
    note(request, tenant=scope.slug)
    if not q.strip():
        return await frame.around(scope, said="Noted. Thank you." if noted else "")
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        # A link on another site carries the cookie (SameSite=Lax): its question waits for its reader's word.
        return await frame.around(scope, asked=q if _readable(q) else "")
    earlier = [c for c in (context or []) if _readable(c)][-MAX_CONTEXT:]
    try:
        form = AskForm(question=q, tenant=scope.slug, context=earlier)
    except BadQuestion as error:
        body = _refused(error, "", trace_id(request))
        return await frame.around(scope, body=body, status=error.status)
    return await _answered(request, frame, shelf, scope, form)


async def _nowhere(bench: Bench, door: Door, who: Who) -> Response:
    """Signed in, and in no practice: an operator, or someone whose part was taken away."""
    if who.operator:
        return RedirectResponse("/operator/tenants", 303)
    some = await bench.run(door.prentice.registry.all)
    return shown("none.html", 503 if not some else 403, who=who, none=not some)


async def _answered(
    request: Request, frame: _Frame, shelf: Shelf, scope: TenantScope, form: AskForm
) -> Response:
    bench = frame.bench

    def work() -> tuple[str, int]:
        answer = bench.engine.ask(form.question, scope, context=form.context)
        shelf.keep(answer, scope)
        note(request, kind=answer.kind, code=answer.code, cached=answer.cached)
        error = failed(answer)
        html = _carded(answer, form, scope, bench, [NARROW, WIDE], frame.who.csrf)
        return html, error.status if error else 200

    try:
        body, status = await bench.run(work)
    except PrenticeError as error:
        body, status = _refused(error, form.question, trace_id(request)), error.status
    carried = [*form.context, form.question][-MAX_CONTEXT:]
    return await frame.around(scope, body=body, status=status, asked=form.question, context=carried)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The page around an answer, for who is signed in."""

    bench: Bench
    who: Who

    async def around(
        self,
        scope: TenantScope,
        *,
        body: str = "",
        status: int = 200,
        asked: str = "",
        context: Sequence[str] = (),
        said: str = "",
    ) -> Response:
        suggestions = await self.bench.run(lambda: list(self.bench.engine.suggestions(scope)))
        pinned = scope.today != datetime.now(scope.zone).date()
        return shown(
            "page.html",
            status,
            who=self.who,
            practice=part_of(self.who, scope.slug),
            scope=scope,
            suggestions=suggestions,
            today=Formats.of(scope).day(scope.today) if pinned else "",
            body=Markup(body),  # a template's own output: escaped already
            asked=asked,
            context=context,
            said=said,
        )


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
