"""Templates, and what every page shows of who is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prentice import __version__
from prentice.ask.guard import MAX_CHARACTERS
from prentice.errors import PrenticeError, SignInNeeded
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission, Role, may
from prentice.web.card import anchor
from prentice.web.needs import Door
from prentice.web.paths import LONGEST
from prentice.web.problems import failure_headers, problem, trace_id

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals.update(
    version=__version__,
    max_question=MAX_CHARACTERS,
    anchor=anchor,
    # What `frame.html` and `top.html` ask for and most pages leave out.
    who=None,
    practice=None,
    today="",
    here="",
    csrf_token="",
    said="",
    at="",
    wrong=None,
)

# The pages of a practice's administration, and what one must be permitted to see each.
TABS = (
    ("users", "Users", Permission.users),
    ("keys", "API keys", Permission.keys),
    ("documents", "Documents", Permission.documents),
    ("use", "Limits and use", Permission.use),
    ("feedback", "Feedback", Permission.feedback),
    ("settings", "Settings", Permission.settings),
    ("audit", "Audit", Permission.audit),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One practice of the person's."""

    slug: str
    name: str
    role: str
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Who:
    """The person before the page."""

    id: str
    name: str
    email: str
    csrf: str
    address: str
    operator: bool
    practices: tuple[Part, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    words: str


def tabs_of(role: Role) -> tuple[Tab, ...]:
    """The administration's pages that this role may open."""
    return tuple(Tab(name, words) for name, words, permission in TABS if may(role, permission))


def who_is(door: Door, caller: Caller) -> Who:
    """Looks the person's name and practices up."""
    person = door.identity.users.by_id(caller.user_id)
    if person is None:
        raise SignInNeeded()
    names = {t.slug: t.public_name for t in door.prentice.registry.all()}
    parts = tuple(
        Part(slug, names.get(slug, slug), part.role.value, tuple(sorted(part.grants)))
        for slug, part in sorted(
            caller.memberships.items(), key=lambda item: names.get(item[0], item[0]).casefold()
        )
    )
    links = [
        Link(
            f"/practices/{slug}/{tabs[0].name}",
            f"Administration{f' of {names.get(slug, slug)}' if len(parts) > 1 else ''}",
        )
        for slug, part in caller.memberships.items()
        if (tabs := tabs_of(part.role))
    ]
    if caller.operator:
        links.append(Link("/operator/tenants", "Practices of the platform"))
    return Who(
        id=person.id,
        name=person.name or person.email,
        email=person.email,
        csrf=caller.csrf,
        address=caller.address,
        operator=caller.operator,
        practices=parts,
        links=tuple(links),
    )


def part_of(who: Who, slug: str) -> Part | None:
    """The practice of that short name, where it is one of the person's."""
    return next((part for part in who.practices if part.slug == slug), None)


def shown(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page."""
    return HTMLResponse(templates.get_template(template).render(values), status)


def told(error: PrenticeError, request: Request) -> dict[str, str]:
    """An error for the box above a form."""
    return problem(error, trace_id(request)).model_dump()


def failed(request: Request, error: PrenticeError) -> Response:
    """A failure to a person: they are sent to sign in where that is what is missing, and back afterwards."""
    if isinstance(error, SignInNeeded):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = here if request.method == "GET" and len(here) <= LONGEST else "/"
        return RedirectResponse(f"/sign-in?{urlencode({'next': back})}" if back != "/" else "/sign-in", 303)
    return problem_page(request, error)


def problem_page(request: Request, error: PrenticeError) -> Response:
    response = shown("problem.html", error.status, failure=told(error, request))
    response.headers.update(failure_headers(error))
    return response


def moment(at: datetime | None) -> str:
    """`2026-10-31 14:05`, in UTC; '' for never."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def joined(words: Sequence[str]) -> str:
    """`a, b and c`.

    >>> joined(["a", "b", "c"]), joined(["a"])
    ('a, b and c', 'a')
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
