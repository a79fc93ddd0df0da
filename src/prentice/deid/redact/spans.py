"""What a redaction is: spans of a text, and the text with each span replaced by its type in brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

SpanType = Literal["NAME", "LOCATION", "DATE", "AGE", "PHONE", "EMAIL", "ID", "URL", "IP"]


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text are an identifier of this type."""

    start: int
    end: int
    type: SpanType


# A Span of a start, an end and a type in one tuple: half the time of Span(…), and there are thirty in a note.
as_span: Callable[[tuple[int, int, SpanType]], Span] = partial(tuple.__new__, Span)


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its identifiers, and where they stood in the text before.

    `spans` are ordered and disjoint; `redacted` is the text with each of them replaced by its type in
    brackets.
    """

    redacted: str
    spans: tuple[Span, ...]


def settle(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ordered, disjoint spans that cover all that `spans` cover.

    Overlapping spans become one with the type of the longest; names that only a space parts become one.

    >>> settle("Ann Lee, Ann", [Span(0, 3, "NAME"), Span(4, 7, "NAME"), Span(9, 12, "NAME")])
    (Span(start=0, end=7, type='NAME'), Span(start=9, end=12, type='NAME'))
    """
    settled: list[Span] = []
    longest = 0
    for span in sorted(spans):
        if settled:
            last = settled[-1]
            if span.start < last.end:
                width = span.end - span.start
                kind = span.type if width > longest else last.type
                longest = max(longest, width)
                settled[-1] = Span(last.start, max(last.end, span.end), kind)
                continue
            if span.type == last.type == "NAME" and text[last.end : span.start] in (" ", ". "):
                settled[-1] = Span(last.start, span.end, "NAME")
                continue
        settled.append(span)
        longest = span.end - span.start
    return tuple(settled)


def replaced(text: str, spans: Iterable[Span]) -> str:
    """`text` with each span replaced by its type in brackets; `spans` must be ordered and disjoint.

    >>> replaced("seen by Ann", [Span(8, 11, "NAME")])
    'seen by [NAME]'
    """
    parts: list[str] = []
    at = 0
    for start, end, kind in spans:
        parts.append(text[at:start])
        parts.append(f"[{kind}]")
        at = end
    parts.append(text[at:])
    return "".join(parts)
