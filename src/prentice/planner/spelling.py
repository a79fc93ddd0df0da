"""Mending of typing errors, by edit distance and trigrams, against the words that are known."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from prentice.planner.lexicon import Lexicon
from prentice.planner.words import lemma, tokens
from prentice.semantic.calendars import MONTHS, NUMBERS, WEEKDAYS
from prentice.semantic.values import ValueIndex

_TIME_WORDS = frozenset(
    {
        *MONTHS,
        *WEEKDAYS,
        *(w for n in NUMBERS for w in n.split()),
        *("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays", "sat", "sun"),
        *("today", "yesterday", "tomorrow", "morning", "afternoon", "date", "calendar", "complete"),
        *("weekend", "weekends", "fortnight", "fortnights", "half", "first", "second", "third", "fourth"),
        *("this", "last", "previous", "prior", "past", "current", "recent", "trailing", "rolling"),
        *(
            "stretch",
            "spell",
            "span",
            "timeframe",
            "point",
            "part",
            "ending",
            "ended",
            "beginning",
            "fifth",
            "final",
        ),
        *("corresponding", "earlier", "christmas", "boxing", "halloween", "valentine", "independence", "eve"),
        *("next", "upcoming", "coming", "following", "ago", "earlier", "same", "commencing"),
        *("since", "until", "till", "before", "after", "between", "from", "to", "and"),
        *("ytd", "mtd", "qtd", "wtd", "yoy", "mom", "wow", "qoq", "q1", "q2", "q3", "q4", "h1", "h2"),
    }
)


_NAMED = frozenset(
    ["product", "brand", "model", "category", "staff", "practitioner", "prescriber", "supplier"]
)
_LONG_MONTHS = frozenset(
    [
        "tuesday",
        "wednesday",
        "thursday",
        "saturday",
        "january",
        "february",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)
# No name is a slip of one of these ("Jane" is one of "June").
_SHORT_TIME_WORDS = frozenset({"since", "year", "years", "week", "weeks", "month", "today", "quarter"})


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _similarity(a: str, b: str) -> float:
    """Shared trigrams over all trigrams, as PostgreSQL's pg_trgm counts them."""
    x, y = _trigrams(a), _trigrams(b)
    return len(x & y) / len(x | y)


@lru_cache(maxsize=8)
def _known(lexicon: Lexicon, values: ValueIndex) -> tuple[str, ...]:
    return tuple(sorted(lexicon.words | values.words | _TIME_WORDS))


class Speller:
    """Mends a word only when one known word is clearly the nearest.

    `proper` are words written as names. They are mended to the practice's own values alone: a name that
    is not known here must not become a word.
    """

    def __init__(self, lexicon: Lexicon, values: ValueIndex, proper: frozenset[str] = frozenset()) -> None:
        self._lexicon, self._values, self._proper = lexicon, values, proper

    def mend(self, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """`text` with unknown words mended, and the pairs (as typed, as read)."""
        corrections: list[tuple[str, str]] = []
        pieces: list[str] = []
        at = 0
        words = tokens(text)
        for index, token in enumerate(words):
            word = token.text
            if token.start < at or not word.isalpha():
                continue
            after = words[index + 1] if index + 1 < len(words) else None
            if after and (joined := self._joined(word, after.text)):
                pieces += [text[at : token.start], joined]
                at = after.end
                continue
            if len(word) < 3 or self._is_known(word):
                continue
            before = words[index - 1].lemma if index else ""
            if better := self._nearest(word, before, after.lemma if after else ""):
                if word.endswith("s") and not better.endswith("s") and lemma(better + "s") == better:
                    better += "s"
                corrections.append((word, better))
                pieces += [text[at : token.start], better]
                at = token.end
        return "".join([*pieces, text[at:]]), tuple(corrections)

    def _joined(self, word: str, following: str) -> str | None:
        """A value's word that was typed with a space: "aqua vue" is "aquavue"."""
        joined = word + following
        if len(joined) > 5 and joined in self._values.words and (word, following) not in self._values.phrases:
            return joined
        return None

    def _is_known(self, word: str) -> bool:
        return word in self._lexicon.vague or any(
            w in self._lexicon.words or w in self._values.words or w in _TIME_WORDS
            for w in (word, lemma(word))
        )

    def _nearest(self, word: str, before: str, after: str) -> str | None:
        if split := _split_in_two(word, self._lexicon, self._values):
            return split
        allowed = 1 if len(word) < 7 else 2
        best: tuple[float, bool, bool, float, str] | None = None
        pairs = self._lexicon.pairs
        for known in _known(self._lexicon, self._values):
            if abs(len(known) - len(word)) > allowed or len(known) < 4:
                continue
            if word in self._proper and known not in _names(self._values) and known not in _LONG_MONTHS:
                continue
            for typed in {word, lemma(word)}:
                distance = DamerauLevenshtein.distance(typed, known, score_cutoff=allowed)
                together = (before, lemma(known)) in pairs or (lemma(known), after) in pairs
                if distance > allowed or not (
                    together or (len(typed) > 3 and _plausible(typed, known, distance))
                ):
                    continue
                plain_word = known in self._lexicon.filler or known in _TIME_WORDS
                if any(typed == prefix + known for prefix in ("in", "un", "im", "ir", "il", "non", "dis")):
                    continue  # "inactive" is no slip of "active"
                unlikely = known in self._lexicon.rare or (plain_word and not together)
                rank = (distance, unlikely, not together, -_similarity(typed, known), known)
                if best is None or rank < best:
                    best = rank
        return best[4] if best else None


@lru_cache(maxsize=8)
def _names(values: ValueIndex) -> frozenset[str]:
    """Words of the practice's own names: a name that was typed is no way to pay and no kind of order."""
    return frozenset(
        word
        for words, matches in values.phrases.items()
        if any(m.dimension in _NAMED for m in matches)
        for word in words
    )


def _plausible(typed: str, known: str, distance: int) -> bool:
    """Short words hold names ("Alex", "Dave"), so only a letter left out or two swapped are mended there."""
    if known in MONTHS and len(known) < 6 and len(typed) == len(known) and sorted(typed) != sorted(known):
        return False  # "Marsh" and "Jane" are names
    if len(typed) == 4 and known in _SHORT_TIME_WORDS and typed[0] == known[0]:
        return True
    if len(typed) == 4:
        inner = len(known) == 5 and typed[0] == known[0] and typed[-1] == known[-1]
        return inner or (len(known) == 4 and sorted(typed) == sorted(known) and typed[0] == known[0])
    if distance == 2 or len(typed) < 6:
        return typed[0] == known[0]
    return True


def _split_in_two(word: str, lexicon: Lexicon, values: ValueIndex) -> str | None:
    """Two known words that were typed without the space: "contactlenses" is "contact lenses"."""
    for cut in range(3, len(word) - 2):
        left, right = word[:cut], word[cut:]
        pair = (lemma(left), lemma(right))
        if pair in lexicon.phrases or pair in values.phrases:
            return f"{left} {right}"
    return None
