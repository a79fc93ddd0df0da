"""A model server on a real socket that says what a test wants: the OpenAI protocol, by uvicorn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from web.live import live

Says = Callable[[dict[str, Any]], Response]


@dataclass
class Scripted:
    """`url` as it is set in PRENTICE_LLM_URL; `heard`: bodies of requests; `keys`: what came with them."""

    says: Says
    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def scripted(says: Says | None = None) -> Iterator[Scripted]:
    server = Scripted(says or completion("Nothing."))
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await request.json()
        server.heard.append(body)
        server.keys.append(request.headers.get("authorization"))
        return server.says(body)

    with live(app) as url:
        server.url = f"{url}/v1"
        yield server


def completion(text: Any, **more: Any) -> Says:
    """It writes `text`, of 300 tokens of prompt and 40 of its own."""
    body = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340},
    }
    return lambda _: JSONResponse(body | more)


def raw(content: bytes, status: int = 200, kind: str = "application/json") -> Says:
    return lambda _: Response(content, status, media_type=kind)


def moved(to: str) -> Says:
    return lambda _: RedirectResponse(to, 307)


def dripping(every_s: float, part: bytes = b" ") -> Says:
    """A byte now and then, without an end."""

    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield part
            await asyncio.sleep(every_s)

    return lambda _: StreamingResponse(parts(), media_type="application/json")
