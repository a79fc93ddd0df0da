"""Ten codes to write down, for when the telephone is lost. Each is good once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import Engine, delete, func, insert, select, update

from prentice.identity.database import reading, writing
from prentice.identity.sessions import utc_now
from prentice.identity.tables import recovery_codes

COUNT = 10
_LENGTH = 10
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U; 5 bits each, 50 in a code
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SALT = 16


class RecoveryCodes:
    """Kept as argon2id hashes: 50 bits are too few for a quick one. The ten of a person share a salt, so that
    a try costs one hash."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def regenerate(self, user_id: str) -> tuple[str, ...]:
        """Ten new codes such as 'K7Q2M-9XW4T', told this once; the old ones are good no more."""
        codes = ["".join(secrets.choice(_CROCKFORD) for _ in range(_LENGTH)) for _ in range(COUNT)]
        salt = secrets.token_bytes(_SALT)
        rows = [{"user_id": user_id, "code_hash": _hash(code, salt)} for code in codes]
        with writing(self._engine) as connection:
            connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
            connection.execute(insert(recovery_codes), rows)
        return tuple(f"{code[:5]}-{code[5:]}" for code in codes)

    def left(self, user_id: str) -> int:
        """How many were not used yet."""
        with reading(self._engine) as connection:
            return connection.execute(
                select(func.count())
                .select_from(recovery_codes)
                .where(recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
            ).scalar_one()

    def use(self, user_id: str, code: str) -> bool:
        """Whether it is one of theirs, not used before; it is used now. Of several at once one wins."""
        plain = read_code(code)
        if plain is None:
            return False
        with writing(self._engine) as connection:
            any_hash = connection.execute(
                select(recovery_codes.c.code_hash).where(recovery_codes.c.user_id == user_id).limit(1)
            ).scalar()
            if any_hash is None:
                return False
            return bool(
                connection.execute(
                    update(recovery_codes)
                    .where(
                        recovery_codes.c.user_id == user_id,
                        recovery_codes.c.code_hash == _hash(plain, any_hash[:_SALT]),
                        recovery_codes.c.used_at.is_(None),
                    )
                    .values(used_at=self._clock())
                ).rowcount
            )


def read_code(text: str) -> str | None:
    """A recovery code as it was given out, however it is written; None for anything else.

    >>> read_code(" k7q2m-9xw4t "), read_code("o1l23 45678"), read_code("123456")
    ('K7Q2M9XW4T', '0112345678', None)
    """
    plain = "".join(text[:40].split()).replace("-", "").upper().translate(_MISREAD)
    return plain if len(plain) == _LENGTH and set(plain) <= set(_CROCKFORD) else None


def _hash(code: str, salt: bytes) -> bytes:
    """The salt and 32 bytes of argon2id, with the parameters of passwords."""
    return salt + hash_secret_raw(code.encode(), salt, 2, 19 * 1024, 1, 32, Type.ID)
