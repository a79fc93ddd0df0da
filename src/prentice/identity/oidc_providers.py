"""The providers (OpenID Connect) at which a practice's people sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, literal_column, select
from sqlalchemy.exc import IntegrityError

from prentice.errors import BadConfiguration, SignInNeeded
from prentice.identity.database import Found, reading, writing
from prentice.identity.opaque import Seals, new_id
from prentice.identity.outgoing import checked_address
from prentice.identity.standing import active
from prentice.identity.tables import oidc_providers
from prentice.tenancy.tables import tenants

PURPOSE = "oidc"
_row = oidc_providers.c


@dataclass(frozen=True, slots=True)
class Provider:
    """What may be shown of one; its secret is never shown again."""

    id: str
    tenant_id: str
    issuer: str
    client_id: str
    name: str
    created_at: datetime


class OidcProviders:
    """`oidc_providers`."""

    def __init__(self, engine: Engine, sealer: Seals) -> None:
        self._engine = engine
        self._sealer = sealer

    def add(
        self,
        tenant_id: str,
        issuer: str,
        *,
        client_id: str,
        name: str,
        secret: str | None = None,
        loopback: bool = False,
    ) -> Provider:
        """Let people of the practice sign in at `issuer`, where Prentice is known as `client_id`.

        Without a secret it is a public client, which PKCE alone protects. `loopback` permits an address of
        this machine. Raises `BadConfiguration`.
        """
        checked_address(issuer, loopback=loopback)
        if not client_id or not name.strip() or not (client_id + name).isprintable():
            raise BadConfiguration("A provider needs a client id and a name.", "Give both.")
        sealed = None
        if secret is not None:
            sealed = self._sealer.seal(secret.encode(), owner=tenant_id, purpose=PURPOSE)
        row = {
            "id": new_id("o_"),
            "tenant_id": tenant_id,
            "issuer": issuer,
            "client_id": client_id,
            "secret_sealed": sealed,
            "name": name.strip(),
        }
        try:
            with writing(self._engine) as connection:
                made = connection.execute(insert(oidc_providers).values(row).returning(*_SHOWN)).one()
        except IntegrityError:
            raise BadConfiguration(
                "The practice has that provider already.", "Remove it first to change it."
            ) from None
        return _provider(made)

    def list_of(self, tenant_id: str) -> list[Provider]:
        wanted = select(*_SHOWN).where(_row.tenant_id == tenant_id).order_by(_row.name)
        with reading(self._engine) as connection:
            return [_provider(row) for row in connection.execute(wanted)]

    def remove(self, tenant_id: str, issuer: str) -> bool:
        """No more sign-in there; sessions that were begun so go on. False if there is none."""
        gone = delete(oidc_providers).where(_row.tenant_id == tenant_id, _row.issuer == issuer)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount == 1

    def get(self, provider_id: str) -> tuple[Provider, str | None]:
        """A provider with its client's secret. Raises `SignInNeeded` if there is none, `TenantSuspended`."""
        status: ColumnElement[Any] = literal_column("tenants.status").label("practice_status")
        wanted = (
            select(*_SHOWN, _row.secret_sealed, tenants.c.slug, status)
            .join(tenants, tenants.c.id == _row.tenant_id)
            .where(_row.id == provider_id)
        )
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise SignInNeeded("That way to sign in is not there any more.", "Choose another.")
        active(row.slug, row.practice_status)
        if row.secret_sealed is None:
            return _provider(row), None
        secret = self._sealer.open(bytes(row.secret_sealed), owner=row.tenant_id, purpose=PURPOSE)
        return _provider(row), secret.decode()


_SHOWN = tuple(_row[name] for name in Provider.__dataclass_fields__)


def _provider(row: Found) -> Provider:
    return Provider(row.id, row.tenant_id, row.issuer, row.client_id, row.name, row.created_at)
