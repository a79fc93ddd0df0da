"""Calculators of frame and face: decentration, near inset, minimum blank, tilt."""

from __future__ import annotations

import math

from pydantic import Field

from prentice.errors import BadValue
from prentice.optics import tilt
from prentice.optics.blank import EDGING_MM, minimum_blank
from prentice.optics.blank import SOURCE as BLANK
from prentice.optics.calculator import Calculator
from prentice.optics.decentration import (
    CENTRE_OF_ROTATION_MM,
    NEAR_SOURCE,
    SOURCE,
    Inset,
    decentration,
    frame_pd,
    near_inset,
    segment_inset,
)
from prentice.optics.inputs import Angle, Distance, EyeName, HalfPd, Index, Inputs, Length, Pd, Rx
from prentice.optics.notation import plain, power_text
from prentice.optics.prism import Eye
from prentice.optics.solution import Drawing, Quantity, Solution
from prentice.optics.workings.conventions import AXES, BOXING
from prentice.optics.workings.powers import axis_of, ordered, parts


class Frame(Inputs):
    a: Length | None = Field(None, description="The A measurement, or eye size")
    dbl: Length | None = Field(None, description="Distance between lenses (bridge)")
    frame_pd: Length | None = Field(None, description="Or their sum, the frame PD")
    pd: Pd | None = Field(None, description="The binocular PD; without any, the frame PD alone is told")
    right_pd: HalfPd | None = Field(None, description="The right monocular PD")
    left_pd: HalfPd | None = Field(None, description="The left monocular PD")


class Blank(Frame):
    ed: Length = Field(description="The effective diameter")
    allowance: Distance = Field(EDGING_MM, description="What edging takes off")


class Near(Inputs):
    pd: Pd = Field(description="The distance PD")
    near_pd: Pd | None = Field(None, description="The near PD, where it was measured")
    working: float | None = Field(
        None, ge=100, le=2000, description="Or the working distance from the lens",
        json_schema_extra={"unit": "mm"},
    )  # fmt: skip
    rotation: Length = Field(
        CENTRE_OF_ROTATION_MM, description="From the lens to the eye's centre of rotation"
    )


class Dropped(Inputs):
    pantoscopic: Angle = Field(description="Pantoscopic tilt")


class Tilted(Inputs):
    rx: Rx = Field(description="The prescription")
    pantoscopic: Angle = Field(0, description="Pantoscopic tilt; negative is retroscopic")
    wrap: Angle = Field(0, description="Face-form wrap of the lens")
    index: Index = Field(1.5, description="Refractive index of the lens")
    eye: EyeName | None = Field(
        None, description="Which eye; needed with wrap and tilt together, or oblique cylinders"
    )


def _whole(given: Frame) -> tuple[float, str]:
    """The frame PD, and where it comes from. Raises `BadValue` where it is neither given nor a sum."""
    if given.a is not None and given.dbl is not None:
        whole = frame_pd(given.a, given.dbl)
        if given.frame_pd is not None and abs(whole - given.frame_pd) > 0.5:
            raise BadValue(
                f"A {plain(given.a)} and DBL {plain(given.dbl)} sum to {plain(whole)} mm, not "
                f"{plain(given.frame_pd)}.",
                "Measure again, or give one of them.",
            )
        return whole, f"frame PD = A + DBL = {plain(given.a)} + {plain(given.dbl)} = {plain(whole)} mm"
    if given.frame_pd is None:
        raise BadValue("The frame's size is needed: 'a' and 'dbl', or 'frame_pd'.", "Such as: a=50 dbl=20")
    return given.frame_pd, f"frame PD = {plain(given.frame_pd)} mm (given)"


