"""Downloads of the audit: few at once, and none for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from apart import run_apart
from starlette.types import Message

from prentice.errors import TooManyRequests
from prentice.web.downloads import AT_ONCE, Downloads


def test_a_practice_has_a_few_downloads_at_once_and_others_have_theirs() -> None:
    downloads = Downloads()
    for _ in range(AT_ONCE):
        downloads.begin("one")
    with pytest.raises(TooManyRequests):
        downloads.begin("one")
    downloads.begin("other")
    downloads.end("one")
    downloads.begin("one")


def test_a_client_that_does_not_read_is_broken_off_and_its_place_and_connection_given_back() -> None:
    closed = threading.Event()

    def lines() -> Iterator[bytes]:
        try:
            while True:
                yield b"{}\n"
        finally:
            closed.set()

    downloads = Downloads(at_once=1, longest_s=0.2)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def download() -> None:
        scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET", "headers": []}
        await asyncio.wait_for(downloads.response("one", lines(), "a.jsonl")(scope, receive, send), 5)

    downloads.begin("one")
    run_apart(download())
    assert closed.is_set()
    assert sent[-1].get("more_body") is True  # never ended: no client takes it for the whole
    downloads.begin("one")
