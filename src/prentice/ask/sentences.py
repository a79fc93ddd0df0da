"""Sentences for one figure and for figures over time; `groups` has those for breakdowns and rankings.

Pure. Every figure in a sentence stands in a row or is a sum of them.
The figures that carry the sentence are marked (`bold`), for `answer.compose` to collect.
"""

from __future__ import annotations

from prentice.ask.format import Number, as_day, listing
from prentice.ask.sheet import Row, Sheet
from prentice.ask.wording import sentence, singular
from prentice.semantic.calendars import last_day
from prentice.semantic.query import Range

OPEN, CLOSE = "\x02", "\x03"  # `format.plain` takes such characters out of stored text


def bold(figure: str) -> str:
    return f"{OPEN}{figure}{CLOSE}"


# One row ----------------------------------------------------------------------------------------


def single(sheet: Sheet) -> str:
    """'Revenue in September 2026 was £46,270.10, up 4.2% on August 2026 (£44,405.10).'"""
    row = sheet.rows[0]
    if len(sheet.query.metrics) == 1:
        return _measured(sheet, row, sheet.metric)
    said = [
        f"{sheet.words.label(m)} {bold(sheet.figure(row, m))}{change(sheet, row, m, brief=True)}"
        if sheet.cell(row, m) is not None
        else f"{sheet.words.label(m)} not known"
        for m in sheet.query.metrics
    ]
    start = sheet.when if not sheet.where else f"{sheet.when},{sheet.where}"
    return sentence(f"{start}: {listing(said)}")


def _measured(sheet: Sheet, row: Row, metric: str) -> str:
    label, when = sheet.words.label(metric), sheet.when
    if sheet.number(row, metric) is None:
        return sentence(f"{label}{sheet.where} {when} cannot be told{because(sheet, metric)}")
    value, shown = sheet.number(row, metric), sheet.figure(row, metric)
    if sheet.words.counts(metric) and value is not None and value >= 0:
        verb = ("is" if value == 1 else "are") if sheet.now else ("was" if value == 1 else "were")
        count = "no" if value == 0 else bold(shown)
        text = f"there {verb} {count} {singular(label) if value == 1 else label}{sheet.where} {when}"
    elif when == "now":
        verb = "are" if sheet.words.plural(metric) else "is"
        text = f"{label}{sheet.where} {verb} {bold(sheet.said(row, metric))} now"
    else:
        one, many = ("is", "are") if sheet.now else ("was", "were")
        verb = many if sheet.words.plural(metric) else one
        text = f"{label}{sheet.where} {when} {verb} {bold(sheet.said(row, metric))}"
    return sentence(text + change(sheet, row, metric))


def because(sheet: Sheet, metric: str) -> str:
    part = sheet.words.denominator(metric)
    verb = "are" if sheet.now else "were"
    return f": there {verb} no {part}" if part else ""


def change(sheet: Sheet, row: Row, metric: str, *, brief: bool = False) -> str:
    """', up 4.2% on August 2026 (£44,405.10)', with the like-for-like part where the period is under way."""
    compare = sheet.query.compare
    if compare is None or not sheet.has(f"{metric}_previous"):
        return ""
    named = period(sheet, compare.range)
    previous = sheet.number(row, f"{metric}_previous")
    if previous is None:
        return f" ({named}: not known)" if brief else f"; for {named} it cannot be told"
    before = sheet.figure(row, metric, "_previous")
    if brief:
        return f" ({named}: {before})"
    if compare.like_for_like is None or not sheet.has(f"{metric}_like_for_like"):
        return f", {_moved(sheet, row, metric, '_previous')} {named} ({before})"
    part = period(sheet, compare.like_for_like)
    like = sheet.figure(row, metric, "_like_for_like")
    moved = _moved(sheet, row, metric, "_like_for_like")
    return f", against {before} in the whole of {named}. Like for like it is {moved} {part} ({like})"


def period(sheet: Sheet, days: Range) -> str:
    formats = sheet.words.formats
    if days.from_ is None or days.to is None:
        return formats.when(days)
    return formats.weekday(days.from_) if days.from_ == days.to else formats.name(days.from_, days.to)


def _moved(sheet: Sheet, row: Row, metric: str, other: str) -> str:
    """'up 4.2% on', 'down 1.3 points on', 'the same as in', 'against' where nothing stood before."""
    value, before = sheet.number(row, metric), sheet.number(row, metric + other)
    if value is None or before is None:
        return "against"
    if value == before:
        return "the same as in"
    difference = float(value) - float(before)
    way = "up" if difference > 0 else "down"
    if sheet.words.metric(metric).unit == "ratio":
        return f"{way} {sheet.words.formats.decimal(abs(difference) * 100, 1)} percentage points on"
    if before == 0 or float(before) < 0:
        return "against"
    return f"{way} {bold(sheet.words.formats.percent(abs(difference) / float(before)))} on"


# Over time --------------------------------------------------------------------------------------


