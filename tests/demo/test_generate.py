"""The same seed, scale and day give the same bytes; another seed other people in the same practices."""

from __future__ import annotations

from collections import Counter
from datetime import date
from hashlib import sha256

import pytest

from prentice.demo.generate import demo_rows

from .frames import TODAY


def _digest(seed: int, scale: float, today: date) -> str:
    digest = sha256()
    for batch in demo_rows(seed, scale, today):
        digest.update(batch.table.encode())
        digest.update(batch.text().getbuffer())
    return digest.hexdigest()


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert _digest(7, 0.1, TODAY) == _digest(7, 0.1, TODAY)


def test_another_seed_gives_other_rows() -> None:
    assert _digest(7, 0.05, TODAY) != _digest(8, 0.05, TODAY)


def test_scale_multiplies_the_volume() -> None:
    def sizes(scale: float) -> Counter[str]:
        counted: Counter[str] = Counter()
        for batch in demo_rows(7, scale, TODAY):
            counted[batch.table] += len(batch.rows)
        return counted

    small, large = sizes(0.2), sizes(2.0)
    for table in ("pos_transaction_items", "orders", "appointments", "patients", "inventory_movements"):
        assert large[table] / small[table] == pytest.approx(10, rel=0.25), table


@pytest.mark.parametrize(
    "today",
    [
        date(2026, 11, 1),  # a Sunday: the month has no open day yet
        date(2026, 1, 1),  # a closed day that begins a year
        date(2024, 2, 29),
        date(2026, 12, 26),
    ],
)
def test_the_demo_may_end_on_any_day(today: date) -> None:
    last = None
    for batch in demo_rows(7, 0.05, today):
        if batch.table == "pos_transactions":
            newest = batch.rows["transaction_date"].max()
            last = newest if last is None or newest > last else last
    assert last is not None
    assert last.date() <= today
