"""A platform database of two practices whose login is no superuser, and the application over the demo."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from httpx import Client
from people import SignedIn, signed_in
from sqlalchemy import Engine, insert
from warehouse.hosts import at_database
from web.live import live

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.embedded import Servers
from prentice.feedback.store import FeedbackStore
from prentice.identity.roles import Role
from prentice.settings import Settings
from prentice.tenancy.address import for_login
from prentice.tenancy.platform import open_platform
from prentice.tenancy.tables import tenants

NORTH, SOUTH = "north", "south"


@pytest.fixture(scope="session")
def engine(servers: Servers) -> Iterator[Engine]:
    name, password = f"fb_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(servers.platform_url, autocommit=True) as admin:
        admin.execute(f"create role {name} login password '{password}'")
        admin.execute(f"create database {name} owner {name}")
    with psycopg.connect(at_database(servers.platform_url, name), autocommit=True) as admin:
        admin.execute("create extension if not exists vector")  # needs a superuser
    engine = open_platform(for_login(at_database(servers.platform_url, name), name, password))
    try:
        with engine.begin() as connection:
            for tenant in (NORTH, SOUTH):
                connection.execute(
                    insert(tenants).values(
                        id=tenant, slug=tenant, name=tenant, company_id=tenant, currency="GBP", country="GB",
                        timezone="UTC", route="pool",
                    )
                )  # fmt: skip
        yield engine
    finally:
        engine.dispose()
        with psycopg.connect(servers.platform_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
            admin.execute(f"drop role {name}")


@pytest.fixture
def store(engine: Engine) -> FeedbackStore:
    """Empty."""
    store = FeedbackStore(engine)
    for tenant in (NORTH, SOUTH):
        store.forget(tenant)
    return store


@pytest.fixture(scope="session")
def client(demo: Prentice, session_settings: Settings) -> Iterator[Client]:
    """Nobody is signed in: each request brings its own headers."""
    with live(create_app(session_settings, engine=demo)) as url, Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def manager(demo: Prentice) -> SignedIn:
    return signed_in(demo, Role.manager, ("harbour-optics",), grants=())


@pytest.fixture(scope="session")
def dispenser(demo: Prentice) -> SignedIn:
    return signed_in(demo, Role.dispenser, ("harbour-optics",), grants=())


@pytest.fixture(scope="session")
def stranger(demo: Prentice) -> SignedIn:
    """Owner of the other practice alone."""
    return signed_in(demo, Role.owner, ("bluebird-eyecare",), grants=())
