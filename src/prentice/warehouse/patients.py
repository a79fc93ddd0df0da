"""From the rows of a statement about patients to an answer's rows, what must not be told taken out. Pure.

count again -> who may be told beside what was told before -> figures, shares, changes -> having, order, limit
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from prentice.errors import BadQuery, PrenticeError
from prentice.semantic.people_rows import finished
from prentice.semantic.people_shape import OVER_YEARS, RESTS_ON, Figure, PeopleShape, Span
from prentice.warehouse.cells import Cell
from prentice.warehouse.persons import Group, Keys, People, Persons
from prentice.warehouse.suppression import Ledger, is_small

MOST_GROUPS = 1_500  # groups looked at for one answer, those between the lines included: 2 s at 10,000 people


class OutOfStep(PrenticeError):
    """The rows and the index of people do not count the same: nothing is shown."""

    code, status = "copy_changed", 503


@dataclass(frozen=True, slots=True)
class Told:
    """Groups whose number is known to someone, and those whose sums over years are."""

    people: tuple[Group, ...] = ()
    years: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """`withheld` counts the groups of which a figure was; `told` is what the rows tell."""

    rows: list[list[Cell]]
    withheld: int
    told: Told


@dataclass(slots=True)
class _Line:
    """One group of the result in one span: its measures, as the database gave them."""

    span: int
    year: int | None
    keys: Keys
    measures: dict[str, Cell]


@dataclass
class _Known:
    """Which groups may be shown."""

    people: set[Group] = field(default_factory=set)
    years: set[Group] = field(default_factory=set)


def withhold(
    shape: PeopleShape, columns: Sequence[str], rows: Sequence[Sequence[Cell]], persons: Persons, before: Told
) -> Shown:
    """The answer's rows, in the order of `columns`. `before` is what whoever asks was told lately.

    Raises `OutOfStep` where the rows are not of this index, `BadQuery` for too many groups.
    """
    lines = list(_lines(shape, rows))
    _count_again(shape, lines, persons)
    known, told = _admitted(shape, lines, persons, before)
    table = _Table(shape, lines, known, persons)
    made = table.rows()
    wanted = finished(made, shape.query, shape.dimensions, shape.figures[0].metric)
    return Shown([[row[name] for name in columns] for row in wanted], table.withheld, told)


def _lines(shape: PeopleShape, rows: Sequence[Sequence[Cell]]) -> Iterator[_Line]:
    for row in rows:
        cells = list(row)
        span = int(str(cells.pop(0))) if len(shape.spans) > 1 else 0
        year = int(str(cells.pop(0))) if shape.by_year else None
        width = len(shape.dimensions)
        keys = tuple(zip(shape.dimensions, cells[:width], strict=True))
        yield _Line(span, year, keys, dict(zip(shape.measures, cells[width:], strict=True)))


def _group(shape: PeopleShape, span: int, year: int | None, keys: Keys, measure: str) -> Group:
    days = shape.spans[span] if year is None else Span(year, year)
    return Group(days, shape.who, keys, measure)


def _count_again(shape: PeopleShape, lines: Sequence[_Line], persons: Persons) -> None:
    for line in lines:
        for measure in shape.measures:
            if measure in RESTS_ON:
                continue
            people = persons.of(_group(shape, line.span, line.year, line.keys, measure))
            if int(people.sum()) != line.measures[measure]:
                raise OutOfStep(
                    "The anonymised copy was being replaced while the question was answered.", "Ask it again."
                )


def _admitted(
    shape: PeopleShape, lines: Sequence[_Line], persons: Persons, before: Told
) -> tuple[_Known, Told]:
    cells = _unique(
        _group(shape, line.span, line.year, line.keys, m) for line in lines for m in shape.counted
    )
    mine = set(cells)
    margins = [group for group in _margins(shape, lines) if group not in mine]
    if len(cells) + len(margins) > MOST_GROUPS:
        raise BadQuery(
            "That makes too many groups of patients to say which of them are too small to be shown.",
            "Break them down by fewer things, or ask about one value of them.",
        )
    known = _Known()
    people, known.people = _settle(cells, margins, before.people, persons.of, None)
    if shape.shares:  # a part of a total tells the total
        people += [g for g in margins if g in known.people and g not in people and not g.keys]
    years: list[Group] = []
    if set(shape.measures) & OVER_YEARS:
        sums = [g for g in cells if g.measure == "active_patients" and g in known.people]
        totals = [g for g in margins if g.measure == "active_patients"]
        whose = np.tile(np.arange(persons.number, dtype=np.int64), len(persons.active))
        years, known.years = _settle(sums, totals, before.years, persons.by_year, whose)
    return known, Told(tuple(people), tuple(years))


def _settle(
    cells: Sequence[Group],
    margins: Sequence[Group],
    before: Sequence[Group],
    members: Callable[[Group], People],
    whose: np.ndarray[tuple[int], np.dtype[np.int64]] | None,
) -> tuple[list[Group], set[Group]]:
    """The groups of `cells` that may be told, and all that may be known.

    What was told before stands; totals that anyone may ask for come next, then the groups from the
    greatest: so a group that is withheld takes the next smallest with it.
    """
    found = {group: members(group) for group in _unique([*before, *margins, *cells])}
    sizes = {group: _people(there, whose) for group, there in found.items()}
    empty = {group for group in cells if sizes[group] == 0}

    def by_size(groups: Sequence[Group]) -> list[Group]:
        return sorted(groups, key=lambda g: (-sizes[g], repr(g.keys), g.measure))

    offered = _unique([*before, *by_size(margins), *by_size(cells)])
    offered = [group for group in offered if sizes[group] and not is_small(sizes[group])]
    if not offered:
        return [], empty
    stacked = [found[group] for group in offered]
    if whose is not None:
        somewhere = np.logical_or.reduce(stacked)
        stacked, whose = [there[somewhere] for there in stacked], whose[somewhere]
    ledger = Ledger(stacked, whose)
    admitted = {group for place, group in enumerate(offered) if ledger.admit(place)}
    told = [group for group in cells if group in admitted]
    return told, admitted | empty


def _people(there: People, whose: np.ndarray[tuple[int], np.dtype[np.int64]] | None) -> int:
    return int(there.sum()) if whose is None else len(np.unique(whose[there]))


def _margins(shape: PeopleShape, lines: Sequence[_Line]) -> list[Group]:
    """The totals that the groups are parts of: with any of the dimensions left out, and over all years."""
    found: list[Group] = []
    names = range(len(shape.dimensions))
    for size in range(len(shape.dimensions) + 1):
        for kept in combinations(names, size):
            for line in lines:
                keys = tuple(line.keys[n] for n in kept)
                years = [line.year] if line.year is None else [line.year, None]
                found += [_group(shape, line.span, year, keys, m) for year in years for m in shape.counted]
    return _unique(found)


def _unique(groups: Sequence[Group] | Iterator[Group]) -> list[Group]:
    return list(dict.fromkeys(groups))


class _Table:
    """The rows before they are ordered and cut; a figure that may not be told is None."""

    def __init__(self, shape: PeopleShape, lines: Sequence[_Line], known: _Known, persons: Persons) -> None:
        self._shape, self._known, self._persons = shape, known, persons
        self._by_place: dict[tuple[int, int | None, Keys], _Line] = {
            (line.span, line.year, line.keys): line for line in lines
        }
        self._hidden = False
        self.withheld = 0

    def rows(self) -> list[dict[str, Cell]]:
        places = dict.fromkeys(
            (self._beside(span, year, back=True), keys) for span, year, keys in self._by_place
        )
        made: list[dict[str, Cell]] = []
        for year, keys in places:
            if self._outside(year):
                continue
            self._hidden = False
            row: dict[str, Cell] = {"year": f"{year}-01-01"} if year is not None else {}
            row |= dict(keys) | self._figures(year, keys)
            self.withheld += self._hidden
            made.append(row)
        return made

    def _outside(self, year: int | None) -> bool:
        """A year of the other period that has none of the one asked about beside it."""
        return year is not None and len(self._shape.spans) > 1 and not self._shape.spans[0].holds(year)

    def _beside(self, span: int, year: int | None, *, back: bool = False) -> int | None:
        """The year of one period that stands beside that of the other: the first beside the first."""
        if span == 0 or year is None or len(self._shape.spans) < 2:
            return year
        apart = (self._shape.spans[0].first or 0) - (self._shape.spans[1].first or 0)
        return year + apart if back else year - apart

    def _figures(self, year: int | None, keys: Keys) -> dict[str, Cell]:
        shape, row = self._shape, dict[str, Cell]()
        other = self._beside(1, year)
        for figure in shape.figures:
            value = row[figure.metric] = self._value(figure, 0, year, keys)
            if len(shape.spans) > 1:
                before = row[f"{figure.metric}_previous"] = self._value(figure, 1, other, keys)
                change = None if value is None or before is None else value - before
                row[f"{figure.metric}_change"] = change
                row[f"{figure.metric}_change_pct"] = (
                    change / before if change is not None and before else None
                )
            if figure.metric in shape.shares:
                row[f"{figure.metric}_share"] = self._share(figure, value, year)
        for measure in shape.beside:
            row[measure] = self._value(Figure(measure, measure, None), 0, year, keys)
        return row

    def _value(self, figure: Figure, span: int, year: int | None, keys: Keys) -> int | float | None:
        line = self._by_place.get((span, year, keys))
        if line is None:  # nobody at all
            return 0 if figure.below is None and figure.count else None
        for measure in (figure.above, figure.below):
            if measure and not self._may(measure, span, year, keys):
                self._hidden = True
                return None
        above = _number(line.measures[figure.above])
        if figure.below is None:
            return above
        below = _number(line.measures[figure.below])
        return above / below if below else None

    def _may(self, measure: str, span: int, year: int | None, keys: Keys) -> bool:
        group = _group(self._shape, span, year, keys, RESTS_ON.get(measure, measure))
        known = group in self._known.people
        return known and (measure not in OVER_YEARS or group in self._known.years)

    def _share(self, figure: Figure, value: int | float | None, year: int | None) -> float | None:
        period = year if self._shape.dimensions else None
        total = _group(self._shape, 0, period, (), figure.above)
        if value is None or total not in self._known.people:
            self._hidden = True
            return None
        whole = int(self._persons.of(total).sum())
        return float(value) / whole if whole else None


def _number(cell: Cell) -> int | float:
    return cell if isinstance(cell, int | float) else 0
