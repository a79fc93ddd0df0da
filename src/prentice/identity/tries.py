"""Tries at a code or at one's own password, counted for each account in the platform database.

For what can be tried only after something of the account was shown already (its password, its session):
nobody else can use the limit to lock its owner out. Tries at signing in itself are `limits.login`'s.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Engine, case, delete
from sqlalchemy.dialects.postgresql import insert

from prentice.errors import TooManyRequests
from prentice.identity.database import writing
from prentice.identity.tables import pending

What = Literal["code", "password", "invitation"]
# Of a million codes three are good at a time: 20 tries a day find one in 45 years on average.
MOST = 20
WINDOW = timedelta(hours=24)


def count_try(engine: Engine, user_id: str, what: What, *, now: datetime) -> None:
    """Count one try, before it is looked at: many at once are not more tries than one after the other.

    Raises `TooManyRequests` where it is one too many of those that failed in a row within a day.
    """
    over = pending.c.expires_at < now
    row = {
        "token_hash": _key(user_id, what),
        "purpose": "tries",
        "user_id": user_id,
        "tries": 1,
        "expires_at": now + WINDOW,
    }
    statement = (
        insert(pending)
        .values(row)
        .on_conflict_do_update(
            index_elements=[pending.c.token_hash],
            set_={
                "tries": case((over, 1), else_=pending.c.tries + 1),
                "expires_at": case((over, now + WINDOW), else_=pending.c.expires_at),
            },
        )
        .returning(pending.c.tries, pending.c.expires_at)
    )
    with writing(engine) as connection:  # its own: what fails afterwards must not take the count back
        counted = connection.execute(statement).one()
    if counted.tries > MOST:
        refused = TooManyRequests(
            "Too many wrong codes or passwords for this account.",
            "Wait, use a passkey or a recovery code, or ask the operator to reset the account.",
        )
        refused.retry_after_s = max(1, int((counted.expires_at - now).total_seconds()))
        raise refused


def forget_tries(engine: Engine, user_id: str, what: What) -> None:
    """It went well: the next one is the first again."""
    with writing(engine) as connection:
        connection.execute(delete(pending).where(pending.c.token_hash == _key(user_id, what)))


def _key(user_id: str, what: str) -> bytes:
    return hashlib.sha256(f"tries:{what}:{user_id}".encode()).digest()
