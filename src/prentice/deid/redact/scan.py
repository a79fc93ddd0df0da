"""Hyperscan over all patterns at once: it says where to look, and Python's `re` says what is there.

A rule's `trigger` is written for Hyperscan (no look-around); where it matches, `confirm` is tried. Texts
are scanned as ASCII with one byte per character, so that offsets need no translation.

Where a match starts is dearer to know than that there is one. Only rules that match in many notes are scanned
for with their starts; of the others the scan says which match at all, and each of those few is scanned for
alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hyperscan

from prentice.deid.redact.kept import Kept, Patterns
from prentice.deid.redact.spans import Span, SpanType, as_span

Check = Callable[[str, "re.Match[str]", int], "Span | None"]  # text, match, where the trigger starts


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `trigger` matches, `confirm` must too (from the trigger's start), then `check` gives the span.

    Without a `check` the span is the group `v` of `confirm`, or all of it. With `at_end` the rule is a
    cue: `confirm`
    is tried where the trigger ends. `often` is for triggers that match in one note of six or more.
    """

    type: SpanType
    trigger: str
    confirm: re.Pattern[str]
    check: Check | None = None
    caseless: bool = True
    at_end: bool = False
    back: int = 0  # a cue that ends with the first letter of what it introduces goes back by one
    often: bool = False
    loose: bool = False  # looked for only in loosely written texts


def rule(
    kind: SpanType,
    trigger: str,
    confirm: str,
    check: Check | None = None,
    *,
    caseless: bool = True,
    at_end: bool = False,
    often: bool = False,
    loose: bool = False,
) -> Rule:
    """A Rule with `confirm` compiled, caseless as the trigger is."""
    flags = re.IGNORECASE if caseless else 0
    return Rule(kind, trigger, re.compile(confirm, flags), check, caseless, at_end, often=often, loose=loose)


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns of which it is only said in which texts any of them is: `garbled` of texts that a scanner read
    badly, `loose` of those in lower case or taken down as spoken.
    """

    garbled: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.garbled) + len(self.loose)


class Scanner:
    """All `rules` in three databases: of those that match often, of the others, and of those that are looked
    for only in loosely written texts, which `signs` tell. A Scanner belongs to one process; it is made anew
    after a fork or spawn.
    """

    def __init__(self, rules: Sequence[Rule], signs: Signs | None = None) -> None:
        self.rules = tuple(rules)
        self._signs = signs = signs or Signs()
        self._at_end = tuple(each.at_end for each in self.rules)
        self._back = tuple(each.back for each in self.rules)
        self._confirms = tuple(each.confirm.match for each in self.rules)
        self._checks = tuple(each.check for each in self.rules)
        self._groups: tuple[str | int, ...] = tuple(
            "v" if "v" in each.confirm.groupindex else 0 for each in self.rules
        )
        self._types = tuple(each.type for each in self.rules)
        self._kept = Kept(
            [(each.trigger.encode(), _flags(each, starts=each.often)) for each in self.rules]
            + [(sign.encode(), 0) for sign in (*signs.garbled, *signs.loose)]
        )
        self._parts = {
            part: self._kept.database(part, patterns) for part, patterns in self._sorted() if patterns.numbers
        }
        self._alone: dict[int, hyperscan.Database] = {}  # made when it is needed

    def keep_in(self, folder: Path) -> None:
        """Writes the databases to `folder`, for the Scanner of another process."""
        for part, database in self._parts.items():
            self._kept.write(folder, part, database)

    def _sorted(self) -> Iterator[tuple[str, Patterns]]:
        numbered = list(enumerate(self.rules))
        yield "often", self._patterns([number for number, each in numbered if each.often], starts=True)
        seldom = self._patterns(
            [number for number, each in numbered if not each.often and not each.loose], starts=False
        )
        signs = tuple(sign.encode() for sign in (*self._signs.garbled, *self._signs.loose))
        yield (
            "seldom",
            Patterns(
                seldom.expressions + signs,
                seldom.flags + (0,) * len(signs),
                seldom.numbers + tuple(range(len(self.rules), len(self.rules) + len(signs))),
            ),
        )
        yield "loose", self._patterns([number for number, each in numbered if each.loose], starts=False)

    def _patterns(self, numbers: Sequence[int], *, starts: bool) -> Patterns:
        chosen = [self.rules[number] for number in numbers]
        return Patterns(
            tuple(each.trigger.encode() for each in chosen),
            tuple(_flags(each, starts=starts) for each in chosen),
            tuple(numbers),
        )

    def hits(self, scanned: Sequence[bytes]) -> tuple[list[set[tuple[int, int, int]]], set[int], set[int]]:
        """For each rule, in each hit: which text, the offset at which its `confirm` is to be tried, and
        the start of its trigger. Then the texts that are garbled, and those that are loosely written.
        """
        found: list[set[tuple[int, int, int]]] = [set() for _ in self.rules]
        at_end, back = self._at_end, self._back

        def note(rule: int, start: int, end: int, flags: int, text: Any) -> None:
            found[rule].add((text, end - back[rule] if at_end[rule] else start, start))

        seen: set[tuple[int, int]] = set()

        def there(rule: int, start: int, end: int, flags: int, text: Any) -> None:
            seen.add((rule, text))

        for part, handler in (("often", note), ("seldom", there)):
            if database := self._parts.get(part):
                for text, each in enumerate(scanned):
                    database.scan(each, match_event_handler=handler, context=text)
        first, then = len(self.rules), len(self.rules) + len(self._signs.garbled)
        garbled = {text for rule, text in seen if first <= rule < then}
        loose = {text for rule, text in seen if rule >= then}
        if database := self._parts.get("loose"):
            for text in loose:
                database.scan(scanned[text], match_event_handler=there, context=text)
        for rule, text in sorted(seen):
            if rule >= first:
                break
            alone = self._alone.get(rule)
            if alone is None:
                patterns = self._patterns([rule], starts=True)
                alone = self._alone[rule] = self._kept.database(str(rule), patterns)
            alone.scan(scanned[text], match_event_handler=note, context=text)
        return found, garbled, loose

    def spans(
        self, folded: Sequence[str], scanned: Sequence[bytes]
    ) -> tuple[list[list[Span]], set[int], set[int]]:
        """The spans of all rules in each folded text, in no order; they may overlap. Then the texts that are
        garbled, and those that are loosely written. `scanned` are the texts in ASCII.
        """
        spans: list[list[Span]] = [[] for _ in folded]
        found, garbled, loose = self.hits(scanned)
        for rule, hits in enumerate(found):
            if not hits:
                continue
            confirm, check, group = self._confirms[rule], self._checks[rule], self._groups[rule]
            for text, offset, start in hits:
                match = confirm(folded[text], offset)
                if match is None:
                    continue
                if check is None:
                    spans[text].append(as_span((*match.span(group), self._types[rule])))
                elif span := check(folded[text], match, start):
                    spans[text].append(span)
        return spans, garbled, loose


def _flags(each: Rule, *, starts: bool) -> int:
    caseless: int = hyperscan.HS_FLAG_CASELESS if each.caseless else 0
    return caseless | (int(hyperscan.HS_FLAG_SOM_LEFTMOST) if starts else 0)
