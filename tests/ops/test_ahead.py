"""Work done ahead comes in its order, fails in its place, and stops with its reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from prentice.ops.ahead import ahead


def test_everything_comes_in_its_order() -> None:
    assert list(ahead(iter(range(1_000)), most=3, name="numbers")) == list(range(1_000))


def test_what_fails_in_the_making_fails_at_its_place() -> None:
    def making() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    items = ahead(making(), most=2, name="fails")
    assert next(items) == 1
    with pytest.raises(ValueError, match="the second"):
        next(items)


def test_a_reader_that_stops_early_stops_the_maker() -> None:
    items = ahead(iter(range(10**9)), most=2, name="for ever")
    assert next(items) == 0
    items.close()
    assert not [t for t in threading.enumerate() if t.name == "for ever"]


def test_no_more_than_asked_is_made_ahead() -> None:
    made = []

    def making() -> Iterator[int]:
        for n in range(100):
            made.append(n)
            yield n

    items = ahead(making(), most=2, name="a few")
    next(items)
    threading.Event().wait(0.1)
    assert len(made) <= 5
    items.close()
