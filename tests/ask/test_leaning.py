"""Whether a question asks for figures or for knowledge, by its words: questions it was not trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prentice.ask.leaning import leaning
from prentice.ask.leaning.train import examples
from prentice.ask.route import OF_FIGURES, OF_KNOWLEDGE

ASKED = [json.loads(line) for line in Path(__file__).with_name("route.jsonl").read_text("utf-8").splitlines()]


def test_the_words_tell_who_is_asked() -> None:
    wrong = [q["text"] for q in ASKED if (leaning(q["text"]) > 0.5) != (q["label"] == "expert")]
    assert len(ASKED) == 300
    assert len(wrong) <= 0.07 * len(ASKED), wrong  # 5.3 % when the weights were kept


@pytest.mark.parametrize("label", ["figures", "expert"])
def test_what_is_plain_is_seldom_wrong(label: str) -> None:
    plain = [
        q
        for q in ASKED
        if (leaning(q["text"]) <= OF_FIGURES if label == "figures" else leaning(q["text"]) >= OF_KNOWLEDGE)
    ]
    assert len(plain) >= 80
    assert sum(q["label"] != label for q in plain) <= 0.03 * len(plain)


def test_no_example_is_one_of_the_examined() -> None:
    assert not {e.text.casefold() for e in examples()} & {q["text"].casefold() for q in ASKED}
