"""What two or three told figures tell: each is held against every other, and against what two make. Pure.

The ledger's echelons find rows of any number of figures by chance; these few, which anyone would try first,
are looked at one and all. How many people two groups share says how far apart they are, so that only those
that can be near are looked at in full.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
People = npt.NDArray[np.bool_]
_AT_ONCE = 256  # sums looked at in full together
_EXACT = 2**24  # up to so many people a float of 32 bits counts without rounding, and twice as fast


class Near:
    """`held` has a row for each group and a column for each atom; `few` says whether atoms are 1 to 10
    people, and atoms of more than `most` by weight never are.

    A sum ±a ±b ±c of groups has entries of -2 to 2. At an atom where it has 2 or -2, two of the groups meet
    and the square counts 3 too much: so the squares' sum less 3 for each who is in both bounds the people
    from below.
    """

    def __init__(self, held: People, weights: Numbers, most: int, few: Callable[[People], bool]) -> None:
        self._held, self._weights, self._most, self._few = held, weights, most, few
        kind = np.float32 if weights.sum() < _EXACT else np.float64
        rows = held.astype(kind)
        self._meet = (rows * weights.astype(kind)) @ rows.T  # how many people each two groups share
        self._size = self._meet.diagonal()
        self._told = np.zeros(0, dtype=np.int64)

    def take(self, place: int) -> None:
        """This group is told."""
        self._told = np.append(self._told, place)

    def tells(self, place: int) -> bool:
        """Whether with this group something about 1 to 10 people comes out of two or three figures."""
        told, most = self._told, self._most
        if not told.size:
            return False
        own, size, meet = self._size[place], self._size[told], self._meet[place, told]
        apart = own + size - 2 * meet
        pairs = told[(apart > 0) & (apart <= most)]
        inside = told[size - meet <= most]  # what two of them make may be the group
        around = told[own - meet <= most]  # what it makes with another, `beside` it, may be one of these
        beside = told[meet <= most]
        return (
            self._any(place, [(n, -1) for n in pairs.tolist()])
            or self._any(place, self._made_of(place, inside))
            or self._any(place, self._makes(place, beside, around))
        )

    def _made_of(self, place: int, inside: Numbers) -> list[tuple[int, ...]]:
        """Places a, b for which the group less a less b may be few people."""
        both = self._meet[np.ix_(inside, inside)]
        left = self._size[inside] - 2 * self._meet[place, inside]
        square = self._size[place] + left[:, None] + left[None, :] + 2 * both
        first, second = np.nonzero(np.triu((square > 0) & (square - 3 * both <= self._most), 1))
        return [(a, -1, b, -1) for a, b in zip(inside[first].tolist(), inside[second].tolist(), strict=True)]

    def _makes(self, place: int, beside: Numbers, around: Numbers) -> list[tuple[int, ...]]:
        """Places a, b for which the group and a, less b, may be few people."""
        both, meet = self._meet[np.ix_(beside, around)], self._meet[place]
        square = (
            self._size[place]
            + (self._size[beside] + 2 * meet[beside])[:, None]
            + (self._size[around] - 2 * meet[around])[None, :]
            - 2 * both
        )
        near = (square > 0) & (square - 3 * meet[beside][:, None] <= self._most)
        first, second = np.nonzero(near)
        return [(a, 1, b, -1) for a, b in zip(beside[first].tolist(), around[second].tolist(), strict=True)]

    def _any(self, place: int, sums: list[tuple[int, ...]]) -> bool:
        """Whether any of these is about few people: the group, and places each with its sign."""
        held = self._held.view(np.int8)
        for some in _batches(sums):
            rows = np.repeat(held[place][None], len(some), axis=0)
            for n in range(0, len(some[0]), 2):
                signs = np.array([one[n + 1] for one in some], dtype=np.int8)
                rows = rows + held[[one[n] for one in some]] * signs[:, None]
            about = rows != 0
            people = about @ self._weights
            if any(self._few(about[one]) for one in np.flatnonzero((people > 0) & (people <= self._most))):
                return True
        return False


def _batches(sums: list[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    return [sums[n : n + _AT_ONCE] for n in range(0, len(sums), _AT_ONCE)]
