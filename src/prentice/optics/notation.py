"""How figures are written at output: signs, steps, axes. Nothing is rounded before it comes here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prentice.optics.power import Power

MINUS = "−"


def signed(value: float, places: int = 2) -> str:
    """A power with its sign; zero has none.

    >>> signed(-6), signed(1.234), signed(-0.001)
    ('−6.00', '+1.23', '0.00')
    """
    text = f"{abs(value):.{places}f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else MINUS) + text


def dioptres(value: float, places: int = 2) -> str:
    """
    >>> dioptres(-6)
    '−6.00 D'
    """
    return f"{signed(value, places)} D"


def plain(value: float, places: int = 2) -> str:
    """A quantity as people write it: no more decimals than it has, a real minus.

    >>> plain(5.0), plain(0.125, 3), plain(-2.5), plain(-0.001)
    ('5', '0.125', '−2.5', '0')
    """
    text = f"{value:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS)


def degrees(axis: float) -> int:
    """An axis in whole degrees from 1 to 180.

    >>> degrees(0.2), degrees(179.7), degrees(45.4)
    (180, 180, 45)
    """
    return round(axis) % 180 or 180


def nearest(value: float, step: float) -> float:
    """The multiple of `step` nearest to `value`; halves go away from zero.

    >>> nearest(-12.61, 0.25), nearest(0.125, 0.25)
    (-12.5, 0.25)
    """
    whole = int(abs(value) / step + 0.5 + 1e-9)
    return whole * step * (-1 if value < 0 else 1) if whole else 0.0


def power_text(power: Power, places: int = 2) -> str:
    """A power as it is written on a prescription, in the cylinder form that it has.

    >>> from prentice.optics.power import Power
    >>> power_text(Power(-6.0)), power_text(Power(-1.0, -2.0, 45)), power_text(Power(0.0, -1.0, 90))
    ('−6.00 DS', '−1.00 −2.00 × 45', 'plano −1.00 × 90')
    """
    sphere = signed(power.sphere, places)
    flat = float(f"{power.sphere:.{places}f}") == 0
    if float(f"{power.cylinder:.{places}f}") == 0:
        return "plano" if flat else f"{sphere} DS"
    return f"{'plano' if flat else sphere} {signed(power.cylinder, places)} × {degrees(power.axis)}"


def bracketed(value: float, places: int = 2) -> str:
    """A signed figure inside a formula: negative ones stand in brackets.

    >>> bracketed(-6), bracketed(4)
    ('(−6.00)', '4.00')
    """
    text = signed(value, places)
    return f"({text})" if text.startswith(MINUS) else text.lstrip("+")
