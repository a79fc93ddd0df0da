"""What people say of their answers: `POST /v1/feedback`, the card's form, and the practice's page of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Depends, Form, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from prentice.audit.entry import Action
from prentice.errors import BadQuestion, PrenticeError
from prentice.feedback.store import Given, Satisfaction
from prentice.feedback.told import Outcome, answer_told
from prentice.feedback.weeks import Overview, Week, overview
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.tenancy.scope import TenantScope
from prentice.web.engine import Bench, bench
from prentice.web.forms import Slug
from prentice.web.needs import Door, door, needs
from prentice.web.office import Office, office
from prentice.web.problems import failures
from prentice.web.shown import moment, told
from prentice.web.writing import written

router = APIRouter(tags=["feedback"])
_PAGE: dict[str, Any] = {"include_in_schema": False, "response_class": HTMLResponse}

MOST = 2_000  # characters of a correction
UNANSWERED = 30  # on the page: the most frequent


def worded(correction: str) -> str:
    """The correction as it may be kept. Raises `BadQuestion`.

    >>> worded("  Base in, not base out.\\r\\n")
    'Base in, not base out.'
    """
    text = correction.replace("\r\n", "\n").strip()
    if not text or len(text) > MOST or not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise BadQuestion(
            f"The correction is empty, longer than {MOST:,} characters, or holds control characters.",
            "Say in a few sentences what the answer should be.",
        )
    return text


TraceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$", description="`trace_id` of the answer")]
Correction = Annotated[
    str, AfterValidator(worded), Field(json_schema_extra={"minLength": 1, "maxLength": MOST})
]


class FeedbackForm(BaseModel):
    """What somebody says of one answer that they got: one or more of the three."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("thumbs", "rating", "correction")],
            "examples": [
                {"tenant": "harbour-optics", "trace_id": "5f0c6f0a3c1d4b3f9a7d2e8c1b6a4f00", "thumbs": "up"}
            ],
        },
    )

    tenant: Slug = Field(description="The practice that asked")
    trace_id: TraceId
    thumbs: Literal["up", "down"] | None = None
    rating: int | None = Field(default=None, ge=1, le=5, strict=True, description="5 is best")
    correction: Correction | None = Field(default=None, description="What the answer should be, in words")

    @model_validator(mode="after")
    def _something(self) -> FeedbackForm:
        if self.thumbs is None and self.rating is None and self.correction is None:
            raise ValueError("one of thumbs, rating and correction is needed")
        return self


class Noted(BaseModel):
    """What stands now of this person's feedback on the answer."""

    trace_id: str
    thumbs: Literal["up", "down"] | None
    rating: int | None
    correction: str | None = Field(description="As it is kept: without names, dates of birth and the like")


# -- saying it -------------------------------------------------------------------------------------------


@router.post(
    "/v1/feedback",
    responses=failures(
        401, 403, 404, 422, 429, 503, _404="No such practice, or no such answer was given to you in it"
    ),
    summary="Say what an answer was worth",
)
async def give(
    form: Annotated[FeedbackForm, Body()],
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
) -> Noted:
    """Thumbs, a rating of 1 to 5, a correction in words. Said again, it takes the place of what was said."""
    given = await _given(form, caller, door, bench)
    return Noted.model_validate(given, from_attributes=True)


@router.post("/page/feedback", **_PAGE)
async def give_by_form(
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    tenant: Annotated[str, Form(pattern=r"^[\w .-]{1,64}$")],
    trace_id: Annotated[str, Form(pattern=r"^[A-Za-z0-9-]{8,64}$")],
    thumbs: Annotated[Literal["up", "down", ""], Form()] = "",
    rating: Annotated[Literal["1", "2", "3", "4", "5", ""], Form()] = "",
    correction: Annotated[str, Form(max_length=3 * MOST)] = "",
) -> Response:
    """The card's form where there are no scripts. What was left empty was not said."""
    if thumbs or rating or correction.strip():
        form = FeedbackForm(
            tenant=tenant,
            trace_id=trace_id,
            thumbs=thumbs or None,
            rating=int(rating) if rating else None,
            correction=correction if correction.strip() else None,
        )
        await _given(form, caller, door, bench)
    return RedirectResponse(f"/?{urlencode({'tenant': tenant, 'noted': 1})}", 303)


async def _given(form: FeedbackForm, caller: Caller, door: Door, bench: Bench) -> Given:
    scope = await door.scope(caller, form.tenant, Permission.ask)
    said = [name for name in ("thumbs", "rating", "correction") if getattr(form, name) is not None]

    def keep() -> Given:
        url = door.prentice.servers.platform_url
        with written(door, caller, scope.tenant_id, Action.feedback_given, answer=form.trace_id, said=said):
            told = answer_told(url, scope.tenant_id, form.trace_id, caller.user_id)
            return door.prentice.feedback.give(
                scope.tenant_id,
                caller.user_id,
                told,
                thumbs=form.thumbs,
                rating=form.rating,
                correction=form.correction,
            )

    return await bench.run(keep)


