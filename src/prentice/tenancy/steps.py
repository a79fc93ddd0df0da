"""How far a practice has come in being connected: kept in the platform database, and told to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from prentice.errors import PolicyGap, PrenticeError
from prentice.tenancy.alone import at_work
from prentice.tenancy.platform import platform_unavailable
from prentice.tenancy.registry import Registry
from prentice.tenancy.tables import onboarding

Step = Literal["connect", "provision", "audit", "copy", "ready"]
State = Literal["waiting", "running", "stopped", "failed", "done"]

TITLES: Mapping[Step, str] = {
    "connect": "Look at the database",
    "provision": "Set up the practice's own login",
    "audit": "Find a rule for every column",
    "copy": "Make the first anonymised copy",
    "ready": "Try it",
}
STEPS: tuple[Step, ...] = tuple(TITLES)
_WAITING: Mapping[Step, str] = {
    "connect": "Nothing is changed by this.",
    "provision": "A schema of views and one login, beside the host's tables.",
    "audit": "A column that nobody has decided about stops here, before anything is read.",
    "copy": "The practice's patients without identifiers.",
    "ready": "One question to the practice's rows, and one to the copy.",
}
_AGAIN = "Run it again; it goes on from here."


@dataclass(frozen=True, slots=True)
class StepState:
    """One step, in words for a person. `detail` holds figures; neither holds a row or a secret."""

    step: Step
    state: State
    words: str  # what it found, what it is doing, or why it stopped
    next_step: str = ""  # what to do, where it stopped
    seconds: float | None = None
    updated_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return TITLES[self.step]

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "title": self.title,
            "state": self.state,
            "words": self.words,
            "next_step": self.next_step,
            "seconds": self.seconds,
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
            "detail": dict(self.detail),
        }


OnStep = Callable[[StepState], None]
Work = Callable[[], tuple[str, dict[str, Any]]]  # does the step; what it found, in words and in figures


def steps_of(registry: Registry, tenant_id: str) -> list[StepState]:
    """How far the practice has come, one entry for each step, in their order. A step that began, has not
    ended and that nobody is at any more is `stopped`. Raises `SourceUnavailable`."""
    with _reachable(), registry.engine.connect() as connection:
        found = connection.execute(select(onboarding).where(onboarding.c.tenant_id == tenant_id)).all()
        left = any(row.state == "running" for row in found) and not at_work(connection, tenant_id)
    known: dict[str, StepState] = {}
    for row in found:
        detail = dict(row.detail)
        said, after, seconds = detail.pop("words"), detail.pop("next_step", ""), detail.pop("seconds", None)
        one = StepState(row.step, row.state, said, after, seconds, row.updated_at, detail)
        if left and one.state == "running":
            one = replace(one, state="stopped", words="It was ended before it was done.", next_step=_AGAIN)
        known[row.step] = one
    return [known.get(step) or StepState(step, "waiting", _WAITING[step]) for step in STEPS]


def take(registry: Registry, tenant_id: str, step: Step, work: Work, on_step: OnStep) -> StepState:
    """Do one step, with its beginning and its end written down and told. What fails is told and raised."""
    _write(registry, tenant_id, StepState(step, "running", _WAITING[step]), on_step)
    began = perf_counter()
    try:
        words, detail = work()
    except BaseException as failure:
        with suppress(PrenticeError):  # the first failure is the one to be told
            _write(registry, tenant_id, _failed(step, failure, perf_counter() - began), on_step)
        raise
    done = StepState(step, "done", words, seconds=round(perf_counter() - began, 2), detail=detail)
    _write(registry, tenant_id, done, on_step)
    return done


def _failed(step: Step, failure: BaseException, seconds: float) -> StepState:
    match failure:
        case PolicyGap():
            return StepState(step, "stopped", failure.message, failure.next_step, round(seconds, 2))
        case PrenticeError():
            return StepState(step, "failed", failure.message, failure.next_step, round(seconds, 2))
        case Exception():  # its text may quote a row
            return StepState(step, "failed", "Something went wrong that nobody expected.", _AGAIN)
        case _:
            return StepState(step, "stopped", "It was ended before it was done.", _AGAIN)


def _write(registry: Registry, tenant_id: str, state: StepState, on_step: OnStep) -> None:
    detail = {
        **state.detail,
        "words": state.words,
        "next_step": state.next_step,
        "seconds": state.seconds,
    }
    row = {"tenant_id": tenant_id, "step": state.step, "state": state.state, "detail": detail}
    newer = {"state": state.state, "detail": detail, "updated_at": func.now()}
    with _reachable(), registry.engine.begin() as connection:
        statement = insert(onboarding).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "step"], set_=newer))
    on_step(state)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as lost:
        raise platform_unavailable() from lost
