"""A platform database, a keyring and a home of their own for each test, on the servers of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from warehouse.hosts import database

from prentice.audit import Action, AuditLog, Entry
from prentice.audit.login import login_name
from prentice.audit.report import Report
from prentice.audit.verify import Verifier
from prentice.embedded import Servers
from prentice.ops.secrets import Keyring

TENANT = "a1b2c3d4e5f6"
GUARDS = (
    ("audit_chain", "audit_log"),
    ("audit_only_grows", "audit_log"),
    ("audit_only_grows", "audit_heads"),
    ("audit_moved_by_chain", "audit_heads"),
)


def an_entry(number: int = 0, tenant_id: str = TENANT, **more: Any) -> Entry:
    settled: dict[str, Any] = {
        "action": Action.ask,
        "who": "u_ann",
        "rows": number,
        "trace_id": f"{number:032x}",
    }
    return Entry(tenant_id=tenant_id, **(settled | more))


@dataclass
class Room:
    platform_url: str
    keyring: Keyring
    home: Path

    def log(self, **options: Any) -> AuditLog:
        return AuditLog(self.platform_url, self.keyring, self.home, **({"anchor_s": 3_600} | options))

    def filled(self, *tenants: str, entries: int = 10, **options: Any) -> None:
        """Chains of that many entries, anchored at their ends."""
        with self.log(**options) as log:
            for tenant in tenants or (TENANT,):
                for number in range(1, entries + 1):
                    log.append(an_entry(number, tenant))

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.platform_url, autocommit=True)

    def attack(self, *statements: str) -> None:
        """As the database's superuser, with every guard put out meanwhile."""
        with self.admin() as admin:
            admin.execute("alter table audit_log disable trigger all")
            admin.execute("alter table audit_heads disable trigger all")
            for statement in statements:
                admin.execute(statement.encode())
            for trigger, table in GUARDS:
                admin.execute(f"alter table {table} enable always trigger {trigger}")

    def verify(self, tenant_id: str = TENANT, **options: Any) -> Report:
        return Verifier(self.platform_url, self.keyring, self.home, **options).verify(tenant_id)

    def flaws(self, tenant_id: str = TENANT, **options: Any) -> list[tuple[str, int | None, int | None]]:
        report = self.verify(tenant_id, **options)
        assert report.found == len(report.flaws)
        return [(flaw.kind.value, flaw.first, flaw.last) for flaw in report.flaws]

    def rows(self, tenant_id: str = TENANT) -> list[tuple[Any, ...]]:
        with self.admin() as admin:
            return admin.execute(
                "select seq, prev, hash, entry from audit_log where tenant_id = %s order by seq", [tenant_id]
            ).fetchall()

    @property
    def anchors(self) -> Path:
        return self.home / "audit" / "anchors.jsonl"


@pytest.fixture
def room(servers: Servers, tmp_path: Path) -> Iterator[Room]:
    tmp_path.chmod(0o700)
    keyring = Keyring(tmp_path / "secrets.json")
    with database(servers) as url:
        yield Room(url, keyring, tmp_path)
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"drop role if exists {login_name(keyring)}")
