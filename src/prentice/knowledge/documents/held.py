"""What keeps a document out: what looks like a patient.

Staff and suppliers are named in every house protocol, and their telephone numbers stand in every price list:
a name alone, or a number alone, holds nothing back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from prentice.deid.redact.spans import Span
from prentice.errors import DocumentHeldBack
from prentice.knowledge.passages import Passage

Identifiers = Callable[[str], Sequence[Span]]  # `deid.redact.Redactor().spans`
_LEAST_AGE = 3  # years: a date as far back as that, beside a name, is a birthday sooner than a note's date
_PLACES = 5  # told

_BORN = re.compile(r"\b(?:d\.?o\.?b|date of birth|birth ?date|born)\b", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(?:nhs|chi|mrn|medical record|hospital|patient|ssn|social security|medicare|medicaid)\b",
    re.IGNORECASE,
)
_CARE = re.compile(
    r"\b(?:patients?|pt|px|wearer|recall(?:ed)?|collected|last seen|last exam\w*"
    r"|next (?:visit|exam\w*|appointment)|sight test|diagnos\w+|glaucoma|cataract|diabet\w+)\b",
    re.IGNORECASE,
)
_POWERS = re.compile(r"[+−-]\d{1,2}\.\d\d\b.*?(?:[+−-]\d{1,2}\.\d\d|[x×/@]\s*\d{1,3})", re.DOTALL)
_TITLED = re.compile(r"(?:Mr|Mrs|Miss|Ms|Master)\b\.?")
_HOUSE = re.compile(r"\d+[A-Za-z]?\s")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)|(?<=\d[/.-])\d\d$")
_BESIDE = frozenset({"DATE", "AGE", "ID", "PHONE", "EMAIL", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Held:
    """Kinds of identifiers with their counts, and where they stand. Never a value."""

    counts: Mapping[str, int]
    places: Sequence[str]

    def told(self, name: str) -> DocumentHeldBack:
        kinds = ", ".join(f"{count} of the kind {kind}" for kind, count in sorted(self.counts.items()))
        more = len(self.places) - _PLACES
        where = "; ".join(self.places[:_PLACES]) + (f"; and {more} more" if more > 0 else "")
        named = "The file" if _THE_NAME in self.places else name
        return DocumentHeldBack(
            f"{named} was held back: it holds what looks like patients' identifiers ({kinds}), in: {where}.",
            "Take them out, and add it again.",
        )


_THE_NAME = "the file's name"


def held_back(
    title: str, passages: Sequence[Passage], identifiers: Identifiers, *, this_year: int | None = None
) -> Held | None:
    """What keeps a document out, or None."""
    year = this_year or date.today().year
    counts: Counter[str] = Counter()
    places: list[str] = []
    if found := _of_a_patient(title, identifiers(title), year):
        counts.update(found)
        places.append(_THE_NAME)
    for passage in passages:
        lines = [passage.heading, *passage.sentences]
        told = identifiers("\n".join(lines))
        found = [kind for line, spans in _by_line(lines, told) for kind in _of_a_patient(line, spans, year)]
        if found:
            counts.update(found)
            named = bool(passage.heading) and not identifiers(passage.heading)
            places.append(f"'{passage.heading}'" if named else f"passage {passage.part + 1}")
    return Held(counts, list(dict.fromkeys(places))) if places else None


def _by_line(lines: Sequence[str], spans: Sequence[Span]) -> Iterator[tuple[str, list[Span]]]:
    """Each line with the spans that begin in it, counted from its own beginning."""
    start = 0
    for line in lines:
        end = start + len(line) + 1
        yield line, [Span(s.start - start, s.end - start, s.type) for s in spans if start <= s.start < end]
        start = end


def _of_a_patient(line: str, spans: Sequence[Span], year: int) -> list[str]:
    """The kinds of what is found, where together they are of a patient; else none."""
    kinds = {span.type for span in spans}
    names = [line[s.start : s.end] for s in spans if s.type == "NAME"]
    beside = bool(names) and bool(kinds & _BESIDE)
    grounds = (
        bool(_BORN.search(line)) and "DATE" in kinds,
        bool(_NUMBERED.search(line)) and "ID" in kinds,
        bool(names) and "AGE" in kinds,
        bool(names) and any(_long_ago(line[s.start : s.end], year) for s in spans if s.type == "DATE"),
        bool(names) and any(_HOUSE.match(line[s.start : s.end]) for s in spans if s.type == "LOCATION"),
        bool(names) and bool(_POWERS.search(line)),
        beside and any(_TITLED.match(name) for name in names),
        beside and bool(_CARE.search(line)),
    )
    return [str(span.type) for span in spans] if any(grounds) else []


def _long_ago(when: str, year: int) -> bool:
    """
    >>> [_long_ago(when, 2026) for when in ("12/03/1961", "12/3/61", "1 March 2026", "3 May", "1/3/26")]
    [True, True, False, False, False]
    """
    if (found := _YEAR.search(when)) is None:
        return False
    told = int(found[0])
    told += 0 if told > 99 else (year // 100 * 100 if told <= year % 100 else year // 100 * 100 - 100)
    return told <= year - _LEAST_AGE
