"""Joining a practice by an invitation, and a new password by a link that was handed over."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from prentice.audit.entry import Action
from prentice.errors import Forbidden, PrenticeError, SecondFactorNeeded, WrongCredentials
from prentice.identity.caller import Caller
from prentice.identity.invitations import Invitation
from prentice.identity.roles import Permission
from prentice.identity.sign_in import Failed, NeedsSecondFactor, SignedIn, Step
from prentice.web.engine import Bench
from prentice.web.needs import Door, address_of, anyone, needs
from prentice.web.shown import Who, shown, told, who_is
from prentice.web.signing_in import Benches, Doors, Password, Token, noted_failure, opened, second_step
from prentice.web.writing import written

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(anyone)]
)


@router.get("/welcome")
async def welcome_page(
    request: Request, door: Doors, bench: Benches, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    return await _welcome(request, door, bench, token)


async def _welcome(
    request: Request, door: Door, bench: Bench, token: str, *, status: int = 200, **values: Any
) -> Response:
    try:
        invitation, where = await bench.run(lambda: _invited(door, token))
    except PrenticeError as error:
        return shown("problem.html", error.status, failure=told(error, request))
    return shown(
        "welcome.html",
        status,
        heading=f"Welcome to {where}",
        words=f"You were invited as {invitation.role}, under {invitation.email}.",
        action="/welcome",
        token=token,
        invited=True,
        button="Join",
        otherwise=f"/sign-in?{urlencode({'next': _taking_up(token)})}",
        **{"name": "", "whose": invitation.email, **values},
    )


def _taking_up(token: str) -> str:
    """Where somebody who is signed in takes an invitation up."""
    return f"/welcome/in?{urlencode({'token': token})}"


def _invited(door: Door, token: str) -> tuple[Invitation, str]:
    """The invitation, and the name of where it leads."""
    found = door.identity.users.invitation(token)
    tenant = next((t for t in door.prentice.registry.all() if t.id == found.tenant_id), None)
    return found, tenant.public_name if tenant else "the platform"


@router.post("/welcome")
async def welcome(
    request: Request,
    door: Doors,
    bench: Benches,
    token: Token,
    password: Password,
    name: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Somebody new chooses a password; who has an account already gives its password, as in signing in.

    Whoever invited holds the link as well. So nothing tells which of the two it is until the password fits,
    or one is chosen: both are tried, in the same order and the same words.
    """
    address = address_of(request, door.proxies)

    def join() -> Step:
        people = door.identity.users
        invitation = people.invitation(token)
        taken = door.identity.sign_in.sign_in(invitation.email, password, address)
        if isinstance(taken, Failed):
            people.check_password_for(token, name, password)
            if invitation.known:
                noted_failure(door, address, WrongCredentials.code)
                return taken
            user = people.accept(token, name, password)
            _joined(door, invitation.tenant_id, user.id, address)
            return SignedIn(user, strong=False)
        if isinstance(taken, NeedsSecondFactor):
            noted_failure(door, address, SecondFactorNeeded.code, taken.user_id)
        if isinstance(taken, SignedIn):
            people.accept(token, signed_in=taken.user.id)
            _joined(door, invitation.tenant_id, taken.user.id, address)
        return taken

    try:
        taken = await bench.run(join)
        if isinstance(taken, Failed):
            raise taken.error()
    except PrenticeError as error:
        typed = {"wrong": told(error, request), "name": name}
        return await _welcome(request, door, bench, token, status=error.status, **typed)
    if isinstance(taken, NeedsSecondFactor):  # then the link is opened once more, signed in
        return second_step(taken.token, taken.ways, _taking_up(token))
    assert isinstance(taken, SignedIn)
    return await opened(request, door, bench, taken, "/")


@router.get("/welcome/in")
async def welcome_in_page(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.account))],
    door: Doors,
    bench: Benches,
    token: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    def look() -> tuple[Invitation, str, Who]:
        return *_invited(door, token), who_is(door, caller)

    invitation, where, who = await bench.run(look)
    return shown(
        "confirm.html",
        who=who,
        heading=f"Join {where}",
        words=f"You are signed in as {who.email}, and were invited as {invitation.role}.",
        action="/welcome/in",
        token=token,
        button="Join",
    )


@router.post("/welcome/in")
async def welcome_in(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.account))],
    door: Doors,
    bench: Benches,
    token: Token,
) -> Response:
    def join() -> None:
        invitation = door.identity.users.invitation(token)
        if not caller.own:
            raise Forbidden(
                "A practice's provider signed you in, and vouches for nobody elsewhere.",
                "Sign in with your own password or passkey, then open the link again.",
            )
        door.identity.users.accept(token, signed_in=caller.user_id)
        _joined(door, invitation.tenant_id, caller.user_id, caller.address)

    await bench.run(join)
    return RedirectResponse("/", 303)


def _joined(door: Door, tenant_id: str | None, user_id: str, address: str) -> None:
    with written(door, None, tenant_id, Action.user_changed, address=address, who=user_id, change="joined"):
        pass


@router.get("/reset")
async def reset_page(
    request: Request, door: Doors, bench: Benches, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    return await _reset(request, door, bench, token)


async def _reset(
    request: Request, door: Door, bench: Bench, token: str, status: int = 200, **values: Any
) -> Response:
    """The form, as long as the link is good: nobody chooses a password for one that is not."""
    try:
        user = await bench.run(lambda: door.identity.users.resetting(token))
    except PrenticeError as error:
        return shown("problem.html", error.status, failure=told(error, request))
    return shown(
        "welcome.html",
        status,
        heading="A new password",
        words=f"For {user.email}. Every session and token of yours ends with it, and so do your API keys.",
        action="/reset",
        token=token,
        invited=False,
        otherwise="",
        button="Set it",
        name="",
        whose=user.email,
        **values,
    )


@router.post("/reset")
async def reset(request: Request, door: Doors, bench: Benches, token: Token, password: Password) -> Response:
    address = address_of(request, door.proxies)

    def work() -> None:
        with written(door, None, None, Action.password_changed, address=address) as said:
            said["who"] = door.identity.users.reset_password(token, password).id

    try:
        await bench.run(work)
    except PrenticeError as error:
        return await _reset(request, door, bench, token, error.status, wrong=told(error, request))
    return RedirectResponse("/sign-in?done=reset", 303)
