"""The closed vocabulary of findings, and the automata that find its forms in a note."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml
from ahocorasick_rs import AhoCorasick, MatchKind

from prentice.deid.redact.gazetteer import fold

_MARKS = b"-.,/()[]{}:;!?\"'&\n\r\t#*_~=+<>^"
_SPACED = bytes.maketrans(_MARKS, b" " * len(_MARKS))


class Hit(NamedTuple):
    """A form of the term `term` from `start` to `end` of the folded text."""

    start: int
    end: int
    term: str


@cache
def terms() -> dict[str, tuple[str, ...]]:
    """Every term and the forms it is written in, the term itself first."""
    groups = yaml.safe_load(files(__package__).joinpath("vocabulary.yml").read_text(encoding="utf-8"))
    return {term: (term, *forms) for group in groups.values() for term, forms in group.items()}


def spaced(folded: str) -> str:
    """A folded text with marks as spaces, of the same length plus a space at each end.

    >>> spaced("dry-eye, R>L")
    ' dry eye  R L '
    """
    return f" {folded.encode().translate(_SPACED).decode()} "


class Forms:
    """Finds the forms of all terms: the longest at each place, capitals as written."""

    def __init__(self) -> None:
        caseless: dict[str, str] = {}
        cased: dict[str, str] = {}
        for term, forms in terms().items():
            for at, form in enumerate(forms):
                key = " " + " ".join(spaced(fold(form)).split())
                if at and form != form.lower() and " " not in form:
                    cased.setdefault(key, term)
                else:
                    for number in ("", "s", "es") if key[-1].isalpha() and key[-1] != "s" else ("",):
                        caseless.setdefault(key.lower() + number, term)
        self._cased, self._caseless = _automaton(cased), _automaton(caseless)
        self._cased_terms, self._caseless_terms = list(cased.values()), list(caseless.values())

    def __call__(self, folded: str) -> list[Hit]:
        """Hits in order; where two overlap, the longer."""
        text = spaced(folded)
        hits = [
            *_found(text, self._cased, self._cased_terms),
            *_found(text.lower(), self._caseless, self._caseless_terms),
        ]
        if len(hits) < 2:
            return hits
        kept: list[Hit] = []
        for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
            if all(hit.end <= other.start or hit.start >= other.end for other in kept):
                kept.append(hit)
        kept.sort()
        return kept


def _automaton(forms: dict[str, str]) -> AhoCorasick:
    return AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest)


def _found(text: str, automaton: AhoCorasick, names: list[str]) -> Iterator[Hit]:
    for which, start, end in automaton.find_matches_as_indexes(text):
        if text[end] == " ":
            yield Hit(start, end - 1, names[which])
