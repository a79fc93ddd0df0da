"""One platform database for the suite; each test has practices and people of its own, and a clock to turn."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine
from warehouse.hosts import database

from identity.people import People, PrivateSealer, at_once_clock
from prentice.embedded import Servers
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
def registry(platform_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder: Path = tmp_path_factory.mktemp("identity")
    with ExitStack() as stack:
        opened = Registry(platform_url, Keyring(folder / "secrets.json"))
        stack.callback(opened.close)
        yield opened


@pytest.fixture
def people(engine: Engine, registry: Registry) -> People:
    clock = at_once_clock()
    return People(engine, registry, PrivateSealer(secrets.token_bytes(32)), clock)
