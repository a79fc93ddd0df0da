"""From spectacles to contact lenses and back, toric rotation (LARS), over-refraction."""

from __future__ import annotations

from typing import Literal

from prentice.optics.crossed_cylinders import combined
from prentice.optics.power import Power
from prentice.optics.vertex import compensated

SOURCE = "Vertex compensation in each principal meridian; crossed cylinders by power vectors"
LARS_SOURCE = "LARS: left add, right subtract (Contact Lens Spectrum)"
STEP = 0.25

Turn = Literal["left", "right"]


def to_contact_lens(spectacles: Power, vertex_mm: float) -> Power:
    """The power at the cornea, in minus-cylinder form.

    >>> round(to_contact_lens(Power(12.0), 12).sphere, 2)
    14.02
    """
    return compensated(spectacles.minus(), vertex_mm, 0)


def to_spectacles(contact_lens: Power, vertex_mm: float) -> Power:
    """The spectacle power, `vertex_mm` from the eye, of a contact lens: the opposite of `to_contact_lens`.

    >>> round(to_spectacles(Power(-10.49), 12).sphere, 1)
    -12.0
    """
    return compensated(contact_lens.minus(), 0, vertex_mm)


def lars(axis: float, rotation: float, turn: Turn) -> float:
    """The axis to order for a toric lens that turns: left add, right subtract, by the mark at 6 o'clock as
    the practitioner sees it. Degrees, 1 to 180.

    >>> lars(180, 15, "right"), lars(175, 10, "left")
    (165, 5)
    """
    return (axis + (rotation if turn == "left" else -rotation)) % 180 or 180


def with_over_refraction(
    lens: Power, over: Power, vertex_mm: float, rotation: float = 0.0, turn: Turn = "left"
) -> Power:
    """The lens to order from the one on the eye and the refraction over it, `vertex_mm` from the eye.

    The lens on the eye stands at its axis less (left) or plus (right) its rotation; the over-refraction is
    brought to the cornea and added; the next lens is expected to turn by as much, and its axis is corrected
    for that.

    >>> made = with_over_refraction(Power(-1.0, -2.0, 180), Power(0.5, -1.0, 143), 0, 15, "right")
    >>> round(made.sphere), round(made.cylinder), round(made.axis)
    (-1, -2, 166)
    """
    other: Turn = "right" if turn == "left" else "left"
    standing = Power(lens.sphere, lens.cylinder, lars(lens.axis, rotation, other))
    needed = combined(standing, to_contact_lens(over, vertex_mm))
    return Power(needed.sphere, needed.cylinder, lars(needed.axis, rotation, turn))
