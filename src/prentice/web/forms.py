"""What may be sent to `/v1/ask` and `/v1/query`."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from prentice.semantic.query import Query

MAX_QUESTION = 1000  # the longest of ten thousand real ones is under 300 characters
MAX_CONTEXT = 8  # earlier questions; nobody refers further back


def readable(text: str) -> str:
    """`text` in one line, or `ValueError` if it holds control characters or broken Unicode.

    >>> readable(" top 3\\nframes\\t")
    'top 3 frames'
    """
    line = " ".join(text.split())
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in line):
        raise ValueError("holds control characters")
    return line


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


Question = Annotated[
    str, Field(max_length=MAX_QUESTION), AfterValidator(readable), AfterValidator(_not_empty)
]
Slug = Annotated[str, Field(pattern=r"^[\w .-]{1,64}$")]  # any name: whether it is known, the registry says
Role = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AskForm(_Form):
    """A question in words, of one practice."""

    question: Question = Field(description="One question in ordinary words, up to 1,000 characters")
    tenant: Slug = Field(description="The practice; GET /v1/tenants lists them")
    context: list[Question] = Field(
        default=[], max_length=MAX_CONTEXT, description="Earlier questions of this conversation, oldest first"
    )
    role: Role = Field(default="owner", description="Whose rights the answer keeps to")


class QueryForm(_Form):
    """A Query, of one practice; its fields may also stand beside `tenant` without `query`."""

    tenant: Slug
    query: Query
    role: Role = "owner"

    @model_validator(mode="before")
    @classmethod
    def _fields_beside(cls, data: Any) -> Any:
        """`{"tenant": …, "metrics": […]}` is read as `{"tenant": …, "query": {"metrics": […]}}`."""
        if isinstance(data, dict) and "query" not in data:
            beside = {k: v for k, v in data.items() if k not in ("tenant", "role")}
            return {k: v for k, v in data.items() if k in ("tenant", "role")} | {"query": beside}
        return data
