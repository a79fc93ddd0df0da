"""What a request may carry: JSON or, on the pages that have forms, a form; 64 kB of it, and JSON not nested
deeper than a Query can be. Where documents are added, a file of up to 20 MB, which is not read before it is
known who sends it."""

from __future__ import annotations

import re

import anyio
import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prentice.knowledge.documents.reading import LARGEST
from prentice.web.problems import Refused, problem_response

MAX_BYTES = 64 * 1024  # the largest honest Query (50 filters of 500 values is none) is under 20 kB
MAX_DEPTH = 24  # a filter nests two levels per and/or/not; nobody means eleven of them

MAX_UPLOAD = LARGEST + 16 * 1024  # the largest document, and what a form puts around it
BODY_S = 20.0  # for 64 kB: a telephone on a bad line has 3 kB a second
PIECE_S, UPLOAD_S = 20.0, 600.0  # of a document: from one piece to the next, and the whole
UPLOAD = "multipart/form-data"
UPLOAD_PATHS = re.compile(r"/v1/documents|/practices/[^/]+/documents")

FORM = "application/x-www-form-urlencoded"
FORM_PATHS = (
    "/sign-in", "/sign-out", "/welcome", "/reset", "/account", "/practices/", "/operator/", "/page/feedback",
)  # fmt: skip

_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def depth(body: bytes) -> int:
    """The deepest nesting of arrays and objects in `body`, brackets within strings left out.

    >>> depth(b'{"a": [1, {"b": "[[["}]}'), depth(b'"x"'), depth(b"[" * 9)
    (3, 0, 9)
    """
    deepest = level = 0
    for token in _STRUCTURE.finditer(body):
        match token.group()[:1]:
            case b"[" | b"{":
                level += 1
                deepest = max(deepest, level)
            case b"]" | b"}":
                level -= 1
    return deepest


def is_json(body: bytes) -> bool:
    """True for JSON by RFC 8259: no NaN, no number beyond a double, no half of a surrogate pair.

    >>> is_json(b'{"a": 1.5}'), is_json(b'{"a": NaN}'), is_json(b'{"a": 1e999}')
    (True, False, False)
    """
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


class Bodies:
    """Reads the body of a POST, refuses what is not allowed, and hands it on.

    408 `too_slow`, 413 `body_too_large`, 415 `not_json`, 400 `too_deep` and `bad_request`.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> None:
        self.app, self.max_bytes, self.max_depth = app, max_bytes, max_depth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        try:
            if _is_upload(scope):
                await self.app(scope, self._counted(scope, receive), send)
                return
            body = await self._read(scope, receive)
        except Refused as error:
            await problem_response(error, scope["prentice.trace_id"], scope["path"])(scope, receive, send)
            return
        if body is None:  # the client left before it had said everything
            return
        handed_on = False

        async def replay() -> Message:
            nonlocal handed_on
            if not handed_on:
                handed_on = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self.app(scope, replay, send)

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        """Handed on piece by piece. What says that it is too large is refused before any of it is read; what
        does not say so, where it becomes so."""
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_UPLOAD:
            raise _upload_too_large()
        size, until = 0, anyio.current_time() + UPLOAD_S

        async def counted() -> Message:
            nonlocal size
            message: Message | None = None
            with anyio.move_on_after(min(PIECE_S, until - anyio.current_time())):
                message = await receive()
            if message is None:
                raise _too_slow()
            size += len(message.get("body", b""))
            if size > MAX_UPLOAD:
                raise _upload_too_large()
            return message

        return counted

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "DELETE" and not kind and headers.get("content-length", "0") == "0":
            kind = "application/json"  # nothing is sent, so nothing says what it is
        form = kind == FORM and scope["path"].startswith(FORM_PATHS)
        if kind != "application/json" and not form:
            raise Refused(
                415,
                "not_json",
                "The body is not JSON.",
                "Send Content-Type: application/json.",
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.max_bytes:
            raise self._too_large()
        body: bytes | None = None
        with anyio.move_on_after(BODY_S) as patience:
            body = await self._whole(receive)
        if patience.cancelled_caught:
            raise _too_slow()
        if body is None:
            return None
        if form:
            return body
        if depth(body) > self.max_depth:
            raise Refused(
                400,
                "too_deep",
                f"The JSON is nested more than {self.max_depth} levels deep.",
                "Write the filter with fewer levels of and, or and not.",
            )
        if body and not is_json(body):
            raise Refused(400, "bad_request", "The body is not JSON.", "Send one JSON object in UTF-8.")
        return body

    async def _whole(self, receive: Receive) -> bytes | None:
        """The body; None where the client left before its end."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.max_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            "body_too_large",
            f"The body is larger than {self.max_bytes // 1024} kB.",
            "Ask a shorter question, or send fewer filter values.",
        )


def _is_upload(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return scope["method"] == "POST" and kind == UPLOAD and bool(UPLOAD_PATHS.fullmatch(scope["path"]))


def _too_slow() -> Refused:
    return Refused(408, "too_slow", "The rest of the request did not come.", "Send it again.")


def _upload_too_large() -> Refused:
    return Refused(
        413,
        "body_too_large",
        f"The file is larger than {LARGEST // 1_000_000} MB.",
        "Split it, or save it without pictures.",
    )
