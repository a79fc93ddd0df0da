"""Coming in and going out: password, second factor, passkey, a provider."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Body, Cookie, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from prentice.audit.entry import Action
from prentice.errors import PrenticeError, SecondFactorNeeded
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.identity.sessions import browser_of
from prentice.identity.sign_in import Failed, NeedsSecondFactor, SignedIn, Step
from prentice.web.desk import recent
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, address_of, anyone, door, needs
from prentice.web.paths import own_path
from prentice.web.problems import json_response
from prentice.web.shown import shown, told
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


_SAID = {"reset": "Your password is set. Sign in with it."}

# -- the password, and the second factor -----------------------------------------------------------------


@router.get("/sign-in")
async def sign_in_page(
    request: Request,
    door: Doors,
    bench: Benches,
    next: Annotated[str, Query(max_length=2_000)] = "/",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return await _page(request, door, bench, next, said=_SAID.get(done, ""))


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
        await bench.run(lambda: noted_failure(door, address, code))
        return await _page(
            request, door, bench, next, status=error.status, email=email, wrong=told(error, request)
        )
    match taken:
        case Failed():
            await bench.run(lambda: noted_failure(door, address, "wrong_credentials"))
            wrong = taken.error()
            return await _page(
                request, door, bench, next, status=wrong.status, email=email, wrong=told(wrong, request)
            )
        case NeedsSecondFactor(user_id=who):  # whose password somebody has stands in the log, come what may
            await bench.run(lambda: noted_failure(door, address, SecondFactorNeeded.code, who))
            return second_step(taken.token, taken.ways, next)
        case SignedIn():
            return await opened(request, door, bench, taken, own_path(next))


_WAYS = ("totp", "passkey", "recovery")


def second_step(
    pending: str, ways: Collection[str], next_: str, status: int = 200, **values: Any
) -> Response:
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
        await bench.run(lambda: noted_failure(door, address, code_of))
        return second_step(pending, ways.split(), next, error.status, wrong=told(error, request))
    assert isinstance(taken, SignedIn)
    return await opened(request, door, bench, taken, own_path(next))


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


def noted_failure(door: Door, address: str, code: str, who: str = "") -> None:
    """Without `who` nobody knows who it was: what was typed as an address may be a password."""
    with written(door, None, None, Action.sign_in_failed, address=address, who=who) as said:
        said["code"] = code


async def opened(request: Request, door: Door, bench: Bench, taken: SignedIn, to: str) -> Response:
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
            noted_failure(door, address, "wrong_credentials")
            raise Failed().error()
        return taken

    taken = await bench.run(step)
    home = await opened(request, door, bench, taken, "/")
    response = json_response({"next": own_path(form.next)})
    for name, value in home.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    return response


# -- a provider ------------------------------------------------------------------------------------------

ProviderId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]


@router.post("/sign-in/with/{provider}")
async def to_provider(
    provider: ProviderId, request: Request, door: Doors, bench: Benches, next: Next = "/"
) -> Response:
    """A page that sends the browser on to the provider: our own Content-Security-Policy stops a form that is
    redirected to another site. What it must bring back, and where it was going, lie in a cookie."""
    oidc = door.identity.oidc(door.site(request).origin)

    def begin() -> tuple[str, str, str]:
        url, pending = oidc.begin(provider, oidc.callback(provider))
        return url, pending, door.identity.providers.get(provider)[0].name

    url, pending, name = await bench.run(begin)
    response = shown("onward.html", url=url, name=name)
    response.set_cookie(
        OIDC,
        f"{pending}.{_packed(next)}",
        max_age=OIDC_S,
        httponly=True,
        secure=door.secure,
        samesite="lax",
        path="/sign-in/back",
    )
    return response


@router.get("/sign-in/back/{provider}")
async def from_provider(
    provider: ProviderId,
    request: Request,
    door: Doors,
    bench: Benches,
    held: Annotated[str, Cookie(alias=OIDC, max_length=3_000)] = "",
) -> Response:
    oidc = door.identity.oidc(door.site(request).origin)
    address = address_of(request, door.proxies)
    pending, _, next_ = held.partition(".")

    def step() -> SignedIn:
        query, shown = dict(request.query_params), _shown_just_now(request, door)
        try:
            found = oidc.finish(pending, query, oidc.callback(provider), shown=shown)
        except PrenticeError as error:
            noted_failure(door, address, error.code)
            raise
        user = door.identity.users.by_id(found.user_id)
        if user is None or not user.active:
            raise Failed().error()
        return SignedIn(user, found.strong, found.tenant_id)

    try:
        taken = await bench.run(step)
    except PrenticeError as error:
        return await _page(request, door, bench, "/", status=error.status, wrong=told(error, request))
    response = await opened(request, door, bench, taken, own_path(_unpacked(next_)))
    response.delete_cookie(OIDC, path="/sign-in/back")
    return response


def _packed(next_: str) -> str:
    """Where to go afterwards, in letters that a cookie holds; '' for the front page."""
    path = own_path(next_)
    return "" if path == "/" or len(path) > 1_000 else urlsafe_b64encode(path.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return "/"


def _shown_just_now(request: Request, door: Door) -> str | None:
    """Whose session this browser has, if it showed just now what is the account's own."""
    session = door.identity.sessions.find(request.cookies.get(door.cookie, ""))
    caller = session.as_caller() if session else None
    return caller.user_id if caller and caller.own and recent(door.identity, caller) else None
