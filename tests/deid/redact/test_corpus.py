"""The development corpus: what must go goes, what must stay stays."""

from __future__ import annotations

import pytest

from prentice.deid.redact import Redactor

from .corpus import Note, hard_negatives, notes

RECALL = 0.98
TOUCHED = 0.03


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


def _missed(redactor: Redactor, note: Note) -> list[str]:
    covered = {
        at for span in redactor.redact(note.text, note.patient).spans for at in range(span.start, span.end)
    }
    return [
        note.text[start:end]
        for start, end, _ in note.spans
        if any(at not in covered and note.text[at].isalnum() for at in range(start, end))
    ]


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(notes()) >= 120
    assert sum(len(note.spans) for note in notes()) >= 200
    assert len(hard_negatives()) >= 120


def test_nearly_every_identifier_is_covered(redactor: Redactor) -> None:
    missed = [value for note in notes() for value in _missed(redactor, note)]
    total = sum(len(note.spans) for note in notes())
    assert 1 - len(missed) / total >= RECALL, missed


def test_no_value_of_the_patients_own_is_left(redactor: Redactor) -> None:
    assert [value for note in notes() if note.patient for value in _missed(redactor, note)] == []


def test_hardly_anything_else_is_touched(redactor: Redactor) -> None:
    touched = [line for line in hard_negatives() if redactor.redact(line).redacted != line]
    assert len(touched) / len(hard_negatives()) <= TOUCHED, touched


def test_what_stands_between_identifiers_stays(redactor: Redactor) -> None:
    extra = []
    for note in notes():
        labelled = {at for start, end, _ in note.spans for at in range(start, end)}
        extra += [
            note.text[span.start : span.end]
            for span in redactor.redact(note.text, note.patient).spans
            if not any(at in labelled for at in range(span.start, span.end))
        ]
    assert len(extra) / sum(len(note.spans) for note in notes()) <= TOUCHED, extra


def test_types_are_as_labelled(redactor: Redactor) -> None:
    wrong = [
        (note.text[start:end], kind, span.type)
        for note in notes()
        for start, end, kind in note.spans
        for span in redactor.redact(note.text, note.patient).spans
        if span.start < end and start < span.end and span.type != kind
    ]
    assert len(wrong) <= 2, wrong
