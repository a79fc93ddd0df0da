"""Who is meant: a question's filters as a predicate on people, plain data that can be written down.

The same predicate is written as SQL (`people`) and looked up in `warehouse.persons`, and each answer
holds the two against each other. A patient's orders and findings are many: "ordered progressive lenses"
means that there is such an order, and "not" that there is none. Conditions on orders that must all hold,
hold of one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, assert_never

from prentice.errors import BadQuery
from prentice.semantic.model import Dimension
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not, Scalar
from prentice.semantic.spelling import spelling_key

ORDER_FIELDS = ("lens_type", "lens_material", "coating")
FINDING_FIELDS = ("finding",)
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")

Place = Literal["person", "order", "finding"]


@dataclass(frozen=True, slots=True)
class Is:
    """`field` is one of `keys` (normalised spellings; 'true' and 'false' for a flag)."""

    field: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """The normalised spelling of `field` contains `key`."""

    field: str
    key: str


@dataclass(frozen=True, slots=True)
class Known:
    """`field` is recorded."""

    field: str


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class No:
    part: Predicate


Simple = Is | Has | Known
Predicate = Simple | Every | Some | No


@dataclass(frozen=True, slots=True)
class Who:
    """All must hold: `orders` of one order, `findings` of one finding, `others` of the person."""

    orders: tuple[Simple, ...] = ()
    findings: tuple[Simple, ...] = ()
    others: tuple[Predicate, ...] = ()


def place_of(field: str) -> Place:
    """Where a field stands."""
    return "order" if field in ORDER_FIELDS else "finding" if field in FINDING_FIELDS else "person"


def who_of(filters: Iterable[Filter], dimension_of: Callable[[str], Dimension]) -> Who:
    """The people that the filters mean. Raises `BadQuery` where a value does not fit its field."""
    orders: list[Simple] = []
    findings: list[Simple] = []
    others: list[Predicate] = []
    for predicate in _flat(_predicate(item, dimension_of) for item in filters):
        if isinstance(predicate, Is | Has | Known) and place_of(predicate.field) == "order":
            orders.append(predicate)
        elif isinstance(predicate, Is | Has | Known) and place_of(predicate.field) == "finding":
            findings.append(predicate)
        else:
            others.append(predicate)
    return Who(tuple(orders), tuple(findings), tuple(others))


def _flat(predicates: Iterable[Predicate]) -> Iterable[Predicate]:
    for predicate in predicates:
        if isinstance(predicate, Every):
            yield from _flat(predicate.parts)
        else:
            yield predicate


def _predicate(item: Filter, dimension_of: Callable[[str], Dimension]) -> Predicate:
    match item:
        case Condition():
            return _condition(item, dimension_of(item.field))
        case AllOf():
            return Every(tuple(_predicate(part, dimension_of) for part in item.all_))
        case AnyOf():
            return Some(tuple(_predicate(part, dimension_of) for part in item.any_))
        case Not():
            return No(_predicate(item.not_, dimension_of))
        case _:
            assert_never(item)


def _condition(item: Condition, dimension: Dimension) -> Predicate:
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    given = [value for value in values if value is not None]
    match item.op:
        case "is null":
            return No(Known(dimension.name))
        case "is not null":
            return Known(dimension.name)
        case "=" | "in":
            return Is(dimension.name, _keys(dimension, given))
        case "!=" | "not in":
            return No(Is(dimension.name, _keys(dimension, given)))
        case "contains" if dimension.type == "text":
            text = _text(dimension, given[0])
            if not text.strip():
                raise BadQuery(f"'{dimension.name} contains' was given no text.", "Give at least one letter.")
            return Has(dimension.name, spelling_key(text))
    raise BadQuery(f"'{item.op}' does not apply to '{dimension.name}'.", "Use =, !=, in, not in or contains.")


def _keys(dimension: Dimension, given: Iterable[Scalar]) -> tuple[str, ...]:
    if dimension.type == "boolean":
        return tuple(sorted({_flag(dimension, value) for value in given}))
    keys = (key for value in given for key in dimension.keys_for(_text(dimension, value)))
    return tuple(sorted(set(keys)))


def _flag(dimension: Dimension, value: Scalar) -> str:
    said = str(value).strip().lower()
    if said not in _YES + _NO:
        raise BadQuery(f"'{dimension.name}' is either true or false.", "Give true or false.")
    return "true" if said in _YES else "false"


def _text(dimension: Dimension, value: Scalar) -> str:
    text = str(value)
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in text):
        raise BadQuery(
            f"The value for '{dimension.name}' holds control characters.", "Type it again without them."
        )
    return text
