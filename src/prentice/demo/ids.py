"""Row ids that look like random UUIDs, carry no order, and repeat with the seed.

An id is a bijective mix (splitmix64, Steele et al. 2014) of the row's number, so any part can name a row of
another without keeping a list, and two rows of a kind never share an id.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prentice.demo.chance import Ints

_HEX = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2").view(np.uint16)
_DASHES = (8, 13, 18, 23)


class RowIds:
    """The ids of one kind of row of one practice."""

    __slots__ = ("_high", "_low")

    def __init__(self, seed: int, practice: str, kind: str) -> None:
        digest = blake2b(f"{seed}/{practice}/{kind}".encode(), digest_size=16).digest()
        self._high, self._low = (int(word) for word in np.frombuffer(digest, dtype="<u8"))

    def of(self, rows: Ints) -> pl.Series:
        """Text ids of these row numbers, in the form of a version 4 UUID."""
        numbers = rows.astype(np.uint64)
        words = np.empty((len(rows), 2), dtype=">u8")
        words[:, 0] = _mix(numbers + np.uint64(self._high))
        words[:, 1] = _mix(numbers * np.uint64(2) + np.uint64(self._low))
        raw = words.view(np.uint8).reshape(len(rows), 16)
        raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
        raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
        digits = _HEX[raw].view(np.uint8).reshape(len(rows), 32)
        text = np.empty((len(rows), 36), dtype=np.uint8)
        text[:, _DASHES] = ord("-")
        for to, start, stop in ((0, 0, 8), (9, 8, 12), (14, 12, 16), (19, 16, 20), (24, 20, 32)):
            text[:, to : to + stop - start] = digits[:, start:stop]
        return pl.Series(text.view("S36").reshape(-1)).cast(pl.String)

    def upto(self, count: int) -> pl.Series:
        return self.of(np.arange(count, dtype=np.int64))

    def one(self, row: int) -> str:
        return str(self.of(np.array([row], dtype=np.int64))[0])


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
