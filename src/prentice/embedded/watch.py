"""Brings embedded servers back that ended while a long process uses them: killed for want of memory, say."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import structlog

from prentice.embedded.claim import Claim
from prentice.embedded.postgres import Postgres
from prentice.embedded.valkey import Valkey
from prentice.errors import EmbeddedServerFailed

log = structlog.get_logger(__name__)

LOOK_S = 0.5  # a look at two processes takes 0.1 ms
PAUSE_S = 10.0  # before the next try where a server does not come up


class Watch:
    """A thread, from now until `end`. Of processes that share a home the first brings a server back."""

    def __init__(self, claim: Claim, servers: Sequence[Postgres | Valkey]) -> None:
        self._claim = claim
        self._servers = servers
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="prentice-servers", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """No server is started after this returns."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            for server in self._servers:
                if not server.runs() and not self._brought_back(server):
                    self._over.wait(PAUSE_S)

    def _brought_back(self, server: Postgres | Valkey) -> bool:
        name, started = type(server).__name__, time.monotonic()
        try:
            with self._claim.turn():
                if not server.runs():  # no other process was quicker
                    server.restart()
        except (EmbeddedServerFailed, OSError) as failure:
            log.error("an embedded server ended and does not come back", server=name, why=str(failure))
            return False
        if not server.runs():  # its folder is gone
            return False
        took_ms = round((time.monotonic() - started) * 1000)
        log.warning("an embedded server ended and was brought back", server=name, took_ms=took_ms)
        return True
