"""The types of what calculators are given: read as people write it, with unit, range and description."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from prentice.optics.acuity import Acuity, read_acuity
from prentice.optics.power import Power, checked_axis
from prentice.optics.prism import Eye
from prentice.optics.reading import read_eye, read_number, read_power


class Inputs(BaseModel):
    """What a calculator is given. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _axis(value: Any) -> float:
    return checked_axis(read_number(value))


_NUMBER = BeforeValidator(read_number)
_POWER = {
    "description": "A power as text, a sphere as a number, or its parts",
    "anyOf": [
        {"type": "string", "examples": ["-6.00 -2.00 x 180"]},
        {"type": "number"},
        {
            "type": "object",
            "properties": {name: {"type": "number"} for name in ("sphere", "cylinder", "axis")},
            "required": ["sphere"],
        },
    ],
}

Rx = Annotated[Power, PlainValidator(read_power), WithJsonSchema(_POWER)]
"""A power: '-6.00 -2.00 x 180', -6, or {"sphere": -6, "cylinder": -2, "axis": 180}."""

EyeName = Annotated[
    Eye,
    PlainValidator(read_eye),
    WithJsonSchema({"type": "string", "enum": ["right", "left"], "description": "right (OD, RE) or left"}),
]
Sharpness = Annotated[
    Acuity,
    PlainValidator(lambda value: value if isinstance(value, Acuity) else read_acuity(str(value))),
    WithJsonSchema({"type": "string", "examples": ["6/12", "20/40", "0.5", "0.3 logMAR"]}),
]
Axis = Annotated[float, BeforeValidator(_axis), Field(ge=0, le=180, json_schema_extra={"unit": "°"})]
Angle = Annotated[float, _NUMBER, Field(ge=-45, le=45, json_schema_extra={"unit": "°"})]
Dioptres = Annotated[float, _NUMBER, Field(ge=-60, le=60, json_schema_extra={"unit": "D"})]
Addition = Annotated[float, _NUMBER, Field(gt=0, le=20, json_schema_extra={"unit": "D"})]
PrismAmount = Annotated[float, _NUMBER, Field(ge=0, le=60, json_schema_extra={"unit": "Δ"})]
Distance = Annotated[float, _NUMBER, Field(ge=0, le=100, json_schema_extra={"unit": "mm"})]
Vertex = Annotated[float, _NUMBER, Field(ge=0, le=30, json_schema_extra={"unit": "mm"})]
Length = Annotated[float, _NUMBER, Field(gt=0, le=100, json_schema_extra={"unit": "mm"})]
Thick = Annotated[float, _NUMBER, Field(gt=0, le=30, json_schema_extra={"unit": "mm"})]
Pd = Annotated[float, _NUMBER, Field(ge=40, le=85, json_schema_extra={"unit": "mm"})]
HalfPd = Annotated[float, _NUMBER, Field(ge=18, le=45, json_schema_extra={"unit": "mm"})]
Index = Annotated[float, _NUMBER, Field(ge=1.3, le=2.0, json_schema_extra={"unit": ""})]
Abbe = Annotated[float, _NUMBER, Field(ge=15, le=100, json_schema_extra={"unit": ""})]
Density = Annotated[float, _NUMBER, Field(ge=0.8, le=5, json_schema_extra={"unit": "g/cm³"})]
