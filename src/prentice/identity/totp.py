"""Codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds). Each code is good once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

import pyotp
import segno
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from prentice.errors import FactorExists, UnknownUser, WrongCredentials
from prentice.identity.database import reading, writing
from prentice.identity.factors import after_removal
from prentice.identity.opaque import Seals
from prentice.identity.proof import Proof
from prentice.identity.sessions import utc_now
from prentice.identity.tables import totp, users

_STEP_S = 30
_AROUND = (-1, 0, 1)  # a clock may be half a minute off, or the person slow
_ISSUER = "Prentice"
OWNER, PURPOSE = "platform", "totp"  # of the sealed secrets


@dataclass(frozen=True, slots=True)
class SetUp:
    """Shown this once, to the person alone."""

    secret: str  # base32, for typing
    uri: str  # otpauth://
    svg: str  # an <svg> without style attributes, which the page's policy (CSP) would refuse


class Totp:
    """`sealer` keeps the secrets, under the platform's own key."""

    def __init__(self, engine: Engine, sealer: Seals, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock

    def begin(self, user_id: str) -> SetUp:
        """A new secret, which counts for nothing until `confirm`. One begun before is forgotten.

        Raises `FactorExists` where one is confirmed: that is taken away first, for which a proof is needed.
        """
        secret = pyotp.random_base32()  # 160 bits
        sealed = self._seal(user_id, secret)
        fresh = {"secret_sealed": sealed, "confirmed_at": None, "last_step": 0}
        with writing(self._engine) as connection:
            email = connection.execute(select(users.c.email).where(users.c.id == user_id)).scalar()
            if email is None:
                raise UnknownUser("There is no such user.", "Sign in again.")
            begun = connection.execute(
                insert(totp)
                .values(user_id=user_id, **fresh)
                .on_conflict_do_update(
                    index_elements=[totp.c.user_id], set_=fresh, where=totp.c.confirmed_at.is_(None)
                )
                .returning(totp.c.user_id)
            ).scalar()
        if begun is None:
            raise FactorExists(
                "An authenticator app is set up already.", "Remove it first, then set up another."
            )
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)
        return SetUp(secret, uri, qr(uri))

    def confirm(self, user_id: str, code: str) -> None:
        """From now on signing in asks for a code. Raises `WrongCredentials`."""
        with writing(self._engine) as connection:
            if not self._used(connection, user_id, code, confirmed=False):
                raise WrongCredentials(
                    "That code is not right.",
                    "Check the clock of your phone, and enter the code that it shows now.",
                )

    def has(self, user_id: str) -> bool:
        """Whether an app is set up and confirmed."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(totp.c.user_id).where(totp.c.user_id == user_id, totp.c.confirmed_at.is_not(None))
            )
            return found.scalar() is not None

    def verify(self, user_id: str, code: str) -> bool:
        """Whether the code is right and none of its step or a later one was used before."""
        with writing(self._engine) as connection:
            return self._used(connection, user_id, code, confirmed=True)

    def remove(self, proof: Proof, *, but: str | None = None) -> None:
        """With the password or another factor. All sessions but `but`, and all tokens, end.

        Raises `WrongCredentials`.
        """
        now = self._clock()
        proof.check(now, other_than="totp")
        with writing(self._engine) as connection:
            connection.execute(delete(totp).where(totp.c.user_id == proof.user_id))
            after_removal(connection, proof.user_id, now=now, but=but)

    def _used(self, connection: Connection, user_id: str, code: str, *, confirmed: bool) -> bool:
        digits = re.sub(r"\s", "", code[:20])
        if not re.fullmatch(r"[0-9]{6}", digits):
            return False
        row = connection.execute(
            select(totp.c.secret_sealed, totp.c.last_step).where(
                totp.c.user_id == user_id, totp.c.confirmed_at.is_not(None) == confirmed
            )
        ).one_or_none()
        if row is None:
            return False
        app = pyotp.TOTP(self._open(user_id, row.secret_sealed))
        now = int(self._clock().timestamp()) // _STEP_S
        fits = [s for s in (now + d for d in _AROUND) if compare_digest(app.generate_otp(s), digits)]
        step = next((s for s in fits if s > row.last_step), None)
        if step is None:
            return False
        # Decided here: of several that come with one code at once, the first to get here used it.
        return bool(
            connection.execute(
                update(totp)
                .where(
                    totp.c.user_id == user_id,
                    totp.c.secret_sealed == row.secret_sealed,
                    totp.c.confirmed_at.is_not(None) == confirmed,
                    totp.c.last_step < step,
                )
                .values(last_step=step, **({} if confirmed else {"confirmed_at": self._clock()}))
            ).rowcount
        )

    def _seal(self, user_id: str, secret: str) -> bytes:
        """With whose it is, so that one that was moved to another row opens for nobody."""
        return self._sealer.seal(f"{user_id}:{secret}".encode(), owner=OWNER, purpose=PURPOSE)

    def _open(self, user_id: str, sealed: bytes) -> str:
        whose, _, secret = self._sealer.open(sealed, owner=OWNER, purpose=PURPOSE).decode().partition(":")
        if whose != user_id:
            raise WrongCredentials("That code is not right.", "Ask the operator to reset the account.")
        return secret


def qr(uri: str) -> str:
    """The address as an inline SVG: dark on white in whatever theme, sized by the page."""
    return segno.make(uri, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
