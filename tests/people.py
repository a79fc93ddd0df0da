"""People who are signed in, for suites that only want to ask."""

from __future__ import annotations

from dataclasses import dataclass

from prentice.ask.pipeline import Prentice
from prentice.errors import UserExists
from prentice.identity.roles import Role

PASSWORD = "four lenses in a tray"
COOKIE = "prentice"


@dataclass(frozen=True)
class SignedIn:
    """A session: its cookie's value and what forms bring back."""

    user_id: str
    token: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.token}", "X-CSRF-Token": self.csrf}


def person(
    prentice: Prentice, email: str, *slugs: str, role: Role = Role.owner, grants: tuple[str, ...] = ()
) -> str:
    """Somebody with this role in these practices; their id. Made once."""
    users = prentice.identity.users
    try:
        user = users.add(email, "Somebody", PASSWORD, operator=role is Role.operator)
    except UserExists:
        found = users.by_email(email)
        assert found
        return found.id
    for slug in slugs:
        users.add_member(prentice.registry.get(slug).id, user.id, role, grants, by=None)
    return user.id


def signed_in(
    prentice: Prentice,
    role: Role = Role.owner,
    slugs: tuple[str, ...] = ("harbour-optics", "bluebird-eyecare"),
    *,
    strong: bool = False,
    grants: tuple[str, ...] = ("patients",),
) -> SignedIn:
    """Somebody with this role, in both practices of the demo, signed in."""
    name = ".".join((role.value, *slugs, *grants))
    user_id = person(prentice, f"{name}@tests.example", *slugs, role=role, grants=grants)
    token, session = prentice.identity.sessions.open_session(user_id, strong, "127.0.0.1", "A test")
    return SignedIn(user_id, token, session.csrf)
