"""How two copies are held against each other without keeping who is in them."""

from __future__ import annotations

import numpy as np
import pytest

from prentice.warehouse.prints import Marks, are_same, some_codes

TIMES = 300  # one practice in 25 was once taken for one with new codes


def marks(dice: np.random.Generator, number: int) -> Marks:
    return dice.integers(0, 2**64, number, dtype=np.uint64)


@pytest.mark.parametrize(("stay", "leave", "come"), [(80, 0, 60), (80, 60, 0), (500, 400, 900), (30, 5, 60)])
def test_a_copy_that_grew_or_shrank_is_of_the_same_codes(stay: int, leave: int, come: int) -> None:
    dice = np.random.default_rng(11)
    for _ in range(TIMES):
        here = marks(dice, stay)
        then, now = (np.append(here, marks(dice, others)) for others in (leave, come))
        assert are_same(some_codes(then), some_codes(now))
        assert are_same(some_codes(now), some_codes(then))


@pytest.mark.parametrize(("then", "now"), [(80, 80), (80, 140), (1_000, 30), (0, 50)])
def test_new_codes_are_seen_as_new(then: int, now: int) -> None:
    dice = np.random.default_rng(12)
    for _ in range(TIMES):
        assert not are_same(some_codes(marks(dice, then)), some_codes(marks(dice, now)))
