"""The redactor, from text to redaction: fold, scan, look up, the patient's own values, settle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from prentice.deid.redact.again import names_again
from prentice.deid.redact.ages import AGES
from prentice.deid.redact.beside import with_neighbours, without_states
from prentice.deid.redact.contacts import CONTACTS
from prentice.deid.redact.cues import CUES
from prentice.deid.redact.dates import DATES
from prentice.deid.redact.days import DAYS
from prentice.deid.redact.dwellings import DWELLINGS
from prentice.deid.redact.firms import FIRMS
from prentice.deid.redact.gazetteer import CLINICAL, PROTECTED, Phrases, fold, kinds
from prentice.deid.redact.grounds import GROUNDS
from prentice.deid.redact.hasty import HASTY, IN_LOWER_CASE
from prentice.deid.redact.homes import HOMES
from prentice.deid.redact.initials import INITIALS
from prentice.deid.redact.legible import GARBLED, as_it_came, legible
from prentice.deid.redact.letters import LETTERS
from prentice.deid.redact.numbers import NUMBERS
from prentice.deid.redact.own import own_spans
from prentice.deid.redact.person import read_person
from prentice.deid.redact.places import PLACES
from prentice.deid.redact.plain import plain_names
from prentice.deid.redact.scan import Scanner, Signs
from prentice.deid.redact.serials import SERIALS
from prentice.deid.redact.signatures import SIGNATURES
from prentice.deid.redact.spans import Redaction, Span, replaced, settle
from prentice.deid.redact.spoken import IN_WORDS, SPOKEN
from prentice.deid.redact.streets import STREETS
from prentice.deid.redact.towns import known_places

BATCH = 64  # notes: 5% less time than 32, 3% more than 125
Patient = Mapping[str, Any]
Ner = Callable[[str], Iterable[Span]]
RULES = (
    *DATES,
    *DAYS,
    *AGES,
    *CONTACTS,
    *NUMBERS,
    *PLACES,
    *GROUNDS,
    *STREETS,
    *CUES,
    *LETTERS,
    *FIRMS,
    *INITIALS,
    *SERIALS,
    *SIGNATURES,
    *HOMES,
    *SPOKEN,
    *HASTY,
    *DWELLINGS,
)


class Redactor:
    """Takes the eighteen identifiers of 45 CFR 164.514(b)(2)(i) out of free text, in UK and US forms.

    `ner` is an optional model: a function from a text to spans, whose spans are added to those found here.
    It is off
    by default. A Redactor is not shared between threads or processes.

    >>> Redactor().redact("Seen by Dr Whitlock 12/3/24, R -3.25/-0.75x175 (6/9)").redacted
    'Seen by [NAME] [DATE], R -3.25/-0.75x175 (6/9)'
    """

    def __init__(self, ner: Ner | None = None) -> None:
        self._ner = ner
        self._scanner = Scanner(RULES, Signs(GARBLED, (*IN_LOWER_CASE, *IN_WORDS)))
        self._phrases = Phrases()
        kinds()  # read once, not in the first note

    @cached_property
    def _small_too(self) -> Phrases:
        """Phrases in lower case too: made for the first loosely written note, for that takes 0.3 s."""
        return Phrases(small=True)

    def redact(self, text: str, patient: Patient | None = None) -> Redaction:
        """`text` without identifiers, and where they were.

        With `patient` (the host's columns: name, date_of_birth, phone, postcode …) its own values go in
        any form
        they are commonly written in, also where they would otherwise pass as words.
        """
        spans = self.spans(text, patient)
        return Redaction(replaced(text, spans), spans)

    def spans(self, text: str, patient: Patient | None = None) -> tuple[Span, ...]:
        """The spans alone: ordered, disjoint."""
        return self._spans([(text, patient)])[0]

    def _spans(
        self, notes: Sequence[tuple[str, Patient | None]], *, legibly: bool = True
    ) -> list[tuple[Span, ...]]:
        """The spans of each note; `legibly`, also those of the note made legible where it needs it. All notes
        take a step before any takes the next: the tables of one step fit the processor's cache, those of all
        steps do not.
        """
        folded = [fold(text) for text, _ in notes]
        scanned = [each.encode() for each in folded]
        ruled, garbled, loose = self._scanner.spans(folded, scanned)
        phrases = [
            self._small_too(each) if number in loose else self._phrases(each)
            for number, each in enumerate(scanned)
        ]
        placed = [known_places(each, hits) for each, hits in zip(folded, phrases, strict=True)]
        named = [plain_names(each, protected) for each, (_, protected) in zip(folded, placed, strict=True)]
        if legibly and garbled:
            for number in garbled:
                clear, at = legible(folded[number])
                [again] = self._spans([(clear, notes[number][1])], legibly=False)
                ruled[number] += as_it_came(again, at)
        spans: list[tuple[Span, ...]] = []
        for (text, patient), low, found, (places, protected), names in zip(
            notes, folded, ruled, placed, named, strict=True
        ):
            if protected:
                found = [span for span in found if not _within(low, span, protected)]
            found += places
            found += names
            if self._ner is not None:
                found.extend(self._ner(text))
            if patient:
                found += own_spans(low, read_person(patient), protected)
            spans.append(_settled(text, low, found) if found else ())
        return spans

    def redact_many(
        self, notes: Iterable[tuple[str, Patient | None]], *, processes: int = 1
    ) -> Iterator[Redaction]:
        """Redactions in the order of `notes`, read some ahead. With `processes` above 1, in that many
        processes, a chunk at a time.
        """
        if processes > 1 and self._ner is None:
            from prentice.deid.redact.pool import redact_in_processes

            return redact_in_processes(notes, processes, self._scanner)
        return self._in_batches(notes)

    def _in_batches(self, notes: Iterable[tuple[str, Patient | None]]) -> Iterator[Redaction]:
        source = iter(notes)
        while batch := list(islice(source, BATCH)):
            for (text, _), spans in zip(batch, self._spans(batch), strict=True):
                yield Redaction(replaced(text, spans), spans)


def _settled(text: str, folded: str, found: list[Span]) -> tuple[Span, ...]:
    named = settle(text, without_states(folded, found))
    if more := names_again(folded, named):
        named = settle(text, [*named, *more])
    return bridged(folded, settle(text, with_neighbours(folded, named)))


_BETWEEN = re.compile(r"(?:, ?[A-Z][\w'\-]+(?: [A-Z][\w'\-]+){0,3}){1,2},? ?\n?")


def bridged(folded: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """An address is one: what stands between two of its parts goes too ("Dunroamin, Mill Hill, Whitby")."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.type == span.type == "LOCATION" and _is_between(folded, last.end, span.start):
            joined[-1] = Span(last.start, span.end, "LOCATION")
        else:
            joined.append(span)
    return tuple(joined)


def _is_between(folded: str, start: int, end: int) -> bool:
    if not 2 < end - start < 50 or not _BETWEEN.fullmatch(folded, start, end):
        return False
    words = re.findall("[A-Za-z]+", folded[start:end].lower())
    return not any(kinds().get(word, 0) & (CLINICAL | PROTECTED) for word in words)


_TITLED = re.compile(r"(?:mr|mrs|miss|ms|mx|dr|prof|sir|dame|rev)\b", re.I)


def _within(folded: str, span: Span, regions: list[tuple[int, int]]) -> bool:
    """Whether a name or place is only a protected phrase (a brand, an eponym); a title makes it a person
    all the same.
    """
    if span.type not in ("NAME", "LOCATION"):
        return False
    for start, end in regions:  # in order, none over another
        if span.start < start:
            return False
        if span.start < end:
            return span.end <= end if span.type == "LOCATION" else not _TITLED.match(folded, span.start)
    return False
