"""`GET /v1/optics` and `POST /v1/optics/{name}`: the calculators. They see nothing of any practice."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path
from pydantic import BaseModel, Field

from prentice.identity.caller import Caller
from prentice.identity.roles import Permission
from prentice.optics.calculators import CALCULATORS, calculator
from prentice.web.needs import needs
from prentice.web.problems import failures

router = APIRouter(tags=["optics"])


class Entry(BaseModel):
    """A calculator: `parameters` is the JSON Schema of what it is given."""

    name: str = Field(examples=["prentice"])
    title: str = Field(examples=["Prentice's rule: prism where the eye looks"])
    parameters: dict[str, Any]
    example: dict[str, Any] = Field(examples=[{"rx": "-6.00", "below": 5}])


class Calculators(BaseModel):
    calculators: list[Entry]


class Figure(BaseModel):
    """A value at output precision; a text where it is a power or a direction."""

    value: float | str | None
    unit: str = Field(
        description="'D', 'Δ' (prism dioptres), 'mm', '°', '%', 'g'; empty for texts and ratios"
    )


class Solved(BaseModel):
    """What a calculator gives."""

    answer: str = Field(description="One sentence or two, with number, unit and direction: read first")
    results: dict[str, Figure]
    steps: list[str] = Field(description="The formula with the numbers put in")
    convention: str
    source: str
    drawing: dict[str, Any] | None = Field(
        description="`kind` base, axis or decentration, with `degrees`, `length`, `x`, `y`, `eye`, "
        "`left_degrees` where known"
    )
    notes: list[str]


@router.get("/v1/optics", responses=failures(401, 403, 429, 503), summary="The calculators")
async def optics(_: Annotated[Caller, Depends(needs(Permission.ask))]) -> Calculators:
    """Every calculator with what it is given and a good example."""
    return _listed()


@router.post(
    "/v1/optics/{name}",
    responses=failures(
        401, 403, 404, 408, 413, 415, 422, 429, 503, _404="There is no calculator of that name"
    ),
    summary="Calculate",
)
async def solve(
    _: Annotated[Caller, Depends(needs(Permission.ask))],
    name: Annotated[str, Path(max_length=40, description="Of GET /v1/optics", examples=["prentice"])],
    inputs: Annotated[
        dict[str, Any],
        Body(
            description="What the calculator is given, by name; powers as text, numbers or parts",
            examples=[{"rx": "-6.00", "below": 5}],
        ),
    ],
) -> Solved:
    """Some microseconds of arithmetic, so done in place. What cannot be is `bad_value`, with the reason."""
    return Solved.model_validate(calculator(name).solve(inputs).as_json())


@cache
def _listed() -> Calculators:
    return Calculators(
        calculators=[Entry.model_validate(found.described()) for found in CALCULATORS.values()]
    )
