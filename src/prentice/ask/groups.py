"""Sentences for breakdowns, rankings and lists. Pure; see `sentences` for one figure and for trends."""

from __future__ import annotations

from prentice.ask.format import Number, listing
from prentice.ask.sentences import because, bold, change, extremes, period
from prentice.ask.sheet import Row, Sheet
from prentice.ask.wording import sentence
from prentice.semantic.query import Condition, Filter

NAMED = 5  # a ranking up to this long is told in full; of a longer one, the first three


def ranking(sheet: Sheet) -> str:
    """'Your top 3 frames in September 2026 by units sold were Aldwych Strand Black (41), … and … (30).'"""
    metric, part = sheet.ranked_by or (sheet.metric, "")
    rows = list(sheet.rows)
    limit = sheet.query.limit or len(rows)
    when = ("" if sheet.when == "now" else f" {sheet.when}") + _from(sheet, part)
    if len(rows) == 1 and limit == 1:
        figure = bold(sheet.said(rows[0], metric, part))
        verb = "is" if sheet.now else "was"
        return sentence(f"{_ranked(sheet, 1, 1)}{when} {verb} {sheet.name(rows[0])} with {figure}")
    shown = [f"{sheet.name(row)} ({bold(sheet.figure(row, metric, part))})" for row in rows]
    if len(rows) == 1:
        label = _label(sheet)
        return sentence(f"only one {sheet.noun(1)}{_where_beside(sheet)} has {label}{when}: {shown[0]}")
    few = f" (there are only {len(rows)})" if len(rows) < limit else ""
    start, verb = f"{_ranked(sheet, len(rows), limit)}{when}", "are" if sheet.now else "were"
    if len(rows) > NAMED:
        return sentence(f"{start} {verb} led by {listing(shown[:3])}{few}")
    return sentence(f"{start} {verb} {listing(shown)}{few}")


def _ranked(sheet: Sheet, count: int, limit: int) -> str:
    """'Your top 3 frames by revenue', 'The 2 staff members with the highest refund rate'."""
    adjective, label = _adjective(sheet), _label(sheet)
    noun = f"{sheet.noun(count)}{_where_beside(sheet)}"
    number = "" if limit == 1 else f"{count} "
    if adjective in ("highest", "lowest"):
        return f"the {number}{noun} with the {adjective} {label}"
    if adjective in ("top", "busiest"):
        return f"your {adjective} {number}{noun} by {label}"
    return f"your {number}{adjective} {noun}{' by units sold' if limit > 1 else ''}"


_PARTS = {
    "_change": "change in {}",
    "_change_pct": "percentage change in {}",
    "_like_for_like_change_pct": "percentage change in {}, like for like,",
    "_share": "share of {}",
    "_running_total": "running total of {}",
}


def _label(sheet: Sheet) -> str:
    """What the rows are in order of: 'revenue', 'change in revenue'."""
    metric, part = sheet.ranked_by or (sheet.metric, "")
    return _PARTS.get(part, "{}").format(sheet.words.label(metric))


def _from(sheet: Sheet, part: str) -> str:
    """' from August 2026', behind a change; ', as it was in August 2026' behind the other period's figure."""
    compare = sheet.query.compare
    if compare is None or part in ("", "_share", "_running_total"):
        return ""
    other = compare.like_for_like if "like_for_like" in part and compare.like_for_like else compare.range
    return f" from {period(sheet, other)}" if "change" in part else f", as it was in {period(sheet, other)},"


def first_rows(sheet: Sheet) -> str:
    """'Revenue in September 2026: the first 3 brands in order of name are Aldwych (£…), … and Fjell (£…).'

    Where the rows are not in order of a figure and others may follow, none of them is a highest or lowest.
    """
    metric, rows = sheet.metric, list(sheet.rows)
    order = sheet.leading
    by_time = order is None or order.by == sheet.query.grain
    backward = order is not None and order.descending
    place = "the last" if backward else "the first"
    way = ""
    if order is not None and not by_time:
        alone = len(sheet.dimensions) == 1 and not sheet.query.grain
        way = f" in order of {'name' if alone else sheet.words.noun(order.by, 1, metric=metric)}"
    shown = [f"{sheet.name(row)} ({bold(sheet.figure(row, metric))})" for row in rows]
    when = "" if sheet.when == "now" else f" {sheet.when}"
    number = "" if len(rows) == 1 else f"{sheet.words.formats.figure(len(rows), None)} "
    verb = "is" if len(rows) == 1 else "are"
    told = f"begin with {listing(shown[:3])}" if len(rows) > NAMED else f"{verb} {listing(shown)}"
    start = f"{sheet.words.label(metric)}{sheet.where}{when}"
    return sentence(f"{start}: {place} {number}{sheet.noun(len(rows))}{way} {told}")


