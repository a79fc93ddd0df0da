"""The last look at an answer before anyone sees it: no identifier, no character that does something. Pure.

What an answer tells comes from a practice's database, and what people have typed there is not trusted: a
product's name may hold a telephone number, or signs that turn the direction of a line. Markup and formulas
stay the text that they are; the page and the CSV see to it that they are shown and not run.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prentice.ask.contract import Answer
from prentice.ask.identifiers import Found, without_identifiers

WITHHELD = "[withheld]"
# Ours alone: of the catalogue, of the clock, of the compiler (values of a statement are its parameters).
_OURS = frozenset(
    {"kind", "sql", "columns", "definitions", "timing_ms", "trace_id", "code", "confidence", "parts"}
)
_CODES = frozenset({"sku"})  # columns of product codes: digits there are no telephone number
_PLAIN_MARKS = {0x200C, 0x200D}  # joiners: parts of letters and of emoji


@dataclass(frozen=True, slots=True)
class Passed:
    """`withheld`: how many identifiers of each kind were taken out, one that comes again counted once."""

    answer: Answer
    withheld: Mapping[str, int]


def passed(answer: Answer) -> Passed:
    """`answer` as it may be told, with a note where something was taken out.

    >>> told = passed(Answer(kind="knowledge", answer="Write to jo@example.com."))
    >>> told.answer.answer, dict(told.withheld)
    ('Write to [withheld].', {'email': 1})
    """
    filter_ = _Filter(keep=_codes(answer))
    changed = {
        name: clean
        for name, value in answer
        if name not in _OURS and (clean := filter_.of(value)) is not value
    }
    if filter_.found:
        changed["notes"] = [*changed.get("notes", answer.notes), _note(len(filter_.found))]
    if answer.parts:
        changed["parts"] = [passed(part).answer for part in answer.parts]
    counts = Counter(kind for kind, _ in filter_.found)
    return Passed(answer.model_copy(update=changed) if changed else answer, counts)


def text(words: str) -> str:
    """One text as it may be told.

    >>> text("Ray\\u202e-Ban\\x07 jo@example.com")
    'Ray-Ban [withheld]'
    """
    return without_identifiers(visible(words), WITHHELD)[0]


def visible(words: str) -> str:
    """Without characters that steer: line ends and tabs become spaces, the others go."""
    if words.isprintable():
        return words
    return "".join(filter(None, map(_shown, words)))


def _shown(character: str) -> str:
    if character in "\n\r\t\v\f\x85\u2028\u2029":
        return " "
    steers = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return "" if steers and ord(character) not in _PLAIN_MARKS else character


def _note(count: int) -> str:
    what = "identifier was" if count == 1 else "identifiers were"
    return f"{count} {what} withheld from this answer, because a name in the data holds it."


def _codes(answer: Answer) -> frozenset[str]:
    """The product codes of its rows."""
    places = [n for n, column in enumerate(answer.columns) if column.name in _CODES]
    return frozenset(str(row[n]) for row in answer.rows for n in places if n < len(row))


@dataclass(slots=True)
class _Filter:
    """Walks a value; what needs no change is given back itself, so that most answers are not copied."""

    keep: frozenset[str]
    found: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[str, tuple[str, Found]] = field(default_factory=dict)

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            told = {k: self.of(v) for k, v in value.items()}
            return value if all(told[k] is value[k] for k in told) else told
        if isinstance(value, Sequence):
            parts = [self.of(v) for v in value]
            return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
        if hasattr(value, "model_copy"):
            changed = {k: c for k, v in value if (c := self.of(v)) is not v}
            return value.model_copy(update=changed) if changed else value
        return value

    def _text(self, words: str) -> str:
        """A name of goods comes again in the table, the chart and the sentence: it is looked at once."""
        if words not in self.seen:
            self.seen[words] = without_identifiers(visible(words), WITHHELD, self.keep)
        clean, found = self.seen[words]
        self.found.update(found)
        return words if clean == words else clean
