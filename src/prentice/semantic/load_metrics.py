"""Measures and metrics of the model files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from prentice.semantic.expressions import (
    aggregate_of,
    is_count,
    joins_used,
    parse,
    total_of,
    with_safe_ratios,
    wrong,
)
from prentice.semantic.files import MetricEntry, ModelEntry
from prentice.semantic.model import Caveat, Fact, Measure, MeasureAt, Metric, NowWhen


def build_measures(models: Iterable[ModelEntry], facts: Mapping[str, Fact]) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for model in models:
        for name, places in model.measures.items():
            if name in measures:
                raise wrong(f"Two measures are called '{name}'.")
            at = tuple(_at(name, facts, *place) for place in places.items())
            measures[name] = Measure(name, at, all(is_count(place.aggregate) for place in at))
    return measures


def _at(name: str, facts: Mapping[str, Fact], fact_name: str, sql: str) -> MeasureAt:
    fact = facts.get(fact_name)
    if fact is None:
        raise wrong(f"Measure '{name}' is counted on the unknown fact '{fact_name}'.")
    parsed = aggregate_of(sql, name)
    if fact.per:
        needs = frozenset[str]()
        if strange := {c.name for c in parsed.find_all(exp.Column)} - set(fact.per.columns):
            raise wrong(f"Measure '{name}' uses {sorted(strange)}, which '{fact_name}' does not make.")
    else:
        needs = joins_used(name, fact.alias, fact.joins, [parsed])
    distinct = fact.per is not None or parsed.find(exp.Distinct) is not None
    return MeasureAt(fact, total_of(parsed), needs, distinct)


def build_metric(
    model: ModelEntry,
    name: str,
    entry: MetricEntry,
    measures: Mapping[str, Measure],
    metrics: Mapping[str, Metric],
) -> Metric:
    if entry.share_of is not None and entry.share_of not in metrics:
        raise wrong(f"Metric '{name}' is a share of '{entry.share_of}', which must stand before it.")
    expression = parse(entry.expr or entry.share_of or name, name)
    if entry.share_of:
        expression = metrics[entry.share_of].expression
    used = list(dict.fromkeys(column.name for column in expression.find_all(exp.Column)))
    if missing := [m for m in used if m not in measures]:
        raise wrong(f"Metric '{name}' uses unknown measures {missing}.")
    parts = tuple(measures[m] for m in used)
    finest = [at.fact for part in parts for at in part.at]
    shared_axes = [axis for axis in _all_axes(parts[0]) if all(axis in _all_axes(p) for p in parts)]
    for axis in shared_axes:
        if len({id(f.axes[axis].dimension) for f in finest if axis in f.axes}) > 1:
            raise wrong(f"Metric '{name}' mixes two meanings of '{axis}'.")
    if not all(any(all(axis in at.fact.axes for axis in shared_axes) for at in part.at) for part in parts):
        raise wrong(f"Metric '{name}' has no fact with all of its dimensions.")
    additive = not entry.share_of and not expression.find(exp.Div, exp.Mul)
    return Metric(
        name=name,
        model=model.model,
        label=entry.label,
        description=entry.description,
        unit=entry.unit,
        decimals=entry.decimals,
        better=entry.better,
        synonyms=entry.synonyms,
        roles=entry.roles,
        default_range=entry.default_range or model.default_range,
        now_when=NowWhen(entry.now_when.dimension, frozenset(entry.now_when.values))
        if entry.now_when
        else None,
        caveats=tuple(Caveat(c.metric, c.of, c.when, c.text) for c in entry.caveats),
        hidden=entry.hidden,
        expression=with_safe_ratios(expression),
        share_of=entry.share_of,
        measures=parts,
        additive=additive,
        dimensions=tuple(shared_axes),
        dated=any(fact.time is not None for fact in finest),
        over_time=all(fact.time is not None for fact in finest),
    )


def _all_axes(measure: Measure) -> list[str]:
    return list(dict.fromkeys(axis for at in measure.at for axis in at.fact.axes))
