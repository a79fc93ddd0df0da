"""The shape of `models/*.yml`: what a model file may say, checked by pydantic before anything is built."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel

from prentice.semantic.model import Better, DefaultRange, DimensionType

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 10 times as quick where libyaml is there


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueEntry(_Entry):
    label: str
    synonyms: tuple[str, ...] = ()


class GroupEntry(ValueEntry):
    values: tuple[str, ...] = Field(min_length=1)


class DimensionEntry(_Entry):
    label: str
    description: str
    type: DimensionType
    unit: str | None = None
    synonyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    values: dict[str, ValueEntry] = {}
    groups: dict[str, GroupEntry] = {}
    vocabulary: Literal["findings"] | None = None  # whose terms are its values, besides those named here
    rank_by: str | None = None
    family: str | None = None


class AxisEntry(_Entry):
    """`text` is grouped by its normalised spelling, or by `key` where a view holds that; `value` as it is."""

    text: str | None = None
    key: str | None = None
    value: str | None = None


class JoinEntry(_Entry):
    relation: str  # a view's name, or a SELECT that aggregates one
    matching: str
    time: str | None = None


class PerEntry(_Entry):
    key: str
    columns: dict[str, str]


class FactEntry(_Entry):
    schema_: Literal["prentice", "anonymised"] = Field(default="prentice", alias="schema")
    relation: str
    alias: str
    time: str | None = None
    until_today: bool = False
    clock: Literal["weekday"] | bool = False  # true: weekday and hour
    where: tuple[str, ...] = ()
    joins: dict[str, JoinEntry] = {}
    sets: tuple[str, ...] = ()
    dimensions: dict[str, AxisEntry] = {}
    per: PerEntry | None = None


class CaveatEntry(_Entry):
    metric: str
    of: str | None = None
    when: Literal["positive", "zero"]
    text: str


class NowWhenEntry(_Entry):
    dimension: str
    values: tuple[str, ...]


class MetricEntry(_Entry):
    label: str
    description: str
    unit: str
    decimals: int | None = None
    better: Better = "neutral"
    synonyms: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    default_range: DefaultRange | None = None  # the model's where unset
    now_when: NowWhenEntry | None = None
    caveats: tuple[CaveatEntry, ...] = ()
    hidden: bool = False
    expr: str | None = None  # over measures; the measure of the same name where unset
    share_of: str | None = None


class VocabularyEntry(RootModel[dict[str, dict[str, list[str]]]]):
    """group -> term -> the forms it is written in."""


class SpineEntry(_Entry):
    relation: str
    alias: str
    where: tuple[str, ...] = ()
    where_for: dict[str, tuple[str, ...]] = {}  # model -> further conditions
    set: str
    family: str


class ModelEntry(_Entry):
    model: str
    label: str
    description: str = ""
    default_range: DefaultRange = "last 12 complete months"
    facts: dict[str, FactEntry] = {}
    dimensions: dict[str, DimensionEntry] = {}
    sets: dict[str, dict[str, AxisEntry]] = {}
    measures: dict[str, dict[str, str]] = {}  # measure -> {fact: aggregate}, coarsest fact first
    metrics: dict[str, MetricEntry] = {}
    spine: SpineEntry | None = None
