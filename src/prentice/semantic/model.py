"""What may be asked: metrics, dimensions, and the facts they are counted on.

`Catalogue.load()` reads `models/*.yml` once per process (`load.py` checks them); everything here is
immutable. The SQL expressions are parsed at load and copied, never changed, by the compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from rapidfuzz import fuzz, process
from sqlglot import exp

from prentice.errors import BadQuery
from prentice.semantic.query import GRAINS
from prentice.semantic.spelling import spelling_key

DimensionType = Literal["text", "number", "boolean", "weekday", "hour"]
DefaultRange = Literal["last 12 complete months", "90 days", "now", "all years"]
Better = Literal["higher", "lower", "neutral"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an enumerated dimension; `key` is its normalised spelling (see `spelling_key`)."""

    key: str
    label: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """Words that mean several values at once: "hi-index", "open"."""

    name: str
    label: str
    values: tuple[str, ...]  # keys
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """Something a metric can be broken down or filtered by. `roles` empty: everyone may."""

    name: str
    model: str
    label: str
    description: str
    type: DimensionType
    unit: str | None
    synonyms: tuple[str, ...]
    aliases: tuple[str, ...]
    roles: frozenset[str]
    values: Mapping[str, Value]
    groups: tuple[ValueGroup, ...]
    rank_by: str | None  # the metric a ranking of this goes by where the question names none
    family: str | None  # 'product': members can stand in a list though they have no row

    def meaning(self, said: str) -> tuple[str, ...]:
        """The keys of the described values that `said` names, in the trade's words too; () where none.

        >>> Catalogue.load().dimension("lens_type").meaning("varifocals")
        ('progressive',)
        """
        key = spelling_key(said)
        if key in self.values:
            return (key,)
        for value in self.values.values():
            if key in map(spelling_key, value.synonyms):
                return (value.key,)
        for group in self.groups:
            if key == spelling_key(group.name) or key in map(spelling_key, group.synonyms):
                return group.values
        return ()

    def keys_for(self, said: str) -> tuple[str, ...]:
        """What `said` is compared with: its own spelling (a practice may store that), and what it means."""
        return tuple(dict.fromkeys((spelling_key(said), *self.meaning(said))))


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """A many-to-one join: it adds columns to a row and never a row."""

    alias: str
    source: exp.Expr  # a view of schema `prentice`, or an aggregate of one
    on: exp.Expr
    time: exp.Expr | None  # inside an aggregate: bounded by the same dates as the fact
    needs: frozenset[str]  # other joins that its condition mentions


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A dimension on one fact: what is shown, and what is grouped by where that differs."""

    dimension: Dimension
    value: exp.Expr
    key: exp.Expr | None
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Per:
    """A first step of aggregation: one row per `key` (a sale) with `columns`, before measures are taken."""

    key: exp.Expr
    columns: Mapping[str, exp.Expr]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """Rows that can be counted: one view, its fixed conditions, its time, and what it can be cut by."""

    name: str
    model: str
    relation: str
    alias: str
    time: exp.Expr | None  # None: known only as it stands now
    until_today: bool  # rows after today do not exist yet
    where: tuple[exp.Expr, ...]
    needs: frozenset[str]  # joins the fixed conditions mention
    joins: Mapping[str, Join]
    axes: Mapping[str, Axis]
    per: Per | None
    schema: str = "prentice"  # 'anonymised': the copy, which is another database

    def carries(self, names: Iterable[str]) -> bool:
        return all(name in self.axes or (name in GRAINS and self.time is not None) for name in names)


@dataclass(frozen=True, slots=True, eq=False)
class MeasureAt:
    """One way to count a measure: an aggregate over one fact."""

    fact: Fact
    aggregate: exp.Expr
    needs: frozenset[str]
    distinct: bool  # a row of the fact can belong to several groups of products


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """An aggregate, at one or more facts, coarsest first."""

    name: str
    at: tuple[MeasureAt, ...]
    whole: bool  # a count; a sum of quantities need not be whole


@dataclass(frozen=True, slots=True)
class Caveat:
    """A sentence that belongs beside the number when `metric` is positive (or zero).

    `{n}` is the value of `metric`, `{of}` that of `of`, under the same query.
    """

    metric: str
    of: str | None
    when: Literal["positive", "zero"]
    text: str


@dataclass(frozen=True, slots=True)
class NowWhen:
    """A metric counted as it stands now when a filter keeps it to these values."""

    dimension: str
    values: frozenset[str]


# The models that are not everybody's of a role: each person is given them. Model -> the grant's name.
GRANT_OF: Mapping[str, str] = {"patients": "patients"}


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A governed number. `unit` is 'currency' (the practice's), 'ratio' (0 to 1), 'units', 'days', …"""

    name: str
    model: str
    label: str
    description: str
    unit: str
    decimals: int | None
    better: Better
    synonyms: tuple[str, ...]
    roles: frozenset[str]  # empty: everyone
    default_range: DefaultRange
    now_when: NowWhen | None
    caveats: tuple[Caveat, ...]
    hidden: bool
    expression: exp.Expr  # over measures, as columns
    share_of: str | None
    measures: tuple[Measure, ...]
    additive: bool  # a sum of measures, so that groups and periods add up
    dimensions: tuple[str, ...]  # what it can be broken down by; grains beside when `dated`
    dated: bool  # follows dates in some part
    over_time: bool  # every part has a time: can be shown by day, week, …

    @property
    def grant(self) -> str | None:
        """What whoever asks must have been given, whatever the role; None: the role alone decides."""
        return GRANT_OF.get(self.model)

    def seen_by(self, role: str, grants: frozenset[str]) -> bool:
        return (not self.roles or role in self.roles) and (self.grant is None or self.grant in grants)


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """The members of a family of dimensions, whether or not a metric has a row for them."""

    fact: Fact
    family: str
    narrower: Mapping[str, Fact]  # by model: stock lists no services

    def fact_for(self, models: frozenset[str]) -> Fact:
        """The list that fits metrics of these models."""
        return self.narrower.get(next(iter(models)), self.fact) if len(models) == 1 else self.fact


