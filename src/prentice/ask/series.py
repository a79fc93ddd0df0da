"""Figures over time: lines with their last point labelled, and stacked bars of shares. Pure.

Steps without a row are nothing sold, so a sum is drawn there as 0; a ratio breaks the line instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from prentice.ask.format import as_day, kind_of
from prentice.ask.plots import ACCENT, MUTED, WIDTH, Mark, Spec, data, framed, noted
from prentice.ask.sheet import Row, Sheet
from prentice.semantic.calendars import first_day, shift
from prentice.semantic.query import Grain

HEIGHT = 220
LABEL_GAP = 15  # pixels between the labels at the ends of two lines
MOST_STEPS = 1100  # three years of days
MOST_BARS = 60
# Told apart with any colour vision, 3:1 and more on white and on near-black.
COLOURS = (ACCENT, "#d55e00", "#009e73", "#b8649a", "#a37400", "#76818a")

Group = Callable[[Sheet, Row], str]


def _axis_format(grain: Grain, month_first: bool) -> str:
    day = "%b %-d" if month_first else "%-d %b"
    return {"day": day, "week": day, "month": "%b %Y", "quarter": "Q%q %Y", "year": "%Y"}[grain]


def _time(sheet: Sheet, grain: Grain, **axis: Any) -> Spec:
    shown = {
        "title": grain.capitalize(),
        "format": _axis_format(grain, sheet.words.formats.month_first),
        "labelOverlap": "parity",
        "labelFlush": False,
        "tickCount": 8 if grain in ("day", "week") else {"interval": "month" if grain == "month" else "year"},
    }
    if grain == "quarter":
        shown["tickCount"] = {"interval": "month", "step": 3}
    return {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "axis": {**shown, **axis}}


def _value(sheet: Sheet, metric: str) -> Spec:
    found, unit = sheet.words.metric(metric), kind_of(sheet.unit(metric))
    sign = f" ({sheet.words.formats.currency_sign})" if unit == "money" else ""
    axis: Spec = {"title": found.label + sign, "grid": True, "tickCount": 4}
    axis["format"] = {"ratio": ".0%", "money": ",.0f"}.get(unit, ",~f")
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": unit != "ratio"}}


def _steps(sheet: Sheet, rows: Sequence[Row], grain: Grain) -> list[date]:
    """Every step from the first to the last that has a row."""
    days = sorted({d for row in rows if (d := as_day(sheet.cell(row, grain))) is not None})
    steps: list[date] = []
    at = first_day(grain, days[0])
    while at <= days[-1] and len(steps) < MOST_STEPS:
        steps.append(at)
        at = shift(at, grain, 1)
    return steps


def _points(
    sheet: Sheet, rows: Sequence[Row], column: str, steps: Sequence[date], grain: Grain
) -> list[Mark]:
    at = {as_day(sheet.cell(row, grain)): sheet.number(row, column) for row in rows}
    empty = 0.0 if sheet.words.metric(sheet.metric).additive else None
    points = []
    for step in steps:
        value = at.get(step)
        points.append({"at": step.isoformat(), "value": empty if value is None else float(value)})
    return points


def lines(sheet: Sheet, metric: str, group: Group | None, most: int) -> Spec:
    """One line, a line and the other period's, or one for each of the largest groups."""
    grain = sheet.query.grain
    assert grain is not None
    rows = sheet.told(metric)
    steps = _steps(sheet, rows, grain)
    drawn: list[tuple[str, list[Mark], str, bool]] = []  # name, points, colour, dashed
    note = ""
    if group is None:
        drawn.append(("", _points(sheet, rows, metric, steps, grain), ACCENT, False))
        if sheet.query.compare and sheet.has(f"{metric}_previous"):
            other = sheet.query.compare.range
            before = sheet.words.formats.name(other.from_, other.to) if other.from_ and other.to else "before"
            drawn.append((before, _points(sheet, rows, f"{metric}_previous", steps, grain), MUTED, True))
    else:
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(group(sheet, row), []).append(row)
        size = {n: sum(abs(float(sheet.number(r, metric) or 0)) for r in part) for n, part in groups.items()}
        largest = sorted(groups, key=lambda n: -size[n])[:most]
        for name, colour in zip(largest, COLOURS, strict=False):
            drawn.append((name, _points(sheet, groups[name], metric, steps, grain), colour, False))
        note = f"The {most} largest of {len(groups)}" if len(groups) > most else ""
    x, y = _time(sheet, grain), _value(sheet, metric)
    layers: list[Spec] = [_line(points, colour, dashed, x, y) for _, points, colour, dashed in drawn]
    layers += _ends(sheet, metric, drawn, x, y)
    what = f"Line: {sheet.words.metric(metric).label} by {grain}, {len(steps)} points"
    spec = framed(layers, what, height=HEIGHT)
    if note:
        spec["title"] = noted(note)
    return spec


