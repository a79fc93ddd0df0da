"""Back and front vertex power of a thick lens, and the back surface that a prescription needs."""

from __future__ import annotations

from prentice.errors import BadValue

SOURCE = "Jalie, Principles of Ophthalmic Lenses (ABDO)"


def _through(power: float, thickness_mm: float, index: float) -> float:
    """The vergence of `power` after the thickness t: F / (1 − (t/n) F)."""
    bottom = 1 - thickness_mm / 1000 / index * power
    if bottom <= 0.01:
        raise BadValue("This surface focuses inside the lens.", "Check the curve and the thickness.")
    return power / bottom


def back_vertex_power(front: float, back: float, thickness_mm: float, index: float) -> float:
    """F'v = F1 / (1 − (t/n) F1) + F2, in dioptres; t in mm. What the focimeter reads for distance.

    >>> round(back_vertex_power(8.0, -2.0, 6.0, 1.5), 2)
    6.26
    """
    return _through(front, thickness_mm, index) + back


def front_vertex_power(front: float, back: float, thickness_mm: float, index: float) -> float:
    """Fv = F2 / (1 − (t/n) F2) + F1, in dioptres. What is measured for a near addition on a front segment.

    >>> round(front_vertex_power(8.0, -2.0, 6.0, 1.5), 2)
    6.02
    """
    return _through(back, thickness_mm, index) + front


def back_surface_for(power: float, front: float, thickness_mm: float, index: float) -> float:
    """The back surface F2 that gives the back vertex power `power` on a front surface.

    >>> round(back_surface_for(-6.0, 4.0, 2.0, 1.498), 3)
    -10.021
    """
    return power - _through(front, thickness_mm, index)
