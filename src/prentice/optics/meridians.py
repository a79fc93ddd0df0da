"""The power of a lens in one meridian."""

from __future__ import annotations

import math

from prentice.optics.power import Power

SOURCE = "Keating, Geometric, Physical and Visual Optics"


def power_in_meridian(power: Power, meridian: float) -> float:
    """F(θ) = S + C sin²(θ − axis), in dioptres. On the axis it is the sphere, at 90 degrees to it S + C.

    >>> power_in_meridian(Power(-2.0, -1.0, 180), 45)
    -2.5
    >>> power_in_meridian(Power(-3.0, -1.0, 30), 90)
    -3.75
    """
    between = math.radians(meridian - power.axis)
    return round(power.sphere + power.cylinder * math.sin(between) ** 2, 12)
