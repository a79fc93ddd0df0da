"""Chance that repeats: one independent stream for each named part of the demo.

A part draws from its own stream, so a change in one table leaves the others' rows as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """The stream of a part, such as `stream(7, "harbour-optics", "sales", 3)`."""
    words = [crc32(step.encode()) if isinstance(step, str) else step for step in path]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def choose(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Positions drawn with these weights (they need not add up to 1). Zero weights are never drawn."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").astype(np.int64)
    return np.minimum(drawn, len(edges) - 1)


def choose_by_row(rng: np.random.Generator, weights: Floats) -> Ints:
    """One position for each row of a matrix of weights."""
    edges = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights))[:, None] * edges[:, -1:]
    place: Ints = (drawn >= edges).sum(axis=1).astype(np.int64)
    return np.minimum(place, np.int64(weights.shape[1] - 1))


def happens(rng: np.random.Generator, probability: float | Floats, size: int) -> Bools:
    return rng.random(size) < probability
