"""`Servers`: the addresses Prentice works with, and the embedded servers behind those that are not set.

Several processes may use one home at once (the web server, and a question on the command line). Each
holds a shared lock on `users.lock` while it does; the kernel lets go of it however the process ends.
Whoever leaves and can then take that lock for itself is the last, and stops the servers. Starting and
stopping happen one at a time, under `servers.lock`. Servers that a killed process left behind are
found by the next one, used, and stopped by it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from prentice.embedded.ground import lay
from prentice.embedded.postgres import Postgres
from prentice.embedded.valkey import Valkey
from prentice.errors import EmbeddedServerFailed
from prentice.ops.secrets import Keyring
from prentice.settings import Settings, variable

SOURCE_DATABASE = "prentice_source"
PLATFORM_DATABASE = "prentice_platform"


class Servers:
    """Running servers, or the addresses of real ones. A context manager; `close()` may be called twice.

    >>> with Servers.start(settings()) as servers:  # doctest: +SKIP
    ...     connect(servers.source_url)
    """

    def __init__(self, settings: Settings) -> None:
        self.source_url = settings.source_url or ""
        self.platform_url = settings.platform_url or ""
        self.redis_url = settings.redis_url or ""
        self._settings = settings
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._using: int | None = None
        self._owner = os.getpid()

    @classmethod
    def start(cls, settings: Settings) -> Self:
        """Start what no address is set for, or join what already runs for this home.

        While embedded servers are in use, SIGTERM and SIGHUP end this process by `SystemExit`, so
        that `with` blocks close, unless the program has its own say about those signals.
        Raises `EmbeddedServerFailed`, `BadConfiguration`.
        """
        servers = cls(settings)
        if not (servers.source_url and servers.platform_url and servers.redis_url):
            _end_by_exception()
            try:
                servers._join()
            except OSError as refused:
                servers.close()
                raise EmbeddedServerFailed(
                    f"The folder {settings.home} cannot be used ({refused.strerror}).",
                    f"Set {variable('home')} to a folder of your own.",
                ) from None
            except BaseException:
                servers.close()
                raise
        return servers

    def close(self) -> None:
        """Leave the servers; stop them if nobody else uses them."""
        if self._using is None or os.getpid() != self._owner:  # a forked child does not own them
            return
        using, self._using = self._using, None
        with self._one_at_a_time():
            try:
                fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                for server in self._embedded():
                    server.leave()
            else:
                self._stop()
            finally:
                # Explicitly, for all copies of the descriptor: a forked child does not hold the servers up.
                fcntl.flock(using, fcntl.LOCK_UN)
                os.close(using)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _join(self) -> None:
        settings = self._settings
        ground = lay(settings)
        keyring = Keyring(settings.home / "secrets.json")
        with self._one_at_a_time():
            self._using = _open_lock(settings.home / "users.lock")
            fcntl.flock(self._using, fcntl.LOCK_SH)
            if not (self.source_url and self.platform_url):
                self._postgres = Postgres(ground, keyring, fsync=settings.embedded_fsync)
                self._postgres.start([SOURCE_DATABASE, PLATFORM_DATABASE])
                self.source_url = self.source_url or self._postgres.url(SOURCE_DATABASE)
                self.platform_url = self.platform_url or self._postgres.url(PLATFORM_DATABASE)
            if not self.redis_url:
                self._valkey = Valkey(ground, keyring)
                self._valkey.start()
                self.redis_url = self._valkey.url

    def _embedded(self) -> list[Postgres | Valkey]:
        return [server for server in (self._valkey, self._postgres) if server]

    def _stop(self) -> None:
        for server in self._embedded():  # both first: a second Ctrl-C may cut the waiting short
            server.begin_stop()
        for server in self._embedded():
            server.finish_stop()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        lock = _open_lock(self._settings.home / "servers.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _end_by_exception() -> None:
    """Left alone, these signals would end Python on the spot, with the servers still running."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise_exit)


def _raise_exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