def _insets(given: Frame) -> tuple[Inset, tuple[str, ...]]:
    """The decentration of each lens, and how it was worked out. Raises `BadValue` without a PD that holds."""
    right, left = given.right_pd, given.left_pd
    if given.pd is not None and right is not None and left is not None and abs(right + left - given.pd) > 0.5:
        raise BadValue(
            f"The monocular PDs {plain(right)} and {plain(left)} sum to {plain(right + left)} mm, not "
            f"{plain(given.pd)}.",
            "Measure again, or give one of them.",
        )
    whole, first = _whole(given)
    if right is not None and left is not None:
        made = decentration(whole, 0, right, left)
        steps = tuple(
            f"{eye.value}: {plain(whole)}/2 − {plain(pd)} = {plain(one)} mm"
            for eye, pd, one in zip(Eye, (right, left), (made.right, made.left), strict=True)
        )
        return made, (first, *steps)
    if given.pd is None:
        raise BadValue("A PD is needed.", "Give pd, or right_pd and left_pd, in mm.")
    half = given.pd / 2
    made = decentration(whole, 0, half, half)
    return made, (first, f"each lens: ({plain(whole)} − {plain(given.pd)}) / 2 = {plain(made.right)} mm")


def _way(value: float) -> str:
    return f"{plain(abs(value))} mm {'in' if value > 0 else 'out'}" if round(value, 2) else "not at all"


def _decentration(given: Frame) -> Solution:
    whole, first = _whole(given)
    if given.pd is None and given.right_pd is None and given.left_pd is None:
        return Solution(
            f"The frame PD (A + DBL) is {plain(whole)} mm.",
            {"frame_pd": Quantity(round(whole, 2), "mm")},
            (first,),
            BOXING,
            SOURCE,
        )
    made, steps = _insets(given)
    if made.right == made.left:
        said = f"Each lens is decentred {_way(made.right)}"
    else:
        said = f"The right lens is decentred {_way(made.right)}, the left {_way(made.left)}"
    return Solution(
        f"{said} (frame PD {plain(whole)} mm).",
        {
            "frame_pd": Quantity(round(whole, 2), "mm"),
            "right": Quantity(round(made.right, 2), "mm"),
            "left": Quantity(round(made.left, 2), "mm"),
            "total": Quantity(round(made.total, 2), "mm"),
        },
        steps,
        BOXING,
        SOURCE,
        Drawing(
            "decentration",
            eye=None if made.right == made.left else Eye.right,
            x=round(made.right, 2),
            y=0.0,
        ),
    )


def _blank(given: Blank) -> Solution:
    made, steps = _insets(given)
    most = max(made.right, made.left, key=abs)
    size = minimum_blank(given.ed, most, given.allowance)
    return Solution(
        f"The smallest blank is about {plain(size, 1)} mm.",
        {"minimum_blank": Quantity(round(size, 1), "mm"), "decentration": Quantity(round(most, 2), "mm")},
        (
            *steps,
            f"blank = ED + 2 × decentration + edging = {plain(given.ed)} + 2 × {plain(abs(most))} + "
            f"{plain(given.allowance)} = {plain(size, 1)} mm",
        ),
        f"An estimate for round, centred blanks: only the frame's tracing is exact. {BOXING}",
        BLANK,
    )


def _near(given: Near) -> Solution:
    if (given.near_pd is None) == (given.working is None):
        raise BadValue(
            "'near-inset' needs 'near_pd' or 'working', one of them.", "Such as: pd=64 working=400"
        )
    if given.near_pd is not None:
        each = segment_inset(given.pd, given.near_pd)
        steps = (
            f"inset = (PD − near PD) / 2 = ({plain(given.pd)} − {plain(given.near_pd)}) / 2 = "
            f"{plain(each)} mm",
        )
        near = given.near_pd
    else:
        working = given.working or 0
        each = near_inset(given.pd, working, given.rotation)
        s = plain(given.rotation)
        steps = (
            f"inset = PD/2 × s / (w + s) = {plain(given.pd / 2)} × {s} / ({plain(working)} + {s}) = "
            f"{plain(each)} mm",
        )
        near = given.pd - 2 * each
    return Solution(
        f"The near inset is {plain(each, 1)} mm for each eye (near PD {plain(near, 1)} mm).",
        {"inset": Quantity(round(each, 2), "mm"), "near_pd": Quantity(round(near, 1), "mm")},
        steps,
        "Nasally from the distance centre; the working distance is from the lens. Both eyes converge alike.",
        SOURCE if given.near_pd is not None else NEAR_SOURCE,
        Drawing("decentration", x=round(each, 2), y=0.0),
    )


