"""Our own tokens: an access token of 15 minutes that is a JWT, and a refresh token that is good once.

An access token says who and where, never what one may do: role, grants and the practice's state are read
at each request, so that a change counts at once. All tokens of one sign-in are a family; a refresh token
that comes a second time was copied, and ends the family.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import (
    InvalidClaimError,
    InvalidHeaderValueError,
    InvalidKeyIdError,
    UnsupportedHeaderError,
)
from sqlalchemy import Engine, bindparam, delete, insert, literal_column, select, update

from prentice.errors import PLATFORM, Credential, SignInNeeded, TenantSuspended, refusing
from prentice.identity.caller import Caller
from prentice.identity.database import Quick, writing
from prentice.identity.envelope import Allowed, Envelope, believed, opened, text_of
from prentice.identity.opaque import digest, new_id, new_secret
from prentice.identity.signing import ACCESS_S, LEEWAY_S, SigningKey, SigningKeys
from prentice.identity.standing import COLUMNS, joined, member, membership
from prentice.identity.tables import refresh_tokens, token_families
from prentice.tenancy.tables import tenants

ISSUER = "prentice"
AUDIENCE = "prentice-api"
TYPE = "at+jwt"  # RFC 9068
FAMILY = timedelta(days=30)  # after which one signs in again
IDLE = timedelta(days=7)  # after which a refresh token that nobody used is worth nothing
LARGEST = 1_024  # characters; ours have some 450
_ALGORITHMS = ("EdDSA",)
_HEADER = {"alg", "kid", "typ"}
_NOT_GOOD = ("The refresh token is unknown, used or expired.", "Sign in again.")

_family = token_families.c
# What the practice set for its sessions holds for a sign-in of a program too.
_PRACTICE_ENDS: Any = literal_column(
    "token_families.created_at + make_interval(hours => "
    "coalesce((tenants.settings->>'session_absolute_hours')::int, 100000))"
)
_PRACTICE_IDLE: Any = literal_column("(tenants.settings->>'session_idle_minutes')::int").label("idle_minutes")
_FIND = select(_family.strong, *COLUMNS).select_from(joined(token_families)).where(
    _family.id == bindparam("family"),
    _family.user_id == bindparam("user"),
    _family.tenant_id == bindparam("tenant"),
    _family.revoked_at.is_(None),
    _family.expires_at > bindparam("now"),
    bindparam("now") < _PRACTICE_ENDS,
)  # fmt: skip
_THERE = select(tenants.c.id).where(tenants.c.id == bindparam("tenant"))


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int  # seconds, of the access token
    user_id: str
    tenant_id: str


class TokenReused(SignInNeeded):
    """A refresh token came a second time: told as any other that is not good, and written down."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(*_NOT_GOOD)
        self.credential = credential


