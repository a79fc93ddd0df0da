"""One client for every model server that speaks the OpenAI protocol: vLLM, llama.cpp, a cloud behind it.

Whatever the server does, a request ends within its time limit as a whole: name looked up, connection, every
byte. What was sent and what came back is never logged. After failures in a row nothing is asked for a while,
so that a dead server does not cost every question its time.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from prentice.errors import BadConfiguration, ModelUnavailable
from prentice.settings import Settings, variable

Role = Literal["system", "user", "assistant"]
Reason = Literal["slow", "unreachable", "refused", "failed", "too_large", "not_understood", "resting"]

LARGEST = 256 * 1024  # bytes of an answer; 200 tokens have some 2 kB
REST_S = 30.0  # in which a server that failed is not asked
_IN_A_ROW = 3  # failures before that
_FRAME = 16  # tokens that a chat template adds to a message, at most


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote. Tokens are the server's count, held to what can be; `whole`: it came to an end by
    itself and was not cut off."""

    text: str
    prompt_tokens: int
    written_tokens: int
    whole: bool

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.written_tokens


class Failed(ModelUnavailable):
    """`worked`: the model may have worked on it, and tokens were used."""

    def __init__(self, reason: Reason, message: str, next_step: str, *, worked: bool = False) -> None:
        super().__init__(message, next_step)
        self.reason: Reason = reason
        self.worked = worked


def most_tokens(messages: Sequence[Message], written: int) -> int:
    """At most so many are used, whatever the tokeniser: a token has 2 bytes of English or more.

    >>> most_tokens([Message("user", "What is a prism dioptre?")], 200)
    228
    """
    return sum(_FRAME + len(m.text.encode()) // 2 for m in messages) + written


class ChatModel:
    """One model of one server. Safe between threads; `ChatModel.open` closes it."""

    def __init__(
        self, portal: BlockingPortal, client: httpx.AsyncClient, url: httpx.URL, model: str, timeout_s: float
    ) -> None:
        self.name = model
        self.timeout_s = timeout_s
        self._portal, self._client, self._url = portal, client, url
        self._lock = threading.Lock()
        self._failed = 0
        self._rests_until = 0.0

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[ChatModel | None]:
        """The model that the settings name, or None. Asks nothing yet. Raises `BadConfiguration`."""
        if settings.llm_url is None:
            yield None
            return
        if not settings.llm_model:
            raise BadConfiguration(
                f"{variable('llm_url')} is set, and {variable('llm_model')} is not.",
                "Name the model to ask for, or unset the address.",
            )
        base = httpx.URL(settings.llm_url)
        url = base.copy_with(path=base.path.rstrip("/") + "/chat/completions")
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if settings.llm_key:
            headers["Authorization"] = f"Bearer {settings.llm_key}"
        with start_blocking_portal() as portal:
            # No redirect is followed and no proxy of the environment is used: the key goes to one server.
            client = httpx.AsyncClient(
                headers=headers,
                verify=_trusted(settings),
                timeout=None,  # of the request as a whole, below
                follow_redirects=False,
                trust_env=False,
            )
            try:
                yield cls(portal, client, url, settings.llm_model, settings.llm_timeout_s)
            finally:
                portal.call(client.aclose)

    def complete(self, messages: Sequence[Message], written: int) -> Completion:
        """What the model says to `messages`, in up to `written` tokens, the likeliest first (temperature 0).

        Raises `Failed` (a `ModelUnavailable`) with a reason and the next step.
        """
        self._rested()
        try:
            found = self._portal.call(self._complete, messages, written)
        except Failed as failure:
            self._note(failed=failure.reason != "refused")
            raise
        self._note(failed=False)
        return found

    async def _complete(self, messages: Sequence[Message], written: int) -> Completion:
        body = {
            "model": self.name,
            "messages": [{"role": m.role, "content": m.text} for m in messages],
            "max_tokens": written,
            "temperature": 0,
        }
        try:
            with anyio.fail_after(self.timeout_s):
                content = await self._answer(body)
        except TimeoutError:
            raise Failed(
                "slow",
                f"The model server did not answer within {self.timeout_s:g} s.",
                f"Look at its load, or raise {variable('llm_timeout_s')}.",
                worked=True,
            ) from None
        except (httpx.ConnectError, OSError):
            raise Failed(
                "unreachable",
                "The model server cannot be reached.",
                f"See that it runs, and that {variable('llm_url')} leads to it.",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Failed(
                "failed",
                "The model server broke off.",
                "Look at its log; it may have run out of memory.",
                worked=True,
            ) from None
        return _read(content, messages, written)

    async def _answer(self, body: dict[str, Any]) -> bytes:
        async with self._client.stream("POST", self._url, json=body) as response:
            if 300 <= response.status_code < 500:
                raise Failed(
                    "refused",
                    f"The model server refused the request ({response.status_code}).",
                    f"Check {variable('llm_url')} (it ends with /v1), {variable('llm_model')} and "
                    f"{variable('llm_key')}.",
                )
            if response.status_code != 200:
                raise Failed(
                    "failed",
                    f"The model server failed ({response.status_code}).",
                    "Look at its log.",
                    worked=True,
                )
            content = b""
            async for part in response.aiter_raw():
                content += part
                if len(content) > LARGEST:
                    raise Failed(
                        "too_large",
                        "The model server's answer is larger than an answer can be.",
                        f"See that {variable('llm_url')} leads to a model server.",
                        worked=True,
                    )
            return content

    def _rested(self) -> None:
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise Failed(
                    "resting",
                    f"The model server failed {_IN_A_ROW} times in a row and is left alone for a while.",
                    f"It is asked again within {REST_S:.0f} s.",
                )

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            if self._failed >= _IN_A_ROW:  # one more failure after the rest, and it rests again
                self._rests_until = time.monotonic() + REST_S


def _trusted(settings: Settings) -> ssl.SSLContext:
    """The public authorities, and the operator's own."""
    context = httpx.create_ssl_context(trust_env=False)
    if settings.tls_ca is not None:
        context.load_verify_locations(settings.tls_ca)
    return context


def _read(content: bytes, messages: Sequence[Message], written: int) -> Completion:
    try:
        told = json.loads(content)
        choice = told["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        text = None
    if not isinstance(text, str):
        raise Failed(
            "not_understood",
            "The model server's answer is not a chat completion.",
            f"See that {variable('llm_url')} leads to a server that speaks the OpenAI protocol.",
            worked=True,
        )
    usage = told.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Completion(
        text=text,
        prompt_tokens=_counted(usage.get("prompt_tokens"), most_tokens(messages, 0)),
        written_tokens=_counted(usage.get("completion_tokens"), written),
        whole=choice.get("finish_reason") == "stop",
    )


def _counted(told: object, most: int) -> int:
    """The server's figure; what it does not tell, or cannot be, counts as the most that it may be."""
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 < told <= most else most
