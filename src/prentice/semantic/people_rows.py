"""What becomes of the rows about patients once small groups are withheld: having, order, the first few. Pure.

A withheld figure is None here and nothing more is known of it: it passes no condition, and it stands last
whichever way the rows are ordered, so that neither tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from prentice.errors import BadQuery
from prentice.semantic.model import Dimension, unknown
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not, Order, Query, Scalar
from prentice.semantic.spelling import spelling_key

Value = int | float | str | bool | None
Row = Mapping[str, Value]

AGES = ("under_18", "18_29", "30_39", "40_49", "50_59", "60_69", "70_79", "80_89", "90+", "unknown")


def settled(query: Query, columns: Sequence[str], dimensions: Sequence[Dimension]) -> Query:
    """The query with the columns that having, order and top per group mean, and the keys of the values meant.

    Raises `BadQuery` where there is no such column, or a value does not fit it.
    """
    names = {alias: d.name for d in dimensions for alias in d.aliases} | {name: name for name in columns}
    kinds = {d.name: d for d in dimensions}

    def column(name: str) -> str:
        if name not in names:
            raise BadQuery(*unknown("column of the result", name, names, columns))
        return names[name]

    top = query.top_per
    if top is not None:
        inner = column(top.dimension)
        if inner != "year" and inner not in kinds:
            raise BadQuery(
                f"'{top.dimension}' is not a dimension of the result.", "Name one of its dimensions."
            )
        top = top.model_copy(update={"dimension": inner})
    return query.model_copy(
        update={
            "having": tuple(_settled(item, column, kinds) for item in query.having),
            "order": tuple(item.model_copy(update={"by": column(item.by)}) for item in query.order),
            "top_per": top,
        }
    )


def _settled(item: Filter, column: Callable[[str], str], kinds: Mapping[str, Dimension]) -> Filter:
    match item:
        case Condition():
            return _condition(item.model_copy(update={"field": column(item.field)}), kinds)
        case AllOf():
            return AllOf(all_=tuple(_settled(part, column, kinds) for part in item.all_))
        case AnyOf():
            return AnyOf(any_=tuple(_settled(part, column, kinds) for part in item.any_))
        case Not():
            return Not(not_=_settled(item.not_, column, kinds))
        case _:
            assert_never(item)


def _condition(item: Condition, kinds: Mapping[str, Dimension]) -> Condition:
    if item.op in ("is null", "is not null"):
        return item
    given = item.value if isinstance(item.value, tuple) else (item.value,)
    dimension = kinds.get(item.field)
    if dimension is None:
        numbers = tuple(_number(item.field, value) for value in given)
        return item.model_copy(update={"value": numbers if isinstance(item.value, tuple) else numbers[0]})
    if item.op == "contains" and dimension.type == "text":
        return item.model_copy(update={"value": spelling_key(str(item.value))})
    if item.op not in ("=", "in", "!=", "not in"):
        raise BadQuery(f"'{item.op}' does not apply to '{item.field}'.", "Use =, !=, in, not in or contains.")
    keys = tuple(key for value in given for key in dimension.keys_for(str(value)))
    op = "in" if item.op in ("=", "in") else "not in"
    return item.model_copy(update={"op": op, "value": keys})


def _number(field: str, value: Scalar | None) -> float:
    """A figure, or a year in whatever form."""
    text = str(value)[:4] if field == "year" else str(value)
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or number != number or abs(number) > 1e15:
        raise BadQuery(f"'{field}' is a number.", "Give a number, such as 20.")
    return number


def finished(rows: Sequence[Row], query: Query, dimensions: Sequence[str], metric: str) -> list[Row]:
    """The rows that stay, in the order asked for. `metric` is the first column of figures."""
    kept = [row for row in rows if all(_true(item, row) for item in query.having)]
    first = Order(by=metric, descending=True)
    order = list(query.order)
    if query.top_per:
        inner = _sorted(kept, [*(order or [first])], dimensions, by_year=query.grain is not None)
        seen: dict[Value, int] = {}
        chosen = []
        for row in inner:
            group = row[query.top_per.dimension]
            seen[group] = seen.get(group, 0) + 1
            if seen[group] <= query.top_per.limit:
                chosen.append(row)
        mine = [item for item in order if item.by == query.top_per.dimension]
        outer = mine or [Order(by=query.top_per.dimension, descending=False)]
        kept = _sorted(chosen, [*outer, *(order or [first])], dimensions, by_year=query.grain is not None)
    else:
        kept = _sorted(kept, order or _default(query, dimensions, first), dimensions, query.grain is not None)
    return kept if query.limit is None else kept[: query.limit]


def _default(query: Query, dimensions: Sequence[str], first: Order) -> list[Order]:
    if query.grain:
        return [Order(by="year", descending=False)]
    if dimensions and dimensions[0] == "age_group":
        return [Order(by="age_group", descending=False)]
    return [first] if dimensions else []


def _sorted(
    rows: Sequence[Row], order: Sequence[Order], dimensions: Sequence[str], by_year: bool
) -> list[Row]:
    """By each in turn, then by name. Sorting is stable, so the last criterion goes first."""
    found = list(rows)
    wanted: dict[str, bool] = {}
    for item in order:
        wanted.setdefault(item.by, item.descending)
    for name in (*(["year"] if by_year else []), *dimensions):
        wanted.setdefault(name, False)
    for name, descending in reversed(wanted.items()):
        found.sort(key=lambda row, name=name: _rank(name, row[name]), reverse=descending)  # type: ignore[misc]
        found.sort(key=lambda row, name=name: row[name] is None)  # type: ignore[misc]
    return found


def _rank(name: str, value: Value) -> tuple[float, str]:
    if value is None:
        return (0.0, "")
    if name == "age_group":
        key = spelling_key(str(value))
        return (float(AGES.index(key)) if key in AGES else float(len(AGES)), key)
    if isinstance(value, str):
        return (0.0, value.casefold())
    return (float(value), "")


def _true(item: Filter, row: Row) -> bool:
    match item:
        case Condition():
            return _holds(item, row[item.field])
        case AllOf():
            return all(_true(part, row) for part in item.all_)
        case AnyOf():
            return any(_true(part, row) for part in item.any_)
        case Not():
            return not _true(item.not_, row)
        case _:
            assert_never(item)


def _holds(item: Condition, value: Value) -> bool:
    if item.op in ("is null", "is not null"):
        return (value is None) is (item.op == "is null")
    given = item.value if isinstance(item.value, tuple) else (item.value,)
    among = value is not None and _comparable(item, value) in given
    if item.op in ("!=", "not in"):
        return not among
    if value is None:
        return False
    if item.op in ("=", "in"):
        return among
    compared = _comparable(item, value)
    if isinstance(compared, str) or isinstance(given[0], str):
        return str(given[0]) in str(compared)  # 'contains'
    bounds = [float(bound) for bound in given if bound is not None]
    match item.op:
        case "<":
            return compared < bounds[0]
        case "<=":
            return compared <= bounds[0]
        case ">":
            return compared > bounds[0]
        case ">=":
            return compared >= bounds[0]
        case "between":
            return bounds[0] <= compared <= bounds[1]
    return False


def _comparable(item: Condition, value: int | float | str | bool) -> float | str:
    if isinstance(value, bool):
        return str(value).lower()
    if item.field == "year":
        return float(str(value)[:4])
    return spelling_key(value) if isinstance(value, str) else float(value)
