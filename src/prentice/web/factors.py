"""One's own second factors: the app, recovery codes, passkeys, and the page that asks for one again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Form, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from prentice.audit.entry import Action
from prentice.errors import FactorExists, Forbidden, PrenticeError, UnknownUser
from prentice.web.desk import Desk, Desks, Given, Means
from prentice.web.paths import own_path
from prentice.web.problems import json_response
from prentice.web.shown import shown, told, who_is
from prentice.web.writing import written

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Id = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]
PROVE = "Reload the page and try again."
Shows = Annotated[Given, Depends(Given)]


async def asked(desk: Desk, means: Means, *, status: int = 200, **values: Any) -> Response:
    """The page that asks for a password, a code or a passkey. `values`: heading, words, action, button."""
    who = await desk.bench.run(lambda: who_is(desk.door, desk.caller))
    shared = {"who": who, "means": means, "next": "", "new": False, "provided": not desk.caller.own}
    return shown("prove.html", status, **{**shared, **values})


# -- showing anew that it is oneself ---------------------------------------------------------------------

_PROVE: dict[str, Any] = {
    "heading": "Is it still you?",
    "words": "You signed in more than ten minutes ago, without your second factor, or at your practice's "
    "provider. Show something of your own.",
    "action": "/account/prove",
    "button": "Go on",
}


@router.get("/account/prove")
async def prove_page(desk: Desks, next: Annotated[str, Query(max_length=2_000)] = "/account") -> Response:
    means = await desk.bench.run(lambda: desk.means(adding=True))
    return await asked(desk, means, next=own_path(next), **_PROVE)


@router.post("/account/prove")
async def prove(
    desk: Desks, given: Shows, next: Annotated[str, Form(max_length=2_000)] = "/account"
) -> Response:
    def work() -> str:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.sign_in, proved=True) as said:
            proof = desk.prove(given, desk.means(adding=True))
            said["how"] = proof.how
            strong = None if proof.how == "password" else True
            return identity.sessions.rotate(me.credential_id, strong=strong, proved=True)

    try:
        token = await desk.bench.run(work)
    except PrenticeError as error:
        means = await desk.bench.run(lambda: desk.means(adding=True))
        wrong = told(error, desk.request)
        return await asked(desk, means, status=error.status, wrong=wrong, next=own_path(next), **_PROVE)
    return desk.with_session(RedirectResponse(own_path(next), 303), token)


@router.post("/account/prove/options")
async def prove_options(desk: Desks) -> Response:
    """For a passkey of one's own, on each page that asks for one."""
    name, identity = desk.door.site(desk.request).name, desk.door.identity
    made = await desk.bench.run(lambda: identity.passkeys.ask(rp_id=name, user_id=desk.caller.user_id))
    return json_response({"options": made.options, "pending": made.token})


# -- the app, and recovery codes -------------------------------------------------------------------------


@router.post("/account/totp")
async def totp_begin(desk: Desks) -> Response:
    if not await desk.bench.run(desk.fresh):
        return desk.to_prove("second")
    try:
        begun = await desk.bench.run(lambda: desk.door.identity.totp.begin(desk.caller.user_id))
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request), at="second")
    # Made by segno out of our own address.
    return await desk.page(setup={"svg": Markup(begun.svg), "secret": begun.secret}, at="second")


@router.post("/account/totp/confirm")
async def totp_confirm(desk: Desks, code: Annotated[str, Form(max_length=20)]) -> Response:
    """From now on this session is strong: its token and the forms of before are good no more."""

    def confirm() -> str:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_added, factor="totp"):
            identity.totp.confirm(me.user_id, code)
        return identity.sessions.rotate(me.credential_id, strong=True)

    if not await desk.bench.run(desk.fresh):
        return desk.to_prove("second")
    try:
        token = await desk.bench.run(confirm)
    except PrenticeError as error:  # the app has the secret already: the code alone is asked for again
        again = {"svg": "", "secret": ""}
        wrong = told(error, desk.request)
        return await desk.page(status=error.status, wrong=wrong, setup=again, at="second")
    return desk.with_session(RedirectResponse("/account?done=totp#second", 303), token)


_OFF: dict[str, Any] = {
    "heading": "Switch the app off",
    "words": "Your app is then not asked for a code any more. Your other sessions end.",
    "action": "/account/totp/remove",
    "button": "Switch it off",
}


@router.get("/account/totp/remove")
async def totp_remove_page(desk: Desks) -> Response:
    return await asked(desk, await desk.bench.run(lambda: desk.means(without="totp")), **_OFF)


