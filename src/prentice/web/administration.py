"""A practice's administration: its users, API keys, limits and use, settings, and audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from prentice.audit.entry import Action, Decision
from prentice.errors import AddressRefused, Forbidden, PrenticeError
from prentice.identity.addresses import allowed, networks
from prentice.identity.caller import Caller
from prentice.identity.roles import MAY_MANAGE, PRACTICE_ROLES, Permission, Role
from prentice.tenancy.scope import TenantScope
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.shown import Who, moment, part_of, shown, tabs_of, told, who_is
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Slug = Annotated[str, Path(pattern=r"^[\w .-]{1,64}$")]
Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
DAYS = 31  # of use, on one page
ENTRIES = 100  # of the audit log, on one page


class Office:
    """One practice's administration, for one person who may see this part of it."""

    def __init__(self, request: Request, door: Door, bench: Bench, caller: Caller, scope: TenantScope) -> None:
        self.request, self.door, self.bench, self.caller, self.scope = request, door, bench, caller, scope

    async def page(self, template: str, current: str, heading: str, *, status: int = 200, **values: Any) -> Response:
        who = await self.bench.run(lambda: who_is(self.door, self.caller))
        return shown(
            template,
            status,
            who=who,
            practice=part_of(who, self.scope.slug),
            scope=self.scope,
            tabs=tabs_of(Role(self.scope.role)),
            current=current,
            heading=heading,
            **values,
        )

    def to(self, current: str, done: str = "") -> Response:
        """See Other: the page again, so that a reload sends nothing twice."""
        return RedirectResponse(f"/practices/{self.scope.slug}/{current}{f'?done={done}' if done else ''}", 303)


def office(permission: Permission) -> Any:
    """A dependency: the administration of the practice in the path, where the caller may do this **there**."""

    async def opened(
        request: Request,
        slug: Slug,
        caller: Annotated[Caller, Depends(needs(permission))],
        door: Annotated[Door, Depends(door)],
        bench: Annotated[Bench, Depends(bench)],
    ) -> Office:
        scope = await door.scope(caller, slug)  # first: of a practice that is not theirs nothing is told
        if not caller.may(permission, slug):
            raise Forbidden(
                f"Your role in this practice does not have the permission '{permission}'.",
                "Ask the owner of the practice.",
            )
        return Office(request, door, bench, caller, scope)

    return Depends(opened)


# -- users -----------------------------------------------------------------------------------------------

Users = Annotated[Office, office(Permission.users)]


async def _users(office: Office, *, status: int = 200, **values: Any) -> Response:
    people = office.door.identity.users
    mine = MAY_MANAGE.get(Role(office.scope.role), frozenset())

    def look() -> tuple[list[dict[str, Any]], list[Any]]:
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
    shown_values = {"link": "", "invited": "", **values}
    return await office.page(
        "users.html", "users", "Users", status=status, users=members, invitations=invited, roles=roles, **shown_values
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
        with written(office.door, office.caller, office.scope, Action.user_changed, change="invited", role=role):
            return office.door.identity.users.invite(
                office.scope.tenant_id, email, role, grants or (), by=office.caller.user_id
            )

    try:
        token = await office.bench.run(make)
    except PrenticeError as error:
        return await _users(office, status=error.status, wrong=told(error, office.request))
    link = f"{office.request.base_url}welcome?token={token}"
    return await _users(office, link=link, invited=email)


@router.post("/practices/{slug}/users/{user_id}")
async def change_user(
    office: Users,
    user_id: Id,
    role: Annotated[str, Form(max_length=12)],
    grants: Annotated[list[str] | None, Form()] = None,
) -> Response:
    people, scope, by = office.door.identity.users, office.scope, office.caller.user_id

    def change() -> None:
        with written(office.door, office.caller, scope, Action.user_changed, change="role", user=user_id, role=role):
            people.set_role(scope.tenant_id, user_id, role, by=by)
            people.set_grants(scope.tenant_id, user_id, grants or (), by=by)

    return await _done(office, change)


@router.post("/practices/{slug}/users/{user_id}/remove")
async def remove_user(office: Users, user_id: Id) -> Response:
    people, scope, by = office.door.identity.users, office.scope, office.caller.user_id

    def remove() -> None:
        with written(office.door, office.caller, scope, Action.user_changed, change="removed", user=user_id):
            people.remove_member(scope.tenant_id, user_id, by=by)

    return await _done(office, remove)


@router.post("/practices/{slug}/invitations/{invitation_id}/withdraw")
async def withdraw(office: Users, invitation_id: Id) -> Response:
    people, scope, by = office.door.identity.users, office.scope, office.caller.user_id

    def take_back() -> None:
        with written(office.door, office.caller, scope, Action.user_changed, change="invitation withdrawn"):
            people.withdraw(scope.tenant_id, invitation_id, by=by)

    return await _done(office, take_back)


async def _done(office: Office, work: Any) -> Response:
    try:
        await office.bench.run(work)
    except PrenticeError as error:
        return await _users(office, status=error.status, wrong=told(error, office.request))
    return office.to("users")


# -- keys ------------------------------------------------------------------------------------------------

Keys = Annotated[Office, office(Permission.keys)]


@router.get("/practices/{slug}/keys")
async def keys(office: Keys) -> Response:
    def look() -> list[dict[str, Any]]:
        members = {m.user_id: m.email for m in office.door.identity.users.members(office.scope.tenant_id)}
        return [
            {
                "id": one.id,
                "name": one.name,
                "prefix": f"pk_{one.prefix}",
                "whose": members.get(one.user_id, "somebody who left"),
                "scopes": sorted(one.scopes),
                "addresses": list(one.addresses),
                "used": moment(one.used_at),
                "expires": moment(one.expires_at),
            }
            for one in office.door.identity.api_keys.list_of(tenant_id=office.scope.tenant_id)
        ]

    return await office.page("keys.html", "keys", "API keys", keys=await office.bench.run(look))


@router.post("/practices/{slug}/keys/{key_id}/revoke")
async def revoke_key(office: Keys, key_id: Id) -> Response:
    def revoke() -> None:
        with written(office.door, office.caller, office.scope, Action.key_revoked, key=key_id):
            office.door.identity.api_keys.revoke(key_id, tenant_id=office.scope.tenant_id)

    await office.bench.run(revoke)
    return office.to("keys")


# -- limits and use --------------------------------------------------------------------------------------


@router.get("/practices/{slug}/use")
async def use(office: Annotated[Office, office(Permission.use)]) -> Response:
    limits, scope = office.door.limits, office.scope
    page = await office.bench.run(lambda: _use_of(limits, scope))
    return await office.page("use.html", "use", "Limits and use", **page)


def _use_of(limits: Any, scope: TenantScope) -> dict[str, Any]:
    """Today's use beside its limits, the rates in words, and the last days."""
    raise NotImplementedError


# -- audit -----------------------------------------------------------------------------------------------

Audit = Annotated[Office, office(Permission.audit)]
