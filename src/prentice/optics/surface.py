"""Surfaces: power, radius, sag, lens clock."""

from __future__ import annotations

import math

from prentice.errors import BadValue
from prentice.optics.notation import dioptres, plain

SOURCE = "Jalie, Principles of Ophthalmic Lenses (ABDO)"
CLOCK_INDEX = 1.53  # what a lens clock is calibrated for


def radius(power: float, index: float) -> float:
    """r = 1000 (n − 1) / F, in mm; positive for a convex front. Infinite for a flat surface.

    >>> radius(4.0, 1.498)
    124.5
    """
    return math.inf if power == 0 else round(1000 * (index - 1) / power, 9)


def surface_power(radius_mm: float, index: float) -> float:
    """F = 1000 (n − 1) / r, in dioptres, r in mm.

    >>> surface_power(124.5, 1.498)
    4.0
    """
    return round(1000 * (index - 1) / radius_mm, 9)


def sag(power: float, index: float, diameter_mm: float) -> float:
    """The exact depth r − √(r² − h²) of a spherical surface over a diameter, in mm; negative where F is.

    Raises `BadValue` where the diameter is wider than the sphere itself.

    >>> round(sag(10.0, 1.498, 60), 2)
    10.05
    """
    if power == 0:
        return 0.0
    bend, half = abs(radius(power, index)), diameter_mm / 2
    if half >= bend:
        raise BadValue(
            f"A surface of {dioptres(power)} (radius {plain(bend, 1)} mm) is narrower than "
            f"{plain(diameter_mm)} mm.",
            "Check the curve and the diameter.",
        )
    return math.copysign(
        half**2 / (bend + math.sqrt(bend**2 - half**2)), power
    )  # stable form of r - sqrt(r²-h²)


def sag_approximate(power: float, index: float, diameter_mm: float) -> float:
    """h² F / (2000 (n − 1)), in mm: the parabola; a few per cent low on flat curves, 15 % on steep ones.

    >>> round(sag_approximate(10.0, 1.498, 60), 2)
    9.04
    """
    return (diameter_mm / 2) ** 2 * power / (2000 * (index - 1))


def clock_to_power(reading: float, index: float) -> float:
    """What a lens clock's reading means on another material: F = reading × (n − 1) / 0.53.

    >>> round(clock_to_power(6.0, 1.67), 2)
    7.58
    """
    return reading * (index - 1) / (CLOCK_INDEX - 1)


def keratometer_power(radius_mm: float) -> float:
    """The K reading 337.5 / r, in dioptres, of a cornea with radius r in mm (index 1.3375).

    >>> keratometer_power(7.5)
    45.0
    """
    return 337.5 / radius_mm
