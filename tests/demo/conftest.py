"""The demo's rows, made once, as one frame per table of the host."""

from __future__ import annotations

from collections import defaultdict

import polars as pl
import pytest

from prentice.demo.generate import demo_rows
from prentice.demo.practice import Practice, cast

from .frames import TODAY, Rows


@pytest.fixture(scope="session")
def rows() -> Rows:
    pieces: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for batch in demo_rows(7, 1.0, TODAY):
        pieces[batch.table].append(batch.rows)
    return {table: pl.concat(frames, how="diagonal_relaxed") for table, frames in pieces.items()}


@pytest.fixture(scope="session", params=[practice.slug for practice in cast().practices])
def practice(request: pytest.FixtureRequest) -> Practice:
    return next(practice for practice in cast().practices if practice.slug == request.param)
