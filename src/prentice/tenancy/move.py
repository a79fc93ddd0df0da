"""A practice's data has come to another database: the shared one, or one of its own.

The new place is set up and tried through the practice's own login first; then one row is changed; then the
old login is taken away. Until that row is changed, the practice is answered from the old place.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from prentice.errors import BadSetting, PrenticeError, SourceUnsuitable
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import checked_address, connect, for_login, place, without_password
from prentice.tenancy.alone import alone
from prentice.tenancy.registry import REMEMBERED_S, Registry, Tenant, login_secret
from prentice.warehouse.cache import forget_caches
from prentice.warehouse.facts import gather
from prentice.warehouse.inspect import company_name, inspect
from prentice.warehouse.provision import Login, provision, remove_views, withdraw
from prentice.warehouse.report import SourceReport
from prentice.warehouse.schema import read_schema


@dataclass(frozen=True, slots=True)
class Moved:
    """How a move ended. `left_behind` says where the old login still stands, and what to do about it."""

    tenant: Tenant
    report: SourceReport
    left_behind: str | None = None


def move_tenant(
    registry: Registry,
    keyring: Keyring,
    slug: str,
    *,
    source_url: str | None,
    redis: Redis | None = None,
    owned: bool = False,
    timeout_s: float = 10,
) -> Moved:
    """Answer the practice from the database at `source_url` from now on; None is the shared source.

    `owned` says that the shared server is the embedded one. Raises `UnknownTenant`, `BadSetting` (it is there
    already), `BadConfiguration`, `SourceUnavailable`, `SourceUnsuitable`; then the old place stands and
    nothing is left in the new one.
    """
    tenant = registry.get(slug, for_operator=True)
    with alone(registry.platform_url, tenant.id):
        return _move(registry, keyring, tenant, source_url, redis, owned, timeout_s)


def _move(
    registry: Registry,
    keyring: Keyring,
    tenant: Tenant,
    source_url: str | None,
    redis: Redis | None,
    owned: bool,
    timeout_s: float,
) -> Moved:
    slug = tenant.slug
    finish_move(registry, keyring, tenant)
    old = registry.source_url(tenant)
    new = checked_address(source_url) if source_url else registry.shared_url()
    if _bare(old) == _bare(new):
        raise BadSetting(
            f"'{slug}' is answered from {place(new)} already.", "Give the address of another database."
        )
    with connect(new, for_operator=True) as connection:
        schema = read_schema(connection)
        report = inspect(schema)
        company_name(connection, schema, tenant.company_id)
    login = Login(
        tenant.login, keyring.get_or_create(login_secret(tenant.id)), tenant.company_id, tenant.timezone
    )
    # From here on, a move that is killed is settled by the next one, or by the practice's removal.
    keyring.set(moving_secret(tenant.id), json.dumps([old, new]))
    try:
        provision(new, schema, login, owned=owned and source_url is None, timeout_s=timeout_s)
        with connect(for_login(new, login.name, login.password), for_operator=True) as own:
            if own.execute("select company_id from prentice.practice").fetchone() != (tenant.company_id,):
                raise SourceUnsuitable(
                    f"The login does not find the practice at {place(new)}; nothing was changed.",
                    "Check that the database holds this practice, then move it again.",
                )
            report = gather(report, own, registry.today(tenant))
        registry.set(
            slug,
            source_url=source_url,
            route="silo" if source_url else "pool",
            gaps=report.gaps(),
        )
    except BaseException as failure:
        with suppress(PrenticeError, psycopg.Error):
            if known := registry.find(slug):  # and not as remembered: the row may have been changed
                finish_move(registry, keyring, known)
        if isinstance(failure, psycopg.Error):
            raise SourceUnsuitable(
                f"The practice's rows cannot be read at {place(new)}; it is answered from where it was.",
                "Check that the host's tables can be read whole there, then move it again.",
            ) from failure
        raise
    moved = registry.get(slug)
    time.sleep(REMEMBERED_S + 0.1)  # until then another process may ask at the old place
    if redis is not None:
        with suppress(RedisError):  # what it holds is of another state of the data, and ages
            forget_caches(redis, tenant.id)
    try:
        finish_move(registry, keyring, moved, patience_s=timeout_s + 2)
    except (PrenticeError, psycopg.Error):
        told = f"The login {tenant.login} still stands at {place(old)}. The next move or the removal ends it."
        return Moved(moved, report, told)
    return Moved(moved, report)


def finish_move(registry: Registry, keyring: Keyring, tenant: Tenant, *, patience_s: float = 0) -> None:
    """Take the login away from where the practice is not answered from, if a move has left it there."""
    noted = keyring.get(moving_secret(tenant.id))
    if noted is None:
        return
    here = _bare(registry.source_url(tenant))
    for url in json.loads(noted):
        if _bare(url) != here:
            with connect(url, for_operator=True) as connection:
                schema = read_schema(connection)
            withdraw(url, schema, tenant.login, patience_s=patience_s)
            remove_views(url)
    keyring.forget(moving_secret(tenant.id))


def moving_secret(tenant_id: str) -> str:
    """The keyring's name for the two addresses of a move under way; they hold passwords."""
    return f"moving/{tenant_id}"


def _bare(url: str) -> str:
    return without_password(url)[0]
