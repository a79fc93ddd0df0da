"""A question in the words that the corpus uses: shorthand written out, slips of the finger mended. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from prentice.knowledge.words import GOODS

_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9'’/]*")
_NAME = re.compile(r"[A-Za-zÀ-ÿ0-9][A-Za-zÀ-ÿ0-9'’]*")
_POWER = re.compile(
    r"(?<![\w.])(?:(?P<minus>[-−–]|minus )|(?P<plus>\+|plus ))(?P<size>\d{1,2}(?:\.\d{1,2})?)"
    r"(?![\d.]|\s*(?:mm|%|base))",
    re.IGNORECASE,
)
_HIGH_MINUS, _HIGH_PLUS = 6.0, 5.0  # dioptres from which the trade calls a prescription high
_SHORTEST = 5  # letters of a word that is mended: shorter ones are other words too often


def strength(question: str) -> str:
    """What the trade calls a power that stands in the question; "" where it is of no note, or there is none.

    >>> [strength(q) for q in ("which lens suits a -8.00 wearer?", "+7.25 child", "-2.00 -1.00 x 90", "5 mm")]
    ['high minus', 'high plus', '', '']
    """
    for found in _POWER.finditer(question):
        size = float(found["size"])
        if found["minus"] and size >= _HIGH_MINUS:
            return "high minus"
        if found["plus"] and size >= _HIGH_PLUS:
            return "high plus"
    return ""


class Spoken:
    """`vocabulary`: the lower-case words that stand in the corpus."""

    def __init__(self, vocabulary: Collection[str]) -> None:
        self._known = frozenset(vocabulary)
        self._sorted = sorted(w for w in self._known if len(w) >= _SHORTEST - 1 and w.isalpha())
        self._meant = lru_cache(maxsize=10_000)(self._mended)

    def plain(self, question: str) -> str:
        """
        >>> Spoken({"astigmatism", "patient", "has"}).plain("px has astigmatisim")
        'patient has astigmatism'
        """
        plain = _WORD.sub(lambda found: self._word(found[0]), question)
        return f"{plain} {named}" if (named := strength(question)) and named not in plain.lower() else plain

    def strange(self, question: str) -> str:
        """A name that stands nowhere in the corpus: of a brand, a product, a method; "" where there is none.

        A capital alone may be a place: with another one, a number, "the" before or a product behind, it is a
        name that somebody gave.

        >>> Spoken({"minimum", "height", "of", "the", "lens"}).strange("Height of the Zephyra Orbit 7 lens?")
        'Zephyra Orbit'
        """
        words = list(_NAME.finditer(question))
        odd = [self._is_strange(word[0], first=at == 0) for at, word in enumerate(words)]
        for at, word in enumerate(words):
            if not odd[at]:
                continue
            before = words[at - 1][0].lower() if at else ""
            after = words[at + 1][0] if at + 1 < len(words) else ""
            if at + 1 < len(words) and odd[at + 1]:
                return f"{word[0]} {after}"
            if before in ("the", "a", "an", "my", "our") or after.lower() in GOODS or after.isdigit():
                return word[0]
        return ""

    def _is_strange(self, word: str, *, first: bool) -> bool:
        plain = word.lower()
        named = word[0].isupper() and not first
        inside = any(c.isupper() for c in word[1:]) and not word.isupper()
        coded = any(c.isdigit() for c in word) and word[0].isupper() and len(word) > 2
        if not (named or inside or coded) or len(word) < 3 or plain in shorthand():
            return False
        return not any(part in self._known for part in (plain, plain.rstrip("s"), plain.removesuffix("'s")))

    def _word(self, word: str) -> str:
        low = word.lower()
        if (meant := shorthand().get(low)) is not None:
            return meant
        if low in self._known or len(low) < _SHORTEST or not low.isalpha():
            return word
        return self._meant(low) or word

    def _mended(self, word: str) -> str | None:
        most = 1 if len(word) < 8 else 2
        found = process.extractOne(word, self._sorted, scorer=OSA.distance, score_cutoff=most)
        return found[0] if found and found[0][0] == word[0] else None


@lru_cache(maxsize=1)
def shorthand() -> dict[str, str]:
    text = files("prentice.knowledge").joinpath("shorthand.yml").read_text("utf-8")
    told: dict[str, str] = yaml.safe_load(text)
    return told