def trend(sheet: Sheet) -> str:
    """'Revenue by month from …: £560,123.10 in all; highest in December 2025 (£…), lowest in …, last in …'"""
    metric, told = sheet.metric, sheet.told(sheet.metric)
    start = f"{sheet.words.label(metric)}{sheet.where} by {sheet.query.grain} {sheet.when}"
    if not told:
        return sentence(f"{start} cannot be told{because(sheet, metric)}")
    told = sorted(told, key=lambda r: str(sheet.cell(r, str(sheet.query.grain))))
    if len(told) <= 2:
        return sentence(f"{start}: {listing([_at(sheet, row, metric) for row in told])}")
    over = [row for row in told if not _under_way(sheet, row)]
    high, low = extremes(sheet, over if len(over) > 1 else told, metric)
    whole = ""
    total = sheet.total(metric)
    if total is not None:
        whole = (
            f"{bold(sheet.words.said(metric, total, sheet.unit(metric)))} in all{_before(sheet, metric)}; "
        )
    if sheet.number(high, metric) == sheet.number(low, metric):
        return sentence(f"{start}: {whole}{sheet.said(high, metric)} in every {sheet.query.grain}")
    text = f"{start}: {whole}highest {_place(sheet, high, metric)}, lowest {_place(sheet, low, metric)}"
    if told[-1] is not high and told[-1] is not low:
        if _under_way(sheet, told[-1]):
            text += f"; so far {_at(sheet, told[-1], metric)}"
        else:
            text += f", last {_place(sheet, told[-1], metric)}"
    if sheet.has(f"{metric}_running_total"):
        text += f"; the running total reaches {bold(sheet.said(told[-1], metric, '_running_total'))}"
    return sentence(text)


def _under_way(sheet: Sheet, row: Row) -> bool:
    """Whether the step's figure is of a part of it only, so that it is no low point."""
    grain, today = sheet.query.grain, sheet.words.formats.today
    first = as_day(sheet.cell(row, str(grain)))
    asked = sheet.asked
    if grain is None or first is None or asked is None:
        return False
    last = last_day(grain, first)
    ends = asked.to is not None and asked.to < last
    return ends or first <= today <= last or (asked.from_ is not None and asked.from_ > first)


def _before(sheet: Sheet, metric: str) -> str:
    compare, total = sheet.query.compare, sheet.total(metric, "_previous")
    if compare is None or total is None or not sheet.has(f"{metric}_previous"):
        return ""
    return f" (in {period(sheet, compare.range)}: {sheet.words.figure(metric, total, sheet.unit(metric))})"


def _on(sheet: Sheet, row: Row) -> str:
    return {"day": "on ", "week": "in "}.get(str(sheet.query.grain), "in ") + sheet.bucket(row)


def _place(sheet: Sheet, row: Row, metric: str) -> str:
    return f"{_on(sheet, row)} ({bold(sheet.figure(row, metric))})"


def _at(sheet: Sheet, row: Row, metric: str) -> str:
    return f"{bold(sheet.said(row, metric))} {_on(sheet, row)}"


def extremes(sheet: Sheet, rows: list[Row], metric: str) -> tuple[Row, Row]:
    def key(row: Row) -> float:
        return float(sheet.number(row, metric) or 0)

    return max(rows, key=key), min(rows, key=key)


def trend_by_group(sheet: Sheet) -> str:
    """Several lines: the largest over all the time, or the last step where groups do not add up."""
    metric, grain = sheet.metric, str(sheet.query.grain)
    groups: dict[str, list[Row]] = {}
    for row in sheet.told(metric):
        groups.setdefault(_group(sheet, row), []).append(row)
    names = " and ".join([grain, *(sheet.words.noun(d, 1, metric=metric) for d in sheet.dimensions)])
    start = f"{sheet.words.label(metric)}{sheet.where} by {names} {sheet.when}"
    if not groups:
        return sentence(f"{start} cannot be told{because(sheet, metric)}")
    if sheet.words.adds_up(metric, sheet.dimensions):
        sums: dict[str, Number] = {
            name: sum(float(sheet.number(r, metric) or 0) for r in rows) for name, rows in groups.items()
        }
        largest = sorted(sums, key=lambda n: -float(sums[n]))[:3]
        said = [f"{n} ({bold(sheet.words.figure(metric, sums[n], sheet.unit(metric)))})" for n in largest]
        lead = "in all" if len(groups) <= 3 else f"of {len(groups)}, the largest are"
        return sentence(f"{start}: {lead} {listing(said)}")
    last = max(str(sheet.cell(row, grain)) for rows in groups.values() for row in rows)
    rows = [row for rows in groups.values() for row in rows if str(sheet.cell(row, grain)) == last]
    high, low = extremes(sheet, rows, metric)
    text = (
        f"{start}: {_on(sheet, high)} highest for {_group(sheet, high)} ({bold(sheet.figure(high, metric))})"
    )
    if high is not low:
        text += f", lowest for {_group(sheet, low)} ({bold(sheet.figure(low, metric))})"
    return sentence(text)


def _group(sheet: Sheet, row: Row) -> str:
    return ", ".join(sheet.words.value(d, sheet.cell(row, d), sheet.metric) for d in sheet.dimensions)
