"""Whose rows are anonymised, where they are, and where what is made of them goes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.deid.policy import overlay_path
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import connect
from prentice.tenancy.scope import TenantScope

# A long read of everything; and fingerprints must not hang on how a session writes dates.
_SESSION = (
    "statement_timeout = 0",
    "idle_in_transaction_session_timeout = 0",
    "work_mem = '64MB'",
    "jit = off",
    "datestyle = 'ISO, YMD'",
    "timezone = 'UTC'",
    "extra_float_digits = 1",
)


@dataclass(frozen=True, slots=True)
class Practice:
    """Whose rows, where they are, and where what is made of them goes."""

    scope: TenantScope
    company_id: str
    source_url: str
    platform_url: str
    keyring: Keyring
    home: Path

    @property
    def overlay(self) -> Path:
        return overlay_path(self.home, self.scope.slug)


@contextmanager
def snapshot_of(practice: Practice, snapshot: str | None = None) -> Iterator[psycopg.Connection[TupleRow]]:
    """The source as it stands at one moment, read only; at that of another
    session, where its `snapshot` is given."""
    with connect(practice.source_url, for_operator=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        connection.execute("begin isolation level repeatable read read only")
        if snapshot is not None:
            connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
        for setting in _SESSION:
            connection.execute(f"set local {setting}".encode())
        yield connection
        connection.execute("rollback")


def exported(source: psycopg.Connection[TupleRow]) -> str | None:
    """The snapshot of this session, for another to share; None on a standby, which cannot give one."""
    row = source.execute("select case when not pg_is_in_recovery() then pg_export_snapshot() end").fetchone()
    return row[0] if row else None


def reports_folder(home: Path, slug: str) -> Path:
    return home / "deid" / "reports" / slug


def lookup_key(keyring: Keyring, tenant_id: str) -> bytes:
    """The key of the tenant's look-ups: 32 random bytes in the keyring."""
    text = keyring.get_or_create(f"deid/lookup/{tenant_id}", 32)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def practice_of(prentice: Any, slug: str, home: Path, *, today: date | None = None) -> Practice:
    """The practice of that short name. Raises `UnknownTenant`."""
    tenant = prentice.registry.get(slug, for_operator=True)
    return Practice(
        scope=prentice.registry.scope(slug, today=today),
        company_id=tenant.company_id,
        source_url=prentice.registry.source_url(tenant),
        platform_url=prentice.servers.platform_url,
        keyring=prentice.keyring,
        home=home,
    )
