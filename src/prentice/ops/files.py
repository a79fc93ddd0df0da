"""Small files that hold secrets: for their owner alone, and whole at every moment."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from prentice.errors import BadConfiguration


def read_private(path: Path, what: str) -> str | None:
    """The text of a file that only its owner may read, or None where there is none.

    `what` is how a person calls it. Raises `BadConfiguration` if others may read it, or it is theirs;
    `ValueError` if it is no text.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise BadConfiguration(
                    f"Other accounts can read {what} {path}.",
                    f"Run: chmod 600 {path}; change the passwords if someone may have seen them.",
                )
            return file.read()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise BadConfiguration(
            f"The account that runs this may not read {what} {path}.",
            "Run as the account that it belongs to, or set PRENTICE_HOME to a folder of your own.",
        ) from None


def replace_private(path: Path, text: str) -> None:
    """Write it in place of what was there. Whoever reads, and a machine that loses power, finds the old
    content or the new."""
    _write_beside(path, text, replace=True)


def make_private(path: Path, text: str) -> bool:
    """Write it where there is none yet; False where another was quicker."""
    return _write_beside(path, text, replace=False)


def _write_beside(path: Path, text: str, *, replace: bool) -> bool:
    # mkstemp gives 0600 whatever the umask is.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            beside.replace(path)
        else:
            path.hardlink_to(beside)
    except FileExistsError:
        return False
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    kept_on_disk(path.parent)
    return True


def kept_on_disk(folder: Path) -> None:
    """Wait until what was renamed or removed in the folder is so on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
