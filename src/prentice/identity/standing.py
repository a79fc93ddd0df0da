"""How a person stands in a practice now: what a credential is worth, whatever it was worth when made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, literal_column, select

from prentice.errors import SignInNeeded, TenantSuspended
from prentice.identity.caller import Membership
from prentice.identity.database import Found
from prentice.identity.roles import PRACTICE_ROLES, Role
from prentice.identity.tables import memberships, users
from prentice.tenancy.tables import tenants

# Read with the credential's own row, so that looking a caller up is one query.
COLUMNS: tuple[ColumnElement[Any], ...] = (
    users.c.status.label("user_status"),
    memberships.c.role,
    memberships.c.grants,
    tenants.c.id.label("practice_id"),
    tenants.c.slug,
    literal_column("tenants.status").label("practice_status"),
    literal_column("coalesce(tenants.settings->'mfa_roles' ? memberships.role, false)").label(
        "second_factor"
    ),
)


def joined(credential: Table) -> FromClause:
    """The credential's table with its user, practice and membership. A row without a membership is none."""
    mine = credential.c
    return (
        credential.join(users, users.c.id == mine.user_id)
        .join(
            memberships,
            (memberships.c.tenant_id == mine.tenant_id) & (memberships.c.user_id == mine.user_id),
        )
        .join(tenants, tenants.c.id == mine.tenant_id)
    )


def membership(row: Found) -> Membership:
    """The person's part in the practice, of a row with `COLUMNS`.

    Raises `SignInNeeded` if the account is disabled or its role is none of ours, `TenantSuspended`.
    """
    if row.user_status != "active" or row.role not in PRACTICE_ROLES:
        raise SignInNeeded()
    return Membership(
        tenant_id=row.practice_id,
        slug=active(row.slug, row.practice_status),
        role=Role(row.role),
        grants=frozenset(row.grants),
        second_factor=row.second_factor,
    )


def member(connection: Connection, user_id: str, tenant_id: str) -> Membership:
    """The person's part in the practice. Raises `SignInNeeded` if there is none, and as `membership`."""
    wanted = (
        select(*COLUMNS)
        .select_from(memberships)
        .join(users, users.c.id == memberships.c.user_id)
        .join(tenants, tenants.c.id == memberships.c.tenant_id)
        .where(memberships.c.user_id == user_id, memberships.c.tenant_id == tenant_id)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise SignInNeeded()
    return membership(row)


def active(slug: str, status: str) -> str:
    """The short name of a practice in use. Raises `TenantSuspended`."""
    if status != "active":
        raise TenantSuspended(
            "This practice is suspended.", "Its owner can ask the operator of Prentice about it."
        )
    return slug
