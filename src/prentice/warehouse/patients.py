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
from prentice.warehouse.prints import BLOCKS, Change, Print, are_same, change, moved
from prentice.warehouse.suppression import Ledger, is_small

MOST_GROUPS = 1_500  # groups looked at for one answer, those between the lines included: 2 s at 10,000 people


class OutOfStep(PrenticeError):
    """The rows and the index of people do not count the same: nothing is shown."""

    code, status = "copy_changed", 503


@dataclass(frozen=True, slots=True)
class Earlier:
    """A group that was told in the copy of the run `run_id`: who it was then, and what codes people had."""

    group: Group
    was: Print
    run_id: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Groups whose number is known to someone, and those whose sums over years are: in this copy, and in
    earlier ones."""

    people: tuple[Group, ...] = ()
    years: tuple[Group, ...] = ()
    earlier_people: tuple[Earlier, ...] = ()
    earlier_years: tuple[Earlier, ...] = ()


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
    then = _Then(before.people, before.earlier_people, persons, persons.print_of)
    people, known.people = _settle(cells, margins, then, persons.of, None)
    if shape.shares:  # a part of a total tells the total
        people += [g for g in margins if g in known.people and g not in people and not g.keys]
    years: list[Group] = []
    if set(shape.measures) & OVER_YEARS:
        sums = [g for g in cells if g.measure == "active_patients" and g in known.people]
        totals = [g for g in margins if g.measure == "active_patients"]
        whose = np.tile(np.arange(persons.number, dtype=np.int64), len(persons.active))
        then = _Then(before.years, before.earlier_years, persons, persons.print_by_year)
        years, known.years = _settle(sums, totals, then, persons.by_year, whose)
    return known, Told(tuple(people), tuple(years))


class _Then:
    """What was told before, as it stands to what the groups are now."""

    def __init__(
        self,
        told: Sequence[Group],
        earlier: Sequence[Earlier],
        persons: Persons,
        print_of: Callable[[Group], Print],
    ) -> None:
        self.known = list(told)  # as they are now, which is as they were told
        self.other: list[Group] = []  # many joined, left or changed: they are looked at first, as if known
        self.changed: list[Group] = []  # 1 to 10 did: known as they were
        self._moves: dict[Group, dict[str, tuple[int, ...]]] = {}
        self._made: dict[str, list[tuple[int, ...]]] = {}
        now: dict[Group, Print] = {}
        same = {one.run_id: one.codes for one in earlier}
        codes = {run_id: are_same(then, persons.some_codes) for run_id, then in same.items()}
        places: dict[Change, list[Group]] = {"none": self.known, "few": self.changed, "many": self.other}
        seen: set[tuple[Group, Print]] = set()
        for one in earlier:
            if one.group not in now:
                now[one.group] = print_of(one.group)
            found = change(one.was, now[one.group], same_codes=codes[one.run_id])
            if (one.group, one.was) not in seen:
                places[found].append(one.group)
                seen.add((one.group, one.was))
            if found == "many":
                here = now[one.group]  # after new codes by how many people is all that can be said
                by = moved(one.was, here) if codes[one.run_id] else (here.size - one.was.size,)
                self._moves.setdefault(one.group, {})[one.run_id] = by
        self.known = _unique(self.known)
        for group in told:
            self.take(group)

    def tells(self, group: Group) -> bool:
        """Whether the group moved between two copies as another did that is known in both, but for 1 to 10
        people: many may have come in all, and all but one of them to a part."""
        for run_id, numbers in self._moves.get(group, {}).items():
            for other in self._made.get(run_id, ()):
                if len(numbers) == 1:
                    if is_small(abs(numbers[0] - other[0])):
                        return True
                    continue
                for n in range(0, min(len(numbers), len(other)), BLOCKS):
                    pairs = zip(numbers[n : n + BLOCKS], other[n : n + BLOCKS], strict=True)
                    if is_small(sum(one != two for one, two in pairs)):
                        return True
        return False

    def take(self, group: Group) -> None:
        for run_id, numbers in self._moves.get(group, {}).items():
            self._made.setdefault(run_id, []).append(numbers)


def _settle(
    cells: Sequence[Group],
    margins: Sequence[Group],
    then: _Then,
    members: Callable[[Group], People],
    whose: np.ndarray[tuple[int], np.dtype[np.int64]] | None,
) -> tuple[list[Group], set[Group]]:
    """The groups of `cells` that may be told, and all that may be known.

    What was told before stands; totals that anyone may ask for come next, then the groups from the
    greatest: so a group that is withheld takes the next smallest with it.
    """
    before = [*then.known, *then.other]
    found = {group: members(group) for group in _unique([*before, *then.changed, *margins, *cells])}
    sizes = {group: _people(there, whose) for group, there in found.items()}
    empty = {group for group in cells if sizes[group] == 0}

    def by_size(groups: Sequence[Group]) -> list[Group]:
        return sorted(groups, key=lambda g: (-sizes[g], repr(g.keys), g.measure))

    offered = _unique([*before, *by_size(margins), *by_size(cells)])
    offered = [group for group in offered if sizes[group] and not is_small(sizes[group])]
    if not offered:
        return [], empty
    stacked = [found[group] for group in [*then.changed, *offered]]
    if whose is not None:
        somewhere = np.logical_or.reduce(stacked)
        stacked, whose = [there[somewhere] for there in stacked], whose[somewhere]
    shadows = np.eye(len(stacked), len(then.changed), dtype=np.bool_)
    if then.changed:
        stacked = [np.concatenate(pair) for pair in zip(stacked, shadows, strict=True)]
    ledger = Ledger(stacked, whose, shadows=len(then.changed))
    for place in range(len(then.changed)):
        ledger.take(place)
    was, mine, admitted = set(then.known), set(cells), set[Group]()
    for place, group in enumerate(offered, len(then.changed)):
        if group in was:
            ledger.take(place)
            admitted.add(group)
        elif not (group in mine and then.tells(group)) and ledger.admit(place):
            admitted.add(group)
            if group in mine:
                then.take(group)
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
