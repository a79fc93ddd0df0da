"""One call connects a practice: look, set up, try the new login, write it down; or leave nothing behind."""

from __future__ import annotations

import secrets
import string
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from prentice.errors import BadConfiguration, PrenticeError, SourceUnavailable, SourceUnsuitable, TenantExists
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import checked_address, connect, for_login, without_password
from prentice.tenancy.registry import Registry, Tenant, checked_slug, login_secret
from prentice.warehouse.facts import gather
from prentice.warehouse.inspect import company_name, inspect
from prentice.warehouse.provision import Login, pending, provision, remove, script
from prentice.warehouse.report import SourceReport
from prentice.warehouse.schema import read_schema

_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Connected:
    """How `tenant_add` ended. `sql` is what was run; with `dry_run` what would be, and no `tenant`."""

    tenant: Tenant | None
    report: SourceReport
    sql: str

    @property
    def changed(self) -> bool:
        return bool(self.sql)


def tenant_add(
    registry: Registry,
    keyring: Keyring,
    slug: str,
    *,
    company_id: str,
    shared_source_url: str,
    source_url: str | None = None,
    name: str | None = None,
    currency: str = "GBP",
    country: str = "GB",
    timezone: str = "UTC",
    today: date | None = None,
    timeout_s: float = 10,
    owned: bool = False,
    dry_run: bool = False,
) -> Connected:
    """Connect the practice `company_id` of a source database under the short name `slug`.

    `source_url` is a database of its own (silo); without it the shared one is used (pool). `owned`
    says that the shared server is the embedded one. Again with the same practice it sets up what has
    changed and keeps the rest; with `dry_run` nothing is changed and the SQL is returned.

    Raises `TenantExists`, `BadConfiguration` (slug, currency, country, zone), `SourceUnavailable`,
    `SourceUnsuitable`. None of their messages holds a password.
    """
    checked_slug(slug)
    currency, country, zone = checked_practice(currency, country, timezone)
    known = registry.find(slug)
    if known is not None and not same_practice(known, company_id, source_url):
        raise TenantExists(
            f"'{slug}' is connected already, to another practice or database.",
            "Choose another short name, or remove that one first.",
        )
    url = (
        registry.trusting(checked_address(source_url))
        if source_url
        else (registry.source_url(known) if known else shared_source_url)
    )
    owned = owned and source_url is None
    with connect(url, for_operator=True) as connection:
        schema = read_schema(connection)
        report = inspect(schema)
        spoken = company_name(connection, schema, company_id)
        # Not sooner: a mistyped practice leaves no password behind.
        promised = keyring.get(reserved_secret(slug))
        tenant_id = known.id if known else keyring_id(keyring, slug, keep=dry_run)
        password = keyring.get_or_create(login_secret(tenant_id))
        login = Login(f"prentice_t_{tenant_id}", password, company_id, timezone)
        if dry_run:
            steps = pending(connection, url, schema, login, owned=owned, timeout_s=timeout_s)
            return Connected(None, report, script(steps) if steps else "")
    taken_away = False
    try:
        steps = provision(url, schema, login, owned=owned, timeout_s=timeout_s)
        with connect(for_login(url, login.name, login.password), for_operator=True) as own:
            report = gather(report, own, today or datetime.now(zone).date())
        settings: dict[str, Any] = {
            "name": name or (known.name if known else None) or spoken or slug,
            "currency": currency,
            "country": country,
            "timezone": timezone,
            "today": today,
            "gaps": report.gaps(),
        }
        if known:
            tenant = registry.set(slug, **settings)
        else:
            tenant = registry.add(
                id=tenant_id, slug=slug, company_id=company_id, source_url=source_url, **settings
            )
        keyring.forget(reserved_secret(slug))
    except BaseException as failure:
        if known is None:
            with suppress(PrenticeError, psycopg.Error):
                remove(url, schema, login.name)
                taken_away = True
            if not promised:
                keyring.forget(login_secret(tenant_id))
                keyring.forget_keys(tenant_id)
        if isinstance(failure, psycopg.Error):
            after = "; it was taken away again" if taken_away else ""
            raise SourceUnsuitable(
                f"The practice's rows cannot be read through its login{after}.",
                "Check that the host's tables can be read whole, then add the practice again.",
            ) from failure
        raise
    return Connected(tenant, report, script(steps) if steps else "")


def tenant_set(registry: Registry, keyring: Keyring, slug: str, **changes: Any) -> Tenant:
    """Change a practice's name, currency, country, timezone or pinned date, in the source as well.

    Raises what `tenant_add` raises.
    """
    tenant = registry.get(slug, for_operator=True)
    if "timezone" in changes:
        _checked_zone(changes["timezone"])
        url = registry.source_url(tenant)
        login = Login(
            tenant.login,
            keyring.get_or_create(login_secret(tenant.id)),
            tenant.company_id,
            changes["timezone"],
        )
        with connect(url, for_operator=True) as connection:
            schema = read_schema(connection)
        provision(url, schema, login, owned=False, timeout_s=10)
    return registry.set(slug, **changes)


def source_login_url(registry: Registry, keyring: Keyring, tenant: Tenant) -> str:
    """The address at which an ordinary client comes in as the practice (`prentice db url source`).

    Holds the login's password. Raises `SourceUnavailable` where the keyring has none.
    """
    password = keyring.get(login_secret(tenant.id))
    if not password:
        raise SourceUnavailable(
            f"The secrets file has no password for the practice '{tenant.slug}'.",
            "Connect it again with `prentice tenant add`; its data is not touched.",
        )
    return for_login(registry.source_url(tenant), tenant.login, password)


def keyring_id(keyring: Keyring, slug: str, *, keep: bool) -> str:
    """A new tenant's id. A dry run keeps it: what an administrator then runs is for the same login."""
    if reserved := keyring.get(reserved_secret(slug)):
        return reserved
    made = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    if keep:
        keyring.set(reserved_secret(slug), made)
    return made


def reserved_secret(slug: str) -> str:
    """The keyring's name for the id that a dry run has promised to a practice."""
    return f"reserved/{slug}"


def checked_practice(currency: str, country: str, timezone: str) -> tuple[str, str, ZoneInfo]:
    """Currency and country in capitals, and the zone. Raises `BadConfiguration`."""
    zone = _checked_zone(timezone)
    return _checked(currency, 3, "currency", "GBP"), _checked(country, 2, "country", "GB"), zone


def same_practice(known: Tenant, company_id: str, source_url: str | None) -> bool:
    """Whether it is this practice of this database; null is the shared source."""
    bare = without_password(source_url)[0] if source_url else None
    return known.company_id == company_id and known.source_url == bare


def _checked_zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise BadConfiguration(
            "There is no such time zone.", "Give one such as Europe/London or America/New_York."
        ) from None


def _checked(code: str, length: int, what: str, example: str) -> str:
    if len(code) != length or not code.isascii() or not code.isalpha():
        raise BadConfiguration(
            f"The {what} must be a code of {length} letters.", f"Give one such as {example}."
        )
    return code.upper()
