"""What a route needs of whoever calls it. It stands in the route's signature:

    async def ask(caller: Annotated[Caller, Depends(needs(Permission.ask))], …)

A route without one of these, or `anyone`, does not exist: a test goes through all of them.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from fastapi import Request

from prentice.audit.verify import Verifier
from prentice.demo.users import present
from prentice.errors import (
    AddressRefused,
    Forbidden,
    PrenticeError,
    SecondFactorNeeded,
    SignInNeeded,
    TooManyRequests,
    UnknownTenant,
    WrongForm,
)
from prentice.identity.addresses import Network, allowed, client_address, networks
from prentice.identity.authenticate import Authenticator
from prentice.identity.caller import Caller, Membership
from prentice.identity.identity import Identity
from prentice.identity.known import Known
from prentice.identity.roles import Permission
from prentice.identity.sessions import SessionOver, cookie_name
from prentice.limits import Limits
from prentice.limits.bucket import headers as rate_headers
from prentice.settings import Settings
from prentice.tenancy.scope import TenantScope
from prentice.web.downloads import Downloads
from prentice.web.engine import note
from prentice.web.refusals import Refusals
from prentice.web.writing import refusal, turned_away

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice

AT_ONCE = 16  # look-ups of who calls; apart from the questions, so that a full bench still says "sign in"
MOST_FILES, MOST_FIELDS = 1, 1_000  # of one form
CSRF_HEADER = "x-csrf-token"
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Site:
    """Which site we are to a browser's passkeys and to providers. From our settings, where they say it."""

    name: str  # WebAuthn's rp id: a name, without port
    origin: str


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in, and how often. One for each application."""

    prentice: Prentice
    authenticator: Authenticator
    known: Known
    proxies: tuple[Network, ...]
    secure: bool  # browsers come by TLS alone
    public_url: str | None
    production: bool
    verifier: Verifier
    home: Path
    owned: bool  # the shared source is the embedded server
    turns: anyio.CapacityLimiter
    refusals: Refusals
    downloads: Downloads

    @classmethod
    def of(cls, prentice: Prentice, config: Settings) -> Door:
        """To be closed at the end."""
        url = config.public_url
        secure = bool(config.tls_cert or config.behind_tls_proxy or (url and url.startswith("https://")))
        return cls(
            prentice=prentice,
            authenticator=prentice.identity.authenticator(secure=secure),
            known=Known(prentice.keyring),
            proxies=networks(config.trusted_proxies),
            secure=secure,
            public_url=url,
            production=config.production,
            verifier=Verifier(
                prentice.servers.platform_url,
                prentice.keyring,
                config.home,
                anchor_s=config.audit_anchor_s,
                anchor_to=config.audit_anchor_to,
            ),
            home=config.home,
            owned=config.source_url is None,
            turns=anyio.CapacityLimiter(AT_ONCE),
            refusals=Refusals(prentice.audit.append),
            downloads=Downloads(),
        )

    def close(self) -> None:
        """Writes down what is not yet; before the engine is closed."""
        self.refusals.close()

    def demo(self) -> list[str]:
        """The demo's people who can sign in here, for the page to name."""
        return present(self.prentice)

    @property
    def identity(self) -> Identity:
        return self.prentice.identity

    @property
    def limits(self) -> Limits:
        return self.prentice.limits

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return cookie_name(self.secure)

    def site(self, request: Request) -> Site:
        """`PRENTICE_PUBLIC_URL`; on this machine's own address what the browser calls it."""
        origin = self.public_url or f"{'https' if self.secure else 'http'}://{request.headers['host']}"
        return Site(urlsplit(origin).hostname or "localhost", origin.rstrip("/"))

    async def caller(self, request: Request) -> Caller | None:
        """Who sent this, or None where nothing was shown, or a session that is over: a browser keeps its
        cookie, and is to come to the page where one signs in. Raises `SignInNeeded` for what is not valid,
        `AddressRefused`, `TooManyRequests`. That a credential that is known was refused is written down."""
        headers, address = request.headers, address_of(request, self.proxies)

        def look() -> Caller | None:
            try:
                found = self.authenticator.caller(headers, address)
            except PrenticeError as error:
                if error.credential is not None:
                    turned_away(self, error, address)
                if isinstance(error, SessionOver):
                    return None
                raise
            if found is not None:
                self._count(request, found)
                if len(found.memberships) == 1:  # `scope` asks for it next, and then finds it at hand
                    with suppress(PrenticeError):
                        self.prentice.registry.get(*found.memberships)
            return found

        return await anyio.to_thread.run_sync(look, limiter=self.turns)

    def _count(self, request: Request, caller: Caller) -> None:
        """One request against its practice, person and key. A session of several practices counts against the
        person here, and in `scope` against the practice that it asks about."""
        tenants = [part.tenant_id for part in caller.memberships.values()]
        tenant = tenants[0] if len(tenants) == 1 else None
        taken = self.limits.take(tenant, caller.user_id, caller.credential_id, caller.kind)
        request.scope.setdefault("prentice.headers", {}).update(rate_headers(taken))

    async def scope(self, caller: Caller, slug: str, permission: Permission) -> TenantScope:
        """The practice for this caller, who may do this **there**. Raises `UnknownTenant` alike for one that
        is not there and one that is not theirs, `TenantSuspended`, `AddressRefused`, `SecondFactorNeeded`,
        `Forbidden`, `TooManyRequests` (of a caller of several practices: before, it was not known of which).
        That somebody was turned away is written down."""
        try:
            part = membership(caller, slug)  # first: of a practice that is not theirs nothing is told
            if len(caller.memberships) == 1 and self.prentice.registry.remembers(slug):
                scope = self._mint(caller, part)  # 0.02 ms; a thread for it takes ten times that
            else:
                scope = await anyio.to_thread.run_sync(self._mint, caller, part, limiter=self.turns)
            if not caller.may(permission, slug):
                raise forbidden(permission)
        except TooManyRequests:  # counted in the practice's use; a line for each would be a flood of them
            raise
        except PrenticeError as error:
            await self.turned_away(caller, slug, error)
            raise
        return scope

    async def turned_away(self, caller: Caller, slug: str, error: PrenticeError) -> None:
        """Write down that somebody whom we know was refused: with their practice, else with the platform."""
        part = caller.memberships.get(slug)
        tenant_id = part.tenant_id if part else None
        work = partial(refusal, self, caller, tenant_id, error)
        await anyio.to_thread.run_sync(work, limiter=self.turns)

    def _mint(self, caller: Caller, part: Membership) -> TenantScope:
        """The settings, the scope and the membership must be of one practice: a short name may have passed to
        another one since the caller was looked up."""
        if len(caller.memberships) > 1:
            self.limits.take(part.tenant_id, caller.user_id, caller.credential_id, caller.kind)
        registry, slug = self.prentice.registry, part.slug
        settings = registry.settings(slug)
        listed = settings.allowed_addresses
        if listed and not allowed(caller.address, networks(listed)):
            raise AddressRefused(
                "This practice may not be used from your address.",
                "Use it from the practice's own network, or ask the owner to add the address.",
            )
        if part.role in settings.mfa_roles and not caller.strong and caller.kind in ("session", "token"):
            raise SecondFactorNeeded(
                "This practice asks your role for a second factor.",
                "Set one up under Account, then sign in with it.",
            )
        scope = registry.scope(
            slug,
            role=part.role.value,
            principal=caller.user_id,
            grants=part.grants,
            credential=f"{caller.kind}:{caller.credential_id}",
            address=caller.address,
        )
        if scope.tenant_id != part.tenant_id:
            raise no_such_practice()
        return scope


