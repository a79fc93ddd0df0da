"""A Query about patients -> one SELECT over the anonymised copy, and what is to be withheld of its rows.

members (one row a person and group) -> flags and sums of each -> counted by group. Nothing is filtered,
ordered or cut by a figure here: that is done after small groups were withheld, by `warehouse.patients`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import parse_one

from prentice.errors import BadQuery
from prentice.semantic.model import Metric
from prentice.semantic.parameters import Parameters
from prentice.semantic.people_rows import settled
from prentice.semantic.people_shape import LENS_OF, RESTS_ON, Figure, PeopleShape, Span
from prentice.semantic.predicates import (
    Every,
    Has,
    Is,
    Known,
    No,
    Place,
    Predicate,
    Simple,
    Some,
    place_of,
    who_of,
)
from prentice.semantic.resolve import Resolved
from prentice.semantic.safety import assert_safe
from prentice.semantic.statement import ColumnKind, Dialect, ResultColumn, Statement
from prentice.semantic.years import span_of

MOST_DIMENSIONS = 3  # more make groups of a few people, all of them withheld
_ALIAS = {"person": "p", "order": "o", "finding": "f"}
_TABLE = {"order": "order_year", "finding": "finding_year"}


def compile_people(
    resolved: Resolved, parameters: Parameters, notes: tuple[str, ...], dialect: Dialect
) -> Statement:
    """The statement for a query of the patients model, by years already. Raises `BadQuery`."""
    shape = shape_of(resolved)
    columns = _columns(resolved, shape)
    query = settled(resolved.query, [column.name for column in columns], resolved.dimensions)
    shape = replace(shape, query=query)
    text = _Text(shape, resolved, parameters).whole()
    tree = parse_one(text, read="postgres")
    placeholders = assert_safe(tree, resolved.catalogue, schema="anonymised")
    return Statement(
        sql=tree.sql(dialect, pretty=True, max_text_width=100),
        parameters=parameters.named(placeholders),
        columns=columns,
        notes=(*notes, *resolved.notes),
        people=shape,
    )


def shape_of(resolved: Resolved) -> PeopleShape:
    """Who is counted, and how. Raises `BadQuery` for what cannot be told of people."""
    query = resolved.query
    if query.running_totals:
        raise BadQuery(
            "Patients of several years are the same people again, so they have no running total.",
            "Ask for them by year.",
        )
    if query.include_empty:
        raise BadQuery("Only a list of products can include those that have no row.", "Leave it out.")
    if len(resolved.dimensions) > MOST_DIMENSIONS:
        raise BadQuery(
            f"Patients can be broken down by {MOST_DIMENSIONS} things at once, and by year.",
            "Leave some of them out.",
        )
    figures = tuple(_figure(metric) for metric in resolved.counted)
    measures = [m for f in figures for m in (f.above, f.below) if m]
    measures += [RESTS_ON[m] for m in measures if m in RESTS_ON]
    shown = {f.metric for f in figures if f.below is None}
    counts = [m for f in figures if f.below for m in (f.above, f.below) if m and m not in RESTS_ON]
    spans = [span_of(query.range)]
    if query.compare:
        spans.append(span_of(query.compare.range))
    return PeopleShape(
        query=query,
        spans=tuple(spans),
        by_year=query.grain is not None,
        dimensions=tuple(d.name for d in resolved.dimensions),
        who=who_of(query.filters, lambda field: resolved.filtered[field]),
        measures=tuple(dict.fromkeys(measures)),
        figures=figures,
        shares=tuple(m.name for m in resolved.shares),
        beside=tuple(m for m in dict.fromkeys(counts) if m not in shown),
    )


def _figure(metric: Metric) -> Figure:
    names = [measure.name for measure in metric.measures]
    return Figure(metric.name, names[0], names[1] if len(names) > 1 else None, names[0] not in RESTS_ON)


def _columns(resolved: Resolved, shape: PeopleShape) -> tuple[ResultColumn, ...]:
    found = [ResultColumn("year", "dimension", None, None, "Year", "dimension")] if shape.by_year else []
    found += [
        ResultColumn(d.name, "dimension", None, d.unit, d.label, "dimension") for d in resolved.dimensions
    ]
    kinds: list[ColumnKind] = ["value"]
    if resolved.query.compare:
        kinds += ["previous", "change", "change_pct"]
    found += [_column(metric, kind) for metric in resolved.metrics for kind in kinds]
    found += [_column(metric, "share") for metric in resolved.shares]
    found += [_column(resolved.catalogue.metric(name), "value") for name in shape.beside]
    names = [column.name for column in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadQuery(f"Two columns of the result would be called '{min(twice)}'.", "Leave one of them out.")
    return tuple(found)


_LABELS: dict[ColumnKind, str] = {
    "previous": "{}, other period",
    "change": "{}, change",
    "change_pct": "{}, change %",
    "share": "{}, share",
}


def _column(metric: Metric, kind: ColumnKind) -> ResultColumn:
    name = metric.name if kind == "value" else f"{metric.name}_{kind}"
    unit = "ratio" if kind in ("share", "change_pct") else metric.unit
    return ResultColumn(name, "metric", metric.name, unit, _LABELS.get(kind, "{}").format(metric.label), kind)


class _Text:
    """The text of one statement. Identifiers come from the models, values only as placeholders."""

    def __init__(self, shape: PeopleShape, resolved: Resolved, parameters: Parameters) -> None:
        self.shape, self.resolved, self.parameters = shape, resolved, parameters
        self.fact = resolved.metrics[0].measures[0].at[0].fact
        self.aggregates = {
            measure.name: measure.at[0].aggregate.sql("postgres")
            for measure in resolved.catalogue.measures.values()
            if measure.at[0].fact is self.fact
        }

    def whole(self) -> str:
        parts = [self._part(n, span) for n, span in enumerate(self.shape.spans)]
        return parts[0] if len(parts) == 1 else f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS spans"

    def _part(self, number: int, span: Span) -> str:
        keys = ["year"] if self.shape.by_year else []
        keys += self.shape.dimensions
        shown = [f"{number} AS span"] if len(self.shape.spans) > 1 else []
        shown += [f"m.{key}" for key in keys]
        shown += [f"{self.aggregates[m]} AS {m}" for m in self.shape.measures]
        text = f"SELECT {', '.join(shown)} FROM ({self._members(span)}) AS m {self._joins(span)}"
        return text + (f" GROUP BY {', '.join(f'm.{key}' for key in keys)}" if keys else "")

    def _members(self, span: Span) -> str:
        """One row for each person and each group that the person is in."""
        keys = ["t.year"] if self.shape.by_year else []
        keys += [f"{self._value(name)} AS {name}" for name in self.shape.dimensions]
        text = f"SELECT DISTINCT {', '.join(['p.person_id', *keys])} FROM anonymised.person AS p"
        places = {place_of(name) for name in self.shape.dimensions}
        if self.shape.by_year:
            text += " JOIN anonymised.person_year AS t ON t.person_id = p.person_id AND t.active"
            text += "".join(f" AND {c}" for c in self._bounds("t", span))
        for place in ("order", "finding"):
            if place in places:
                text += f" JOIN anonymised.{_TABLE[place]} AS {_ALIAS[place]}"
                text += f" ON {' AND '.join(self._tied(_ALIAS[place], span))}"
        where = self._where(span, places)
        return text + (f" WHERE {' AND '.join(where)}" if where else "")

    def _where(self, span: Span, places: set[Place]) -> list[str]:
        found: list[str] = []
        if span.dated and not self.shape.by_year:
            conditions = ["t.person_id = p.person_id", "t.active", *self._bounds("t", span)]
            found.append(
                f"EXISTS(SELECT 1 FROM anonymised.person_year AS t WHERE {' AND '.join(conditions)})"
            )
        who = self.shape.who
        for place, rows in (("order", who.orders), ("finding", who.findings)):
            if rows and place in places:  # of the very order that the person is grouped by
                found += [self._simple(one) for one in rows]
            elif rows:
                found.append(self._exists(place, rows, span))
        return found + [self._predicate(one, span) for one in who.others]

    def _value(self, name: str) -> str:
        return self.fact.axes[name].value.sql("postgres")

    def _tied(self, alias: str, span: Span) -> list[str]:
        """A row of the same person, of the same year where there is one."""
        conditions = [f"{alias}.person_id = p.person_id"]
        return conditions + ([f"{alias}.year = t.year"] if self.shape.by_year else self._bounds(alias, span))

    def _exists(self, place: str, rows: Iterable[Simple], span: Span) -> str:
        alias = _ALIAS[place]
        conditions = [*self._tied(alias, span), *(self._simple(one) for one in rows)]
        return f"EXISTS(SELECT 1 FROM anonymised.{_TABLE[place]} AS {alias} WHERE {' AND '.join(conditions)})"

    def _predicate(self, one: Predicate, span: Span) -> str:
        match one:
            case Every():
                return f"({' AND '.join(self._predicate(part, span) for part in one.parts)})"
            case Some():
                return f"({' OR '.join(self._predicate(part, span) for part in one.parts)})"
            case No():
                return f"NOT ({self._predicate(one.part, span)})"
            case Is() | Has() | Known():
                place = place_of(one.field)
                return self._simple(one) if place == "person" else self._exists(place, [one], span)

    def _simple(self, one: Simple) -> str:
        """True or false and never unknown, so that its negation is the others."""
        value = self._value(one.field)
        match one:
            case Known():
                return f"({value} IS NOT NULL)"
            case Has():
                return f"(COALESCE(STRPOS({_spelled(value)}, {self._given(one.key)}), 0) > 0)"
            case Is() if self.resolved.filtered[self._named(one.field)].type == "boolean":
                return f"({' OR '.join(f'{value} IS {key.upper()}' for key in one.keys)})"
            case Is():
                keys = ", ".join(self._given(key) for key in one.keys)
                return f"COALESCE({_spelled(value)} IN ({keys}), FALSE)"

    def _named(self, field: str) -> str:
        return next(name for name, d in self.resolved.filtered.items() if d.name == field)

    def _given(self, key: str) -> str:
        return f"CAST({self.parameters.value(key).sql('postgres')} AS TEXT)"

    def _bounds(self, alias: str, span: Span) -> list[str]:
        found = []
        if span.first is not None:
            found.append(f"{alias}.year >= {self.parameters.value(span.first).sql('postgres')}")
        if span.last is not None:
            found.append(f"{alias}.year <= {self.parameters.value(span.last).sql('postgres')}")
        return found

    def _joins(self, span: Span) -> str:
        """What the measures look at: the person, and what the person did in those years."""
        used = " ".join(self.aggregates[m] for m in self.shape.measures)
        year = ["year"] if self.shape.by_year else []
        text = ""
        if "p." in used:
            text += " JOIN anonymised.person AS p ON p.person_id = m.person_id"
        lenses = ", ".join(
            f"COUNT(*) FILTER (WHERE {_spelled('x.lens_type')} = '{key}') AS {key}"
            for measure, key in LENS_OF.items()
            if measure in self.shape.measures
        )
        for alias, table, columns in (
            (
                "t",
                "person_year",
                "COUNT(*) FILTER (WHERE x.active) AS active, SUM(x.spend) AS spend, SUM(x.orders) AS orders",
            ),
            ("l", "order_year", lenses),
            ("g", "finding_year", "COUNT(*) AS findings"),
        ):
            if f"{alias}." not in used:
                continue
            keys = ", ".join(f"x.{key}" for key in ["person_id", *year])
            bounds = self._bounds("x", span)
            where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
            on = " AND ".join(f"{alias}.{key} = m.{key}" for key in ["person_id", *year])
            text += f" LEFT JOIN (SELECT {keys}, {columns} FROM anonymised.{table} AS x{where}"
            text += f" GROUP BY {keys}) AS {alias} ON {on}"
        return text


def _spelled(value: str) -> str:
    return f"LOWER(TRANSLATE(TRIM({value}), ' -', '__'))"