def _adjective(sheet: Sheet) -> str:
    """'top' where more is better; 'highest' and 'lowest' do not judge, and stand for what is no sum."""
    descending = sheet.leading is None or sheet.leading.descending
    if sheet.ranked_by and sheet.ranked_by[1]:
        return "highest" if descending else "lowest"
    found = sheet.words.metric(sheet.metric)
    if sheet.metric == "units_sold" and (not descending or sheet.query.limit == 1):
        return "best-selling" if descending else "slowest-selling"
    if not descending:
        return "lowest"
    if sheet.dimensions in (("weekday",), ("hour",)) and sheet.words.counts(sheet.metric):
        return "busiest"
    return "top" if found.better == "higher" and found.unit not in ("ratio", "days") else "highest"


def _where_beside(sheet: Sheet) -> str:
    return sheet.words.filters(filters_beside(sheet), sheet.metric)


def filters_beside(sheet: Sheet) -> tuple[Filter, ...]:
    """Filters without the product type where the noun already says it ('frames')."""
    return tuple(
        f
        for f in sheet.query.filters
        if not (
            "product" in sheet.dimensions
            and isinstance(f, Condition)
            and f.field == "product_type"
            and f.op == "="
        )
    )


def breakdown(sheet: Sheet) -> str:
    """'Revenue by category in …: £48,210.55 in all; Frames is largest with £20,000.00 (41.5%), then …'"""
    metric, told = sheet.metric, sheet.told(sheet.metric)
    names = " and ".join(sheet.words.noun(d, 1, metric=metric) for d in sheet.dimensions)
    start = f"{sheet.words.label(metric)}{sheet.where} by {names} {sheet.when}"
    if not told:
        return sentence(f"{start} cannot be told{because(sheet, metric)}")
    share = _share_sentence(sheet, told)
    if share:
        return share
    if len(told) == 1:
        only, figure = told[0], bold(sheet.said(told[0], metric))
        return sentence(f"{start}: all {figure} for {sheet.name(only)}{change(sheet, only, metric)}")
    ordered = sorted(told, key=lambda r: -float(sheet.number(r, metric) or 0))
    total = sheet.total(metric)
    if total is None and sheet.words.metric(metric).share_of is None:
        high, low = ordered[0], ordered[-1]
        text = f"highest for {sheet.name(high)} ({bold(sheet.figure(high, metric))})"
        text += f", lowest for {sheet.name(low)} ({bold(sheet.figure(low, metric))})"
    else:
        whole = (
            f"{bold(sheet.words.said(metric, total, sheet.unit(metric)))} in all; "
            if total is not None
            else ""
        )
        first, *others = [_with_part(sheet, row, total) for row in ordered[:3]]
        text = f"{whole}the largest is {first}" + (f", then {listing(others)}" if others else "")
    return sentence(f"{start}: {text}{_movers(sheet, told)}")


def _with_part(sheet: Sheet, row: Row, total: Number | None) -> str:
    metric = sheet.metric
    shown = f"{sheet.name(row)} with {bold(sheet.figure(row, metric))}"
    share = sheet.number(row, f"{metric}_share")
    if share is None and total and min(float(sheet.number(r, metric) or 0) for r in sheet.told(metric)) >= 0:
        share = float(sheet.number(row, metric) or 0) / float(total)
    return shown if share is None else f"{shown} ({sheet.words.formats.percent(share)})"


def _share_sentence(sheet: Sheet, told: list[Row]) -> str:
    """'Frames made up 62.3% of revenue in September 2026', where one group's share was asked for."""
    metric = sheet.metric
    of = sheet.words.metric(metric).share_of
    column = metric if of else f"{metric}_share"
    if len(told) != 1 or not sheet.has(column) or sheet.cell(told[0], column) is None:
        return ""
    share = bold(sheet.words.formats.percent(sheet.number(told[0], column) or 0))
    figure = "" if of else f" ({bold(sheet.said(told[0], metric))})"
    verb = "make up" if sheet.now else "made up"
    whole = sheet.words.label(of or metric)
    return sentence(f"{sheet.name(told[0])} {verb} {share} of {whole}{sheet.where} {sheet.when}{figure}")


def _movers(sheet: Sheet, told: list[Row]) -> str:
    """With a comparison: which group rose and which fell the most; like for like where that is known."""
    compare, metric = sheet.query.compare, sheet.metric
    if compare is None:
        return ""
    like = compare.like_for_like is not None and sheet.has(f"{metric}_like_for_like")
    part, other = ("_like_for_like", compare.like_for_like) if like else ("_previous", compare.range)
    moves = [
        (float(sheet.number(row, metric) or 0) - float(sheet.number(row, metric + part) or 0), row)
        for row in told
        if sheet.number(row, metric + part) is not None
    ]
    if not moves or other is None:
        return ""
    (down, worst), (up, best) = min(moves, key=lambda m: m[0]), max(moves, key=lambda m: m[0])
    said = []
    if up > 0:
        said.append(f"up most: {sheet.name(best)} ({_from_to(sheet, best, part)})")
    if down < 0:
        said.append(f"down most: {sheet.name(worst)} ({_from_to(sheet, worst, part)})")
    text = "; ".join(said) or "no group changed"
    return f". Against {period(sheet, other)}, {text}"


