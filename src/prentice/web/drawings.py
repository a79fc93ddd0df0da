"""The small drawing beside a calculation, as SVG: where a base points, an axis lies, a centre moves to.

Everything is seen from the front, as who dispenses sees the wearer: the right eye stands on the left, 0
degrees is to the right of both lenses, angles run counter-clockwise (`optics.solution.Drawing`). Colours and
letters are the style sheet's, so that a drawing follows light and dark. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

SEEN = "seen from the front"
WIDTH, HEIGHT = 260, 132
_CENTRES = {"right": (68.0, 58.0), "left": (192.0, 58.0)}  # of the two lenses, in the units of the drawing
_ACROSS, _DOWN = 50.0, 38.0  # from a lens's centre to its rim
_ARROW = 30.0  # from the centre to the head
_PER_MM = 2.0
_LEAST, _MOST = 14.0, 34.0  # how far the new centre is drawn from the old one, whatever the millimetres
_TINY = 0.005


@dataclass(frozen=True, slots=True)
class Drawn:
    """`svg` to stand in the page, and `caption`, which says the same in words."""

    svg: str
    caption: str


def drawn(drawing: Mapping[str, Any], key: str) -> Drawn | None:
    """The drawing of an answer; `key` tells its ids from those of other drawings on the page.

    None for a kind that is not known, and where its figures are missing.

    >>> drawn({"kind": "base", "degrees": 270.0, "length": 3.0}, "a").caption
    '3.00 Δ base down, both eyes, seen from the front'
    """
    make = _KINDS.get(str(drawing.get("kind")))
    return make(drawing, str(escape(key))) if make else None


def base_words(degrees: float, eye: str) -> str:
    """Where a base at `degrees` points in `eye`: towards 0 is in for the right eye and out for the left.

    >>> base_words(0, "right"), base_words(0, "left"), base_words(225, "right")
    ('in', 'out', 'out and down')
    """
    x, y = _towards(degrees)
    nasal = x if eye == "right" else -x
    across = "" if abs(x) < _TINY else "in" if nasal > 0 else "out"
    upright = "" if abs(y) < _TINY else "up" if y > 0 else "down"
    return " and ".join(filter(None, (across, upright)))


def _base(drawing: Mapping[str, Any], key: str) -> Drawn | None:
    right, length = _figure(drawing, "degrees"), _figure(drawing, "length")
    if right is None or length is None:
        return None
    left = _figure(drawing, "left_degrees")
    angles = {"right": right, "left": right if left is None else left}
    eyes = _eyes(drawing)
    said = {eye: base_words(angles[eye], eye) for eye in eyes}
    if len(eyes) == 1:
        words = f"{length:.2f} Δ base {said[eyes[0]]}, {eyes[0]} eye"
    elif len(set(said.values())) == 1:
        words = f"{length:.2f} Δ base {said['right']}, both eyes"
    else:
        words = f"{length:.2f} Δ base {said['right']} in the right eye, base {said['left']} in the left"
    marks = [_arrow(eye, angles[eye]) for eye in eyes]
    return _front(key, "The base of the prism", words, eyes, marks)


def _arrow(eye: str, degrees: float) -> str:
    (cx, cy), (x, y) = _CENTRES[eye], _towards(degrees)
    return f'<circle class="old" cx="{_n(cx)}" cy="{_n(cy)}" r="2.5"/>' + _headed(
        "arrow", eye, (cx, cy), (cx + _ARROW * x, cy - _ARROW * y)
    )


def _decentration(drawing: Mapping[str, Any], key: str) -> Drawn | None:
    x, y = _figure(drawing, "x") or 0.0, _figure(drawing, "y") or 0.0
    far = math.hypot(x, y)
    if far < _TINY:
        return None
    eyes = _eyes(drawing)
    nasal = -x if drawing.get("eye") == "left" else x  # without an eye, x is the right one's
    moves = [(abs(nasal), "in" if nasal > 0 else "out"), (abs(y), "up" if y > 0 else "down")]
    told = " and ".join(f"{_mm(value)} mm {way}" for value, way in moves if value >= _TINY)
    whose = f"{eyes[0]} eye" if len(eyes) == 1 else "each eye"
    shown = min(max(far * _PER_MM, _LEAST), _MOST) / far
    marks = []
    for eye in eyes:
        across = x if drawing.get("eye") or eye == "right" else -x
        cx, cy = _CENTRES[eye]
        new = (cx + shown * across, cy - shown * y)
        marks.append(
            f'<path class="old" d="M{_n(cx - 5)} {_n(cy)}h10M{_n(cx)} {_n(cy - 5)}v10"/>'
            f'<line class="moved" data-eye="{eye}" x1="{_n(cx)}" y1="{_n(cy)}" '
            f'x2="{_n(new[0])}" y2="{_n(new[1])}"/>'
            f'<circle class="new" data-eye="{eye}" cx="{_n(new[0])}" cy="{_n(new[1])}" r="4"/>'
        )
    return _front(key, "The optical centre", f"Optical centre {told}, {whose}", eyes, marks)


def _axis(drawing: Mapping[str, Any], key: str) -> Drawn | None:
    at = _figure(drawing, "degrees")
    if at is None:
        return None
    cx, cy, rim = WIDTH / 2, 84.0, 62.0
    x, y = _towards(at)
    ticks = "".join(_tick(cx, cy, rim, degrees) for degrees in range(0, 181, 15))
    reach = rim - 4
    line = (
        f'<line class="axis" x1="{_n(cx - 0.45 * reach * x)}" y1="{_n(cy + 0.45 * reach * y)}" '
        f'x2="{_n(cx + reach * x)}" y2="{_n(cy - reach * y)}"/>'
    )
    ends = (f"{_n(cx - rim)} {_n(cy)}", f"{_n(cx + rim)} {_n(cy)}")
    arc = f'<path class="lens" d="M{ends[0]}A{_n(rim)} {_n(rim)} 0 0 1 {ends[1]}Z"/>'
    dot = f'<circle class="old" cx="{_n(cx)}" cy="{_n(cy)}" r="2.5"/>'
    words = f"Axis {_mm(at)}, either eye"
    return _svg(key, "The axis", words, arc + ticks + line + dot)


def _tick(cx: float, cy: float, rim: float, degrees: int) -> str:
    x, y = _towards(degrees)
    inner = rim - (8 if degrees % 45 == 0 else 4)
    mark = (
        f'<line class="tick" x1="{_n(cx + inner * x)}" y1="{_n(cy - inner * y)}" '
        f'x2="{_n(cx + rim * x)}" y2="{_n(cy - rim * y)}"/>'
    )
    if degrees % 45:
        return mark
    at = rim + 13
    return mark + f'<text x="{_n(cx + at * x)}" y="{_n(cy - (at - 3) * y + 4)}">{degrees}</text>'


def _front(key: str, title: str, words: str, eyes: Iterable[str], marks: Iterable[str]) -> Drawn:
    """Both lenses of a frame, those that are not spoken of fainter."""
    spoken = set(eyes)
    parts = ['<path class="bridge" d="M118 50C123 42 137 42 142 50"/>']
    for eye, (cx, cy) in _CENTRES.items():
        faint = "" if eye in spoken else " faint"
        parts.append(
            f'<rect class="lens{faint}" x="{_n(cx - _ACROSS)}" y="{_n(cy - _DOWN)}" '
            f'width="{_n(2 * _ACROSS)}" height="{_n(2 * _DOWN)}" rx="26"/>'
            f'<text x="{_n(cx)}" y="{HEIGHT - 14}">{eye.capitalize()} eye</text>'
        )
    return _svg(key, title, words, "".join([*parts, *marks]))


def _svg(key: str, title: str, words: str, inside: str) -> Drawn:
    caption = f"{words}, {SEEN}"
    return Drawn(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" focusable="false" '
        f'aria-labelledby="dt-{key} dd-{key}"><title id="dt-{key}">{title}</title>'
        f'<desc id="dd-{key}">{caption}</desc>{inside}</svg>',
        caption,
    )


def _headed(name: str, eye: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """A line with a head at its end."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    sides = [(end[0] - 8 * math.cos(angle + s), end[1] - 8 * math.sin(angle + s)) for s in (-0.45, 0.45)]
    head = "L".join(f"{_n(x)} {_n(y)}" for x, y in (sides[0], end, sides[1]))
    return (
        f'<line class="{name}" data-eye="{eye}" x1="{_n(start[0])}" y1="{_n(start[1])}" x2="{_n(end[0])}" '
        f'y2="{_n(end[1])}"/><path class="{name}" d="M{head}"/>'
    )


def _towards(degrees: float) -> tuple[float, float]:
    """x towards 0 degrees, y up."""
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def _eyes(drawing: Mapping[str, Any]) -> tuple[str, ...]:
    eye = str(drawing.get("eye"))
    return (eye,) if eye in _CENTRES else ("right", "left")


def _figure(drawing: Mapping[str, Any], name: str) -> float | None:
    value = drawing.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good and value is not None else None


def _mm(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _n(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


_KINDS: Mapping[str, Callable[[Mapping[str, Any], str], Drawn | None]] = {
    "base": _base,
    "axis": _axis,
    "decentration": _decentration,
}
