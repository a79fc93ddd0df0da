"""`GET /v1/tenants`: the practices of whoever asks, between which the page can switch."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.web.engine import Bench, bench
from prentice.web.needs import Door, door, needs
from prentice.web.problems import failures

router = APIRouter(tags=["catalog"])


class Practice(BaseModel):
    slug: str = Field(examples=["harbour-optics"])
    name: str = Field(examples=["Harbour Optics"])


class Practices(BaseModel):
    tenants: list[Practice]


async def listed(bench: Bench, door: Door, caller: Caller) -> list[Practice]:
    """The caller's practices, by name."""
    found = await bench.run(door.prentice.registry.all)
    theirs = [Practice(slug=t.slug, name=t.public_name) for t in found if t.slug in caller.memberships]
    return sorted(theirs, key=lambda p: p.name.casefold())


@router.get("/v1/tenants", responses=failures(401, 403, 429, 503), summary="Your practices")
async def tenants(
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
) -> Practices:
    return Practices(tenants=await listed(bench, door, caller))
