"""Which passwords are refused, and that a hash costs what it should."""

from __future__ import annotations

import re
import statistics
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from prentice.errors import WeakPassword
from prentice.identity import passwords
from prentice.identity.passwords import Context, check_rules, hashed, verify

SOMEBODY = Context(("Harbour Optics", "harbour-optics"), "Margarethe Quill", "mquill+work@harbour.example")


@pytest.mark.parametrize(
    "password",
    [
        "seven violet harpsichords",
        "            7",  # spaces are characters, though nobody should
        "Ω≈ç√∫µ≤≥÷åß∂ƒ",
        "日本語の合言葉はとても長いのです",
        "savannah river boats 12",
        "correct horse battery staple",
        "hello there, world",
        "x" + "ab9!kQ" * 21,  # 127
    ],
)
def test_length_and_nothing_else_is_asked_of_the_characters(password: str) -> None:
    if password.strip() != "7":
        check_rules(password, SOMEBODY)
    else:
        with pytest.raises(WeakPassword, match="rows of keys"):
            check_rules(password, SOMEBODY)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 12"),
        ("elevenchar!", "at least 12"),
        ("\ufb01" * 5 + "x", "at least 12"),  # NFKC makes 'fi' of one character: 11
        ("k9" + "q7!vZ" * 26, "at most 128"),
        ("p" * 100_000, "at most 128"),
        ("password1234", "leaked"),
        ("PassWord1234", "leaked"),
        ("p@ssw0rd!!!!", "leaked"),
        ("123sunshine!", "leaked"),
        ("iloveyou2026", "leaked"),
        ("qwerty123456", "rows of keys"),
        ("abcdefghijkl", "rows of keys"),
        ("aaaaaaaaaaaa", "repeats"),
        ("abcabcabcabc", "repeats"),
        ("correct correct correct", "repeats"),
        ("1q2w3e4r5t6y", "leaked|rows of keys"),
        ("987654321098", "leaked|rows of keys"),
        ("my prentice pass", "name of this program"),
        ("My Pr3ntice pass", "name of this program"),
        ("at the harbour wall", "name of the practice"),
        ("hello HarbourOptics!", "name of the practice"),
        ("margarethe likes tea", "your name"),
        ("the mquill of 1987", "your e-mail address|your name"),
    ],
)
def test_a_weak_password_is_refused_in_one_sentence_that_does_not_say_it(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why) as told:
        check_rules(password, SOMEBODY)
    assert told.value.status == 422
    assert told.value.message.count(".") == 1
    for word in ("harbour", "quill", "margarethe"):
        assert word not in str(told.value).lower()


def test_the_list_holds_more_than_ten_thousand_of_eight_characters_and_more() -> None:
    held = passwords._leaked_passwords()
    assert sum(len(one) >= 8 for one in held) > 10_000
    assert {"password", "trustno1", "iloveyou", "princess"} <= held


def test_short_names_are_not_looked_for_in_other_words() -> None:
    check_rules("an oblique lion sang", Context(name="Li Ono", email="li@harbour.example"))


def test_a_password_fits_however_its_characters_were_typed() -> None:
    kept = hashed("caf\u00e9 au lait du matin")
    assert verify("cafe\u0301 au lait du matin", kept) == (True, None)
    assert verify("cafe au lait du matin", kept) == (False, None)


def test_an_argon2id_hash_has_owasps_parameters_and_a_salt() -> None:
    one, other = hashed("seven violet harpsichords"), hashed("seven violet harpsichords")
    assert one != other
    memory, rounds, lanes = map(int, re.findall(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", one)[0])
    assert (memory >= 19_456, rounds, lanes) == (True, 2, 1)
    assert one.rsplit("$", 2)[0] == passwords._NOBODY.rsplit("$", 2)[0]


def test_a_hash_of_other_parameters_is_made_anew_when_its_password_is_shown() -> None:
    old = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8_192, parallelism=1),)).hash("seven violets")
    right, newer = verify("seven violets", old)
    assert right
    assert newer is not None
    assert verify("seven violets", newer) == (True, None)
    assert verify("eight violets", old) == (False, None)


@pytest.mark.parametrize("kept", [None, "", "!", "md5$abc", "$2b$12$abcdefghijklmnopqrstuv"])
def test_no_hash_fits_nothing_and_takes_as_long(kept: str | None) -> None:
    real = hashed("seven violet harpsichords")

    def took(against: str | None) -> float:
        start = time.perf_counter()
        assert not verify("seven violet harpsichord", against)[0]
        return time.perf_counter() - start

    pairs = [(took(real), took(kept)) for _ in range(11)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.6 < unknown / known < 1.6  # without a hash it would be a thousandth


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=0, max_size=140))
def test_any_text_is_taken_or_refused_with_a_reason(text: str) -> None:
    with suppress(WeakPassword):
        check_rules(text, SOMEBODY)
        assert 12 <= len(passwords.normalised(text)) <= 128


def test_what_is_no_text_or_far_too_long_is_a_wrong_password_and_no_error() -> None:
    kept = hashed("seven violet harpsichords")
    assert verify("\ud800 lone half", kept) == (False, None)
    start = time.perf_counter()
    assert verify("\ufdfa" * 1_000_000, kept) == (False, None)
    assert time.perf_counter() - start < 1
