"""Power vectors: a power as three numbers that can be added, averaged and subtracted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from prentice.optics.power import Power

SOURCE = "Thibos, Wheeler and Horner, Power vectors, Optometry and Vision Science 74:367–375 (1997)"


@dataclass(frozen=True, slots=True)
class PowerVector:
    """M = S + C/2, J0 = −(C/2) cos 2a, J45 = −(C/2) sin 2a, all in dioptres."""

    m: float
    j0: float
    j45: float

    def __add__(self, other: PowerVector) -> PowerVector:
        return PowerVector(self.m + other.m, self.j0 + other.j0, self.j45 + other.j45)

    @property
    def blur(self) -> float:
        """The length of the vector: how strong the whole is."""
        return math.sqrt(self.m**2 + self.j0**2 + self.j45**2)


def to_vector(power: Power) -> PowerVector:
    """
    >>> to_vector(Power(1.0, -2.0, 180))
    PowerVector(m=0.0, j0=1.0, j45=0.0)
    """
    half, double = -power.cylinder / 2, math.radians(2 * power.axis)
    return PowerVector(
        power.mean, round(half * math.cos(double), 12) + 0.0, round(half * math.sin(double), 12) + 0.0
    )


def from_vector(vector: PowerVector) -> Power:
    """The minus-cylinder form: C = −2 √(J0² + J45²), S = M − C/2, axis = ½ atan2(J45, J0).

    >>> from_vector(PowerVector(0.0, 1.0, 0.0))
    Power(sphere=1.0, cylinder=-2.0, axis=180)
    """
    cylinder = -2 * math.hypot(vector.j0, vector.j45)
    if cylinder > -1e-9:
        return Power(vector.m)
    axis = math.degrees(math.atan2(vector.j45, vector.j0)) / 2
    return Power(vector.m - cylinder / 2, cylinder, axis)
