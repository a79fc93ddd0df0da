"""The words that Prentice knows: phrases of lemmas → what they may mean.

Built once from the semantic models (metrics, dimensions, values with their synonyms) and
`lexicon.yml` (ranking, comparison, negation, topics that are not held, filler).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain, pairwise
from typing import Any, Literal

import yaml

from prentice.planner.words import phrase
from prentice.semantic.model import WEEKDAYS, Catalogue, Dimension

Kind = Literal["metric", "dimension", "value", "grain", "rank", "threshold", "grammar", "topic"]
Phrase = tuple[str, ...]

# Which meaning is looked at first where one phrase has several.
_PRIORITY: dict[Kind, int] = {
    "metric": 0, "value": 1, "dimension": 2, "rank": 3, "grain": 4, "threshold": 5, "grammar": 6, "topic": 7,
}  # fmt: skip

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_GRAIN_WORDS = {
    "day": ("day", "daily", "day by day", "date", "calendar day"),
    "week": ("week", "weekly", "week by week"),
    "month": ("month", "monthly", "month by month", "calendar month"),
    "quarter": ("quarter", "quarterly", "quarter by quarter"),
    "year": ("year", "yearly", "annual", "annually", "year by year"),
}

_DAY_GROUPS = {"weekends": WEEKDAYS[5:], "weekdays only": WEEKDAYS[:5], "during the week": WEEKDAYS[:5]}


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a phrase. `name` is the metric, dimension, topic …; for a value, its key."""

    kind: Kind
    name: str
    dimension: str = ""  # of a value
    models: tuple[str, ...] = ()  # where a dimension or value belongs


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a ranking word orders. `by_units`: words of selling rank by units sold.

    `literal`: "highest" means the largest number even where a small one is better; "worst" does not.
    """

    descending: bool
    by_units: bool = False
    by_visits: bool = False  # "busiest": transactions, appointments
    literal: bool = False
    quick: bool | None = None  # fastest / slowest: of days, fewer is faster


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Made once by `build_lexicon`, and shared by all practices: it holds none of their values."""

    phrases: Mapping[Phrase, tuple[Sense, ...]]
    rankings: Mapping[str, Ranking]
    filler: frozenset[str]
    words: frozenset[str]  # every word known to any phrase, for spelling
    vague: frozenset[str]  # everyday words that are not mended, and not passed over either
    rare: frozenset[str]  # words of the anonymised patients alone: the last that a slip is mended to
    pairs: frozenset[tuple[str, str]]  # neighbours in any phrase
    spellings: Mapping[tuple[str, str], frozenset[str]]  # (dimension, key) -> how a practice may write it
    longest: int

    def at(self, lemmas: Sequence[str], start: int) -> list[tuple[int, tuple[Sense, ...]]]:
        """Phrases that begin at `start`: (how many words, meanings), longest first."""
        hits = []
        for length in range(min(self.longest, len(lemmas) - start), 0, -1):
            if senses := self.phrases.get(tuple(lemmas[start : start + length])):
                hits.append((length, senses))
        return hits


# Words that mean the same inside the name of a figure: "units per ticket" is said as "items per transaction".
_SAME = (
    ("transaction", "sale", "ticket", "basket", "receipt"),
    ("average", "mean", "typical"),
    ("stock", "inventory"),
    ("supplier", "vendor"),
    ("rate", "percentage", "percent"),
    ("order", "job"),
    ("appointment", "booking"),
)
_ONE_SALE = frozenset(_SAME[0])
_OF_ONE = frozenset(["per", "average", "mean", "typical", "each", "a"])
_EXCHANGED = {word: group for group in _SAME for word in group}


def _variants(said: Phrase) -> Iterator[Phrase]:
    """A figure's name, and the same with one of its words exchanged for one that means the same there."""
    yield said
    if "of" in said:
        at = said.index("of") + 1
        yield from ((*said[:at], whose, *said[at:]) for whose in ("our", "the", "my"))
    if len(said) < 2:
        return
    for i, word in enumerate(said):
        if word in _ONE_SALE and not (i and said[i - 1] in _OF_ONE):
            continue  # "share of sales" is money
        for other in _EXCHANGED.get(word, ()):
            yield (*said[:i], other, *said[i + 1 :])


def _of_catalogue(catalogue: Catalogue) -> Iterator[tuple[Phrase, Sense]]:
    for metric in catalogue.metrics.values():
        if metric.hidden:
            continue
        for said in (metric.name.replace("_", " "), metric.label, *metric.synonyms):
            for key in _variants(phrase(said)):
                yield key, Sense("metric", metric.name, models=(metric.model,))
    for dimension in catalogue.dimensions:
        models = models_with(catalogue, dimension.name) if dimension.model == "shared" else (dimension.model,)
        sense = Sense("dimension", dimension.name, models=models)
        for words in (dimension.name.replace("_", " "), dimension.label, *dimension.synonyms):
            yield phrase(words), sense
        for words, value in _values(dimension):
            yield phrase(words), Sense("value", value, dimension.name, models)


