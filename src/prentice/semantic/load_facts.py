"""Facts, dimensions and joins of the model files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources

import yaml
from pydantic import ValidationError
from sqlglot import exp

from prentice.semantic.expressions import aggregate_of, joins_used, parse, total_of, wrong
from prentice.semantic.files import (
    LOADER,
    AxisEntry,
    DimensionEntry,
    FactEntry,
    ModelEntry,
    VocabularyEntry,
)
from prentice.semantic.model import Axis, Dimension, Fact, Join, Per, Spine, Value, ValueGroup
from prentice.semantic.select import subquery, view
from prentice.semantic.spelling import spelling_key, spelling_sql

Needs = Callable[[Iterable[exp.Expr]], frozenset[str]]  # the joins that expressions use
Described = Mapping[tuple[str, str], Dimension]  # (model, name) -> dimension


def build_dimension(model: ModelEntry, name: str) -> Dimension:
    """One dimension as its model describes it."""
    entry: DimensionEntry = model.dimensions[name]
    values = {key: Value(key, v.label, v.synonyms) for key, v in entry.values.items()}
    if entry.vocabulary is not None:
        values = _vocabulary() | values
    for group in entry.groups.values():
        if missing := set(group.values) - set(entry.values):
            raise wrong(f"{model.model}.{name}: a group names unknown values {sorted(missing)}.")
    return Dimension(
        name=name,
        model=model.model,
        label=entry.label,
        description=entry.description,
        type=entry.type,
        unit=entry.unit,
        synonyms=entry.synonyms,
        aliases=entry.aliases,
        roles=entry.roles,
        values=values,
        groups=tuple(ValueGroup(n, g.label, g.values, g.synonyms) for n, g in entry.groups.items()),
        rank_by=entry.rank_by,
        family=entry.family,
    )


def _vocabulary() -> dict[str, Value]:
    """The terms that notes are searched for, and the forms they are written in.

    Of the abbreviations only those of three letters or more: shorter ones mean something else in a question.
    """
    text = resources.files("prentice.deid").joinpath("findings", "vocabulary.yml").read_text("utf-8")
    try:
        groups = VocabularyEntry.model_validate(yaml.load(text, Loader=LOADER)).root
    except (ValidationError, yaml.YAMLError) as error:
        raise wrong(f"The vocabulary of findings cannot be read: {str(error)[:300]}") from error
    found: dict[str, Value] = {}
    for terms in groups.values():
        for label, forms in terms.items():
            key = spelling_key(label)
            found[key] = Value(key, label, tuple(form for form in forms if len(form) > 2))
    return found


def _joins(where: str, fact: FactEntry) -> dict[str, Join]:
    joins: dict[str, Join] = {}
    for name, entry in fact.joins.items():
        on = parse(entry.matching, where)
        if entry.relation.upper().startswith("SELECT"):
            source: exp.Expr = subquery(parse(entry.relation, where), name)
        else:
            source = view(entry.relation, name, fact.schema_)
        needs = {column.table for column in on.find_all(exp.Column)} - {fact.alias, name}
        if not needs <= set(joins):
            raise wrong(
                f"{where}: join '{name}' needs {sorted(needs - set(joins))}, which must stand before it."
            )
        time = parse(entry.time, where) if entry.time else None
        joins[name] = Join(name, source, on, time, frozenset(needs))
    return joins


def build_fact(
    model: ModelEntry,
    name: str,
    entry: FactEntry,
    shared: ModelEntry,
    dimensions: Described,
) -> Fact:
    where = f"{model.model}.{name}"
    joins = _joins(where, entry)

    def needs(expressions: Iterable[exp.Expr]) -> frozenset[str]:
        return joins_used(where, entry.alias, joins, expressions)

    axes: dict[str, Axis] = {}
    columns = {k: v for s in entry.sets for k, v in shared.sets[s].items()} | entry.dimensions
    for axis, text in columns.items():
        dimension = dimensions.get((model.model, axis)) or dimensions.get(("shared", axis))
        if dimension is None:
            raise wrong(f"{where}: dimension '{axis}' is not described.")
        axes[axis] = _axis(where, dimension, text, needs)
    time = parse(entry.time, where) if entry.time else None
    if time is not None and entry.clock:
        axes["weekday"] = _clock_axis(dimensions["shared", "weekday"], "ISODOW", time, needs)
        if entry.clock is True:
            axes["hour"] = _clock_axis(dimensions["shared", "hour"], "HOUR", time, needs)
    conditions = tuple(parse(condition, where) for condition in entry.where)
    per = None
    if entry.per:
        inner = {c: total_of(aggregate_of(sql, f"{where}.{c}")) for c, sql in entry.per.columns.items()}
        key = parse(entry.per.key, where)
        per = Per(key, inner, needs([key, *inner.values()]))
    return Fact(
        name=name,
        model=model.model,
        relation=entry.relation,
        alias=entry.alias,
        time=time,
        until_today=entry.until_today,
        where=conditions,
        needs=needs(conditions),
        joins=joins,
        axes=axes,
        per=per,
        schema=entry.schema_,
    )


def build_spine(shared: ModelEntry, dimensions: Described) -> Spine:
    entry = shared.spine
    if entry is None:
        raise wrong("shared.yml has no spine.")

    def listed(more: tuple[str, ...]) -> Fact:
        fact = FactEntry(
            relation=entry.relation, alias=entry.alias, where=entry.where + more, sets=(entry.set,)
        )
        return build_fact(shared, "spine", fact, shared, dimensions)

    narrower = {model: listed(more) for model, more in entry.where_for.items()}
    return Spine(listed(()), entry.family, narrower)


def _axis(where: str, dimension: Dimension, entry: AxisEntry, needs: Needs) -> Axis:
    if (entry.text is None) == (entry.value is None) or (entry.text is None) == (dimension.type == "text"):
        raise wrong(f"{where}.{dimension.name}: `text` for texts, `value` for the rest.")
    value = parse(entry.text or entry.value or "", where)
    key = None
    if dimension.type == "text":
        key = parse(entry.key, where) if entry.key else spelling_sql(value.copy())
    return Axis(dimension, value, key, needs([value, *([key] if key else [])]))


def _clock_axis(dimension: Dimension, part: str, time: exp.Expr, needs: Needs) -> Axis:
    extract = exp.Extract(this=exp.Var(this=part), expression=time.copy())
    return Axis(dimension, exp.cast(extract, "INT"), None, needs([time]))
