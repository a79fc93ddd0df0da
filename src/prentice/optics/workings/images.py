"""Calculators of image size and of visual acuity."""

from __future__ import annotations

from pydantic import Field

from prentice.optics import acuity
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Dioptres, Index, Inputs, Rx, Sharpness, Thick, Vertex
from prentice.optics.magnification import (
    PUPIL_MM,
    SOURCE,
    aniseikonia,
    magnification,
    power_factor,
    shape_factor,
)
from prentice.optics.notation import bracketed, nearest, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.solution import Quantity, Solution
from prentice.optics.workings.conventions import CORRECTED
from prentice.optics.workings.lenses import front_curve


class Lens(Inputs):
    rx: Rx = Field(description="The power of the lens; of a cylinder the spherical equivalent counts")
    base: Dioptres | None = Field(None, description="The front curve; without it by Vogel's rule")
    thickness: Thick = Field(2.0, description="The centre thickness")
    index: Index = Field(1.498, description="The refractive index")
    vertex: Vertex = Field(12, description="The vertex distance; the pupil lies 3 mm behind the cornea")


class TwoLenses(Inputs):
    right: Rx = Field(description="The right lens")
    left: Rx = Field(description="The left lens")
    right_base: Dioptres | None = Field(None, description="The right front curve; without it by Vogel's rule")
    left_base: Dioptres | None = Field(None, description="The left front curve")
    right_thickness: Thick = Field(2.0, description="The right centre thickness")
    left_thickness: Thick = Field(2.0, description="The left centre thickness")
    index: Index = Field(1.498, description="The refractive index")
    vertex: Vertex = Field(12, description="The vertex distance")


class Sight(Inputs):
    acuity: Sharpness = Field(description="The acuity in any notation: 6/12, 20/40, 0.5, 0.3 logMAR")


def _per_cent(ratio: float) -> str:
    return f"{signed((ratio - 1) * 100, 1)} %"


def _one(
    power: Power, base: float | None, thick: float, index: float, vertex: float
) -> tuple[float, list[str]]:
    """The magnification of a lens, and how it was worked out."""
    mean = power.mean
    front, where = front_curve(power, base)
    d = vertex + PUPIL_MM
    shape, strength = shape_factor(front, thick, index), power_factor(mean, d)
    total = magnification(mean, front, thick, index, d)
    return total, [
        where,
        f"shape = 1 / (1 − (t/n) F1) = 1 / (1 − ({plain(thick / 1000, 4)}/{plain(index, 3)}) × "
        f"{bracketed(front)}) = "
        f"{shape:.3f}",
        f"power = 1 / (1 − d F'v) = 1 / (1 − {plain(d / 1000, 4)} × {bracketed(mean)}) = {strength:.3f}",
        f"magnification = {shape:.3f} × {strength:.3f} = {total:.3f}",
    ]


def _magnification(given: Lens) -> Solution:
    total, steps = _one(given.rx, given.base, given.thickness, given.index, given.vertex)
    verb = "magnifies" if total >= 1 else "minifies"
    return Solution(
        f"{power_text(given.rx)} {verb} by {plain(abs(total - 1) * 100, 1)} % (factor {total:.3f}).",
        {"magnification": Quantity(round(total, 3)), "per_cent": Quantity(round((total - 1) * 100, 1), "%")},
        tuple(steps),
        f"{CORRECTED} d = vertex distance + 3 mm to the entrance pupil.",
        SOURCE,
    )


def _aniseikonia(given: TwoLenses) -> Solution:
    right, of_right = _one(given.right, given.right_base, given.right_thickness, given.index, given.vertex)
    left, of_left = _one(given.left, given.left_base, given.left_thickness, given.index, given.vertex)
    apart = aniseikonia(right, left)
    larger = "the right image is larger" if apart > 0 else "the left image is larger"
    said = (
        "The images are equal"
        if round(apart, 1) == 0
        else f"The images differ by {plain(abs(apart), 1)} %: {larger}"
    )
    return Solution(
        f"{said} (right {_per_cent(right)}, left {_per_cent(left)}).",
        {"difference": Quantity(round(apart, 1), "%"), "right": Quantity(round(right, 3)),
         "left": Quantity(round(left, 3))},
        (*(f"right: {step}" for step in of_right), *(f"left: {step}" for step in of_left),
         f"difference = ({right:.3f} / {left:.3f} − 1) × 100 = {signed(apart, 1)} %"),
        f"{CORRECTED} What the lenses do; the eyes' own difference is measured.",
        SOURCE,
    )  # fmt: skip


def _acuity(given: Sight) -> Solution:
    sight = given.acuity
    log = nearest(sight.logmar, 0.01)
    metres, feet = sight.snellen(6), sight.snellen(20)
    decimal = plain(sight.decimal, 2 if sight.decimal >= 0.1 else 3)
    return Solution(
        f"That is {metres} (metres), {feet} (feet), {decimal} decimal and {signed(log).lstrip('+')} logMAR.",
        {
            "snellen_m": Quantity(metres),
            "snellen_ft": Quantity(feet),
            "decimal": Quantity(round(sight.decimal, 3)),
            "logmar": Quantity(log),
        },
        (
            f"decimal = test distance / letter distance = {decimal}",
            f"logMAR = −log10({decimal}) = {signed(log).lstrip('+')}",
        ),
        "Exact conversion; the lines of charts carry rounded names. 0.1 logMAR is one line, 0.02 one letter.",
        acuity.SOURCE,
    )


CALCULATORS = (
    Calculator("magnification", "Spectacle magnification", Lens, _magnification,
               {"rx": "+4.00", "base": 8, "thickness": 4, "index": 1.498, "vertex": 12}),
    Calculator("aniseikonia", "How unequal the images of a pair are", TwoLenses, _aniseikonia,
               {"right": "+4.00", "left": "+1.00"}),
    Calculator("acuity", "Visual acuity in every notation", Sight, _acuity, {"acuity": "6/12"}),
)  # fmt: skip
