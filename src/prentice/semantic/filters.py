"""Filters -> conditions. Values become parameters; comparison of text is by normalised spelling.

Nothing is unknown here: a condition on a missing value is false, and its negation true, so that
excluding a brand keeps what has no brand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.model import WEEKDAYS, Dimension
from prentice.semantic.parameters import Parameter, Parameters
from prentice.semantic.query import AllOf, AnyOf, Condition, Filter, Not, Scalar
from prentice.semantic.spelling import spelling_sql

OperandKind = Literal["text", "number", "boolean", "weekday", "hour", "date"]
_COMPARISONS: dict[str, type[exp.Binary]] = {
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
    "=": exp.EQ,
}
_DAYS = {name[:n].lower(): number for number, name in enumerate(WEEKDAYS, 1) for n in (3, 4, 5, len(name))}
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_LARGEST = 10**15  # beyond any count or sum of a practice


@dataclass(frozen=True)
class Operand:
    """What a condition is about: `compared` for texts is the normalised spelling, `shown` the text itself."""

    field: str
    kind: OperandKind
    compared: exp.Expr
    shown: exp.Expr
    dimension: Dimension | None = None


def filter_sql(item: Filter, operand_of: Callable[[str], Operand], parameters: Parameters) -> exp.Expr:
    """One filter as a condition. Raises `BadQuery` where a value does not fit its field."""
    match item:
        case Condition():
            return _condition(item, operand_of(item.field), parameters)
        case AllOf():
            return exp.and_(*(filter_sql(f, operand_of, parameters) for f in item.all_), copy=False)
        case AnyOf():
            return exp.or_(*(filter_sql(f, operand_of, parameters) for f in item.any_), copy=False)
        case Not():
            return _not(filter_sql(item.not_, operand_of, parameters))
        case _:
            assert_never(item)


def _not(condition: exp.Expr) -> exp.Expr:
    """False or unknown."""
    return exp.Not(this=exp.Is(this=exp.Paren(this=condition), expression=exp.true()))


def _condition(condition: Condition, operand: Operand, parameters: Parameters) -> exp.Expr:
    if condition.op == "is null":
        return exp.Is(this=_bare(operand.shown), expression=exp.Null())
    if condition.op == "is not null":
        return exp.Not(this=exp.Is(this=_bare(operand.shown), expression=exp.Null()))
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    given = [value for value in values if value is not None]
    if condition.op == "!=":
        return _not(_among(condition, operand, given, parameters))
    if condition.op == "not in":
        return _not(_among(condition, operand, given, parameters))
    if condition.op in ("=", "in"):
        return _among(condition, operand, given, parameters)
    if condition.op == "contains":
        return _contains(operand, given[0], parameters)
    if operand.kind in ("text", "boolean"):
        raise BadQuery(
            f"'{condition.op}' does not apply to '{operand.field}'.", "Use =, !=, in, not in or contains."
        )
    ends = [_fitting(operand, value) for value in given]
    if condition.op == "between":
        _check_order(operand, *ends)
        low, high = map(parameters.value, ends)
        return exp.Between(this=_bare(operand.compared), low=low, high=high)
    bounds = [parameters.value(end) for end in ends]
    return _COMPARISONS[condition.op](this=_bare(operand.compared), expression=bounds[0])


def _check_order(operand: Operand, low: Parameter, high: Parameter) -> None:
    """Nothing lies between 10 and 5: said, where an answer of 0 would be believed."""
    if low <= high:  # type: ignore[operator]  # both are of the operand's kind
        return
    if operand.kind == "weekday":
        step = "The week runs from Monday to Sunday: name the days one by one with 'in'."
    elif operand.kind == "hour":
        step = "A day runs from 0 to 23: give the two parts of it apart, joined by 'or'."
    else:
        step = "Give the smaller one first."
    raise BadQuery(f"'{operand.field} between' was given its ends in reverse.", step)


def _among(condition: Condition, operand: Operand, given: list[Scalar], parameters: Parameters) -> exp.Expr:
    if operand.kind == "boolean":
        wanted = {_boolean(operand, value) for value in given}
        parts = [exp.Is(this=_bare(operand.compared), expression=exp.Boolean(this=w)) for w in sorted(wanted)]
        return exp.or_(*parts, copy=False)
    if operand.kind == "text":
        texts = [_text(operand, value) for value in given]
        if operand.dimension is not None and operand.dimension.values:
            texts = list(dict.fromkeys(key for text in texts for key in operand.dimension.keys_for(text)))
        sides = [_spelled(text, parameters) for text in texts]
    else:
        sides = [parameters.value(_fitting(operand, value)) for value in given]
    if len(sides) == 1:
        return exp.EQ(this=_bare(operand.compared), expression=sides[0])
    return exp.In(this=_bare(operand.compared), expressions=sides)


def _contains(operand: Operand, value: Scalar, parameters: Parameters) -> exp.Expr:
    if operand.kind != "text":
        raise BadQuery(f"'contains' applies to text, and '{operand.field}' is not.", "Use = or a comparison.")
    text = _text(operand, value)
    if not text.strip():
        raise BadQuery(f"'{operand.field} contains' was given no text.", "Give at least one letter.")
    found = exp.StrPosition(this=operand.compared.copy(), substr=_spelled(text, parameters))
    return exp.GT(this=found, expression=exp.Literal.number(0))


def _spelled(text: str, parameters: Parameters) -> exp.Expr:
    return spelling_sql(exp.cast(parameters.value(text), "TEXT"))


def _bare(expression: exp.Expr) -> exp.Expr:
    copied = expression.copy()
    # AND and OR are functions as well to sqlglot; IS binds closer than either.
    whole = isinstance(copied, exp.Column | exp.Func | exp.Cast) and not isinstance(copied, exp.Binary)
    return copied if whole else exp.Paren(this=copied)


def _text(operand: Operand, value: Scalar) -> str:
    text = str(value)
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in text):
        raise BadQuery(
            f"The value for '{operand.field}' holds control characters.", "Type it again without them."
        )
    return text


def _boolean(operand: Operand, value: Scalar) -> bool:
    said = str(value).strip().lower()
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    raise BadQuery(f"'{operand.field}' is either true or false.", "Give true or false.")


def _fitting(operand: Operand, value: Scalar) -> Parameter:
    match operand.kind:
        case "weekday":
            return _weekday(operand, value)
        case "date":
            try:
                return date.fromisoformat(str(value))
            except ValueError:
                raise BadQuery(f"'{operand.field}' is a date.", "Write it as 2026-10-31.") from None
        case _:
            number = _number(operand, value)
            if operand.kind == "hour" and not 0 <= number <= 24:
                raise BadQuery("An hour is a number from 0 to 23.", "Give a number from 0 to 23.")
            return number


def _number(operand: Operand, value: Scalar) -> int | float:
    number: int | float
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        number = int(number) if number.is_integer() else number
    else:
        number = value
    if isinstance(value, bool) or not math.isfinite(number) or abs(number) > _LARGEST:
        raise BadQuery(f"'{operand.field}' is a number.", "Give a number, such as 10.")
    return number


def _weekday(operand: Operand, value: Scalar) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 7:
        return value
    number = _DAYS.get(str(value).strip().lower())
    if number is None:
        raise BadQuery(
            f"'{str(value)[:40]}' is not a day of the week.", f"Choose one of: {', '.join(WEEKDAYS)}."
        )
    return number
