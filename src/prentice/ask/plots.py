"""Bars, each a Vega-Lite 5 specification of marks {name, value, label}. Pure, and nothing but layout.

Colours that must differ between a light and a dark page stand in `config` alone; the accents hold a
contrast of 3:1 and more on both (WCAG 2.2, 1.4.11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
Mark = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
ACCENT = "#2a7fa8"
MUTED = "#8a949c"
WIDTH, STEP = 460, 24  # pixels: the plot, and one bar with the space around it
INK, FAINT = "#37414a", "#dfe4e8"

CONFIG: Spec = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "grid": False,
        "gridColor": FAINT,
        "labelColor": INK,
        "labelFontSize": 12,
        "labelPadding": 6,
        "labelLimit": 240,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "text": {"color": INK, "fontSize": 12},
    "title": {"color": INK, "fontSize": 12},
    "legend": {"labelColor": INK, "labelFontSize": 12, "orient": "top", "symbolType": "square"},
}


def framed(layers: list[Spec], description: str, *, height: int | Spec, width: int | Spec = WIDTH) -> Spec:
    """A whole specification around layers. `description` is read out in place of the picture."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": width,
        "height": height,
        "layer": layers,
        "config": CONFIG,
    }


def noted(text: str) -> Spec:
    """A remark over the plot: that it shows a part of the groups only."""
    return {"text": text, "anchor": "start", "fontWeight": "normal"}


def data(values: Sequence[Mark]) -> Spec:
    return {"values": list(values)}


def _across(title: str) -> Spec:
    """The value axis of bars that carry their figures: its name and the zero line are enough."""
    axis = {"title": title, "labels": False}
    return {"field": "value", "type": "quantitative", "axis": axis, "stack": None}


def _down(title: str) -> Spec:
    """The axis of the groups: its name stands over the names, where there is room for it."""
    placed = {"titleAngle": 0, "titleAlign": "right", "titleAnchor": "start", "titleX": -6, "titleY": -6}
    axis = {"title": title, "titleBaseline": "bottom", **placed}
    return {"field": "name", "type": "nominal", "sort": None, "axis": axis}


def _beside(marks: Sequence[Mark]) -> list[Mark]:
    """Where each figure stands: at the end of its bar, or right of the zero line for a negative one."""
    return [{**mark, "value": max(mark["value"], 0)} for mark in marks]


def _figures(marks: Sequence[Mark], y: Spec, x: Spec, **more: Any) -> Spec:
    return {
        "data": data(_beside(marks)),
        "mark": {"type": "text", "align": "left", "dx": 5},
        "encoding": {"y": y, "x": x, "text": {"field": "label", "type": "nominal"}, **more},
    }


def bars(marks: Sequence[Mark], value: str, name: str, *, muted_after: int | None = None) -> Spec:
    """Horizontal bars in the order given. `muted_after`: that many in the accent, the rest in grey."""
    x, y = _across(value), _down(name)
    kept = len(marks) if muted_after is None else muted_after
    layers: list[Spec] = [
        {
            "data": data(part),
            "mark": {"type": "bar", "color": colour, "height": {"band": 0.72}},
            "encoding": {"y": y, "x": x},
        }
        for part, colour in ((marks[:kept], ACCENT), (marks[kept:], MUTED))
        if part
    ]
    layers.append(_figures(marks, y, x))
    return framed(layers, f"Bars: {value} by {name.lower()}, {len(marks)} of them", height={"step": STEP})


def columns(marks: Sequence[Mark], value: str, name: str) -> Spec:
    """Upright bars in the order given: the days of the week, the hours of the day."""
    x = {"field": "name", "type": "nominal", "sort": None, "axis": {"title": name, "labelAngle": 0}}
    y = {"field": "value", "type": "quantitative", "axis": {"title": value, "labels": False}, "stack": None}
    layers: list[Spec] = [
        {
            "data": data(marks),
            "mark": {"type": "bar", "color": ACCENT, "width": {"band": 0.72}},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": data(_beside(marks)),
            "mark": {"type": "text", "dy": -8, "fontSize": 11},
            "encoding": {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}},
        },
    ]
    step = max(66, min(80, max(len(str(m["label"])) for m in marks) * 8))
    return framed(layers, f"Bars: {value} by {name.lower()}", height=200, width={"step": step})


def pairs(
    marks: Sequence[Mark], before: Sequence[Mark], periods: tuple[str, str], value: str, name: str
) -> Spec:
    """For each group two bars: the period asked about in the accent, the other in grey under it."""
    halves = zip(periods, (marks, before), strict=True)
    both = [{**mark, "period": period} for period, part in halves for mark in part]
    x, y = _across(value), _down(name)
    offset = {"field": "period", "type": "nominal", "sort": None}
    colour = {
        "field": "period",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": list(periods), "range": [ACCENT, MUTED]},
        "legend": {"title": None},
    }
    layers: list[Spec] = [
        {
            "data": data(both),
            "mark": {"type": "bar"},
            "encoding": {"y": y, "yOffset": offset, "x": x, "color": colour},
        },
        _figures(both, y, x, yOffset=offset),
    ]
    description = f"Pairs of bars: {value} by {name.lower()}, {periods[0]} and {periods[1]}"
    return framed(layers, description, height={"step": 15})


def levels(marks: Sequence[Mark], thresholds: Sequence[float], value: str, name: str) -> Spec:
    """Bars of what is left, each with a tick where it counts as low."""
    titled = f"{value} (grey: low-stock threshold)"
    x, y = _across(titled), _down(name)
    ticks = [{"name": m["name"], "value": t} for m, t in zip(marks, thresholds, strict=True)]
    tick: Spec = {
        "data": data(ticks),
        "mark": {"type": "tick", "orient": "vertical", "color": MUTED, "thickness": 3, "size": STEP - 4},
        "encoding": {"y": y, "x": x},
    }
    spec = bars(marks, titled, name)
    spec["layer"].insert(1, tick)
    spec["description"] = f"{value} of {len(marks)} products, with a mark at each one's low-stock threshold"
    return spec
