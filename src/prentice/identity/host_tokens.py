"""The host's own JWT: whoever is signed in at the practice's system is signed in here too.

The practice is found by the issuer and the company id that the token names, and then the token must prove
itself with the key that this practice holds for that issuer. Nothing else of the request says which it is.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import Key, OctKey

from prentice.errors import Credential, SignInNeeded, refusing
from prentice.identity.caller import Caller, Membership
from prentice.identity.envelope import ASYMMETRIC, Envelope, believed, opened, text_of
from prentice.identity.host_issuers import OTHERWISE, HostIssuers, Trusted
from prentice.identity.key_sets import KeySets
from prentice.identity.roles import FOR_PROGRAMS, Role
from prentice.identity.signing import LEEWAY_S
from prentice.identity.standing import active

LARGEST = 8_192  # characters
LONGEST_S = 24 * 3_600
_COMPANY = ("companyId", "company_id")
_USER = ("userId", "user_id")


class HostTokens:
    """Safe between threads."""

    def __init__(
        self, issuers: HostIssuers, key_sets: KeySets, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._issuers = issuers
        self._key_sets = key_sets
        self._clock = clock

    def verify(self, token: str) -> Caller:
        """Who sent a host's token. One query, and seldom a look at the host's published keys.

        Raises `SignInNeeded`; `TenantSuspended` for a token that is good in a practice that is suspended.
        """
        with believed("The host's token"):
            envelope = opened(token, largest=LARGEST)
            trusted = self._trusted(envelope)
            self._prove(envelope, trusted)
        who = _who(envelope, trusted)
        with refusing(Credential("host", trusted.id, who, trusted.tenant_id)):
            with believed("The host's token"):
                envelope.in_time(self._clock(), leeway=LEEWAY_S, longest=LONGEST_S)
                _check_audience(envelope.claims.get("aud"), trusted.audience)
                if not who:
                    raise InvalidClaimError("userId")
            role = _role(envelope.claims.get("role"), trusted.roles)
            slug = active(trusted.slug, trusted.practice_status)
        return Caller(
            kind="host",
            user_id=who,
            credential_id=trusted.id,
            memberships={slug: Membership(trusted.tenant_id, slug, role, frozenset())},
            scopes=FOR_PROGRAMS,
        )

    def _trusted(self, envelope: Envelope) -> Trusted:
        issuer, company = text_of(envelope.claims.get("iss")), _one(envelope.claims, _COMPANY)
        if not issuer or not company or not issuer.isprintable() or len(issuer) > 500:
            raise InvalidClaimError("iss or companyId")
        trusted = self._issuers.trusted(issuer, company)
        if trusted is None:
            raise InvalidClaimError("iss or companyId")
        return trusted

    def _prove(self, envelope: Envelope, trusted: Trusted) -> None:
        """The kind of key that is held decides which algorithms may be: never the token."""
        if trusted.jwks_url is not None:
            found: Key = self._key_sets.find(trusted.jwks_url, envelope.kid, envelope.algorithm)
            envelope.prove(found, ASYMMETRIC)
            return
        secret = self._issuers.secret(trusted)
        if secret is None:
            raise JoseError("No key is held")
        envelope.prove(OctKey.import_key(secret), ("HS256",))


def _who(envelope: Envelope, trusted: Trusted) -> str:
    """Whom the token names, as it is written down; '' where that is nobody."""
    try:
        user = _one(envelope.claims, _USER) or _one(envelope.claims, ("sub",))
    except InvalidClaimError:
        return ""
    return host_user(trusted.tenant_id, user) if user else ""


def host_user(tenant_id: str, user: str) -> str:
    """How a host's user is named here: the host's own id may be a name or an address.

    >>> host_user("t1", "ann")
    'host:4ea564d99271ad4e3358d500'
    """
    return "host:" + hashlib.sha256(f"{tenant_id}|{user}".encode()).hexdigest()[:24]


def _one(claims: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The claim under any of its names, '' if it is missing. Two that differ are nobody's."""
    found = {str(claims[name]) for name in names if _is_id(claims.get(name))}
    if len(found) > 1:
        raise InvalidClaimError(names[0])
    return found.pop() if found else ""


def _is_id(value: object) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def _check_audience(given: object, wanted: str | None) -> None:
    """A token for somebody else is not for us (RFC 7519, 4.1.3); where we have a name, nor is one without."""
    audiences = given if isinstance(given, list) else [] if given is None else [given]
    if wanted is None and not audiences:
        return
    if wanted is None or wanted not in audiences:
        raise InvalidClaimError("aud")


def _role(given: object, roles: Mapping[str, str]) -> Role:
    theirs = text_of(given)
    ours = roles.get(theirs) if theirs != OTHERWISE else None
    ours = ours or roles.get(OTHERWISE)
    if ours is None:
        raise SignInNeeded(
            "The host's token names a role that has none here.",
            "The operator maps it with `prentice host add`.",
        )
    return Role(ours)
