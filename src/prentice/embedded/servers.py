"""`Servers`: the addresses Prentice works with, and the embedded servers behind those that are not set.

Several processes may use one home at once (the web server, and a question on the command line). Each
has a `Claim`; the last to give it up stops the servers. Servers that a killed process left behind are
found by the next one, used, and stopped by it.
"""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Self

from prentice.embedded.claim import Claim
from prentice.embedded.ground import lay, not_anothers
from prentice.embedded.postgres import Postgres
from prentice.embedded.valkey import Valkey
from prentice.embedded.watch import Watch
from prentice.errors import BadConfiguration, EmbeddedServerFailed
from prentice.ops.secrets import Keyring
from prentice.settings import Settings, variable
from prentice.tenancy.address import trusting

SOURCE_DATABASE = "prentice_source"
PLATFORM_DATABASE = "prentice_platform"


class Servers:
    """Running servers, or the addresses of real ones. A context manager; `close()` may be called twice.

    >>> with Servers.start(settings()) as servers:  # doctest: +SKIP
    ...     connect(servers.source_url)
    """

    def __init__(self, settings: Settings) -> None:
        self.source_url = trusting(settings.source_url or "", settings.tls_ca)
        self.platform_url = trusting(settings.platform_url or "", settings.tls_ca)
        self.redis_url = trusting(settings.redis_url or "", settings.tls_ca)
        self._settings = settings
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._claim: Claim | None = None
        self._watch: Watch | None = None
        self._owner = os.getpid()

    @classmethod
    def start(cls, settings: Settings) -> Self:
        """Start what no address is set for, or join what already runs for this home.

        While embedded servers are in use, SIGTERM and SIGHUP end this process by `SystemExit`, so
        that `with` blocks close, unless the program has its own say about those signals.
        With PRENTICE_TLS_CA the addresses that are set say to verify the servers against it; embedded
        servers listen on this machine alone and speak no TLS. Raises `EmbeddedServerFailed`,
        `BadConfiguration`.
        """
        if settings.tls_ca and not os.access(settings.tls_ca, os.R_OK):
            raise BadConfiguration(
                f"{variable('tls_ca')} names a file that cannot be read.",
                "Correct it, or unset the variable.",
            )
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

    def watch(self) -> None:
        """From now until `close`, bring an embedded server that ended back at its address.

        For a process that goes on for long: it would otherwise be without its database until its own end.
        """
        if self._claim is not None and self._watch is None:
            self._watch = Watch(self._claim, self._embedded())

    def close(self) -> None:
        """Leave the servers; stop them if nobody else uses them."""
        if self._watch is not None and os.getpid() == self._owner:
            self._watch.end()
        claim, self._claim = self._claim, None
        if claim is None or os.getpid() != self._owner:  # a forked child does not own them
            return
        try:
            with claim.turn():
                if claim.is_last():
                    self._stop()
                else:
                    for server in self._embedded():
                        server.leave()
        finally:
            claim.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _join(self) -> None:
        settings = self._settings
        not_anothers(settings.home)
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        keyring = Keyring.of(settings)
        self._claim = Claim(settings.home)
        with self._claim.turn():  # two that come first at once lay the ground one after the other
            ground = lay(settings)
            self._claim.share()
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


def _end_by_exception() -> None:
    """Left alone, these signals would end Python on the spot, with the servers still running."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise_exit)


def _raise_exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
