"""One house with two practices in one source, for the tests that change nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prentice.embedded import Servers

from .hosts import House, fill, open_house


@pytest.fixture(scope="session")
def shared_house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`north` and `south`, 20 sales each."""
    with open_house(servers, tmp_path_factory.mktemp("house")) as house:
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
        yield house


@pytest.fixture
def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An empty one, to be changed at will."""
    with open_house(servers, tmp_path_factory.mktemp("house")) as house:
        yield house
