"""Words that are also the patient's name: the person goes, the word stays."""

from __future__ import annotations

import re

import pytest

from prentice.deid.redact import Redactor

from .corpus import HERE

_MARK = re.compile(
    r"\[\[NAME:(?P<name>.*?)\]\]|\[\[LOCATION:(?P<place>.*?)\]\]|\[\[DATE:(?P<date>.*?)\]\]|"
    r"\[\[PHONE:(?P<phone>.*?)\]\]|\{(?P<word>.*?)\}"
)
TOUCHED = (
    0.12  # the lines are the hardest that could be thought of: every word is one of the patient's own names
)


def _read() -> list[tuple[str, str, list[tuple[int, int]], list[tuple[int, int]]]]:
    """(patient's name, text, what must go, what must stay) for each line."""
    lines = []
    for line in (HERE / "ordinary.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, _, marked = line.partition(" | ")
        text, at = "", 0
        go: list[tuple[int, int]] = []
        stay: list[tuple[int, int]] = []
        for match in _MARK.finditer(marked):
            text += marked[at : match.start()]
            value = match[match.lastgroup or 0]
            (stay if match["word"] else go).append((len(text), len(text) + len(value)))
            text += value
            at = match.end()
        lines.append((name, text + marked[at:], go, stay))
    return lines


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


def _gone(redactor: Redactor, text: str, name: str) -> set[int]:
    return {at for span in redactor.redact(text, {"name": name}).spans for at in range(span.start, span.end)}


def test_the_person_goes_whatever_the_name_means(redactor: Redactor) -> None:
    left = [
        (name, text[start:end])
        for name, text, go, _ in _read()
        for start, end in go
        if any(at not in _gone(redactor, text, name) and text[at].isalnum() for at in range(start, end))
    ]
    assert left == []


def test_the_word_mostly_stays(redactor: Redactor) -> None:
    words = [(name, text, *span) for name, text, _, stay in _read() for span in stay]
    touched = [
        (name, text[start - 8 : end + 8])
        for name, text, start, end in words
        if _gone(redactor, text, name) & set(range(start, end))
    ]
    assert len(words) >= 200
    assert len(touched) / len(words) <= TOUCHED, touched


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Will Mayhew", "Will bring old specs. May need a tint."),
        ("Mark Oyelade", "Mark on lens at 3 o'clock. Mark up OCs."),
        ("Grace Brown", "Brown eyes, grace period over, brown tint."),
        ("Oliver Brown", "Brown's syndrome R, no brown tint."),
        ("Tony Horner", "?Horner's, pupils equal. Horner's excluded."),
        ("Georgia Pike", "Back from a trip to Georgia. Georgia trip n/a."),
        ("Ada Summers", "Worse in summer, dry. Summers are dusty."),
        ("Joy Winters", "It was a joy to see. Dry in winters."),
    ],
)
def test_the_word_alone_stays(redactor: Redactor, name: str, text: str) -> None:
    assert redactor.redact(text, {"name": name}).redacted == text


@pytest.mark.parametrize(
    ("name", "text", "redacted"),
    [
        ("Joy Winters", "joy rang re tint", "[NAME] rang re tint"),
        ("Will Mayhew", "Will to collect", "[NAME] to collect"),
        ("May Chen", "May may need drops", "[NAME] may need drops"),
        ("Abel Fierro", "Able Fierro on label", "[NAME] on label"),
        ("Wren Fairley", "Taught W Fairly I&R", "Taught [NAME] I&R"),
        ("Shanice DuBois", "Du Bois called", "[NAME] called"),
        ("Kenji Watanabe", "Ken left his specs", "[NAME] left his specs"),
        ("Fiona Mary Drummond-Hay", "F.D-H. seen", "[NAME] seen"),
        ("Violet Stone", "Thanks - Vi", "Thanks - [NAME]"),
    ],
)
def test_the_person_in_other_forms_goes(redactor: Redactor, name: str, text: str, redacted: str) -> None:
    assert redactor.redact(text, {"name": name}).redacted == redacted