def _values(dimension: Dimension) -> Iterator[tuple[str, str]]:
    """(words, key of the value): a group's words stand for each of its values."""
    for value in dimension.values.values():
        short = dimension.name == "us_state"  # "in" and "or" are no Indiana and no Oregon
        for words in (value.label, *([] if short else [value.key.replace("_", " ")]), *value.synonyms):
            yield words, value.key
    for group in dimension.groups:
        for words in (group.label, *group.synonyms):
            yield from ((words, key) for key in group.values)
    if dimension.type == "weekday":
        yield from ((day, day) for day in WEEKDAYS)
        for words, days in _DAY_GROUPS.items():
            yield from ((words, day) for day in days)


def _of_lexicon(own: dict[str, Any]) -> Iterator[tuple[Phrase, Sense]]:
    for grain, all_words in _GRAIN_WORDS.items():
        for words in all_words:
            yield phrase(words), Sense("grain", grain)
    for name, ranking in own["ranking"].items():
        for words in ranking["phrases"]:
            yield phrase(words), Sense("rank", name)
    kinds: tuple[Kind, ...] = ("threshold", "grammar")
    for kind in kinds:
        for name, all_words in own[kind].items():
            for words in all_words:
                yield phrase(words), Sense(kind, name)
    for name, lists in own["topics"].items():
        for words in (w for some in lists for w in some):
            yield phrase(words), Sense("topic", name)


def _named_outright(catalogue: Catalogue) -> dict[Phrase, str]:
    """Phrase -> the one metric that the models call so."""
    named: dict[Phrase, set[str]] = defaultdict(set)
    for metric in catalogue.metrics.values():
        if not metric.hidden:
            for words in (metric.name.replace("_", " "), metric.label, *metric.synonyms):
                named[phrase(words)].add(metric.name)
    return {key: names.pop() for key, names in named.items() if len(names) == 1}


def _spellings(catalogue: Catalogue) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (dimension.name, key): frozenset(letters(w) for w in (key, value.label, *value.synonyms))
        for dimension in catalogue.dimensions
        for key, value in dimension.values.items()
    }


def letters(text: str) -> str:
    """Only letters and digits: "Hi-Index 1.67" and "hi_index_1_67" are alike."""
    return "".join(c for c in text.casefold() if c.isalnum())


def models_with(catalogue: Catalogue, dimension: str) -> tuple[str, ...]:
    """The models of the visible metrics that `dimension` breaks down."""
    return tuple(
        dict.fromkeys(
            m.model for m in catalogue.metrics.values() if not m.hidden and dimension in m.dimensions
        )
    )


@lru_cache(maxsize=4)
def build_lexicon(catalogue: Catalogue) -> Lexicon:
    """The lexicon of the catalogue (one per process in practice)."""
    text = files("prentice.planner").joinpath("lexicon.yml").read_text("utf-8")
    own = yaml.load(text, Loader=_LOADER)  # a safe loader either way
    found: dict[Phrase, dict[tuple[str, str, str], Sense]] = defaultdict(dict)
    own_words = _named_outright(catalogue)
    for key, sense in chain(_of_catalogue(catalogue), _of_lexicon(own)):
        if not key or (sense.kind == "metric" and own_words.get(key, sense.name) != sense.name):
            continue  # what one figure is called is no other's variant
        same = found[key].get((sense.kind, sense.name, sense.dimension))
        if same:
            sense = Sense(sense.kind, sense.name, sense.dimension, tuple({*same.models, *sense.models}))
        found[key][sense.kind, sense.name, sense.dimension] = sense
    phrases = {
        key: tuple(sorted(senses.values(), key=lambda s: _PRIORITY[s.kind])) for key, senses in found.items()
    }
    filler = frozenset(own["filler"].split())
    filler |= {w for word in filler for w in phrase(word)}
    common = {
        w for key, senses in phrases.items() if any(s.models != ("patients",) for s in senses) for w in key
    }
    return Lexicon(
        phrases=phrases,
        rankings={name: _ranking(entry) for name, entry in own["ranking"].items()},
        filler=filler,
        words=frozenset(w for key in phrases for w in key) | filler,
        vague=frozenset(own["vague"].split()),
        rare=frozenset(w for key in phrases for w in key if w not in common),
        pairs=frozenset(pair for key in phrases for pair in pairwise(key)),
        spellings=_spellings(catalogue),
        longest=max(map(len, phrases)),
    )


def _ranking(entry: dict[str, Any]) -> Ranking:
    return Ranking(
        descending=entry.get("descending", True),
        by_units=entry.get("by") == "units",
        by_visits=entry.get("by") == "visits",
        literal=entry.get("literal", False),
        quick=entry.get("quick"),
    )
