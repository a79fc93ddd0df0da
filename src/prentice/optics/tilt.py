"""Pantoscopic tilt and face-form wrap: what a tilted lens does, and what to order so that it does the right
thing.

The lens is tilted about a point at its optical centre. Both angles make one tilt, whose direction differs by
eye; the power matrix is then scaled by S = 1 + sin²t / 2n along the axis of the tilt and by S / cos²t across
it. Oblique incidence of the third order: right to about 20 degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from prentice.optics.power import Matrix, Power
from prentice.optics.prism import Eye

SOURCE = "Martin's formula, in power-matrix form (Keating, Geometric, Physical and Visual Optics)"
OC_DROP_PER_DEGREE = 0.5  # mm: the optical centre goes 1 mm down for every 2 degrees of pantoscopic tilt


@dataclass(frozen=True, slots=True)
class Tilt:
    """One tilt: how far, and in which meridian (seen from the front, 0 to 180)."""

    angle: float
    meridian: float


def of_frame(pantoscopic: float, wrap: float, eye: Eye) -> Tilt:
    """The one tilt of both angles. Degrees; a negative pantoscopic angle is retroscopic.

    >>> of_frame(10, 0, Eye.right)
    Tilt(angle=10.0, meridian=90.0)
    """
    panto, face = math.radians(pantoscopic), math.radians(wrap)
    angle = math.degrees(math.acos(min(1.0, math.cos(panto) * math.cos(face))))
    # The front's normal points down (pantoscopic) and temporally (wrap).
    x, y = -eye.nasal * math.sin(face) * math.cos(panto), -math.sin(panto)
    return Tilt(round(angle, 9), round(math.degrees(math.atan2(y, x)) % 180, 9))


def _stretch(tilt: Tilt) -> tuple[Matrix, float]:
    """What stretches the matrix across the axis of the tilt, and S."""
    turn, along = math.radians(tilt.angle), math.radians(tilt.meridian)
    more = 1 / math.cos(turn) - 1
    x, y = math.cos(along), math.sin(along)
    return Matrix(1 + more * x * x, more * x * y, 1 + more * y * y), math.sin(turn) ** 2


def worn(power: Power, tilt: Tilt, index: float) -> Power:
    """What a lens does when it is tilted, in minus-cylinder form.

    >>> made = worn(Power(10.0), of_frame(10, 0, Eye.right), 1.5).plus()
    >>> round(made.sphere, 2), round(made.cylinder, 2), made.axis
    (10.1, 0.31, 180)
    """
    stretch, sine2 = _stretch(tilt)
    return Power.of(power.matrix().between(stretch).scaled(1 + sine2 / (2 * index)))


def compensated(power: Power, tilt: Tilt, index: float) -> Power:
    """What to order so that the tilted lens does `power`: the opposite of `worn`.

    >>> made = compensated(Power(-15.15, -0.47, 180), of_frame(10, 0, Eye.left), 1.5)
    >>> round(made.sphere, 2), abs(round(made.cylinder, 2))
    (-15.0, 0.0)
    """
    stretch, sine2 = _stretch(tilt)
    size = stretch.xx * stretch.yy - stretch.xy**2
    back = Matrix(stretch.yy / size, -stretch.xy / size, stretch.xx / size)
    return Power.of(power.matrix().between(back).scaled(1 / (1 + sine2 / (2 * index))))


def centre_drop(pantoscopic: float) -> float:
    """How far below the pupil the optical centre belongs, in mm: 1 mm for every 2 degrees.

    >>> centre_drop(10)
    5.0
    """
    return pantoscopic * OC_DROP_PER_DEGREE
