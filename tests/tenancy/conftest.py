"""An empty source and platform for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from warehouse.hosts import House, open_house

from prentice.embedded import Servers


@pytest.fixture
def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(servers, tmp_path_factory.mktemp("house")) as house:
        yield house
