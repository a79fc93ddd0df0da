"""The columns of a result, in the order that `Query` promises, each with the expression that gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.model import Metric
from prentice.semantic.resolve import Resolved
from prentice.semantic.statement import ColumnKind, ResultColumn

PREVIOUS, LIKE_FOR_LIKE = "_previous", "_like_for_like"

_LABELS: dict[ColumnKind, str] = {
    "previous": "{}, other period",
    "change": "{}, change",
    "change_pct": "{}, change %",
    "like_for_like": "{}, like for like",
    "like_for_like_change_pct": "{}, like-for-like change %",
    "share": "{}, share",
    "running_total": "{}, running total",
}


@dataclass(frozen=True)
class Made:
    """A result column and how it is made; `late` ones from other result columns, one step later."""

    column: ResultColumn
    expression: exp.Expr
    late: bool = False


def result_columns(
    resolved: Resolved,
    value_of: Callable[[Metric, str], exp.Expr],
    share_of: Callable[[Metric, str], exp.Expr],
    running_of: Callable[[Metric], exp.Expr],
) -> list[Made]:
    """Every metric column of the result. Raises `BadQuery` where two would have one name."""
    made: list[Made] = []
    compare = resolved.query.compare
    for metric in resolved.metrics:
        worked = share_of if metric.share_of else value_of
        made.append(_made(metric, "value", worked(metric, "")))
        if compare:
            made.append(_made(metric, "previous", worked(metric, PREVIOUS)))
            made.append(_made(metric, "change", _minus(metric.name, metric.name + PREVIOUS), late=True))
            made.append(
                _made(metric, "change_pct", _relative(metric.name, metric.name + PREVIOUS), late=True)
            )
        if compare and compare.like_for_like:
            other = metric.name + LIKE_FOR_LIKE
            made.append(_made(metric, "like_for_like", worked(metric, LIKE_FOR_LIKE)))
            made.append(_made(metric, "like_for_like_change_pct", _relative(metric.name, other), late=True))
    present = {m.column.name for m in made}
    for metric in resolved.shares:
        if f"{metric.name}_share" not in present:  # revenue_share may stand among the metrics already
            made.append(_made(metric, "share", share_of(metric, "")))
    made += [_made(metric, "running_total", running_of(metric)) for metric in resolved.running]
    _check_names(resolved, made)
    return made


def _made(metric: Metric, kind: ColumnKind, expression: exp.Expr, late: bool = False) -> Made:
    name = metric.name if kind == "value" else f"{metric.name}_{kind}"
    ratio = kind in ("share", "change_pct", "like_for_like_change_pct")
    label = _LABELS.get(kind, "{}").format(metric.label)
    column = ResultColumn(name, "metric", metric.name, "ratio" if ratio else metric.unit, label, kind)
    return Made(column, expression, late)


def _minus(name: str, other: str) -> exp.Expr:
    return exp.Sub(this=exp.column(name), expression=exp.column(other))


def _relative(name: str, other: str) -> exp.Expr:
    return ratio(_minus(name, other), exp.column(other))


def ratio(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    """`above * 1.0 / NULLIF(below, 0)`: a fraction, null where there is nothing to divide by."""
    above = exp.Paren(this=above) if isinstance(above, exp.Binary) else above
    whole = exp.Mul(this=above, expression=exp.Literal.number("1.0"))
    return exp.Div(
        this=whole, expression=exp.Nullif(this=below, expression=exp.Literal.number(0)), typed=True
    )


def _check_names(resolved: Resolved, made: list[Made]) -> None:
    names = [d.name for d in resolved.dimensions] + [m.column.name for m in made]
    for name in names:
        if names.count(name) > 1:
            raise BadQuery(f"Two columns of the result would be called '{name}'.", "Leave one of them out.")
