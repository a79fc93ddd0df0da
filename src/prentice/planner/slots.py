"""What a question asks for, slot by slot, before it becomes a Query. Follow-ups change slots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from prentice.planner.clock import Hours
from prentice.semantic.dates import TimeMention
from prentice.semantic.query import Grain, Operator

Subject = Literal["sales", "stock", "orders", "appointments", "purchasing", "patients"]


@dataclass(frozen=True, slots=True)
class ValueSlot:
    """A restriction to one value of `dimension`; `models` are those that have that dimension."""

    dimension: str
    value: str
    models: tuple[str, ...]
    negated: bool = False
    words: str = ""
    at: int = 0  # the token where it was said
    partial: bool = False  # only a part of the value's words was said ("Callum")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A bound on a number: on `metric` where one was named, in `unit` where one was said."""

    op: Operator
    value: float
    upper: float | None = None  # of `between`
    metric: str | None = None
    unit: str | None = None  # 'currency' | 'units' | 'days' | 'ratio' | None


@dataclass(frozen=True, slots=True)
class RankSlot:
    """How to rank. `judged`: words like "best" and "worst", which turn round where less is better."""

    descending: bool
    by_units: bool = False
    by_visits: bool = False
    judged: bool = False
    quick: bool | None = None


@dataclass(frozen=True)
class Slots:
    subject: Subject | None = None
    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()  # asked for as a breakdown
    target: str | None = None  # what is ranked or listed
    grain: Grain | None = None
    values: tuple[ValueSlot, ...] = ()
    contains: tuple[str, ...] = ()  # words of product names ("black")
    thresholds: tuple[Threshold, ...] = ()
    stray_numbers: tuple[float, ...] = ()  # numbers that no part of the question accounts for
    times: tuple[TimeMention, ...] = ()
    compared: TimeMention | None = None  # the other period, where one was said
    compare: bool = False
    rank: RankSlot | None = None
    limit: int | None = None
    singular: bool = False
    per: bool = False  # ranking within each value of `dimensions`
    share_at: int | None = None  # the token of "share of", "percentage"
    of_all: bool = False  # "share of all our revenue"
    part_at: int | None = None  # of a share: the token of the part ("what share … was Aldwych")
    running: bool = False
    trend: bool = False
    listing: str | None = None  # 'low' | 'out' | 'dead' | 'unsold': a list of such products
    active: bool = False  # "active frames"
    wearers: bool = False  # of contact lens wearers alone
    who: bool = False  # "who" is asked
    most_sales: bool = False  # "the most sales": their number
    of_items: bool = False  # "how many items"
    spent: bool = False  # "spent on"
    listed: bool = False  # "list every", "which"
    counted: bool = False  # "how many"
    sold: bool = False  # verbs of selling
    stocked: bool = False  # "in stock", "do we have"
    due: bool = False  # "booked", "due": may lie ahead
    overview: bool = False
    coated: bool = False  # "with a coating" without "by"
    late: bool = False  # "open orders that are overdue": late ones among what is counted
    duration: bool = False  # "how many days", "how long"
    by_type: bool = False  # "by type": the type that the subject has
    rate: bool = False  # "rate" said apart from any metric's name
    doubts: tuple[str, ...] = ()  # what the words leave open, each a code
    ranked: bool = False  # "rank the brands"
    descending: bool | None = None  # "worst first", "highest first"
    hours: tuple[Hours, ...] = ()  # "after 4pm"
    growth: bool = False  # words of growing or falling
    falling: bool = False  # "dropped the most"
    averaged: bool = False  # "average" said apart from any metric's name
    sums: bool = False  # "and what they came to"
    earned: bool = False  # "bring in", "earn": money, whatever is counted
    sales_noun: bool = False  # "sales" as the noun that was counted or ranked
    in_stock_only: bool = False  # "low but not out of stock"
    yes_or_no: bool = False  # "did we sell more than 100 frames"
    money: bool = False  # "how much", "take", "make"
    assumed: tuple[str, ...] = ()

    def with_(self, **changes: object) -> Slots:
        return replace(self, **changes)  # type: ignore[arg-type]
