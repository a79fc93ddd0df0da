"""`models/*.yml` -> `Catalogue`. Whatever is wrong in a file stops the start and is named.

Checked: expressions parse and mention only relations and joins that exist, names and synonyms are
unique, every metric can be counted, and dimensions of one name on one metric mean one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources

import yaml
from pydantic import ValidationError
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from prentice.errors import BadConfiguration
from prentice.semantic.files import AxisEntry, DimensionEntry, FactEntry, JoinEntry, MetricEntry, ModelEntry
from prentice.semantic.model import (
    Axis,
    Catalogue,
    Caveat,
    Dimension,
    Fact,
    Join,
    Measure,
    MeasureAt,
    Metric,
    Model,
    NowWhen,
    Per,
    Spine,
    Value,
    ValueGroup,
)
from prentice.semantic.query import GRAINS
from prentice.semantic.select import subquery, view
from prentice.semantic.spelling import spelling_key, spelling_sql

Needs = Callable[[Iterable[exp.Expr]], frozenset[str]]  # the joins that expressions use

_FILES = ("shared", "sales", "stock", "orders", "appointments", "purchasing")
_WHOLE_UNITS = ("units", "transactions", "orders", "appointments", "products", "purchase orders", "count")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 10 times as quick where libyaml is there


def load_catalogue() -> Catalogue:
    """Read, build and check all models. Raises `BadConfiguration`."""
    entries = [_read(name) for name in _FILES]
    return build_catalogue(entries)


def build_catalogue(entries: Iterable[ModelEntry]) -> Catalogue:
    """The catalogue of these model files. Raises `BadConfiguration`, naming file and entry."""
    shared, *models = entries
    dimensions = {(m.model, name): _dimension(m, name) for m in (shared, *models) for name in m.dimensions}
    facts: dict[str, Fact] = {}
    for model in models:
        for name, entry in model.facts.items():
            if name in facts:
                raise _wrong(f"Two facts are called '{name}'.")
            facts[name] = _fact(model, name, entry, shared, dimensions)
    measures = _measures(models, facts)
    metrics: dict[str, Metric] = {}
    for model in models:
        for name, metric in model.metrics.items():
            if name in metrics:
                raise _wrong(f"Two metrics are called '{name}'.")
            metrics[name] = _metric(model, name, metric, measures, metrics)
    catalogue = Catalogue(
        models={m.model: Model(m.model, m.label, m.description) for m in models},
        metrics=metrics,
        dimensions=tuple(dimensions.values()),
        measures=measures,
        facts=facts,
        spine=_spine(shared, dimensions),
    )
    _check_words(catalogue)
    _check_references(catalogue)
    return catalogue


def _read(name: str) -> ModelEntry:
    text = resources.files("prentice.semantic").joinpath("models", f"{name}.yml").read_text("utf-8")
    try:
        return ModelEntry.model_validate(yaml.load(text, Loader=_LOADER))
    except (ValidationError, yaml.YAMLError) as error:
        raise _wrong(f"models/{name}.yml cannot be read: {str(error)[:500]}") from error


def _wrong(message: str) -> BadConfiguration:
    return BadConfiguration(message, "Correct the file in prentice/semantic/models.")


def _parse(sql: str, where: str) -> exp.Expr:
    try:
        parsed = parse_one(sql, read="postgres")
    except ParseError as error:
        raise _wrong(f"{where}: cannot parse {sql!r}.") from error
    for anonymous in parsed.find_all(exp.Anonymous):
        raise _wrong(f"{where}: unknown function {anonymous.name!r}.")
    return parsed


def _dimension(model: ModelEntry, name: str) -> Dimension:
    entry: DimensionEntry = model.dimensions[name]
    for group in entry.groups.values():
        if missing := set(group.values) - set(entry.values):
            raise _wrong(f"{model.model}.{name}: a group names unknown values {sorted(missing)}.")
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
        values={key: Value(key, v.label, v.synonyms) for key, v in entry.values.items()},
        groups=tuple(ValueGroup(n, g.label, g.values, g.synonyms) for n, g in entry.groups.items()),
        rank_by=entry.rank_by,
        family=entry.family,
    )


def _joins(where: str, alias: str, entries: Mapping[str, JoinEntry]) -> dict[str, Join]:
    joins: dict[str, Join] = {}
    for name, entry in entries.items():
        on = _parse(entry.matching, where)
        if entry.relation.upper().startswith("SELECT"):
            source: exp.Expr = subquery(_parse(entry.relation, where), name)
        else:
            source = view(entry.relation, name)
        needs = {column.table for column in on.find_all(exp.Column)} - {alias, name}
        if not needs <= set(joins):
            raise _wrong(
                f"{where}: join '{name}' needs {sorted(needs - set(joins))}, which must stand before it."
            )
        time = _parse(entry.time, where) if entry.time else None
        joins[name] = Join(name, source, on, time, frozenset(needs))
    return joins


def _fact(
    model: ModelEntry,
    name: str,
    entry: FactEntry,
    shared: ModelEntry,
    dimensions: Mapping[tuple[str, str], Dimension],
) -> Fact:
    where = f"{model.model}.{name}"
    joins = _joins(where, entry.alias, entry.joins)

    def needs(expressions: Iterable[exp.Expr]) -> frozenset[str]:
        return _needs(where, entry.alias, joins, expressions)

    axes: dict[str, Axis] = {}
    columns = {k: v for s in entry.sets for k, v in shared.sets[s].items()} | entry.dimensions
    for axis, text in columns.items():
        dimension = dimensions.get((model.model, axis)) or dimensions.get(("shared", axis))
        if dimension is None:
            raise _wrong(f"{where}: dimension '{axis}' is not described.")
        axes[axis] = _axis(where, dimension, text, needs)
    time = _parse(entry.time, where) if entry.time else None
    if time is not None and entry.clock:
        axes["weekday"] = _clock_axis(dimensions["shared", "weekday"], "ISODOW", time, needs)
        if entry.clock is True:
            axes["hour"] = _clock_axis(dimensions["shared", "hour"], "HOUR", time, needs)
    conditions = tuple(_parse(condition, where) for condition in entry.where)
    per = None
    if entry.per:
        inner = {c: _total(_aggregate(sql, f"{where}.{c}")) for c, sql in entry.per.columns.items()}
        key = _parse(entry.per.key, where)
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
    )


def _spine(shared: ModelEntry, dimensions: Mapping[tuple[str, str], Dimension]) -> Spine:
    entry = shared.spine
    if entry is None:
        raise _wrong("shared.yml has no spine.")

    def listed(more: tuple[str, ...]) -> Fact:
        fact = FactEntry(
            relation=entry.relation, alias=entry.alias, where=entry.where + more, sets=(entry.set,)
        )
        return _fact(shared, "spine", fact, shared, dimensions)

    narrower = {model: listed(more) for model, more in entry.where_for.items()}
    return Spine(listed(()), entry.family, narrower)


def _needs(
    where: str, alias: str, joins: Mapping[str, Join], expressions: Iterable[exp.Expr]
) -> frozenset[str]:
    """The joins that these expressions use, and those that the joins use."""
    used = {column.table for e in expressions for column in e.find_all(exp.Column) if column.table}
    used -= {alias}
    if strange := used - set(joins):
        raise _wrong(f"{where}: no relation or join is called {sorted(strange)}.")
    for name in list(used):
        used |= joins[name].needs
    return frozenset(used)


def _axis(where: str, dimension: Dimension, entry: AxisEntry, needs: Needs) -> Axis:
    if (entry.text is None) == (entry.value is None) or (entry.text is None) == (dimension.type == "text"):
        raise _wrong(f"{where}.{dimension.name}: `text` for texts, `value` for the rest.")
    value = _parse(entry.text or entry.value or "", where)
    key = None
    if dimension.type == "text":
        key = _parse(entry.key, where) if entry.key else spelling_sql(value.copy())
    return Axis(dimension, value, key, needs([value, *([key] if key else [])]))


def _clock_axis(dimension: Dimension, part: str, time: exp.Expr, needs: Needs) -> Axis:
    extract = exp.Extract(this=exp.Var(this=part), expression=time.copy())
    return Axis(dimension, exp.cast(extract, "INT"), None, needs([time]))


def _aggregate(sql: str, where: str) -> exp.Expr:
    parsed = _parse(sql, where)
    if parsed.find(exp.AggFunc) is None:
        raise _wrong(f"{where}: {sql!r} does not aggregate.")
    return parsed


def _total(aggregate: exp.Expr) -> exp.Expr:
    """A sum over nothing is 0, so that what follows need not ask."""
    if _is_count(aggregate):
        return aggregate
    return exp.Coalesce(this=aggregate, expressions=[exp.Literal.number(0)])


def _is_count(aggregate: exp.Expr) -> bool:
    return isinstance(aggregate.this if isinstance(aggregate, exp.Filter) else aggregate, exp.Count)


def _measures(models: Iterable[ModelEntry], facts: Mapping[str, Fact]) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for model in models:
        for name, places in model.measures.items():
            if name in measures:
                raise _wrong(f"Two measures are called '{name}'.")
            shown = next((m for n, m in model.metrics.items() if (m.expr or n) == name), None)
            at = tuple(_at(name, facts, *place) for place in places.items())
            counted = all(_is_count(place.aggregate) for place in at)
            measures[name] = Measure(name, at, counted or (shown is not None and shown.unit in _WHOLE_UNITS))
    return measures


def _at(name: str, facts: Mapping[str, Fact], fact_name: str, sql: str) -> MeasureAt:
    fact = facts.get(fact_name)
    if fact is None:
        raise _wrong(f"Measure '{name}' is counted on the unknown fact '{fact_name}'.")
    parsed = _aggregate(sql, name)
    if fact.per:
        needs = frozenset[str]()
        if strange := {c.name for c in parsed.find_all(exp.Column)} - set(fact.per.columns):
            raise _wrong(f"Measure '{name}' uses {sorted(strange)}, which '{fact_name}' does not make.")
    else:
        needs = _needs(name, fact.alias, fact.joins, [parsed])
    distinct = fact.per is not None or parsed.find(exp.Distinct) is not None
    return MeasureAt(fact, _total(parsed), needs, distinct)


def _metric(
    model: ModelEntry,
    name: str,
    entry: MetricEntry,
    measures: Mapping[str, Measure],
    metrics: Mapping[str, Metric],
) -> Metric:
    if entry.share_of is not None and entry.share_of not in metrics:
        raise _wrong(f"Metric '{name}' is a share of '{entry.share_of}', which must stand before it.")
    expression = _parse(entry.expr or entry.share_of or name, name)
    if entry.share_of:
        expression = metrics[entry.share_of].expression
    used = list(dict.fromkeys(column.name for column in expression.find_all(exp.Column)))
    if missing := [m for m in used if m not in measures]:
        raise _wrong(f"Metric '{name}' uses unknown measures {missing}.")
    parts = tuple(measures[m] for m in used)
    finest = [at.fact for part in parts for at in part.at]
    shared_axes = [axis for axis in _all_axes(parts[0]) if all(axis in _all_axes(p) for p in parts)]
    for axis in shared_axes:
        if len({id(f.axes[axis].dimension) for f in finest if axis in f.axes}) > 1:
            raise _wrong(f"Metric '{name}' mixes two meanings of '{axis}'.")
    if not all(any(all(axis in at.fact.axes for axis in shared_axes) for at in part.at) for part in parts):
        raise _wrong(f"Metric '{name}' has no fact with all of its dimensions.")
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
        expression=_ratios(expression),
        share_of=entry.share_of,
        measures=parts,
        additive=additive,
        dimensions=tuple(shared_axes),
        dated=any(fact.time is not None for fact in finest),
        over_time=all(fact.time is not None for fact in finest),
    )


def _all_axes(measure: Measure) -> list[str]:
    return list(dict.fromkeys(axis for at in measure.at for axis in at.fact.axes))


def _ratios(expression: exp.Expr) -> exp.Expr:
    """`a / b` as `a * 1.0 / NULLIF(b, 0)`: no whole-number division, and nothing over nothing is null."""
    expression = expression.copy()
    for division in list(expression.find_all(exp.Div)):
        if not isinstance(division.right, exp.Nullif):
            below = division.right.unnest()
            division.set("this", exp.Mul(this=division.left.copy(), expression=exp.Literal.number("1.0")))
            division.set("expression", exp.Nullif(this=below.copy(), expression=exp.Literal.number(0)))
    return expression


def _check_words(catalogue: Catalogue) -> None:
    """No word of the trade may mean two metrics, or two dimensions."""
    for kind, things in (("metric", catalogue.metrics.values()), ("dimension", catalogue.dimensions)):
        owners: dict[str, str] = {}
        for thing in things:
            for word in dict.fromkeys(spelling_key(w) for w in thing.synonyms):
                owner = owners.setdefault(word, thing.name)
                if owner != thing.name:
                    raise _wrong(f"'{word}' is a synonym of two {kind}s: '{owner}' and '{thing.name}'.")


def _check_references(catalogue: Catalogue) -> None:
    for metric in catalogue.metrics.values():
        named = [n for caveat in metric.caveats for n in (caveat.metric, caveat.of) if n]
        if missing := [n for n in named if n not in catalogue.metrics]:
            raise _wrong(f"A caveat of '{metric.name}' names unknown metrics {missing}.")
        if metric.now_when and metric.now_when.dimension not in metric.dimensions:
            raise _wrong(f"'{metric.name}' has no dimension '{metric.now_when.dimension}'.")
    for dimension in catalogue.dimensions:
        if dimension.rank_by is not None and dimension.rank_by not in catalogue.metrics:
            raise _wrong(f"'{dimension.name}' is ranked by the unknown metric '{dimension.rank_by}'.")
    cuts = {d.name for d in catalogue.dimensions}
    if clash := cuts & (set(GRAINS) | set(catalogue.measures)):
        raise _wrong(f"A dimension is called like a grain or a measure: {sorted(clash)}.")