class Tokens:
    """Safe between threads and processes. `issuer` is this installation's name in its tokens."""

    def __init__(
        self,
        engine: Engine,
        keys: SigningKeys,
        *,
        issuer: str = ISSUER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._quick = Quick(engine)
        self._keys = keys
        self._clock = clock
        self.issuer = issuer

    def issue(self, user_id: str, tenant_id: str, *, strong: bool = False, name: str = "") -> TokenPair:
        """A new family. `strong` says that a second factor was shown; `name` is for the list of sign-ins.

        Raises `SignInNeeded` for somebody who is no member of the practice, `TenantSuspended`.
        """
        key = self._keys.current()  # before the transaction, for it may need one of its own
        now, family, refresh = self._now(), new_id("f_"), new_secret()
        with writing(self._engine) as connection:
            member(connection, user_id, tenant_id)
            connection.execute(  # what is over need not be kept
                delete(token_families).where(_family.user_id == user_id, _family.expires_at <= now)
            )
            connection.execute(
                insert(token_families).values(
                    id=family,
                    user_id=user_id,
                    tenant_id=tenant_id,
                    strong=strong,
                    name=name,
                    created_at=now,
                    expires_at=now + FAMILY,
                )
            )
            connection.execute(
                insert(refresh_tokens).values(token_hash=digest(refresh), family_id=family, issued_at=now)
            )
        return self._pair(key, user_id, tenant_id, family, refresh)

    def refresh(
        self, refresh_token: str, *, before: Callable[[TokenPair], None] = lambda pair: None
    ) -> TokenPair:
        """A new pair for a refresh token, which is used up by it.

        `before` is told of the pair before the old one is used up: where it raises, nothing has changed, and
        the same refresh token is good once more. The practice's own limits of sessions end a sign-in as they
        end a session: so long after its beginning, and so long after the last access token ended.

        Of two who bring the same one, exactly one gets a pair, and the other ends the family with it:
        nobody can tell which of them was the thief. Raises `SignInNeeded`, which is a `TokenReused` for one
        that was good once; of every token that was ours it says whose it is.
        """
        key = self._keys.current()
        now, held, fresh = self._now(), digest(refresh_token), new_secret()
        using = (
            update(refresh_tokens)
            .where(refresh_tokens.c.token_hash == held, refresh_tokens.c.used_at.is_(None))
            .values(used_at=now)
            .returning(refresh_tokens.c.family_id, refresh_tokens.c.issued_at)
        )
        whose = (
            select(_family.id, _family.user_id, _family.tenant_id)
            .join(refresh_tokens, refresh_tokens.c.family_id == _family.id)
            .where(refresh_tokens.c.token_hash == held)
        )
        with writing(self._engine) as connection:
            # The row's lock lets parallel ones through one by one; those after the first find it used.
            used = connection.execute(using).one_or_none()
            known = connection.execute(whose).one_or_none()
            credential = Credential("token", known.id, known.user_id, known.tenant_id) if known else None
            if used is None:
                if known is not None:
                    connection.execute(_revoking(now).where(_family.id == known.id))
            elif used.issued_at > now - IDLE:
                alive = (
                    select(_family.id, _family.user_id, _family.tenant_id, _PRACTICE_IDLE, *COLUMNS)
                    .select_from(joined(token_families))
                    .where(
                        _family.id == used.family_id,
                        _family.revoked_at.is_(None),
                        _family.expires_at > now,
                        now < _PRACTICE_ENDS,
                    )
                    .with_for_update(of=token_families)  # a revocation comes before or after, not between
                )
                found = connection.execute(alive).one_or_none()
                if found is not None and not _idle(found.idle_minutes, used.issued_at, now):
                    with refusing(credential) if credential else nullcontext():
                        membership(found)  # a disabled user gets no new pair
                    connection.execute(
                        insert(refresh_tokens).values(
                            token_hash=digest(fresh), family_id=found.id, issued_at=now
                        )
                    )
                    pair = self._pair(key, found.user_id, found.tenant_id, found.id, fresh)
                    before(pair)
                    return pair
        if used is None and credential is not None:
            raise TokenReused(credential)
        refused = SignInNeeded(*_NOT_GOOD)
        refused.credential = credential
        raise refused

    def revoke(self, family: str) -> bool:
        """End a family at once: its access tokens too. False if there is none that is not ended."""
        return self._revoked(_family.id == family) == 1

    def revoke_all(self, user_id: str, tenant_id: str | None = None) -> int:
        """End every family of a person, or those in one practice. Returns how many."""
        if tenant_id is None:
            return self._revoked(_family.user_id == user_id)
        return self._revoked((_family.user_id == user_id) & (_family.tenant_id == tenant_id))

    def verify(self, access: str) -> Caller:
        """Who sent an access token, as the person stands in the practice now. One query.

        Raises `SignInNeeded`; `TenantSuspended` for a token that is good in a practice that is suspended.
        """
        with believed("The access token"):
            envelope = self._proved(access)
        family, user, tenant = (text_of(envelope.claims[name]) for name in ("sid", "sub", "tenant"))
        try:
            with believed("The access token"):
                envelope.in_time(self._clock(), leeway=LEEWAY_S, longest=ACCESS_S)
            found = self._quick.one(
                _FIND, {"family": family, "user": user, "tenant": tenant, "now": self._now()}
            )
            if found is None:
                raise SignInNeeded("This sign-in has ended.", "Sign in again.")
            part = membership(found)
        except (SignInNeeded, TenantSuspended) as error:
            error.credential = Credential("token", family, user, self._chain(tenant))
            raise
        return Caller(
            kind="token",
            user_id=user,
            credential_id=family,
            memberships={part.slug: part},
            strong=found.strong,
        )

    def _chain(self, tenant_id: str) -> str:
        """The practice of a token that we signed, where it is still there."""
        return tenant_id if self._quick.one(_THERE, {"tenant": tenant_id}) is not None else PLATFORM

    def _proved(self, access: str) -> Envelope:
        """The token if we signed it for ourselves, whether or not it is still good. Raises a `JoseError`."""
        envelope = opened(access, largest=LARGEST)
        if envelope.header.keys() != _HEADER:  # so no jku, jwk, x5u, x5c, crit
            raise UnsupportedHeaderError("Header is not ours")
        if envelope.header["typ"] != TYPE or envelope.algorithm not in _ALGORITHMS:
            raise InvalidHeaderValueError("typ or alg")
        key = self._keys.public(envelope.kid) if envelope.kid else None
        if key is None:
            raise InvalidKeyIdError("Not a key of ours")
        envelope.prove(key, _ALGORITHMS)
        claims = envelope.claims
        if claims.get("iss") != self.issuer or claims.get("aud") != AUDIENCE:
            raise InvalidClaimError("iss or aud")
        if not all(text_of(claims.get(name)) for name in ("sub", "sid", "tenant", "jti")):
            raise InvalidClaimError("sub, sid, tenant or jti")
        return envelope

    def _pair(self, key: SigningKey, user_id: str, tenant_id: str, family: str, refresh: str) -> TokenPair:
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": user_id,
            "sid": family,
            "tenant": tenant_id,
            "iat": now,
            "exp": now + ACCESS_S,
            "jti": new_id("", 22),
        }
        header = {"alg": "EdDSA", "kid": key.kid, "typ": TYPE}
        access = jwt.encode(header, claims, key.private, registry=Allowed(_ALGORITHMS))
        return TokenPair(access, refresh, ACCESS_S, user_id, tenant_id)

    def _revoked(self, which: Any) -> int:
        with writing(self._engine) as connection:
            return connection.execute(_revoking(self._now()).where(which)).rowcount

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _idle(minutes: int | None, issued_at: datetime, now: datetime) -> bool:
    """Whether nothing came for the practice's time, counted from when the access token with it was over."""
    return minutes is not None and now >= issued_at + timedelta(seconds=ACCESS_S, minutes=minutes)


def _revoking(now: datetime) -> Any:
    return update(token_families).where(_family.revoked_at.is_(None)).values(revoked_at=now)
