"""Rows of `users`, within a transaction of whoever calls: persons as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from prentice.errors import UnknownUser, UserExists
from prentice.identity.opaque import new_id
from prentice.identity.passwords import Context, check_rules, hashed
from prentice.identity.tables import users

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class User:
    """One person. The password's hash stays in the database."""

    id: str
    email: str
    name: str
    operator: bool
    status: str  # 'active', 'disabled'
    has_password: bool
    signed_in_at: datetime | None
    created_at: datetime

    @property
    def active(self) -> bool:
        return self.status == "active"


def add(
    connection: Connection,
    email: str,
    name: str,
    password: str | None,
    practices: tuple[str, ...],
    *,
    now: datetime,
    operator: bool = False,
) -> User:
    """Somebody new. `practices` are words that their password may not hold.

    Raises `WeakPassword`, `UserExists`.
    """
    name = shortened(name)
    if password is not None:
        check_rules(password, Context(practices=practices, name=name, email=email))
    values = {
        "id": new_id("u_"),
        "email": email,
        "name": name,
        "operator": operator,
        "password_hash": None if password is None else hashed(password),
        "password_at": None if password is None else now,
        "created_at": now,
    }
    try:
        with connection.begin_nested():
            return read(connection.execute(insert(users).values(values).returning(users)).one())
    except IntegrityError:
        raise UserExists(
            "There is a user with this address already.", "Add them to the practice instead."
        ) from None


def find(connection: Connection, condition: ColumnElement[bool]) -> User | None:
    row = connection.execute(select(users).where(condition)).one_or_none()
    return None if row is None else read(row)


def required(connection: Connection, condition: ColumnElement[bool]) -> User:
    """Raises `UnknownUser`."""
    found = find(connection, condition)
    if found is None:
        raise _unknown()
    return found


def change(connection: Connection, user_id: str, **values: Any) -> User:
    """Raises `UnknownUser`."""
    row = connection.execute(
        update(users).where(users.c.id == user_id).values(values).returning(users)
    ).one_or_none()
    if row is None:
        raise _unknown()
    return read(row)


def practice_words(connection: Connection, tenant_id: str | None) -> tuple[str, ...]:
    """The practice's names, which are in no password of its people."""
    from prentice.tenancy.tables import tenants

    rows = connection.execute(select(tenants.c.name, tenants.c.slug).where(tenants.c.id == tenant_id))
    return tuple(word for row in rows for word in row)


def shortened(name: str) -> str:
    """One line, without control characters, of at most 120 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_LONGEST_NAME]


def read(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        operator=row.operator,
        status=row.status,
        has_password=row.password_hash is not None,
        signed_in_at=row.signed_in_at,
        created_at=row.created_at,
    )


def _unknown() -> UnknownUser:
    return UnknownUser("There is no such user.", "Check the address; `prentice user list` shows them all.")
