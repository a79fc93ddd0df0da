"""One's own account: password, sessions, API keys; `factors` has the second factors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from prentice.audit.entry import Action
from prentice.errors import BadSetting, PrenticeError
from prentice.identity.roles import Permission
from prentice.web import factors
from prentice.web.desk import SAID, Desk, Desks, Given, Means, no_such
from prentice.web.shown import told
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
Password = Annotated[str, Form(max_length=1_000)]


@router.get("/account")
async def account(desk: Desks, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    at, words = SAID.get(done, ("", ""))
    return await desk.page(said=words, at=at)


# -- password --------------------------------------------------------------------------------------------


@router.post("/account/password")
async def password(
    desk: Desks, old: Password, new: Password, keys: Annotated[bool, Form()] = False
) -> Response:
    """`keys`: end the account's API keys with it, in every practice."""

    def change() -> None:
        with written(desk.door, desk.caller, None, Action.password_changed, keys_revoked=keys):
            desk.door.identity.users.change_password(
                desk.caller.user_id, old, new, but=desk.caller.credential_id, keys=keys
            )

    return await desk.do(change, "password")


_FIRST: dict[str, Any] = {
    "heading": "A password",
    "words": "You sign in without one. With one you can sign in where your passkey or provider is not.",
    "action": "/account/password/first",
    "button": "Set it",
    "new": True,
}


def _means(desk: Desk) -> Means:
    return desk.means(adding=True)


@router.get("/account/password/first")
async def first_password_page(desk: Desks) -> Response:
    """For somebody without a password."""
    if await desk.bench.run(desk.has_password):
        return RedirectResponse("/account#password", 303)
    means = await desk.bench.run(lambda: _means(desk))
    return await factors.asked(desk, means, just_now=await desk.bench.run(desk.fresh), **_FIRST)


@router.post("/account/password/first")
async def first_password(desk: Desks, given: Annotated[Given, Depends(Given)], new: Password) -> Response:
    def work() -> None:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.password_changed, change="first") as said:
            if desk.has_password():
                raise BadSetting("You have a password already.", "Change it under Account.")
            means = _means(desk)
            since = me.since if me.own else None  # a provider's word sets no password
            proof = (
                desk.prove(given, means) if means else identity.sign_in.prove_by_session(me.user_id, since)
            )
            said["how"] = proof.how
            identity.users.set_password(proof, new, but=me.credential_id)

    try:
        await desk.bench.run(work)
    except PrenticeError as error:
        means = await desk.bench.run(lambda: _means(desk))
        return await factors.asked(
            desk,
            means,
            status=error.status,
            wrong=told(error, desk.request),
            just_now=await desk.bench.run(desk.fresh),
            **_FIRST,
        )
    return RedirectResponse("/account?done=password#password", 303)


# -- sessions and keys -----------------------------------------------------------------------------------


@router.post("/account/sessions/{session_id}/end")
async def session_end(desk: Desks, session_id: Id) -> Response:
    def end() -> None:
        with written(desk.door, desk.caller, None, Action.session_revoked, session=session_id):
            if not desk.door.identity.sessions.revoke(session_id, desk.caller.user_id):
                raise no_such("session")

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
    """A key outlives the session and shows no second factor: so making one needs all that the practice asks
    of its people, just now. It reaches that practice alone, so there the word of its provider counts."""
    typed = {"name": name, "tenant": tenant, "days": days, "addresses": addresses, "scopes": scopes or []}

    def make(tenant_id: str) -> str:
        with written(desk.door, desk.caller, tenant_id, Action.key_made) as said:
            if not scopes:
                raise BadSetting("A key must be for something.", "Tick what it may do.")
            made = desk.door.identity.api_keys.make(
                desk.caller.user_id,
                tenant_id,
                name=name,
                scopes=[Permission(s) for s in scopes if s in Permission.__members__],
                days=days,
                addresses=addresses.replace(",", " ").split(),
                strong=desk.caller.strong,
            )
            said["key"] = made.key.id
        return made.text

    try:
        scope = await desk.door.scope(desk.caller, tenant, Permission.account)
        if not await desk.bench.run(desk.recent):
            return desk.to_prove("keys")
        text = await desk.bench.run(lambda: make(scope.tenant_id))
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request), at="keys", typed=typed)
    return await desk.page(key=text, at="keys")


@router.post("/account/keys/{key_id}/revoke")
async def key_revoke(desk: Desks, key_id: Id) -> Response:
    """Written down in the log of the key's practice, where its owner looks."""

    def revoke() -> None:
        identity, me = desk.door.identity, desk.caller
        mine = {
            key.id: key.tenant_id
            for key in identity.api_keys.list_of(user_id=me.user_id, tenant_id=me.tenant)
        }
        with written(desk.door, me, mine.get(key_id), Action.key_revoked, key=key_id):
            if not identity.api_keys.revoke(key_id, user_id=me.user_id, tenant_id=me.tenant):
                raise no_such("key")

    return await desk.do(revoke, "revoked")
