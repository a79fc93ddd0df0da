"""The one object that every door gives back: `docs/answer.schema.json` describes it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

Kind = Literal["analytics", "knowledge", "calculation", "compound", "refusal", "clarification", "error"]


class Column(BaseModel):
    name: str
    role: Literal["dimension", "metric"]
    metric: str | None = None  # the metric's name where the column shows one
    unit: str | None = None  # currency code, 'units', 'ratio' (0 to 1), 'days', 'orders', …
    label: str | None = None  # how a person reads it


class AnswerRange(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    words: str = ""
    compared_with: dict[str, Any] | None = None


class Citation(BaseModel):
    id: str
    title: str
    source: str
    quote: str  # stands in the passage, word for word
    said: str | None = None  # how the answer says it, where a model put it into words


class Understood(BaseModel):
    """A chip: one understood part of the question, and what it can be changed to."""

    slot: str  # 'metric' | 'dimension' | 'filter' | 'range' | 'limit' | 'order'
    words: str  # "units sold", "October 2026", "top 3"
    options: list[str] = []  # other readings, each a full question


class Answer(BaseModel):
    """One answer. `notes` are sentences that belong beside the number (what the data cannot bear)."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Kind
    answer: str
    range: AnswerRange | None = None
    query: dict[str, Any] | None = None
    sql: str | None = None
    parameters: dict[str, Any] | list[Any] | None = None
    columns: list[Column] = []
    rows: list[list[Any]] = []
    withheld: int = 0
    truncated: bool = False
    citations: list[Citation] = []
    chart: dict[str, Any] | None = None
    steps: list[str] = []
    drawing: dict[str, Any] | None = None  # of a calculation: `optics.solution.Drawing`
    alternatives: list[str] = []  # other readings, each a question that can be asked as it stands
    confidence: float = 1.0
    timing_ms: dict[str, float] = {}
    trace_id: str = ""
    code: str | None = None  # for refusal, clarification, error: stable
    notes: list[str] = []
    understood: list[Understood] = []
    follow_ups: list[str] = []  # questions that carry on from this one
    definitions: dict[str, str] = {}  # metric -> its definition in plain words
    cached: bool = False
    next_step: str | None = None  # for errors
    # Of a compound one: its halves as they were answered, each with its evidence. Not told in JSON.
    parts: SkipJsonSchema[list[Answer]] = Field(default=[], exclude=True)

    def as_json(self) -> dict[str, Any]:
        """The contract's object: absent optional keys are left out, the rest always stands."""
        data = self.model_dump(mode="json", by_alias=True)
        for optional in ("code", "next_step"):
            if data[optional] is None:
                del data[optional]
        for citation in data["citations"]:
            if citation["said"] is None:
                del citation["said"]
        return data
