"""The way in. Read `SignIn.sign_in` from top to bottom.

password -> second factor where one is set up -> signed in. Whoever is unknown, disabled or without a
password is told the same as one with a wrong password, and waits as long for it. Opening the session is the
caller's part, with what `SignedIn` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Engine, exists, select, true, update

from prentice.errors import WrongCredentials
from prentice.identity import pending
from prentice.identity.database import reading, writing
from prentice.identity.emails import normalised_email
from prentice.identity.factors import factors_of
from prentice.identity.passkeys import Asked, Passkeys
from prentice.identity.passwords import verify
from prentice.identity.persons import User
from prentice.identity.proof import Proof
from prentice.identity.recovery import RecoveryCodes, read_code
from prentice.identity.sessions import utc_now
from prentice.identity.tables import memberships, users
from prentice.identity.totp import Totp
from prentice.identity.tries import count_try, forget_tries
from prentice.identity.users import Users
from prentice.tenancy.tables import tenants

_HALF_DONE = timedelta(minutes=5)
_TRIES = 5  # at the second factor, with one password shown


class LoginLimits(Protocol):
    """What is used of `limits.login`. `known` tells a browser in which this account signed in before from
    all others, so that strangers' failures do not lock its owner out."""

    def before(self, email: str, address: str, known: bool) -> None:
        """Raises `TooManyRequests`, in the same way whether there is such a user or not."""

    def failed(self, email: str, address: str, known: bool) -> None: ...

    def succeeded(self, email: str, address: str, known: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Failed:
    """Never says what was wrong."""

    def error(self) -> WrongCredentials:
        return WrongCredentials(
            "The address and password, or the code, do not fit.", "Try again, or ask for a new password."
        )


@dataclass(frozen=True, slots=True)
class NeedsSecondFactor:
    """The password was right. `token` is good for 5 minutes and 5 tries."""

    token: str
    ways: frozenset[str]  # of 'totp', 'passkey', 'recovery'
    user_id: str  # whose password it was: for the audit alone


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who, and whether with two factors."""

    user: User
    strong: bool
    tenant_id: str | None = None  # whose provider vouches: nowhere else


Step = Failed | NeedsSecondFactor | SignedIn


class SignIn:
    def __init__(
        self,
        engine: Engine,
        users: Users,
        totp: Totp,
        recovery: RecoveryCodes,
        passkeys: Passkeys,
        limits: LoginLimits,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._users = users
        self._totp = totp
        self._recovery = recovery
        self._passkeys = passkeys
        self._limits = limits
        self._clock = clock

    def sign_in(
        self, email: str, password: str, address: str, known: bool = False, *, slug: str | None = None
    ) -> Step:
        """With a password. Who is to belong to the practice `slug` and does not is told the same as with a
        wrong one. Raises `TooManyRequests` as the limits say."""
        email = normalised_email(email) or ""
        self._limits.before(email, address, known)
        with reading(self._engine) as connection:
            row = connection.execute(
                select(
                    users.c.id, users.c.password_hash, users.c.status, _belongs(slug).label("belongs")
                ).where(users.c.email == email)
            ).one_or_none()
        kept = row.password_hash if row is not None and row.status == "active" else None
        right, newer = verify(password, kept)
        if row is None or not right or not row.belongs:
            self._limits.failed(email, address, known)
            return Failed()
        with writing(self._engine) as connection:
            if newer is not None:
                connection.execute(
                    update(users)
                    .where(users.c.id == row.id, users.c.password_hash == kept)
                    .values(password_hash=newer)
                )
            ways = factors_of(connection, row.id)
            if ways:
                facts = {"email": email, "known": known}
                token = pending.lay_down(
                    connection,
                    "second",
                    now=self._clock(),
                    lifetime=_HALF_DONE,
                    user_id=row.id,
                    facts=facts,
                )
                return NeedsSecondFactor(token, ways, row.id)
        self._limits.succeeded(email, address, known)
        return self._signed_in(row.id, strong=False)

    def second_factor(self, token: str, code: str, address: str) -> Step:
        """With a code of the app, or a recovery code, after the password.

        Raises `TooManyRequests` after 20 wrong codes of the app for one account within a day, with however
        many passwords shown; a passkey and recovery codes (50 bits each) stay open.
        """
        kept = self._tried(token)
        if kept is None or kept.user_id is None:
            return Failed()
        if not self._code_fits(kept.user_id, code):
            self._limits.failed(kept.facts["email"], address, kept.facts["known"])
            return Failed()
        return self._after_second(token, address)

    def ask_second_passkey(self, token: str, *, rp_id: str) -> Asked:
        """Options for a passkey of whoever showed the password. Raises `WrongCredentials`."""
        with reading(self._engine) as connection:
            kept = pending.look(connection, "second", token, now=self._clock())
        if kept is None or kept.user_id is None:
            raise Failed().error()
        return self._passkeys.ask(rp_id=rp_id, user_id=kept.user_id)

    def second_passkey(
        self,
        token: str,
        challenge: str,
        response: Mapping[str, Any] | str,
        address: str,
        *,
        rp_id: str,
        origin: str,
    ) -> Step:
        """With a passkey after the password; `challenge` is the token of `ask_second_passkey`."""
        kept = self._tried(token)
        if kept is None or kept.user_id is None:
            return Failed()
        try:
            self._passkeys.verify(challenge, response, rp_id=rp_id, origin=origin, user_id=kept.user_id)
        except WrongCredentials:
            self._limits.failed(kept.facts["email"], address, kept.facts["known"])
            return Failed()
        return self._after_second(token, address)

    def passkey(self, challenge: str, response: Mapping[str, Any] | str, *, rp_id: str, origin: str) -> Step:
        """With a passkey alone, asked for by `Passkeys.ask`: it is two factors."""
        try:
            shown = self._passkeys.verify(challenge, response, rp_id=rp_id, origin=origin)
        except WrongCredentials:
            return Failed()
        return self._signed_in(shown.user_id, strong=True)

    def prove(self, user_id: str, *, password: str = "", code: str = "") -> Proof:
        """That who is signed in is still the same person. Raises `WrongCredentials`, `TooManyRequests`."""
        if code:
            if not self._code_fits(user_id, code):
                raise Failed().error()
            return Proof(user_id, "recovery" if read_code(code) else "totp", self._clock())
        with reading(self._engine) as connection:
            kept = connection.execute(
                select(users.c.password_hash).where(users.c.id == user_id, users.c.status == "active")
            ).scalar_one_or_none()
        count_try(self._engine, user_id, "password", now=self._clock())
        if not verify(password, kept)[0]:
            raise Failed().error()
        forget_tries(self._engine, user_id, "password")
        return Proof(user_id, "password", self._clock())

    def prove_by_passkey(
        self, user_id: str, challenge: str, response: Mapping[str, Any] | str, *, rp_id: str, origin: str
    ) -> Proof:
        """The same with a passkey, asked for by `Passkeys.ask(user_id=…)`. Raises `WrongCredentials`."""
        shown = self._passkeys.verify(challenge, response, rp_id=rp_id, origin=origin, user_id=user_id)
        return Proof(user_id, "passkey", self._clock(), shown.passkey_id)

    def prove_by_session(self, user_id: str, since: datetime | None) -> Proof:
        """For an account that has neither password nor factor left, whose session showed just now (`since`)
        what was its own: to give it its first password. Raises `WrongCredentials`."""
        user = self._users.by_id(user_id)
        with reading(self._engine) as connection:
            more = factors_of(connection, user_id)
        if user is None or not user.active or user.has_password or more or since is None:
            raise Failed().error()
        proof = Proof(user_id, "session", since)
        proof.check(self._clock())
        return proof

    def _tried(self, token: str) -> pending.Kept | None:
        with writing(self._engine) as connection:
            return pending.try_once(connection, "second", token, now=self._clock(), most=_TRIES)

    def _code_fits(self, user_id: str, code: str) -> bool:
        if read_code(code):
            return self._recovery.use(user_id, code)
        count_try(self._engine, user_id, "code", now=self._clock())
        fits = self._totp.verify(user_id, code)
        if fits:
            forget_tries(self._engine, user_id, "code")
        return fits

    def _after_second(self, token: str, address: str) -> Step:
        with writing(self._engine) as connection:
            kept = pending.take(connection, "second", token, now=self._clock())
        if kept is None or kept.user_id is None:  # somebody was quicker with the same token
            return Failed()
        self._limits.succeeded(kept.facts["email"], address, kept.facts["known"])
        return self._signed_in(kept.user_id, strong=True)

    def _signed_in(self, user_id: str, *, strong: bool) -> Step:
        user = self._users.signed_in(user_id)
        return Failed() if user is None else SignedIn(user, strong)


def _belongs(slug: str | None) -> ColumnElement[bool]:
    """Whether the user belongs to the practice; without one, to the platform as everybody does."""
    if slug is None:
        return true()
    part = (memberships.c.user_id == users.c.id, tenants.c.id == memberships.c.tenant_id)
    return exists().where(*part, tenants.c.slug == slug)
