"""The weights that questions go through (`training/query_adapter.py`)."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load_file

from prentice.llm.embeddings import ADAPTER, MiniLM, minilm


def test_a_question_and_a_text_have_different_vectors_of_length_one() -> None:
    text = "why does a minus lens need less power as a contact lens"
    asked, told = minilm().query(text), minilm().embed([text])[0]
    assert abs(float(np.linalg.norm(asked)) - 1) < 1e-5
    assert 0.5 < float(asked @ told) < 0.999


def test_without_the_adapter_a_question_is_a_text_as_any_other() -> None:
    plain = MiniLM(adapter=None)
    assert np.allclose(plain.query("what is vertex distance"), plain.embed(["what is vertex distance"])[0])


def test_the_adapter_is_of_low_rank_and_small() -> None:
    weights = load_file(ADAPTER)
    assert ADAPTER.stat().st_size < 2_000_000
    assert {weights[name].shape[0] for name in weights if name.endswith(".down")} == {16}
    assert len(weights) == 2 * 6 * 6
