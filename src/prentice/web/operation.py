"""The platform operator's page: practices, their state, connecting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from prentice.audit.entry import Action
from prentice.errors import PrenticeError
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.tenancy.onboard import Asked, onboard, onboarding_id
from prentice.tenancy.registry import Registry
from prentice.tenancy.steps import StepState, steps_of
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.shown import shown, told, who_is
from prentice.web.writing import written

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]


_EMPTY = {
    "slug": "",
    "company_id": "",
    "name": "",
    "currency": "GBP",
    "country": "GB",
    "timezone": "Europe/London",
    "owner": "",
}


class Console:
    """The operator's page, for an operator."""

    def __init__(
        self,
        request: Request,
        caller: Annotated[Caller, Depends(needs(Permission.tenants))],
        door: Annotated[Door, Depends(door)],
        bench: Annotated[Bench, Depends(bench)],
    ) -> None:
        self.request, self.caller, self.door, self.bench = request, caller, door, bench

    async def page(self, *, status: int = 200, **values: Any) -> Response:
        return await self.bench.run(lambda: self._page(status, values))

    def _page(self, status: int, values: dict[str, Any]) -> Response:
        prentice = self.door.prentice
        with written(self.door, self.caller, None, Action.shown, what="practices"):
            pass
        tenants = [
            {
                "slug": one.slug,
                "name": one.name,
                "status": one.status,
                "route": one.route,
                "country": one.country,
                "users": len(self.door.identity.users.members(one.id)),
                "setup": _setup(prentice, one.id),
            }
            for one in prentice.registry.all()
        ]
        shown_values = {"link": "", "invited": "", "steps": (), "onboarding": "", "typed": _EMPTY, **values}
        shown_values["weak"] = not self.caller.strong  # in production nobody weak comes here
        return shown(
            "tenants.html", status, who=who_is(self.door, self.caller), tenants=tenants, **shown_values
        )


def _setup(prentice: Prentice, tenant_id: str) -> str:
    """How far it has come. One that was connected without onboarding has no steps, and is ready."""
    steps = steps_of(prentice.registry, tenant_id)
    if all(one.state == "waiting" for one in steps):
        return "connected"
    return next((f"{one.title}: {one.state}" for one in steps if one.state != "done"), "ready")


Consoles = Annotated[Console, Depends(Console)]


@router.get("/operator/tenants")
async def tenants(console: Consoles) -> Response:
    return await console.page()


@router.post("/operator/tenants")
async def connect(
    console: Consoles,
    slug: Annotated[str, Form(max_length=40)],
    company_id: Annotated[str, Form(max_length=100)],
    currency: Annotated[str, Form(max_length=3)] = "GBP",
    country: Annotated[str, Form(max_length=2)] = "GB",
    timezone: Annotated[str, Form(max_length=40)] = "UTC",
    name: Annotated[str, Form(max_length=120)] = "",
    source_url: Annotated[str, Form(max_length=500)] = "",
    owner: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    """The whole way of a new practice; sent again it goes on where it stopped."""

    def work() -> Any:
        with written(console.door, console.caller, None, Action.tenant_created, slug=slug):
            return onboard(
                console.door.prentice,
                slug,
                Asked(
                    company_id=company_id,
                    source_url=source_url or None,
                    name=name or None,
                    currency=currency,
                    country=country,
                    timezone=timezone,
                    owned=console.door.owned,
                ),
                home=console.door.home,
                owner=owner or None,
                by=console.caller,
                hooks=console.door.prentice.hooks,
            )

    prentice = console.door.prentice

    def so_far() -> tuple[StepState, ...]:
        found = onboarding_id(prentice.registry, prentice.keyring, slug)
        return tuple(steps_of(prentice.registry, found)) if found else ()

    try:
        done = await console.bench.run(work)
    except PrenticeError as error:
        typed = {
            "slug": slug,
            "company_id": company_id,
            "name": name,
            "currency": currency,
            "country": country,
            "timezone": timezone,
            "owner": owner,
        }
        return await console.page(
            status=error.status,
            wrong=told(error, console.request),
            steps=await console.bench.run(so_far),
            onboarding=slug,
            typed=typed,
        )
    link = f"{console.door.site(console.request).origin}{done.invitation}" if done.invitation else ""
    return await console.page(link=link, invited=owner, steps=done.steps, onboarding=slug)


@router.post("/operator/tenants/{slug}/suspend")
async def suspend(console: Consoles, slug: Slug) -> Response:
    return await _turn(console, slug, Registry.suspend, Action.tenant_suspended)


@router.post("/operator/tenants/{slug}/resume")
async def resume(console: Consoles, slug: Slug) -> Response:
    return await _turn(console, slug, Registry.resume, Action.tenant_resumed)


async def _turn(
    console: Console, slug: str, change: Callable[[Registry, str], object], action: Action
) -> Response:
    registry = console.door.prentice.registry

    def work() -> None:
        tenant = registry.get(slug, for_operator=True)
        with written(console.door, console.caller, tenant.id, action):
            change(registry, slug)

    try:
        await console.bench.run(work)
    except PrenticeError as error:
        return await console.page(status=error.status, wrong=told(error, console.request))
    return RedirectResponse("/operator/tenants", 303)
