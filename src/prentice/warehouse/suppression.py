"""Which groups may be told, so that nothing about 1 to 10 people can be worked out. Pure.

Whoever sees the figures of several groups can add and subtract them. What can be worked out of a list of
groups is the span of their rows (a row has 1 for each person of the group, 0 for the others). `Ledger`
admits groups one after the other and refuses the one with which the span would hold a row that is about 1
to 10 people alone. So a group and everyone but it, a total and all but one of its parts, a table and its
margins, this year and last, a question and the one before it are all one case.

How: people who belong to the same groups of the list are one *atom*. A row about 10 people or fewer is
zero at every atom of 11 or more, the *large* ones. The ledger keeps the span reduced at those (`_basis`);
what is left of a new row where all of its large atoms cancel is what it would tell about small atoms
alone, and joins the `_Residue`, in which no row may be about 1 to 10 people. Two groups withheld beside
each other whose sum of 11 or more is told are such a row, and may be. What two or three figures tell is
looked at besides, all of it (`near`).

A group that was told in an older copy and lost, gained or changed 1 to 10 people since is a row of its own:
the group as it is now and a *shadow*, a place that stands for these people. So what it is now would tell the
shadow alone, and whatever gives away what it is now, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prentice.warehouse.near import Near

SMALLEST = 11  # people; a group of 1 to 10 is withheld (KPIS.md, "Patients")

Rows = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
People = npt.NDArray[np.bool_]
_NOUGHT = 1e-7  # entries are small fractions; what is nearer to 0 is rounding
# A row about few people can hide in sums of dense ones. It shows in every echelon whose pivots, chosen by
# chance among the heavy atoms, lie outside its few atoms: almost always where there are many atoms, and in
# one of several where there are few.
_ECHELONS = ((500, 12), (2_000, 8), (10**9, 4))  # up to so many atoms: how many echelons
_SAMPLE = 1_500  # small atoms that rows are compared at; 35,000 of them would take 0.6 s
_ALL_SUMS = 8  # up to so many rows all of their sums are looked at as well


def is_small(number: int) -> bool:
    """Whether a group of this many is withheld; nobody at all may be told.

    >>> [is_small(n) for n in (0, 1, 10, 11)]
    [False, True, True, False]
    """
    return 0 < number < SMALLEST


class Ledger:
    """Admits groups of `groups`, by their place in it, in the order that they are offered.

    `whose`: where a place of a row is not a person but a person's year, whose it is: people count once.
    The last `shadows` places of every row stand for people who changed, 1 to 10 each.

    >>> young, old = np.arange(50) < 5, np.arange(50) >= 5
    >>> ledger = Ledger([np.ones(50, dtype=bool), old])
    >>> ledger.admit(0), ledger.admit(1)  # all 50, and then 45 of them
    (True, False)
    """

    def __init__(self, groups: Sequence[People], whose: Numbers | None = None, *, shadows: int = 0) -> None:
        places = len(groups[0]) if groups else 0
        atom_of, first = _atoms(groups, places)
        real = atom_of[: places - shadows]
        weights = _weights(real, len(first), whose)
        large, small = np.flatnonzero(weights >= SMALLEST), np.flatnonzero(weights < SMALLEST)
        held = np.array([group[first] for group in groups], dtype=np.bool_).reshape(len(groups), len(first))
        self._large: Rows = held[:, large].astype(np.float64)
        count = len(groups)
        self._basis: Rows = np.zeros((min(count, len(large)), len(large)))
        self._made_of: Rows = np.zeros((min(count, len(large)), count))  # each basis row, as a sum of groups
        self._pivots: list[int] = []
        years = 1 if whose is None or not whose.size else int(np.bincount(whose).max())
        most = (SMALLEST - 1) * years  # nobody stands in a sum more often than once a year
        few = _few(weights) if whose is None else _few_people(real, whose, weights, most)

        def few_of_small(about: People) -> bool:
            everywhere = np.zeros(len(weights), dtype=np.bool_)
            everywhere[small] = about
            return few(everywhere)

        self._residue = _Residue(held[:, small], weights[small], few_of_small, most)
        self._near = Near(held, np.maximum(weights, 1), most + 3, few)  # a shadow weighs 1: three at most

    def take(self, place: int) -> None:
        """This group was told, whatever it tells."""
        self._admit(place, told=True)
        self._near.take(place)

    def admit(self, place: int) -> bool:
        """Whether the group may be told beside all that were admitted before; it is one of them then."""
        if self._near.tells(place) or not self._admit(place):
            return False
        self._near.take(place)
        return True

    def _admit(self, place: int, *, told: bool = False) -> bool:
        known = len(self._pivots)
        row = self._large[place]
        parts = row[self._pivots]
        left = row - parts @ self._basis[:known]
        made_of = -parts @ self._made_of[:known]
        made_of[place] += 1
        if left.size and np.abs(left).max() > _NOUGHT:
            self._extend(left, made_of)
            return True
        return self._residue.admit(made_of, told=told)

    def _extend(self, left: Rows, made_of: Rows) -> None:
        known = len(self._pivots)
        pivot = int(np.abs(left).argmax())
        scale = left[pivot]
        here = self._basis[:known, pivot].copy()
        touched = np.flatnonzero(np.abs(here) > _NOUGHT)
        self._basis[touched] -= np.outer(here[touched], left / scale)
        self._made_of[touched] -= np.outer(here[touched], made_of / scale)
        self._basis[known], self._made_of[known] = left / scale, made_of / scale
        self._pivots.append(pivot)


class _Residue:
    """What the span tells about small atoms alone: sums of `groups` (a row for each, a column for each atom).

    Rows are compared at a sample of the atoms. What seems to be about few people there is looked at in
    full, and an atom that is needed to tell two rows apart joins the sample.
    """

    def __init__(self, groups: People, weights: Numbers, few: Callable[[People], bool], most: int) -> None:
        self._weights, self._few, self._most = weights, few, most
        self._groups = groups
        dice = np.random.default_rng(7)
        self._preference: Rows = weights * dice.random(len(weights))
        self._sample = dice.permutation(len(weights))[:_SAMPLE]
        self._sampled: Rows = groups[:, self._sample].astype(np.float64)
        count = next(number for most, number in _ECHELONS if len(weights) <= most)
        self._echelons = [
            _Echelon(weights[self._sample] * dice.random(len(self._sample))) for _ in range(count)
        ]

    def admit(self, made_of: Rows, *, told: bool = False) -> bool:
        """Whether nothing about 1 to 10 people comes out with this sum of groups; then it is one told.

        Where it is `told` already it is one whatever comes out.
        """
        row = _sum(made_of, self._sampled)
        steps = [echelon.step(row, made_of) for echelon in self._echelons]
        if not steps[0].found:  # nothing new at the sample
            left = self._in_full(steps[0].made_of[-1:])[0]
            if not left.any():
                return True
            if not told and self._few(left):
                return False
            self._look_at(int(np.where(left, self._preference, -1.0).argmax()))
            return self.admit(made_of, told=told)
        if not told:
            rows, sums = self._echelons[0].sums_after(steps[0])
            looked_at = [rows, *(step.rows for step in steps)], [sums, *(step.made_of for step in steps)]
            if self._tells(np.vstack(looked_at[0]), np.vstack(looked_at[1])):
                return False
        for echelon, step in zip(self._echelons, steps, strict=True):
            echelon.take(step)
        return True

    def _tells(self, rows: Rows, made_of: Rows) -> bool:
        weights = (np.abs(rows) > _NOUGHT) @ self._weights[self._sample]
        light = np.flatnonzero(weights <= self._most)
        return light.size > 0 and any(self._few(held) for held in self._in_full(made_of[light]))

    def _in_full(self, made_of: Rows) -> People:
        """The atoms that each sum is about."""
        used = np.flatnonzero((np.abs(made_of) > _NOUGHT).any(axis=0))
        held: People = np.abs(made_of[:, used] @ self._groups[used].astype(np.float64)) > _NOUGHT
        return held

    def _look_at(self, atom: int) -> None:
        self._sample = np.append(self._sample, atom)
        column = self._groups[:, atom].astype(np.float64)
        self._sampled = np.hstack([self._sampled, column[:, None]])
        for echelon in self._echelons:
            echelon.widen(self._preference[atom], column)


def _sum(made_of: Rows, groups: Rows) -> Rows:
    used = np.flatnonzero(np.abs(made_of) > _NOUGHT)
    found: Rows = made_of[used] @ groups[used]
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    """What a new row changes: `rows` are the rows `touched` as they become, and the new one last; `made_of`
    the groups that each is a sum of. `found`: whether the new one has anything that the others have not."""

    found: bool
    touched: Numbers
    rows: Rows
    made_of: Rows
    pivot: int


class _Echelon:
    """Rows reduced at pivots that are chosen by `preference`."""

    def __init__(self, preference: Rows) -> None:
        self._preference = preference
        self._rows: Rows = np.zeros((0, len(preference)))
        self._made_of: Rows = np.zeros((0, 0))
        self._pivots: list[int] = []

    def step(self, row: Rows, made_of: Rows) -> _Step:
        if not self._pivots:
            self._made_of = np.zeros((0, len(made_of)))
        parts = row[self._pivots]
        left, left_of = row - parts @ self._rows, made_of - parts @ self._made_of
        left[np.abs(left) <= _NOUGHT] = 0.0
        size = np.abs(left)
        if not left.any():
            return _Step(False, np.zeros(0, dtype=np.int64), left[None], left_of[None], -1)
        pivot = int(np.where(size > 0.1 * size.max(), self._preference, -1.0).argmax())
        left_of = left_of / left[pivot]
        left = left / left[pivot]
        here = self._rows[:, pivot]
        touched = np.flatnonzero(np.abs(here) > _NOUGHT)
        changed = self._rows[touched] - np.outer(here[touched], left)
        changed[np.abs(changed) <= _NOUGHT] = 0.0
        changed_of = self._made_of[touched] - np.outer(here[touched], left_of)
        return _Step(True, touched, np.vstack([changed, left]), np.vstack([changed_of, left_of]), pivot)

    def sums_after(self, step: _Step) -> tuple[Rows, Rows]:
        """All sums of the rows, where they are few."""
        if len(self._pivots) >= _ALL_SUMS:
            return step.rows[:0], step.made_of[:0]
        rows = np.vstack([self._rows, step.rows[-1]])
        made_of = np.vstack([self._made_of, step.made_of[-1]])
        rows[step.touched], made_of[step.touched] = step.rows[:-1], step.made_of[:-1]
        chosen = (np.arange(1, 2 ** len(rows))[:, None] >> np.arange(len(rows))) & 1
        return chosen @ rows, chosen @ made_of

    def take(self, step: _Step) -> None:
        self._rows[step.touched], self._made_of[step.touched] = step.rows[:-1], step.made_of[:-1]
        self._rows = np.vstack([self._rows, step.rows[-1]])
        self._made_of = np.vstack([self._made_of, step.made_of[-1]])
        self._pivots.append(step.pivot)

    def widen(self, preference: float, column: Rows) -> None:
        """One more atom: `column` says which groups it is in."""
        self._preference = np.append(self._preference, preference)
        values = self._made_of @ column if self._pivots else np.zeros(0)
        self._rows = np.hstack([self._rows, values[:, None]])


def _few(weights: Numbers) -> Callable[[People], bool]:
    """Whether atoms are 1 to 10 people; those of no weight are shadows, which are such by themselves."""
    return lambda held: bool(held.any()) and int(weights @ held) < SMALLEST


def _few_people(atom_of: Numbers, whose: Numbers, weights: Numbers, most: int) -> Callable[[People], bool]:
    """Of atoms of people's years: the people counted once."""
    order = np.argsort(atom_of, kind="stable")
    starts = np.searchsorted(atom_of[order], np.arange(len(weights) + 1))

    def few(held: People) -> bool:
        atoms = np.flatnonzero(held)
        number = int(weights[atoms].sum())
        if number == 0 or number > most:
            return number == 0 and atoms.size > 0
        members = [whose[order[starts[atom] : starts[atom + 1]]] for atom in atoms]
        return is_small(len(np.unique(np.concatenate(members))))

    return few


