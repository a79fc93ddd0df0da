"""Vertical imbalance at the reading level, slab-off, and the reading level itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prentice.optics.meridians import power_in_meridian
from prentice.optics.power import Power
from prentice.optics.prism import Eye

SOURCE = "20/20 Magazine, Measuring Reading Level and Bicentric Grinding; Robertson Optical, slab-off"
READING_MM = 10.0  # below the distance reference point, where people read
TOLERATED = 1.0  # prism dioptres that most adapt to
SLAB_FROM = 1.5  # below this a slab-off cannot be ground well
SLAB_TO = 6.0  # beyond this it is split over both lenses

Advice = Literal["none", "watch", "slab-off", "split"]


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Prism dioptres; `right` and `left` are the powers in the 90 meridian."""

    right: float
    left: float
    amount: float
    slab: Eye | None  # the eye whose lens has most minus (least plus) in 90: base up goes there
    advice: Advice


def vertical_imbalance(right: Power, left: Power, depth_mm: float = READING_MM) -> Imbalance:
    """Depth (cm) × |F90 right − F90 left|.

    >>> vertical_imbalance(Power(-1.0, -0.5, 180), Power(-4.0, -1.0, 90), 10)
    Imbalance(right=-1.5, left=-4.0, amount=2.5, slab=<Eye.left: 'left'>, advice='slab-off')
    """
    r, l = power_in_meridian(right, 90), power_in_meridian(left, 90)  # noqa: E741
    amount = round(depth_mm / 10 * abs(r - l), 9)
    slab = None if r == l else Eye.right if r < l else Eye.left
    return Imbalance(r, l, amount, slab, _advice(amount))


def _advice(amount: float) -> Advice:
    if amount <= TOLERATED:
        return "none"
    if amount < SLAB_FROM:
        return "watch"
    return "slab-off" if amount <= SLAB_TO else "split"


def segment_prism(add: float, drop_mm: float, depth_mm: float, segment_centre_mm: float) -> float:
    """The prism of a segment at the reading level, positive base up: add × (depth − drop − centre) / 10.

    `drop_mm`: the segment's top below the distance centre; `segment_centre_mm`: its own centre below its top.

    >>> segment_prism(2.0, 3, 8, 11)
    -1.2
    """
    return add * (depth_mm - drop_mm - segment_centre_mm) / 10


def reading_level(
    reference_height_mm: float, segment_height_mm: float, into_segment_mm: float = 5.0
) -> float:
    """How far below the distance reference point the wearer reads: down to the segment's top, and on into it.

    >>> reading_level(22, 17)
    10.0
    """
    return reference_height_mm - segment_height_mm + into_segment_mm
