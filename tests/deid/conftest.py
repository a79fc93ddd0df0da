"""Sources for anonymisation: the demo at a small scale in a database of its own, for each module."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from warehouse.hosts import at_database, database

from prentice.demo.load import load_demo
from prentice.demo.practice import cast
from prentice.embedded import Servers

from .room import TODAY, Room, open_room


@pytest.fixture(scope="session")
def small_demo(servers: Servers) -> Iterator[str]:
    """The name of a database with both demo practices: 200 and 144 patients."""
    with database(servers) as url:
        load_demo(url, scale=0.08, today=TODAY)
        yield url.rsplit("/", 1)[1].partition("?")[0]


@pytest.fixture(scope="module")
def room(servers: Servers, small_demo: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """`harbour` (GB) and `bluebird` (US) in one source that the module may change."""
    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"create database {name} template {small_demo}")
    home = tmp_path_factory.mktemp("deid")
    home.chmod(0o700)
    with database(servers) as platform_url:
        with open_room(at_database(servers.source_url, name), platform_url, servers.redis_url, home) as room:
            for slug, practice in zip(("harbour", "bluebird"), cast().practices, strict=True):
                room.add(slug, practice.company_id, country=practice.country, timezone=practice.timezone)
            yield room
        with psycopg.connect(servers.source_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
