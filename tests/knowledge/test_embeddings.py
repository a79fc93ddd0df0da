"""The numpy model gives what torch gives, whatever stands beside a text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from prentice.llm.embeddings import DIMENSIONS, MiniLM, Vectors, minilm

from .embeddings_by_torch import OUT

TOLD = json.loads(OUT.read_text("utf-8"))
TEXTS = [one["text"] for one in TOLD]
SLACK = 1e-4


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return minilm()


@pytest.mark.parametrize("one", TOLD, ids=lambda one: one["text"][:30])
def test_a_vector_is_the_one_that_torch_gives(model: MiniLM, one: dict[str, object]) -> None:
    assert np.abs(model.embed([str(one["text"])])[0] - np.array(one["vector"])).max() < SLACK


def test_what_stands_beside_a_text_does_not_change_its_vector(model: MiniLM) -> None:
    alone = np.stack([model.embed([text])[0] for text in TEXTS])
    assert np.abs(model.embed(TEXTS) - alone).max() < SLACK
    assert np.abs(model.embed(TEXTS[::-1])[::-1] - alone).max() < SLACK
    short, times = TEXTS[:3], 12
    many = model.embed([*short * times, TEXTS[3]])  # 37 texts: more than one batch
    assert np.abs(many[:-1].reshape(times, len(short), DIMENSIONS) - alone[:3]).max() < SLACK
    assert np.abs(many[-1] - alone[3]).max() < SLACK


def test_rows_have_length_one(model: MiniLM) -> None:
    rows: Vectors = model.embed(TEXTS)
    assert rows.shape == (len(TEXTS), DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_row(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, DIMENSIONS)


def test_an_empty_text_has_a_vector(model: MiniLM) -> None:
    assert np.isfinite(model.embed([""])).all()


def test_what_stands_past_256_tokens_counts_for_nothing(model: MiniLM) -> None:
    long = TEXTS[-1]
    assert np.abs(model.embed([long]) - model.embed([long + " revenue by brand"])).max() < SLACK
