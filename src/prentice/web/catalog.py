"""`GET /v1/catalog`: every metric and dimension that may be asked for, with its definition."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from prentice.audit.entry import Action
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.semantic.model import Catalogue, Dimension, Metric
from prentice.semantic.query import GRAINS
from prentice.tenancy.scope import TenantScope
from prentice.web import examples
from prentice.web.engine import Bench, bench
from prentice.web.forms import Slug
from prentice.web.needs import Door, door, needs
from prentice.web.problems import failures, json_response
from prentice.web.writing import written

router = APIRouter(tags=["catalog"])


class MetricEntry(BaseModel):
    """A governed number."""

    name: str
    label: str
    description: str
    unit: str = Field(description="'currency' (the practice's), 'ratio' (0 to 1), 'units', 'days', …")
    synonyms: list[str]
    model: str
    dimensions: list[str] = Field(description="What it breaks down by; the last five are spans of time")
    default_range: str = Field(description="The dates where a question has none; 'now' for a state")


class DimensionEntry(BaseModel):
    """Something a metric can be broken down or filtered by."""

    name: str
    label: str
    description: str
    type: str = Field(description="text, number, boolean, weekday, hour or date")
    synonyms: list[str]
    values: list[str] = Field(description="Where the values are fixed; else they are the practice's own")
    metrics: list[str] = Field(description="The metrics that break down by it")


class CatalogBody(BaseModel):
    metrics: list[MetricEntry]
    dimensions: list[DimensionEntry]


@router.get(
    "/v1/catalog",
    response_model=CatalogBody,
    responses={
        200: {"content": {"application/json": {"example": examples.CATALOG}}},
        **failures(401, 403, 404, 429, 503),
    },
    summary="What can be asked",
)
async def catalog(
    caller: Annotated[Caller, Depends(needs(Permission.ask))],
    door: Annotated[Door, Depends(door)],
    bench: Annotated[Bench, Depends(bench)],
    tenant: Annotated[
        Slug | None, Query(description="Of these; the first of yours where it is left out")
    ] = None,
) -> Response:
    """What your role may ask there. The same for every practice; what its data cannot bear, answers say."""
    scope = await door.scope(caller, tenant or min(caller.memberships), Permission.ask)
    await bench.run(partial(_seen, door, caller, scope))
    return json_response(catalog_body(bench.engine.catalogue, scope.role, scope.grants).model_dump())


def _seen(door: Door, caller: Caller, scope: TenantScope) -> None:
    with written(door, caller, scope.tenant_id, Action.catalogue):
        pass


@lru_cache(maxsize=32)
def catalog_body(catalogue: Catalogue, role: str, grants: frozenset[str]) -> CatalogBody:
    """What this role with these grants may ask, as `GET /v1/catalog` and `prentice catalog --json` do."""
    metrics = sorted(catalogue.visible_to(role, grants), key=lambda m: (m.model, m.name))
    by_dimension: dict[tuple[str, str], tuple[Dimension, list[str]]] = {}
    for metric in metrics:
        for dimension in catalogue.dimensions_of(metric.name):
            if not dimension.roles or role in dimension.roles:
                entry = by_dimension.setdefault((dimension.name, dimension.model), (dimension, []))
                entry[1].append(metric.name)
    found = [_dimension(*by_dimension[key]) for key in sorted(by_dimension)]
    return CatalogBody(metrics=[_metric(m) for m in metrics], dimensions=[*found, *_grains(metrics)])


def _metric(metric: Metric) -> MetricEntry:
    return MetricEntry(
        name=metric.name,
        label=metric.label,
        description=metric.description,
        unit=metric.unit,
        synonyms=list(metric.synonyms),
        model=metric.model,
        dimensions=[*metric.dimensions, *(GRAINS if metric.over_time else ())],
        default_range=metric.default_range,
    )


def _dimension(dimension: Dimension, metrics: list[str]) -> DimensionEntry:
    return DimensionEntry(
        name=dimension.name,
        label=dimension.label,
        description=dimension.description,
        type=dimension.type,
        synonyms=list(dimension.synonyms),
        values=list(dimension.values),
        metrics=metrics,
    )


def _grains(metrics: list[Metric]) -> list[DimensionEntry]:
    dated = [m.name for m in metrics if m.over_time]
    return [
        DimensionEntry(
            name=grain,
            label=grain.capitalize(),
            description=f"The {grain} of the metric's own date{' (ISO)' if grain == 'week' else ''}.",
            type="date",
            synonyms=[],
            values=[],
            metrics=dated,
        )
        for grain in GRAINS
    ]
