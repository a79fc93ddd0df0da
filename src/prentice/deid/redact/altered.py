"""A patient's own values as they are misheard and mistyped: "Shivaun" and "S-i-o-b-h-a-n", "Perrysberg"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

from prentice.deid.redact.addresses import roads
from prentice.deid.redact.gazetteer import CLINICAL, FIRST, NAME, PROTECTED, WORD, kinds
from prentice.deid.redact.ordinary import STATES
from prentice.deid.redact.person import Person
from prentice.deid.redact.spans import Span

_SPELT = re.compile(r"(?<![A-Za-z\d'.\-])[A-Za-z](?:(?:-|\. ?| |, )[A-Za-z]){3,}(?![A-Za-z\d'])")
_CAPITALISED = re.compile(r"(?<![A-Za-z'\-])[A-Z][A-Za-z]{3,}(?![A-Za-z'\-])")


def spelt_names(folded: str, person: Person) -> Iterator[Span]:
    """Names letter by letter, with dashes, spaces or full stops between."""
    for found in _SPELT.finditer(folded):
        word = "".join(letter for letter in found[0].lower() if letter.isalpha())
        if word in person.words or _is_slip(word, person.misspelt):
            yield Span(*found.span(), "NAME")


def heard_names(folded: str, person: Person) -> Iterator[Span]:
    """Words that nothing here knows, or given names, that sound as one of the person's names does."""
    sounds = {sound(name) for name in person.misspelt}
    table = kinds()
    for found in _CAPITALISED.finditer(folded):
        word = found[0].lower()
        kind = table.get(word, 0)
        if kind & ~NAME or (kind and not kind & FIRST) or word in STATES:
            continue
        if len(heard := sound(word)) > 2 and heard in sounds:
            yield Span(*found.span(), "NAME")


_SOUNDS = tuple(
    (re.compile(letters), said)
    for letters, said in (
        ("x", "ks"),
        ("^(?:kn|gn)", "n"),
        ("^wr", "r"),
        ("chr", "kr"),
        ("sch|tch|[sc][hz]|s(?=i[oa])", "x"),
        ("ph|bh|mh|v", "f"),
        ("dh|gh", ""),
        ("dg|g(?=[eiy])", "j"),
        ("c(?=[eiy])|z", "s"),
        ("c|q", "k"),
        ("^[aeiouy]+", "a"),
        ("(?<!^)[aeiouyhw]+", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """The consonants of a lower-case word as they are heard, with an "a" for any vowel at its head.

    >>> sound("siobhan") == sound("shivaun"), sound("kathryn") == sound("catherine"), sound("aoife")
    (True, True, 'af')
    """
    for letters, said in _SOUNDS:
        word = letters.sub(said, word)
    return word


def _is_slip(word: str, names: set[str]) -> bool:
    """Whether a word is one letter (from nine letters on two) away from a name that begins or ends so."""
    return any(
        abs(len(word) - len(name)) <= 2
        and (word[0] == name[0] or word[-1] == name[-1])
        and OSA.distance(word, name, score_cutoff=2) <= (2 if len(name) > 8 and word[0] == name[0] else 1)
        for name in names
    )


def mistyped(present: set[str], person: Person) -> tuple[set[str], list[tuple[str, ...]]]:
    """The words of a text that are an own town with a slip, and the own phrases as the text has them then."""
    towns = {town for town in person.towns if len(town) > 5}
    streets = {
        word
        for phrase, kind in person.phrases.items()
        if kind == "LOCATION"
        for word in phrase
        if len(word) > 4 and word.isalpha() and word not in roads()
    }
    wanted = towns | streets
    if not wanted:
        return set(), []
    table = kinds()
    slips = {
        word: {own for own in wanted if _is_slip(word, {own})}
        for word in present - wanted
        if len(word) > 4 and not table.get(word, 0) & (WORD | CLINICAL | PROTECTED)
    }
    phrases = [
        tuple(word if own == each else each for each in phrase)
        for word, owns in slips.items()
        for own in owns & streets
        for phrase, kind in person.phrases.items()
        if kind == "LOCATION" and own in phrase and len(phrase) > 1
    ]
    return {word for word, owns in slips.items() if owns & towns}, phrases
