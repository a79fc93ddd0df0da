"""Coming in and going out: password, second factor, passkey, a provider, an invitation, a new password."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Cookie, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from prentice.audit.entry import Action
from prentice.errors import Forbidden, PrenticeError, SecondFactorNeeded, WrongCredentials
from prentice.identity.caller import Caller
from prentice.identity.invitations import Invitation
from prentice.identity.roles import Permission
from prentice.identity.sessions import browser_of
from prentice.identity.sign_in import Failed, NeedsSecondFactor, SignedIn, Step
from prentice.web.desk import recent
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, address_of, anyone, door, needs
from prentice.web.paths import own_path
from prentice.web.problems import json_response
from prentice.web.shown import Who, shown, told, who_is
from prentice.web.writing import signed_in, written

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(anyone)]
)

KNOWN = "prentice-known"  # the cookie of browsers in which somebody signed in before
KNOWN_S = 180 * 86_400
OIDC = "prentice-provider"  # the cookie of a sign-in at a provider, while the browser is there
OIDC_S = 600

Next = Annotated[str, Form(max_length=2_000)]
Token = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1_000)]
Doors = Annotated[Door, Depends(door)]
Benches = Annotated[Bench, Depends(bench)]


# -- the password, and the second factor -----------------------------------------------------------------


@router.get("/sign-in")
async def sign_in_page(
    request: Request, door: Doors, bench: Benches, next: Annotated[str, Query(max_length=2_000)] = "/"
) -> Response:
    return await _page(request, door, bench, next)


async def _page(
    request: Request, door: Door, bench: Bench, next_: str, *, status: int = 200, **values: Any
) -> Response:
    def look() -> tuple[list[Any], list[str]]:
        practice = request.query_params.get("practice", "")
        tenant = door.prentice.registry.find(practice) if practice else None
        providers = door.identity.providers.list_of(tenant.id) if tenant else []
        return list(providers), door.demo()

    providers, demo = await bench.run(look)
    return shown(
        "sign_in.html",
        status,
        **{"next": own_path(next_), "email": "", "providers": providers, "demo": demo, **values},
    )


@router.post("/sign-in")
async def sign_in(
    request: Request,
    door: Doors,
    bench: Benches,
    email: Annotated[str, Form(max_length=254)],
    password: Password,
    next: Next = "/",
) -> Response:
    address = address_of(request, door.proxies)
    known = door.known.holds(request.cookies.get(KNOWN, ""), email)

    def step() -> Step:
        return door.identity.sign_in.sign_in(email, password, address, known)

    try:
        taken = await bench.run(step)
    except PrenticeError as error:  # too many attempts
        code = error.code
        await bench.run(lambda: _failed(door, address, code))
        return await _page(
            request, door, bench, next, status=error.status, email=email, wrong=told(error, request)
        )
    match taken:
        case Failed():
            await bench.run(lambda: _failed(door, address, "wrong_credentials"))
            wrong = taken.error()
            return await _page(
                request, door, bench, next, status=wrong.status, email=email, wrong=told(wrong, request)
            )
        case NeedsSecondFactor(user_id=who):  # whose password somebody has stands in the log, come what may
            await bench.run(lambda: _failed(door, address, SecondFactorNeeded.code, who))
            return _second(taken.token, taken.ways, next)
        case SignedIn():
            return await _opened(request, door, bench, taken, own_path(next))


_WAYS = ("totp", "passkey", "recovery")


def _second(pending: str, ways: Collection[str], next_: str, status: int = 200, **values: Any) -> Response:
    known = [way for way in _WAYS if way in ways]
    return shown("second.html", status, next=own_path(next_), pending=pending, ways=known, **values)


@router.get("/sign-in/second")
async def second_page() -> Response:
    """Somebody went back or reloaded: what was shown there was good once."""
    return RedirectResponse("/sign-in", 303)


@router.post("/sign-in/second")
async def second(
    request: Request,
    door: Doors,
    bench: Benches,
    pending: Token,
    ways: Annotated[str, Form(max_length=40)] = "totp recovery",
    code: Annotated[str, Form(max_length=40)] = "",
    challenge: Annotated[str, Form(max_length=200)] = "",
    credential: Annotated[str, Form(max_length=20_000)] = "",
    next: Next = "/",
) -> Response:
    """A code, or what a passkey answered to `/sign-in/second/options`. `ways`: what is shown again."""
    address, site = address_of(request, door.proxies), door.site(request)

    def step() -> Step:
        people = door.identity.sign_in
        if credential:
            return people.second_passkey(
                pending, challenge, credential, address, rp_id=site.name, origin=site.origin
            )
        return people.second_factor(pending, code, address)

    try:
        taken = await bench.run(step)
        if isinstance(taken, Failed):
            raise taken.error()
    except PrenticeError as error:
        code_of = error.code
        await bench.run(lambda: _failed(door, address, code_of))
        return _second(pending, ways.split(), next, error.status, wrong=told(error, request))
    assert isinstance(taken, SignedIn)
    return await _opened(request, door, bench, taken, own_path(next))


class _Pending(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pending: str


@router.post("/sign-in/second/options")
async def second_options(
    request: Request, form: Annotated[_Pending, Body()], door: Doors, bench: Benches
) -> Response:
    """For a passkey of whoever showed the password."""
    site = door.site(request)
    asked = await bench.run(lambda: door.identity.sign_in.ask_second_passkey(form.pending, rp_id=site.name))
    return json_response({"options": asked.options, "pending": asked.token})


def _failed(door: Door, address: str, code: str, who: str = "") -> None:
    """Without `who` nobody knows who it was: what was typed as an address may be a password."""
    with written(door, None, None, Action.sign_in_failed, address=address, who=who) as said:
        said["code"] = code


async def _opened(request: Request, door: Door, bench: Bench, taken: SignedIn, to: str) -> Response:
    """A new session in this browser; the one that it brought ends (session fixation)."""
    token = await bench.run(lambda: open_session(request, door, taken))
    response = RedirectResponse(to, 303)
    set_session(response, door, token)
    known = door.known.with_(request.cookies.get(KNOWN, ""), taken.user.email)
    response.set_cookie(
        KNOWN, known, max_age=KNOWN_S, httponly=True, secure=door.secure, samesite="lax", path="/sign-in"
    )
    return response


def open_session(request: Request, door: Door, taken: SignedIn) -> str:
    address = address_of(request, door.proxies)
    with written(door, None, None, Action.sign_in, address=address, who=taken.user.id, strong=taken.strong):
        token, _ = door.identity.sessions.open_session(
            taken.user.id,
            taken.strong,
            address,
            browser_of(request.headers.get("user-agent")),
            instead_of=request.cookies.get(door.cookie),
            tenant_id=taken.tenant_id,
        )
        signed_in(door, taken.user.id, address, strong=taken.strong, only=taken.tenant_id)
    return token


def set_session(response: Response, door: Door, token: str) -> None:
    response.set_cookie(door.cookie, token, httponly=True, secure=door.secure, samesite="lax", path="/")


@router.post("/sign-out")
async def sign_out(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.account))],
    door: Doors,
    bench: Benches,
) -> Response:
    def end() -> None:
        with written(door, caller, None, Action.sign_out):
            door.identity.sessions.revoke(caller.credential_id, caller.user_id)

    await bench.run(end)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(door.cookie, path="/", secure=door.secure, httponly=True, samesite="lax")
    return response


# -- passkeys --------------------------------------------------------------------------------------------


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pending: str
    credential: dict[str, Any]
    next: str = "/"


@router.post("/sign-in/passkey/options")
async def passkey_options(request: Request, door: Doors, bench: Benches) -> Response:
    site = door.site(request)
    asked = await bench.run(lambda: door.identity.passkeys.ask(rp_id=site.name))
    return json_response({"options": asked.options, "pending": asked.token})


@router.post("/sign-in/passkey")
async def passkey(request: Request, form: Annotated[_Shown, Body()], door: Doors, bench: Benches) -> Response:
    site, address = door.site(request), address_of(request, door.proxies)

    def step() -> SignedIn:
        taken = door.identity.sign_in.passkey(
            form.pending, form.credential, rp_id=site.name, origin=site.origin
        )
        if not isinstance(taken, SignedIn):
            _failed(door, address, "wrong_credentials")
            raise Failed().error()
        return taken

    taken = await bench.run(step)
    opened = await _opened(request, door, bench, taken, "/")
    response = json_response({"next": own_path(form.next)})
    for name, value in opened.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    return response


# -- a provider ------------------------------------------------------------------------------------------

ProviderId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]


@router.post("/sign-in/with/{provider}")
async def to_provider(provider: ProviderId, request: Request, door: Doors, bench: Benches) -> Response:
    """Sends the browser to the provider; what it must bring back lies in a cookie of this browser."""
    oidc = door.identity.oidc(door.site(request).origin)
    url, pending = await bench.run(lambda: oidc.begin(provider, oidc.callback(provider)))
    response = RedirectResponse(url, 303)
    response.set_cookie(
        OIDC, pending, max_age=OIDC_S, httponly=True, secure=door.secure, samesite="lax", path="/sign-in/back"
    )
    return response


@router.get("/sign-in/back/{provider}")
async def from_provider(
    provider: ProviderId,
    request: Request,
    door: Doors,
    bench: Benches,
    pending: Annotated[str, Cookie(alias=OIDC, max_length=200)] = "",
) -> Response:
    oidc = door.identity.oidc(door.site(request).origin)
    address = address_of(request, door.proxies)

    def step() -> SignedIn:
        query, shown = dict(request.query_params), _shown_just_now(request, door)
        try:
            found = oidc.finish(pending, query, oidc.callback(provider), shown=shown)
        except PrenticeError as error:
            _failed(door, address, error.code)
            raise
        user = door.identity.users.by_id(found.user_id)
        if user is None or not user.active:
            raise Failed().error()
        return SignedIn(user, found.strong, found.tenant_id)

    try:
        taken = await bench.run(step)
    except PrenticeError as error:
        return await _page(request, door, bench, "/", status=error.status, wrong=told(error, request))
    response = await _opened(request, door, bench, taken, "/")
    response.delete_cookie(OIDC, path="/sign-in/back")
    return response


def _shown_just_now(request: Request, door: Door) -> str | None:
    """Whose session this browser has, if it showed just now what is the account's own."""
    session = door.identity.sessions.find(request.cookies.get(door.cookie, ""))
    caller = session.as_caller() if session else None
    return caller.user_id if caller and caller.own and recent(door.identity, caller) else None


