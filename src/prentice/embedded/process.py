"""Starting, finding and ending a server's process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from prentice.embedded.ground import Ground

_LOG_BYTES = 5_000_000  # a log over this is put aside at the next start; one older log is kept

# Servers that outlive us because another process still uses them: kept, so that nothing takes the
# loss of the handle for an oversight.
_left_to_others: list[subprocess.Popen[bytes]] = []


def spawn(command: Sequence[str], ground: Ground, folder: Path, log: str) -> subprocess.Popen[bytes]:
    """Start a server in `folder`, away from our terminal: Ctrl-C reaches us, and we end it in order."""
    path = ground.path / log
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(f"{log}.old"))
    account = ground.account
    with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},  # nothing of PGDATA, PGPORT and the like
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def at_work(name: str, folder: Path) -> list[psutil.Process]:
    """The processes called `name` whose working directory is `folder`: a server's, and its children's.

    A process id out of a file may by now be anyone's; name and directory cannot be.
    """
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == name and Path(process.cwd()) == folder:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone, a zombie, or another account's
    return found


def ask_to_end(process: psutil.Process, with_signal: signal.Signals) -> None:
    """Send a signal to a process that may just have ended."""
    try:
        process.send_signal(with_signal)
    except psutil.NoSuchProcess:
        return


def wait_gone(processes: Sequence[psutil.Process], timeout_s: float) -> Sequence[psutil.Process]:
    """Those that are still there after `timeout_s`. One that only waits for its parent's notice is gone."""
    deadline = time.monotonic() + timeout_s
    while (alive := [process for process in processes if runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return alive


def kill(processes: Sequence[psutil.Process]) -> None:
    """End them now, whatever they do."""
    for process in processes:
        ask_to_end(process, signal.SIGKILL)
    wait_gone(processes, 10)


def reap(child: subprocess.Popen[bytes] | None, timeout_s: float) -> None:
    """Wait for our own child to end, and see to it that it does."""
    if child is None:
        return
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def leave(process: subprocess.Popen[bytes] | None) -> None:
    """Let go of a server that goes on for others."""
    if process:
        _left_to_others.append(process)


def remembered(file: Path) -> int:
    """The port of last time; 0 if there was none."""
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def port_for(file: Path) -> int:
    """The port of last time if it is free, else one that is."""
    for port in (remembered(file), 0):
        with socket.socket() as probe:
            # As the servers do: a port that is only waiting out its last connection is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def runs(process: psutil.Process) -> bool:
    """Whether it is still there, and not only waiting for its parent's notice."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