def forbidden(permission: Permission) -> Forbidden:
    return Forbidden(
        f"You may not do this: it needs the permission '{permission}'.",
        "Ask the owner of your practice for it.",
    )


def membership(caller: Caller, slug: str) -> Membership:
    """The caller's part in the practice. Raises `UnknownTenant`."""
    part = caller.memberships.get(slug)
    if part is None:
        raise no_such_practice()
    return part


def no_such_practice() -> UnknownTenant:
    return UnknownTenant("There is no such practice.", "Check its short name; GET /v1/tenants lists yours.")


async def door(request: Request) -> Door:
    """Dependency: this application's door. (FastAPI asks a plain function in a thread of its own.)"""
    return door_of(request)


def door_of(request: Request) -> Door:
    """Raises `NotReady`."""
    found = getattr(request.app.state, "door", None)
    if not isinstance(found, Door):
        from prentice.web.engine import NotReady

        raise NotReady()
    return found


async def anyone(request: Request) -> None:
    """A dependency that needs nothing: it says that a route is meant for people who are not signed in.

    What they send is counted against their address. Raises `TooManyRequests`, which is written down.
    """
    if request.method in READING:
        return
    here = door_of(request)
    address = address_of(request, here.proxies)

    def take() -> None:
        try:
            here.limits.take_address(address)
        except TooManyRequests as error:
            turned_away(here, error, address)
            raise

    await anyio.to_thread.run_sync(take, limiter=here.turns)


def address_of(request: Request, proxies: tuple[Network, ...]) -> str:
    """The client's address; what a header says counts only from a trusted proxy."""
    peer = request.client.host if request.client else ""
    return client_address(peer, request.headers.getlist("x-forwarded-for"), proxies)


Needed = Callable[[Request], Awaitable[Caller]]


def needs(permission: Permission) -> Needed:
    """A dependency: the caller, who may do this somewhere. In which practice, `Door.scope` holds.

    Raises `SignInNeeded`, `Forbidden`, `SecondFactorNeeded` (an operator in production), `WrongForm`
    (a session's request without its token), `TooManyRequests`.
    """

    async def needed(request: Request) -> Caller:
        caller = await door_of(request).caller(request)
        if caller is None:
            raise SignInNeeded()
        note(request, by=caller.kind)
        try:
            if not caller.may(permission):
                raise forbidden(permission)
            if permission is Permission.tenants and door_of(request).production and not caller.strong:
                raise SecondFactorNeeded(
                    "The operator's pages ask for a second factor.",
                    "Set one up under Account (/account), or sign in again with the one that you have.",
                )
            if caller.kind == "session" and request.method not in READING:
                check_csrf(caller, await _brought_back(request))
        except PrenticeError as error:
            await request.close()  # a file that came with it
            await door_of(request).turned_away(caller, str(request.path_params.get("slug", "")), error)
            raise
        return caller

    needed.permission = permission  # type: ignore[attr-defined]  # what the test of all routes reads
    return needed


async def _brought_back(request: Request) -> str:
    """The token that a script sends as a header and a form as a field."""
    if given := request.headers.get(CSRF_HEADER):
        return given
    kind = request.headers.get("content-type", "")
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        field = (await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)).get("csrf")
        return field if isinstance(field, str) else ""
    return ""


def check_csrf(caller: Caller, given: str) -> None:
    """Raises `WrongForm` unless `given` is the session's own token."""
    if not caller.csrf or not hmac.compare_digest(caller.csrf.encode(), given.encode()):
        raise WrongForm(
            "This request did not come from a page of your session.", "Reload the page and try again."
        )
