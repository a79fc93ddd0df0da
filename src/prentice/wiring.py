"""What capabilities do when a practice comes or goes. `tenancy` knows none of them; here they are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from prentice.audit import AuditLog
from prentice.audit.entry import Action, Entry
from prentice.audit.read import export
from prentice.identity.identity import Identity
from prentice.identity.roles import Role
from prentice.limits import Limits
from prentice.limits.policy import read_limits
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.registry import Tenant

_DAYS_KEPT = 3_660  # of use, in an export


def hooks_of(
    identity: Identity,
    audit: AuditLog,
    limits: Limits,
    platform_url: str,
    forget_documents: Callable[[str], None],
) -> Hooks:
    """The audit outlives its practice; sessions, keys, memberships and documents go with their rows. Vectors
    of documents that are in another store go before: the rows alone know which they are."""

    def closed(tenant: Tenant) -> None:
        audit.append(
            Entry(tenant_id=tenant.id, action=Action.tenant_deleted, who="operator", kind="operator")
        )

    def audited(tenant: Tenant) -> Iterable[Mapping[str, Any]]:
        return (orjson.loads(line) for line in export(platform_url, tenant.id))

    def used(tenant: Tenant) -> Iterable[Mapping[str, Any]]:
        return ({**asdict(day), "day": day.day.isoformat()} for day in limits.use(tenant.id, _DAYS_KEPT))

    def invited(tenant_id: str, email: str) -> str:
        token = identity.users.invite(tenant_id, email, Role.owner, by=None)
        audit.append(
            Entry(tenant_id=tenant_id, action=Action.user_invited, who="operator", kind="operator",
                  facts={"role": Role.owner})
        )  # fmt: skip
        return f"/welcome?token={token}"

    return Hooks(
        on_remove=(
            lambda tenant: forget_documents(tenant.id),
            lambda tenant: limits.removed(tenant.id),
            closed,
        ),
        export_parts={"audit.jsonl": audited, "use.jsonl": used},
        invite_owner=invited,
        check_limits=checked,
    )


def checked(given: Mapping[str, Any]) -> None:
    """Raises `BadSetting` for limits that cannot be set."""
    read_limits(given)
