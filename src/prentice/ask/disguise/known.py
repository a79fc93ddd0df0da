"""The words that questions are made of: how one knows that a decoded text is language. Pure.

They are those of the scorer's examples and stand in its weights file.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from prentice.ask.injection.scorer import WEIGHTS

_WORD = re.compile(r"[a-z]+")
_LONGEST = 14
# What an attack cannot do without; a slip in one of them must not hide it.
KEYWORDS = (
    "ignore", "disregard", "forget", "override", "bypass", "previous", "earlier", "instructions",
    "instruction", "guidelines", "restrictions", "directives", "safeguards", "system", "prompt", "reveal",
    "password", "passwords", "credentials", "secret", "patient", "patients", "customers", "phone", "address",
    "email", "names", "developer", "administrator", "unrestricted", "jailbreak", "pretend", "roleplay",
    "database", "delete", "tenant", "suppression", "disable", "withheld", "unmask", "anonymisation",
    "prescription", "records", "everything", "configuration", "execute",
)  # fmt: skip


@cache
def words() -> frozenset[str]:
    return frozenset((*json.loads(WEIGHTS.read_text("utf-8"))["words"], *KEYWORDS))


def share_known(text: str) -> float:
    """How much of the letters of `text` stands in known words, 0 to 1."""
    found = _WORD.findall(text)
    letters = sum(map(len, found))
    known = words()
    return sum(len(w) for w in found if len(w) > 1 and w in known) / letters if letters else 0.0


def known_words(text: str, least: int = 3) -> int:
    """How many known words of at least so many letters stand in it."""
    known = words()
    return sum(len(w) >= least and w in known for w in _WORD.findall(text))


def parted(run: str) -> str:
    """A run of letters as the words it is made of; the run itself where it is not.

    >>> parted("ignoreallpreviousinstructions")
    'ignore all previous instructions'
    """
    known = words()
    # best[i]: the least cost of run[:i], and where its last word starts
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(run) + 1):
        best.append(
            min(
                (best[start][0] + _cost(run[start:end], known), start)
                for start in range(max(0, end - _LONGEST), end)
            )
        )
    if best[-1][0] > 0.55 * len(run):
        return run
    said: list[str] = []
    end = len(run)
    while end:
        start = best[end][1]
        said.append(run[start:end])
        end = start
    return " ".join(reversed(said))


def _cost(word: str, known: frozenset[str]) -> float:
    if word in known and (len(word) > 1 or word in "ai"):
        return 1.0 + (2.0 if len(word) == 1 else 0.0)
    return 2.5 * len(word)


@lru_cache(maxsize=4_000)
def mended(word: str) -> str:
    """An unknown word as the keyword it is a slip of; any other as it is.

    >>> mended("instrutions"), mended("igonre"), mended("nordhaven")
    ('instructions', 'ignore', 'nordhaven')
    """
    if len(word) < 5 or word in words():
        return word
    slips = 1 if len(word) < 8 else 2
    found = process.extractOne(word, KEYWORDS, scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found and found[0][0] == word[0] else word
