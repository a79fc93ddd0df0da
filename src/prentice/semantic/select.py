"""Building blocks of statements. sqlglot's own builders copy and re-parse what they are given, which is
most of a compilation's time; these take what they are given as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp


def named(expression: exp.Expr, name: str) -> exp.Expr:
    """`expression AS name`, or the column alone where it is called so already."""
    if isinstance(expression, exp.Column) and expression.name == name and not expression.table:
        return expression
    return exp.Alias(this=expression, alias=exp.to_identifier(name))


def table(name: str) -> exp.Table:
    """A CTE of the statement."""
    return exp.Table(this=exp.to_identifier(name))


def view(relation: str, alias: str, schema: str = "prentice") -> exp.Table:
    """A view of schema `prentice`; of `anonymised` in the copy, which is another database."""
    return exp.Table(this=exp.to_identifier(relation), db=exp.to_identifier(schema), alias=table_alias(alias))


def table_alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name))


def subquery(select: exp.Expr, alias: str) -> exp.Subquery:
    return exp.Subquery(this=select, alias=table_alias(alias))


def left_join(source: exp.Expr, on: exp.Expr) -> exp.Join:
    return exp.Join(this=source, side="LEFT", on=on)


def build_select(
    columns: Sequence[exp.Expr],
    source: exp.Expr,
    *,
    joins: Sequence[exp.Join] = (),
    where: Sequence[exp.Expr] = (),
    group_first: int = 0,
    order: Sequence[exp.Expr] = (),
    limit: int | None = None,
    ctes: Iterable[tuple[str, exp.Expr]] = (),
) -> exp.Select:
    """SELECT columns FROM source …; `group_first` columns are grouped by, by their position."""
    parts: dict[str, object] = {"expressions": list(columns), "from_": exp.From(this=source)}
    with_ = [exp.CTE(this=query, alias=table_alias(name)) for name, query in ctes]
    if with_:
        parts["with_"] = exp.With(expressions=with_)
    if joins:
        parts["joins"] = list(joins)
    if where:
        parts["where"] = exp.Where(this=exp.and_(*where, copy=False))
    if group_first:
        parts["group"] = exp.Group(expressions=[exp.Literal.number(n) for n in range(1, group_first + 1)])
    if order:
        parts["order"] = exp.Order(expressions=list(order))
    if limit is not None:
        parts["limit"] = exp.Limit(expression=exp.Literal.number(limit))
    return exp.Select(**parts)
