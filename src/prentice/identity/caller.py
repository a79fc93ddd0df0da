"""`Caller`: who sent a request, as whatever showed who they are says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from prentice.identity.roles import Permission, Role, may

Kind = Literal["session", "token", "host", "key"]


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's part in one practice."""

    tenant_id: str
    slug: str
    role: Role
    grants: frozenset[str]
    second_factor: bool = False  # the practice asks this role for one


@dataclass(frozen=True, slots=True)
class Caller:
    """Made by `identity.authenticate` alone.

    `memberships` holds, by short name, the practices that this credential reaches: all of a session's
    user, one of a token, a host's token or an API key, none of an operator who is nobody's staff.
    """

    kind: Kind
    user_id: str  # 'u_…'; of a host's token 'host:' and a hash, for the host's own id may name a person
    credential_id: str  # of the session, token family or key: what limits count and the audit names
    memberships: Mapping[str, Membership]
    operator: bool = False
    scopes: frozenset[Permission] | None = None  # of an API key: no more than these; None: as the role
    address: str = ""  # the client's, as `identity.addresses` believes it
    strong: bool = False  # a second factor was shown
    csrf: str = ""  # of a session: what a form must bring back
    since: datetime | None = None  # when a session last proved its password or passkey, or was opened
    tenant: str | None = None  # of a session that a practice's provider opened: that practice's id
    own: bool = True  # something of the account's own was shown; False: a provider's word alone

    def may(self, permission: Permission, slug: str | None = None) -> bool:
        """Whether it is permitted: in the practice `slug`, or where that is None as an operator or in any."""
        if self.scopes is not None and permission not in self.scopes:
            return False
        if slug is not None:
            membership = self.memberships.get(slug)
            return membership is not None and may(membership.role, permission)
        if self.operator and may(Role.operator, permission):
            return True
        if permission is Permission.account and self.kind == "session":
            return True  # whose last practice was taken away still signs out, and keeps the account
        return any(may(m.role, permission) for m in self.memberships.values())
