"""Who is what in which practice, and who may change it. Every function works on the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from prentice.errors import BadConfiguration, Forbidden, UnknownTenant, UnknownUser, UserExists
from prentice.identity.roles import GRANTS, MAY_MANAGE, PRACTICE_ROLES, Role, effective_grants
from prentice.identity.tables import api_keys, memberships, token_families, users


@dataclass(frozen=True, slots=True)
class Belongs:
    """One practice of a user's."""

    tenant_id: str
    slug: str
    name: str
    role: Role
    grants: frozenset[str]
    suspended: bool  # by the operator: it can be named, and not be used


@dataclass(frozen=True, slots=True)
class Member:
    """One user of a practice's, as those see who manage them."""

    user_id: str
    email: str
    name: str
    role: Role
    grants: frozenset[str]
    status: str  # 'active', 'disabled'
    second_factor: bool  # has set one up
    signed_in_at: datetime | None


def checked_role(role: str) -> Role:
    """A role that a person can have in a practice, or `BadConfiguration`."""
    if role not in PRACTICE_ROLES:
        raise BadConfiguration(
            "There is no such role in a practice.", f"Choose of {', '.join(PRACTICE_ROLES)}."
        )
    return Role(role)


def checked_grants(grants: Iterable[str]) -> frozenset[str]:
    """Grants that exist, or `BadConfiguration`."""
    given = frozenset(grants)
    if given - GRANTS:
        raise BadConfiguration("There is no such grant.", f"Choose of {', '.join(sorted(GRANTS))}.")
    return given


def require_may_manage(
    connection: Connection,
    tenant_id: str,
    by: str | None,
    roles: Collection[Role],
    grants: frozenset[str] = frozenset(),
    *,
    operator: bool = False,
) -> None:
    """The one place that says who may give, change or take memberships of `roles`, and give `grants`.

    `by` is a user's id, looked up as they are now; None is whoever runs Prentice's own commands. `operator`:
    they ask as one, which is `Caller.operator`; a session that a practice's provider opened asks as none,
    whatever the person is elsewhere. Raises `Forbidden`: nobody raises anyone above oneself, and nobody gives
    a grant that they have not got.
    """
    if by is None:
        return
    row = connection.execute(
        select(users.c.operator, memberships.c.role, memberships.c.grants)
        .select_from(
            users.outerjoin(
                memberships,
                (memberships.c.user_id == users.c.id) & (memberships.c.tenant_id == tenant_id),
            )
        )
        .where(users.c.id == by, users.c.status == "active")
    ).one_or_none()
    if operator and row is not None and row.operator:
        return
    if row is None or row.role is None or not MAY_MANAGE.get(row.role, frozenset()).issuperset(roles):
        raise Forbidden(
            "Your role may not give, change or take away this membership.", "Ask an owner of the practice."
        )
    if grants - effective_grants(Role(row.role), frozenset(row.grants)):
        raise Forbidden("You cannot give what you have not been given.", "Ask an owner of the practice.")


def practices_of(connection: Connection, user_id: str) -> list[Belongs]:
    """By short name."""
    rows = connection.execute(_OF_USER, {"user_id": user_id})
    return [
        Belongs(r.id, r.slug, r.name, Role(r.role), frozenset(r.grants), suspended=r.status != "active")
        for r in rows
    ]


def members_of(connection: Connection, tenant_id: str) -> list[Member]:
    """By address."""
    return [
        Member(
            r.id,
            r.email,
            r.name,
            Role(r.role),
            frozenset(r.grants),
            r.status,
            r.second_factor,
            r.signed_in_at,
        )
        for r in connection.execute(_OF_TENANT, {"tenant_id": tenant_id})
    ]


def lock_practice(connection: Connection, tenant_id: str) -> str:
    """Its status. Who changes memberships of one practice does so one after the other: two owners who
    demote each other at once would leave none."""
    status: str | None = connection.execute(
        text("select status from tenants where id = :id for no key update"), {"id": tenant_id}
    ).scalar()
    if status is None:
        raise UnknownTenant("There is no such practice.", "Check its short name with the operator.")
    return status


