"""Who stands behind a figure: the copy's people as sets, in memory, one index for each run of the copy.

A set is an array of flags, one a person, in the order of their tokens. The figures themselves come from
SQL; the counts among them are held against these sets, so that a fault in either stops the answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from prentice.semantic.model import Catalogue
from prentice.semantic.people_shape import LENS_OF, Span
from prentice.semantic.predicates import (
    Every,
    Has,
    Is,
    Known,
    No,
    Predicate,
    Simple,
    Some,
    Who,
    place_of,
)
from prentice.semantic.spelling import spelling_key
from prentice.warehouse.cells import Cell
from prentice.warehouse.prints import Marks, Print, marks_of, numbers_of, some_codes, with_value

People = npt.NDArray[np.bool_]
Read = Callable[[str], list[list[Any]]]
Keys = tuple[tuple[str, Cell], ...]

_FIELDS = ("age_group", "country", "us_state", "refractive_group", "contact_lens_wearer")
_KEPT = 600  # sets kept packed: 12 kB each at 100,000 people
_INDEXES = 8  # copies kept in memory; a practice of 10,000 people takes about 3 MB


@dataclass(frozen=True, slots=True)
class Group:
    """People by what they are, for one figure: those of `span` and `who` whose `keys` are these, and of whom
    the measure is true. Can be written down, and looked up again in a newer copy."""

    span: Span
    who: Who
    keys: Keys
    measure: str


@dataclass(eq=False)
class Persons:
    """The index of one run of the copy. Safe between threads once it is made."""

    run_id: str
    number: int
    fields: Mapping[str, Mapping[Cell, People]]
    measures: Mapping[str, People]  # of the person alone: 'myopic_patients'
    active: Mapping[int, People]
    orders: Mapping[tuple[int, Cell, Cell, Cell], npt.NDArray[np.int64]]
    findings: Mapping[tuple[int, Cell], npt.NDArray[np.int64]]
    codes: Marks  # a number for each person, the same in every copy
    spheres: Marks  # and with what each adds to a sum: of spheres, and in each year of spend and of orders
    spend: Mapping[int, Marks]
    ordered: Mapping[int, Marks]
    values: Mapping[str | tuple[str, int], Marks]  # what each adds, without whose it is
    _packed: OrderedDict[Group, bytes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def years(self) -> list[int]:
        return sorted(self.active)

    def of(self, group: Group) -> People:
        """The people of a group."""
        with self._lock:
            packed = self._packed.get(group)
        if packed is not None:
            bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=self.number)
            return bits.view(np.bool_)
        people = self._find(group)
        with self._lock:
            self._packed[group] = np.packbits(people).tobytes()
            if len(self._packed) > _KEPT:
                self._packed.popitem(last=False)
        return people

    def by_year(self, group: Group) -> People:
        """Which people of a group in which years, one year after the other: what a sum over years adds up."""
        people = self.of(group)
        parts = [
            (people & here) if group.span.holds(year) else np.zeros(self.number, dtype=np.bool_)
            for year, here in sorted(self.active.items())
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)

    @cached_property
    def some_codes(self) -> tuple[int, ...]:
        return some_codes(self.codes)

    def print_of(self, group: Group) -> Print:
        """What tells in a later copy whether the people of this group changed."""
        there = self.of(group)
        codes = self.codes[there]
        numbers = numbers_of(codes, codes)
        if group.measure == "patients_with_sphere":
            numbers += numbers_of(codes, self.spheres[there])
            values = self.values["sphere"][there]
            return Print(int(there.sum()), numbers, numbers_of(values, values))
        return Print(int(there.sum()), numbers)

    def print_by_year(self, group: Group) -> Print:
        """The same of a group whose spend and orders were added up over its years."""
        people, numbers, values = self.of(group), tuple[int, ...](), tuple[int, ...]()
        here = [(year, people & active) for year, active in self.active.items() if group.span.holds(year)]
        codes = np.concatenate([self.codes[who] for _, who in here] or [self.codes[:0]])
        for name, kind in (("spend", self.spend), ("orders", self.ordered)):
            marks = np.concatenate([kind[year][who] for year, who in here] or [self.codes[:0]])
            numbers += numbers_of(codes, marks)
            bare = np.concatenate([self.values[name, year][who] for year, who in here] or [self.codes[:0]])
            values += numbers_of(bare, bare)
        somewhere = np.logical_or.reduce([who for _, who in here] or [np.zeros(self.number, dtype=np.bool_)])
        return Print(int(somewhere.sum()), numbers, values)

    # -- one group -------------------------------------------------------------------------------

    def _find(self, group: Group) -> People:
        span, keys = group.span, dict(group.keys)
        found = self._active(span) if span.dated else np.ones(self.number, dtype=np.bool_)
        for name, value in keys.items():
            if place_of(name) == "person":
                found &= self.fields.get(name, {}).get(value, np.zeros(self.number, dtype=np.bool_))
        for conditions, place in ((group.who.orders, "order"), (group.who.findings, "finding")):
            wanted = {name: value for name, value in keys.items() if place_of(name) == place}
            if conditions or wanted:
                found &= self._rows(place, conditions, wanted, span)
        for predicate in group.who.others:
            found &= self._true(predicate, span)
        return found & self._measured(group.measure, span)

    def _active(self, span: Span) -> People:
        found = np.zeros(self.number, dtype=np.bool_)
        for year, here in self.active.items():
            if span.holds(year):
                found |= here
        return found

    def _measured(self, measure: str, span: Span) -> People:
        if measure == "patients":
            return np.ones(self.number, dtype=np.bool_)
        if measure == "active_patients":
            return self._active(span)
        if measure in LENS_OF:
            return self._rows("order", (Is("lens_type", (LENS_OF[measure],)),), {}, span)
        if measure == "patients_with_finding":
            return self._rows("finding", (), {}, span)
        return self.measures[measure]

    def _true(self, predicate: Predicate, span: Span) -> People:
        match predicate:
            case Every():
                return _all([self._true(part, span) for part in predicate.parts])
            case Some():
                return ~_all([~self._true(part, span) for part in predicate.parts])
            case No():
                return ~self._true(predicate.part, span)
            case Is() | Has() | Known():
                place = place_of(predicate.field)
                if place != "person":
                    return self._rows(place, (predicate,), {}, span)
                found = np.zeros(self.number, dtype=np.bool_)
                for value, here in self.fields.get(predicate.field, {}).items():
                    if _holds(predicate, value):
                        found |= here
                return found

    def _rows(
        self, place: str, conditions: tuple[Simple, ...], wanted: Mapping[str, Cell], span: Span
    ) -> People:
        """Those with an order (a finding) in these years for which all of it holds."""
        found = np.zeros(self.number, dtype=np.bool_)
        table: Mapping[Any, npt.NDArray[np.int64]] = self.orders if place == "order" else self.findings
        names = ("lens_type", "lens_material", "coating") if place == "order" else ("finding",)
        for (year, *values), people in table.items():
            row = dict(zip(names, values, strict=True))
            if (
                span.holds(year)
                and all(row[name] == value for name, value in wanted.items())
                and all(_holds(one, row[one.field]) for one in conditions)
            ):
                found[people] = True
        return found


def _all(parts: list[People]) -> People:
    found = parts[0].copy()
    for part in parts[1:]:
        found &= part
    return found


def _holds(one: Simple, value: Cell) -> bool:
    match one:
        case Known():
            return value is not None
        case Has():
            return value is not None and one.key in spelling_key(str(value))
        case Is():
            return value is not None and _key(value) in one.keys


def _key(value: Cell) -> str:
    return str(value).lower() if isinstance(value, bool) else spelling_key(str(value))


# -- made from the copy ------------------------------------------------------------------------------

_ORDERED = "(SELECT person_id, ROW_NUMBER() OVER (ORDER BY person_id) - 1 AS i FROM anonymised.person)"


@lru_cache(maxsize=1)
def _person_measures() -> dict[str, str]:
    """The measures that look at the person alone, with their conditions as the model has them."""
    found: dict[str, str] = {}
    for measure in Catalogue.load().measures.values():
        at = measure.at[0]
        if at.fact.schema == "anonymised" and isinstance(at.aggregate, exp.Filter):
            condition = at.aggregate.expression.this
            if {column.table for column in condition.find_all(exp.Column)} == {"p"}:
                found[measure.name] = condition.sql("postgres")
    return found


def read_persons(run_id: str, read: Read, key: bytes = b"") -> Persons:
    """The index, from a few queries as the copy's reader. `key` is that of the prints of groups."""
    measures = _person_measures()
    columns = [f"p.{name}" for name in _FIELDS]
    columns += [f"COALESCE({condition}, FALSE)" for condition in measures.values()]
    spots = ", ".join(str(n + 1) for n in range(len(columns)))
    grouped = read(
        f"SELECT {', '.join(columns)}, ARRAY_AGG(n.i) FROM anonymised.person AS p "
        f"JOIN {_ORDERED} AS n ON n.person_id = p.person_id GROUP BY {spots}"
    )
    number = sum(len(row[-1]) for row in grouped)
    fields: dict[str, dict[Cell, People]] = {name: {} for name in _FIELDS}
    flags = {name: np.zeros(number, dtype=np.bool_) for name in measures}
    for row in grouped:
        people = np.asarray(row[-1], dtype=np.int64)
        for name, value in zip(_FIELDS, row, strict=False):
            fields[name].setdefault(value, np.zeros(number, dtype=np.bool_))[people] = True
        for name, true in zip(measures, row[len(_FIELDS) :], strict=False):
            if true:
                flags[name][people] = True
    coded = read(
        "SELECT CAST(p.person_id AS TEXT), CAST(ROUND(COALESCE(p.mean_sphere, 0) * 10000) AS BIGINT) "
        "FROM anonymised.person AS p ORDER BY p.person_id"
    )
    codes = marks_of([code for code, _ in coded], key)
    seen = np.array([sphere for _, sphere in coded], dtype=np.int64)
    spheres = with_value(codes, seen)
    anyone = np.full(number, marks_of(["anyone"], key)[0])
    bare: dict[str | tuple[str, int], Marks] = {"sphere": with_value(anyone, seen)}
    active: dict[int, People] = {}
    spend: dict[int, Marks] = {}
    ordered: dict[int, Marks] = {}
    for year, listed, spent, orders_of in read(_ACTIVE):
        there = np.asarray(listed, dtype=np.int64)
        active[year] = np.zeros(number, dtype=np.bool_)
        active[year][there] = True
        of_year = with_value(codes, np.full(number, year, dtype=np.int64))
        for name, kind, values in (("spend", spend, spent), ("orders", ordered, orders_of)):
            added = np.zeros(number, dtype=np.int64)
            added[there] = values
            kind[year] = with_value(of_year, added)
            bare[name, year] = with_value(anyone, added)
    orders = read(_listed("order_year", "x.year, x.lens_type, x.lens_material, x.coating"))
    findings = read(_listed("finding_year", "x.year, x.finding"))
    return Persons(
        run_id,
        number,
        fields,
        flags,
        active,
        {(y, t, m, c): np.asarray(people, dtype=np.int64) for y, t, m, c, people in orders},
        {(y, f): np.asarray(people, dtype=np.int64) for y, f, people in findings},
        codes,
        spheres,
        spend,
        ordered,
        bare,
    )


