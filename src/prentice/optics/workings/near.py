"""Calculators of what the lenses do at the reading level: imbalance, slab-off, segments."""

from __future__ import annotations

from pydantic import Field

from prentice.optics import imbalance
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Addition, Distance, Inputs, Rx
from prentice.optics.notation import bracketed, dioptres, plain, signed
from prentice.optics.solution import Quantity, Solution


class Pair(Inputs):
    right: Rx = Field(description="The right lens")
    left: Rx = Field(description="The left lens")
    depth: Distance = Field(10, description="How far below the optical centres the wearer reads")


class Heights(Inputs):
    reference_height: Distance = Field(
        description="Height of the distance reference point (MRP) above the rim"
    )
    segment_height: Distance = Field(description="Height of the segment's top above the rim")
    into_segment: Distance = Field(5, description="How far below the segment's top the wearer reads")


class Segment(Inputs):
    add: Addition = Field(description="The addition")
    drop: Distance = Field(description="The segment's top below the distance optical centre")
    depth: Distance = Field(10, description="The reading level below the distance optical centre")
    segment_centre: Distance = Field(description="The segment's own optical centre below its top")


_ADVICE = {
    "none": "Most wearers adapt to that.",
    "watch": "That is more than most adapt to, but too little to slab off: lower the optical "
    "centres, or try a second pair.",
    "slab-off": "Consider slab-off.",
    "split": "That is more than one slab-off corrects: split it over both lenses.",
}


def _imbalance(given: Pair) -> Solution:
    found = imbalance.vertical_imbalance(given.right, given.left, given.depth)
    slab = ""
    if found.slab and found.advice in ("slab-off", "split"):
        slab = (
            f" Slab-off goes base up on the {found.slab.value} lens (most minus, least plus, in the 90 "
            "meridian)."
        )
    made = {
        "imbalance": Quantity(round(found.amount, 2), "Δ"),
        "right_90": Quantity(round(found.right, 2), "D"),
        "left_90": Quantity(round(found.left, 2), "D"),
        "advice": Quantity(found.advice),
    }
    if slab and found.slab:
        made["slab_off"] = Quantity(found.slab.value)
    return Solution(
        f"At {plain(given.depth)} mm below the centres the vertical imbalance is {plain(found.amount)} Δ. "
        f"{_ADVICE[found.advice]}{slab}",
        made,
        (
            f"F90 right = {dioptres(found.right)}, F90 left = {dioptres(found.left)}",
            f"imbalance = {plain(given.depth / 10)} cm × |{signed(found.right)} − {bracketed(found.left)}| = "
            f"{plain(found.amount)} Δ",
        ),
        "Both eyes read straight below the optical centres; equal segments cancel. Slab-off is made "
        "from 1.50 Δ.",
        imbalance.SOURCE,
    )


def _reading_level(given: Heights) -> Solution:
    level = imbalance.reading_level(given.reference_height, given.segment_height, given.into_segment)
    return Solution(
        f"The wearer reads {plain(level)} mm below the distance reference point.",
        {"reading_level": Quantity(round(level, 1), "mm")},
        (
            f"reading level = {plain(given.reference_height)} − {plain(given.segment_height)} + "
            f"{plain(given.into_segment)} = {plain(level)} mm",
        ),
        "Heights above the lower rim. 5 mm into the segment is a habit, not a measurement: mark the "
        "wearer's own.",
        imbalance.SOURCE,
    )


def _segment(given: Segment) -> Solution:
    prism = imbalance.segment_prism(given.add, given.drop, given.depth, given.segment_centre)
    into = given.depth - given.drop
    base = "up" if prism >= 0 else "down"
    return Solution(
        f"The segment adds {plain(abs(prism))} Δ base {base} at the reading level.",
        {"prism": Quantity(round(abs(prism), 2), "Δ"), "base": Quantity(base)},
        (
            f"reading level in the segment = {plain(given.depth)} − {plain(given.drop)} = {plain(into)} "
            "mm below its top",
            f"P = |{plain(into)} − {plain(given.segment_centre)}| / 10 × {plain(given.add)} = "
            f"{plain(abs(prism))} Δ",
        ),
        "Base up where the segment's centre is above the reading level, base down where it is below.",
        "Durham Technical Community College, Opticianry: unlike segment styles",
    )  # fmt: skip


CALCULATORS = (
    Calculator("vertical-imbalance", "Vertical imbalance at near, slab-off", Pair, _imbalance,
               {"right": "-1.00 -0.50 x 180", "left": "-4.00 -1.00 x 90", "depth": 10}),
    Calculator("reading-level", "How far below the distance centre the wearer reads", Heights, _reading_level,
               {"reference_height": 22, "segment_height": 17}),
    Calculator("segment-prism", "Prism of a bifocal segment at the reading level", Segment, _segment,
               {"add": 2, "drop": 3, "depth": 8, "segment_centre": 11}),
)  # fmt: skip
