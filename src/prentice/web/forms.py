"""What may be sent to `/v1/ask` and `/v1/query`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from prentice.ask.guard import MAX_CHARACTERS, admit
from prentice.semantic.query import Query

MAX_CONTEXT = 8  # earlier questions; nobody refers further back

# `admit` raises BadQuestion, which says more than a validation error would.
Question = Annotated[
    str, AfterValidator(admit), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS})
]
Slug = Annotated[str, Field(pattern=r"^[\w .-]{1,64}$")]  # any name: whether it is known, the registry says


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskForm(_Form):
    """A question in words, of one practice."""

    question: Question = Field(description="One question in ordinary words, up to 1,000 characters")
    tenant: Slug = Field(description="The practice; GET /v1/tenants lists them")
    context: list[Question] = Field(
        default=[], max_length=MAX_CONTEXT, description="Earlier questions of this conversation, oldest first"
    )


class QueryForm(_Form):
    """A Query, of one practice; its fields may also stand beside `tenant` without `query`."""

    tenant: Slug
    query: Query

    @model_validator(mode="before")
    @classmethod
    def _fields_beside(cls, data: Any) -> Any:
        """`{"tenant": …, "metrics": […]}` is read as `{"tenant": …, "query": {"metrics": […]}}`."""
        if isinstance(data, dict) and "query" not in data:
            beside = {k: v for k, v in data.items() if k != "tenant"}
            return {k: v for k, v in data.items() if k == "tenant"} | {"query": beside}
        return data
