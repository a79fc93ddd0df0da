"""Whom a provider's word makes of a visitor.

A provider speaks for one practice, and a practice's owner may have set it up: so its word is good for
people who belong to that practice and to no other. Somebody who also works elsewhere, or who operates
Prentice, signs in with what is their own: else the owner of one practice could become a person of another.

An e-mail address proves whose an account is on the provider's side alone. On ours whoever held an
invitation's link made the account of its address, with a password of their choice, and nobody sent a message
there: a provider's word that was joined to such an account would let two people into it. So the first time

- where the address has no account, an open invitation of the practice makes one that nothing else opens;
- where it has one that belongs to this practice and that nothing else opens (no password, no passkey), it is
  linked;
- where it has one of this practice that something else opens, it is linked if that was shown just now, in the
  same browser: whoever holds both is one person;
- where it has one that does not belong to this practice, nothing is linked and no invitation taken up: that
  is done by the invitation's link, with the account signed in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from prentice.errors import BadInvitation, SignInNeeded
from prentice.identity import invitations, memberships
from prentice.identity.database import writing
from prentice.identity.emails import normalised_email
from prentice.identity.invitations import Invitation
from prentice.identity.oidc_providers import Provider
from prentice.identity.opaque import new_id
from prentice.identity.roles import PRACTICE_ROLES, Role
from prentice.identity.standing import member
from prentice.identity.tables import memberships as parts
from prentice.identity.tables import oidc_identities, passkeys, users


@dataclass(frozen=True, slots=True)
class Asserted:
    """What the provider says. `email` is '' unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    user_id: str
    tenant_id: str  # the practice whose provider it was
    provider_id: str
    linked: bool = False  # the first time: this account at the provider is now this person's
    strong: bool = False  # the provider saw a second factor


def signed_in(
    engine: Engine, provider: Provider, asserted: Asserted, now: datetime, *, shown: str | None = None
) -> SignedIn:
    """The person of the practice, linked to the provider's account at the first time.

    The first time needs an e-mail that the provider has verified and that is a member's, or invited; an
    invitation is taken up by it, except to be an owner. `shown`: the account that the same browser is signed
    in to, and has shown something of its own for just now. Raises `SignInNeeded`, `TenantSuspended`.
    """
    try:
        with writing(engine) as connection:
            user_id = _linked(connection, asserted)
            first = user_id is None
            if user_id is None:
                user_id = _first_time(connection, provider, asserted, now, shown)
            member(connection, user_id, provider.tenant_id)
            _belongs_here_alone(connection, user_id)
            signing_in = update(users).where(users.c.id == user_id).values(signed_in_at=now)
            connection.execute(signing_in)
    except IntegrityError:  # the same person twice at once
        raise SignInNeeded("This sign-in met another of the same account.", "Begin again.") from None
    return SignedIn(user_id, provider.tenant_id, provider.id, linked=first)


def _linked(connection: Connection, asserted: Asserted) -> str | None:
    column = oidc_identities.c
    mine = select(column.user_id).where(column.issuer == asserted.issuer, column.subject == asserted.subject)
    found: str | None = connection.execute(mine).scalar()
    return found


def _first_time(
    connection: Connection, provider: Provider, asserted: Asserted, now: datetime, shown: str | None
) -> str:
    email = normalised_email(asserted.email)
    written = asserted.email.strip()
    if email is None or unicodedata.normalize("NFKC", written) != written:  # then it is another mailbox
        raise SignInNeeded(
            "The provider does not say that an e-mail address of yours is verified.",
            "Have it verified there, or sign in another way.",
        )
    # Locked: a password that is set at the same moment comes before or after, and is seen.
    theirs_alone = select(users.c.id).where(users.c.email == email).with_for_update()
    user_id: str | None = connection.execute(theirs_alone).scalar()
    if user_id is None:
        invitation = _invitation(connection, provider.tenant_id, email, now)
        user_id = new_id("u_")
        name = asserted.name[:200] if asserted.name.isprintable() else ""
        connection.execute(insert(users).values(id=user_id, email=email, name=name))
        _take_up(connection, invitation, provider.tenant_id, user_id, now)
    elif connection.execute(_part(user_id, provider.tenant_id)).scalar() is None:
        raise _unknown()
    elif user_id != shown and connection.execute(_opened_otherwise(user_id)).scalar():
        raise SignInNeeded(
            "Your account has a password or passkey of its own, and is not linked to the provider yet.",
            "Sign in with that first; then choose the provider again in the same browser.",
        )
    theirs = select(oidc_identities.c.subject).where(
        oidc_identities.c.issuer == asserted.issuer, oidc_identities.c.user_id == user_id
    )
    if connection.execute(theirs).first() is not None:  # the address was given to another account there
        raise _unknown()
    link = {"issuer": asserted.issuer, "subject": asserted.subject, "user_id": user_id}
    connection.execute(insert(oidc_identities).values(link))
    return user_id


def _part(user_id: str, tenant_id: str) -> Any:
    return select(parts.c.role).where(parts.c.user_id == user_id, parts.c.tenant_id == tenant_id)


def _opened_otherwise(user_id: str) -> Any:
    """Whether somebody can come into the account without a provider."""
    passkey = exists().where(passkeys.c.user_id == users.c.id)
    return select(users.c.password_hash.is_not(None) | passkey).where(users.c.id == user_id)


def _invitation(connection: Connection, tenant_id: str, email: str, now: datetime) -> Invitation:
    found = invitations.of_address(connection, tenant_id, email, now=now)
    if found is None or found.role not in PRACTICE_ROLES:
        raise _unknown()
    if found.role == Role.owner:
        raise SignInNeeded(
            "An owner takes up the invitation by its link.", "Open the link that was sent to you."
        )
    return found


def _take_up(
    connection: Connection, invitation: Invitation, tenant_id: str, user_id: str, now: datetime
) -> None:
    """As by the link: no more is given than whoever invited could give today."""
    try:
        invitations.take_up(connection, invitation, now=now)
    except BadInvitation:
        raise _unknown() from None
    by = invitation.invited_by
    memberships.give(connection, tenant_id, user_id, invitation.role, invitation.grants, by, operator=True)


def _belongs_here_alone(connection: Connection, user_id: str) -> None:
    practices = select(func.count()).where(parts.c.user_id == user_id).scalar_subquery()
    operator, count = connection.execute(
        select(users.c.operator, practices).where(users.c.id == user_id)
    ).one()
    if operator or count != 1:
        raise SignInNeeded(
            "Your account is not this practice's alone, so its provider cannot sign you in.",
            "Sign in with your own password or passkey.",
        )


def _unknown() -> SignInNeeded:
    return SignInNeeded(
        "The practice does not know this account.",
        "Ask its owner to invite the e-mail address that your provider has verified.",
    )
