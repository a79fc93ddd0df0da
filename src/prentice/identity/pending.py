"""What is to be brought back once: a challenge, a sign-in half done, a new password.

A token is 32 random bytes; its hash alone is kept. Every function works on the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from prentice.identity.opaque import digest, new_secret
from prentice.identity.tables import pending

Purpose = Literal["second", "reset", "passkey-new", "passkey"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was laid down under a token."""

    user_id: str | None
    facts: Mapping[str, Any]


def lay_down(
    connection: Connection,
    purpose: Purpose,
    *,
    now: datetime,
    lifetime: timedelta,
    user_id: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """A new token. What has expired is swept away."""
    token = new_secret()
    sweep(connection, now)
    connection.execute(
        insert(pending).values(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user_id,
            facts=dict(facts or {}),
            expires_at=now + lifetime,
        )
    )
    return token


def sweep(connection: Connection, now: datetime) -> None:
    """Take a hundred of what has expired away, whatever it was for."""
    stale = (
        select(pending.c.token_hash)
        .where(pending.c.expires_at < now)
        .limit(100)
        .with_for_update(skip_locked=True)  # two that sweep at once never wait for each other
    )
    connection.execute(delete(pending).where(pending.c.token_hash.in_(stale)))


def look(connection: Connection, purpose: Purpose, token: str, *, now: datetime) -> Kept | None:
    """What lies under the token, left where it is."""
    row = connection.execute(
        select(pending.c.user_id, pending.c.facts).where(*_this(purpose, token, now))
    ).one_or_none()
    return None if row is None else Kept(row.user_id, row.facts)


def take(connection: Connection, purpose: Purpose, token: str, *, now: datetime) -> Kept | None:
    """What lies under the token, and it is gone: of several at once one gets it."""
    row = connection.execute(
        delete(pending).where(*_this(purpose, token, now)).returning(pending.c.user_id, pending.c.facts)
    ).one_or_none()
    return None if row is None else Kept(row.user_id, row.facts)


def try_once(
    connection: Connection, purpose: Purpose, token: str, *, now: datetime, most: int
) -> Kept | None:
    """What lies under the token, for one of `most` tries. None when they are used up."""
    row = connection.execute(
        update(pending)
        .where(*_this(purpose, token, now), pending.c.tries < most)
        .values(tries=pending.c.tries + 1)
        .returning(pending.c.user_id, pending.c.facts)
    ).one_or_none()
    return None if row is None else Kept(row.user_id, row.facts)


def drop(connection: Connection, user_id: str, *purposes: Purpose) -> None:
    """What was laid down for this user to these purposes is gone."""
    mine = (pending.c.user_id == user_id, pending.c.purpose.in_(purposes))
    connection.execute(delete(pending).where(*mine))


def _this(purpose: Purpose, token: str, now: datetime) -> tuple[Any, ...]:
    return (
        pending.c.token_hash == digest(token),
        pending.c.purpose == purpose,
        pending.c.expires_at > now,
    )
