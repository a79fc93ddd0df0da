"""A platform database with practices, limits on the real Valkey, and a Valkey of one's own to kill."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from warehouse.hosts import database

from prentice.embedded import Servers
from prentice.embedded.ground import lay
from prentice.embedded.process import at_work, wait_gone
from prentice.embedded.valkey import Valkey
from prentice.limits import Limits
from prentice.ops.secrets import Keyring
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform

PRACTICE = (
    "insert into tenants (id, slug, name, company_id, currency, country, timezone, route, settings) "
    "select id, id, id, id, 'GBP', 'GB', %(zone)s, 'pool', %(settings)s "
    "from (values (%(id)s::text)) as one (id)"
)


class Clock:
    """Now, until it is set."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or datetime.now(UTC)

    def set(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="session")
def platform_url(servers: Servers) -> Iterator[str]:
    with database(servers) as url:
        open_platform(url).dispose()
        yield url


@pytest.fixture(scope="session")
def redis(servers: Servers) -> Iterator[Redis]:
    with Redis.from_url(servers.redis_url) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def practice(platform_url: str) -> Callable[..., str]:
    """Makes a practice that was never asked about; what it is granted as keywords, `own` what it lowered."""

    def made(zone: str = "Europe/London", **limits: Any) -> str:
        return new_practice(platform_url, zone, **limits)

    return made


def _settings(limits: dict[str, Any]) -> dict[str, Any]:
    own = limits.pop("own", None)
    return {"limits": limits} | ({"own_limits": own} if own is not None else {})


def new_practice(url: str, zone: str = "Europe/London", **limits: Any) -> str:
    row = {"id": secrets.token_hex(6), "zone": zone, "settings": psycopg.types.json.Jsonb(_settings(limits))}
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(PRACTICE, row)
    return str(row["id"])


Make = Callable[..., Limits]


@pytest.fixture
def make(platform_url: str, redis: Redis, clock: Clock) -> Iterator[Make]:
    """Limits on the given Valkey, or on the shared one; closed after the test."""
    made: list[Limits] = []

    def limits(at: Redis = redis, url: str = platform_url, **settings: Any) -> Limits:
        made.append(Limits(at, url, Settings(**settings), now=clock))
        return made[-1]

    yield limits
    for one in made:
        one.close()


@pytest.fixture
def limits(make: Make) -> Limits:
    return make()


class OwnValkey:
    """A server that a test may kill; it comes back empty, at its address."""

    def __init__(self, home: Path) -> None:
        self._ground = lay(Settings(home=home))
        self._server = Valkey(self._ground, Keyring(home / "secrets.json"))
        self._server.start()
        self.url = self._server.url

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def restart(self) -> None:
        self._server.restart()

    def freeze(self) -> None:
        """It takes connections and answers none."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def stop(self) -> None:
        self.thaw()
        self._server.begin_stop()
        self._server.finish_stop()

    def _send(self, what: signal.Signals) -> None:
        found = at_work("valkey-server", self._ground.path / "valkey")
        for process in found:
            process.send_signal(what)
        if what == signal.SIGKILL:
            wait_gone(found, 10)
            assert self._server._child
            self._server._child.wait(10)


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnValkey]:
    valkey = OwnValkey(tmp_path_factory.mktemp("valkey"))
    yield valkey
    valkey.stop()


@pytest.fixture
def own_redis(own: OwnValkey) -> Iterator[Redis]:
    with Redis.from_url(own.url) as client:
        yield client
