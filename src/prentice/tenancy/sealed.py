"""Practices' own addresses as they are kept: sealed for their practice, as text."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection, select, update

from prentice.ops.sealing import Sealer, key_id_of
from prentice.tenancy.tables import tenants

_MARK = "sealed:"  # before the base64 of what is sealed
_PURPOSE = "tenants.source_url"


def sealed_address(sealer: Sealer, tenant_id: str, address: str) -> str:
    """The address as it stands in `tenants.source_url`."""
    return _MARK + base64.b64encode(sealer.seal(address.encode(), owner=tenant_id, purpose=_PURPOSE)).decode()


def opened_address(sealer: Sealer, tenant_id: str, kept: str) -> str:
    """The address itself. One from before addresses were sealed is kept as it is. Raises `CannotOpen`."""
    if not kept.startswith(_MARK):
        return kept
    return sealer.open(_bytes(kept), owner=tenant_id, purpose=_PURPOSE).decode()


@dataclass(frozen=True)  # without slots, for what was opened is kept
class SealedAddress:
    """One practice's own address, opened when it is asked for: what cannot be opened holds up nobody else."""

    tenant_id: str
    kept: str = field(repr=False)
    sealer: Sealer = field(repr=False, compare=False)

    @cached_property
    def opened(self) -> str:
        """Without its password. Raises `CannotOpen`."""
        return opened_address(self.sealer, self.tenant_id, self.kept)


@dataclass(frozen=True, slots=True)
class SourceAddresses:
    """All of them, for `ops.rotation`. Those from before are sealed on the way."""

    def reseal(self, connection: Connection, sealer: Sealer) -> int:
        moved = 0
        for tenant_id, before in _kept(connection):
            if before.startswith(_MARK):
                value = sealer.reseal(_bytes(before), owner=tenant_id, purpose=_PURPOSE)
                after = _MARK + base64.b64encode(value).decode()
            else:
                after = sealed_address(sealer, tenant_id, before)
            if after != before:
                same = (tenants.c.id == tenant_id) & (tenants.c.source_url == before)
                statement = update(tenants).where(same).values(source_url=after)
                moved += connection.execute(statement).rowcount
        return moved

    def in_use(self, connection: Connection) -> set[str]:
        sealed = [kept for _, kept in _kept(connection) if kept.startswith(_MARK)]
        return {key_id_of(_bytes(kept)) for kept in sealed}


def _kept(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(select(tenants.c.id, tenants.c.source_url)).all()
    return [(tenant_id, kept) for tenant_id, kept in rows if kept is not None]


def _bytes(kept: str) -> bytes:
    try:
        return base64.b64decode(kept.removeprefix(_MARK), validate=True)
    except ValueError:
        return b""  # which opens as nothing does
