"""Whose tokens a practice accepts: the hosts that sign, their keys, and what their roles are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Engine, bindparam, delete, func, insert, literal_column, select
from sqlalchemy.exc import IntegrityError

from prentice.errors import BadConfiguration
from prentice.identity.database import Found, Quick, reading, writing
from prentice.identity.opaque import Seals, new_id
from prentice.identity.outgoing import checked_address
from prentice.identity.roles import PRACTICE_ROLES, Role
from prentice.identity.tables import host_issuers
from prentice.identity.tokens import ISSUER
from prentice.tenancy.tables import tenants

SHORTEST = 32  # bytes of a shared secret: RFC 7518, 3.2
PURPOSE = "host_token"
OTHERWISE = "*"  # the role of whoever has none that is mapped
_row = host_issuers.c


@dataclass(frozen=True, slots=True)
class HostIssuer:
    """One row; a shared secret is never shown again."""

    id: str
    tenant_id: str
    issuer: str
    audience: str | None
    jwks_url: str | None  # None: a shared secret
    roles: Mapping[str, str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer with the practice that trusts it, as a token is checked against them."""

    id: str
    tenant_id: str
    slug: str
    company_id: str
    practice_status: str
    audience: str | None
    jwks_url: str | None
    secret_sealed: bytes | None
    roles: Mapping[str, str]


class HostIssuers:
    """`host_issuers`. `own_issuer` is this installation's name in its own tokens."""

    def __init__(self, engine: Engine, sealer: Seals, *, own_issuer: str = ISSUER) -> None:
        self._engine = engine
        self._quick = Quick(engine)
        self._sealer = sealer
        self._own = own_issuer

    def add(
        self,
        tenant_id: str,
        issuer: str,
        *,
        roles: Mapping[str, str],
        secret: str | None = None,
        jwks_url: str | None = None,
        audience: str | None = None,
        loopback: bool = False,
    ) -> HostIssuer:
        """Accept tokens of `issuer` signed with the secret (HS256) or with a key at the address.

        `roles` maps the host's role to one of ours; `*` stands for every other. `loopback` permits an
        address of this machine. Raises `BadConfiguration` for what cannot be held safely.
        """
        if not issuer or len(issuer) > 500 or not issuer.isprintable() or issuer == self._own:
            raise BadConfiguration(
                "That cannot be a host's issuer.", f"Give the text of its `iss`; '{self._own}' is taken."
            )
        if (secret is None) == (jwks_url is None):
            raise BadConfiguration(
                "A host signs with a shared secret or with keys at an address.", "Give one of the two."
            )
        if secret is not None and len(secret.encode()) < SHORTEST:
            raise BadConfiguration(
                f"A shared secret has at least {SHORTEST} bytes.",
                "Make one: openssl rand -base64 48",
            )
        if jwks_url is not None:
            checked_address(jwks_url, loopback=loopback)
        if not roles or not set(roles.values()) <= {role.value for role in PRACTICE_ROLES}:
            raise BadConfiguration(
                "The host's roles are each mapped to a role of a practice.",
                f"Known are {', '.join(PRACTICE_ROLES)}.",
            )
        row = {
            "id": new_id("h_"),
            "tenant_id": tenant_id,
            "issuer": issuer,
            "audience": audience or None,
            "jwks_url": jwks_url,
            "secret_sealed": None
            if secret is None
            else self._sealer.seal(secret.encode(), owner=tenant_id, purpose=PURPOSE),
            "roles": {theirs: Role(ours).value for theirs, ours in roles.items()},
        }
        try:
            with writing(self._engine) as connection:
                if connection.execute(_same_company(tenant_id, issuer)).first() is not None:
                    raise _taken()
                return _issuer(
                    connection.execute(insert(host_issuers).values(row).returning(host_issuers)).one()
                )
        except IntegrityError:
            raise _taken() from None

    def list_of(self, tenant_id: str) -> list[HostIssuer]:
        wanted = select(host_issuers).where(_row.tenant_id == tenant_id).order_by(_row.issuer)
        with reading(self._engine) as connection:
            return [_issuer(row) for row in connection.execute(wanted)]

    def remove(self, tenant_id: str, issuer: str) -> bool:
        """Accept no more tokens of it. False if there is none."""
        gone = delete(host_issuers).where(_row.tenant_id == tenant_id, _row.issuer == issuer)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount == 1

    def trusted(self, issuer: str, company_id: str) -> Trusted | None:
        """Who issued it, and for which practice. None for nobody, and where that is not certain."""
        found = self._quick.one(_TRUSTED, {"issuer": issuer, "company": company_id})
        return None if found is None or found.others else Trusted(*found[:-1])

    def secret(self, trusted: Trusted) -> bytes | None:
        if trusted.secret_sealed is None:
            return None
        return self._sealer.open(bytes(trusted.secret_sealed), owner=trusted.tenant_id, purpose=PURPOSE)


_STATUS: ColumnElement[Any] = literal_column("tenants.status")
# One row, with how many others there are: a token that could be of two practices is of none.
_TRUSTED = (
    select(
        _row.id,
        _row.tenant_id,
        tenants.c.slug,
        tenants.c.company_id,
        _STATUS,
        _row.audience,
        _row.jwks_url,
        _row.secret_sealed,
        _row.roles,
        (func.count().over() - 1).label("others"),
    )
    .join(tenants, tenants.c.id == _row.tenant_id)
    .where(_row.issuer == bindparam("issuer"), tenants.c.company_id == bindparam("company"))
    .limit(1)
)


def _same_company(tenant_id: str, issuer: str) -> Any:
    """Other practices of the same company id and issuer: their tokens could not be told apart."""
    mine = select(tenants.c.company_id).where(tenants.c.id == tenant_id).scalar_subquery()
    return (
        select(_row.id)
        .join(tenants, tenants.c.id == _row.tenant_id)
        .where(_row.issuer == issuer, tenants.c.company_id == mine)
    )


def _taken() -> BadConfiguration:
    return BadConfiguration(
        "That issuer is in use for this company already.", "Remove it there first, or give another issuer."
    )


def _issuer(row: Found) -> HostIssuer:
    return HostIssuer(
        row.id,
        row.tenant_id,
        row.issuer,
        row.audience,
        row.jwks_url,
        MappingProxyType(row.roles),
        row.created_at,
    )
