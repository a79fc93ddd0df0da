"""Calculators of looking or lying off the optical centre: Prentice's rule, both ways, and a wrong PD."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prentice.errors import BadValue
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Distance, EyeName, Inputs, PrismAmount, Rx
from prentice.optics.meridians import power_in_meridian
from prentice.optics.notation import bracketed, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.prism import PRENTICE, Eye, Prism, at_point, based, decentration_for
from prentice.optics.solution import Drawing, Quantity, Solution
from prentice.optics.workings.conventions import GAZE, MOVED
from prentice.optics.workings.prisms import BaseWord, drawing, eye_of, free_of_eye, results, told


class Looking(Inputs):
    rx: Rx = Field(description="The power of the lens")
    eye: EyeName | None = Field(None, description="Which eye; needed for oblique cylinders")
    below: Distance = Field(0, description="How far below the optical centre")
    above: Distance = Field(0, description="How far above it")
    nasal: Distance = Field(0, description="How far nasally (in) of it")
    temporal: Distance = Field(0, description="How far temporally (out) of it")
    away: Distance = Field(0, description="How far from it, where the direction is not told; spheres only")
    point: Literal["gaze", "decentration"] = Field(
        "gaze", description="gaze: where the eye looks; decentration: where the optical centre was moved to"
    )


class ForPrism(Inputs):
    rx: Rx = Field(description="The power of the lens")
    prism: PrismAmount = Field(description="The prism that is wanted")
    base: BaseWord = Field(description="Its base")
    eye: EyeName | None = Field(None, description="Which eye; needed for oblique cylinders")


class PdError(Inputs):
    right: Rx = Field(description="The right lens")
    left: Rx | None = Field(None, description="The left lens; without it as the right")
    error: Distance = Field(description="By how much the centre distance of the lenses is off the PD, in all")
    direction: Literal["wide", "narrow"] | None = Field(
        None, description="Whether the lenses' centres are too wide or too narrow"
    )


def _prentice(given: Looking) -> Solution:
    across, up = given.nasal - given.temporal, given.above - given.below
    if given.away and not across and not up:
        return _away(given)
    if not across and not up:
        raise BadValue("'prentice' needs where the eye looks.", "Give below, above, nasal or temporal in mm.")
    eye = eye_of(given.rx, given.eye)
    moved = given.point == "decentration"
    gaze = (-across, -up) if moved else (across, up)
    prism = at_point(given.rx, *gaze, eye)
    words = " and ".join(
        f"{plain(abs(value))} mm {names[0] if value > 0 else names[1]}"
        for value, names in ((up, ("above", "below")), (across, ("nasally of", "temporally of"))) if value
    )  # fmt: skip
    lens = f"{power_text(given.rx)}{f' ({given.eye.value} eye)' if given.eye else ''}"
    if moved:
        for old, new in ((" above", " up"), (" below", " down"), ("ly of", "ly")):
            words = words.replace(old, new)
        how = f"With the optical centre of {lens} moved {words}"
    else:
        how = f"Looking {words} the optical centre of {lens}"
    notes = []
    if not free_of_eye(given.rx):
        quick = Prism(-gaze[0] * eye.nasal / 10 * power_in_meridian(given.rx, 180),
                      -gaze[1] / 10 * power_in_meridian(given.rx, 90))  # fmt: skip
        notes.append(
            f"The shortcut with the powers in the 90 and 180 meridians alone would give {told(quick, eye)}."
        )
    return Solution(
        f"{how}, there is {told(prism, eye)}.",
        results(prism, given.eye),
        _prentice_steps(given.rx, gaze, prism, eye),
        MOVED if moved else GAZE,
        PRENTICE,
        drawing(prism, given.eye, mirrored=True),
        tuple(notes),
    )


def _away(given: Looking) -> Solution:
    """The amount does not depend on the direction where there is no cylinder; the base follows the sign."""
    if given.rx.cylinder:
        raise BadValue(
            "With a cylinder the prism depends on the direction.",
            "Give below, above, nasal or temporal in mm.",
        )
    amount = given.away / 10 * abs(given.rx.sphere)
    side = "towards the optical centre" if given.rx.sphere > 0 else "away from the optical centre"
    return Solution(
        f"Looking {plain(given.away)} mm from the optical centre of {power_text(given.rx)}, there is "
        f"{amount:.2f} Δ with the base {side}.",
        {"prism": Quantity(round(amount, 2), "Δ")},
        (
            f"P = c × F = {plain(given.away / 10, 3)} cm × {plain(abs(given.rx.sphere))} D = {amount:.2f} Δ",
            "plus: the base is towards the optical centre; minus: away from it",
        ),
        GAZE,
        PRENTICE,
    )


def _prentice_steps(rx: Power, gaze: tuple[float, float], prism: Prism, eye: Eye) -> tuple[str, ...]:
    side, vertical = prism.horizontal(eye), prism.vertical
    if free_of_eye(rx):
        lines = []
        for value, meridian, (amount, base) in ((gaze[1], 90, vertical), (gaze[0], 180, side)):
            if value:
                power = power_in_meridian(rx, meridian)
                lines.append(
                    f"P = c × F = {plain(abs(value) / 10, 3)} cm × {bracketed(abs(power))} D = "
                    f"{amount:.2f} Δ "
                    f"(F in the {meridian} meridian {signed(power)}), base {base}"
                )
        toward = "plus: the base is towards the optical centre; minus: away from it"
        return (*lines, toward)
    m = rx.matrix()
    x, y = gaze[0] * eye.nasal / 10, gaze[1] / 10
    return (
        f"F = [[{signed(m.xx)}, {signed(m.xy)}], [{signed(m.xy)}, {signed(m.yy)}]] D from {power_text(rx)}",
        f"point x = {plain(x)} cm (towards 0°), y = {plain(y)} cm (up)",
        f"horizontal = −({bracketed(m.xx)} × {bracketed(x)} + {bracketed(m.xy)} × {bracketed(y)}) = "
        f"{signed(prism.x)} → {side[0]:.2f} Δ base {side[1]}",
        f"vertical = −({bracketed(m.xy)} × {bracketed(x)} + {bracketed(m.yy)} × {bracketed(y)}) = "
        f"{signed(prism.y)} → {vertical[0]:.2f} Δ base {vertical[1]}",
    )


def _decentre(given: ForPrism) -> Solution:
    eye = eye_of(given.rx, given.eye)
    wanted = based(given.prism, given.base, eye)
    found = decentration_for(given.rx, wanted, eye)
    if found is None or max(map(abs, found)) > 100:
        raise BadValue(f"{power_text(given.rx)} has too little power to make this prism by decentring.",
                       "Have the prism ground.")  # fmt: skip
    nasal, up = found
    moves = [
        f"{plain(abs(value), 1)} mm {names[0] if value > 0 else names[1]}"
        for value, names in ((nasal, ("in", "out")), (up, ("up", "down"))) if round(value, 1)
    ]  # fmt: skip
    said = " and ".join(moves) or "by nothing"
    simple = free_of_eye(given.rx)
    meridian = 180 if given.base in ("in", "out") else 90
    power = power_in_meridian(given.rx, meridian)
    return Solution(
        f"Move the optical centre {said} for {plain(given.prism)} Δ base {given.base} with "
        f"{power_text(given.rx)}.",
        {"nasal": Quantity(round(nasal, 2), "mm"), "up": Quantity(round(up, 2), "mm")},
        (f"c = P / F = {plain(given.prism)} / {plain(abs(power))} = {plain(given.prism / abs(power), 3)} cm",)
        if simple else ("d = F⁻¹ · p with the power matrix, as the cylinder is oblique",),
        "Decentration of the optical centre; nasal (in) and up are positive. Plus lenses are moved "
        "towards the base, "
        "minus lenses away from it.",
        PRENTICE,
        Drawing("decentration", eye=given.eye, x=round(nasal * eye.nasal, 2), y=round(up, 2)),
    )  # fmt: skip


def _pd_error(given: PdError) -> Solution:
    left = given.left or given.right
    powers = [power_in_meridian(one, 180) for one in (given.right, left)]
    each = [given.error / 20 * abs(power) for power in powers]
    same = powers[0] * powers[1] >= 0
    total = sum(each) if same else abs(each[0] - each[1])
    base = ""
    if given.direction and same and total:
        plus = powers[0] + powers[1] > 0
        base = " base out" if plus == (given.direction == "wide") else " base in"
    return Solution(
        f"Centres that are {plain(given.error)} mm off the PD in all make {plain(total)} Δ{base} of "
        "unwanted prism over both eyes.",
        {"prism": Quantity(round(total, 2), "Δ"), "right": Quantity(round(each[0], 2), "Δ"),
         "left": Quantity(round(each[1], 2), "Δ")},
        (
            *(
                f"{eye.value}: {plain(given.error / 20, 3)} cm × {plain(abs(power))} D = {one:.2f} Δ"
                for eye, power, one in zip(Eye, powers, each, strict=True)
            ),
            f"{'sum' if same else 'difference (the signs differ)'} = {total:.2f} Δ",
        ),
        "The error is split evenly between the eyes; powers in the 180 meridian.",
        PRENTICE,
    )  # fmt: skip


CALCULATORS = (
    Calculator("prentice", "Prentice's rule: prism where the eye looks", Looking, _prentice,
               {"rx": "-6.00", "below": 5}),
    Calculator("decentre-for-prism", "How far to decentre a lens for a prism", ForPrism, _decentre,
               {"rx": "+4.00", "prism": 2, "base": "in"}),
    Calculator("pd-error", "Unwanted prism of a wrong PD", PdError, _pd_error,
               {"right": "-6.00", "error": 4}),
)  # fmt: skip
