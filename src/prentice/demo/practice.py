"""Who works in a demo practice and what is on its shelves: `catalogue.yml`, read and checked."""

from __future__ import annotations

from datetime import tzinfo
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Entry):
    name: str
    role: str
    sales: float = Field(ge=0, le=1)  # share of the practice's sales
    prescribes: bool

    @property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def last_name(self) -> str:
        return self.name.split(" ", 1)[1]


class Brand(_Entry):
    weight: float = Field(gt=0)
    price: tuple[float, float]
    models: tuple[str, ...]


class Unbranded(_Entry):
    name: str
    type: str
    category: str
    price: float


class Service(_Entry):
    name: str
    category: str
    price: float


class Volume(_Entry):
    """Rows over the whole span at scale 1, about."""

    sales: int
    patients: int
    appointments: int


class Practice(_Entry):
    slug: str
    name: str
    country: str
    currency: str
    timezone: str
    closed_weekdays: tuple[int, ...]  # ISO, Monday is 1
    tax_rate: float  # percent
    staff: tuple[Person, ...]
    supplier: tuple[str, ...]
    volume: Volume
    frame_brands: dict[str, Brand]
    contact_lens_brands: dict[str, Brand]
    solution_brands: dict[str, Brand]
    unbranded: tuple[Unbranded, ...]
    services: tuple[Service, ...]

    @property
    def company_id(self) -> str:
        return f"c-{self.slug}"

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)

    @property
    def british(self) -> bool:
        return self.country == "GB"


class OrderMix(_Entry):
    lens_type: dict[str, float]
    lens_material: dict[str, float]
    coating: dict[str, float]
    frame_type: dict[str | None, float]  # None: not recorded
    return_types: tuple[str, ...]
    non_adapt_resolutions: tuple[str, ...]


class Cast(_Entry):
    practices: tuple[Practice, ...]
    colours: tuple[str, ...]
    frame_categories: tuple[str, ...]
    contact_lens_categories: tuple[str, ...]
    solution_categories: tuple[str, ...]
    payment_methods: tuple[str, ...]
    orders: OrderMix


def word_list(name: str) -> dict[str, Any]:
    """A YAML file of this folder, by the parser in C where there is one (0.2 s less for all three)."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return read


@cache
def cast() -> Cast:
    """The demo's practices in the order of the file."""
    read = word_list("catalogue.yml")
    read["practices"] = [{"slug": slug, **entry} for slug, entry in read["practices"].items()]
    return Cast.model_validate(read)
