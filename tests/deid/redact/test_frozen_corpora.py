"""The frozen corpora (CORPUS.md): no identifier found once is lost again, and what must stay stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prentice.deid.redact import Redactor

RECALL, TOUCHED = 0.98, 0.03


SIZES = {
    "corpus_421.jsonl": (421, 2038, 2403),
    "corpus_140.jsonl": (140, 1337, 1072),
    "corpus_160.jsonl": (160, 1884, 1058),
}  # notes, spans, negatives


@pytest.fixture(scope="module", params=SIZES)
def corpus(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def scored(corpus: str) -> list[tuple[dict[str, Any], set[int]]]:
    """Each note with the offsets that are redacted."""
    redactor = Redactor()
    lines = Path(__file__).with_name(corpus).read_text(encoding="utf-8").splitlines()
    notes = [json.loads(line) for line in lines]
    return [
        (
            note,
            {
                at
                for span in redactor.redact(note["text"], note.get("patient")).spans
                for at in range(span.start, span.end)
            },
        )
        for note in notes
    ]


def _missed(note: dict[str, Any], gone: set[int]) -> list[dict[str, Any]]:
    """The labelled spans of which a letter or digit is left."""
    return [
        span
        for span in note["spans"]
        if any(
            at not in gone and note["text"][at].isalnum()
            for at in range(*span.get("core", (span["start"], span["end"])))
        )
    ]


def test_the_corpus_is_whole(corpus: str, scored: list[tuple[dict[str, Any], set[int]]]) -> None:
    notes, spans, negatives = SIZES[corpus]
    assert len({note["id"] for note, _ in scored}) == notes
    assert sum(len(note["spans"]) for note, _ in scored) == spans
    assert sum(len(note["negatives"]) for note, _ in scored) == negatives


def test_nearly_every_identifier_is_recalled(scored: list[tuple[dict[str, Any], set[int]]]) -> None:
    missed = [
        (note["id"], note["text"][span["start"] : span["end"]])
        for note, gone in scored
        for span in _missed(note, gone)
    ]
    assert 1 - len(missed) / sum(len(note["spans"]) for note, _ in scored) >= RECALL, missed


def test_no_own_value_is_left(scored: list[tuple[dict[str, Any], set[int]]]) -> None:
    assert [
        (note["id"], note["text"][span["start"] : span["end"]])
        for note, gone in scored
        for span in _missed(note, gone)
        if span.get("own")
    ] == []


def test_hardly_a_negative_is_touched(scored: list[tuple[dict[str, Any], set[int]]]) -> None:
    touched = [
        (note["id"], note["text"][each["start"] : each["end"]])
        for note, gone in scored
        for each in note["negatives"]
        if gone & set(range(each["start"], each["end"]))
    ]
    assert len(touched) / sum(len(note["negatives"]) for note, _ in scored) <= TOUCHED, touched
