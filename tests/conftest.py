"""What all suites share: one set of embedded servers for the whole run, in a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tls_front import Papers

from prentice.ask.pipeline import Prentice, open_prentice
from prentice.deid.redact.kept import keep_in
from prentice.demo.load import load_demo
from prentice.demo.practice import cast
from prentice.embedded import Servers
from prentice.settings import PREFIX, Settings
from prentice.tenancy.onboarding import tenant_add

# One person asks in all suites, and faster than anybody would: limits have tests of their own.
UNHURRIED: dict[str, Any] = {
    "limit_tenant_per_minute": 1_000_000,
    "limit_tenant_burst": 1_000_000,
    "limit_user_per_minute": 1_000_000,
    "limit_user_burst": 1_000_000,
    "limit_address_per_minute": 1_000_000,
    "limit_address_burst": 1_000_000,
    "limit_tenant_at_once": 1_000,
    "limit_user_at_once": 1_000,
    "limit_rows_per_day": 10**12,
    "limit_cost_per_day": 10**14,
}
TODAY = date(2026, 10, 31)  # a Saturday, and the demo's last day


def pytest_configure() -> None:
    keep_in(Path(tempfile.mkdtemp(prefix="prentice-patterns-")))  # compiled once, not in each suite
    """The settings of whoever runs the tests are not the tests' business."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]


@pytest.fixture(scope="session")
def session_settings() -> Iterator[Settings]:
    """A home that is gone after the run; its PostgreSQL does not wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="prentice-tests-", ignore_cleanup_errors=True) as folder:
        yield Settings(home=Path(folder), today=TODAY, embedded_fsync=False, **UNHURRIED)


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
