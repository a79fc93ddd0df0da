"""What a statement about patients gives besides its text: who is counted in each figure, and what is done
with the rows once the small groups among them are withheld. Plain data; `warehouse` acts on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from prentice.semantic.predicates import Who
from prentice.semantic.query import Query

# A sum rests on the people that it is a sum over; their number is what is looked at.
RESTS_ON = {
    "sphere_total": "patients_with_sphere",
    "spend_total": "active_patients",
    "order_total": "active_patients",
}
OVER_YEARS = frozenset({"spend_total", "order_total"})  # sums of what happened in each year
LENS_OF = {
    "progressive_patients": "progressive",
    "single_vision_patients": "single_vision",
    "bifocal_patients": "bifocal",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar years, both included; an open end is None. `dated`: the people active in them, else all."""

    first: int | None = None
    last: int | None = None

    @property
    def dated(self) -> bool:
        return self.first is not None or self.last is not None

    def holds(self, year: int) -> bool:
        return (self.first is None or year >= self.first) and (self.last is None or year <= self.last)


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric: a count, or `above / below`. Both are measures, columns of the rows."""

    metric: str
    above: str
    below: str | None
    count: bool = True  # whether `above` counts people


@dataclass(frozen=True, slots=True)
class PeopleShape:
    """The rows of the statement are: the number of the span where there are two, the year where `by_year`,
    the dimensions, the measures. `query` says what becomes of them: shares, changes, having, order, limit.
    """

    query: Query
    spans: tuple[Span, ...]
    by_year: bool
    dimensions: tuple[str, ...]
    who: Who
    measures: tuple[str, ...]
    figures: tuple[Figure, ...]  # as asked for
    shares: tuple[str, ...]  # figures whose part of the total is told
    beside: tuple[str, ...]  # counts of people that stand beside

    @property
    def keys(self) -> int:
        """How many columns stand before the measures."""
        return (len(self.spans) > 1) + self.by_year + len(self.dimensions)

    @property
    def counted(self) -> tuple[str, ...]:
        """The measures that count people; whoever sees a figure knows those that it rests on."""
        return tuple(dict.fromkeys(RESTS_ON.get(m, m) for m in self.measures))
