"""Long downloads: few at once of each practice, and none for longer than a while.

Each holds a connection to the platform's database for as long as its client takes to read it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from prentice.errors import TooManyRequests

AT_ONCE = 2  # of one practice
LONGEST_S = 600.0  # 100,000 lines a second are read: 60 million lines, or a client that does not read


class Downloads:
    """For one application; safe between threads."""

    def __init__(self, *, at_once: int = AT_ONCE, longest_s: float = LONGEST_S) -> None:
        self.longest_s = longest_s
        self._at_once = at_once
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, tenant_id: str) -> None:
        """Take a place; `end` gives it back. Raises `TooManyRequests`."""
        with self._lock:
            if self._under_way[tenant_id] >= self._at_once:
                error = TooManyRequests(
                    f"The practice has {self._at_once} downloads of its audit under way, as many as may be.",
                    "Wait until one has ended, and fetch it again.",
                )
                error.retry_after_s = 30
                raise error
            self._under_way[tenant_id] += 1

    def end(self, tenant_id: str) -> None:
        with self._lock:
            self._under_way[tenant_id] -= 1
            if self._under_way[tenant_id] <= 0:
                del self._under_way[tenant_id]

    def response(self, tenant_id: str, lines: Iterator[bytes], filename: str) -> StreamingResponse:
        """For a place that was taken. What is longer than it may be is broken off, so that it is no whole
        answer to its client."""
        return _Download(self, tenant_id, lines, filename)


class _Download(StreamingResponse):
    def __init__(self, downloads: Downloads, tenant_id: str, lines: Iterator[bytes], filename: str) -> None:
        super().__init__(
            lines,
            media_type="application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="{filename}"'},
        )
        self._downloads, self._tenant_id, self._lines = downloads, tenant_id, lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with anyio.move_on_after(self._downloads.longest_s):
                await super().__call__(scope, receive, send)
        finally:
            self._downloads.end(self._tenant_id)
            close = getattr(self._lines, "close", None)
            if close is not None:  # a generator: its connection goes with it
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(close)
