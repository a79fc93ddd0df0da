"""One's own account: password, second factor, passkeys, sessions, API keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from prentice.audit.entry import Action
from prentice.errors import Forbidden, PrenticeError
from prentice.identity.caller import Caller
from prentice.identity.roles import PERMISSIONS, Permission
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, membership, needs
from prentice.web.problems import json_response
from prentice.web.shown import moment, shown, told, who_is
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SAID = {
    "password": "Your password is changed. Every other session of yours has ended.",
    "totp": "Your app is asked for a code from now on. Make recovery codes, for when the telephone is lost.",
    "off": "Your app is not asked for a code any more.",
    "passkey": "Your passkey is set up.",
    "removed": "It is removed.",
    "ended": "It has ended.",
}
Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
Password = Annotated[str, Form(max_length=1_000)]


class Desk:
    """One's own account, before oneself: of a person who is signed in here, not of a program."""

    def __init__(
        self,
        request: Request,
        caller: Annotated[Caller, Depends(needs(Permission.account))],
        door: Annotated[Door, Depends(door)],
        bench: Annotated[Bench, Depends(bench)],
    ) -> None:
        if caller.kind != "session":
            raise Forbidden(
                "This is for a person who is signed in.", "Open the page in a browser and sign in."
            )
        self.request, self.caller, self.door, self.bench = request, caller, door, bench

    async def page(self, *, status: int = 200, **values: Any) -> Response:
        return await self.bench.run(lambda: self._page(status, values))

    def _page(self, status: int, values: dict[str, Any]) -> Response:
        identity, me = self.door.identity, self.caller.user_id
        who = who_is(self.door, self.caller)
        names = {m.tenant_id: m.slug for m in self.caller.memberships.values()}
        return shown(
            "account.html",
            status,
            **{
                "who": who,
                "key": "",
                "codes": (),
                "setup": None,
                "totp": identity.totp.has(me),
                "recovery_left": identity.recovery.left(me),
                "passkeys": [
                    {"id": p.id, "name": p.name, "created": moment(p.created_at), "used": moment(p.used_at)}
                    for p in identity.passkeys.list_of(me)
                ],
                "sessions": [
                    {
                        "id": s.id,
                        "browser": s.browser,
                        "address": s.address,
                        "created": moment(s.created_at),
                        "seen": moment(s.seen_at),
                        "here": s.id == self.caller.credential_id,
                    }
                    for s in identity.sessions.list_of(me)
                ],
                "keys": [
                    {
                        "id": k.id,
                        "name": k.name,
                        "prefix": f"pk_{k.prefix}",
                        "practice": names.get(k.tenant_id, "one that you left"),
                        "scopes": sorted(k.scopes),
                        "used": moment(k.used_at),
                        "expires": moment(k.expires_at),
                    }
                    for k in identity.api_keys.list_of(user_id=me)
                    if k.revoked_at is None
                ],
                "scopes": sorted(
                    set().union(*(PERMISSIONS[m.role] for m in self.caller.memberships.values()))
                ),
                **values,
            },
        )

    async def do(self, work: Callable[[], Response | None], done: str) -> Response:
        """Do it and show the account again, or say why not."""
        try:
            response = await self.bench.run(work)
        except PrenticeError as error:
            return await self.page(status=error.status, wrong=told(error, self.request))
        return response or RedirectResponse(f"/account?done={done}", 303)


Desks = Annotated[Desk, Depends(Desk)]


@router.get("/account")
async def account(desk: Desks, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return await desk.page(said=SAID.get(done, ""))


@router.post("/account/password")
async def password(desk: Desks, old: Password, new: Password) -> Response:
    def change() -> None:
        with written(desk.door, desk.caller, None, Action.password_changed):
            desk.door.identity.users.change_password(
                desk.caller.user_id, old, new, but=desk.caller.credential_id
            )

    return await desk.do(change, "password")


# -- second factor ---------------------------------------------------------------------------------------


@router.post("/account/totp")
async def totp_begin(desk: Desks) -> Response:
    try:
        begun = await desk.bench.run(lambda: desk.door.identity.totp.begin(desk.caller.user_id))
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request))
    return await desk.page(
        setup={"svg": Markup(begun.svg), "secret": begun.secret}
    )  # made by segno from our address


