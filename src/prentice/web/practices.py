"""`GET /v1/tenants`: the names between which the page can switch, and nothing else of a practice."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from prentice.web.engine import Bench, bench

router = APIRouter(tags=["catalog"])


class Practice(BaseModel):
    slug: str = Field(examples=["harbour-optics"])
    name: str = Field(examples=["Harbour Optics"])


class Practices(BaseModel):
    tenants: list[Practice]


async def listed(bench: Bench) -> list[Practice]:
    """All practices, by name."""
    found = await bench.run(bench.engine.registry.all)
    return sorted((Practice(slug=t.slug, name=t.name) for t in found), key=lambda p: p.name.casefold())


@router.get("/v1/tenants", summary="The practices here")
async def tenants(bench: Annotated[Bench, Depends(bench)]) -> Practices:
    return Practices(tenants=await listed(bench))
