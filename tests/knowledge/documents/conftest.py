"""Two practices on a real PostgreSQL, and the library over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from warehouse.hosts import House, fill, open_house

from prentice.ask.guard import instructs
from prentice.audit.entry import identifiers
from prentice.embedded import Servers
from prentice.knowledge.documents.library import Library
from prentice.knowledge.documents.store import DocumentStore
from prentice.tenancy.platform import platform_engine
from prentice.tenancy.scope import TenantScope


@dataclass
class Town:
    house: House
    library: Library
    north: TenantScope
    south: TenantScope

    def empty(self) -> None:
        for scope in (self.north, self.south):
            for document in {one.id for one in self.library.all(scope)}:
                self.library.remove(scope, document)


@pytest.fixture(scope="module")
def opened(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_house(servers, tmp_path_factory.mktemp("house")) as house:
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
        engine = platform_engine(house.platform_url)
        library = Library(DocumentStore(engine), suspicious=instructs, identifiers=identifiers)
        yield Town(house, library, house.scope("north"), house.scope("south"))
        engine.dispose()


@pytest.fixture
def town(opened: Town) -> Town:
    opened.empty()
    return opened
