"""The typed Query: everything the analyst may be asked, and nothing else.

A Query names metrics and dimensions of the models in `models/*.yml`; it holds no SQL. Values given
by a person stay values (they become parameters), so no text of theirs reaches a statement.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
Operator = Literal[
    "=", "!=", "in", "not in", "between", "contains", "<", "<=", ">", ">=", "is null", "is not null"
]
Scalar = str | int | float | bool
Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Range(_Frozen):
    """Days of the practice, both ends included. A missing end is open; `words` is how it was said.

    `assumed` marks dates that Prentice chose because the question named none: metrics that are counted
    as they stand now (open orders) do not follow assumed dates, and do follow those of a question.
    """

    from_: date | None = Field(
        default=None, validation_alias=AliasChoices("from", "from_"), serialization_alias="from"
    )
    to: date | None = None
    words: str = Field(default="", max_length=200)
    assumed: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.from_ and self.to and self.from_ > self.to:
            raise ValueError(f"the range ends ({self.to}) before it starts ({self.from_})")
        return self


class Condition(_Frozen):
    """`field` is a dimension (in `filters`) or a column of the result (in `having`).

    Text is compared without case, and with space, hyphen and underscore alike. `between` takes two
    values, both included; `in` any number up to 500; `is null` none.
    """

    field: Name
    op: Operator = "="
    value: Scalar | tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> Condition:
        many = isinstance(self.value, tuple)
        if self.op in ("is null", "is not null"):
            fits = self.value is None
        elif self.op == "between":
            fits = isinstance(self.value, tuple) and len(self.value) == 2
        elif self.op in ("in", "not in"):
            fits = isinstance(self.value, tuple) and 1 <= len(self.value) <= 500
        else:
            fits = self.value is not None and not many
        if not fits:
            raise ValueError(f"'{self.op}' on '{self.field}' does not take the value {self.value!r}")
        return self


class AllOf(_Frozen):
    all_: tuple[Filter, ...] = Field(
        validation_alias=AliasChoices("and", "all_"), serialization_alias="and", min_length=1, max_length=50
    )


class AnyOf(_Frozen):
    any_: tuple[Filter, ...] = Field(
        validation_alias=AliasChoices("or", "any_"), serialization_alias="or", min_length=1, max_length=50
    )


class Not(_Frozen):
    """True where the inner filter is false *or unknown*: excluding a brand keeps what has none."""

    not_: Filter = Field(validation_alias=AliasChoices("not", "not_"), serialization_alias="not")


Filter = Condition | AllOf | AnyOf | Not


class Compare(_Frozen):
    """The other period. `like_for_like`, where the period asked about is still under way, is the
    part of the other one that is as long."""

    range: Range
    like_for_like: Range | None = None


class Order(_Frozen):
    by: Name  # a column of the result
    descending: bool = True


class TopPer(_Frozen):
    """Keep the first `limit` rows, in the query's order, within each value of `dimension`."""

    dimension: Name
    limit: int = Field(ge=1, le=1000)


class Query(_Frozen):
    """One governed question.

    Columns of the result, in this order: the grain (if any), the dimensions, then for each metric
    `m` of `metrics`: `m`; with `compare` also `m_previous`, `m_change`, `m_change_pct` (a ratio) and,
    with a like-for-like part, `m_like_for_like`, `m_like_for_like_change_pct`; then `m_share` for
    `shares` and `m_running_total` for `running_totals`.

    A share is of the whole result; of each period's total where there is a grain *and* a dimension. It
    is taken before `having` and `limit`, so that one group's share of all can be asked for. Periods are
    compared by position: the first month (week, …) of one beside the first of the other. Without
    `order`, rows run forward in time, else from the greatest first metric; ties go by name.
    """

    metrics: tuple[Name, ...] = Field(min_length=1, max_length=12)
    dimensions: tuple[Name, ...] = Field(default=(), max_length=6)
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)  # all must hold
    range: Range | None = None
    grain: Grain | None = None
    compare: Compare | None = None
    shares: tuple[Name, ...] = ()
    running_totals: tuple[Name, ...] = ()
    having: tuple[Filter, ...] = ()  # on the grouped rows, after shares were taken of the whole
    order: tuple[Order, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=10_000)
    top_per: TopPer | None = None
    include_empty: bool = False  # active products (brands, …) that have no row count with 0

    @model_validator(mode="before")
    @classmethod
    def _grain_among_dimensions(cls, data: Any) -> Any:
        """`"dimensions": ["month"]` is read as `"grain": "month"`."""
        if isinstance(data, dict) and not data.get("grain"):
            given = data.get("dimensions")
            dims = list(given) if isinstance(given, list | tuple) else []
            grains = [d for d in dims if d in GRAINS]
            if len(grains) == 1:
                dims.remove(grains[0])
                return {**data, "dimensions": dims, "grain": grains[0]}
        return data


for _model in (AllOf, AnyOf, Not, Query):
    _model.model_rebuild()
