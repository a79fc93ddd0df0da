"""Vega-Lite → SVG and PNG, drawn here so that the page needs no script and asks nobody.

On the page a chart takes its colours from the style sheet (`var(--chart-…)`), so that it follows light
and dark; in a download the same places hold fixed colours on white.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import orjson
import vl_convert

# What a specification may leave to us, by name. In drawings these stand-ins are replaced; they are
# colours that nobody chooses, so replacing them cannot hit anything else.
_STAND_INS = {
    "ink": "#010a01",
    "quiet": "#010a02",
    "hairline": "#010a03",
    "accent": "#010a04",
    "second": "#010a05",
    "third": "#010a06",
    "fourth": "#010a07",
    "fifth": "#010a08",
    "rest": "#010a09",
    "paper": "#010a0a",
}
_ON_PAPER = {
    "ink": "#15191c",
    "quiet": "#586067",
    "hairline": "#d9dcdb",
    "accent": "#0b5f73",
    "second": "#c2681c",
    "third": "#6d6fb3",
    "fourth": "#8a8d2f",
    "fifth": "#a2477b",
    "rest": "#9aa1a6",
    "paper": "#ffffff",
}
SERIES = ("accent", "second", "third", "fourth", "fifth", "rest")
# The width of letters is measured with this one; the page then sets its own, which is as wide.
FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
WIDTHS = (260, 900)

_COLOURED = re.compile(r'(fill|stroke)="(#010a0[1-9a])"')
_FAMILY = re.compile(r' font-family="[^"]*"')


def _config() -> dict[str, Any]:
    c = _STAND_INS
    return {
        "background": None,
        "font": FONT,
        "padding": {"left": 0, "right": 4, "top": 4, "bottom": 0},
        "view": {"stroke": None},
        "mark": {"color": c["accent"]},
        "bar": {"color": c["accent"], "cornerRadius": 0},
        "line": {"color": c["accent"], "strokeWidth": 2},
        "point": {"color": c["accent"], "filled": True, "size": 36},
        "rule": {"color": c["hairline"]},
        "text": {"color": c["ink"], "fontSize": 12},
        "range": {"category": [c[name] for name in SERIES]},
        "axis": {
            "labelColor": c["quiet"],
            "labelFontSize": 12,
            "labelLimit": 190,
            "titleColor": c["quiet"],
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": c["hairline"],
            "domainColor": c["hairline"],
            "tickColor": c["hairline"],
        },
        "axisBand": {"grid": False, "ticks": False, "domain": False},
        "legend": {
            "labelColor": c["quiet"],
            "titleColor": c["quiet"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
        },
    }


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        both[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def _drawn(specification: dict[str, Any], width: int) -> str:
    """The SVG with stand-ins for colours. `width` is of the whole picture, in CSS pixels."""
    fitted = dict(specification)
    fitted["config"] = _merged(_config(), specification.get("config") or {})
    if not {"facet", "hconcat", "vconcat", "concat", "repeat"} & specification.keys():
        fitted["width"] = max(WIDTHS[0], min(width, WIDTHS[1]))
        fitted["autosize"] = {"type": "fit-x", "contains": "padding"}
    return vl_convert.vegalite_to_svg(orjson.dumps(fitted).decode(), allowed_base_urls=[])


def for_page(specification: dict[str, Any], width: int) -> str:
    """An `<svg>` to stand inside the page: colours by the style sheet, the page's own font, no roles.

    It is decoration to a screen reader: the table below holds the same data, so the page hides it.
    """
    svg = _drawn(specification, width)
    names = {colour: name for name, colour in _STAND_INS.items()}
    svg = _COLOURED.sub(lambda m: f'{m[1]}="var(--chart-{names[m[2]]})"', svg)
    return _FAMILY.sub("", svg)


def for_download(specification: dict[str, Any], width: int = 760) -> str:
    """An SVG that stands alone: white ground, fixed colours."""
    colours = {stand_in: _ON_PAPER[name] for name, stand_in in _STAND_INS.items()}
    spaced = {**specification, "background": "#ffffff", "padding": 20}
    return _COLOURED.sub(lambda m: f'{m[1]}="{colours[m[2]]}"', _drawn(spaced, width))


def as_png(specification: dict[str, Any], width: int = 760, scale: Literal[1, 2, 3] = 2) -> bytes:
    """The same as a picture, `scale` device pixels for each of `width`."""
    return vl_convert.svg_to_png(for_download(specification, width), scale=scale)


def warm_up() -> None:
    """The first drawing loads the engine (about 0.6 s); do that before anyone waits for it."""
    encoding = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "nominal"}}
    for_page({"data": {"values": [{"x": 1, "y": "a"}]}, "mark": "bar", "encoding": encoding}, WIDTHS[0])
