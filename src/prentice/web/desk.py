"""`Desk`: one's own account before oneself, and what shows anew that it is oneself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from prentice.errors import Forbidden, PrenticeError, UnknownCredential, WrongCredentials
from prentice.identity.caller import Caller
from prentice.identity.identity import Identity
from prentice.identity.proof import Proof
from prentice.identity.roles import PERMISSIONS, Permission
from prentice.identity.sessions import utc_now
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.shown import moment, shown, told, who_is

FRESH = timedelta(minutes=10)  # after that a browser may be in other hands: factors are added by its owner

# What was done, in words, and the section of the page that it belongs to.
SAID = {
    "proved": ("", "Thank you. Go on."),
    "password": ("password", "Your password is set. Every other session of yours has ended."),
    "totp": ("second", "Your app is asked for a code from now on. Make recovery codes too."),
    "off": ("second", "Your app is not asked for a code any more."),
    "passkey": ("passkeys", "Your passkey is set up."),
    "removed": ("passkeys", "The passkey is removed."),
    "ended": ("sessions", "It has ended."),
    "revoked": ("keys", "The key is revoked."),
}
SCOPES = {
    Permission.ask: "ask questions",
    Permission.export: "take answers away",
    Permission.account: "know whose it is",
    Permission.users: "change users",
    Permission.keys: "end keys",
    Permission.settings: "change settings",
    Permission.use: "see limits and use",
    Permission.audit: "read the audit",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody can show anew that it is them with."""

    password: bool
    code: bool
    passkey: bool

    def __bool__(self) -> bool:
        return self.password or self.code or self.passkey


class Given:
    """What a form brought to show it: one of a password, a code, or a passkey's answer."""

    def __init__(
        self,
        password: Annotated[str, Form(max_length=1_000)] = "",
        code: Annotated[str, Form(max_length=40)] = "",
        challenge: Annotated[str, Form(max_length=200)] = "",
        credential: Annotated[str, Form(max_length=20_000)] = "",
    ) -> None:
        self.password, self.code = password, code.strip()
        self.challenge, self.credential = challenge, credential


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
        names = {m.tenant_id: m.slug for m in self.caller.memberships.values()}
        return shown(
            "account.html",
            status,
            **{
                "who": who_is(self.door, self.caller),
                "at": "",
                "key": "",
                "codes": (),
                "setup": None,
                "typed": {"name": "", "tenant": "", "days": 90, "addresses": "", "scopes": ["ask"]},
                "fresh": self.fresh(),
                "recent": self.recent(),
                "has_password": self.has_password(),
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
                        "state": k.state(utc_now()),
                    }
                    for k in identity.api_keys.list_of(user_id=me, tenant_id=self.caller.tenant)
                    if k.revoked_at is None
                ],
                "scopes": self.scopes(),
                **values,
            },
        )

    def scopes(self) -> dict[str, str]:
        """What a key of theirs can be for in one practice or another."""
        mine = frozenset[Permission]().union(*(PERMISSIONS[m.role] for m in self.caller.memberships.values()))
        return {one.value: words for one, words in SCOPES.items() if one in mine}

    async def do(self, work: Callable[[], Response | None], done: str) -> Response:
        """Do it and show the account again, or say why not; beside the form that asked for it."""
        at = SAID[done][0]
        try:
            response = await self.bench.run(work)
        except PrenticeError as error:
            return await self.page(status=error.status, wrong=told(error, self.request), at=at)
        return response or RedirectResponse(f"/account?done={done}#{at}", 303)

    def with_session(self, response: Response, token: str) -> Response:
        """The response, with the new token of this session."""
        response.set_cookie(
            self.door.cookie, token, httponly=True, secure=self.door.secure, samesite="lax", path="/"
        )
        return response

    # -- whether it is oneself ---------------------------------------------------------------------------

    def has_password(self) -> bool:
        found = self.door.identity.users.by_id(self.caller.user_id)
        return found is not None and found.has_password

    def factors(self) -> frozenset[str]:
        return factors_of(self.door.identity, self.caller.user_id)

    def recent(self, now: datetime | None = None) -> bool:
        """Whether this session showed just now all that there is to show, or a provider vouched for it."""
        return recent(self.door.identity, self.caller, now)

    def fresh(self, now: datetime | None = None) -> bool:
        """Whether it did so with what is the account's own: what is added with it reaches every practice,
        also those of later. A provider's word is its practice's, and never enough."""
        return self.caller.own and self.recent(now)

    def means(self, *, without: str = "", adding: bool = False) -> Means:
        """`without`: 'totp' or a passkey's id, which is no proof for its own removal. `adding`: where the
        account has a factor that this session has not shown itself, it has to be that."""
        identity, me = self.door.identity, self.caller
        factors = self.factors()
        others = [one for one in identity.passkeys.list_of(me.user_id) if one.id != without]
        recovery = bool(factors) and identity.recovery.left(me.user_id) > 0
        return Means(
            password=self.has_password() and not (adding and factors and not (me.strong and me.own)),
            code=recovery or ("totp" in factors and without != "totp"),
            passkey=bool(others),
        )

    def prove(self, given: Given, means: Means) -> Proof:
        """Raises `WrongCredentials`, `TooManyRequests`."""
        sign_in, me = self.door.identity.sign_in, self.caller.user_id
        if given.credential and means.passkey:
            site = self.door.site(self.request)
            return sign_in.prove_by_passkey(
                me, given.challenge, given.credential, rp_id=site.name, origin=site.origin
            )
        if given.code and means.code:
            return sign_in.prove(me, code=given.code)
        if given.password and means.password:
            return sign_in.prove(me, password=given.password)
        raise WrongCredentials("Nothing was shown that counts here.", "Fill in one of the fields.")

    def to_prove(self, at: str) -> Response:
        return RedirectResponse(f"/account/prove?{urlencode({'next': f'/account#{at}'})}", 303)


def no_such(what: str) -> UnknownCredential:
    """There was no session or key to end: whoever wanted to is not told that it is done."""
    return UnknownCredential(f"There is no such {what}, or it has ended already.", "Look at the list again.")


def factors_of(identity: Identity, user_id: str) -> frozenset[str]:
    ways = {"totp": identity.totp.has(user_id), "passkey": bool(identity.passkeys.list_of(user_id))}
    return frozenset(way for way, there in ways.items() if there)


def recent(identity: Identity, caller: Caller, now: datetime | None = None) -> bool:
    """As `Desk.recent`, of any session."""
    just_now = caller.since is not None and (now or utc_now()) - caller.since <= FRESH
    return just_now and (caller.strong or not factors_of(identity, caller.user_id))


Desks = Annotated[Desk, Depends(Desk)]
