"""API keys: shown once, kept as a hash, and never worth more than their owner is now."""

from __future__ import annotations

import hmac
import ipaddress
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, insert, or_, select, update

from prentice.errors import (
    AddressRefused,
    BadConfiguration,
    Credential,
    Forbidden,
    SecondFactorNeeded,
    SignInNeeded,
    refusing,
)
from prentice.identity.caller import Caller
from prentice.identity.database import Found, Quick, reading, writing
from prentice.identity.opaque import digest, new_id, new_secret
from prentice.identity.roles import FOR_PROGRAMS, PERMISSIONS, Permission
from prentice.identity.standing import COLUMNS, joined, member, membership
from prentice.identity.tables import api_keys

DAYS, MOST_DAYS = 90, 365
TOUCH = timedelta(minutes=1)  # 'last used' is no more exact than this: one write a minute, not one a request
_TEXT = re.compile(r"pk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_NOBODY = digest("")  # compared with where no key has the prefix, so that both take as long

_key = api_keys.c
_FIND = (
    select(
        _key.id,
        _key.user_id,
        _key.secret_hash,
        _key.scopes,
        _key.addresses,
        _key.expires_at,
        _key.used_at,
        _key.revoked_at,
        _key.suspended_at,
        *COLUMNS,
    )
    .select_from(joined(api_keys))
    .where(_key.prefix == bindparam("prefix"))
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key."""

    id: str
    tenant_id: str
    user_id: str
    name: str
    prefix: str
    scopes: frozenset[Permission]
    addresses: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    suspended_at: datetime | None  # its owner was disabled

    def state(self, now: datetime) -> str:
        """'good', 'expired', 'suspended' or 'revoked'."""
        if self.revoked_at is not None:
            return "revoked"
        if self.suspended_at is not None:
            return "suspended"
        return "good" if self.expires_at > now else "expired"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key. `text` is the only time that it is seen."""

    key: ApiKey
    text: str = field(repr=False)


def looks_like_key(text: str) -> bool:
    """
    >>> looks_like_key("pk_abcdefghijkl_" + "x" * 43), looks_like_key("eyJhbGciOiJFZERTQSJ9.e30.x")
    (True, False)
    """
    return text.startswith("pk_")


class ApiKeys:
    """`api_keys`. Safe between threads and processes."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._quick = Quick(engine)
        self._clock = clock

    def make(
        self,
        user_id: str,
        tenant_id: str,
        *,
        name: str,
        scopes: Collection[Permission],
        days: int = DAYS,
        addresses: Collection[str] = (),
        strong: bool = False,
    ) -> MadeKey:
        """A key of this person in this practice, for no more than the person may do there.

        `addresses` are networks such as `10.1.0.0/16`; none means from anywhere. `strong`: whoever makes it
        showed a second factor, or runs Prentice's own commands; the key itself will show none. Raises
        `SignInNeeded` for somebody who is no member, `SecondFactorNeeded` where the practice asks the role
        for one, `Forbidden` for scopes beyond the role, `BadConfiguration`.
        """
        name = name.strip()
        if not 1 <= len(name) <= 80 or not name.isprintable():
            raise BadConfiguration("A key needs a name of 1 to 80 characters.", "Say what it is for.")
        if not 1 <= days <= MOST_DAYS:
            raise BadConfiguration(
                f"A key is good for 1 to {MOST_DAYS} days.", "Choose fewer; a new one is quickly made."
            )
        networks = [_network(one) for one in addresses]
        now, prefix, secret = self._now(), new_id("", 12), new_secret()
        with writing(self._engine) as connection:
            part = member(connection, user_id, tenant_id)
            if part.second_factor and not strong:
                raise SecondFactorNeeded(
                    "This practice asks your role for a second factor, also to make a key.",
                    "Set one up under Account, then sign in with it.",
                )
            role = part.role
            beyond = set(scopes) - (PERMISSIONS[role] & FOR_PROGRAMS)
            if beyond or not scopes:
                raise Forbidden(
                    f"A key of a {role} cannot be for {', '.join(sorted(beyond)) or 'nothing'}.",
                    f"Choose from {', '.join(sorted(PERMISSIONS[role] & FOR_PROGRAMS))}.",
                )
            made = connection.execute(
                insert(api_keys)
                .values(
                    id=new_id("a_"),
                    tenant_id=tenant_id,
                    user_id=user_id,
                    name=name,
                    prefix=prefix,
                    secret_hash=digest(secret),
                    scopes=sorted(set(scopes)),
                    addresses=networks,
                    created_at=now,
                    expires_at=now + timedelta(days=days),
                )
                .returning(*_SHOWN)
            ).one()
        return MadeKey(_shown(made), f"pk_{prefix}_{secret}")

    def list_of(self, *, tenant_id: str | None = None, user_id: str | None = None) -> list[ApiKey]:
        """The keys of a practice, of a person, or of a person in a practice; the newest first."""
        wanted = select(*_SHOWN).where(*_whose(tenant_id, user_id)).order_by(_key.created_at.desc(), _key.id)
        with reading(self._engine) as connection:
            return [_shown(row) for row in connection.execute(wanted)]

    def revoke(self, key_id: str, *, tenant_id: str | None = None, user_id: str | None = None) -> bool:
        """End a key at once. Only one of this practice, and of this person where one is named.

        False if there is none that is not ended.
        """
        ending = (
            update(api_keys)
            .where(_key.id == key_id, _key.revoked_at.is_(None), *_whose(tenant_id, user_id))
            .values(revoked_at=self._now())
        )
        with writing(self._engine) as connection:
            return connection.execute(ending).rowcount == 1

    def verify(self, text: str, address: str) -> Caller:
        """Who sent a key, as its owner stands in the practice now. One query, and a write once a minute.

        `address` is the client's. Raises `SignInNeeded`, `AddressRefused` or `TenantSuspended`; which of
        the reasons of `SignInNeeded` it was is never said.
        """
        wrong = SignInNeeded("The API key is unknown, expired or revoked.", "Send a valid one.")
        parts = _TEXT.fullmatch(text)
        if parts is None:
            raise wrong
        now = self._now()
        found = self._quick.one(_FIND, {"prefix": parts[1]})
        kept = _NOBODY if found is None else bytes(found.secret_hash)
        if not hmac.compare_digest(kept, digest(parts[2])) or found is None:
            raise wrong
        with refusing(Credential("key", found.id, found.user_id, found.practice_id)):
            if found.revoked_at is not None or found.suspended_at is not None or found.expires_at <= now:
                raise wrong
            part = membership(found)
            if found.addresses and not _within(address, found.addresses):
                raise AddressRefused(
                    "The API key may not be used from this address.", "Use it from where it was made for."
                )
        if found.used_at is None or found.used_at <= now - TOUCH:
            self._quick.do(_TOUCH, {"key": found.id, "now": now, "before": now - TOUCH})
        return Caller(
            kind="key",
            user_id=found.user_id,
            credential_id=found.id,
            memberships={part.slug: part},
            scopes=frozenset(Permission(s) for s in found.scopes if s in _KNOWN)
            & PERMISSIONS[part.role]
            & FOR_PROGRAMS,
            address=address,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


_KNOWN = frozenset(permission.value for permission in Permission)
_SHOWN = tuple(_key[name] for name in ApiKey.__dataclass_fields__)
_TOUCH = (
    update(api_keys)
    .where(_key.id == bindparam("key"), or_(_key.used_at.is_(None), _key.used_at <= bindparam("before")))
    .values(used_at=bindparam("now"))
)


def _shown(row: Found) -> ApiKey:
    facts = row._asdict()
    scopes = frozenset(Permission(scope) for scope in facts["scopes"] if scope in _KNOWN)
    return ApiKey(**{**facts, "scopes": scopes, "addresses": tuple(facts["addresses"])})


def _whose(tenant_id: str | None, user_id: str | None) -> list[Any]:
    if tenant_id is None and user_id is None:
        raise TypeError("a practice or a person")
    named = ((_key.tenant_id, tenant_id), (_key.user_id, user_id))
    return [column == value for column, value in named if value is not None]


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise BadConfiguration(
            "A list of addresses holds networks.", "Write 203.0.113.7, 10.1.0.0/16 or 2001:db8::/32."
        ) from None


def _within(address: str, networks: Collection[str]) -> bool:
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False  # who cannot be placed is nowhere
    mapped = getattr(client, "ipv4_mapped", None)
    return any((mapped or client) in ipaddress.ip_network(network) for network in networks)
