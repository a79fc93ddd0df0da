"""From the rows of a result to the words of an answer. Pure.

`compose` picks the sentence for the shape of the Query, adds what must be said beside it (rows cut,
groups withheld, what the data cannot bear) and the chart. No figure comes from anywhere but the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prentice.ask.chart import chart_of
from prentice.ask.contract import Column
from prentice.ask.format import Formats
from prentice.ask.groups import (
    beside,
    bounds_of,
    breakdown,
    clock,
    first_rows,
    per_group,
    ranking,
    those_within,
)
from prentice.ask.people import about_patients, told
from prentice.ask.sentences import CLOSE, OPEN, single, trend, trend_by_group
from prentice.ask.sheet import Sheet
from prentice.ask.stocklists import lists_stock, lists_unsold, stock_list, unsold_list
from prentice.ask.wording import Words, sentence
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.scope import TenantScope

_MARKED = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
SMALLEST_SHOWN = 11  # people; a group of 1 to 10 is withheld


@dataclass(frozen=True, slots=True)
class Composed:
    """`text` is plain text; `headline` are the figures of it that carry the answer, as they stand there."""

    text: str
    chart: dict[str, Any] | None
    headline: tuple[str, ...]


def compose(
    query: Query,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    scope: TenantScope,
    catalogue: Catalogue,
    *,
    truncated: bool,
    notes: Sequence[str] = (),
    withheld: int = 0,
    hint: str = "",
) -> Composed:
    """The sentence, the chart, and the figures to set in bold.

    `columns` and `rows` are as the Query's docstring says. `notes` are sentences that belong beside the
    number and are added to the text; `hint` explains an empty result ("nothing was sold that day").
    Raises `BadQuery` only for a metric or dimension that the catalogue does not have.
    """
    sheet = Sheet(query, columns, rows, Words(catalogue, Formats.of(scope)), truncated)
    if about_patients(sheet) and sheet.rows:
        marked = told(sheet, withheld)
    else:
        marked = _with_others(sheet, _sentence(sheet)) if _has_something(sheet) else _nothing(sheet)
    further = [*([hint] if hint and _is_bare(sheet) else []), *_cut(sheet, withheld), *notes]
    text = " ".join([_MARKED.sub(r"\1", marked), *map(sentence, further)])
    return Composed(text, chart_of(sheet), tuple(dict.fromkeys(_MARKED.findall(marked))))


def _sentence(sheet: Sheet) -> str:
    query = sheet.query
    grain = query.grain if query.grain and sheet.has(query.grain) else None
    if lists_stock(sheet):
        return stock_list(sheet)
    if lists_unsold(sheet):
        return unsold_list(sheet)
    if query.top_per is not None:
        return per_group(sheet)
    if query.limit is None and bounds_of(sheet) and (sheet.dimensions or grain):
        return those_within(sheet)
    if sheet.dimensions or grain:
        if sheet.ranked_by and (sheet.cut or (query.order and query.limit is not None)):
            return ranking(sheet)
        if sheet.cut:
            return first_rows(sheet)
    if grain:
        several = (
            sheet.dimensions
            and len({tuple(sheet.cell(r, d) for d in sheet.dimensions) for r in sheet.rows}) > 1
        )
        return trend_by_group(sheet) if several else trend(sheet)
    if sheet.dimensions in (("weekday",), ("hour",)):
        return clock(sheet)
    return breakdown(sheet) if sheet.dimensions else single(sheet)


def _with_others(sheet: Sheet, marked: str) -> str:
    """The sentence is of one metric; in a breakdown the others are told behind it."""
    ranked = sheet.cut or sheet.query.limit is not None or sheet.query.top_per is not None
    grouped = bool(sheet.dimensions or sheet.query.grain)
    if ranked or not grouped or lists_stock(sheet) or lists_unsold(sheet):
        return marked
    return f"{marked} {beside(sheet)}".strip()


def _has_something(sheet: Sheet) -> bool:
    if lists_stock(sheet) or lists_unsold(sheet):
        return True
    grouped = bool(sheet.dimensions or sheet.query.grain)
    if not sheet.rows:
        return False
    # A trend of nothing but zeros, without an explanation, reads like a fault.
    return not grouped or not sheet.whole or any(sheet.cell(row, sheet.metric) != 0 for row in sheet.rows)


def _is_bare(sheet: Sheet) -> bool:
    """Whether there is nothing in the result: no row, or no figure but null and zero."""
    if lists_stock(sheet) or lists_unsold(sheet) or (sheet.rows and sheet.query.include_empty):
        return False  # no row, or rows of nothing sold, are what was asked for
    return all(not sheet.number(row, m) for row in sheet.rows for m in sheet.query.metrics)


def _nothing(sheet: Sheet) -> str:
    """'There were no transactions for Nordhaven on Sunday 25 October 2026.'"""
    metric, when = sheet.metric, "" if sheet.when == "now" else f" {sheet.when}"
    there = "there is" if sheet.now else "there was"
    if sheet.query.having:
        noun = sheet.noun(2)
        bound = sheet.words.filters(sheet.query.having, metric)
        return sentence(
            f"{there.replace('is', 'are').replace('was', 'were')} no {noun}{sheet.where}{bound}{when}"
        )
    if sheet.words.counts(metric):
        there = "there are" if sheet.now else "there were"
    subject = "sales" if sheet.words.metric(metric).model == "sales" and metric in _OF_SALES else None
    if subject is not None:
        return sentence(f"there {'are' if sheet.now else 'were'} no {subject}{sheet.where}{when}")
    return sentence(f"{there} no {sheet.words.label(metric)}{sheet.where}{when}")


_OF_SALES = (
    "revenue",
    "gross_revenue",
    "units_sold",
    "transactions",
    "average_transaction_value",
    "gross_margin",
)


def _cut(sheet: Sheet, withheld: int) -> list[str]:
    """What is not shown, and why."""
    said = []
    if sheet.truncated:
        shown = sheet.words.formats.figure(len(sheet.rows), None)
        said.append(f"Only the first {shown} {sheet.noun(2)} are shown: there are more than one answer holds")
    if withheld:
        if sheet.dimensions or sheet.query.grain:
            groups = "1 group is" if withheld == 1 else f"{withheld} groups are"
            said.append(
                f"{groups} withheld: fewer than {SMALLEST_SHOWN} people, or needed to protect such a group"
            )
        else:
            said.append("No figure that rests on 1 to 10 people is shown")
    return said
