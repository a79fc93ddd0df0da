"""Thin lenses in contact, whatever their axes: their power vectors are added."""

from __future__ import annotations

from functools import reduce
from operator import add

from prentice.optics.power import Power
from prentice.optics.vectors import from_vector, to_vector


def combined(*powers: Power) -> Power:
    """The one power, in minus-cylinder form, that thin lenses in contact have together.

    >>> both = combined(Power(0.0, 2.0, 120), Power(0.0, -2.25, 30))
    >>> round(both.sphere, 2), round(both.cylinder, 2), round(both.axis)
    (2.0, -4.25, 30)
    """
    return from_vector(reduce(add, map(to_vector, powers)))
