"""Logs: one JSON object a line on standard error. No question, value or name of a person is ever logged."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure_logging(level: int = logging.INFO) -> None:
    """Send structlog's events, and warnings of the libraries, to standard error as JSON.

    Of what libraries say, the logger, the level, the place and an error's type are kept: their text, also
    where it has no arguments, may hold a value.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(_LibraryLine())
    root = logging.getLogger()
    root.handlers[:] = [libraries]
    root.setLevel(logging.WARNING)


class _LibraryLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        line: dict[str, Any] = {
            "event": "library",
            "logger": record.name,
            "level": record.levelname.lower(),
            "type": kind,
            "at": f"{record.module}:{record.lineno}",
        }
        return structlog.processors.JSONRenderer()(
            logging.getLogger(record.name), "library", {k: v for k, v in line.items() if v is not None}
        )  # type: ignore[return-value]
