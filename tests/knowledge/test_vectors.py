"""The vectors that are kept are those of this corpus, no more and no fewer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prentice.knowledge import vectors
from prentice.knowledge.index import texts_of
from prentice.knowledge.passages import Passage
from prentice.knowledge.vectors import KeptVectors
from prentice.llm.embeddings import minilm

kept_file = pytest.mark.skipif(
    not vectors.FILE.exists(),
    reason=f"{vectors.FILE.name} is not there: `prentice knowledge build` writes it (minutes)",
)


@pytest.fixture(scope="module")
def texts(passages: list[Passage]) -> list[str]:
    return list(dict.fromkeys(texts_of(passages)))


@kept_file
def test_the_kept_file_covers_every_text(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def embed(self, missing: list[str]) -> np.ndarray:
            pytest.fail(f"{len(missing)} texts have no kept vector, the first: {missing[0]!r}")

    monkeypatch.setattr(vectors, "minilm", Absent)
    rows = KeptVectors().of(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


@kept_file
def test_the_kept_file_holds_nothing_else(texts: list[str]) -> None:
    with np.load(vectors.FILE, allow_pickle=False) as told:
        assert len(told["codes"]) == len(told["keys"]) // 16 == len(texts)


@kept_file
def test_a_kept_vector_is_the_models_own(texts: list[str]) -> None:
    some = texts[:: len(texts) // 12]
    near = (KeptVectors().of(some) * minilm().embed(some)).sum(1)
    assert near.min() > 0.997


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.npz"
    assert vectors.write(["vertex distance", "base curve", "vertex distance"], file) == 2
    kept = KeptVectors(file)
    first = kept.of(["base curve"])
    assert kept.missing == []
    assert float(first[0] @ minilm().embed(["base curve"])[0]) > 0.997
    assert vectors.write(["base curve"], file) == 0  # it is known, and the other one goes
    again = KeptVectors(file)
    again.of(["vertex distance"])
    assert again.missing == ["vertex distance"]
