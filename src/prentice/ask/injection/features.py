"""A question as places in a table of weights: its character n-grams and its words, hashed. Pure.

The hash is our own arithmetic over code points, done on whole arrays: 0.1 ms for a long question.
"""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

import numpy as np
import numpy.typing as npt

WIDTH = 1 << 14
_SHORTEST, _LONGEST = 3, 5
_PRIME = np.uint32(16_777_619)  # FNV's
_WORD = re.compile(r"[^\W_]+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r"\s+")

Places = npt.NDArray[np.int64]


def places(text: str) -> Places:
    """Where the weights of `text` stand, each once and in order.

    >>> bool((places("Takings in 2026") == places("takings  in 1999")).all())
    True
    """
    text = _SPACES.sub(" ", _DIGITS.sub("0", text.casefold())).strip()
    words = _WORD.findall(text)
    found = [zlib.crc32(w.encode("utf-8", "replace")) for w in words]
    found += [zlib.crc32(f"{a} {b}".encode("utf-8", "replace")) for a, b in pairwise(words)]
    hashed = [np.array(found, dtype=np.uint32)]
    letters = np.array([ord(c) for c in f" {text} "], dtype=np.uint32)
    rolling = letters * _PRIME
    for length in range(2, _LONGEST + 1):
        if len(letters) < length:
            break
        rolling = (rolling[: len(letters) - length + 1] ^ letters[length - 1 :]) * _PRIME
        if length >= _SHORTEST:
            hashed.append(rolling ^ (rolling >> np.uint32(15)))
    return np.unique(np.concatenate(hashed) % np.uint32(WIDTH)).astype(np.int64)
