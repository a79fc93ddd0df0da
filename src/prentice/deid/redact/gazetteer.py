"""Names, places and the words of the trade, read once; Aho-Corasick over places and protected phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

from ahocorasick_rs import AhoCorasick, MatchKind

# What a word can be. A bit each; a word without bits is unknown.
FIRST, SURNAME, WORD, CLINICAL, PROTECTED, PLACE, EPONYM = 1, 2, 4, 8, 16, 32, 64
NAME = FIRST | SURNAME
STOP = CLINICAL | PROTECTED
SMALL = 128  # of a phrase: a name or a place in lower case

# One character to one character, so that offsets in the folded text are offsets in the text.
_ACCENTED = """
A ÀÁÂÃÄÅĀĂĄ
C ÇĆĈĊČ
D ÐĎĐ
E ÈÉÊËĒĔĖĘĚ
G ĜĞĠĢ
H ĤĦ
I ÌÍÎÏĨĪĬĮİ
J Ĵ
K Ķ
L ĹĻĽĿŁ
N ÑŃŅŇ
O ÒÓÔÕÖØŌŎŐŒ
R ŔŖŘ
S ŚŜŞŠȘ
T ŢŤŦȚ
U ÙÚÛÜŨŪŬŮŰŲ
W ŴẀẂẄ
Y ÝŶŸỲ
Z ŹŻŽ
a àáâãäåāăąæ
c çćĉċč
d ðďđ
e èéêëēĕėęě
g ĝğġģ
h ĥħ
i ìíîïĩīĭįı
j ĵ
k ķ
l ĺļľŀł
n ñńņň
o òóôõöøōŏőœ
r ŕŗř
s śŝşšș
t ţťŧț
u ùúûüũūŭůűų
w ŵẁẃẅ
y ýÿŷỳ
z źżž
"""
_PLAIN = {accented: line[0] for line in _ACCENTED.split("\n") if line for accented in line[2:]}
_PLAIN.update(dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4", "'"))
_PLAIN.update(dict.fromkeys("\u201c\u201d", '"'))
_PLAIN.update(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_PLAIN.update(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))
_PLAIN.update({chr(0xFF10 + digit): str(digit) for digit in range(10)})
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def fold(text: str) -> str:
    r"""`text` in ASCII, of the same length: no accents, plain quotes and dashes; the rest becomes "~".

    >>> fold("Zo\u00eb O\u2019Brien \u2013 12 \u2193")
    "Zoe O'Brien - 12 ~"
    """
    if not text.isascii():
        text = _NOT_ASCII.sub(_plain, text)
    return text.replace("\t", " ").replace("`", "'")


def _plain(match: re.Match[str]) -> str:
    """A letter of the Latin script without its marks; kept, for there are no more than Unicode has."""
    found = _PLAIN.get(match[0])
    if found is None:
        letter = normalize("NFD", match[0])[0]
        found = _PLAIN[match[0]] = letter if letter.isascii() else "~"
    return found


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, parted by spaces."""
    return frozenset(text.split())


