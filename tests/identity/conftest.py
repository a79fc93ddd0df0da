"""One platform database for the suite; each test has practices and people of its own, and a clock to turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from warehouse.hosts import database

from identity.people import People, at_once_clock
from prentice.embedded import Servers
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import open_platform
from prentice.tenancy.registry import Registry


@pytest.fixture(scope="session")
def platform_url(servers: Servers) -> Iterator[str]:
    with database(servers) as url:
        yield url


@pytest.fixture(scope="session")
def engine(platform_url: str) -> Iterator[Engine]:
    opened = open_platform(platform_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("identity") / "secrets.json")


@pytest.fixture(scope="session")
def registry(platform_url: str, keyring: Keyring) -> Iterator[Registry]:
    opened = Registry(platform_url, keyring)
    yield opened
    opened.close()


@pytest.fixture
def people(engine: Engine, registry: Registry, keyring: Keyring) -> People:
    return People(engine, registry, Sealer(keyring), at_once_clock())
