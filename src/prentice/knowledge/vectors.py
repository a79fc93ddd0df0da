"""The corpus's vectors, kept beside it: embedding 43,000 texts takes minutes, reading them a blink.

`knowledge/vectors.npz` holds one row of 384 bytes for each text, under a hash of the text. What is not there
is embedded when it is needed; `prentice knowledge build` writes the file anew, and a test holds it to the
corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prentice.knowledge.corpus import FOLDER
from prentice.llm.embeddings import DIMENSIONS, Vectors, minilm

FILE = FOLDER / "vectors.npz"


class KeptVectors:
    """Rows by text. `missing` are those that had to be embedded."""

    def __init__(self, file: Path = FILE) -> None:
        self._rows: dict[bytes, int] = {}
        self._codes: NDArray[np.int8] = np.empty((0, DIMENSIONS), np.int8)
        self.missing: list[str] = []
        if file.exists():
            with np.load(file, allow_pickle=False) as kept:
                self._codes = kept["codes"]
                keys = kept["keys"].tobytes()
            self._rows = {keys[i : i + 16]: i // 16 for i in range(0, len(keys), 16)}

    def of(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), 384), rows of length 1."""
        rows = [self._rows.get(_key(text)) for text in texts]
        found = np.zeros((len(texts), DIMENSIONS), np.float32)
        there = [i for i, row in enumerate(rows) if row is not None]
        found[there] = self._codes[[row for row in rows if row is not None]]
        found[there] /= np.linalg.norm(found[there], axis=1, keepdims=True)
        if new := [i for i, row in enumerate(rows) if row is None]:
            self.missing += [texts[i] for i in new]
            found[new] = minilm().embed([texts[i] for i in new])
        return found


def write(texts: Iterable[str], file: Path = FILE) -> int:
    """Keep the vectors of these texts and of no others. Returns how many had to be embedded."""
    kept = KeptVectors(file)
    wanted = list(dict.fromkeys(texts))
    vectors = kept.of(wanted)
    # The largest part of a row becomes 127: a row's length is made 1 again when it is read.
    codes = np.rint(vectors / np.abs(vectors).max(1, keepdims=True) * 127).astype(np.int8)
    order = sorted(range(len(wanted)), key=lambda i: _key(wanted[i]))
    packed = np.frombuffer(b"".join(_key(wanted[i]) for i in order), np.uint8)
    with file.open("wb") as out:
        np.savez_compressed(out, keys=packed, codes=codes[order])
    return len(kept.missing)


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
