"""Requests to an address that somebody typed in: a host's keys, a provider's endpoints.

Only https, except to this machine; no redirect is followed; an answer that is slow or large is given up.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from prentice.errors import BadConfiguration

TIMEOUT_S = 2.0  # for the whole of it, not for each packet
LARGEST = 256 * 1024  # bytes; a set of keys has some 5 kB


class Unreached(Exception):
    """No usable answer. Says nothing of it: the address and what it told are not the asker's business."""


def checked_address(url: str, *, loopback: bool) -> str:
    """The address, or `BadConfiguration`: https, without login or fragment.

    This machine's own addresses (http or https) are good with `loopback` alone: an operator may name
    them, a practice's owner may not.

    >>> checked_address("https://login.example/keys", loopback=False)
    'https://login.example/keys'
    """
    wrong = BadConfiguration(
        "That is not an address that Prentice fetches from.",
        "Give one that starts with https:// and has neither a login nor a '#'.",
    )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if not parts.hostname or parts.username is not None or "#" in url or len(url) > 1_000:
        raise wrong
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    here = is_loopback(url)
    if (here and not loopback) or parts.scheme not in (("https", "http") if here else ("https",)):
        raise wrong
    return url


def is_loopback(url: str) -> bool:
    """
    >>> is_loopback("http://127.0.0.1:80/"), is_loopback("http://[::1]/"), is_loopback("https://a.example/")
    (True, True, False)
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Outgoing:
    """One client for all such requests. Safe between threads."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, headers={"Accept": "application/json"}
        )

    def close(self) -> None:
        self._client.close()

    def get(self, url: str) -> Mapping[str, Any]:
        """The JSON object there. Raises `Unreached`."""
        return self._object("GET", url)

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
        """The JSON object that answers a form. Raises `Unreached`."""
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._object("POST", url, content=body, headers=form)

    def _object(self, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
        try:
            checked_address(url, loopback=True)
            found = json.loads(self._bytes(method, url, **sent))
        except (httpx.HTTPError, httpx.InvalidURL, BadConfiguration, ValueError, RecursionError, OSError):
            raise Unreached from None
        if not isinstance(found, dict):
            raise Unreached
        return found

    def _bytes(self, method: str, url: str, **sent: Any) -> bytes:
        whole = _Whole(TIMEOUT_S)
        with whole, self._client.stream(method, url, extensions={"trace": whole.trace}, **sent) as response:
            if response.status_code != 200:
                raise Unreached
            got = b""
            for part in response.iter_bytes():
                got += part
                if len(got) > LARGEST or whole.over:
                    raise Unreached
            return got


class _Whole:
    """Ends a request that takes too long as a whole: httpx counts its seconds anew with each packet."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    @property
    def over(self) -> bool:
        return time.monotonic() > self._until

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
