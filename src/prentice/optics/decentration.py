"""Where the optical centres go in a frame: frame PD, decentration, and the inset for near."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "Brooks and Borish, System for Ophthalmic Dispensing"
NEAR_SOURCE = (
    "Similar triangles through the eyes' centres of rotation; Jalie, Principles of Ophthalmic Lenses"
)
CENTRE_OF_ROTATION_MM = 27.0  # from the lens: 12 to 14 mm to the cornea and about 13.5 mm behind it


@dataclass(frozen=True, slots=True)
class Inset:
    """What each lens is moved nasally; negative is temporally. Millimetres."""

    right: float
    left: float

    @property
    def total(self) -> float:
        return self.right + self.left


def frame_pd(a_mm: float, dbl_mm: float) -> float:
    """The distance between the boxing centres: A + DBL, in mm.

    >>> frame_pd(50, 20)
    70
    """
    return a_mm + dbl_mm


def decentration(a_mm: float, dbl_mm: float, right_pd_mm: float, left_pd_mm: float) -> Inset:
    """How far each optical centre goes from the boxing centre towards the nose: (A + DBL)/2 − monocular PD,
    in mm.

    A binocular PD is two halves of it.

    >>> decentration(50, 20, 34, 34)
    Inset(right=1.0, left=1.0)
    """
    half = frame_pd(a_mm, dbl_mm) / 2
    return Inset(half - right_pd_mm, half - left_pd_mm)


def near_inset(pd_mm: float, working_mm: float, centre_mm: float = CENTRE_OF_ROTATION_MM) -> float:
    """How far each eye's line of sight is nasal of the distance one at near: (PD/2) · s / (w + s), in mm.

    `working_mm` (w) is from the lens to the page, `centre_mm` (s) from the lens to the centre of rotation.

    >>> round(near_inset(64, 400), 1)
    2.0
    """
    return pd_mm / 2 * centre_mm / (working_mm + centre_mm)


def segment_inset(pd_mm: float, near_pd_mm: float) -> float:
    """(distance PD − near PD) / 2 for each eye, in mm.

    >>> segment_inset(68, 64)
    2.0
    """
    return (pd_mm - near_pd_mm) / 2
