"""A patient's own values as people mishear and mistype them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from prentice.deid.redact import Redactor

PATIENT: dict[str, Any] = {
    "name": "Siobhán Wray",
    "full_address": {"street": "5 Galleon Yard", "city": "Perrysburg", "state": "OH", "zip": "43551"},
}


@cache
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("9.20am Shivaun rang re lens", "Shivaun"),
        ("name is spelt S-i-o-b-h-a-n", "S-i-o"),
        ("spelt S I O B H A N on card", "S I O"),
        ("post to 5 Galleon Yd please", "Galleon"),
        ("post to 5 Gallion Yard please", "Gallion"),
        ("lives Perrysberg now", "Perrysberg"),
    ],
)
def test_an_own_value_misheard_or_mistyped_goes(text: str, own: str) -> None:
    assert own not in redactor().redact(text, PATIENT).redacted


def test_an_own_town_that_is_a_word_goes_before_its_state_only() -> None:
    patient = {"name": "Wayne Colter", "full_address": {"city": "Defiance", "state": "OH"}}
    text = "in defiance of advice; ship to defiance ohio"
    assert redactor().redact(text, patient).redacted == "in defiance of advice; ship to [LOCATION] ohio"


@pytest.mark.parametrize("text", ["Ends in Ann", "x", "Tolu", "Seen by Priya R", "Tad ", "Mrs Cheung ,"])
def test_a_name_that_ends_a_note_is_no_end_of_the_redactor(text: str) -> None:
    found = redactor().redact(text, PATIENT)
    assert all(0 <= span.start < span.end <= len(text) for span in found.spans)
    assert bool(found.spans) is (found.redacted != text)