@router.post("/account/totp/remove")
async def totp_remove(desk: Desks, given: Shows) -> Response:
    def remove() -> None:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_removed, factor="totp") as said:
            proof = desk.prove(given, desk.means(without="totp"))
            said["how"] = proof.how
            identity.totp.remove(proof, but=me.credential_id)

    try:
        await desk.bench.run(remove)
    except PrenticeError as error:
        means = await desk.bench.run(lambda: desk.means(without="totp"))
        return await asked(desk, means, status=error.status, wrong=told(error, desk.request), **_OFF)
    return RedirectResponse("/account?done=off#second", 303)


@router.post("/account/recovery")
async def recovery(desk: Desks) -> Response:
    def make() -> tuple[str, ...] | None:
        identity, me = desk.door.identity, desk.caller
        if not desk.fresh():
            return None
        with written(desk.door, me, None, Action.factor_added, factor="recovery"):
            if not desk.factors():
                raise FactorExists(
                    "Recovery codes stand in for a second factor, and you have none.",
                    "Set up an app or a passkey first.",
                )
            return identity.recovery.regenerate(me.user_id)

    try:
        codes = await desk.bench.run(make)
    except PrenticeError as error:
        return await desk.page(status=error.status, wrong=told(error, desk.request), at="second")
    return desk.to_prove("second") if codes is None else await desk.page(codes=codes, at="second")


# -- passkeys --------------------------------------------------------------------------------------------


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pending: str
    credential: dict[str, Any]


def _require_fresh(desk: Desk) -> None:
    if not desk.caller.own:
        raise Forbidden("Your practice's provider signed you in: show something of your own.", PROVE)
    if not desk.fresh():  # the page showed the way there, and was left open for too long
        raise Forbidden("You signed in more than ten minutes ago.", PROVE)


@router.post("/account/passkeys/options")
async def passkey_options(desk: Desks) -> Response:
    name, identity = desk.door.site(desk.request).name, desk.door.identity

    def work() -> Any:
        _require_fresh(desk)
        return identity.passkeys.ask_new(desk.caller.user_id, rp_id=name)

    made = await desk.bench.run(work)
    return json_response({"options": made.options, "pending": made.token})


@router.post("/account/passkeys")
async def passkey_add(desk: Desks, form: Annotated[_Made, Body()]) -> Response:
    """A passkey is two factors: this session is strong from now on, with a new token."""
    site, me, identity = desk.door.site(desk.request), desk.caller, desk.door.identity

    def add() -> str:
        with written(desk.door, me, None, Action.factor_added, factor="passkey"):
            _require_fresh(desk)
            here = next((s for s in identity.sessions.list_of(me.user_id) if s.id == me.credential_id), None)
            identity.passkeys.add(
                me.user_id,
                form.pending,
                form.credential,
                rp_id=site.name,
                origin=site.origin,
                name=here.browser if here else "",
            )
        return identity.sessions.rotate(me.credential_id, strong=True, proved=True)

    token = await desk.bench.run(add)
    return desk.with_session(json_response({"next": "/account?done=passkey#passkeys"}), token)


def _removal(desk: Desk, passkey_id: str) -> dict[str, Any]:
    found = next(
        (one for one in desk.door.identity.passkeys.list_of(desk.caller.user_id) if one.id == passkey_id),
        None,
    )
    if found is None:
        raise UnknownUser("There is no such passkey.", "Look at the list again.")
    return {
        "heading": "Remove a passkey",
        "words": f"The passkey “{found.name}” is then good no more. Your other sessions end.",
        "action": f"/account/passkeys/{passkey_id}/remove",
        "button": "Remove it",
    }


@router.get("/account/passkeys/{passkey_id}/remove")
async def passkey_remove_page(desk: Desks, passkey_id: Id) -> Response:
    words = await desk.bench.run(lambda: _removal(desk, passkey_id))
    return await asked(desk, await desk.bench.run(lambda: desk.means(without=passkey_id)), **words)


@router.post("/account/passkeys/{passkey_id}/remove")
async def passkey_remove(desk: Desks, passkey_id: Id, given: Shows) -> Response:
    def remove() -> None:
        identity, me = desk.door.identity, desk.caller
        with written(desk.door, me, None, Action.factor_removed, factor="passkey") as said:
            proof = desk.prove(given, desk.means(without=passkey_id))
            said["how"] = proof.how
            identity.passkeys.remove(passkey_id, proof, but=me.credential_id)

    words = await desk.bench.run(lambda: _removal(desk, passkey_id))
    try:
        await desk.bench.run(remove)
    except PrenticeError as error:
        means = await desk.bench.run(lambda: desk.means(without=passkey_id))
        return await asked(desk, means, status=error.status, wrong=told(error, desk.request), **words)
    return RedirectResponse("/account?done=removed#passkeys", 303)
