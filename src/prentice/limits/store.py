"""Valkey as the limits use it: scripts that do one thing whole, and a pause after a failure.

A script is one round trip and nothing comes between its steps, which is what keeps parallel requests
from spending the same remainder twice. It takes its time from the server, so the clocks of several
machines need not agree.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError, ResponseError
from redis.retry import Retry

log = structlog.get_logger(__name__)

PAUSE_S = 1.0  # after a failure: each request that waits for a dead Valkey would be slow
ANSWER_S = 0.5  # a script takes under 0.1 ms; what is not there by then is not coming
_KEPT = 32  # idle connections; a server's thread pool has 40


class Silent(Exception):
    """Valkey does not answer, or did not a moment ago."""


class Script:
    """Lua that returns one line of text, its parts between spaces."""

    def __init__(self, source: str) -> None:
        self.source = source
        sha = hashlib.sha1(source.encode()).hexdigest()  # how Valkey names it; no secret hangs on it
        self._by_name, self._whole = _strings(("EVALSHA", sha)), _strings(("EVAL", source))

    @classmethod
    def both(cls, first: Script, keys: int, arguments: int, second: Script) -> Script:
        """One journey for two: `first` takes so many of the keys and arguments, and unless it returns 0 its
        answer is all. Otherwise 0 and the answer of `second`, which takes the rest."""
        return cls(f"""
local function first(KEYS, ARGV) {first.source}
end
local function second(KEYS, ARGV) {second.source}
end
local function part(all, from, to) return {{unpack(all, from, to)}} end
local said = first(part(KEYS, 1, {keys}), part(ARGV, 1, {arguments}))
if said ~= '0' then return said end
return '0 ' .. second(part(KEYS, {keys + 1}, #KEYS), part(ARGV, {arguments + 1}, #ARGV))
""")

    def packed(self, keys: Sequence[str], arguments: Sequence[str | int], *, whole: bool = False) -> bytes:
        """The command that runs it: by its name, which a server knows once it has seen it whole."""
        rest = (str(len(keys)), *keys, *map(str, arguments))
        return b"*%d\r\n%b%b" % (2 + len(rest), self._whole if whole else self._by_name, _strings(rest))


class Wire(Protocol):
    """What is used of redis-py's connection, which connects when something is first sent."""

    def send_packed_command(self, command: list[bytes], check_health: bool) -> None: ...

    def read_response(self) -> bytes | str: ...

    def disconnect(self) -> None: ...


@dataclass(slots=True)
class _Line:
    wire: Wire
    unread: int = 0  # answers that nobody waited for
    used: bool = False


class Store:
    """Safe between threads. Connections of its own, at the address of the client that is given.

    redis-py's own way through a command takes 170 µs here, most of it before and after the wire; sending
    on a connection that is held takes 65, and a question makes five calls.
    """

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        given = dict(pool.connection_kwargs)
        within = min(given.get("socket_timeout") or ANSWER_S, ANSWER_S)
        self._make: Callable[..., Wire] = pool.connection_class
        # Its own retries sleep for seconds between them; ours is one, and only on a connection that was idle.
        self._options = {
            **given,
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": within,
            "socket_connect_timeout": within,
            "socket_keepalive": True,
        }
        self._idle: list[_Line] = []
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._silent_until: float | None = None
        self._told_at = 0.0
        self.failures = 0
        self.broken = 0

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> list[str]:
        """What the script returns. Raises `Silent`, at once during the pause after a failure."""
        if self._silent_until is not None and not self._may_try():
            raise Silent
        try:
            said = self._ask(script, keys, arguments)
        except (RedisError, OSError) as lost:
            self._failed(lost)
            raise Silent from None
        self._silent_until = None
        return said.decode().split(" ")

    def tell(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> bool:
        """Run the script without waiting for what it returns: whether it could be sent.

        On two busy cores it is the waiting that takes time. `broken` counts connections that were lost with
        something told on them, which may or may not have been heard.
        """
        if self._silent_until is not None:
            return False
        line = self._line()
        try:
            # Whole: nobody would hear that the server does not know the script's name.
            line.wire.send_packed_command([script.packed(keys, arguments, whole=True)], check_health=False)
        except (RedisError, OSError):
            self._drop(line)  # the next to ask finds out
            return False
        line.unread += 1
        self._keep(line)
        return True

    def close(self) -> None:
        while True:
            try:
                self._drop(self._idle.pop())
            except IndexError:
                return

    def _ask(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> bytes:
        line = self._line()
        try:
            return self._on(line, script.packed(keys, arguments))
        except NoScriptError:  # a server that was started since
            return self._on(self._line(), script.packed(keys, arguments, whole=True))
        except ConnectionError:
            if not line.used:
                raise
            self.close()  # the server was restarted meanwhile, and the others are as old
            return self._on(self._new(), script.packed(keys, arguments, whole=True))

    def _on(self, line: _Line, command: bytes) -> bytes:
        try:
            line.wire.send_packed_command([command], check_health=False)
            while line.unread:
                with suppress(ResponseError):
                    line.wire.read_response()
                line.unread -= 1
            said = line.wire.read_response()
        except NoScriptError:
            self._keep(line)
            raise
        except BaseException:
            self._drop(line)  # what is still to come on it would be taken for another's answer
            raise
        self._keep(line)
        return said if isinstance(said, bytes) else str(said).encode()

    def _line(self) -> _Line:
        if self._process != os.getpid():  # a forked child must not speak on its parent's connections
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _new(self) -> _Line:
        return _Line(self._make(**self._options))

    def _keep(self, line: _Line) -> None:
        line.used = True
        if len(self._idle) < _KEPT:
            self._idle.append(line)
        else:
            self._drop(line)

    def _drop(self, line: _Line) -> None:
        line.wire.disconnect()
        if line.unread:
            self.broken += 1

    def _may_try(self) -> bool:
        """One request at a time finds out whether Valkey is back; the others go on without."""
        with self._lock:
            if self._silent_until is None:
                return True
            if time.monotonic() < self._silent_until:
                return False
            self._silent_until = time.monotonic() + PAUSE_S
            return True

    def _failed(self, lost: Exception) -> None:
        with self._lock:  # many requests may have been on the way to it
            self._silent_until = now = time.monotonic() + PAUSE_S
            self.failures += 1
            if say := now - self._told_at >= PAUSE_S:
                self._told_at = now
        self.close()  # the others are no better
        if say:
            log.warning("Valkey does not answer; limits go on without", failure=type(lost).__name__)


def _strings(texts: Iterable[str]) -> bytes:
    """As they go over the wire (RESP: each with its length in bytes)."""
    return b"".join(b"$%d\r\n%b\r\n" % (len(data), data) for data in map(str.encode, texts))
