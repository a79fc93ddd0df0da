"""How heavy a lens is: its volume from the two curves, times the density."""

from __future__ import annotations

import math

from prentice.optics.surface import sag

SOURCE = "Volume between two spherical caps × density (geometry)"


def cap_volume(sag_mm: float, half_mm: float) -> float:
    """π s (3h² + s²) / 6, in mm³, with the sign of the sag.

    >>> round(cap_volume(10.0, 10.0), 1)
    2094.4
    """
    return math.pi * sag_mm * (3 * half_mm**2 + sag_mm**2) / 6


def weight(
    front: float, back: float, index: float, diameter_mm: float, edge_mm: float, density: float
) -> float:
    """The weight in grams of a round lens with spherical curves; density in g/cm³. An estimate for a cut
    lens.

    >>> round(weight(4.0, -10.0, 1.498, 60, 8.38, 1.32), 1)
    18.7
    """
    half = diameter_mm / 2
    rim = math.pi * half**2 * edge_mm
    caps = cap_volume(sag(front, index, diameter_mm), half) + cap_volume(sag(back, index, diameter_mm), half)
    return (rim + caps) / 1000 * density
