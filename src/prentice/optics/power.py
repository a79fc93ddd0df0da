"""A sphero-cylindrical power, and the same as a matrix, which is what all vector work is done with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from prentice.errors import BadValue
from prentice.optics.notation import plain

_FLAT = 1e-9  # a cylinder below this many dioptres is rounding of the arithmetic, not astigmatism


@dataclass(frozen=True, slots=True)
class Matrix:
    """The dioptric power matrix [[xx, xy], [xy, yy]]: x along the 180 meridian, y along the 90 (W. F. Long,
    "A
    matrix formalism for decentration problems", Am J Optom Physiol Opt 53:27-33, 1976)."""

    xx: float
    xy: float
    yy: float

    def __add__(self, other: Matrix) -> Matrix:
        return Matrix(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy)

    def scaled(self, factor: float) -> Matrix:
        return Matrix(self.xx * factor, self.xy * factor, self.yy * factor)

    def on(self, x: float, y: float) -> tuple[float, float]:
        """The product of the matrix with a vector."""
        return self.xx * x + self.xy * y, self.xy * x + self.yy * y

    def between(self, other: Matrix) -> Matrix:
        """`other · self · other`, which is symmetrical as both are."""
        a, b, d = other.xx, other.xy, other.yy
        top = (a * self.xx + b * self.xy, a * self.xy + b * self.yy)
        low = (b * self.xx + d * self.xy, b * self.xy + d * self.yy)
        return Matrix(top[0] * a + top[1] * b, top[0] * b + top[1] * d, low[0] * b + low[1] * d)


@dataclass(frozen=True, slots=True)
class Power:
    """Sphere and cylinder in dioptres, axis in degrees (standard notation: counter-clockwise as the wearer's
    face is seen, 0 < axis <= 180). The cylinder keeps the sign it was written with; `minus()` and `plus()`
    give the forms.

    >>> Power(-1.0, -2.0, 0).axis
    180
    """

    sphere: float
    cylinder: float = 0.0
    axis: float = 180

    def __post_init__(self) -> None:
        object.__setattr__(self, "axis", self.axis % 180 or 180)

    @property
    def is_sphere(self) -> bool:
        return abs(self.cylinder) < _FLAT

    def transposed(self) -> Power:
        """The other form of the same power: S' = S + C, C' = -C, axis turned by 90 degrees."""
        return Power(self.sphere + self.cylinder, -self.cylinder, self.axis + 90)

    def minus(self) -> Power:
        """The minus-cylinder form. A sphere is its own, with axis 180."""
        if self.is_sphere:
            return Power(self.sphere)
        return self if self.cylinder < 0 else self.transposed()

    def plus(self) -> Power:
        """The plus-cylinder form."""
        if self.is_sphere:
            return Power(self.sphere)
        return self if self.cylinder > 0 else self.transposed()

    @property
    def mean(self) -> float:
        """The spherical equivalent, S + C/2."""
        return self.sphere + self.cylinder / 2

    def matrix(self) -> Matrix:
        """F = [[S + C sin²a, -C sin a cos a], [-C sin a cos a, S + C cos²a]]."""
        sine, cosine = math.sin(math.radians(self.axis)), math.cos(math.radians(self.axis))
        return Matrix(
            self.sphere + self.cylinder * sine**2,
            -self.cylinder * sine * cosine,
            self.sphere + self.cylinder * cosine**2,
        )

    @classmethod
    def of(cls, matrix: Matrix) -> Power:
        """The minus-cylinder form of a matrix (M. P. Keating, Am J Optom Physiol Opt 57:734-737, 1980)."""
        mean = (matrix.xx + matrix.yy) / 2
        across, oblique = (matrix.yy - matrix.xx) / 2, -matrix.xy  # half the cylinder, as J0 and J45 are
        half = math.hypot(across, oblique)
        if half < _FLAT:
            return cls(mean)
        return cls(mean + half, -2 * half, math.degrees(math.atan2(-oblique, -across)) / 2)

    @property
    def strongest(self) -> float:
        """The principal power of greatest absolute value."""
        return max(self.sphere, self.sphere + self.cylinder, key=abs)


def checked_axis(axis: float) -> float:
    """`axis` where it is one. Raises `BadValue`, with the axis that was probably meant.

    >>> checked_axis(90)
    90
    >>> checked_axis(200)
    Traceback (most recent call last):
    prentice.errors.BadValue: An axis is from 1 to 180; 200 is not. Did you mean 20?
    """
    if math.isfinite(axis) and 0 <= axis <= 180:
        return axis
    raise BadValue(
        f"An axis is from 1 to 180; {plain(axis) if math.isfinite(axis) else 'this'} is not.", _meant(axis)
    )


def _meant(axis: float) -> str:
    digits = f"{axis:.0f}" if math.isfinite(axis) else ""
    if digits.isdigit() and digits.endswith("0") and 1 <= int(digits[:-1]) <= 180:
        return f"Did you mean {int(digits[:-1])}?"
    if math.isfinite(axis) and 180 < axis < 360:
        return f"Did you mean {plain(axis - 180)}?"
    return "Read it again from the prescription."
