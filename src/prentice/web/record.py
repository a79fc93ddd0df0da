"""An id and one log line for each request; and the last place where an unexpected error is caught.

The line holds the route's template, never the address itself: `/?q=…` carries a question. Of an
unexpected error it holds the type and the places, never the text, which may hold anything.
"""

from __future__ import annotations

import secrets
import time
import traceback

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prentice.web.problems import problem_response, unexpected

log = structlog.get_logger("prentice.http")


def places(error: BaseException) -> list[str]:
    """The stack of `error` as `module:line function`, innermost last; no values, no messages.

    >>> try:
    ...     int("secret")
    ... except ValueError as error:
    ...     any("secret" in place for place in places(error))
    False
    """
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(f.filename.split('/')[-3:])}:{f.lineno} {f.name}" for f in frames][-8:]


class Recorded:
    """Sets `scope["prentice.trace_id"]` (32 hex digits) and the `X-Request-Id` header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace_id = scope["prentice.trace_id"] = secrets.token_hex(16)
        began = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = scope.get("prentice.headers", {}).items()  # how much of the rate is left
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", trace_id.encode()),
                    *((name.lower().encode(), value.encode()) for name, value in more),
                ]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            log.error("unexpected", trace_id=trace_id, type=type(error).__name__, places=places(error))
            if status == 0:
                answer = problem_response(unexpected(), trace_id, scope["path"])
                await answer(scope, receive, sending)
        finally:
            route = scope.get("route")
            log.info(
                "request",
                trace_id=trace_id,
                method=scope["method"],
                route=getattr(route, "path", "none"),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
                **scope.get("prentice.noted", {}),
            )
