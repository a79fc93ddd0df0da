"""Transposition, and the spherical equivalent."""

from __future__ import annotations

from prentice.optics.power import Power

SOURCE = "Jalie, Principles of Ophthalmic Lenses (ABDO)"


def transpose(power: Power) -> Power:
    """The same power with the other sign of cylinder: S' = S + C, C' = -C, axis ± 90, kept from 1 to 180.

    >>> transpose(Power(-1.0, -2.0, 45))
    Power(sphere=-3.0, cylinder=2.0, axis=135)
    """
    return power.transposed()


def spherical_equivalent(power: Power) -> float:
    """The mean power S + C/2, in dioptres: the sphere that puts the circle of least confusion on the retina.

    >>> spherical_equivalent(Power(-3.0, -2.0, 90))
    -4.0
    """
    return power.mean
