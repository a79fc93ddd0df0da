"""One connection of a browser, a program or somebody who means ill: how long and how large a request may
grow before there is one.

uvicorn reads a request's head for as long as it takes and as far as it goes. Here a head has ten seconds and
64 kB, and what is left of a body that nobody wants any more thirty seconds; `web.bodies` sees to the body of
a request that is under way. Connections beyond what the process may have open are closed at once, so that
there are files left for the databases.
"""

from __future__ import annotations

import asyncio
import resource
from asyncio.events import TimerHandle
from typing import Any, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
REST_S = 30.0  # a browser that was told 413 goes on sending before it reads that
LARGEST_HEAD = 64 * 1024  # bytes; a question in an address has 4 kB at most, a cookie and a token 10
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def most_connections() -> int:
    """Three quarters of the files that this process may have open.

    >>> most_connections() >= 48
    True
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 100_000 if soft == resource.RLIM_INFINITY else max(48, soft * 3 // 4)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with an end to its patience."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._part: Literal["none", "head", "body"] = "head"
        self._head = 0  # bytes of the head that is not whole yet
        self._timer: TimerHandle | None = None
        self._most = most_connections()
        super().__init__(*given, **named)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._most:
            transport.close()
            return
        self._wait(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            self._stop()
        elif self._part == "head":
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._end(_TOO_LARGE)
            else:
                self._wait(HEAD_S)
        else:
            self._head = 0
            if self._part == "body" and self.cycle.response_complete:
                self._wait(REST_S)
            else:
                self._stop()

    # -- the parser's words ----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._part = "head"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._part = "body"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._part = "none"
        super().on_message_complete()

    # -- patience --------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        """From the first byte on, not from the last one: who sends one each second gains nothing."""
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._end, _TOO_SLOW)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, word: bytes) -> None:
        """Say why, where nothing else is being said or was, and close."""
        self._stop()
        if not self.transport.is_closing():
            if self._part == "head" and (self.cycle is None or self.cycle.response_complete):
                self.transport.write(word)
            self.transport.close()
