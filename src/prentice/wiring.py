"""What capabilities do when a practice comes or goes. `tenancy` knows none of them; here they are joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from prentice.audit import AuditLog
from prentice.audit.entry import Action, Entry
from prentice.audit.read import export
from prentice.feedback.store import FeedbackStore
from prentice.identity.caller import Caller
from prentice.identity.identity import Identity
from prentice.identity.roles import Role
from prentice.knowledge.documents.library import Library
from prentice.limits import Limits
from prentice.limits.policy import read_limits
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.registry import Tenant

_DAYS_KEPT = 3_660  # of use, in an export


def hooks_of(
    identity: Identity,
    audit: AuditLog,
    limits: Limits,
    library: Library,
    feedback: FeedbackStore,
    platform_url: str,
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

    def said(tenant: Tenant) -> Iterable[Mapping[str, Any]]:
        return feedback.exported(tenant.id)

    def candidates(tenant: Tenant) -> Iterable[Mapping[str, Any]]:
        return map(asdict, feedback.candidates(tenant.id))

    def invited(tenant_id: str, email: str, by: Caller | None) -> str:
        who = by.user_id if by else None
        token = identity.users.invite(
            tenant_id, email, Role.owner, by=who, operator=by is not None and by.operator
        )
        audit.append(
            Entry(
                tenant_id=tenant_id,
                action=Action.user_invited,
                who=who or "operator",
                kind=by.kind if by else "operator",
                credential_id=by.credential_id if by else "",
                address=by.address if by else "",
                facts={"role": Role.owner},
            )
        )
        return f"/welcome?token={token}"

    return Hooks(
        on_remove=(
            lambda tenant: limits.removed(tenant.id),
            lambda tenant: library.forget(tenant.id),
            lambda tenant: feedback.forget(tenant.id),
            closed,
        ),
        export_parts={
            "audit.jsonl": audited,
            "use.jsonl": used,
            "documents.jsonl": lambda tenant: library.exported(tenant.id),
            "feedback.jsonl": said,
            "feedback_candidates.jsonl": candidates,
        },
        invite_owner=invited,
        check_limits=checked,
    )


def checked(given: Mapping[str, Any]) -> None:
    """Raises `BadSetting` for limits that cannot be set."""
    read_limits(given)
