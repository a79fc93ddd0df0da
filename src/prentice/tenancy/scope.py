"""`TenantScope`: the type that says whose data this is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class TenantScope:
    """One practice, and the rights of whoever asks.

    Minted only by `tenancy.registry.Registry.scope`. Whatever touches a tenant's data takes one.
    """

    tenant_id: str  # short, random, [a-z0-9]{12}; also the suffix of the tenant's logins
    slug: str
    name: str
    currency: str  # ISO 4217
    country: str  # ISO 3166-1 alpha-2; decides date order and spelling
    timezone: str  # IANA
    today: date  # the practice's date; PRENTICE_TODAY pins it
    role: str = "owner"
    principal: str = "operator"  # who asks: what one user was told is watched together
    grants: frozenset[str] = frozenset()  # beside the role, and those that come with it ('patients')
    credential: str = "operator:"  # by what they showed who they are: 'session:s_…', for the audit
    address: str = ""  # from where they ask

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