# -- invitations and new passwords -----------------------------------------------------------------------


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
        **values,
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
                _failed(door, address, WrongCredentials.code)
                return taken
            user = people.accept(token, name, password)
            _joined(door, invitation.tenant_id, user.id, address)
            return SignedIn(user, strong=False)
        if isinstance(taken, NeedsSecondFactor):
            _failed(door, address, SecondFactorNeeded.code, taken.user_id)
        if isinstance(taken, SignedIn):
            people.accept(token, signed_in=taken.user.id)
            _joined(door, invitation.tenant_id, taken.user.id, address)
        return taken

    try:
        taken = await bench.run(join)
        if isinstance(taken, Failed):
            raise taken.error()
    except PrenticeError as error:
        return await _welcome(request, door, bench, token, status=error.status, wrong=told(error, request))
    if isinstance(taken, NeedsSecondFactor):  # then the link is opened once more, signed in
        return _second(taken.token, taken.ways, _taking_up(token))
    assert isinstance(taken, SignedIn)
    return await _opened(request, door, bench, taken, "/")


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
async def reset_page(token: Annotated[str, Query(max_length=200)] = "") -> Response:
    return _reset(token)


def _reset(token: str, status: int = 200, **values: Any) -> Response:
    return shown(
        "welcome.html",
        status,
        heading="A new password",
        words="Everything that was signed in with the old one ends, and so do your API keys.",
        action="/reset",
        token=token,
        invited=False,
        otherwise="",
        button="Set it",
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
        return _reset(token, error.status, wrong=told(error, request))
    return RedirectResponse("/sign-in", 303)