@dataclass(frozen=True)
class Model:
    """One subject: sales, stock, orders, appointments, purchasing, patients."""

    name: str
    label: str
    description: str


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Every metric and dimension. Names are stable; lookups raise `BadQuery` with the nearest name."""

    models: Mapping[str, Model]
    metrics: Mapping[str, Metric]
    dimensions: tuple[Dimension, ...]
    measures: Mapping[str, Measure]
    facts: Mapping[str, Fact]
    spine: Spine

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Catalogue:
        """The models that come with Prentice. Raises `BadConfiguration` where a model file is wrong."""
        from prentice.semantic.load import load_catalogue

        return load_catalogue()

    @cached_property
    def _dimensions_by_name(self) -> dict[str, tuple[Dimension, ...]]:
        found: dict[str, tuple[Dimension, ...]] = {}
        for dimension in self.dimensions:
            for name in (dimension.name, *dimension.aliases):
                found[name] = (*found.get(name, ()), dimension)
        return found

    @cached_property
    def _metric_words(self) -> dict[str, str]:
        words = {spelling_key(s): m.name for m in self.metrics.values() for s in (*m.synonyms, m.label)}
        return words | {name: name for name in self.metrics}

    @cached_property
    def _dimension_words(self) -> dict[str, str]:
        words = {spelling_key(s): d.name for d in self.dimensions for s in (*d.synonyms, *d.aliases, d.label)}
        return words | {d.name: d.name for d in self.dimensions}

    @cached_property
    def relations(self) -> frozenset[str]:
        """The views of schema `prentice` that statements may read."""
        return self.relations_of("prentice") | {self.spine.fact.relation}

    def relations_of(self, schema: str) -> frozenset[str]:
        """The relations of `schema` that the models mention; no statement reads another."""
        facts = [fact for fact in self.facts.values() if fact.schema == schema]
        tables = {fact.relation for fact in facts}
        for fact in facts:
            for join in fact.joins.values():
                tables |= {table.name for table in join.source.find_all(exp.Table)}
        return frozenset(tables)

    def metric(self, name: str) -> Metric:
        """The metric called `name`; `BadQuery` with the nearest one where there is none.

        >>> Catalogue.load().metric("revenue").label
        'Revenue'
        """
        found = self.metrics.get(name)
        if found is None:
            visible = [m.name for m in self.metrics.values() if not m.hidden]
            raise BadQuery(*unknown("metric", name, self._metric_words, visible))
        return found

    def dimension(self, name: str, metric: str | None = None) -> Dimension:
        """The dimension called `name`. Some names mean different things for different metrics (`status`):
        `metric` then decides, and without it the first model's is given. Raises `BadQuery`.

        >>> Catalogue.load().dimension("status", "appointments").label
        'Appointment status'
        """
        found = self._dimensions_by_name.get(name)
        if not found:
            names = list(dict.fromkeys(d.name for d in self.dimensions))
            raise BadQuery(*unknown("dimension", name, self._dimension_words, names))
        if metric is not None:
            mine = [d for d in self.dimensions_of(metric) if d in found]
            return mine[0] if mine else found[0]
        return found[0]

    def has_dimension(self, name: str) -> bool:
        return name in self._dimensions_by_name

    def dimensions_of(self, metric: str) -> tuple[Dimension, ...]:
        """What the metric can be broken down by, grains aside."""
        found = self.metric(metric)
        axes = found.measures[0].at[-1].fact.axes
        return tuple(axes[name].dimension for name in found.dimensions)

    def visible_to(self, role: str, grants: frozenset[str] = frozenset()) -> tuple[Metric, ...]:
        """The metrics that this role may see with these grants, hidden ones aside."""
        return tuple(m for m in self.metrics.values() if not m.hidden and m.seen_by(role, grants))


def unknown(kind: str, name: str, words: Mapping[str, str], names: Iterable[str]) -> tuple[str, str]:
    """Message and next step for a name that does not exist.

    >>> unknown("metric", "revnue", {"revenue": "revenue"}, ["revenue"])[0]
    "Unknown metric 'revnue'. Did you mean 'revenue'?"
    """
    shown = name if len(name) <= 40 else name[:40] + "…"
    near = process.extract(spelling_key(name), words.keys(), scorer=fuzz.WRatio, limit=5, score_cutoff=70)
    suggestions = list(dict.fromkeys(words[word] for word, _, _ in near))[:3]
    message = f"Unknown {kind} '{shown}'."
    if suggestions:
        message += " Did you mean " + " or ".join(f"'{s}'" for s in suggestions) + "?"
    return message, f"Choose one of: {', '.join(names)}."
