"""What is gathered on the way through a question's mentions, and how neighbours of a mention are found."""

from __future__ import annotations

from dataclasses import dataclass, field

from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import RankSlot, ValueSlot
from prentice.semantic.query import Grain

_ARTICLES = "the a an our my of all any different single individual various every one is was are were"
ARTICLES = frozenset(_ARTICLES.split())


@dataclass
class Parts:
    """What has been gathered on the way through the mentions."""

    metrics: list[str] = field(default_factory=list)
    metric_at: list[tuple[int, str]] = field(default_factory=list)
    generic: dict[str, int] = field(default_factory=dict)  # metrics named by a noun that may only be scenery
    dimensions: list[str] = field(default_factory=list)
    target: str | None = None
    target_plural: bool = True
    grain: Grain | None = None
    values: list[list[ValueSlot]] = field(default_factory=list)  # each with its candidate dimensions
    rank: RankSlot | None = None
    share_at: int | None = None
    counted: bool = False
    sales_noun: bool = False
    wearers: bool = False  # of contact lens wearers
    loose: list[tuple[str, bool, bool]] = field(
        default_factory=list
    )  # nouns without a clear part: (name, plural, "with suppliers")
    noun: bool | None = None  # "best seller": the ranking word names products itself; True for one
    types: list[tuple[Mention, bool]] = field(default_factory=list)  # product type nouns, plural


def before_noun(reading: Reading, index: int) -> Mention | None:
    """The mention before token `index`, looking past articles."""
    i = index
    while i > 0 and reading.before(i) is None and reading.tokens[i - 1].text in ARTICLES | {"number"}:
        i -= 1
    return reading.before(i)


def word_before(reading: Reading, index: int) -> str:
    i = index - 1
    while i >= 0 and reading.tokens[i].text in ARTICLES:
        i -= 1
    return reading.tokens[i].text if i >= 0 else ""


def word_after(reading: Reading, index: int) -> str:
    return reading.tokens[index].text if index < len(reading.tokens) else ""