def lines_of(name: str) -> Iterator[str]:
    """The lines of a file of data without its comments."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def entries_of(name: str) -> Iterator[str]:
    """The entries of a file of data whose lines hold several, parted by commas."""
    return (fold(entry) for line in lines_of(name) for entry in line.split(", ") if entry)


@cache
def words() -> frozenset[str]:
    """Words of everyday English."""
    return frozenset(lines_of("words.txt"))


@cache
def clinical() -> frozenset[str]:
    """Words and abbreviations of the consulting room."""
    return frozenset(word for line in lines_of("clinical.txt") for word in line.split())


@cache
def kinds() -> dict[str, int]:
    """What each word known here can be, by its lower case: bits of FIRST, SURNAME, WORD, CLINICAL,
    PROTECTED, PLACE and EPONYM.

    >>> kinds()["whitlock"] == SURNAME, kinds()["young"] & WORD == WORD
    (True, True)
    """
    found: dict[str, int] = {}
    for bit, members in (
        (FIRST, lines_of("first_names.txt")),
        (SURNAME, lines_of("surnames.txt")),
        (WORD, words()),
        (CLINICAL, clinical()),
        (PROTECTED, (fold(word).lower() for word in lines_of("protected.txt") if " " not in word)),
        (PLACE, (place.lower() for place in _places() if " " not in place)),
    ):
        for word in members:
            found[word] = found.get(word, 0) | bit
    for name, bit in (("brands.txt", PROTECTED), ("drugs.txt", PROTECTED), ("eponyms.txt", EPONYM)):
        for entry in entries_of(name):
            word = entry.lower()
            kind = found.get(word, 0)
            if bit == EPONYM:  # one that nobody is called by is protected wherever it stands
                found[word] = kind | EPONYM | (0 if kind else PROTECTED)
            elif not kind and word.isalpha():
                found[word] = PROTECTED
    for word in ("christmas", "xmas", "easter", *_DAYS):
        found[word] = found.get(word, 0) | CLINICAL
    return found


_DAYS = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
]


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """The other forms of a given name, both ways: Liz for Elizabeth, Elizabeth and Beth for Liz."""
    pairs: dict[str, set[str]] = {}
    for line in lines_of("nicknames.txt"):
        full, _, short = line.partition(":")
        for form in short.split():
            pairs.setdefault(full, set()).add(form)
            pairs.setdefault(form, set()).add(full)
    return {name: frozenset(forms) for name, forms in pairs.items()}


@cache
def _places() -> tuple[str, ...]:
    return tuple({*lines_of("places_uk.txt"), *lines_of("places_us.txt")})


def _small() -> Iterator[str]:
    """Names and places as who writes no capitals has them, but for those that are words then."""
    words_too = {word for line in lines_of("small_words.txt") for word in line.split()}
    for word, kind in kinds().items():
        known = kind & (NAME | PLACE) and not kind & ~(NAME | PLACE)
        if known and word not in words_too and len(word) > (3 if kind & FIRST else 4):
            yield word
    yield from (fold(place).lower() for place in _places() if " " in place)


_MARKS = b"-.,/()[]{}:;!?\"'&\n\r#*_~"
_SPACED = bytes.maketrans(_MARKS, b" " * len(_MARKS))


class Phrases:
    """Every place and protected phrase in a text, leftmost longest, capitalised or in capitals; with `small`,
    names and places in lower case too.
    """

    def __init__(self, *, small: bool = False) -> None:
        meaning: dict[str, int] = {}
        several = (
            entry for name in ("brands.txt", "drugs.txt") for entry in entries_of(name) if " " in entry
        )
        for bit, phrases in (
            (PLACE, _places()),
            (PROTECTED, lines_of("protected.txt")),
            (PROTECTED, (entry for entry in several if " " in entry)),
        ):
            for phrase in phrases:
                form = fold(phrase).encode().translate(_SPACED).decode()
                for cased in (form, form.upper()):
                    if len(cased) > 2:
                        meaning[" " + cased] = meaning.get(" " + cased, 0) | bit
        for word in _small() if small else ():
            form = word.encode().translate(_SPACED).decode()
            meaning.setdefault(" " + form, SMALL)
        self._bits = list(meaning.values())
        self._automaton = AhoCorasick(list(meaning), matchkind=MatchKind.LeftmostLongest)

    def __call__(self, scanned: bytes) -> list[tuple[int, int, int]]:
        """Start, end and bits (PLACE, PROTECTED, SMALL) of each in an ASCII text, in order."""
        spaced = f" {scanned.translate(_SPACED).decode()} "
        bits = self._bits
        return [
            (start, end - 1, bits[which])
            for which, start, end in self._automaton.find_matches_as_indexes(spaced)
            if not spaced[end].isalnum()
        ]
