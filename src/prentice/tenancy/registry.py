"""The practices that are connected, and the one place where a `TenantScope` is minted."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row, Select, delete, insert, select, true, update
from sqlalchemy.exc import IntegrityError, OperationalError

from prentice.errors import BadConfiguration, CannotOpen, TenantExists, TenantSuspended, UnknownTenant
from prentice.identity.roles import PATIENTS, Role, effective_grants
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import trusting, with_password, without_password
from prentice.tenancy.platform import open_platform, platform_unavailable
from prentice.tenancy.scope import TenantScope
from prentice.tenancy.sealed import SealedAddress, sealed_address
from prentice.tenancy.settings import PracticeSettings, changed, read_settings, stored
from prentice.tenancy.tables import tenants

Route = Literal["pool", "silo"]
Status = Literal["active", "suspended", "leaving"]
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
# A change made by another process is seen this much later; a question looks its practice up more than once.
REMEMBERED_S = 1.0
_CHANGEABLE = frozenset(
    {"name", "company_id", "source_url", "currency", "country", "timezone", "today", "route", "gaps"}
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One practice as it was connected. `source` null means the shared one."""

    id: str  # random, [a-z0-9]{12}
    slug: str
    name: str
    company_id: str
    source: SealedAddress | None
    currency: str
    country: str
    timezone: str
    today: date | None  # pins the practice's date (the demo, tests)
    route: Route
    gaps: Mapping[str, str]  # metric -> the sentence on what this practice's data cannot bear
    created_at: datetime
    status: Status
    settings: PracticeSettings

    @property
    def source_url(self) -> str | None:
        """The address of the practice's own source, without its password. Raises `CannotOpen`."""
        return self.source.opened if self.source else None

    @property
    def public_name(self) -> str:
        return self.settings.public_name or self.name

    @property
    def login(self) -> str:
        """The tenant's own role in its source database."""
        return f"prentice_t_{self.id}"


def checked_slug(slug: str) -> str:
    """The slug, or `BadConfiguration`: 2 to 40 of a-z, 0-9 and hyphen, no hyphen at either end."""
    if not SLUG.fullmatch(slug):
        raise BadConfiguration(
            "A practice's short name has 2 to 40 characters of a-z, 0-9 and hyphen.",
            "Choose one such as 'harbour-optics'.",
        )
    return slug


