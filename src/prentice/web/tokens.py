"""Tokens for programs: `POST /v1/token` and what belongs to it; `/.well-known/jwks.json`; `GET /v1/me`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from prentice.audit.entry import Action
from prentice.errors import Forbidden, PrenticeError, SecondFactorNeeded
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.identity.sign_in import Failed, NeedsSecondFactor, SignedIn
from prentice.identity.tokens import TokenPair, TokenReused
from prentice.web.engine import Bench, bench
from prentice.web.forms import Slug
from prentice.web.needs import Door, address_of, anyone, door, needs
from prentice.web.problems import failures, json_response
from prentice.web.writing import turned_away, written

router = APIRouter(tags=["identity"])
_SENT = (400, 408, 413, 415)  # what can be wrong with a body
_NOT_GOOD = {"_401": "The credentials do not fit, or the token is unknown, used, expired or revoked"}
_SIGNING_IN = failures(*(*_SENT, 401, 403, 429, 503), **_NOT_GOOD, _403="A second factor is needed")
Doors = Annotated[Door, Depends(door)]
Benches = Annotated[Bench, Depends(bench)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInForm(_Form):
    """What a person would type at the page."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1_000)
    code: str = Field(
        default="", max_length=40, description="Of the app, or a recovery code, where one is asked for"
    )
    tenant: Slug = Field(description="The practice that the token is for")


class RefreshForm(_Form):
    refresh_token: str = Field(max_length=200)


class TokenBody(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int = Field(description="Seconds, of the access token")


class Part(BaseModel):
    tenant: str
    role: str
    grants: list[str]
    permissions: list[str]


class Me(BaseModel):
    """Who the credential stands for."""

    user_id: str
    kind: str = Field(description="session, token, host or key")
    operator: bool
    second_factor: bool
    memberships: list[Part]


@router.post(
    "/v1/token",
    response_model=TokenBody,
    responses=_SIGNING_IN,
    dependencies=[Depends(anyone)],
    summary="An access token for a password",
)
async def issue(
    request: Request, form: Annotated[SignInForm, Body()], door: Doors, bench: Benches
) -> Response:
    """15 minutes of access in one practice, and a refresh token that is good once."""
    address = address_of(request, door.proxies)
    pair = await bench.run(lambda: _issued(door, form, address))
    return _pair(pair)


def _issued(door: Door, form: SignInForm, address: str) -> TokenPair:
    """That a practice is not theirs, or not there, is told as a wrong password is: else it would tell that
    the password is right."""
    people = door.identity.sign_in
    code = who = ""
    try:
        taken = people.sign_in(form.email, form.password, address, slug=form.tenant)
        if isinstance(taken, NeedsSecondFactor):
            who = taken.user_id
            if not form.code:
                raise SecondFactorNeeded("The account has a second factor.", "Send its code as `code`.")
            taken = people.second_factor(taken.token, form.code, address)
        if isinstance(taken, Failed):
            raise taken.error()
        assert isinstance(taken, SignedIn)
        parts = door.identity.users.memberships(taken.user.id)
        part = next((m for m in parts if m.slug == form.tenant), None)
        if part is None:  # taken away in the meantime
            raise Failed().error()
    except PrenticeError as error:
        code = error.code
        raise
    finally:
        if code:
            with written(door, None, None, Action.sign_in_failed, address=address, who=who) as said:
                said["code"] = code
    with written(door, None, part.tenant_id, Action.token_made, address=address, who=taken.user.id):
        return door.identity.tokens.issue(taken.user.id, part.tenant_id, strong=taken.strong, name="api")


@router.post(
    "/v1/token/refresh",
    response_model=TokenBody,
    responses=failures(*_SENT, 401, 403, 429, 503, **_NOT_GOOD),
    dependencies=[Depends(anyone)],
    summary="A new pair for a refresh token",
)
async def refresh(
    request: Request, form: Annotated[RefreshForm, Body()], door: Doors, bench: Benches
) -> Response:
    """The refresh token is used up by it. One that comes a second time ends the whole sign-in."""
    address = address_of(request, door.proxies)

    def note(pair: TokenPair) -> None:
        """Before the old one is used up: if this cannot be written down, a retry is not taken for theft."""
        with written(door, None, pair.tenant_id, Action.token_renewed, address=address, who=pair.user_id):
            pass

    def renew() -> TokenPair:
        try:
            return door.identity.tokens.refresh(form.refresh_token, before=note)
        except PrenticeError as error:
            if error.credential is not None:
                copied = isinstance(error, TokenReused)
                turned_away(door, error, address, Action.token_reused if copied else Action.refused)
            raise

    return _pair(await bench.run(renew))


@router.post(
    "/v1/token/revoke",
    status_code=204,
    responses=failures(*_SENT, 401, 403, 429, 503),
    summary="End the token that is sent",
)
async def revoke(
    caller: Annotated[Caller, Depends(needs(Permission.account))], door: Doors, bench: Benches
) -> Response:
    """The access token that is sent, and every token of the same sign-in."""
    if caller.kind != "token":
        raise Forbidden("Only a token can be ended here.", "Sign out, or revoke the key under Account.")

    def end() -> None:
        [part] = caller.memberships.values()  # a token is of one practice
        with written(door, caller, part.tenant_id, Action.token_revoked):
            door.identity.tokens.revoke(caller.credential_id)

    await bench.run(end)
    return Response(status_code=204)


@router.get(
    "/.well-known/jwks.json",
    dependencies=[Depends(anyone)],
    responses=failures(503),
    summary="The keys that verify our tokens",
)
async def jwks(door: Doors, bench: Benches) -> Response:
    return json_response(
        await bench.run(door.identity.signing.jwks), headers={"Cache-Control": "public, max-age=300"}
    )


@router.get("/v1/me", response_model=Me, responses=failures(401, 403, 429, 503), summary="Who am I?")
async def me(caller: Annotated[Caller, Depends(needs(Permission.account))]) -> Response:
    parts = [
        Part(
            tenant=slug,
            role=part.role.value,
            grants=sorted(part.grants),
            permissions=sorted(p for p in Permission if caller.may(p, slug)),
        )
        for slug, part in sorted(caller.memberships.items())
    ]
    body = Me(
        user_id=caller.user_id,
        kind=caller.kind,
        operator=caller.operator,
        second_factor=caller.strong,
        memberships=parts,
    )
    return json_response(body.model_dump())


def _pair(pair: TokenPair) -> Response:
    body = TokenBody(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in)
    return json_response(body.model_dump())
