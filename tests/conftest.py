"""What all suites share: one set of embedded servers for the whole run, in a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from prentice.embedded import Servers
from prentice.settings import PREFIX, Settings

TODAY = date(2026, 10, 31)  # a Saturday, and the demo's last day


def pytest_configure() -> None:
    """The settings of whoever runs the tests are not the tests' business."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]


@pytest.fixture(scope="session")
def session_settings() -> Iterator[Settings]:
    """A home that is gone after the run; its PostgreSQL does not wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="prentice-tests-", ignore_cleanup_errors=True) as folder:
        yield Settings(home=Path(folder), today=TODAY, embedded_fsync=False)


@pytest.fixture(scope="session")
def servers(session_settings: Settings) -> Iterator[Servers]:
    """PostgreSQL and Valkey, started once. Suites make databases of their own on it, or use `demo`."""
    with Servers.start(session_settings) as running:
        yield running
