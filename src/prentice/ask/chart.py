"""The picture of a result, where one helps, as a Vega-Lite 5 specification with its data inside. Pure.

Over time → line; groups → bars by value with the value at the end; weekday or hour → bars in their order;
shares over time → stacked bars; a comparison → pairs of bars; a list of stock → bars against thresholds;
one number → nothing. Stored names are data only: every field is named by us and no expression is used, so
a name cannot become code. Figures beside marks are formatted here, in the practice's own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prentice.ask.format import plain
from prentice.ask.plots import Spec, bars, columns, levels, noted, pairs
from prentice.ask.series import lines, stacked
from prentice.ask.sheet import Row, Sheet
from prentice.semantic.model import WEEKDAYS

MOST = 25  # bars that can still be read beside a text
MOST_SERIES = 6  # lines, or parts of a bar
NAME = 34  # characters of a stored name beside a bar


def chart_of(sheet: Sheet) -> dict[str, Any] | None:
    """The specification, or None where a picture would say no more than the sentence."""
    metric, told = sheet.metric, sheet.told(sheet.metric)
    if not told:
        return None
    if sheet.query.grain and sheet.has(sheet.query.grain):
        return _over_time(sheet, told)
    if not sheet.dimensions:
        return _two_periods(sheet, told[0]) if sheet.query.compare else None
    if len(told) < 2:
        return None
    if sheet.dimensions in (("weekday",), ("hour",)):
        return columns(_marks(sheet, in_clock_order(sheet, told)), *_titles(sheet, metric))
    if not any(sheet.number(row, metric) for row in told):
        return None  # bars of nothing
    if metric == "stock_on_hand" and sheet.has("low_stock_threshold"):
        thresholds = [float(sheet.number(row, "low_stock_threshold") or 0) for row in told[:MOST]]
        return _noted(levels(_marks(sheet, told), thresholds, *_titles(sheet, metric)), told)
    if not sheet.query.order and not sheet.query.top_per and sheet.dimensions[0] != "age_group":
        told = sorted(told, key=lambda row: -float(sheet.number(row, metric) or 0))
    if sheet.query.compare and sheet.has(f"{metric}_previous"):
        other, days = "_previous", sheet.query.compare.range
        if sheet.query.compare.like_for_like and sheet.has(f"{metric}_like_for_like"):
            other, days = "_like_for_like", sheet.query.compare.like_for_like
        periods = (_days(sheet, sheet.asked), _days(sheet, days))
        before = _marks(sheet, told, other)
        return _noted(pairs(_marks(sheet, told), before, periods, *_titles(sheet, metric)), told)
    return _noted(bars(_marks(sheet, told), *_titles(sheet, metric)), told)


def in_clock_order(sheet: Sheet, told: Sequence[Row]) -> list[Row]:
    """Monday to Sunday, or from the first hour to the last, however the rows were ordered."""
    name = sheet.dimensions[0]
    if name == "hour":
        return sorted(told, key=lambda row: float(sheet.number(row, name) or 0))
    return sorted(
        told, key=lambda row: (*WEEKDAYS, str(sheet.cell(row, name))).index(str(sheet.cell(row, name)))
    )


def _over_time(sheet: Sheet, told: Sequence[Row]) -> Spec | None:
    metric, grain = sheet.metric, str(sheet.query.grain)
    if sheet.query.order and sheet.query.limit is not None and not sheet.dimensions:
        return _noted(bars(_marks(sheet, told), *_titles(sheet, metric)), told) if len(told) > 1 else None
    if len({str(sheet.cell(row, grain)) for row in told}) < 2:
        return bars(_marks(sheet, told), *_titles(sheet, metric)) if 2 <= len(told) <= MOST else None
    if len(sheet.dimensions) > 1:
        return None
    if not sheet.dimensions:
        return lines(sheet, metric, None, MOST_SERIES)
    groups = list(dict.fromkeys(_group(sheet, row) for row in told))
    shares = bool(sheet.query.shares) or sheet.words.metric(metric).share_of is not None
    if shares and 2 <= len(groups) <= MOST_SERIES:
        return stacked(sheet, metric, _group)
    return lines(sheet, metric, _group, MOST_SERIES)


def _group(sheet: Sheet, row: Row) -> str:
    return plain(sheet.words.value(sheet.dimensions[0], sheet.cell(row, sheet.dimensions[0])), NAME)


def _two_periods(sheet: Sheet, row: Row) -> Spec | None:
    """One figure and the one that it is compared with."""
    compare, metric = sheet.query.compare, sheet.metric
    if compare is None or sheet.number(row, f"{metric}_previous") is None or len(sheet.query.metrics) > 1:
        return None
    parts = [("", sheet.asked), ("_previous", compare.range)]
    if compare.like_for_like and sheet.number(row, f"{metric}_like_for_like") is not None:
        parts = [("", sheet.asked), ("_like_for_like", compare.like_for_like), ("_previous", compare.range)]
    marks = [
        {
            "name": _days(sheet, days),
            "value": float(sheet.number(row, metric + part) or 0),
            "label": sheet.words.formats.short(sheet.cell(row, metric + part), sheet.unit(metric + part)),
        }
        for part, days in parts
    ]
    return bars(_apart(marks), sheet.words.metric(metric).label, "Period", muted_after=1)


def _days(sheet: Sheet, days: Any) -> str:
    formats = sheet.words.formats
    if days is None or days.from_ is None or days.to is None:
        return formats.when(days)
    return formats.name(days.from_, days.to)


def _marks(sheet: Sheet, told: Sequence[Row], part: str = "") -> list[dict[str, Any]]:
    """One mark for each row: its name, its value, and the figure to stand beside it."""
    column = sheet.metric + part
    unit = sheet.unit(column)
    decimals = sheet.words.metric(sheet.metric).decimals
    marks = []
    for row in told[:MOST]:
        value = sheet.number(row, column)
        shown = sheet.words.formats.short(value, unit, decimals)
        marks.append({"name": plain(sheet.name(row), NAME), "value": float(value or 0), "label": shown})
    return _apart(marks)


def _apart(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two products of one name stay two bars."""
    seen: dict[str, int] = {}
    for mark in marks:
        name = str(mark["name"])
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            mark["name"] = f"{name} ({seen[name]})"
    return marks


def _titles(sheet: Sheet, metric: str) -> tuple[str, str]:
    noun = sheet.noun(1).removeprefix("combination of ")
    return sheet.words.metric(metric).label, noun[:1].upper() + noun[1:]


def _noted(spec: Spec, told: Sequence[Row]) -> Spec:
    """Says in the picture that it shows the first 25 only."""
    if len(told) > MOST:
        spec["title"] = noted(f"The first {MOST} of {len(told)}")
    return spec