def _from_to(sheet: Sheet, row: Row, part: str) -> str:
    return f"{sheet.figure(row, sheet.metric, part)} to {sheet.figure(row, sheet.metric)}"


def clock(sheet: Sheet) -> str:
    """By weekday or hour: the busiest and the quietest."""
    metric, told = sheet.metric, sheet.told(sheet.metric)
    dimension = sheet.dimensions[0]
    start = f"{sheet.words.label(metric)}{sheet.where} by {sheet.words.noun(dimension, 1)} {sheet.when}"
    if len(told) < 2:
        return breakdown(sheet)
    high, low = extremes(sheet, told, metric)
    on = "on" if dimension == "weekday" else "at"
    text = f"highest {on} {sheet.name(high)} ({bold(sheet.figure(high, metric))})"
    return sentence(f"{start}: {text}, lowest {on} {sheet.name(low)} ({bold(sheet.figure(low, metric))})")


def per_group(sheet: Sheet) -> str:
    """The first few within each of several groups."""
    assert sheet.query.top_per is not None
    outer, metric = sheet.query.top_per.dimension, sheet.metric
    inner = [d for d in (*sheet.dimensions, sheet.query.grain) if d and d != outer]
    groups: dict[str, list[str]] = {}
    for row in sheet.rows:
        names = ", ".join(_part_name(sheet, row, d) for d in inner)
        shown = f"{names} ({bold(sheet.figure(row, metric))})"
        groups.setdefault(_part_name(sheet, row, outer), []).append(shown)
    said = [f"{group}: {listing(shown[:3])}" for group, shown in list(groups.items())[:4]]
    more = f"; and {len(groups) - 4} more" if len(groups) > 4 else ""
    noun = sheet.words.noun(inner[0], 2, sheet.query.filters, metric) if inner else "rows"
    each = outer if outer == sheet.query.grain else sheet.words.noun(outer, 1, metric=metric)
    when = "" if sheet.when == "now" else f" {sheet.when}"
    first = f"{_adjective(sheet)} " if sheet.ranked_by else ""
    which = f"{first}{noun}{_where_beside(sheet)}"
    by = f" by {_label(sheet)}" if first else f", with {sheet.words.label(metric)},"
    start = f"{which} in each {each}{by}{when}"
    return sentence(f"{start}: {'; '.join(said)}{more}")


def _part_name(sheet: Sheet, row: Row, part: str) -> str:
    if part == sheet.query.grain:
        return sheet.bucket(row)
    return sheet.words.value(part, sheet.cell(row, part), sheet.metric)


def bounds_of(sheet: Sheet) -> tuple[Filter, ...]:
    """The conditions on figures of the result: 'revenue over £5,000'."""
    return tuple(
        f
        for f in sheet.query.having
        if isinstance(f, Condition) and sheet.has(f.field) and _on_figure(sheet, f)
    )


def _on_figure(sheet: Sheet, one: Condition) -> bool:
    return one.field not in sheet.dimensions and one.field != sheet.query.grain


def those_within(sheet: Sheet) -> str:
    """'11 brands with revenue over £5,000.00 in Q3 2026: Corrigan (£14,098.73), … and 8 more.'"""
    metric, rows = sheet.metric, list(sheet.rows)
    if not sheet.query.order:
        rows.sort(key=lambda row: -float(sheet.number(row, metric) or 0))
    shown = [f"{sheet.name(row)} ({bold(sheet.figure(row, metric))})" for row in rows[:3]]
    more = [f"{len(rows) - 3} more"] if len(rows) > 3 else []
    count = f"{'at least ' if sheet.truncated else ''}{bold(sheet.words.formats.figure(len(rows), None))}"
    bound = sheet.words.filters(bounds_of(sheet), metric)
    when = "" if sheet.when == "now" else f" {sheet.when}"
    return sentence(
        f"{count} {sheet.noun(len(rows))}{_where_beside(sheet)}{bound}{when}: {listing(shown + more)}"
    )


def beside(sheet: Sheet) -> str:
    """The other metrics of a breakdown: 'Late orders: 466 in all, most for completed (466)'."""
    said = []
    for metric in sheet.query.metrics:
        told = sheet.told(metric)
        if metric == sheet.metric or not told or sheet.words.metric(metric).hidden:
            continue
        label, total = sheet.words.label(metric), sheet.total(metric)
        high, low = extremes(sheet, told, metric)
        most = f"{sheet.name(high)} ({sheet.figure(high, metric)})"
        if total is not None:
            figure = sheet.words.figure(metric, total, sheet.unit(metric))
            place = "for" if sheet.dimensions else "in"
            said.append(sentence(f"{label}: {figure} in all" + (f", most {place} {most}" if total else "")))
        elif sheet.number(high, metric) != sheet.number(low, metric):
            lowest = f"{sheet.name(low)} ({sheet.figure(low, metric)})"
            said.append(sentence(f"{label}: highest for {most}, lowest for {lowest}"))
    return " ".join(said)