# -- the practice's page ---------------------------------------------------------------------------------

Reviewers = Annotated[Office, office(Permission.feedback)]
_DONE = {
    "corpus": "It is a candidate for the corpus now.",
    "verified": "It is a candidate for a verified question now.",
    "reject": "It is rejected.",
}


@router.get("/practices/{slug}/feedback", **_PAGE)
async def feedback(office: Reviewers, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Seeing it is written down: it shows what others asked."""
    return await _page(office, said=_DONE.get(done, ""))


@router.post("/practices/{slug}/feedback/{feedback_id}", **_PAGE)
async def review(
    office: Reviewers,
    feedback_id: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")],
    verdict: Annotated[Literal["corpus", "verified", "reject"], Form()],
) -> Response:
    """A correction becomes a candidate, or nothing."""
    store, scope, by = office.door.prentice.feedback, office.scope, office.caller.user_id

    def decide() -> None:
        with written(
            office.door,
            office.caller,
            scope.tenant_id,
            Action.feedback_reviewed,
            feedback=feedback_id,
            verdict=verdict,
        ):
            if verdict == "reject":
                store.reject(scope.tenant_id, feedback_id, by=by)
            else:
                store.accept(scope.tenant_id, feedback_id, verdict, by=by)

    try:
        await office.bench.run(decide)
    except PrenticeError as error:
        return await _page(office, status=error.status, wrong=told(error, office.request))
    return office.to("feedback", verdict)


async def _page(office: Office, *, status: int = 200, **values: Any) -> Response:
    prentice, scope = office.door.prentice, office.scope

    def look() -> dict[str, Any]:
        with written(office.door, office.caller, scope.tenant_id, Action.shown, what="feedback"):
            found = overview(
                prentice.feedback,
                prentice.limits,
                prentice.servers.platform_url,
                scope,
                now=datetime.now(UTC),
            )
            waiting = prentice.feedback.waiting(scope.tenant_id)
            accepted = len(prentice.feedback.candidates(scope.tenant_id))
        people = {m.user_id: m.email for m in prentice.identity.users.members(scope.tenant_id)}
        return {
            "figures": _figures(found),
            "weeks": _weeks(found.weeks),
            "unanswered": _unanswered(found, scope),
            "unlisted": max(0, len(found.unanswered) - UNANSWERED),
            "waiting": [
                {
                    "id": one.id,
                    "question": one.question or "",
                    "correction": one.correction,
                    "kind": one.kind,
                    "thumbs": one.thumbs or "",
                    "rating": one.rating or "",
                    "who": people.get(one.principal, "somebody who left"),
                    "at": moment(one.given_at),
                }
                for one in waiting
            ],
            "accepted": accepted,
        }

    page = await office.bench.run(look)
    return await office.page("feedback.html", "feedback", "Feedback", status=status, **page, **values)


def _figures(found: Overview) -> list[tuple[str, str]]:
    """What is read first: words and figure."""
    said = found.said
    return [
        ("Questions", f"{found.questions:,}"),
        *((outcome.capitalize(), _share(found.share(outcome))) for outcome in Outcome),
        ("People who asked", f"{found.people:,}"),
        ("Thumbs up", f"{_share(said.share_up)} of {said.up + said.down:,}"),
        ("Mean rating", _rating(said)),
        ("Corrections", f"{said.corrected:,}"),
    ]


def _rating(said: Satisfaction) -> str:
    return "none yet" if said.mean is None else f"{said.mean:.1f} of 5, from {said.rated:,}"


def _share(share: float | None) -> str:
    return "none yet" if share is None else f"{share:.0%}"


def _weeks(weeks: Sequence[Week]) -> list[dict[str, Any]]:
    """Each week's figures, and how long its two bars are (percent of the longest)."""
    most_people = max((week.people for week in weeks), default=0) or 1
    most = max((week.questions for week in weeks), default=0) or 1
    return [
        {
            "monday": week.monday.isoformat(),
            "people": week.people,
            "people_bar": round(100 * week.people / most_people),
            "questions": f"{week.questions:,}",
            "questions_bar": round(100 * week.questions / most),
            "outcomes": [f"{week.outcomes[outcome]:,}" for outcome in Outcome],
            "up": week.said.up,
            "down": week.said.down,
            "rating": f"{week.said.mean:.1f}" if week.said.mean is not None else "",
        }
        for week in weeks
    ]


def _unanswered(found: Overview, scope: TenantScope) -> list[dict[str, Any]]:
    return [
        {
            "question": one.question,
            "times": f"{one.times:,}",
            "outcome": one.outcome.value,
            "code": one.code.replace("_", " "),
            "last": one.last.astimezone(scope.zone).date().isoformat(),
        }
        for one in found.unanswered[:UNANSWERED]
    ]
