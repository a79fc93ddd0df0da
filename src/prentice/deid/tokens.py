"""Tokens: 128 random bits for each person, and the book that finds them again by the vault's look-up key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from prentice.deid.lookup import BLOCK, Bytes

Positions = npt.NDArray[np.int64]
WIDTH = 3 * BLOCK


def mint(count: int) -> Bytes:
    """So many tokens from the system's random source (`os.urandom`), n x 16 bytes. Derived from nothing."""
    return np.frombuffer(os.urandom(count * BLOCK), np.uint8).reshape(count, BLOCK)


def as_text(tokens: Bytes) -> pa.StringArray:
    """Tokens as they stand in the copy: 32 hexadecimal digits.

    >>> as_text(np.zeros((1, 16), np.uint8))[0].as_py()
    '00000000000000000000000000000000'
    """
    count = len(tokens)
    edges = np.arange(0, 32 * (count + 1), 32, dtype=np.int32)
    text = np.ascontiguousarray(tokens).tobytes().hex().encode()
    return pa.StringArray.from_buffers(count, pa.py_buffer(edges.tobytes()), pa.py_buffer(text))


class Rows:
    """Rows of 48 bytes as they come in: look-up key, token, fingerprint. Room that is not used costs no
    memory."""

    def __init__(self, room: int = 1 << 20) -> None:
        self._rows = np.empty((room, WIDTH), np.uint8)
        self._size = 0

    def add(self, rows: Bytes) -> None:
        if self._size + len(rows) > len(self._rows):
            more = np.empty((2 * (len(self._rows) + len(rows)), WIDTH), np.uint8)
            more[: self._size] = self._rows[: self._size]
            self._rows = more
        self._rows[self._size : self._size + len(rows)] = rows
        self._size += len(rows)

    def book(self) -> TokenBook:
        """Sorted where they lie. Raises ValueError where a look-up key occurs twice."""
        return TokenBook.of(self._rows[: self._size])


@dataclass(frozen=True, slots=True)
class TokenBook:
    """A tenant's look-up keys with their tokens and fingerprints, sorted: 56 bytes a person.

    It is the whole look-up of a run and can be sent to other processes (Spark) as it is.
    """

    rows: Bytes  # n x 48
    heads: npt.NDArray[np.uint64]  # the first half of each look-up key, to search in

    @classmethod
    def of(cls, rows: Bytes) -> Self:
        """Sorts `rows` in place, and keeps them. Raises ValueError where a look-up key occurs twice."""
        rows.view(f"S{WIDTH}").reshape(-1).sort()
        heads = _head(rows)
        alike = np.flatnonzero(heads[1:] == heads[:-1])
        if (rows[alike, :BLOCK] == rows[alike + 1, :BLOCK]).all(axis=1).any():
            raise ValueError("a look-up key occurs twice")
        return cls(rows, heads)

    @classmethod
    def empty(cls) -> Self:
        return cls.of(np.zeros((0, WIDTH), np.uint8))

    @property
    def lookups(self) -> Bytes:
        return self.rows[:, :BLOCK]

    @property
    def tokens(self) -> Bytes:
        return self.rows[:, BLOCK : 2 * BLOCK]

    @property
    def prints(self) -> Bytes:
        return self.rows[:, 2 * BLOCK :]

    def __len__(self) -> int:
        return len(self.lookups)

    def find(self, wanted: Bytes) -> Positions:
        """Where each look-up key stands in the book; -1 where it does not."""
        if not len(self):
            return np.full(len(wanted), -1, np.int64)
        place = np.searchsorted(self.heads, _head(wanted)).astype(np.int64)
        found = self._holds(place, wanted)
        for row in np.flatnonzero(~found & self._same_head(place, wanted)):  # two keys with one head: 2^-64
            while self._same_head(place[row : row + 1], wanted[row : row + 1]).all() and not found[row]:
                place[row] += 1
                found[row] = self._holds(place[row : row + 1], wanted[row : row + 1])[0]
        return np.where(found, place, -1)

    def _same_head(self, place: Positions, wanted: Bytes) -> npt.NDArray[np.bool_]:
        inside = place < len(self)
        same: npt.NDArray[np.bool_] = inside & (self.heads[np.minimum(place, len(self) - 1)] == _head(wanted))
        return same

    def _holds(self, place: Positions, wanted: Bytes) -> npt.NDArray[np.bool_]:
        at = np.minimum(place, len(self) - 1)
        whole: npt.NDArray[np.bool_] = (self.rows[at, :BLOCK] == wanted).all(axis=1) & (place < len(self))
        return whole


def _head(keys: Bytes) -> npt.NDArray[Any]:
    return np.ascontiguousarray(keys[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
