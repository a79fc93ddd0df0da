"""Notes as they are dictated, typed in haste or read by a scanner: names go, the figures stay."""

from __future__ import annotations

import pytest

from prentice.deid.redact import Redactor

CASES = [
    # in words
    ("call me on oh seven seven double oh nine oh oh two one four", "call me on [PHONE]"),
    ("born the third of the sixth eighty nine", "born [DATE]"),
    ("date of birth october fifth nineteen eighty eight.", "date of birth [DATE]."),
    ("we moved to seventy one acacia gardens", "we moved to [LOCATION]"),
    ("pressure was twenty six, axis one seventy five", "pressure was twenty six, axis one seventy five"),
    # read by a scanner
    ("D.O.B   0 7 / 1 2 / 1 9 4 6", "D.O.B   [DATE]"),
    ("Soc Sec  374 - 9O - 2186", "Soc Sec  [ID]"),
    ("Rx  R  - 1 . 2 5  seen", "Rx  R  - 1 . 2 5  seen"),
    # in haste
    ("son in law jignesh does the driving", "son in law [NAME] does the driving"),
    ("could harpreet ring me", "could [NAME] ring me"),
    ("was told a week by joy.", "was told a week by [NAME]."),
    ("she lives in broken arrow now", "she lives in [LOCATION] now"),
    ("the surgery at deane rd", "the surgery at [LOCATION]"),
    ("by hand. in a week, to the lab", "by hand. in a week, to the lab"),
    ("asks for a grace period on her balance", "asks for a grace period on her balance"),
    # classes of all notes
    ("we called on 7/18 and 7/24", "we called on [DATE] and [DATE]"),
    ("cover 3/10-3/14 please", "cover [DATE] please"),
    ("VA 20/20-20/25, IOP 14/15-15/16", "VA 20/20-20/25, IOP 14/15-15/16"),
    ("her office, Tamar Valley Vets, Unit 6", "her office, [NAME], Unit 6"),
    ("certified mail 7021 0950 0001 4432 8817", "certified mail [ID]"),
    ("Frame RB5154 54-18-140 and OX8046", "Frame RB5154 54-18-140 and OX8046"),
]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(("text", "redacted"), CASES)
def test_a_loose_note_is_read_as_it_was_meant(redactor: Redactor, text: str, redacted: str) -> None:
    assert redactor.redact(text).redacted == redacted


def test_letters_of_other_languages_keep_their_places(redactor: Redactor) -> None:
    assert redactor.redact("Disp: Nguyễn Thị Hạnh (collects)").redacted == "Disp: [NAME] (collects)"


def test_a_name_found_once_is_found_again_alone(redactor: Redactor) -> None:
    text = "Auth: Rab Sinclair. Deliver to stores, not Rab."
    assert redactor.redact(text).redacted == "Auth: [NAME]. Deliver to stores, not [NAME]."
