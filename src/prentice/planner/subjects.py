"""Which part of the practice a question is about: sales, stock, orders, appointments or purchasing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from prentice.planner.lexicon import models_with
from prentice.planner.reading import Reading
from prentice.planner.slots import Subject, ValueSlot
from prentice.semantic.model import Catalogue

_LISTED_STOCK = {"low", "out", "dead"}
_TIME_TARGETS = {"day", "week", "month", "quarter", "year"}


def choose_subject(
    reading: Reading,
    metrics: Sequence[str],
    dimensions: Sequence[str],
    target: str | None,
    values: Sequence[Sequence[ValueSlot]],
    grammar: set[str],
    catalogue: Catalogue,
) -> Subject | None:
    """The model of the first metric named; else what verbs, dimensions and values point to; else None."""
    if metrics:
        return catalogue.metrics[metrics[0]].model  # type: ignore[return-value]
    if grammar & _LISTED_STOCK:
        return "stock"
    votes: Counter[str] = Counter()
    for name in [*dimensions, *([target] if target and target not in _TIME_TARGETS else [])]:
        votes.update({model: 2 for model in models_with(catalogue, name)})
    for candidates in values:
        models = {m for c in candidates for m in (c.models or models_with(catalogue, c.dimension))}
        votes.update({model: 2 for model in models})
    if any(c.dimension == "appointment_type" for candidates in values for c in candidates) and not grammar & {
        "sold",
        "took",
        "amount_of",
    }:
        votes["appointments"] += 1  # "contact lens fittings": booked rather than rung up
    for sense in (m.sense("dimension") for m in reading.mentions if not m.has("metric")):
        if sense and catalogue.dimension(sense.name).type in ("number", "boolean"):
            votes.update({model: 3 for model in sense.models})  # "1 unit left" is said of stock
    for name, model, weight in (
        ("sold", "sales", 3),
        ("took", "sales", 3),
        ("in_stock", "stock", 3),
        ("ordered", "orders", 2),
        ("zero_sales", "sales", 4),
        ("due", "appointments", 1),
        ("overview", "sales", 1),
    ):
        if name in grammar and (votes.get(model) or not votes or name == "zero_sales"):
            votes[model] += weight
    if not votes:
        return "sales" if grammar & {"sold", "took", "amount_of"} else None
    best = max(votes.values())
    tied = [
        m
        for m in ("sales", "orders", "stock", "appointments", "purchasing", "patients")
        if votes.get(m) == best
    ]
    return tied[0]  # type: ignore[return-value]