def give(
    connection: Connection,
    tenant_id: str,
    user_id: str,
    role: Role,
    grants: frozenset[str],
    by: str | None,
    *,
    operator: bool = False,
) -> None:
    """Raises `Forbidden`, `UnknownTenant`, and `UserExists` where they are a member already."""
    lock_practice(connection, tenant_id)
    require_may_manage(connection, tenant_id, by, [role], grants, operator=operator)
    made = connection.execute(
        insert(memberships)
        .values(tenant_id=tenant_id, user_id=user_id, role=role, grants=sorted(grants))
        .on_conflict_do_nothing()
        .returning(memberships.c.user_id)
    ).scalar()
    if made is None:
        raise already_a_member()


def change(
    connection: Connection,
    tenant_id: str,
    user_id: str,
    by: str | None,
    *,
    now: datetime,
    role: Role | None = None,
    grants: frozenset[str] | None = None,
    operator: bool = False,
) -> None:
    """Another role or other grants. Tokens of the old ones end. Raises `Forbidden`, `UnknownUser`."""
    lock_practice(connection, tenant_id)
    had, held = _held(connection, tenant_id, user_id)
    new_role = had if role is None else role
    new_grants = held if grants is None else grants
    require_may_manage(connection, tenant_id, by, {had, new_role}, new_grants - held, operator=operator)
    if new_role is not Role.owner:
        _keep_an_owner(connection, tenant_id, user_id, had)
    connection.execute(
        update(memberships).where(*_one(tenant_id, user_id)).values(role=new_role, grants=sorted(new_grants))
    )
    _end_tokens(connection, tenant_id, user_id, now)


def take(
    connection: Connection,
    tenant_id: str,
    user_id: str,
    by: str | None,
    *,
    now: datetime,
    operator: bool = False,
) -> None:
    """They are no member any more; their tokens and keys for this practice end. Raises as `change` does."""
    lock_practice(connection, tenant_id)
    had, _ = _held(connection, tenant_id, user_id)
    require_may_manage(connection, tenant_id, by, [had], operator=operator)
    _keep_an_owner(connection, tenant_id, user_id, had)
    connection.execute(delete(memberships).where(*_one(tenant_id, user_id)))
    _end_tokens(connection, tenant_id, user_id, now)
    connection.execute(
        update(api_keys)
        .where(
            api_keys.c.tenant_id == tenant_id,
            api_keys.c.user_id == user_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def already_a_member() -> UserExists:
    return UserExists("They belong to this practice already.", "Change their role instead.")


_OF_USER = text("""
select t.id, t.slug, t.name, t.status, m.role, m.grants
  from memberships m join tenants t on t.id = m.tenant_id
 where m.user_id = :user_id order by t.slug
""")

_OF_TENANT = text("""
select u.id, u.email, u.name, u.status, u.signed_in_at, m.role, m.grants,
       exists (select from totp where user_id = u.id and confirmed_at is not null)
       or exists (select from passkeys where user_id = u.id) as second_factor
  from memberships m join users u on u.id = m.user_id
 where m.tenant_id = :tenant_id order by u.email
""")


def _held(connection: Connection, tenant_id: str, user_id: str) -> tuple[Role, frozenset[str]]:
    row = connection.execute(
        select(memberships.c.role, memberships.c.grants).where(*_one(tenant_id, user_id))
    ).one_or_none()
    if row is None:
        raise UnknownUser("They do not belong to this practice.", "Check the address, or invite them.")
    return Role(row.role), frozenset(row.grants)


def _keep_an_owner(connection: Connection, tenant_id: str, user_id: str, had: Role) -> None:
    """Somebody must be left who can manage the practice: an owner who can sign in."""
    if had is not Role.owner:
        return
    others = connection.execute(
        select(func.count())
        .select_from(memberships.join(users))
        .where(
            memberships.c.tenant_id == tenant_id,
            memberships.c.role == Role.owner,
            memberships.c.user_id != user_id,
            users.c.status == "active",
        )
    ).scalar_one()
    if not others:
        raise Forbidden("A practice keeps at least one owner.", "Make somebody else an owner first.")


def _end_tokens(connection: Connection, tenant_id: str, user_id: str, now: datetime) -> None:
    connection.execute(
        update(token_families)
        .where(
            token_families.c.tenant_id == tenant_id,
            token_families.c.user_id == user_id,
            token_families.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _one(tenant_id: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id
