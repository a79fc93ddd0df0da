"""Passwords: how they are kept, and which are refused.

Rules after NIST SP 800-63B-4 section 3.1.1.2: length, a list of leaked passwords and words of the context;
no rule about kinds of characters, and none expires. Every password is read in Unicode's form NFKC, so that
it fits whichever keyboard typed it.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from prentice.errors import WeakPassword

MIN, MAX = 12, 128  # characters, spaces and any others among them
_LOOKED_AT = 4 * MAX  # a character may be typed as several that NFKC makes one
# argon2id with OWASP's parameters (19 MiB, t=2, p=1): 25 to 40 ms on one core of a busy server.
_HASHES = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Of nobody's password, with the same parameters (a test holds them together): no password costs as much.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$u1NT3ro6AQQlwi9aWmuLEQ$rXUtt/e/O6Io82GbtpbfcSaYcLy10maQ/sK2oaxpmRo"

_PADDING = 6  # so many characters more, at its ends, do not make a leaked password another one
_FEWEST_PARTS = 5  # 'qwerty123456' has two: a run along a row of keys or the alphabet counts as one
_SHORTEST_WORD = 4  # of the context; shorter names stand in too many words
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
    "!@#$%^&*()_+",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_LINES = tuple(line for row in _ROWS for line in (row, row[::-1]))
_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")


@dataclass(frozen=True, slots=True)
class Context:
    """Whose password it is to be: words that somebody who guesses would try first."""

    practices: tuple[str, ...] = ()  # names and short names
    name: str = ""
    email: str = ""


def normalised(password: str) -> str:
    """The password as it is counted and hashed.

    >>> normalised("\\ufb01ne") == "fine"
    True
    """
    return unicodedata.normalize("NFKC", password)


def check_rules(password: str, context: Context) -> None:
    """Nothing, or `WeakPassword` with the rule in one sentence; the password and its words are not in it."""
    if len(password) > _LOOKED_AT or len(text := normalised(password)) > MAX:
        raise _weak(f"A password has at most {MAX} characters.", "Choose a shorter one.")
    if len(text) < MIN:
        raise _weak(f"A password has at least {MIN} characters.", "Several words in a row are easy to keep.")
    folded = text.casefold()
    if _repeats(folded):
        raise _weak(
            "This password repeats a short piece.", "Choose several words that do not belong together."
        )
    if _parts(folded) < _FEWEST_PARTS:
        raise _weak(
            "This password is made of rows of keys, letters or digits.",
            "Choose several words that do not belong together.",
        )
    if _leaked(folded):
        raise _weak(
            "This password, or all of it but a few characters, is in lists of leaked passwords.",
            "Choose one that nobody else has.",
        )
    if whose := _of_context(folded, context):
        raise _weak(f"This password contains {whose}.", "Choose one without it: it would be tried first.")


def hashed(password: str) -> str:
    """The argon2id hash, with its parameters and salt."""
    return _HASHES.hash(_bytes(password))


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether it fits, and a new hash to keep in place of one that was made with other parameters.

    Takes as long where there is none (`kept` is None, or not a hash of ours): for somebody unknown, disabled
    or without a password, so that time tells nobody who has one.
    """
    if kept is None:
        _HASHES.verify(_bytes(password), _NOBODY)
        return False, None
    try:
        return _HASHES.verify_and_update(_bytes(password), kept)
    except UnknownHashError:
        return verify(password, None)


def _bytes(password: str) -> bytes:
    """What is too long to fit anything is cut: NFKC of megabytes is work for nothing."""
    return normalised(password[:_LOOKED_AT]).encode("utf-8", "surrogatepass")


def _weak(message: str, next_step: str) -> WeakPassword:
    return WeakPassword(message, next_step)


def _repeats(text: str) -> bool:
    """Twice or more, the last time perhaps cut: it is as good as the piece, which is too short."""
    pieces = range(1, min(MIN - 1, len(text) // 2) + 1)
    return any(text == (text[:n] * len(text))[: len(text)] for n in pieces)


def _parts(text: str) -> int:
    """How many pieces it has when doubled characters are one and a run along a row is one.

    >>> _parts("qwertyuiop12"), _parts("aaaabbbbcccc"), _parts("red tin boat")
    (3, 1, 12)
    """
    single = re.sub(r"(.)\1+", r"\1", text, flags=re.DOTALL)
    parts = at = 0
    while at < len(single):
        end = at + 1
        while end < len(single) and any(single[at : end + 1] in line for line in _LINES):
            end += 1
        at = end if end - at > 2 else at + 1
        parts += 1
    return parts


@cache
def _leaked_passwords() -> frozenset[str]:
    """36,841 of 6 characters or more, lower case; 16,293 of them have 8 or more. NOTICE says from where."""
    held = files("prentice.identity").joinpath("leaked_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(held).decode().split("\n")) - {""}


def _leaked(text: str) -> bool:
    """In the list as it is, without up to 6 characters that are not letters at its ends, or with letters in
    place of what looks like them."""
    listed = _leaked_passwords()
    for form in {text, text.translate(_LOOKS_LIKE)}:
        if form in listed:
            return True
        for given in range(_PADDING + 1):
            for left in range(given + 1):
                inner = form[left : len(form) - (given - left)]
                around = text[:left] + text[len(text) - (given - left) :]
                if inner in listed and not any(c.isalpha() for c in around):
                    return True
    return False


def _of_context(text: str, context: Context) -> str | None:
    """Which word of the context is in it, without saying the word."""
    forms = {_plain(text), _plain(text.translate(_LOOKS_LIKE))}
    for whose, word in _words(context):
        if len(word) >= _SHORTEST_WORD and any(word in form for form in forms):
            return whose
    return None


def _words(context: Context) -> Iterator[tuple[str, str]]:
    yield "the name of this program", "prentice"
    local = context.email.partition("@")[0]
    for whose, texts in (
        ("the name of the practice", context.practices),
        ("your name", (context.name,)),
        ("a part of your e-mail address", (local, local.partition("+")[0])),
    ):
        for text in texts:
            folded = normalised(text).casefold()
            for word in (folded, *re.split(r"[\W_]+", folded)):
                yield whose, _plain(word)


def _plain(text: str) -> str:
    """Letters and digits alone: 'harbour-optics' is in 'my harbour optics 1'."""
    return "".join(c for c in text if c.isalnum())
