"""Passkeys (WebAuthn level 2): to sign in with alone, or beside a password.

The authenticator must know its user (a PIN, a finger) and is asked to keep the key discoverable, so that a
passkey alone is two factors. Which site this is (`rp_id`, `origin`) comes from the caller's configuration,
never from a request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from prentice.errors import FactorExists, UnknownUser, WrongCredentials
from prentice.identity import pending
from prentice.identity.database import reading, writing
from prentice.identity.factors import after_removal
from prentice.identity.opaque import new_id
from prentice.identity.proof import Proof
from prentice.identity.sessions import utc_now
from prentice.identity.tables import oidc_identities, passkeys, users

_LIFETIME = timedelta(minutes=5)
_MOST = 20  # of one user
_LONGEST = 16_384  # of a response in characters; one with a certificate has 4,000
_RP_NAME = "Prentice"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passkey:
    """One as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser is given: `options` for `navigator.credentials`, ready for JSON; `token` comes back
    with the response."""

    token: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose passkey was used, and which."""

    user_id: str
    passkey_id: str


class Passkeys:
    """Challenges are good once and for 5 minutes. Whatever is wrong with a response is one error."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def ask_new(self, user_id: str, *, rp_id: str) -> Asked:
        """Options to make a passkey with. Raises `UnknownUser`, `FactorExists` after 20."""
        with writing(self._engine) as connection:
            user = connection.execute(
                select(users.c.email, users.c.name).where(users.c.id == user_id)
            ).one_or_none()
            if user is None:
                raise UnknownUser("There is no such user.", "Sign in again.")
            held = _credentials(connection, user_id)
            if len(held) >= _MOST:
                raise FactorExists(f"An account has at most {_MOST} passkeys.", "Remove one first.")
            options = generate_registration_options(
                rp_id=rp_id,
                rp_name=_RP_NAME,
                user_id=user_id.encode(),
                user_name=user.email,
                user_display_name=user.name or user.email,
                exclude_credentials=held,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
            )
            return self._asked(
                connection, "passkey-new", options.challenge, options_to_json_dict(options), user_id
            )

    def add(
        self,
        user_id: str,
        token: str,
        response: Mapping[str, Any] | str,
        *,
        rp_id: str,
        origin: str,
        name: str = "",
    ) -> Passkey:
        """Keep the passkey that the browser made. Raises `WrongCredentials`, `FactorExists`."""
        challenge = self._challenge("passkey-new", token, user_id)
        credential = _credential(response)
        made = _verified(
            lambda: verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=rp_id,
                expected_origin=origin,
                require_user_verification=True,
            )
        )
        kept = Passkey(new_id("p_"), " ".join(name.split())[:60] or "Passkey", self._clock(), None)
        row = {
            "id": kept.id,
            "user_id": user_id,
            "credential_id": made.credential_id,
            "public_key": made.credential_public_key,
            "sign_count": made.sign_count,
            "name": kept.name,
            "created_at": kept.created_at,
        }
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(passkeys).values(row))
        except IntegrityError:
            raise FactorExists(
                "This passkey is set up already.", "Use another device, or that one."
            ) from None
        return kept

    def ask(self, *, rp_id: str, user_id: str | None = None) -> Asked:
        """Options to show a passkey with: any, or one of this user's (as a second factor)."""
        with writing(self._engine) as connection:
            options = generate_authentication_options(
                rp_id=rp_id,
                allow_credentials=_credentials(connection, user_id) if user_id else None,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
            return self._asked(
                connection, "passkey", options.challenge, options_to_json_dict(options), user_id
            )

    def verify(
        self,
        token: str,
        response: Mapping[str, Any] | str,
        *,
        rp_id: str,
        origin: str,
        user_id: str | None = None,
    ) -> Shown:
        """Whose passkey the response proves. With `user_id`: theirs alone. Raises `WrongCredentials`."""
        challenge = self._challenge("passkey", token, user_id)
        credential = _credential(response)
        raw_id = _verified(lambda: base64url_to_bytes(credential["rawId"]))
        with writing(self._engine) as connection:
            row = connection.execute(
                select(passkeys)
                .join(users)
                .where(passkeys.c.credential_id == raw_id, users.c.status == "active")
            ).one_or_none()
            if row is None or user_id not in (None, row.user_id) or not _handle_fits(credential, row.user_id):
                raise _wrong()
            shown = _verified(
                lambda: verify_authentication_response(
                    credential=credential,
                    expected_challenge=challenge,
                    expected_rp_id=rp_id,
                    expected_origin=origin,
                    credential_public_key=row.public_key,
                    credential_current_sign_count=row.sign_count,
                    require_user_verification=True,
                )
            )
            count = shown.new_sign_count
            # Once more where it is written: a copy of the key used at the same moment has the same count.
            newer = passkeys.c.sign_count < count
            if count == 0:  # an authenticator without a counter
                newer = or_(newer, passkeys.c.sign_count == 0)
            counted = connection.execute(
                update(passkeys)
                .where(passkeys.c.id == row.id, newer)
                .values(sign_count=count, used_at=self._clock())
            ).rowcount
            if not counted:
                raise _wrong()
        return Shown(row.user_id, row.id)

    def list_of(self, user_id: str) -> list[Passkey]:
        """The oldest first."""
        statement = (
            select(passkeys)
            .where(passkeys.c.user_id == user_id)
            .order_by(passkeys.c.created_at, passkeys.c.id)
        )
        with reading(self._engine) as connection:
            return [Passkey(r.id, r.name, r.created_at, r.used_at) for r in connection.execute(statement)]

    def remove(self, passkey_id: str, proof: Proof, *, but: str | None = None) -> None:
        """With the password or another factor. All sessions but `but`, and all tokens, end.

        Raises `WrongCredentials`, also where it is the only way that the user can sign in; `UnknownUser`
        where it is none of theirs.
        """
        now = self._clock()
        proof.check(now, other_than="passkey", passkey_id=passkey_id)
        with writing(self._engine) as connection:
            another_way = connection.execute(
                select(
                    users.c.password_hash.is_not(None)
                    | exists().where(oidc_identities.c.user_id == users.c.id)
                )
                .where(users.c.id == proof.user_id)
                .with_for_update()
            ).scalar()
            if not another_way and len(_credentials(connection, proof.user_id)) <= 1:
                raise WrongCredentials("This passkey is the only way to sign in.", "Set a password first.")
            gone = connection.execute(
                delete(passkeys).where(passkeys.c.id == passkey_id, passkeys.c.user_id == proof.user_id)
            ).rowcount
            if not gone:
                raise UnknownUser("There is no such passkey.", "Look at the list again.")
            after_removal(connection, proof.user_id, now=now, but=but)

    def _asked(
        self,
        connection: Connection,
        purpose: pending.Purpose,
        challenge: bytes,
        options: dict[str, Any],
        user_id: str | None,
    ) -> Asked:
        facts = {"challenge": bytes_to_base64url(challenge)}
        token = pending.lay_down(
            connection, purpose, now=self._clock(), lifetime=_LIFETIME, user_id=user_id, facts=facts
        )
        return Asked(token, options)

    def _challenge(self, purpose: pending.Purpose, token: str, user_id: str | None) -> bytes:
        """The challenge of this token, which is used up whatever follows."""
        with writing(self._engine) as connection:
            kept = pending.take(connection, purpose, token, now=self._clock())
        if kept is None or kept.user_id != user_id:
            raise _wrong()
        return base64url_to_bytes(kept.facts["challenge"])


def _credentials(connection: Connection, user_id: str) -> list[PublicKeyCredentialDescriptor]:
    rows = connection.execute(select(passkeys.c.credential_id).where(passkeys.c.user_id == user_id))
    return [PublicKeyCredentialDescriptor(id=row.credential_id) for row in rows]


def _credential(response: Mapping[str, Any] | str) -> dict[str, Any]:
    """The browser's response as an object, made on our own page and not in a frame of somebody else's."""

    def read() -> dict[str, Any]:
        text = response if isinstance(response, str) else json.dumps(dict(response))
        if len(text) > _LONGEST:
            raise ValueError("too long")
        credential: dict[str, Any] = json.loads(text)
        client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        if client.get("crossOrigin"):
            raise ValueError("cross origin")
        return credential

    return _verified(read)


def _handle_fits(credential: dict[str, Any], user_id: str) -> bool:
    handle = credential["response"].get("userHandle")
    return handle is None or _verified(lambda: base64url_to_bytes(handle)) == user_id.encode()


def _verified(check: Callable[[], T]) -> T:
    """What the check gives. Whatever it raises on a stranger's bytes, JSON and CBOR is a wrong response."""
    try:
        return check()
    except Exception:
        raise _wrong() from None


def _wrong() -> WrongCredentials:
    return WrongCredentials("This passkey was not accepted.", "Try again, or sign in another way.")
