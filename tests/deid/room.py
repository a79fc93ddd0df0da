"""A practice's source of its own, and what anonymises it, on the servers of the test run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from prentice.deid import databases
from prentice.deid.practice import Practice
from prentice.deid.run import anonymise
from prentice.deid.steps import Outcome
from prentice.ops.secrets import Keyring
from prentice.tenancy.onboarding import tenant_add
from prentice.tenancy.registry import Registry

TODAY = date(2026, 10, 31)
ROOT = Path(__file__).parents[2]
TABLES = ("person", "person_year", "order_year", "finding_year")


@dataclass
class Room:
    source_url: str
    platform_url: str
    redis_url: str
    home: Path
    keyring: Keyring
    registry: Registry

    def add(self, slug: str, company_id: str, **options: Any) -> None:
        settled = {"today": TODAY, "shared_source_url": self.source_url} | options
        tenant_add(self.registry, self.keyring, slug, company_id=company_id, **settled)

    def practice(self, slug: str, *, today: date = TODAY) -> Practice:
        tenant = self.registry.get(slug)
        return Practice(
            scope=self.registry.scope(slug, today=today),
            company_id=tenant.company_id,
            source_url=self.registry.source_url(tenant),
            platform_url=self.platform_url,
            keyring=self.keyring,
            home=self.home,
        )

    def run(self, slug: str, *, today: date = TODAY, **options: Any) -> Outcome:
        return anonymise(self.practice(slug, today=today), **options)

    def source(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.source_url, autocommit=True)

    def reader(self, slug: str) -> psycopg.Connection[Any]:
        tenant = self.registry.get(slug)
        url = databases.reader_url(self.platform_url, self.keyring, tenant.id, slug)
        return psycopg.connect(url, autocommit=True)

    def writer(self, slug: str) -> psycopg.Connection[Any]:
        places = databases.addresses(self.platform_url, self.keyring, self.registry.get(slug).id)
        return psycopg.connect(places.writer, autocommit=True)

    def vault(self, slug: str) -> psycopg.Connection[Any]:
        places = databases.addresses(self.platform_url, self.keyring, self.registry.get(slug).id)
        return psycopg.connect(places.vault, autocommit=True)

    def rows(self, slug: str, table: str, *, codes: bool = True) -> list[tuple[Any, ...]]:
        """The rows of a table of the copy in an order of their values, with or without the codes."""
        with self.reader(slug) as reader:
            cursor = reader.execute(f"select * from anonymised.{table}")
            first = 0 if codes else 1
            return sorted((row[first:] for row in cursor), key=repr)

    def environment(self) -> dict[str, str]:
        """For a process of its own: no embedded servers are started, these are used."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PRENTICE_")},
            "PRENTICE_HOME": str(self.home),
            "PRENTICE_TODAY": TODAY.isoformat(),
            "PRENTICE_SOURCE_URL": self.source_url,
            "PRENTICE_PLATFORM_URL": self.platform_url,
            "PRENTICE_REDIS_URL": self.redis_url,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
            "COLUMNS": "120",
        }

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "prentice.cli", *words],
            env=self.environment(),
            text=True,
            capture_output=True,
            timeout=60,
        )


@contextmanager
def open_room(source_url: str, platform_url: str, redis_url: str, home: Path) -> Iterator[Room]:
    keyring = Keyring(home / "secrets.json")
    with ExitStack() as stack:
        registry = Registry(platform_url, keyring, source_url=source_url)
        stack.callback(registry.close)
        stack.callback(_leave, registry, source_url, platform_url, keyring)
        yield Room(source_url, platform_url, redis_url, home, keyring, registry)


def _leave(registry: Registry, source_url: str, platform_url: str, keyring: Keyring) -> None:
    for tenant in registry.all():
        databases.remove(platform_url, keyring, tenant.id)
    with psycopg.connect(source_url, autocommit=True) as admin:
        for tenant in registry.all():
            if admin.execute("select 1 from pg_roles where rolname = %s", [tenant.login]).fetchone():
                admin.execute(f"drop owned by {tenant.login}; drop role {tenant.login}")
