"""Prism: from Prentice's rule, combined, resolved, and told as base in, out, up, down or by its angle.

Inside, a prism is a vector towards its base, in prism dioptres: x towards 0 degrees (to the right of whoever
faces the wearer), y up. Towards 0 degrees is nasal for the right eye and temporal for the left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from prentice.optics.power import Power

PRENTICE = "Prentice's rule; Long, A matrix formalism for decentration problems (1976)"
COMPOUND = "Brooks and Borish, System for Ophthalmic Dispensing"
_NONE = 1e-9

Base = Literal["in", "out", "up", "down"]


class Eye(StrEnum):
    right = "right"
    left = "left"

    @property
    def nasal(self) -> int:
        """+1 where the nose is on the side of 0 degrees."""
        return 1 if self is Eye.right else -1

    @property
    def short(self) -> str:
        return "OD" if self is Eye.right else "OS"


@dataclass(frozen=True, slots=True)
class Prism:
    """A prism as a vector towards its base."""

    x: float
    y: float

    def __add__(self, other: Prism) -> Prism:
        return Prism(self.x + other.x, self.y + other.y)

    @property
    def amount(self) -> float:
        return math.hypot(self.x, self.y)

    @property
    def base(self) -> float:
        """Where the base is, in degrees from 0 to 360, counter-clockwise."""
        return math.degrees(math.atan2(self.y, self.x)) % 360

    def horizontal(self, eye: Eye) -> tuple[float, Base]:
        """How much is base in or out."""
        nasal = self.x * eye.nasal
        return abs(nasal), "in" if nasal >= 0 else "out"

    @property
    def vertical(self) -> tuple[float, Base]:
        """How much is base up or down."""
        return abs(self.y), "up" if self.y >= 0 else "down"

    @property
    def is_none(self) -> bool:
        return self.amount < _NONE


def based(amount: float, base: Base, eye: Eye) -> Prism:
    """A prism by the words for its base.

    >>> based(3, "out", Eye.right)
    Prism(x=-3, y=0.0)
    """
    match base:
        case "in":
            return Prism(amount * eye.nasal, 0.0)
        case "out":
            return Prism(-amount * eye.nasal, 0.0)
        case "up":
            return Prism(0.0, amount)
        case "down":
            return Prism(0.0, -amount)


def at_base(amount: float, degrees: float) -> Prism:
    """A prism by the angle of its base, 0 to 360. H = P cos b, V = P sin b.

    >>> part = at_base(5, 45)
    >>> round(part.x, 2), round(part.y, 2)
    (3.54, 3.54)
    """
    angle = math.radians(degrees)
    return Prism(amount * math.cos(angle), amount * math.sin(angle))


def at_point(power: Power, nasal_mm: float, up_mm: float, eye: Eye) -> Prism:
    """The prism where the eye looks, `nasal_mm` and `up_mm` from the optical centre (negative: temporal,
    below).

    p = −F·x with the power matrix F in dioptres and x in centimetres: Prentice's rule in full, right for
    oblique cylinders. A decentration is the opposite point.

    >>> there = at_point(Power(-3.0, -2.0, 30), 3, -5, Eye.right)
    >>> [(round(amount, 2), base) for amount, base in (there.horizontal(Eye.right), there.vertical)]
    [(1.48, 'in'), (2.51, 'down')]
    >>> at_point(Power(5.0), 0, -8, Eye.left).vertical
    (4.0, 'up')
    """
    x, y = power.matrix().on(nasal_mm * eye.nasal / 10, up_mm / 10)
    return Prism(0.0 - x, 0.0 - y)


def decentration_for(power: Power, wanted: Prism, eye: Eye) -> tuple[float, float] | None:
    """How far the optical centre is moved, (nasal, up) in mm, so that `wanted` prism is where it was.

    The centre goes by d = F⁻¹·p; None where the lens has no power to make that prism with. For spheres c = P
    / F.

    >>> decentration_for(Power(4.0), based(2, "in", Eye.right), Eye.right)
    (5.0, 0.0)
    """
    matrix = power.matrix()
    size = matrix.xx * matrix.yy - matrix.xy**2
    if abs(size) < 1e-6:
        return None
    x = (matrix.yy * wanted.x - matrix.xy * wanted.y) / size
    y = (matrix.xx * wanted.y - matrix.xy * wanted.x) / size
    return round(x * eye.nasal * 10, 9) + 0.0, round(y * 10, 9) + 0.0
