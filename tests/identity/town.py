"""A platform with practices and people, and every verifier of credentials on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text
from warehouse.hosts import database

from prentice.embedded import Servers
from prentice.identity.api_keys import ApiKeys
from prentice.identity.host_issuers import HostIssuers
from prentice.identity.host_tokens import HostTokens
from prentice.identity.key_sets import KeySets
from prentice.identity.opaque import new_id
from prentice.identity.outgoing import Outgoing
from prentice.identity.signing import SigningKeys
from prentice.identity.tables import memberships, users
from prentice.identity.tokens import Tokens
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import open_platform
from prentice.tenancy.tables import tenants


class Clock:
    """The time, until somebody moves it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Town:
    def __init__(self, engine: Engine, sealer: Sealer, platform_url: str) -> None:
        self.engine = engine
        self.sealer = sealer
        self.platform_url = platform_url
        self.clock = Clock()
        self.keys = SigningKeys(engine, sealer, clock=self.clock)
        self.tokens = Tokens(engine, self.keys, clock=self.clock)
        self.api_keys = ApiKeys(engine, clock=self.clock)
        self.outgoing = Outgoing()
        self.key_sets = KeySets(self.outgoing, clock=self.clock)
        self.host_issuers = HostIssuers(engine, sealer)
        self.host_tokens = HostTokens(self.host_issuers, self.key_sets, clock=self.clock)

    def practice(self, slug: str | None = None, *, company_id: str | None = None) -> str:
        """A practice's id; its short name is the same where none is given."""
        id = new_id("", 12)
        row = {
            "id": id,
            "slug": slug or id,
            "name": "A practice",
            "company_id": company_id or f"company-{id}",
            "currency": "GBP",
            "country": "GB",
            "timezone": "UTC",
            "route": "pool",
        }
        with self.engine.begin() as connection:
            connection.execute(insert(tenants).values(row))
        return id

    def person(
        self, tenant_id: str | None = None, role: str = "owner", *, email: str = "", **facts: Any
    ) -> str:
        """A user's id, who is a member of the practice where one is named."""
        id = new_id("u_")
        with self.engine.begin() as connection:
            connection.execute(
                insert(users).values(id=id, email=email or f"{secrets.token_hex(6)}@town.example", **facts)
            )
        if tenant_id is not None:
            self.join(id, tenant_id, role)
        return id

    def join(self, user_id: str, tenant_id: str, role: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(memberships).values(tenant_id=tenant_id, user_id=user_id, role=role))

    def sql(self, statement: str, **values: object) -> Any:
        """Run it; the first column of the first row, where there is one."""
        with self.engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return done.scalar() if done.returns_rows else None


@contextmanager
def open_town(servers: Servers, home: Path) -> Iterator[Town]:
    with database(servers) as url, ExitStack() as stack:
        engine = open_platform(url)
        stack.callback(engine.dispose)
        town = Town(engine, Sealer(Keyring(home / f"{secrets.token_hex(4)}.json")), url)
        stack.callback(town.outgoing.close)
        yield town
