"""The application over the two demo practices, behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import Client
from people import SignedIn, signed_in

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.identity.roles import Role
from prentice.settings import Settings
from web.live import live


@pytest.fixture(scope="session")
def app(demo: Prentice, session_settings: Settings) -> FastAPI:
    return create_app(session_settings, engine=demo)


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    with live(app) as url:
        yield url


@pytest.fixture(scope="session")
def owner(demo: Prentice) -> SignedIn:
    """The owner of both practices, in a browser."""
    return signed_in(demo)


@pytest.fixture(scope="session")
def dispenser(demo: Prentice) -> SignedIn:
    return signed_in(demo, Role.dispenser, grants=())


@pytest.fixture(scope="session")
def client(address: str, owner: SignedIn) -> Iterator[Client]:
    """As the owner of both practices."""
    with Client(base_url=address, timeout=30, headers=owner.headers) as open_client:
        yield open_client
