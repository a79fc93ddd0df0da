"""A name that stands in a note once more, alone: "auth: Rab Sinclair … stores not Rab"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prentice.deid.redact.gazetteer import CLINICAL, EPONYM, FIRST, NAME, PROTECTED, WORD
from prentice.deid.redact.names import ROLE_WORDS, is_name, word_kind
from prentice.deid.redact.ordinary import is_word_here
from prentice.deid.redact.spans import Span

_WORD = re.compile(r"[A-Z][a-z]{2,}")
# By what a word can be, whether it is found alone anyway, or never is a name alone.
_DECIDED = [bool(kind & (CLINICAL | PROTECTED | EPONYM)) or is_name(kind) for kind in range(2 * EPONYM)]


def names_again(folded: str, spans: Iterable[Span]) -> list[Span]:
    """Each other place of a word of the names among `spans` that alone would be none: a word, or unknown."""
    found: list[Span] = []
    for start, end, kind in spans:
        if kind != "NAME":
            continue
        words = folded[start:end].split(" ")
        if len(words) < 2:
            continue
        for word in words:
            what = word_kind(word)
            if _DECIDED[what] or not _WORD.fullmatch(word) or word.lower() in ROLE_WORDS:
                continue
            at = folded.find(word)
            while at >= 0:
                after = at + len(word)
                if (at < start or at >= end) and _alone(folded, at, after, what):
                    found.append(Span(at, after, "NAME"))
                at = folded.find(word, after)
    return found


def _alone(folded: str, start: int, end: int, kind: int) -> bool:
    if (start and (folded[start - 1].isalnum() or folded[start - 1] in "-'@._/")) or folded[
        end : end + 1
    ].isalnum():
        return False
    if folded[end : end + 1] in ("-", "@", "_"):
        return False
    if not kind & (WORD | NAME):
        return True
    return bool(kind & NAME) and not is_word_here(folded, start, end, beside=False, given=bool(kind & FIRST))
