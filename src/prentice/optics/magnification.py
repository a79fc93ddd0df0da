"""Spectacle magnification, and how unequal the images of a pair of lenses are."""

from __future__ import annotations

from prentice.errors import BadValue

SOURCE = "Spectacle magnification = shape factor × power factor (Jalie, Principles of Ophthalmic Lenses)"
PUPIL_MM = 3.0  # the entrance pupil behind the cornea


def shape_factor(front: float, thickness_mm: float, index: float) -> float:
    """1 / (1 − (t/n) F1), t in mm.

    >>> round(shape_factor(8.0, 4.0, 1.498), 3)
    1.022
    """
    return 1 / _positive(1 - thickness_mm / 1000 / index * front)


def power_factor(power: float, to_pupil_mm: float) -> float:
    """1 / (1 − d F'v), d from the back vertex to the entrance pupil in mm.

    >>> round(power_factor(4.0, 15.0), 3)
    1.064
    """
    return 1 / _positive(1 - to_pupil_mm / 1000 * power)


def magnification(power: float, front: float, thickness_mm: float, index: float, to_pupil_mm: float) -> float:
    """Retinal image with the lens over that without: shape × power factor. Above 1 magnifies.

    >>> round(magnification(-3.0, 4.0, 2.0, 1.498, 15.0), 3)
    0.962
    """
    return shape_factor(front, thickness_mm, index) * power_factor(power, to_pupil_mm)


def aniseikonia(right: float, left: float) -> float:
    """By how many per cent the right image is larger than the left, of two magnifications.

    >>> round(aniseikonia(1.02, 1.00), 6)
    2.0
    """
    return (right / left - 1) * 100


def _positive(bottom: float) -> float:
    if bottom <= 0.01:
        raise BadValue("The lens focuses in front of the pupil.", "Check power, curve and distances.")
    return bottom
