"""A question in the words that the corpus uses: shorthand written out, slips of the finger mended. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9'’/]*")
_SHORTEST = 5  # letters of a word that is mended: shorter ones are other words too often


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
        return _WORD.sub(lambda found: self._word(found[0]), question)

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
