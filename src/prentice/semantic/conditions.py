"""Walking a Query's filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prentice.errors import BadQuery
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not

DEEPEST = 20  # filters inside filters; the page and the planner make 3


def iter_conditions(filters: Iterable[Filter], depth: int = 0) -> Iterator[Condition]:
    """Every condition of these filters, however deep. Raises `BadQuery` past 20 levels."""
    if depth > DEEPEST:
        raise BadQuery(f"Filters are nested more than {DEEPEST} deep.", "Write them flatter.")
    for item in filters:
        match item:
            case Condition():
                yield item
            case AllOf():
                yield from iter_conditions(item.all_, depth + 1)
            case AnyOf():
                yield from iter_conditions(item.any_, depth + 1)
            case Not():
                yield from iter_conditions((item.not_,), depth + 1)
