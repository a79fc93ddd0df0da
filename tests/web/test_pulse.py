"""`/healthz` is about the process, `/readyz` about what it stands on."""

from __future__ import annotations

import socket
import time

import httpx
import pytest
from httpx import Client

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.embedded import Servers
from prentice.ops.health import PROBE_S, Part, postgres_answers, probe, valkey_answers
from prentice.settings import Settings
from prentice.web.pulse import KEPT_S
from web.live import live


def test_a_running_server_is_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    response = client.get("/readyz")
    assert response.status_code == 200, response.text
    assert response.json()["status"] == "ready"
    assert all(part["up"] for part in response.json()["parts"])
    assert len(response.json()["parts"]) == 3


def test_many_who_ask_whether_it_is_ready_are_told_by_one_look(
    demo: Prentice, session_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def look(parts: object) -> tuple[Part, ...]:
        looks.append(1)
        return (Part("source", True, 1.0),)

    monkeypatch.setattr("prentice.web.pulse.probe", look)
    with live(create_app(session_settings, engine=demo)) as url:
        began = time.monotonic()
        for _ in range(20):
            assert httpx.get(f"{url}/readyz").status_code == 200
        assert len(looks) <= 1 + (time.monotonic() - began) // KEPT_S
        time.sleep(KEPT_S)
        httpx.get(f"{url}/readyz")
    assert len(looks) >= 2


def test_the_application_opens_its_own_engine_and_closes_it(
    servers: Servers, session_settings: Settings
) -> None:
    """As under `uvicorn --factory prentice.app:create_app`; twice, because closing must leave nothing."""
    for _ in range(2):
        with live(create_app(session_settings)) as url:
            assert httpx.get(f"{url}/readyz", timeout=30).status_code == 200
    assert postgres_answers(servers.source_url)


def test_servers_that_answer_are_up(servers: Servers) -> None:
    assert postgres_answers(servers.source_url)
    assert valkey_answers(servers.redis_url)


def test_servers_that_refuse_are_down() -> None:
    assert not postgres_answers("postgresql://nobody:hunter2@127.0.0.1:1/none")
    assert not valkey_answers("redis://127.0.0.1:1/0")


def test_a_server_that_accepts_and_says_nothing_is_down_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.perf_counter()
        parts = probe(
            {
                "postgresql": lambda: postgres_answers(f"postgresql://x@127.0.0.1:{port}/x"),
                "valkey": lambda: valkey_answers(f"redis://127.0.0.1:{port}/0"),
            }
        )
    assert [(part.name, part.up) for part in parts] == [("postgresql", False), ("valkey", False)]
    assert time.perf_counter() - began < 2 * PROBE_S + 1
