"""The keyring: passwords that Prentice made or was given, in one file that only its owner can read."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prentice.errors import BadConfiguration


class Keyring:
    """Named secrets in a JSON file with mode 0600.

    Safe between threads and processes: a write takes a lock beside the file, then replaces the file
    whole, so a reader sees the old content or the new. Every method raises `BadConfiguration` if the
    file cannot be used: other accounts may read it, or it is not what was written here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> str | None:
        """The secret of that name, or None."""
        return self._read().get(name)

    def names(self) -> list[str]:
        """The names of all secrets."""
        return sorted(self._read())

    def set(self, name: str, value: str) -> None:
        """Keep `value` under `name`, in place of what was there."""
        with self._locked():
            self._write({**self._read(), name: value})

    def get_or_create(self, name: str, nbytes: int = 32) -> str:
        """The secret of that name, else a new random one of `nbytes` bytes, safe in addresses."""
        with self._locked():
            held = self._read()
            if name not in held:
                held[name] = secrets.token_urlsafe(nbytes)
                self._write(held)
            return held[name]

    def forget(self, name: str) -> None:
        """Keep nothing under `name`."""
        with self._locked():
            held = self._read()
            if held.pop(name, None) is not None:
                self._write(held)

    def _read(self) -> dict[str, str]:
        try:
            with self.path.open(encoding="utf-8") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise BadConfiguration(
                        f"Other accounts can read the secrets file {self.path}.",
                        f"Run: chmod 600 {self.path}; change the passwords if someone may have seen them.",
                    )
                held = json.load(file)
        except FileNotFoundError:
            return {}
        except PermissionError:
            raise BadConfiguration(
                f"The secrets file {self.path} belongs to another account.",
                "Run as that account, or set PRENTICE_HOME to a folder of your own.",
            ) from None
        except ValueError:
            held = None
        if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
            raise BadConfiguration(
                f"The secrets file {self.path} is damaged.", "Put back a copy of it that is whole."
            )
        return held

    def _write(self, held: dict[str, str]) -> None:
        # mkstemp gives 0600 whatever the umask is.
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(held, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as refused:
            raise BadConfiguration(
                f"The folder {self.path.parent} cannot be written to ({refused.strerror}).",
                "Set PRENTICE_HOME to a folder of your own.",
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
