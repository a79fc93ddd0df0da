"""Log lines of libraries: where something was said, never what."""

from __future__ import annotations

import json
import logging
import sys

import pytest
import structlog

from prentice.ops.logs import configure_logging


def test_of_a_librarys_words_none_is_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level, value = root.level, "Joan Smith"
    try:
        configure_logging()
        root.handlers[0].stream = sys.stderr  # type: ignore[attr-defined]
        logging.getLogger("some.library").warning(f"no such row: {value}")
        logging.getLogger("some.library").warning("no such row: %s", value)
        try:
            raise KeyError(value)
        except KeyError:
            logging.getLogger("some.library").exception(f"failed with {value}")
    finally:
        root.setLevel(level)
        structlog.reset_defaults()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("some.library", "warning"),
        ("some.library", "warning"),
        ("some.library", "error"),
    ]
    assert all(line["at"].startswith("test_logs:") for line in lines)
    assert lines[2]["type"] == "KeyError"
    assert value not in json.dumps(lines)
    assert "no such row" not in json.dumps(lines)
