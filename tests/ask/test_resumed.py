"""A value that a calculator asked back for, said in the next turn."""

from __future__ import annotations

from typing import Any

import pytest

from prentice.ask.resumed import resumed
from prentice.optics.words import Calculation, Missing

PRISM = "what prism if a -6.00 wearer looks below the centre?"
OBLIQUE = "what prism if a -2.00 -1.00 x 30 wearer looks 5 mm below the centre?"
VERTEX = "vertex a -8.00"


@pytest.mark.parametrize("said", ["5 mm", "5", "it's 5 mm", "5mm.", "about 5"])
def test_a_value_with_its_unit_or_without_completes_what_was_asked(said: str) -> None:
    found = resumed(said, [PRISM])
    assert isinstance(found, Calculation)
    assert found.inputs == {"rx": {"sphere": -6.0}, "below": 5.0}


def test_one_value_after_the_other_is_asked_for() -> None:
    first = resumed("12", [VERTEX])
    assert isinstance(first, Missing)
    assert "worn" in first.question
    second = resumed("0", [VERTEX, "12"])
    assert isinstance(second, Calculation)
    assert dict(second.inputs) == {"rx": {"sphere": -8.0}, "from": 12.0, "to": 0.0}


@pytest.mark.parametrize(("said", "eye"), [("right", "right"), ("the left eye", "left")])
def test_a_word_completes_it_too(said: str, eye: str) -> None:
    found = resumed(said, [OBLIQUE])
    assert isinstance(found, Calculation)
    assert found.inputs["eye"] == eye


@pytest.mark.parametrize(
    ("said", "earlier"),
    [
        ("How many open orders do we have?", [PRISM]),
        ("top 3", [PRISM]),
        ("in May", [PRISM]),
        ("revenue in the last 5 days", [PRISM]),
        ("5", []),
        ("5", ["revenue by brand"]),
        ("5", [PRISM, "revenue by brand"]),
        ("7 mm", [PRISM, "5 mm"]),
    ],
)
def test_what_is_about_something_else_is_left_alone(said: str, earlier: list[str]) -> None:
    found: Any = resumed(said, earlier)
    assert found is None