class Registry:
    """`tenants` in the platform database, which is brought up to date on opening.

    `source_url` is the shared source's address; `today` is PRENTICE_TODAY where it is set; `tls_ca` is
    what practices' own sources are verified against (PRENTICE_TLS_CA). A practice's own address is sealed.
    Raises `SourceUnavailable` whenever the platform database does not answer.
    """

    def __init__(
        self,
        platform_url: str,
        keyring: Keyring,
        *,
        source_url: str | None = None,
        today: date | None = None,
        tls_ca: Path | None = None,
    ) -> None:
        self._engine = open_platform(platform_url)
        self.platform_url = platform_url  # with its password; never to be shown
        self._keyring = keyring
        self._sealer = Sealer(keyring)
        self._tls_ca = tls_ca
        self._shared = source_url
        self._today = today
        self._remembered: dict[str, tuple[float, Tenant]] = {}

    def close(self) -> None:
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The platform database, for this capability's other tables."""
        return self._engine

    def add(
        self,
        *,
        id: str,
        slug: str,
        name: str,
        company_id: str,
        source_url: str | None = None,
        currency: str = "GBP",
        country: str = "GB",
        timezone: str = "UTC",
        today: date | None = None,
        gaps: Mapping[str, str] | None = None,
    ) -> Tenant:
        """Write a practice down. Its source's password goes to the keyring. Raises `TenantExists`."""
        bare, password = without_password(source_url) if source_url else (None, None)
        row = {
            "id": id,
            "slug": checked_slug(slug),
            "name": name,
            "company_id": company_id,
            "source_url": bare and sealed_address(self._sealer, id, bare),
            "currency": currency,
            "country": country,
            "timezone": timezone,
            "today": today,
            "route": "silo" if source_url else "pool",
            "gaps": dict(gaps or {}),
        }
        if password:
            self._keyring.set(source_secret(id, bare), password)
        try:
            with _told(), self._engine.begin() as connection:
                added = connection.execute(insert(tenants).values(row).returning(tenants)).one()
        except IntegrityError:
            raise TenantExists(
                f"A practice named '{slug}' is connected already.",
                "Choose another short name, or remove that one first.",
            ) from None
        return self._tenant(added)

    def find(self, slug: str) -> Tenant | None:
        if not SLUG.fullmatch(slug):  # no practice is called so, and not every text can be asked for
            return None
        return self._one(select(tenants).where(tenants.c.slug == slug))

    def get(self, slug: str, *, for_operator: bool = False) -> Tenant:
        """The practice of this short name, also a suspended one: whoever administers it looks here, and
        whoever is to see its data at `active`. Raises `UnknownTenant`.

        The names of other practices are told to the operator alone.
        """
        seen = self._remembered.get(slug)
        if seen and time.monotonic() - seen[0] < REMEMBERED_S:
            return seen[1]
        tenant = self.find(slug)
        if tenant is None:
            self._remembered.pop(slug, None)
            raise self._unknown(slug, for_operator)
        self._remembered[slug] = (time.monotonic(), tenant)
        return tenant

    def remembers(self, slug: str) -> bool:
        """Whether `get` and what stands on it answer without the database for 50 ms more."""
        seen = self._remembered.get(slug)
        return seen is not None and time.monotonic() - seen[0] < REMEMBERED_S - 0.05

    def active(self, slug: str) -> Tenant:
        """The practice, if it may be used now. Raises `UnknownTenant`, `TenantSuspended`."""
        tenant = self.get(slug)
        if tenant.status == "suspended":
            raise TenantSuspended("This practice is suspended.", "Ask the operator to resume it.")
        if tenant.status == "leaving":
            raise TenantSuspended("This practice is being removed.", "Ask the operator about its export.")
        return tenant

    def all(self) -> list[Tenant]:
        """Every practice, by short name."""
        with _told(), self._engine.connect() as connection:
            rows = connection.execute(select(tenants).order_by(tenants.c.slug)).all()
        return [self._tenant(row) for row in rows]

    def set(self, slug: str, **changes: Any) -> Tenant:
        """Change what is known of a practice. Raises `UnknownTenant`.

        The time zone also stands in the source database: `onboarding.tenant_set` changes both.
        """
        if unknown := changes.keys() - _CHANGEABLE:
            raise TypeError(f"not columns that change: {sorted(unknown)}")
        before = self.get(slug) if "source_url" in changes else None
        had = before and _opened(before)
        bare: str | None = None
        if before and changes["source_url"]:
            bare, password = without_password(changes["source_url"])
            changes["source_url"] = sealed_address(self._sealer, before.id, bare)
            if password:  # under a name of its own: until the row is changed, the address before is used
                self._keyring.set(source_secret(before.id, bare), password)
        statement = update(tenants).where(tenants.c.slug == slug).values(changes).returning(tenants)
        with _told(), self._engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        self._remembered.pop(slug, None)
        if row is None:
            raise self._unknown(slug, for_operator=False)
        if before and had and had != bare:
            self._keyring.forget(source_secret(before.id, had))
        return self._tenant(row)

    def suspend(self, slug: str) -> Tenant:
        """From now on nobody sees the practice's data; other processes know within a second."""
        return self._to(slug, "suspended")

    def resume(self, slug: str) -> Tenant:
        """The practice may be used again. Raises `TenantSuspended` for one that is being removed."""
        return self._to(slug, "active")

    def leave(self, slug: str) -> Tenant:
        """The practice's removal has begun; there is no way back."""
        return self._to(slug, "leaving")

    def settings(self, slug: str) -> PracticeSettings:
        """What the practice has set for itself. Raises `UnknownTenant`."""
        return self.get(slug).settings

    def change_settings(self, slug: str, **changes: Any) -> PracticeSettings:
        """Change some settings and keep the others; None puts one back to what it is without being set.

        Two changes at once are made one after the other. Raises `UnknownTenant`, `BadSetting`.
        """
        mine = tenants.c.slug == slug
        with _told(), self._engine.begin() as connection:
            row = connection.execute(select(tenants.c.settings).where(mine).with_for_update()).one_or_none()
            if row is not None:
                now = changed(read_settings(row.settings), changes)
                connection.execute(update(tenants).where(mine).values(settings=stored(now)))
        self._remembered.pop(slug, None)
        if row is None:
            raise self._unknown(slug, for_operator=False)
        return now

    def remove(self, slug: str) -> None:
        """Forget a practice. All else of it is taken away before by `removal.remove_tenant`."""
        with _told(), self._engine.begin() as connection:
            gone = connection.execute(delete(tenants).where(tenants.c.slug == slug)).rowcount
        self._remembered.pop(slug, None)
        if not gone:
            raise self._unknown(slug, for_operator=False)

    def scope(
        self,
        slug: str,
        *,
        role: str = "owner",
        today: date | None = None,
        principal: str = "operator",
        grants: frozenset[str] = frozenset(),
        credential: str = "operator:",
        address: str = "",
    ) -> TenantScope:
        """The only mint of `TenantScope`. Raises `UnknownTenant`, and `TenantSuspended` for a practice that
        is suspended or leaving.

        The date is the first of: `today`, PRENTICE_TODAY, the practice's pinned date, the date there now.
        The scope's grants are those given and those that come with the role.
        """
        tenant = self.active(slug)
        return TenantScope(
            tenant_id=tenant.id,
            slug=tenant.slug,
            name=tenant.name,
            currency=tenant.currency,
            country=tenant.country,
            timezone=tenant.timezone,
            today=today or self.today(tenant),
            role=role,
            principal=principal,
            grants=effective_grants(role, grants | _with_role(tenant, role)),
            credential=credential,
            address=address,
        )

    def today(self, tenant: Tenant) -> date:
        """The practice's date: PRENTICE_TODAY, the one pinned for it, or the date there now."""
        return self._today or tenant.today or datetime.now(ZoneInfo(tenant.timezone)).date()

    def gaps(self, scope: TenantScope) -> Mapping[str, str]:
        """What this practice's data cannot bear: metric -> a sentence that belongs beside its number."""
        return self.get(scope.slug).gaps

    def source_url(self, tenant: Tenant) -> str:
        """The administrator's address of the practice's source, with its password. Never to be shown."""
        if tenant.source_url is not None:
            kept = self._keyring.get(source_secret(tenant.id, tenant.source_url))
            if kept is None:  # of a practice that was connected when there was one name for any address
                kept = self._keyring.get(f"source/{tenant.id}")
            return self.trusting(with_password(tenant.source_url, kept))
        return self.shared_url()

    def shared_url(self) -> str:
        """The administrator's address of the shared source. Never to be shown."""
        if self._shared is None:
            raise BadConfiguration(
                "The shared source database has no address.",
                "Set PRENTICE_SOURCE_URL, or start the embedded servers.",
            )
        return self._shared

    def trusting(self, address: str) -> str:
        """A source's address, made to verify its server where PRENTICE_TLS_CA is set."""
        return trusting(address, self._tls_ca)

    def _to(self, slug: str, status: Status) -> Tenant:
        statement = (
            update(tenants)
            .where(tenants.c.slug == slug, tenants.c.status != "leaving" if status != "leaving" else true())
            .values(status=status)
            .returning(tenants)
        )
        with _told(), self._engine.begin() as connection:
            row = connection.execute(statement).one_or_none()
        self._remembered.pop(slug, None)
        if row is None:
            self.get(slug, for_operator=True)
            raise TenantSuspended(
                f"'{slug}' is being removed.", f"End it with `prentice tenant remove {slug}`."
            )
        return self._tenant(row)

    def _one(self, statement: Select[Any]) -> Tenant | None:
        with _told(), self._engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else self._tenant(row)

    def _tenant(self, row: Row[Any]) -> Tenant:
        known = row._asdict()
        kept = known.pop("source_url")
        known["source"] = SealedAddress(known["id"], kept, self._sealer) if kept else None
        return Tenant(**known | {"settings": read_settings(known["settings"])})

    def _unknown(self, slug: str, for_operator: bool) -> UnknownTenant:
        if not for_operator:
            return UnknownTenant("There is no such practice.", "Check its short name with the operator.")
        known = [tenant.slug for tenant in self.all()]
        if close := get_close_matches(slug, known, n=1):
            return UnknownTenant(f"There is no practice '{slug}'.", f"Did you mean '{close[0]}'?")
        listed = f"Known are: {', '.join(known[:20])}." if known else "None is connected yet."
        return UnknownTenant(
            f"There is no practice '{slug}'.", f"{listed} `prentice tenant add` connects one."
        )


def login_secret(tenant_id: str) -> str:
    """The keyring's name for the password of a practice's login in its source."""
    return f"login/{tenant_id}"


def source_secret(tenant_id: str, address: str | None) -> str:
    """The keyring's name for the password of a practice's own source at that address (without it)."""
    return f"source/{sha256((address or '').encode()).hexdigest()[:12]}/{tenant_id}"


def _opened(tenant: Tenant) -> str | None:
    """Its own address; None also for one that cannot be opened, which another takes the place of."""
    try:
        return tenant.source_url
    except CannotOpen:
        return None


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OperationalError as lost:
        raise platform_unavailable() from lost


def _with_role(tenant: Tenant, role: str) -> frozenset[str]:
    """What comes with the role in this practice, beside what comes with it everywhere."""
    opened = not tenant.settings.patients_by_grant and role in (Role.manager, Role.auditor)
    return frozenset({PATIENTS}) if opened else frozenset()