def _line(points: list[Mark], colour: str, dashed: bool, x: Spec, y: Spec) -> Spec:
    mark: Spec = {"type": "line", "color": colour, "strokeWidth": 2, "invalid": "break-paths-show-domains"}
    if dashed:
        mark["strokeDash"] = [4, 3]
    elif len(points) <= 31:
        mark["point"] = {"color": colour, "size": 24}
    return {"data": data(points), "mark": mark, "encoding": {"x": x, "y": y}}


def _ends(
    sheet: Sheet, metric: str, drawn: Sequence[tuple[str, list[Mark], str, bool]], x: Spec, y: Spec
) -> list[Spec]:
    """The name and last figure of each line, moved apart where lines end close together."""
    ends = []
    for name, points, colour, _ in drawn:
        last = next((p for p in reversed(points) if p["value"] is not None), None)
        if last is not None:
            figure = sheet.words.formats.short(
                last["value"], sheet.unit(metric), sheet.words.metric(metric).decimals
            )
            ends.append({**last, "colour": colour, "label": f"{name} {figure}".strip()})
    values = [p["value"] for _, points, _, _ in drawn for p in points if p["value"] is not None]
    low = min(values) if kind_of(sheet.unit(metric)) == "ratio" else min(0, *values)
    gap = (max(values) - low) * LABEL_GAP / HEIGHT
    place = float("-inf")
    layers = []
    for end in sorted(ends, key=lambda e: e["value"]):
        place = max(end["value"], place + gap)
        point = {"at": end["at"], "value": place, "label": end["label"]}
        mark: Spec = {"type": "text", "align": "left", "dx": 8}
        if len(drawn) > 1:
            mark["color"] = end["colour"]
        text = {"field": "label", "type": "nominal"}
        layers.append({"data": data([point]), "mark": mark, "encoding": {"x": x, "y": y, "text": text}})
    return layers


def stacked(sheet: Sheet, metric: str, group: Group) -> Spec:
    """Each step as one bar of 100%, the largest group at the bottom, its parts named beside the last bar."""
    grain = sheet.query.grain
    assert grain is not None
    rows = sheet.told(metric)
    steps = _steps(sheet, rows, grain)[-MOST_BARS:]
    names, parts = _parts(sheet, rows, metric, group, steps)
    label = sheet.words.metric(metric).label
    x: Spec = {"field": "at", "type": "ordinal", "sort": None}
    x["axis"] = {"title": grain.capitalize(), "labelAngle": 0, "labelOverlap": "greedy"}
    y: Spec = {"field": "value", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y["axis"] = {"title": label, "format": ".0%", "tickCount": 4}
    beside = WIDTH // len(steps) // 2 + 4  # pixels from the middle of the last bar to its right side
    layers: list[Spec] = []
    for name, colour in zip(names, COLOURS, strict=False):
        mine = [part for part in parts if part["name"] == name]
        bar = {"type": "bar", "color": colour, "width": {"band": 0.8}}
        layers.append({"data": data(mine), "mark": bar, "encoding": {"x": x, "y": y, "y2": {"field": "top"}}})
        last = mine[-1]
        share = sheet.words.formats.percent(last["top"] - last["value"])
        middle = (last["value"] + last["top"]) / 2
        text = {"type": "text", "align": "left", "dx": beside, "color": colour}
        named = {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}}
        end = {"at": last["at"], "value": middle, "label": f"{name} {share}"}
        layers.append({"data": data([end]), "mark": text, "encoding": named})
    return framed(layers, f"Stacked bars: {label} by {grain}, {len(names)} groups", height=HEIGHT)


def _parts(
    sheet: Sheet, rows: Sequence[Row], metric: str, group: Group, steps: Sequence[date]
) -> tuple[list[str], list[Mark]]:
    """The groups, largest first, and for each step where the part of each begins and ends (0 to 1)."""
    grain = sheet.query.grain
    assert grain is not None
    at: dict[tuple[date | None, str], float] = {}
    size: dict[str, float] = {}
    for row in rows:
        name, value = group(sheet, row), max(float(sheet.number(row, metric) or 0), 0)
        at[as_day(sheet.cell(row, grain)), name] = value
        size[name] = size.get(name, 0) + value
    names = sorted(size, key=lambda n: -size[n])
    parts: list[Mark] = []
    for step in steps:
        whole, below = sum(at.get((step, n), 0) for n in names) or 1.0, 0.0
        shown = sheet.words.formats.bucket(step, grain, short=True)
        for name in names:
            above = below + at.get((step, name), 0) / whole
            parts.append({"at": shown, "name": name, "value": below, "top": above})
            below = above
    return names, parts
