"""A practice's people: members, roles, grants, invitations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from prentice.audit.entry import Action
from prentice.errors import PrenticeError
from prentice.identity.roles import GRANTS, MAY_MANAGE, PRACTICE_ROLES, Permission, Role, effective_grants
from prentice.web.office import Id, Office, office
from prentice.web.shown import moment, told
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Users = Annotated[Office, office(Permission.users)]


async def _users(office: Office, *, status: int = 200, **values: Any) -> Response:
    people = office.door.identity.users
    mine = MAY_MANAGE.get(Role(office.scope.role), frozenset())

    def look() -> tuple[list[dict[str, Any]], list[Any]]:
        office.seen("users")
        members = [
            {
                "id": one.user_id,
                "name": one.name,
                "email": one.email,
                "role": one.role.value,
                "grants": sorted(one.grants),
                "disabled": one.status != "active",
                "factor": "set up" if one.second_factor else "none",
                "signed_in": moment(one.signed_in_at),
                "manageable": one.role in mine and one.user_id != office.caller.user_id,
            }
            for one in people.members(office.scope.tenant_id)
        ]
        invited = [
            {"id": one.id, "email": one.email, "role": one.role.value, "expires": moment(one.expires_at)}
            for one in people.invitations(office.scope.tenant_id)
        ]
        return members, invited

    members, invited = await office.bench.run(look)
    roles = [role.value for role in PRACTICE_ROLES if role in mine]
    part = office.caller.memberships[office.scope.slug]
    shown_values = {
        "link": "",
        "invited": "",
        "typed": {"email": "", "role": Role.assistant.value, "grants": []},
        # Nobody gives what they have not got.
        "gives": sorted(effective_grants(part.role, part.grants)),
        **values,
    }
    return await office.page(
        "users.html",
        "users",
        "Users",
        status=status,
        users=members,
        invitations=invited,
        roles=roles,
        **shown_values,
    )


@router.get("/practices/{slug}/users")
async def users(office: Users) -> Response:
    return await _users(office)


@router.post("/practices/{slug}/users")
async def invite(
    office: Users,
    email: Annotated[str, Form(max_length=254)],
    role: Annotated[str, Form(max_length=12)],
    grants: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Makes a link that the person in charge hands over: Prentice sends no mail."""

    def make() -> str:
        with written(
            office.door,
            office.caller,
            office.scope.tenant_id,
            Action.user_invited,
            role=role,
            grants=_there_are(grants),
        ):
            return office.door.identity.users.invite(
                office.scope.tenant_id, email, role, grants or (), **office.by
            )

    try:
        token = await office.bench.run(make)
    except PrenticeError as error:
        typed = {"email": email, "role": role, "grants": grants or []}
        return await _users(office, status=error.status, wrong=told(error, office.request), typed=typed)
    link = f"{office.door.site(office.request).origin}/welcome?token={token}"
    return await _users(office, link=link, invited=email)


@router.post("/practices/{slug}/users/{user_id}")
async def change_user(
    office: Users,
    user_id: Id,
    role: Annotated[str, Form(max_length=12)],
    grants: Annotated[list[str] | None, Form()] = None,
) -> Response:
    people, scope = office.door.identity.users, office.scope

    def change() -> None:
        with written(
            office.door,
            office.caller,
            scope.tenant_id,
            Action.user_changed,
            change="role",
            user=user_id,
            role=role,
            grants=_there_are(grants),
        ):
            people.set_part(scope.tenant_id, user_id, role, grants or (), **office.by)

    return await _done(office, change)


@router.post("/practices/{slug}/users/{user_id}/remove")
async def remove_user(office: Users, user_id: Id) -> Response:
    people, scope = office.door.identity.users, office.scope

    def remove() -> None:
        with written(office.door, office.caller, scope.tenant_id, Action.user_removed, user=user_id):
            people.remove_member(scope.tenant_id, user_id, **office.by)

    return await _done(office, remove)


@router.post("/practices/{slug}/invitations/{invitation_id}/withdraw")
async def withdraw(office: Users, invitation_id: Id) -> Response:
    people, scope = office.door.identity.users, office.scope

    def take_back() -> None:
        with written(
            office.door, office.caller, scope.tenant_id, Action.user_changed, change="invitation withdrawn"
        ):
            people.withdraw(scope.tenant_id, invitation_id, **office.by)

    return await _done(office, take_back)


def _there_are(grants: Iterable[str] | None) -> list[str]:
    """Of what a form sent, the grants that exist: the log takes no text of anybody's."""
    return sorted(GRANTS & set(grants or ()))


async def _done(office: Office, work: Any) -> Response:
    try:
        await office.bench.run(work)
    except PrenticeError as error:
        return await _users(office, status=error.status, wrong=told(error, office.request))
    return office.to("users")
