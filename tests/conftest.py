"""What all suites share: one set of embedded servers for the whole run, in a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tls_front import Papers

from prentice.ask.pipeline import Prentice, open_prentice
from prentice.demo.load import load_demo
from prentice.demo.practice import cast
from prentice.embedded import Servers
from prentice.settings import PREFIX, Settings
from prentice.tenancy.onboarding import tenant_add

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


@pytest.fixture(scope="session")
def demo(servers: Servers, session_settings: Settings) -> Iterator[Prentice]:
    """Both demo practices at scale 1, connected: `harbour-optics` and `bluebird-eyecare`."""
    load_demo(servers.source_url, today=TODAY)
    with open_prentice(session_settings) as prentice:
        for practice in cast().practices:
            tenant_add(
                prentice.registry,
                prentice.keyring,
                practice.slug,
                company_id=practice.company_id,
                shared_source_url=servers.source_url,
                name=practice.name,
                currency=practice.currency,
                country=practice.country,
                timezone=practice.timezone,
                today=TODAY,
                owned=True,
            )
        yield prentice


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """A certificate for this machine, and the authority that signed it."""
    return Papers.issue(tmp_path_factory.mktemp("papers"), "localhost", "127.0.0.1")


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Another authority, which signed nothing that is used here."""
    return Papers.issue(tmp_path_factory.mktemp("strangers"), "localhost", "127.0.0.1")
