"""Vega-Lite → SVG and PNG, drawn here so that the page needs no script and asks nobody.

On the page a chart takes its colours from the style sheet (`var(--chart-…)`), so that it follows light
and dark; in a download the same places hold fixed colours on white.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
import vl_convert

from prentice.ask.plots import ACCENT, FAINT, INK, MUTED
from prentice.ask.series import COLOURS

Spec = dict[str, Any]

# Letters are measured with this one; the page sets its charts in the same.
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
NARROWEST, WIDEST = 260, 860  # CSS pixels of a whole picture
DOWNLOAD_WIDTH, DOWNLOAD_SCALE = 760, 2

# The colours that specifications are written in -> the style sheet's name, and the colour on white paper.
_NAMES = dict(zip(COLOURS, ("accent", "second", "third", "fourth", "fifth", "rest"), strict=True))
_NAMES |= {ACCENT: "accent", MUTED: "rest", INK: "ink", FAINT: "hairline"}
_ON_PAPER = {
    "accent": "#0b5f73",
    "second": "#b85c14",
    "third": "#5f61ad",
    "fourth": "#7c7f1f",
    "fifth": "#a2477b",
    "rest": "#8a949c",
    "ink": "#15191c",
    "hairline": "#d8dcdb",
}
_COLOURED = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_FAMILY = re.compile(r' font-family="[^"]*"')
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)"')
_SIDES = {"x": "y", "y": "x", "x2": "y2", "y2": "x2", "xOffset": "yOffset", "yOffset": "xOffset"}


def for_page(specification: Spec, width: int) -> str:
    """An `<svg>` to stand inside the page, about `width` CSS pixels wide: colours by the style sheet.

    It is a picture of the table below it, which is the text alternative.
    """
    svg = _fitted(specification, max(NARROWEST, min(width, WIDEST)))
    named = {colour: f"var(--chart-{name})" for colour, name in _NAMES.items()}
    return _FAMILY.sub("", _recoloured(svg, named))


def for_download(specification: Spec) -> str:
    """An SVG that stands alone: white ground, fixed colours."""
    spaced = {**specification, "padding": 20, "config": {**specification.get("config", {})}}
    spaced["config"]["background"] = "#ffffff"
    return _recoloured(
        _fitted(spaced, DOWNLOAD_WIDTH), {colour: _ON_PAPER[name] for colour, name in _NAMES.items()}
    )


def as_png(specification: Spec) -> bytes:
    """The same as a picture, with two pixels for each of the SVG's."""
    return vl_convert.svg_to_png(for_download(specification), scale=DOWNLOAD_SCALE)


def warm_up() -> None:
    """The first drawing loads the engine (about 0.6 s); do that before anyone waits for it."""
    encoding = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "nominal"}}
    for_page({"data": {"values": [{"x": 1, "y": "a"}]}, "mark": "bar", "encoding": encoding}, NARROWEST)


def _fitted(specification: Spec, target: int) -> str:
    """Drawn so that the whole picture, names and figures included, is about `target` wide.

    A specification says how wide its plot is; what stands around the plot is known once it is drawn.
    The style sheet makes up for up to a sixth, so a second drawing is rare on a wide page.
    """
    spec = _lying(specification) if _upright(specification) and target < 480 else dict(specification)
    spec["config"] = _styled(spec.get("config") or {}, target)
    plot = spec.get("width")
    if not isinstance(plot, int | float):
        return _drawn(spec)
    if target < plot:
        spec["width"] = plot = round(target * 0.6)
    svg = _drawn(spec)
    over = _width(svg) - target
    if over > target / 6 or over < -target / 6:
        spec["width"] = max(100, plot - over)
        svg = _drawn(spec)
    return svg


def _styled(config: Mapping[str, Any], target: int) -> Spec:
    axis = {**config.get("axis", {}), "labelLimit": min(240, round(target * 0.42))}
    return {**config, "font": FONT, "axis": axis}


def _upright(specification: Spec) -> bool:
    return isinstance(specification.get("width"), dict)


def _lying(specification: Spec) -> Spec:
    """Upright bars, with a step each, as lying ones: on a telephone their figures would run together."""
    layers = []
    for layer in specification["layer"]:
        mark = {k: v for k, v in layer["mark"].items() if k not in ("width", "dy")}
        if "width" in layer["mark"]:
            mark["height"] = layer["mark"]["width"]
        if mark["type"] == "text":
            mark |= {"align": "left", "dx": 5}
        encoding = {_SIDES.get(side, side): how for side, how in layer["encoding"].items()}
        layers.append({**layer, "mark": mark, "encoding": encoding})
    return {**specification, "layer": layers, "width": 200, "height": {"step": 24}}


def _drawn(spec: Spec) -> str:
    return vl_convert.vegalite_to_svg(orjson.dumps(spec).decode(), allowed_base_urls=[])


def _width(svg: str) -> int:
    found = _SIZE.match(svg)
    return round(float(found[1])) if found else WIDEST


def _recoloured(svg: str, colours: Mapping[str, str]) -> str:
    return _COLOURED.sub(lambda m: f'{m[1]}="{colours.get(m[2], m[2])}"', svg)
