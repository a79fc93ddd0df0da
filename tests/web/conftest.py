"""The application over the two demo practices, behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import Client

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
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
def client(address: str) -> Iterator[Client]:
    with Client(base_url=address, timeout=30) as open_client:
        yield open_client
