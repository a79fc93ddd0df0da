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
    with _log_kept_apart(config):
        from prentice.ask.pipeline import open_prentice

        with open_prentice(config) as prentice:
            yield prentice


@contextmanager
def _log_kept_apart(config: Settings) -> Iterator[None]:
    """Events go to `logs/prentice.log`: standard output is the answer's, and a terminal is for people."""
    import structlog

    with _log(config) as file:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
            logger_factory=structlog.PrintLoggerFactory(file),
            cache_logger_on_first_use=False,  # the file is closed at the end
        )
        try:
            yield
        finally:
            structlog.reset_defaults()


@contextmanager
def _log(config: Settings) -> Iterator[TextIO]:
    folder = config.home / "logs"
    try:
        config.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # passwords and answers will stand in it
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / "prentice.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:  # the home cannot be used: starting the servers will say so with its reason
        yield sys.stderr
        return
    with os.fdopen(handle, "a", buffering=1, encoding="utf-8", errors="replace") as file:
        yield file
