"""A password in place of the old one, and the links by which one is set. On the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from prentice.errors import BadInvitation
from prentice.identity import memberships, pending, persons
from prentice.identity.passwords import Context, check_rules, hashed
from prentice.identity.persons import User
from prentice.identity.sessions import end_all
from prentice.identity.tables import users

_LIFETIME = timedelta(hours=24)


def link(connection: Connection, user_id: str, *, now: datetime) -> str:
    """The token of a link that sets a new password, once, within 24 hours. Raises `UnknownUser`."""
    persons.required(connection, users.c.id == user_id)
    return pending.lay_down(connection, "reset", now=now, lifetime=_LIFETIME, user_id=user_id)


def whose(connection: Connection, token: str, *, now: datetime, used_up: bool = False) -> User:
    """The user whose password the link sets; with `used_up` it is good no more. Raises `BadInvitation`."""
    find = pending.take if used_up else pending.look
    kept = find(connection, "reset", token, now=now)
    if kept is None or kept.user_id is None:
        raise BadInvitation("This link is unknown, used or expired.", "Ask the operator for a new one.")
    return persons.required(connection, users.c.id == kept.user_id)


def replace(connection: Connection, user_id: str, new: str, *, now: datetime, but: str | None = None) -> None:
    """Their sessions but `but`, their tokens, and links to set a password end. Raises `WeakPassword`."""
    user = persons.required(connection, users.c.id == user_id)
    practices = memberships.practices_of(connection, user_id)
    words = tuple(word for one in practices for word in (one.name, one.slug))
    check_rules(new, Context(practices=words, name=user.name, email=user.email))
    persons.change(connection, user_id, password_hash=hashed(new), password_at=now)
    pending.drop(connection, user_id, "reset", "second")  # links, and sign-ins with the old one half done
    end_all(connection, user_id, now=now, but=but)
