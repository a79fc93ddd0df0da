"""Which second factors a user has, and what follows when one goes. On the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, text, update

from prentice.identity.sessions import end_all
from prentice.identity.tables import passkeys, recovery_codes, sessions, totp

_HAS = text("""
select exists (select from totp where user_id = :user_id and confirmed_at is not null) as totp,
       exists (select from passkeys where user_id = :user_id) as passkey,
       exists (select from recovery_codes where user_id = :user_id and used_at is null) as recovery
""")


def factors_of(connection: Connection, user_id: str) -> frozenset[str]:
    """Of 'totp', 'passkey' and, beside one of these, 'recovery'."""
    row = connection.execute(_HAS, {"user_id": user_id}).one()
    found = {name for name in ("totp", "passkey") if row._mapping[name]}
    return frozenset(found | ({"recovery"} if found and row.recovery else set()))


def after_removal(connection: Connection, user_id: str, *, now: datetime, but: str | None) -> None:
    """Other sessions and all tokens end. With the last factor go the recovery codes, and the session that
    stays counts as one without a second factor."""
    end_all(connection, user_id, now=now, but=but)
    if not factors_of(connection, user_id):
        connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        if but is not None:
            connection.execute(
                update(sessions)
                .where(sessions.c.id == but, sessions.c.user_id == user_id)
                .values(strong=False)
            )


def remove_all(connection: Connection, user_id: str, *, now: datetime) -> None:
    """For the operator, when somebody has lost their telephone: the password alone is left."""
    for table in (totp, passkeys, recovery_codes):
        connection.execute(delete(table).where(table.c.user_id == user_id))
    after_removal(connection, user_id, now=now, but=None)