def _drop(given: Dropped) -> Solution:
    drop = tilt.centre_drop(given.pantoscopic)
    way = "below" if drop >= 0 else "above"
    return Solution(
        f"With {plain(given.pantoscopic)}° of pantoscopic tilt the optical centre belongs "
        f"{plain(abs(drop))} mm {way} "
        "the pupil.",
        {"centre_drop": Quantity(round(drop, 1), "mm")},
        (f"drop = 1 mm for every 2° = {plain(given.pantoscopic)} / 2 = {plain(drop)} mm",),
        "Measured from the pupil with the head in its habitual posture; then the optical axis meets the "
        "eye's centre "
        "of rotation.",
        "OptiBoard and Brooks and Borish, System for Ophthalmic Dispensing: 1 mm for 2°",
        Drawing("decentration", x=0.0, y=round(-drop, 2)),
    )


def _tilt(given: Tilted) -> Solution:
    if not given.pantoscopic and not given.wrap:
        raise BadValue("'tilt' needs an angle.", "Give pantoscopic or wrap in degrees.")
    oblique = not given.rx.is_sphere and given.rx.axis % 90
    if given.eye is None and given.pantoscopic and given.wrap:
        raise BadValue(
            "Which eye? With tilt and wrap together the axis depends on it.", "Give eye=right or eye=left."
        )
    eye = given.eye or Eye.right
    one = tilt.of_frame(given.pantoscopic, given.wrap, eye)
    made, order = tilt.worn(given.rx, one, given.index), tilt.compensated(given.rx, one, given.index)
    angles = " and ".join(
        f"{plain(angle)}° {name}"
        for angle, name in ((given.pantoscopic, "pantoscopic tilt"), (given.wrap, "wrap")) if angle
    )  # fmt: skip
    drop = tilt.centre_drop(given.pantoscopic)
    results = parts(made, "worn_") | parts(order, "order_") | {
        "order": Quantity(power_text(ordered(order))), "tilt": Quantity(round(one.angle, 1), "°"),
    }  # fmt: skip
    notes = []
    if drop > 0:
        results["centre_drop"] = Quantity(round(drop, 1), "mm")
        notes.append(
            f"With the optical centre {plain(drop)} mm below the pupil (1 mm for 2°) tilt does no harm."
        )
    s = 1 + (math.sin(math.radians(one.angle))) ** 2 / (2 * given.index)
    return Solution(
        f"With {angles}, {power_text(given.rx)} works as {power_text(made)}; to work as prescribed, order "
        f"{power_text(order)}.",
        results,
        (
            f"one tilt of {plain(one.angle, 1)}° in the {plain(one.meridian, 0)} meridian",
            f"S = 1 + sin²θ / 2n with n = {plain(given.index, 3)} = {plain(s, 4)}: along the axis of the "
            "tilt powers are × S",
            f"T = S / cos²θ = {plain(s / math.cos(math.radians(one.angle)) ** 2, 4)}: across it × T",
            f"as worn: {power_text(made)}; to order: {power_text(order)} (the same the other way round)",
        ),
        "As worn (effective) and to order (compensated) are named apart. The tilt is about the optical "
        f"centre. {AXES}",
        tilt.SOURCE,
        axis_of(made) if given.eye or not oblique else None,
        tuple(notes),
    )


CALCULATORS = (
    Calculator("decentration", "Frame PD and decentration", Frame, _decentration,
               {"a": 50, "dbl": 20, "pd": 68}),
    Calculator("near-inset", "Inset for near", Near, _near, {"pd": 64, "working": 400}),
    Calculator("minimum-blank", "Minimum blank size", Blank, _blank,
               {"a": 54, "dbl": 18, "ed": 58, "pd": 62}),
    Calculator("centre-drop", "How far the optical centre goes down for pantoscopic tilt", Dropped, _drop,
               {"pantoscopic": 10}),
    Calculator("tilt", "Pantoscopic tilt and wrap: as worn, and what to order", Tilted, _tilt,
               {"rx": "+15.00", "pantoscopic": 10, "index": 1.5}),
)  # fmt: skip
