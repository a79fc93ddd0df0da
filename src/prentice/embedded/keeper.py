"""Keeps the embedded servers open for a while after a command that handed out an address of theirs.

An address is no use if its server ends with the command. `keep_open` leaves a process behind that uses the
servers for ten minutes, unless something else (`prentice serve`) uses them anyway; `end_keeper` ends it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from prentice.embedded.claim import Claim
from prentice.settings import Settings, load_settings

KEPT_S = 600
_READY_S = 20


def nobody_uses(settings: Settings) -> bool:
    """Whether the embedded servers of this home would end with the next one that uses them."""
    if settings.source_url and settings.platform_url:
        return False
    if not settings.home.exists():
        return True
    claim = Claim(settings.home)
    try:
        with claim.turn():
            return claim.is_last()
    finally:
        claim.release()


def keep_open(settings: Settings, *, alone: bool) -> None:
    """Called while this process uses the servers: leaves a keeper behind where it is `alone` with them.

    `alone` is what `nobody_uses` said before they were started. A keeper that runs already starts its
    time again.
    """
    if not alone:
        if _running(settings.home) is not None:
            _file(settings.home).touch()
        return
    file = _file(settings.home)
    file.unlink(missing_ok=True)
    subprocess.Popen(
        [sys.executable, "-m", "prentice.embedded.keeper"],
        env={**os.environ, "PRENTICE_HOME": str(settings.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + _READY_S
    while time.monotonic() < until and not file.exists():
        time.sleep(0.05)
    print(
        f"The embedded servers stay open for {KEPT_S // 60} minutes; `prentice serve` keeps them longer.",
        file=sys.stderr,
    )


def end_keeper(settings: Settings) -> None:
    """End the keeper of this home, if there is one; who calls this uses the servers itself."""
    if (process := _running(settings.home)) is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGTERM)


def _file(home: Path) -> Path:
    return home / "keeper.pid"


def _running(home: Path) -> int | None:
    """The keeper's process id, where it is alive and really one of ours."""
    import psutil

    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(_file(home).read_text()))
        if "prentice.embedded.keeper" in process.cmdline():
            return int(process.pid)
    return None


def main() -> None:
    """Use the servers until nobody has asked for them for `KEPT_S`."""
    from prentice.embedded.servers import Servers

    settings = load_settings()
    file = _file(settings.home)
    with Servers.start(settings) as servers:
        servers.watch()
        file.write_text(str(os.getpid()))
        try:
            while time.time() - file.stat().st_mtime < KEPT_S:
                time.sleep(1)
        except FileNotFoundError:
            pass
        finally:
            with suppress(OSError, ValueError):
                if int(file.read_text()) == os.getpid():
                    file.unlink()


if __name__ == "__main__":
    main()
