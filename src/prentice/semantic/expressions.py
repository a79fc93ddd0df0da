"""SQL expressions of the model files, parsed once at load and copied ever after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from prentice.errors import BadConfiguration
from prentice.semantic.model import Join


def wrong(message: str) -> BadConfiguration:
    """A model file is wrong; `message` names the entry."""
    return BadConfiguration(message, "Correct the file in prentice/semantic/models.")


def parse(sql: str, where: str) -> exp.Expr:
    """The expression, of known functions alone. Raises `BadConfiguration`, naming `where`."""
    try:
        parsed = parse_one(sql, read="postgres")
    except ParseError as error:
        raise wrong(f"{where}: cannot parse {sql!r}.") from error
    for anonymous in parsed.find_all(exp.Anonymous):
        raise wrong(f"{where}: unknown function {anonymous.name!r}.")
    return parsed


def joins_used(
    where: str, alias: str, joins: Mapping[str, Join], expressions: Iterable[exp.Expr]
) -> frozenset[str]:
    """The joins that these expressions use, and those that the joins use."""
    used = {column.table for e in expressions for column in e.find_all(exp.Column) if column.table}
    used -= {alias}
    if strange := used - set(joins):
        raise wrong(f"{where}: no relation or join is called {sorted(strange)}.")
    for name in list(used):
        used |= joins[name].needs
    return frozenset(used)


def aggregate_of(sql: str, where: str) -> exp.Expr:
    """The expression, which must aggregate."""
    parsed = parse(sql, where)
    if parsed.find(exp.AggFunc) is None:
        raise wrong(f"{where}: {sql!r} does not aggregate.")
    return parsed


def total_of(aggregate: exp.Expr) -> exp.Expr:
    """A sum over nothing is 0, so that what follows need not ask."""
    if is_count(aggregate):
        return aggregate
    return exp.Coalesce(this=aggregate, expressions=[exp.Literal.number(0)])


def is_count(aggregate: exp.Expr) -> bool:
    """Whether it counts rows: never null, always whole."""
    return isinstance(aggregate.this if isinstance(aggregate, exp.Filter) else aggregate, exp.Count)


def with_safe_ratios(expression: exp.Expr) -> exp.Expr:
    """`a / b` as `a * 1.0 / NULLIF(b, 0)`: no whole-number division, and nothing over nothing is null."""
    expression = expression.copy()
    for division in list(expression.find_all(exp.Div)):
        if not isinstance(division.right, exp.Nullif):
            below = division.right.unnest()
            division.set("this", exp.Mul(this=division.left.copy(), expression=exp.Literal.number("1.0")))
            division.set("expression", exp.Nullif(this=below.copy(), expression=exp.Literal.number(0)))
    return expression
