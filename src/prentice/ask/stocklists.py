"""Sentences for lists of products: low, out of stock, dead, and those that sold nothing. Pure."""

from __future__ import annotations

from prentice.ask.format import listing
from prentice.ask.groups import filters_beside
from prentice.ask.sentences import bold
from prentice.ask.sheet import Row, Sheet
from prentice.ask.wording import sentence
from prentice.semantic.query import Condition

_STOCK_FILTERS = ("low_stock", "out_of_stock", "dead_stock", "stock_quantity")


def lists_stock(sheet: Sheet) -> bool:
    """Whether the rows are products on the shelf, listed because of how many are left."""
    fields = {f.field for f in sheet.query.filters if isinstance(f, Condition)}
    return (
        sheet.dimensions == ("product",)
        and sheet.has("stock_on_hand")
        and not fields.isdisjoint(_STOCK_FILTERS)
    )


def stock_list(sheet: Sheet) -> str:
    """'14 active products are at or below their low-stock threshold; lowest: Fjell 52 (0 of 10), …'"""
    rows, count = list(sheet.rows), len(sheet.rows)
    kept = [f for f in sheet.query.filters if isinstance(f, Condition) and f.field in _STOCK_FILTERS]
    others = tuple(f for f in filters_beside(sheet) if f not in kept)
    if not rows:
        state = " and ".join(_state(sheet, f, 2) for f in kept)
        return sentence(f"no active {sheet.noun(2)}{sheet.words.filters(others, sheet.metric)} {state}")
    state = " and ".join(_state(sheet, f, count) for f in kept)
    number = sheet.words.formats.figure(count, None)
    more = "at least " if sheet.truncated else "the first " if not sheet.whole else ""
    start = (
        f"{more}{bold(number)} active {sheet.noun(count)}{sheet.words.filters(others, sheet.metric)} {state}"
    )
    shown = [f"{sheet.name(row)}{_left(sheet, row)}" for row in rows[:3]]
    upward = sheet.ranked_by is not None and sheet.leading is not None and not sheet.leading.descending
    lead = "; lowest first: " if count > 3 and upward else ": "
    told = sentence(start + lead + listing(shown + ([f"{count - 3} more"] if count > 3 else [])))
    return " ".join([told, *_worth(sheet)])


def _worth(sheet: Sheet) -> list[str]:
    """What the products of the list are worth together, where that was asked for as well."""
    said = []
    for metric in sheet.query.metrics:
        total = sheet.total(metric)
        if metric not in ("stock_on_hand", "low_stock_threshold") and total is not None:
            figure = sheet.words.figure(metric, total, sheet.unit(metric))
            said.append(sentence(f"{sheet.words.label(metric)}: {bold(figure)} in all"))
    return said


def _left(sheet: Sheet, row: Row) -> str:
    """How many are left; nothing to say of a product of which none is."""
    if sheet.number(row, "stock_on_hand") == 0 and not sheet.has("low_stock_threshold"):
        return ""
    left = sheet.figure(row, "stock_on_hand")
    if sheet.has("low_stock_threshold"):
        threshold = sheet.words.formats.figure(sheet.cell(row, "low_stock_threshold"), "units")
        return f" ({left} of {threshold})"
    return f" ({left})"


def _state(sheet: Sheet, one: Condition, count: int) -> str:
    verb, has = ("is", "has") if count == 1 else ("are", "have")
    match one.field:
        case "low_stock":
            return f"{verb} at or below {'its' if count == 1 else 'their'} low-stock threshold"
        case "out_of_stock":
            return f"{verb} out of stock"
        case "dead_stock":
            return f"{has} stock but no sale in the 180 days before today"
        case _:
            bounds = {"<": "fewer than {}", "<=": "{} or fewer", ">": "more than {}", ">=": "{} or more"}
            values = one.value if isinstance(one.value, tuple) else (one.value,)
            shown = [sheet.words.formats.figure(v, "units") for v in values]
            if one.op == "between":
                return f"{has} {shown[0]} to {shown[-1]} in stock"
            return f"{has} {bounds.get(one.op, '{}').format(listing(shown))} in stock"


def lists_unsold(sheet: Sheet) -> bool:
    """Whether the rows are those that sold nothing."""
    return any(
        isinstance(f, Condition) and f.field == "units_sold" and f.value == 0 for f in sheet.query.having
    )


def unsold_list(sheet: Sheet) -> str:
    """'14 active frames sold nothing in September 2026: Fjell 52, Skog 50, Havn 48 and 11 more.'"""
    where, when, count = (
        sheet.words.filters(filters_beside(sheet), sheet.metric),
        "" if sheet.when == "now" else f" {sheet.when}",
        len(sheet.rows),
    )
    if not count:
        return sentence(f"every active {sheet.noun(1)}{where} sold at least once{when}")
    shown = [sheet.name(row) for row in sheet.rows[:3]] + ([f"{count - 3} more"] if count > 3 else [])
    number = bold(sheet.words.formats.figure(count, None))
    more = "" if sheet.query.limit is None and not sheet.truncated else "at least "
    return sentence(f"{more}{number} active {sheet.noun(count)}{where} sold nothing{when}: {listing(shown)}")
