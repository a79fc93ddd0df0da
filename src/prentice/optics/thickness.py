"""Edge and centre thickness of a round, centred lens: exact by sags, and by the approximation.

A lens that is moved in its frame is as thick at its far edge as a centred one of that far edge's radius: give
ED + 2 × decentration as the diameter.
"""

from __future__ import annotations

from dataclasses import dataclass

from prentice.optics.power import Power
from prentice.optics.surface import sag, sag_approximate
from prentice.optics.vertex_power import back_surface_for

SOURCE = "Jalie, Principles of Ophthalmic Lenses (ABDO): exact sags"


@dataclass(frozen=True, slots=True)
class Thickness:
    """Millimetres. Of a sphere, thinnest and thickest edge are the same."""

    centre: float
    edge_thin: float
    edge_thick: float
    edge_approximate: float
    back_thin: float  # the back surface in the meridian of the thin edge, and in the other
    back_thick: float


def edge(front: float, back: float, index: float, diameter_mm: float, centre_mm: float) -> float:
    """e = c − s1 − s2, with s1 of the front and s2 of the back surface (a concave back has a negative sag).

    >>> round(edge(4.0, -10.0, 1.498, 60, 2.0), 2)
    8.38
    """
    return centre_mm - sag(front, index, diameter_mm) - sag(back, index, diameter_mm)


def from_centre(power: Power, index: float, diameter_mm: float, centre_mm: float, front: float) -> Thickness:
    """The edges of a lens whose centre thickness is known.

    >>> round(from_centre(Power(-6.0), 1.498, 60, 2.0, 4.0).edge_thick, 2)
    8.41
    """
    lens = power.minus()  # its sphere is the most plus meridian, so the thin edge
    backs = [
        back_surface_for(principal, front, centre_mm, index)
        for principal in (lens.sphere, lens.sphere + lens.cylinder)
    ]
    thin, thick = (edge(front, back, index, diameter_mm, centre_mm) for back in backs)
    approximate = centre_mm - sag_approximate(lens.sphere + lens.cylinder, index, diameter_mm)
    return Thickness(centre_mm, thin, thick, approximate, backs[0], backs[1])


def from_edge(power: Power, index: float, diameter_mm: float, edge_mm: float, front: float) -> Thickness:
    """The centre of a lens whose thinnest edge is known. The back surface depends on the centre, so by
    iteration.

    >>> round(from_edge(Power(4.0), 1.5, 65, 1.0, 8.0).centre, 1)
    5.5
    """
    centre = edge_mm + max(sag_approximate(power.minus().sphere, index, diameter_mm), 0.0)
    for _ in range(40):  # each turn is some hundred times nearer
        made = from_centre(power, index, diameter_mm, centre, front)
        if abs(made.edge_thin - edge_mm) < 1e-9:
            break
        centre += edge_mm - made.edge_thin
    return made


def centre_approximate(power: Power, index: float, diameter_mm: float, edge_mm: float) -> float:
    """c = e + h² F / (2000 (n − 1)) with the most plus power, in mm.

    >>> round(centre_approximate(Power(4.0), 1.5, 65, 1.0), 1)
    5.2
    """
    return edge_mm + sag_approximate(power.minus().sphere, index, diameter_mm)
