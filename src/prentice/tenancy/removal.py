"""A practice goes: an export first, then everything of it, step by step. Read `remove_tenant`.

leaving -> source -> copy -> caches -> files -> hooks -> secrets -> forgotten. What is done is written down,
so a removal that was killed goes on where it was. The practice's own data in its source is not touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from prentice.deid import databases
from prentice.deid.policy import overlay_path
from prentice.deid.practice import reports_folder
from prentice.errors import BadSetting, PrenticeError, SourceUnavailable
from prentice.identity.tables import memberships, users
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import connect
from prentice.tenancy.alone import alone
from prentice.tenancy.export import check_exported
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.move import finish_move
from prentice.tenancy.onboarding import reserved_secret
from prentice.tenancy.registry import Registry, Tenant
from prentice.tenancy.tables import onboarding, tenant_removals
from prentice.warehouse.cache import forget_caches
from prentice.warehouse.provision import remove, remove_views
from prentice.warehouse.schema import read_schema


def remove_tenant(
    registry: Registry,
    keyring: Keyring,
    slug: str,
    *,
    confirm: str,
    redis: Redis,
    home: Path,
    hooks: Hooks | None = None,
    without_export: bool = False,
    force: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> None:
    """Remove a practice and all that is held of it; `confirm` is its short name, typed again.

    With `force` it is removed even though its source or the cache does not answer; the login then stays
    in the source. Raises `UnknownTenant`, `BadSetting` (another name was typed), `ExportNeeded`,
    `SourceUnavailable`, `SourceUnsuitable`. After a failure, run it again.
    """
    tenant = registry.get(slug, for_operator=True)
    if confirm != slug:
        raise BadSetting("Nothing was removed: another name was typed.", f"Type {slug} to remove it.")
    if tenant.status != "leaving" and not without_export:
        check_exported(registry, tenant)
    with alone(registry.platform_url, tenant.id):
        _remove(registry, keyring, registry.leave(slug), redis, home, hooks or Hooks(), force, on_step)


def _remove(
    registry: Registry,
    keyring: Keyring,
    tenant: Tenant,
    redis: Redis,
    home: Path,
    hooks: Hooks,
    force: bool,
    on_step: Callable[[str], None],
) -> None:
    def hooked() -> None:
        for hook in hooks.on_remove:
            hook(tenant)

    steps: dict[str, Callable[[], None]] = {
        "source": lambda: _source(registry, keyring, tenant, force),
        "copy": lambda: databases.remove(registry.platform_url, keyring, tenant.id),
        "caches": lambda: _caches(redis, tenant, force),
        "files": lambda: _files(home, tenant),
        "hooks": hooked,
        "secrets": lambda: _secrets(keyring, tenant),  # last: what was killed before needs them
    }
    done = _done(registry, tenant)
    for name, step in steps.items():
        if name not in done:
            on_step(name)
            step()
            _note(registry, tenant, name)
    on_step("forgotten")
    _forget(registry, tenant)


def drop_login(registry: Registry, tenant: Tenant) -> None:
    """Take the practice's login out of its source, and the views with it where it was the last."""
    url = registry.source_url(tenant)
    with connect(url, for_operator=True) as connection:
        schema = read_schema(connection)
    remove(url, schema, tenant.login)
    remove_views(url)


def _source(registry: Registry, keyring: Keyring, tenant: Tenant, force: bool) -> None:
    try:
        finish_move(registry, keyring, tenant)
        drop_login(registry, tenant)
    except PrenticeError:
        if not force:
            raise


def _caches(redis: Redis, tenant: Tenant, force: bool) -> None:
    try:
        forget_caches(redis, tenant.id)
    except RedisError:
        if not force:
            raise SourceUnavailable(
                "The cache does not answer, so what it holds of the practice is still there.",
                "Start it, or correct PRENTICE_REDIS_URL, and run this again.",
            ) from None


def _files(home: Path, tenant: Tenant) -> None:
    """Its reports and its own policy, which another practice of the same short name must not find."""
    shutil.rmtree(reports_folder(home, tenant.slug), ignore_errors=True)
    overlay_path(home, tenant.slug).unlink(missing_ok=True)


def _secrets(keyring: Keyring, tenant: Tenant) -> None:
    for name in keyring.names():
        if tenant.id in name.split("/") or name == reserved_secret(tenant.slug):
            keyring.forget(name)
    keyring.forget_keys(tenant.id)  # what a backup of the database still holds of it is lost with them


def _done(registry: Registry, tenant: Tenant) -> set[str]:
    mine = select(tenant_removals.c.step).where(tenant_removals.c.tenant_id == tenant.id)
    with registry.engine.connect() as connection:
        return set(connection.execute(mine).scalars())


def _note(registry: Registry, tenant: Tenant, step: str) -> None:
    with registry.engine.begin() as connection:
        noted = insert(tenant_removals).values(tenant_id=tenant.id, step=step)
        connection.execute(noted.on_conflict_do_nothing())


def _forget(registry: Registry, tenant: Tenant) -> None:
    """The practice's rows, and the accounts of those who were of this practice and of no other."""
    mine = select(memberships.c.user_id).where(memberships.c.tenant_id == tenant.id)
    with registry.engine.begin() as connection:
        people = list(connection.execute(mine).scalars())
        connection.execute(delete(memberships).where(memberships.c.tenant_id == tenant.id))
        elsewhere = select(memberships.c.user_id)
        connection.execute(
            delete(users).where(users.c.id.in_(people), ~users.c.operator, users.c.id.not_in(elsewhere))
        )
        connection.execute(delete(onboarding).where(onboarding.c.tenant_id == tenant.id))
    registry.remove(tenant.slug)
