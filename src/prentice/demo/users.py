"""People to sign in as in the demo: one of each role in each practice, and an operator.

Their one password is made at random for this installation and printed; production mode refuses to start
while any of them is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prentice.demo.practice import cast
from prentice.errors import UserExists
from prentice.identity.roles import PATIENTS, PRACTICE_ROLES, Role

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice

PASSWORD = "demo/password"  # the keyring's name for it
_BYTES = 9  # twelve characters, which a person can type
OPERATOR = "operator@prentice-demo.example"


@dataclass(frozen=True, slots=True)
class DemoUser:
    email: str
    role: Role
    practice: str  # '' of the operator


def demo_users() -> list[DemoUser]:
    """Everyone there is, the owners first.

    >>> [one.email for one in demo_users()][:2]
    ['owner@harbour-optics.example', 'owner@bluebird-eyecare.example']
    """
    slugs = [practice.slug for practice in cast().practices]
    people = [DemoUser(f"{role}@{slug}.example", role, slug) for role in PRACTICE_ROLES for slug in slugs]
    return [*people, DemoUser(OPERATOR, Role.operator, "")]


def make_users(prentice: Prentice) -> str:
    """Make those who are missing. Gives the password of all of them."""
    password = prentice.keyring.get_or_create(PASSWORD, _BYTES)
    users = prentice.identity.users
    for one in demo_users():
        name = f"{one.role.capitalize()} of the demo"
        try:
            user = users.add(one.email, name, password, operator=one.role is Role.operator)
        except UserExists:
            continue
        if one.practice:
            tenant = prentice.registry.get(one.practice)
            grants = (PATIENTS,) if one.role is Role.manager else ()
            users.add_member(tenant.id, user.id, one.role, grants, by=None)
    return password


def present(prentice: Prentice) -> list[str]:
    """Addresses of the demo's people who can sign in here."""
    users = prentice.identity.users
    return [one.email for one in demo_users() if (user := users.by_email(one.email)) and user.active]
