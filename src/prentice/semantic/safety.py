"""The last look at a statement before it leaves the compiler: deny what is not known to be harmless."""

from __future__ import annotations

from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.model import Catalogue

SCHEMA = "prentice"

# Functions that statements are made of. None reads a setting, sleeps, reaches a file or another session.
ALLOWED_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Abs,
    exp.And,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Count,
    exp.Exists,
    exp.Extract,
    exp.If,
    exp.Lower,
    exp.Min,
    exp.Nullif,
    exp.Or,
    exp.RowNumber,
    exp.StrPosition,
    exp.Sum,
    exp.TimestampTrunc,
    exp.Translate,
    exp.Trim,
)

# Everything else a statement may be built of.
ALLOWED_NODES: tuple[type[exp.Expr], ...] = (
    exp.Add,
    exp.Alias,
    exp.Between,
    exp.Boolean,
    exp.Column,
    exp.CTE,
    exp.DataType,
    exp.Distinct,
    exp.Div,
    exp.EQ,
    exp.Filter,
    exp.From,
    exp.GT,
    exp.GTE,
    exp.Group,
    exp.Identifier,
    exp.In,
    exp.Interval,
    exp.Is,
    exp.Join,
    exp.LT,
    exp.LTE,
    exp.Limit,
    exp.Literal,
    exp.Mul,
    exp.NEQ,
    exp.Neg,
    exp.Not,
    exp.Null,
    exp.NullSafeNEQ,
    exp.Order,
    exp.Ordered,
    exp.Paren,
    exp.Placeholder,
    exp.Select,
    exp.Star,
    exp.Sub,
    exp.Subquery,
    exp.Table,
    exp.TableAlias,
    exp.Union,
    exp.Var,
    exp.Where,
    exp.Window,
    exp.With,
)
_ALLOWED = frozenset(ALLOWED_FUNCTIONS) | frozenset(ALLOWED_NODES)


def assert_safe(statement: exp.Expr, catalogue: Catalogue, schema: str = SCHEMA) -> frozenset[str]:
    """Raise `BadQuery` unless this is one SELECT over views of `schema` and allow-listed functions.

    Gives the names of its placeholders. A compiler without a defect never fails here; this is the wall
    behind it.
    """
    if not isinstance(statement, exp.Select):
        raise _refused("it is not a SELECT")
    defined = {cte.alias for cte in statement.ctes}
    relations = catalogue.relations if schema == SCHEMA else catalogue.relations_of(schema)
    placeholders: set[str] = set()
    for node in statement.walk():
        kind = type(node)
        if kind not in _ALLOWED:
            raise _refused(f"it holds {kind.__name__}")
        if kind is exp.Placeholder:
            placeholders.add(node.name)
        elif kind is exp.Table:
            known = node.name in relations if node.args.get("db") else node.name in defined
            if not known or node.args.get("catalog") or (node.args.get("db") and node.text("db") != schema):
                raise _refused(f"it reads '{node.name}'")
    return frozenset(placeholders)


def _refused(why: str) -> BadQuery:
    return BadQuery(f"This question cannot be put to the database safely: {why}.", "Ask it in another way.")