def _atoms(groups: Sequence[People], places: int) -> tuple[Numbers, Numbers]:
    """For each place its atom, and for each atom one place of it."""
    if not groups or not places:
        return np.zeros(places, dtype=np.int64), np.zeros(min(places, 1), dtype=np.int64)
    packed = np.packbits(np.array(groups), axis=0)
    padded = np.zeros((-(-len(packed) // 8) * 8, places), dtype=np.uint8)
    padded[: len(packed)] = packed
    words = np.ascontiguousarray(padded.T).view(np.uint64)
    atom_of, first = np.zeros(places, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for word in words.T:  # each tells those apart whom all before it did not
        _, here = np.unique(word, return_inverse=True)
        both = atom_of * (int(here.max()) + 1) + here.reshape(-1)
        _, first, inverse = np.unique(both, return_index=True, return_inverse=True)
        atom_of = inverse.reshape(-1).astype(np.int64)
    return atom_of, first.astype(np.int64)


def _weights(atom_of: Numbers, atoms: int, whose: Numbers | None) -> Numbers:
    """How many people each atom is."""
    if whose is None:
        return np.bincount(atom_of, minlength=atoms).astype(np.int64)
    people = int(whose.max()) + 1 if whose.size else 1
    distinct = np.unique(atom_of * people + whose)
    return np.bincount(distinct // people, minlength=atoms).astype(np.int64)
