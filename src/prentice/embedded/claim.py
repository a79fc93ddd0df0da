"""Who uses the servers of a home: file locks, which the kernel lets go of however a process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Claim:
    """One user's claim on the servers of a home. Both files stay open until `release`, so that it can
    be given up even after somebody deleted the folder."""

    def __init__(self, home: Path) -> None:
        self._door = _opened(home / "servers.lock")  # whoever starts or stops holds it
        self._users = _opened(home / "users.lock")  # whoever uses the servers shares it

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    def share(self) -> None:
        """Count as a user. Within a `turn`."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether nobody else is a user. Gives up one's own share where somebody is. Within a `turn`."""
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give it up, for every copy of the descriptors: a forked child does not hold the servers up."""
        for descriptor in (self._users, self._door):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