_ACTIVE = (
    "SELECT x.year, ARRAY_AGG(n.i), ARRAY_AGG(CAST(ROUND(COALESCE(x.spend, 0) * 100) AS BIGINT)), "
    "ARRAY_AGG(CAST(COALESCE(x.orders, 0) AS BIGINT)) FROM anonymised.person_year AS x "
    f"JOIN {_ORDERED} AS n ON n.person_id = x.person_id WHERE x.active GROUP BY x.year"
)


def _listed(table: str, keys: str) -> str:
    return (
        f"SELECT {keys}, ARRAY_AGG(n.i) FROM anonymised.{table} AS x "
        f"JOIN {_ORDERED} AS n ON n.person_id = x.person_id GROUP BY {keys}"
    )


class Indexes:
    """The indexes of the practices asked about lately. Safe between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Persons] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: str, run_id: str, read: Read, key: bytes = b"") -> Persons:
        with self._lock:
            lock = self._locks.setdefault(tenant_id, threading.Lock())
        with lock:
            held = self._kept.get(tenant_id)
            if held is None or held.run_id != run_id:
                held = read_persons(run_id, read, key)
            with self._lock:
                self._kept[tenant_id] = held
                self._kept.move_to_end(tenant_id)
                while len(self._kept) > _INDEXES:
                    self._kept.popitem(last=False)
            return held

    def forget(self, tenant_id: str) -> None:
        with self._lock:
            self._kept.pop(tenant_id, None)
