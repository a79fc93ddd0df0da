"""A question's stages as server-sent events, while it runs in a thread.

Events: `stage` {name, words} as each begins, then one `answer` or one `error`. What fails before the
first stage fails with its own HTTP status; after that the response has begun, and `error` says it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from fastapi import Request
from fastapi.responses import StreamingResponse

from prentice.ask.contract import Answer
from prentice.errors import PrenticeError
from prentice.web.engine import Bench, OnStage, note
from prentice.web.problems import problem, trace_id, unexpected
from prentice.web.record import places

log = structlog.get_logger("prentice.http")

QUIET_S = 5.0  # a comment this often keeps proxies from closing a quiet stream

WORDS = {
    "guard": "Reading the question",
    "plan": "Understanding",
    "route": "Understanding",
    "retrieve": "Looking it up",
    "write": "Writing the answer",
    "solve": "Calculating",
    "authorise": "Understood",
    "compile": "Understood",
    "run": "Counting",
    "check": "Checking",
    "answer": "Writing the answer",
}


def words(stage: str) -> str:
    """What a person at the counter reads for a stage of the pipeline."""
    return WORDS.get(stage, stage.replace("_", " ").capitalize())


class Abandoned(Exception):
    """Raised inside the engine's thread, at its next stage, when the client has gone."""


@dataclass(frozen=True, slots=True)
class _Ended:
    answer: Answer | None
    error: Exception | None


def event(name: str, data: Any) -> bytes:
    r"""One server-sent event with its data as JSON on one line.

    >>> event("stage", {"name": "run"})
    b'event: stage\ndata: {"name":"run"}\n\n'
    """
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


async def stream(
    request: Request,
    bench: Bench,
    work: Callable[[OnStage], Answer],
    *,
    on_answer: Callable[[Answer], bytes],
    on_error: Callable[[PrenticeError], bytes] | None = None,
) -> StreamingResponse:
    """Run `work` and stream what happens. `on_answer` makes the last event; it runs in the thread pool."""
    queue: asyncio.Queue[str | _Ended] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    gone = threading.Event()

    def tell(item: str | _Ended) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def on_stage(name: str) -> None:
        if gone.is_set():
            raise Abandoned
        tell(name)

    def in_thread() -> None:
        try:
            tell(_Ended(work(on_stage), None))
        except Exception as error:
            tell(_Ended(None, error))

    bench.start(in_thread)
    try:
        first = await queue.get()
    except asyncio.CancelledError:
        gone.set()
        raise
    if isinstance(first, _Ended) and first.error is not None:
        raise first.error

    def last(ended: _Ended) -> bytes:
        if ended.answer is not None:
            note(request, kind=ended.answer.kind, code=ended.answer.code, cached=ended.answer.cached)
            return on_answer(ended.answer)
        error = ended.error
        if not isinstance(error, PrenticeError):
            assert error is not None
            log.error(
                "unexpected", trace_id=trace_id(request), type=type(error).__name__, places=places(error)
            )
            error = unexpected()
        note(request, code=error.code)
        if on_error is not None:
            return on_error(error)
        return event("error", {"error": problem(error, trace_id(request)).model_dump()})

    async def events() -> AsyncIterator[bytes]:
        item = first
        said = ""
        try:
            while isinstance(item, str):
                if words(item) != said:
                    said = words(item)
                    yield event("stage", {"name": item, "words": said})
                while True:
                    try:
                        item = await asyncio.wait_for(queue.get(), QUIET_S)
                        break
                    except TimeoutError:
                        yield b": still working\n\n"
            ended = item
            yield await asyncio.to_thread(last, ended)
        finally:
            gone.set()

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
