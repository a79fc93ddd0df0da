"""Vertex distance: the power to order when a lens sits elsewhere, and what an unchanged lens does there.

The two are named apart because they change in opposite directions, and are confused in print.
"""

from __future__ import annotations

from prentice.errors import BadValue
from prentice.optics.notation import dioptres, plain
from prentice.optics.power import Power

SOURCE = "Jalie, Principles of Ophthalmic Lenses (ABDO)"
ASK_FROM = 4.0  # dioptres in any meridian, from which the vertex distance changes what is ordered


def shifted(power: float, towards_eye_mm: float) -> float:
    """F / (1 − xF) with x in metres, positive where the plane moves towards the eye. Raises `BadValue` where
    the focus lies in the new plane, whose power would be without bound.

    >>> round(shifted(-12.0, -4.0), 2)
    -12.61
    """
    bottom = 1 - towards_eye_mm / 1000 * power
    if bottom <= 0.01:
        raise BadValue(
            f"{dioptres(power)} moved by {plain(towards_eye_mm)} mm reaches its own focus.",
            "Check the power and the vertex distances.",
        )
    return power / bottom


def compensated(power: Power, old_mm: float, new_mm: float) -> Power:
    """The power to order at `new_mm` from the eye so that it does what `power` does at `old_mm`.

    Fc = F / (1 − xF), x = (old − new) in metres, in each principal meridian; the axis stays. Sphero-cylinders
    stay in the cylinder form that they were given in.

    >>> compensated(Power(-12.0), 12, 0).sphere.__round__(2)
    -10.49
    >>> made = compensated(Power(-8.0, -2.0, 180), 14, 0)
    >>> round(made.sphere, 2), round(made.cylinder, 2)
    (-7.19, -1.58)
    """
    sphere = shifted(power.sphere, old_mm - new_mm)
    other = shifted(power.sphere + power.cylinder, old_mm - new_mm)
    return Power(sphere, other - sphere, power.axis)


def effective(power: Power, old_mm: float, new_mm: float) -> Power:
    """What an unchanged lens does, told at the old plane, when it slips from `old_mm` to `new_mm` from the
    eye.

    Fe = F / (1 − dF), d = (new − old) in metres: plus lenses gain and minus lenses lose as they slide down
    the nose.

    >>> round(effective(Power(10.0), 12, 14).sphere, 2), round(effective(Power(-10.0), 12, 14).sphere, 2)
    (10.2, -9.8)
    """
    return compensated(power, new_mm, old_mm)
