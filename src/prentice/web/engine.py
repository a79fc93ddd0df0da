"""The engine as the routes see it, and how they run it: off the event loop, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from prentice.ask.contract import Answer
from prentice.errors import PrenticeError
from prentice.ops.health import Part
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope

OnStage = Callable[[str], None]
T = TypeVar("T")

AT_ONCE = 16  # questions under way; more wait their turn here rather than in the database's pool


class Engine(Protocol):
    """`ask.pipeline.Prentice`: synchronous, safe to use from several threads."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def probes(self) -> Mapping[str, Callable[[], bool]]: ...
    def ask(
        self,
        question: str,
        scope: TenantScope,
        *,
        context: Sequence[str] = (),
        on_stage: OnStage | None = None,
    ) -> Answer: ...
    def query(self, query: Query, scope: TenantScope, *, on_stage: OnStage | None = None) -> Answer: ...
    def suggestions(self, scope: TenantScope) -> Sequence[str]: ...


class Bench:
    """The engine with its queue. One for each application."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turns = anyio.CapacityLimiter(AT_ONCE)
        self.pulse: tuple[float, tuple[Part, ...]] | None = None  # when it was felt, and what was found
        self.feeling = anyio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread. It keeps its turn until it ends, though nobody may wait for it any more:
        clients that come and go cannot pile up threads."""
        return await anyio.to_thread.run_sync(work, limiter=self._turns)

    def start(self, work: Callable[[], None]) -> None:
        """Begin `work` in a thread without waiting for it."""
        task = asyncio.create_task(self.run(work))
        self._under_way.add(task)  # the loop itself holds no reference to it
        task.add_done_callback(self._under_way.discard)


async def bench(request: Request) -> Bench:
    """Dependency: this application's bench. 503 until the engine has started. (FastAPI asks a plain function
    in a thread of its own.)"""
    found = getattr(request.app.state, "bench", None)
    if not isinstance(found, Bench):
        raise NotReady()
    return found


class NotReady(PrenticeError):
    code, status = "not_ready", 503

    def __init__(self) -> None:
        super().__init__("Prentice is still starting.", "Try again in a few seconds; /readyz says when.")


def note(request: Request, **facts: str | int | float | bool | None) -> None:
    """Add facts to the request's log line. Never a question, a value or a name of a person."""
    request.scope.setdefault("prentice.noted", {}).update(facts)
