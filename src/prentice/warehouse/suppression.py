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
each other whose sum of 11 or more is told are such a row, and may be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SMALLEST = 11  # people; a group of 1 to 10 is withheld (KPIS.md, "Patients")

Rows = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
People = npt.NDArray[np.bool_]
_NOUGHT = 1e-7  # entries are small fractions; what is nearer to 0 is rounding
# A row about few people can hide in sums of dense ones. It shows in every echelon whose pivots, chosen by
# chance among the heavy atoms, lie outside its few atoms: almost always where there are many atoms, and in
# one of several where there are few.
_ECHELONS = ((500, 5), (2_000, 3), (10**9, 2))  # up to so many atoms: how many echelons
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

    >>> young, old = np.arange(50) < 5, np.arange(50) >= 5
    >>> ledger = Ledger([np.ones(50, dtype=bool), old])
    >>> ledger.admit(0), ledger.admit(1)  # all 50, and then 45 of them
    (True, False)
    """

    def __init__(self, groups: Sequence[People], whose: Numbers | None = None) -> None:
        places = len(groups[0]) if groups else 0
        atom_of, first = _atoms(groups, places)
        weights = _weights(atom_of, len(first), whose)
        large, small = np.flatnonzero(weights >= SMALLEST), np.flatnonzero(weights < SMALLEST)
        held = np.array([group[first] for group in groups], dtype=np.bool_).reshape(len(groups), len(first))
        self._large: Rows = held[:, large].astype(np.float64)
        count = len(groups)
        self._basis: Rows = np.zeros((min(count, len(large)), len(large)))
        self._made_of: Rows = np.zeros((min(count, len(large)), count))  # each basis row, as a sum of groups
        self._pivots: list[int] = []
        few = _few(weights[small]) if whose is None else _few_people(atom_of, whose, small, weights)
        years = 1 if whose is None or not whose.size else int(np.bincount(whose).max())
        self._residue = _Residue(held[:, small], weights[small], few, (SMALLEST - 1) * years)

    def admit(self, place: int) -> bool:
        """Whether the group may be told beside all that were admitted before; it is one of them then."""
        known = len(self._pivots)
        row = self._large[place]
        parts = row[self._pivots]
        left = row - parts @ self._basis[:known]
        made_of = -parts @ self._made_of[:known]
        made_of[place] += 1
        if left.size and np.abs(left).max() > _NOUGHT:
            self._extend(left, made_of)
            return True
        return self._residue.admit(made_of)

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

    def admit(self, made_of: Rows) -> bool:
        """Whether nothing about 1 to 10 people comes out with this sum of groups; then it is one told."""
        row = _sum(made_of, self._sampled)
        steps = [echelon.step(row, made_of) for echelon in self._echelons]
        if not steps[0].found:  # nothing new at the sample
            left = self._in_full(steps[0].made_of[-1])
            if not left.any():
                return True
            if self._few(left):
                return False
            self._look_at(int(np.where(left, self._preference, -1.0).argmax()))
            return self.admit(made_of)
        if any(self._tells(step.rows, step.made_of) for step in steps):
            return False
        if self._tells(*self._echelons[0].sums_after(steps[0])):
            return False
        for echelon, step in zip(self._echelons, steps, strict=True):
            echelon.take(step)
        return True

    def _tells(self, rows: Rows, made_of: Rows) -> bool:
        weights = (np.abs(rows) > _NOUGHT) @ self._weights[self._sample]
        return any(self._few(self._in_full(made_of[n])) for n in np.flatnonzero(weights <= self._most))

    def _in_full(self, made_of: Rows) -> People:
        """The atoms that the sum is about."""
        used = np.flatnonzero(np.abs(made_of) > _NOUGHT)
        held: People = np.abs(made_of[used] @ self._groups[used].astype(np.float64)) > _NOUGHT
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
        size = np.abs(left)
        left[size <= _NOUGHT] = 0.0
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
    return lambda held: is_small(int(weights @ held))


def _few_people(
    atom_of: Numbers, whose: Numbers, small: Numbers, weights: Numbers
) -> Callable[[People], bool]:
    """Of atoms of people's years: the people counted once."""
    years = int(np.bincount(whose).max()) if whose.size else 1
    order = np.argsort(atom_of, kind="stable")
    starts = np.searchsorted(atom_of[order], np.arange(len(weights) + 1))
    members = [whose[order[starts[atom] : starts[atom + 1]]] for atom in small]

    def few(held: People) -> bool:
        most = int(weights[small][held].sum())
        if most == 0 or most > (SMALLEST - 1) * years:  # nobody stands in a sum more often than that
            return False
        return is_small(len(np.unique(np.concatenate([members[n] for n in np.flatnonzero(held)]))))

    return few


def _atoms(groups: Sequence[People], places: int) -> tuple[Numbers, Numbers]:
    """For each place its atom, and for each atom one place of it."""
    if not groups or not places:
        return np.zeros(places, dtype=np.int64), np.zeros(min(places, 1), dtype=np.int64)
    packed = np.packbits(np.array(groups), axis=0)
    padded = np.zeros((-(-len(packed) // 8) * 8, places), dtype=np.uint8)
    padded[: len(packed)] = packed
    words = np.ascontiguousarray(padded.T).view(np.uint64)
    # One number for several words. People of different groups must never fall together, so that is checked.
    odd = np.random.default_rng().integers(1, 2**63, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = words[:, 0] if words.shape[1] == 1 else (words * odd).sum(axis=1, dtype=np.uint64)
    _, first, atom_of = np.unique(mixed, return_index=True, return_inverse=True)
    atom_of = atom_of.reshape(-1).astype(np.int64)
    if not (words == words[first][atom_of]).all():
        return _atoms(groups, places)
    return atom_of, first.astype(np.int64)


def _weights(atom_of: Numbers, atoms: int, whose: Numbers | None) -> Numbers:
    """How many people each atom is."""
    if whose is None:
        return np.bincount(atom_of, minlength=atoms).astype(np.int64)
    people = int(whose.max()) + 1 if whose.size else 1
    distinct = np.unique(atom_of * people + whose)
    return np.bincount(distinct // people, minlength=atoms).astype(np.int64)