@router.post("/account/totp/confirm")
async def totp_confirm(desk: Desks, code: Annotated[str, Form(max_length=20)]) -> Response:
    """From now on this session is strong: its token and the forms of before are good no more."""

    def confirm() -> Response:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_added, factor="totp"):
            identity.totp.confirm(me.user_id, code)
        token = identity.sessions.rotate(me.credential_id, strong=True, proved=True)
        response = RedirectResponse("/account?done=totp", 303)
        response.set_cookie(
            desk.door.cookie, token, httponly=True, secure=desk.door.secure, samesite="lax", path="/"
        )
        return response

    return await desk.do(confirm, "totp")


@router.post("/account/totp/remove")
async def totp_remove(desk: Desks, password: Password) -> Response:
    def remove() -> None:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_removed, factor="totp"):
            proof = identity.sign_in.prove(me.user_id, password=password)
            identity.totp.remove(proof, but=me.credential_id)

    return await desk.do(remove, "off")


@router.post("/account/recovery")
async def recovery(desk: Desks, password: Password) -> Response:
    def make() -> tuple[str, ...]:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_added, factor="recovery"):
            identity.sign_in.prove(me.user_id, password=password)
            return identity.recovery.regenerate(me.user_id)

    try:
        codes = await desk.bench.run(make)
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request))
    return await desk.page(codes=codes)


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pending: str
    credential: dict[str, Any]


@router.post("/account/passkeys/options")
async def passkey_options(desk: Desks) -> Response:
    site = desk.door.site(desk.request)
    asked = await desk.bench.run(
        lambda: desk.door.identity.passkeys.ask_new(desk.caller.user_id, rp_id=site.name)
    )
    return json_response({"options": asked.options, "pending": asked.token})


@router.post("/account/passkeys")
async def passkey_add(desk: Desks, form: Annotated[_Made, Body()]) -> Response:
    site, me = desk.door.site(desk.request), desk.caller
    browser = next(
        (s.browser for s in desk.door.identity.sessions.list_of(me.user_id) if s.id == me.credential_id), ""
    )

    def add() -> None:
        with written(desk.door, me, None, Action.factor_added, factor="passkey"):
            desk.door.identity.passkeys.add(
                me.user_id, form.pending, form.credential, rp_id=site.name, origin=site.origin, name=browser
            )

    await desk.bench.run(add)
    return json_response({"done": True})


@router.post("/account/passkeys/{passkey_id}/remove")
async def passkey_remove(desk: Desks, passkey_id: Id, password: Password) -> Response:
    def remove() -> None:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_removed, factor="passkey"):
            proof = identity.sign_in.prove(me.user_id, password=password)
            identity.passkeys.remove(passkey_id, proof, but=me.credential_id)

    return await desk.do(remove, "removed")


# -- sessions and keys -----------------------------------------------------------------------------------


@router.post("/account/sessions/{session_id}/end")
async def session_end(desk: Desks, session_id: Id) -> Response:
    def end() -> None:
        with written(desk.door, desk.caller, None, Action.session_revoked, session=session_id):
            desk.door.identity.sessions.revoke(session_id, desk.caller.user_id)

    return await desk.do(end, "ended")


@router.post("/account/sessions/end-others")
async def sessions_end(desk: Desks) -> Response:
    def end() -> None:
        with written(desk.door, desk.caller, None, Action.session_revoked, session="all others"):
            desk.door.identity.sessions.revoke_all(desk.caller.user_id, but=desk.caller.credential_id)

    return await desk.do(end, "ended")


@router.post("/account/keys")
async def key_make(
    desk: Desks,
    name: Annotated[str, Form(max_length=80)],
    tenant: Annotated[str, Form(max_length=64)],
    days: Annotated[int, Form()],
    scopes: Annotated[list[str] | None, Form()] = None,
    addresses: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    def make() -> str:
        part = membership(desk.caller, tenant)
        with written(desk.door, desk.caller, part.tenant_id, Action.key_made) as said:
            made = desk.door.identity.api_keys.make(
                desk.caller.user_id,
                part.tenant_id,
                name=name,
                scopes=[Permission(s) for s in scopes or () if s in Permission.__members__],
                days=days,
                addresses=addresses.replace(",", " ").split(),
            )
            said["key"] = made.key.id
        return made.text

    try:
        text = await desk.bench.run(make)
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request))
    return await desk.page(key=text)


@router.post("/account/keys/{key_id}/revoke")
async def key_revoke(desk: Desks, key_id: Id) -> Response:
    def revoke() -> None:
        with written(desk.door, desk.caller, None, Action.key_revoked, key=key_id):
            desk.door.identity.api_keys.revoke(key_id, user_id=desk.caller.user_id)

    return await desk.do(revoke, "ended")
