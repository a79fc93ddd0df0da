"""A practice's own values (brands, models, staff, coatings …), found in the words of a question.

One index holds one practice's values and is built from what its own login can read: a value that
only another practice has cannot be found, so it cannot be shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Phrase = tuple[str, ...]

# A single word of these may stand for the whole value ("Callum", "Veloce", "Marlowe").
_BY_ONE_WORD = ("staff", "prescriber", "practitioner", "brand", "supplier")
_ENUMERATED = frozenset({"status", "movement_type"})  # the models name these values
_LINKING = frozenset(
    {"and", "the", "of", "co", "optical", "eyewear", "sport", "daily", "monthly", "lens", "lab"}
)


@dataclass(frozen=True, slots=True)
class Match:
    """A stored value of one dimension; `exact` is False where only a part of its words was said."""

    dimension: str
    value: str
    exact: bool = True


@dataclass(frozen=True, eq=False)
class ValueIndex:
    """Phrases of lemmas → the values they name, in any dimension."""

    phrases: Mapping[Phrase, tuple[Match, ...]]
    words: frozenset[str]
    longest: int
    stored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # dimension -> its values as stored
    name_words: Mapping[str, int] = field(default_factory=dict)  # word -> how many product names hold it

    @classmethod
    def build(cls, values: Mapping[str, Iterable[str]], phrase: Callable[[str], Phrase]) -> ValueIndex:
        """`values`: dimension → its distinct stored values; `phrase` is the planner's word form."""
        found: dict[Phrase, dict[tuple[str, str], Match]] = defaultdict(dict)
        parts: dict[tuple[str, str], set[str]] = defaultdict(set)
        name_words: dict[str, int] = defaultdict(int)
        for dimension, stored in values.items():
            if "." in dimension or dimension in _ENUMERATED:
                continue
            for value in stored:
                words = phrase(value)
                if not words or not any(c.isalnum() for c in value):
                    continue
                found[words].setdefault((dimension, value), Match(dimension, value))
                if dimension in _BY_ONE_WORD:
                    for word in set(words) - _LINKING:
                        if len(word) > 2 and not word.isdigit():
                            parts[dimension, word].add(value)
                if dimension == "product":
                    for word in set(words):
                        name_words[word] += 1
        for (dimension, word), named in parts.items():
            if dimension == "brand" and len(named) > 1:
                continue
            for value in named:
                if (word,) not in found or all(m.dimension != dimension for m in found[(word,)].values()):
                    found[(word,)].setdefault((dimension, value), Match(dimension, value, exact=False))
        kept = {d: tuple(v) for d, v in values.items() if "." not in d and d not in _ENUMERATED}
        phrases = {words: tuple(matches.values()) for words, matches in found.items()}
        words_of = frozenset(w for words in phrases for w in words if len(w) > 1)
        return cls(phrases, words_of, max((len(p) for p in phrases), default=0), kept, dict(name_words))

    def at(self, lemmas: Sequence[str], start: int) -> list[tuple[int, tuple[Match, ...]]]:
        """Matches that begin at `start`: (how many words, values), longest first."""
        hits = []
        for length in range(min(self.longest, len(lemmas) - start), 0, -1):
            if matches := self.phrases.get(tuple(lemmas[start : start + length])):
                hits.append((length, matches))
        return hits
