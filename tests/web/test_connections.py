"""Requests that never end, or never begin, hold up nobody and fill nothing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from prentice.web import bodies, connections
from web.test_attacks_on_identity import SignedIn

BEGUN = b"GET /healthz HTTP/1.1\r\nHost: %b\r\n"


@contextmanager
def wire(address: str) -> Iterator[tuple[socket.socket, bytes]]:
    """A connection, and what its Host header holds."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        yield line, parts.netloc.encode()


def told(line: socket.socket) -> bytes:
    """All that comes until the server closes."""
    got = b""
    try:
        while part := line.recv(65_536):
            got += part
    except ConnectionResetError:  # it closed while we were sending
        pass
    return got


def memory() -> int:
    """Bytes of this process, in which the server runs, that are in memory."""
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def test_a_head_that_does_not_end_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    for begun in (b"", b"GET", BEGUN, b"GET / HTTP/1.1\r\nX-a: "):
        with wire(address) as (line, host):
            since = time.monotonic()
            line.sendall(begun % host if b"%b" in begun else begun)
            assert b" 408 " in told(line)
            assert time.monotonic() - since < 3


def test_a_head_that_drips_is_closed_though_something_comes_each_moment(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.6)
    with wire(address) as (line, host):
        since = time.monotonic()
        line.sendall(BEGUN % host + b"X-a: ")
        with suppress(OSError):  # broken pipe, or reset
            while time.monotonic() - since < 8:
                time.sleep(0.1)
                line.sendall(b"a")
        assert time.monotonic() - since < 4


def test_the_second_request_of_a_connection_has_no_more_time(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with wire(address) as (line, host):
        for _ in range(3):  # whole ones are answered on one connection
            line.sendall(BEGUN % host + b"\r\n")
            assert b" 200 " in line.recv(65_536)
        line.sendall(BEGUN % host)
        assert b" 408 " in told(line)


def test_a_head_of_hundreds_of_megabytes_is_not_read(address: str) -> None:
    before = memory()
    with wire(address) as (line, host):
        line.sendall(BEGUN % host + b"X-a: ")
        sent = 0
        try:
            for _ in range(200):
                line.sendall(b"a" * 2**20)
                sent += 1
        except OSError:
            pass
        assert sent < 20
    assert memory() - before < 50 * 2**20
    assert httpx.get(f"{address}/healthz", headers={"X-a": "a" * 30_000}).status_code == 200


def test_many_open_connections_leave_files_for_the_databases(
    address: str, owner: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 20)
    with ExitStack() as stack:
        lines = [stack.enter_context(wire(address))[0] for _ in range(60)]
        time.sleep(0.5)
        closed = 0
        for line in lines:
            line.setblocking(False)
            with suppress(BlockingIOError):
                closed += line.recv(1) == b""
        assert closed >= 39
    time.sleep(0.5)
    assert httpx.get(f"{address}/v1/me", headers=owner.headers).status_code == 200


def test_a_body_that_does_not_come_is_told_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.5)
    monkeypatch.setattr(connections, "REST_S", 0.5)
    with wire(address) as (line, host):
        line.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n"
            b"Content-Length: 60000\r\n\r\n{" % host
        )
        time.sleep(1)
        line.sendall(b'"question":')  # after the answer: the rest is waited for, not for ever
        time.sleep(1)
        answer = told(line)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 408 " in head
    assert json.loads(body)["error"]["code"] == "too_slow"


def test_a_document_that_stops_coming_is_told_so(
    address: str, owner: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PIECE_S", 0.5)
    with wire(address) as (line, host):
        line.sendall(
            b"POST /v1/documents?tenant=harbour-optics HTTP/1.1\r\n"
            b"Host: %b\r\nCookie: %b\r\nX-CSRF-Token: %b\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 60000\r\n\r\n--x\r\n"
            % (host, owner.headers["Cookie"].encode(), owner.headers["X-CSRF-Token"].encode())
        )
        line.settimeout(5)
        assert b" 408 " in line.recv(65_536)
