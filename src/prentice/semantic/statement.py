"""What the compiler gives: one SELECT, its values, and what its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prentice.semantic.people_shape import PeopleShape

Dialect = Literal["postgres", "duckdb"]
ColumnKind = Literal[
    "dimension",
    "value",
    "previous",
    "change",
    "change_pct",
    "like_for_like",
    "like_for_like_change_pct",
    "share",
    "running_total",
]


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of the result. `unit`: 'currency', 'ratio' (0 to 1), 'units', …; None for texts, dates."""

    name: str
    role: Literal["dimension", "metric"]
    metric: str | None
    unit: str | None
    label: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Statement:
    """`sql` holds named placeholders: `%(p1)s` for PostgreSQL (psycopg), `$p1` for DuckDB.

    `notes` are sentences that belong beside the result: which numbers do not follow the dates. `people` is
    given for a statement about patients: its rows are not yet an answer, `columns` are those of the answer.
    """

    sql: str
    parameters: dict[str, object]
    columns: tuple[ResultColumn, ...]
    notes: tuple[str, ...] = ()
    people: PeopleShape | None = None
