"""Invitations: a link that is good once and for seven days. Works on the caller's transaction.

Whoever holds the link can become a new user of that address. Somebody who is a user already must be signed
in: a link never changes an account, and never opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, insert, select, update

from prentice.errors import BadInvitation, Forbidden, TenantSuspended
from prentice.identity.memberships import already_a_member, lock_practice, require_may_manage
from prentice.identity.opaque import digest, new_id, new_secret
from prentice.identity.roles import Role
from prentice.identity.tables import invitations, memberships, users

LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that is open."""

    id: str
    tenant_id: str | None  # None: to be an operator
    email: str
    role: Role
    grants: frozenset[str]
    invited_by: str | None
    expires_at: datetime
    known: bool = False  # there is a user of this address: told to nobody, for whoever invited holds the link


def invite(
    connection: Connection,
    tenant_id: str | None,
    email: str,
    role: Role,
    grants: frozenset[str],
    by: str | None,
    *,
    now: datetime,
    operator: bool = False,
) -> str:
    """The token, told this once. An open invitation of the same person to the same practice is replaced.

    Raises `Forbidden`, `UnknownTenant`, and `UserExists` where they are a member already.
    """
    if tenant_id is not None:
        lock_practice(connection, tenant_id)
    _require_may_invite(connection, tenant_id, by, role, grants, operator)
    if tenant_id is not None:
        member = exists().where(
            memberships.c.tenant_id == tenant_id,
            memberships.c.user_id == users.c.id,
            users.c.email == email,
        )
        if connection.execute(select(member)).scalar():
            raise already_a_member()
    token = new_secret()
    earlier = (invitations.c.tenant_id.is_not_distinct_from(tenant_id), invitations.c.email == email)
    for other in connection.execute(
        select(invitations.c.role).where(*earlier, invitations.c.used_at.is_(None))
    ).scalars():
        _require_may_invite(connection, tenant_id, by, Role(other), frozenset(), operator)
    connection.execute(delete(invitations).where(*earlier))
    connection.execute(
        insert(invitations).values(
            id=new_id("i_"),
            tenant_id=tenant_id,
            email=email,
            role=role,
            grants=sorted(grants),
            token_hash=digest(token),
            invited_by=by,
            expires_at=now + LIFETIME,
            created_at=now,
        )
    )
    return token


def look(connection: Connection, token: str, *, now: datetime) -> Invitation:
    """The open invitation of this token, left open. Raises `BadInvitation`."""
    row = connection.execute(
        select(*_SHOWN, exists().where(users.c.email == invitations.c.email).label("known")).where(
            invitations.c.token_hash == digest(token),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
    ).one_or_none()
    if row is None:
        raise _bad()
    return Invitation(row.id, row.tenant_id, row.email, Role(row.role), frozenset(row.grants), *row[5:])


def use(connection: Connection, token: str, *, now: datetime) -> Invitation:
    """The invitation, used up: of several at once one gets it. What fails afterwards leaves it open.

    Raises `BadInvitation`, also where whoever invited may not do so any more, and `TenantSuspended`.
    """
    found = look(connection, token, now=now)
    take_up(connection, found, now=now)
    return found


def take_up(connection: Connection, found: Invitation, *, now: datetime) -> None:
    """Use up an invitation that was found, whatever showed that it may be: the practice locked, and whoever
    invited looked up as they are now. Raises as `use`.
    """
    if found.tenant_id is not None and lock_practice(connection, found.tenant_id) != "active":
        raise TenantSuspended("This practice is suspended.", "Ask the operator.")
    try:
        # An operator could make it today as an operator, whatever they made it as.
        _require_may_invite(
            connection, found.tenant_id, found.invited_by, found.role, found.grants, operator=True
        )
    except Forbidden:
        raise _bad() from None
    used = connection.execute(
        update(invitations)
        .where(invitations.c.id == found.id, invitations.c.used_at.is_(None))
        .values(used_at=now)
    ).rowcount
    if not used:
        raise _bad()


def of_address(connection: Connection, tenant_id: str, email: str, *, now: datetime) -> Invitation | None:
    """The open invitation of this address to this practice: there is one at most."""
    found = (one for one in open_ones(connection, tenant_id, now=now) if one.email == email)
    return next(found, None)


def open_ones(connection: Connection, tenant_id: str | None, *, now: datetime) -> list[Invitation]:
    """By address."""
    rows = connection.execute(
        select(*_SHOWN)
        .where(
            invitations.c.tenant_id.is_not_distinct_from(tenant_id),
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > now,
        )
        .order_by(invitations.c.email)
    )
    return [Invitation(r.id, r.tenant_id, r.email, Role(r.role), frozenset(r.grants), *r[5:]) for r in rows]


def withdraw(
    connection: Connection, tenant_id: str, invitation_id: str, by: str | None, *, operator: bool = False
) -> None:
    """Raises `BadInvitation` where it is none of this practice's, `Forbidden`."""
    row = connection.execute(
        select(invitations.c.role).where(
            invitations.c.id == invitation_id,
            invitations.c.tenant_id == tenant_id,
            invitations.c.used_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise _bad()
    require_may_manage(connection, tenant_id, by, [Role(row.role)], operator=operator)
    connection.execute(delete(invitations).where(invitations.c.id == invitation_id))


def _require_may_invite(
    connection: Connection,
    tenant_id: str | None,
    by: str | None,
    role: Role,
    grants: frozenset[str],
    operator: bool,
) -> None:
    is_one = select(users.c.operator).where(users.c.id == by, users.c.status == "active")
    if tenant_id is not None:
        require_may_manage(connection, tenant_id, by, [role], grants, operator=operator)
    elif by is not None and not (operator and connection.execute(is_one).scalar()):
        raise Forbidden("Operators alone invite operators.", "Ask the operator.")


_SHOWN = (
    invitations.c.id,
    invitations.c.tenant_id,
    invitations.c.email,
    invitations.c.role,
    invitations.c.grants,
    invitations.c.invited_by,
    invitations.c.expires_at,
)


def _bad() -> BadInvitation:
    return BadInvitation("This invitation is unknown, used or expired.", "Ask for a new one.")
