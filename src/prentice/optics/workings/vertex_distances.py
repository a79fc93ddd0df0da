"""Calculators of vertex distance and of contact lenses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prentice.optics.calculator import Calculator
from prentice.optics.contact_lenses import LARS_SOURCE, lars, to_contact_lens, with_over_refraction
from prentice.optics.contact_lenses import SOURCE as CONTACT
from prentice.optics.crossed_cylinders import combined
from prentice.optics.inputs import Angle, Axis, Inputs, Rx, Vertex
from prentice.optics.notation import bracketed, degrees, dioptres, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.solution import Drawing, Quantity, Solution
from prentice.optics.surface import keratometer_power
from prentice.optics.vertex import SOURCE, compensated, effective
from prentice.optics.workings.conventions import AXES, COMPENSATED, EFFECTIVE, ROUNDED
from prentice.optics.workings.powers import axis_of, ordered, parts


class Moved(Inputs):
    rx: Rx = Field(description="The power, such as '-12.00'")
    from_mm: Vertex = Field(description="The vertex distance that the power is for", alias="from")
    to_mm: Vertex = Field(description="The vertex distance at which the lens sits", alias="to")


class Spectacles(Inputs):
    rx: Rx = Field(description="The spectacle power")
    vertex: Vertex = Field(12, description="The vertex distance of the spectacles")


class Rotation(Inputs):
    rx: Rx | None = Field(None, description="The lens on the eye; its axis is changed")
    axis: Axis | None = Field(None, description="Or its axis alone")
    rotation: Angle = Field(description="How far the mark at 6 o'clock has turned, ignoring its direction")
    direction: Literal["left", "right"] = Field(
        description="To which side the mark turned, as the practitioner sees it"
    )


class OverRefraction(Inputs):
    lens: Rx = Field(description="The contact lens on the eye")
    over: Rx = Field(description="The refraction over it")
    vertex: Vertex = Field(12, description="The vertex distance of the over-refraction")
    rotation: Angle = Field(0, description="How far the lens has turned")
    direction: Literal["left", "right"] = Field(
        "left", description="To which side its mark at 6 o'clock turned, as the practitioner sees it"
    )


class Cornea(Inputs):
    radius: float | None = Field(
        None, ge=4, le=12, description="The radius of the cornea", json_schema_extra={"unit": "mm"}
    )
    power: float | None = Field(
        None, ge=28, le=84, description="Or the K reading", json_schema_extra={"unit": "D"}
    )


def _steps(old: Power, new: Power, x_mm: float, name: str) -> tuple[str, ...]:
    """F / (1 − xF) with the figures put in, for each principal meridian."""
    pairs = [(old.sphere, new.sphere)]
    if not old.is_sphere:
        pairs.append((old.sphere + old.cylinder, new.sphere + new.cylinder))
    lines = [
        f"{name} = F / (1 − xF) = {signed(f)} / (1 − {bracketed(x_mm / 1000, 4)} × {bracketed(f)}) = "
        f"{dioptres(g)}"
        for f, g in pairs
    ]
    if not old.is_sphere:
        lines.append(
            f"cylinder = {signed(pairs[1][1])} − {bracketed(pairs[0][1])} = {dioptres(new.cylinder)}"
        )
    return tuple(lines)


def _compensated(given: Moved) -> Solution:
    old, made = given.rx.minus(), compensated(given.rx.minus(), given.from_mm, given.to_mm)
    x = given.from_mm - given.to_mm
    where = "on the eye" if given.to_mm == 0 else f"at {plain(given.to_mm)} mm"
    return Solution(
        f"{power_text(given.rx)} at {plain(given.from_mm)} mm becomes {power_text(made)} {where} "
        f"(order {power_text(ordered(made))}).",
        parts(made) | {"order": Quantity(power_text(ordered(made)))},
        (f"x = {plain(given.from_mm)} − {plain(given.to_mm)} = {plain(x)} mm (towards the eye is positive)",
         *_steps(old, made, x, "Fc")),
        f"{COMPENSATED} {ROUNDED}",
        SOURCE,
        axis_of(made),
    )  # fmt: skip


def _effective(given: Moved) -> Solution:
    old, made = given.rx.minus(), effective(given.rx.minus(), given.from_mm, given.to_mm)
    d = given.to_mm - given.from_mm
    return Solution(
        f"An unchanged {power_text(given.rx)} that slips from {plain(given.from_mm)} to "
        f"{plain(given.to_mm)} mm has "
        f"the effect of {power_text(made)} at {plain(given.from_mm)} mm.",
        parts(made),
        (f"x = {plain(given.to_mm)} − {plain(given.from_mm)} = {plain(d)} mm (away from the eye is positive)",
         *_steps(old, made, d, "Fe")),
        f"{EFFECTIVE} {ROUNDED}",
        SOURCE,
        axis_of(made),
    )  # fmt: skip


def _contact(given: Spectacles) -> Solution:
    made = to_contact_lens(given.rx, given.vertex)
    order = ordered(made)
    return Solution(
        f"{power_text(given.rx)} at {plain(given.vertex)} mm is {power_text(made)} at the cornea: a "
        "contact lens of "
        f"{power_text(order)}.",
        parts(made) | {"order": Quantity(power_text(order))},
        (f"x = {plain(given.vertex)} mm (from the spectacles to the cornea)",
         *_steps(given.rx.minus(), made, given.vertex, "Fc")),
        f"{COMPENSATED} The tear lens is taken as plano (soft lenses). {ROUNDED}",
        CONTACT,
        axis_of(made),
    )  # fmt: skip


def _lars(given: Rotation) -> Solution:
    from prentice.errors import BadValue

    if (given.rx is None) == (given.axis is None):
        raise BadValue(
            "'lars' needs 'rx' or 'axis', one of them.", "Such as: axis=180 rotation=15 direction=right"
        )
    lens = given.rx.minus() if given.rx is not None else Power(0, -1, given.axis or 180)
    turned = abs(given.rotation)
    axis = degrees(lars(lens.axis, turned, given.direction))
    verb, sign = ("add", "+") if given.direction == "left" else ("subtract", "−")
    new = Power(lens.sphere, lens.cylinder, axis)
    whole = f": {power_text(new)}" if given.rx is not None else ""
    return Solution(
        f"The lens turned {plain(turned)}° to the {given.direction}, so {verb}: order axis {axis}{whole}.",
        {"axis": Quantity(axis, "°")} | (parts(new) if given.rx is not None else {}),
        (f"axis = {degrees(lens.axis)} {sign} {plain(turned)} = {axis} (from 1 to 180)",),
        "Left and right as the practitioner sees the mark at 6 o'clock, for either eye.",
        LARS_SOURCE,
        Drawing("axis", degrees=axis),
    )


def _over(given: OverRefraction) -> Solution:
    turned = abs(given.rotation)
    made = with_over_refraction(given.lens, given.over, given.vertex, turned, given.direction)
    over = to_contact_lens(given.over, given.vertex)
    standing = given.lens.minus()
    steps = [f"over-refraction at the cornea: {power_text(over)}"]
    if turned and not standing.is_sphere:
        other: Literal["left", "right"] = "right" if given.direction == "left" else "left"
        standing = Power(standing.sphere, standing.cylinder, lars(standing.axis, turned, other))
        steps.append(f"the lens stands on the eye as {power_text(standing)}")
    needed = combined(standing, over)
    steps.append(f"both together: {power_text(needed)}")
    if turned:
        steps.append(f"the next lens turns as much: axis {degrees(needed.axis)} → {degrees(made.axis)}")
    return Solution(
        f"With {power_text(given.over)} over {power_text(given.lens)}, order {power_text(ordered(made))} "
        f"(exactly {power_text(made)}).",
        parts(made) | {"order": Quantity(power_text(ordered(made)))},
        tuple(steps),
        f"The over-refraction is brought from {plain(given.vertex)} mm to the cornea and added as power "
        f"vectors. {AXES}",
        CONTACT,
        axis_of(made),
    )


def _keratometer(given: Cornea) -> Solution:
    from prentice.errors import BadValue

    if (given.radius is None) == (given.power is None):
        raise BadValue("'keratometer' needs 'radius' or 'power', one of them.", "Such as: radius=7.5")
    value = given.radius if given.radius is not None else given.power or 1
    other = keratometer_power(value)  # its own inverse
    if given.radius is not None:
        said, step = (
            f"A radius of {plain(value)} mm is {plain(other)} D.",
            f"K = 337.5 / {plain(value)} = {plain(other)} D",
        )
        found = {"power": Quantity(round(other, 2), "D")}
    else:
        said, step = (
            f"A K of {plain(value)} D is a radius of {plain(other)} mm.",
            f"r = 337.5 / {plain(value)} = {plain(other)} mm",
        )
        found = {"radius": Quantity(round(other, 2), "mm")}
    return Solution(said, found, (step,), "Keratometer index 1.3375.", "Keratometer calibration, n = 1.3375")


CALCULATORS = (
    Calculator("vertex", "Vertex compensation: the power to order at another distance", Moved, _compensated,
               {"rx": "-12.00", "from": 12, "to": 0}),
    Calculator("effective-power", "Effective power of a lens that slipped", Moved, _effective,
               {"rx": "+10.00", "from": 12, "to": 14}),
    Calculator("contact-lens", "Contact lens power of a spectacle prescription", Spectacles, _contact,
               {"rx": "-8.00 -2.00 x 180", "vertex": 14}),
    Calculator("lars", "Toric contact lens that turns: left add, right subtract", Rotation, _lars,
               {"axis": 180, "rotation": 15, "direction": "right"}),
    Calculator("over-refraction", "Contact lens from the refraction over one", OverRefraction, _over,
               {"lens": "-1.00 -2.00 x 180", "over": "+0.50 -1.00 x 143",
                "rotation": 15, "direction": "right"}),
    Calculator("keratometer", "Corneal radius and K reading", Cornea, _keratometer, {"radius": 7.5}),
)  # fmt: skip
