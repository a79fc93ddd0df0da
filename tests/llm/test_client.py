"""Whatever a model server does, a request ends in time, with a reason and the next step."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from llm.scripted import Says, Scripted, completion, dripping, moved, raw, scripted
from prentice.errors import BadConfiguration, ModelUnavailable
from prentice.llm import client
from prentice.llm.client import LARGEST, ChatModel, Failed, Message, most_tokens
from prentice.settings import Settings

ASKED = [Message("system", "Be short."), Message("user", "What is a prism dioptre?")]
MOST = most_tokens(ASKED, 0)


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@contextmanager
def model(url: str, **more: Any) -> Iterator[ChatModel]:
    with ChatModel.open(Settings(llm_url=url, llm_model="expert-8b", llm_timeout_s=5, **more)) as opened:
        assert opened is not None
        yield opened


def failure(url: str, **more: Any) -> Failed:
    with model(url, **more) as opened, pytest.raises(Failed) as failed:
        opened.complete(ASKED, 50)
    assert failed.value.code == "model_unavailable"
    assert failed.value.message.endswith(".")
    assert failed.value.next_step.endswith(".")
    return failed.value


def test_what_it_writes_comes_back_with_its_tokens(server: Scripted) -> None:
    server.says = completion("One centimetre at one metre.")
    with model(server.url, llm_key="k-123") as opened:
        told = opened.complete(ASKED, 50)
    # More than the prompt can have are not believed: it has some 50 bytes.
    assert (told.text, told.prompt_tokens, told.written_tokens, told.whole) == (
        "One centimetre at one metre.", MOST, 40, True,
    )  # fmt: skip
    assert server.keys[-1] == "Bearer k-123"
    assert server.heard[-1] == {
        "model": "expert-8b",
        "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "What is a prism dioptre?"},
        ],
        "max_tokens": 50,
        "temperature": 0,
    }


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 20, "completion_tokens": 7}, 27),
        (None, MOST + 50),
        ({}, MOST + 50),
        ({"prompt_tokens": -5, "completion_tokens": 10**12}, MOST + 50),
        ({"prompt_tokens": "20", "completion_tokens": True}, MOST + 50),
        ([1], MOST + 50),
    ],
)
def test_tokens_are_counted_as_the_server_says_within_what_can_be(
    server: Scripted, usage: Any, tokens: int
) -> None:
    server.says = completion("Yes.", usage=usage)
    with model(server.url) as opened:
        assert opened.complete(ASKED, 50).tokens == tokens


def test_an_answer_that_was_cut_off_says_so(server: Scripted) -> None:
    cut = [{"message": {"content": "It is"}, "finish_reason": "length"}]
    server.says = completion("", choices=cut)
    with model(server.url) as opened:
        assert not opened.complete(ASKED, 50).whole


@pytest.mark.parametrize(
    ("says", "reason", "worked"),
    [
        (raw(b"<html>busy</html>", kind="text/html"), "not_understood", True),
        (raw(b""), "not_understood", True),
        (raw(b"[" * 100_000), "not_understood", True),
        (raw(b'{"choices": []}'), "not_understood", True),
        (raw(b'{"choices": [{"message": null}]}'), "not_understood", True),
        (raw(b"\xff\xfe{}"), "not_understood", True),
        (raw(json.dumps({"choices": [9]}).encode()), "not_understood", True),
        (completion(None), "not_understood", True),
        (completion([{"type": "text", "text": "It is."}]), "not_understood", True),
        (raw(b" " * (LARGEST + 1)), "too_large", True),
        (dripping(0, b" " * 10_000), "too_large", True),
        (raw(b'{"error": "the question was: ..."}', 500), "failed", True),
        (raw(b"", 204), "failed", True),
        (raw(b"", 401), "refused", False),
        (raw(b"", 404), "refused", False),
        (raw(b"", 429), "refused", False),
        (moved("http://127.0.0.1:9/elsewhere"), "refused", False),
    ],
)
def test_what_is_no_completion_is_a_failure(server: Scripted, says: Says, reason: str, worked: bool) -> None:
    server.says = says
    failed = failure(server.url, llm_key="k-123")
    assert (failed.reason, failed.worked) == (reason, worked)
    assert "question" not in str(failed)
    assert "k-123" not in str(failed)


@pytest.mark.parametrize("every_s", [0.05, 30.0])
def test_a_slow_server_costs_no_more_than_the_time_limit(server: Scripted, every_s: float) -> None:
    server.says = dripping(every_s)
    began = time.monotonic()
    with ChatModel.open(Settings(llm_url=server.url, llm_model="m", llm_timeout_s=0.5)) as opened:
        assert opened is not None
        with pytest.raises(Failed) as failed:
            opened.complete(ASKED, 50)
        assert time.monotonic() - began < 1.5
    assert (failed.value.reason, failed.value.worked) == ("slow", True)
    assert "PRENTICE_LLM_TIMEOUT_S" in failed.value.next_step


def test_a_server_that_takes_the_connection_and_says_nothing_costs_no_more_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        began = time.monotonic()
        with ChatModel.open(Settings(llm_url=url, llm_model="m", llm_timeout_s=0.3)) as opened:
            assert opened is not None
            with pytest.raises(ModelUnavailable):
                opened.complete(ASKED, 50)
        assert time.monotonic() - began < 1.5


def test_a_server_that_hangs_up_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            connection, _ = rude.accept()
            connection.recv(1_000)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert failure(f"http://127.0.0.1:{rude.getsockname()[1]}/v1").reason == "failed"
        thread.join()


def test_a_server_that_is_not_there_used_no_tokens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    failed = failure(f"http://127.0.0.1:{port}/v1")
    assert (failed.reason, failed.worked) == ("unreachable", False)
    assert failure("http://no-such-host.invalid/v1").reason == "unreachable"


def test_a_server_that_failed_three_times_is_left_alone_for_a_while(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REST_S", 0.4)
    server.says = raw(b"", 500)
    with model(server.url) as opened:
        for reason in ("failed", "failed", "failed", "resting", "resting"):
            with pytest.raises(Failed) as failed:
                opened.complete(ASKED, 50)
            assert failed.value.reason == reason
        time.sleep(0.5)
        server.says = completion("Well again.")
        assert opened.complete(ASKED, 50).text == "Well again."


def test_many_ask_at_once(server: Scripted) -> None:
    server.says = lambda body: completion(body["messages"][0]["content"])(body)
    with model(server.url) as opened, ThreadPoolExecutor(8) as pool:
        told = pool.map(lambda n: opened.complete([Message("user", f"number {n}")], 50).text, range(40))
        assert list(told) == [f"number {n}" for n in range(40)]


def test_without_an_address_there_is_no_model() -> None:
    with ChatModel.open(Settings(llm_model="m")) as none:
        assert none is None


def test_an_address_without_a_model_is_told_at_the_start() -> None:
    opening = ChatModel.open(Settings(llm_url="http://127.0.0.1:9/v1"))
    with pytest.raises(BadConfiguration, match="PRENTICE_LLM_MODEL"), opening:
        pass


def test_the_key_is_not_shown_when_settings_are_printed() -> None:
    assert "k-123" not in repr(Settings(llm_url="http://127.0.0.1:9/v1", llm_key="k-123"))
