"""Whether a group is still who it was when it was told, without keeping who it was. Pure.

A *print* is 32 numbers. Everyone of the group adds a number of their own to one of them, always the same
one: made with a key of ours from their code in the copy and, where a sum was told, from what they add to it.
Where few people joined, left or changed, few of the 32 differ: at most 10 for 10 people. (For 11 to 13 it may
be 10 as well: those are taken for few.) Where everybody was given a new code, counts are compared as they
are, and sums by 32 numbers more of what was added up, whoever added it: of 10 people at most 20 differ, ten
values that went and ten that came. A sum of the same values tells nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
import numpy.typing as npt

from prentice.warehouse.suppression import SMALLEST

Marks = npt.NDArray[np.uint64]
BLOCKS = 32
CODES = 64  # of the copy's people, by which it is known whether codes were replaced
Change = Literal["none", "few", "many"]


@dataclass(frozen=True, slots=True)
class Print:
    """`size` people; `numbers` are 32 for their number where that was told, and 32 for each sum that was.
    `values`: 32 for each such sum, without whose they are."""

    size: int
    numbers: tuple[int, ...]
    values: tuple[int, ...] = ()


def marks_of(people: list[str], key: bytes) -> Marks:
    """A number for each person, by their code."""
    digests = (blake2b(code.encode(), digest_size=8, key=key).digest() for code in people)
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def with_value(marks: Marks, values: npt.NDArray[np.int64]) -> Marks:
    """The same people with something that they add to a sum.

    >>> marks = np.arange(3, dtype=np.uint64)
    >>> bool((with_value(marks, np.array([1, 1, 1])) == with_value(marks, np.array([1, 2, 1]))).sum() == 2)
    True
    """
    mixed = marks ^ (values.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: Marks = mixed ^ (mixed >> np.uint64(31))
    return found


def numbers_of(codes: Marks, marks: Marks) -> tuple[int, ...]:
    """32 numbers of some people: `codes` say where each adds, `marks` what."""
    place = (codes >> np.uint64(59)).astype(np.int64)
    added = np.bincount(place, weights=(marks & np.uint64(0xFFFFFFFF)).astype(np.float64), minlength=BLOCKS)
    return tuple((added.astype(np.uint64) & np.uint64(0xFFFFFFFF)).tolist())  # exact below 2 million people


def change(then: Print, now: Print, *, same_codes: bool) -> Change:
    """How many people joined, left or changed: none, 1 to 10, or more."""
    apart = abs(then.size - now.size)
    if not same_codes:  # never "none": they may be others
        few = any(0 < differ <= 2 * (SMALLEST - 1) for differ in _differing(then.values, now.values))
        return "few" if few or 0 < apart < SMALLEST else "many"
    found: list[Change] = [
        "none" if differ == 0 else "few" if differ < SMALLEST else "many"
        for differ in _differing(then.numbers, now.numbers)
    ]
    if "few" in found or 0 < apart < SMALLEST:
        return "few"
    return "many" if "many" in found else "none"


def _differing(then: tuple[int, ...], now: tuple[int, ...]) -> list[int]:
    """How many of each 32 numbers differ."""
    pairs = [one != other for one, other in zip(then, now, strict=True)]
    return [sum(pairs[n : n + BLOCKS]) for n in range(0, len(pairs), BLOCKS)]


def moved(then: Print, now: Print) -> tuple[int, ...]:
    """What came to each number between two copies: the same for two groups that the same people moved to."""
    return tuple((b - a) & 0xFFFFFFFF for a, b in zip(then.numbers, now.numbers, strict=True))


def some_codes(marks: Marks) -> tuple[int, ...]:
    """The least of the copy's marks: by chance, and the same in the next copy."""
    return tuple(np.sort(marks)[:CODES].tolist())


def are_same(then: tuple[int, ...], now: tuple[int, ...]) -> bool:
    """Whether two copies give the same people the same codes: then some of the least marks are in both.

    How many are says only how much the copy grew or shrank; two copies with codes of their own share none.

    >>> are_same((1, 2, 3, 4), (1, 2, 4, 5)), are_same((1, 2, 3, 4), (5, 6, 7, 8))
    (True, False)
    """
    return not set(then).isdisjoint(now)
