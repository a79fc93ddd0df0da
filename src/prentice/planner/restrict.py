"""Restrictions of a question as filters and bounds of a Query, or why they cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prentice.planner.slots import Slots, Threshold, ValueSlot
from prentice.semantic.model import Catalogue
from prentice.semantic.query import AnyOf, Condition, Filter, Not

if TYPE_CHECKING:
    from prentice.planner.choice import Choice


@dataclass(frozen=True)
class Problem:
    """Why there is no Query. `metric` and `dimension` name what does not go together."""

    outcome: Literal["ask", "decline"]
    code: str
    message: str
    metric: str | None = None
    dimension: str | None = None


@dataclass(frozen=True)
class Bounds:
    """`extra_metrics`: metrics that are bounded but were not asked for; they are shown too."""

    having: tuple[Filter, ...] = ()
    extra_metrics: tuple[str, ...] = ()


def filters_of(slots: Slots, choice: Choice, catalogue: Catalogue) -> tuple[Filter, ...] | Problem:
    """Values of one dimension are alternatives; different dimensions must all hold."""
    by_dimension: dict[tuple[str, bool], list[ValueSlot]] = {}
    for value in slots.values:
        by_dimension.setdefault((value.dimension, value.negated), []).append(value)
    metric = catalogue.metrics[choice.metrics[0]]
    filters: list[Filter] = list(choice.filters)
    for word in slots.contains:
        if "product" not in metric.dimensions:
            return Problem(
                "ask", "unknown_words", f"I do not know what \u201c{word}\u201d means here.", metric.name
            )
        filters.append(Condition(field="product", op="contains", value=word))
    for (dimension, negated), values in by_dimension.items():
        if dimension not in metric.dimensions:
            said = ", ".join(dict.fromkeys(v.words for v in values))
            label = catalogue.dimension(dimension).label
            return Problem(
                "ask",
                "does_not_apply",
                f"{metric.label} is not recorded by {label.lower()}, "
                f"so I cannot restrict it to \u201c{said}\u201d.",
                metric.name,
                dimension,
            )
        filters.append(_restriction(dimension, negated, values))
    return tuple(filters)


def _restriction(dimension: str, negated: bool, values: list[ValueSlot]) -> Filter:
    """An empty value stands for none at all ("without a brand")."""
    if any(v.value == "" or (dimension == "coating" and v.value.casefold() == "none") for v in values):
        if dimension == "coating":  # lenses without one are written both ways
            unset = Condition(field="coating", op="is null")
            none = AnyOf.model_validate({"or": [unset, Condition(field="coating", value="none")]})
            return Not.model_validate({"not": none}) if negated else none
        return Condition(field=dimension, op="is not null" if negated else "is null")
    stored = tuple(dict.fromkeys(v.value for v in values))
    if len(stored) == 1:
        return Condition(field=dimension, op="!=" if negated else "=", value=stored[0])
    return Condition(field=dimension, op="not in" if negated else "in", value=stored)


_COUNTS = ("transactions", "units_sold", "orders")
_UNIT_METRIC = {  # the metric that a bound in such a unit limits, where the question's own has another
    "currency": "revenue",
    "units": "units_sold",
    "transactions": "transactions",
    "orders": "orders",
    "appointments": "appointments",
    "refunds": "refunds",
}


def having_of(
    slots: Slots, metrics: tuple[str, ...], grouped: bool, catalogue: Catalogue
) -> Bounds | Problem:
    """Bounds on the groups. Without groups a bound is a yes-or-no question: the number answers it."""
    if not slots.thresholds:
        return Bounds()
    if not grouped and not slots.yes_or_no:
        return Problem("ask", "bound_on_what", "I do not know what that limit is a limit on.")
    if not grouped:
        if metrics[0] in _COUNTS and any(t.unit == "currency" for t in slots.thresholds):
            return Problem("ask", "single_amounts", "I hold sums, not the amounts of single sales.")
        return Bounds()
    if any(_conflicts(bound, metrics, catalogue) for bound in slots.thresholds):
        return Problem("ask", "bound_on_what", "I do not know what that limit is a limit on.")
    having: list[Filter] = []
    extra: list[str] = []
    for bound in slots.thresholds:
        name = _bounded(bound, metrics, catalogue)
        if name not in metrics:
            extra.append(name)
        having.append(_limit(bound, name, catalogue))
    return Bounds(tuple(having), tuple(extra))


def _limit(bound: Threshold, metric: str, catalogue: Catalogue) -> Condition:
    if bound.upper is not None:
        return Condition(field=metric, op="between", value=(bound.value, bound.upper))
    value = bound.value
    if catalogue.metrics[metric].unit == "ratio" and bound.unit is None and value > 1:
        value /= 100  # "margin over 60": people leave the percent out
    return Condition(field=metric, op=bound.op, value=value)


_COUNTED = frozenset(["units", "transactions", "orders", "appointments", "refunds", "days", "ratio"])


def _conflicts(bound: Threshold, metrics: tuple[str, ...], catalogue: Catalogue) -> bool:
    """A limit in days on a number of orders, or one whose ends are the wrong way round."""
    if bound.upper is not None and bound.upper < bound.value:
        return True
    metric = catalogue.metrics[_bounded(bound, metrics, catalogue)]
    if bound.unit == "days":
        return metric.unit != "days"
    if bound.unit == "ratio":
        return metric.unit != "ratio"
    return bound.unit in _COUNTED and metric.unit in ("currency", "days")


def _fits(unit: str | None, metric_unit: str) -> bool:
    """Whether a bound in `unit` can be one on a metric: "over £500" is none on a number of units."""
    if unit is None:
        return True
    if unit == "currency" or metric_unit == "currency":
        return unit == metric_unit
    return (unit == "ratio") == (metric_unit == "ratio") and (unit == "days") == (metric_unit == "days")


def _bounded(bound: Threshold, metrics: tuple[str, ...], catalogue: Catalogue) -> str:
    """The metric that a bound limits: the one named, else the first in the bound's unit."""
    named = catalogue.metrics[bound.metric] if bound.metric else None
    same_model = named is not None and named.model == catalogue.metrics[metrics[0]].model
    if bound.metric and same_model and _fits(bound.unit, str(named.unit if named else "")):
        return bound.metric
    for name in metrics:
        if bound.unit in (None, catalogue.metrics[name].unit):
            return name
    other = _UNIT_METRIC.get(bound.unit or "")
    if other and catalogue.metrics[other].model == catalogue.metrics[metrics[0]].model:
        return other
    return metrics[0]
