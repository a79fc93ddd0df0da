"""The command line as the operator: Prentice opened for one command, its log kept out of the output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from prentice.settings import Settings, load_settings

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice


@contextmanager
def opened(config: Settings | None = None) -> Iterator[Prentice]:
    """Everything a command needs to answer; servers that this command started end with it.

    Raises what `open_prentice` raises.
    """
    config = config or load_settings()
    log_to_file(config)
    from prentice.ask.pipeline import open_prentice

    with open_prentice(config) as prentice:
        yield prentice


def log_to_file(config: Settings) -> None:
    """Events go to `logs/prentice.log`: standard output is the answer's, and a terminal is for people."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(_log(config)),
        cache_logger_on_first_use=True,
    )


def _log(config: Settings) -> TextIO:
    folder = config.home / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "prentice.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:  # the home cannot be used: starting the servers will say so with its reason
        return sys.stderr
    return os.fdopen(handle, "a", buffering=1, encoding="utf-8", errors="replace")
