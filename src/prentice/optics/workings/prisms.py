"""Calculators of prism: Prentice's rule, combining, resolving, decentring, colour."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from prentice.errors import BadValue
from prentice.optics import chromatic
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Abbe, Distance, EyeName, Inputs, PrismAmount, Rx
from prentice.optics.materials import material
from prentice.optics.notation import bracketed, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.prism import (
    COMPOUND,
    Base,
    Eye,
    Prism,
    at_base,
    based,
)
from prentice.optics.reading import tidy
from prentice.optics.solution import Drawing, Quantity, Solution
from prentice.optics.workings.conventions import BASE

_BASES: dict[str, Base] = {
    "in": "in", "i": "in", "nasal": "in", "out": "out", "o": "out", "temporal": "out", "up": "up", "u": "up",
    "down": "down", "d": "down",
}  # fmt: skip
PRISM = re.compile(
    r"(?P<amount>\d+(?:\.\d+)?) ?(?:\u03b4|pd|prism dioptres?|prism diopters?|prism|d)? ?(?:of )?"
    r"(?:(?:base[ -]?|b)(?P<base>in|out|up|down|i|o|u|d)\b|"
    r"(?:base @ ?|@ ?|at |base at |base ?)(?:base )?(?P<angle>\d{1,3})\b"
    r"|(?P<bare>in|out|up|down)\b)"
)


def read_prisms(text: str) -> list[tuple[float, Base | float]]:
    """Every prism in a text: the amount with the word or the angle of its base.

    >>> read_prisms("3 base out, 2 BU and 5 @ 45")
    [(3.0, 'out'), (2.0, 'up'), (5.0, 45.0)]
    """
    found: list[tuple[float, Base | float]] = []
    for one in PRISM.finditer(tidy(text)):
        word = one["base"] or one["bare"]
        if word is None and int(one["angle"]) > 360:
            raise BadValue(f"A base is from 0 to 360 degrees; {one['angle']} is not.", "Read it again.")
        found.append((float(one["amount"]), _BASES[word] if word else float(one["angle"])))
    return found


def _prisms(value: Any) -> list[tuple[float, Base | float]]:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise BadValue("Prisms are written as text.", "Such as '3 out, 2 up' or '5 base 45'.")
    found = read_prisms(", ".join(texts))
    if not found:
        raise BadValue("No prism stands there.", "Write it such as '3 out, 2 up' or '5 base 45'.")
    return found


def _base(value: Any) -> Base:
    said = tidy(str(value)).removeprefix("base").strip(" -")
    said = said[1:] if said in ("bi", "bo", "bu", "bd") else said
    if said not in _BASES:
        raise BadValue("A base is in, out, up or down.", "Such as base=in.")
    return _BASES[said]


Prisms = Annotated[
    list[tuple[float, Any]],
    PlainValidator(_prisms),
    WithJsonSchema({"type": "string", "examples": ["3 out, 2 up", "5 base 45"]}),
]
BaseWord = Annotated[
    Literal["in", "out", "up", "down"],
    PlainValidator(_base),
    WithJsonSchema({"type": "string", "enum": ["in", "out", "up", "down"]}),
]


class Combine(Inputs):
    prisms: Prisms = Field(description="The prisms of one eye, such as '3 out, 2 up' or '5 base 45, 2 up'")
    eye: EyeName | None = Field(None, description="Which eye; without it the angle is given for both")


class Binocular(Inputs):
    right: Prisms = Field(description="The prisms of the right eye, such as '3 in, 2 down'")
    left: Prisms = Field(description="The prisms of the left eye")


class Resolve(Inputs):
    prism: PrismAmount = Field(description="The amount of prism")
    base: float = Field(
        ge=0, le=360, description="The angle of its base, 0 to 360", json_schema_extra={"unit": "°"}
    )
    eye: EyeName | None = Field(None, description="Which eye; without it both are told")


class Colour(Inputs):
    rx: Rx = Field(description="The power of the lens")
    distance: Distance = Field(description="How far from the optical centre the eye looks")
    abbe: Abbe | None = Field(None, description="The Abbe number of the material")
    material: str | None = Field(
        None, max_length=40, description="Or the material: cr39, polycarbonate, 1.67, …"
    )


def free_of_eye(rx: Power) -> bool:
    """Whether in and out are the same for both eyes: a sphere, or a cylinder along 90 or 180."""
    return rx.is_sphere or min(rx.axis % 90, 90 - rx.axis % 90) < 1e-9


def eye_of(rx: Power, eye: Eye | None) -> Eye:
    if eye is None and not free_of_eye(rx):
        raise BadValue(
            "Which eye? With an oblique cylinder the base depends on it.", "Give eye=right or eye=left."
        )
    return eye or Eye.right


def told(prism: Prism, eye: Eye) -> str:
    """A prism in words: '1.48 Δ base in and 2.51 Δ base down'."""
    found = [part for part in (prism.horizontal(eye), prism.vertical) if round(part[0], 2) > 0]
    return " and ".join(f"{amount:.2f} Δ base {base}" for amount, base in found) or "no prism"


def results(prism: Prism, eye: Eye | None) -> dict[str, Quantity]:
    side, other = prism.horizontal(eye or Eye.right), prism.vertical
    made: dict[str, Quantity] = {"prism": Quantity(round(prism.amount, 2), "Δ")}
    if round(side[0], 2):
        made |= {"horizontal": Quantity(round(side[0], 2), "Δ"), "horizontal_base": Quantity(side[1])}
    if round(other[0], 2):
        made |= {"vertical": Quantity(round(other[0], 2), "Δ"), "vertical_base": Quantity(other[1])}
    if eye is not None or not round(side[0], 2):
        made["base"] = Quantity(round(prism.base) % 360, "°")
    return made


def drawing(prism: Prism, eye: Eye | None, *, mirrored: bool = False) -> Drawing | None:
    """`mirrored`: without an eye, in and out hold for both, so that the left one's angle is another."""
    if prism.is_none:
        return None
    other = round(Prism(-prism.x, prism.y).base, 1) if mirrored and eye is None else None
    degrees = round(prism.base, 1)
    return Drawing(
        "base",
        eye=eye,
        degrees=degrees,
        length=round(prism.amount, 2),
        left_degrees=None if other == degrees else other,
    )


def _combine(given: Combine) -> Solution:
    eye = given.eye or Eye.right
    if (
        given.eye is None
        and any(not isinstance(base, str) for _, base in given.prisms)
        and any(base in ("in", "out") for _, base in given.prisms)
    ):
        raise BadValue(
            "Which eye? An angle and a base in or out are combined.", "Give eye=right or eye=left."
        )
    total = Prism(0.0, 0.0)
    for amount, base in given.prisms:
        total += based(amount, base, eye) if isinstance(base, str) else at_base(amount, base)  # type: ignore[arg-type]
    if total.is_none:
        raise BadValue("These prisms cancel each other.", "Nothing is left to combine.")
    side, up = total.horizontal(eye), total.vertical
    angles = {one: round(Prism(total.x * eye.nasal * one.nasal, total.y).base) % 360 for one in Eye}
    only_words = all(isinstance(base, str) for _, base in given.prisms)
    words = " and ".join(base for amount, base in (side, up) if round(amount, 2))
    if given.eye is None and only_words and round(side[0], 2):
        where = f"base {words} (base {angles[Eye.right]} for the right eye, {angles[Eye.left]} for the left)"
    elif given.eye is None and not only_words:
        where = f"base {angles[Eye.right]}"
    else:
        where = f"base {words}, base {angles[eye]}" + (f" ({eye.value} eye)" if given.eye else "")
    said = " and ".join(
        f"{plain(amount)} Δ base {base if isinstance(base, str) else plain(base)}"
        for amount, base in given.prisms
    )
    tilt = plain(_above_horizontal(total), 1)
    return Solution(
        f"{said} make {total.amount:.2f} Δ {where}.",
        results(total, given.eye),
        (
            f"horizontal {side[0]:.2f} Δ base {side[1]}, vertical {up[0]:.2f} Δ base {up[1]}",
            f"P = √(H² + V²) = √({side[0]:.2f}² + {up[0]:.2f}²) = {total.amount:.2f} Δ",
            f"angle to the horizontal = atan(V / H) = {tilt}°",
        ),
        BASE,
        COMPOUND,
        drawing(total, given.eye, mirrored=only_words),
    )


def _binocular(given: Binocular) -> Solution:
    of_eye = {
        eye: sum(
            (based(amount, _base(base), eye) if isinstance(base, str) else at_base(amount, base)
             for amount, base in prisms),
            Prism(0.0, 0.0),
        )
        for eye, prisms in ((Eye.right, given.right), (Eye.left, given.left))
    }  # fmt: skip
    inward = {eye: prism.x * eye.nasal for eye, prism in of_eye.items()}
    across, up = sum(inward.values()), of_eye[Eye.right].y - of_eye[Eye.left].y
    side, way = "in" if across > 0 else "out", "up" if up > 0 else "down"
    said = [f"{abs(across):.2f} Δ base {side}"] if round(across, 2) else []
    if round(up, 2):
        other = "down" if up > 0 else "up"
        said.append(f"{abs(up):.2f} Δ base {way} right eye (as much as base {other} left eye)")
    results = {
        "horizontal": Quantity(round(abs(across), 2), "Δ"),
        "vertical": Quantity(round(abs(up), 2), "Δ"),
    }
    if round(across, 2):
        results["horizontal_base"] = Quantity(side)
    if round(up, 2):
        results["vertical_base"] = Quantity(f"{way} right eye")
    right, left = inward[Eye.right], inward[Eye.left]
    return Solution(
        f"Over both eyes: {' and '.join(said) or 'no prism, they cancel'}.",
        results,
        (
            f"horizontal, in is plus: {signed(right)} + {bracketed(left)} = {signed(across)} Δ",
            f"vertical, right less left, up is plus: {signed(of_eye[Eye.right].y)} − "
            f"{bracketed(of_eye[Eye.left].y)} = {signed(up)} Δ",
        ),
        "Bases in and out of both eyes add up; up or down in one eye is as much as down or up in the other.",
        COMPOUND,
    )


def _above_horizontal(prism: Prism) -> float:
    steep = prism.base % 180
    return min(steep, 180 - steep)


def _resolve(given: Resolve) -> Solution:
    prism = at_base(given.prism, given.base)
    eyes = (given.eye,) if given.eye else tuple(Eye)
    said = "; ".join(f"{told(prism, eye)} ({eye.value} eye)" for eye in eyes)
    angle = plain(given.base)
    return Solution(
        f"{plain(given.prism)} Δ base {angle} is {said}.",
        results(prism, given.eye) if given.eye else {
            "right": Quantity(told(prism, Eye.right)), "left": Quantity(told(prism, Eye.left)),
            "horizontal": Quantity(round(abs(prism.x), 2), "Δ"),
            "vertical": Quantity(round(abs(prism.y), 2), "Δ"),
        },
        (
            f"H = P cos b = {plain(given.prism)} × cos {angle}° = {signed(prism.x)} (towards 0°)",
            f"V = P sin b = {plain(given.prism)} × sin {angle}° = {signed(prism.y)} (up)",
        ),
        BASE,
        COMPOUND,
        drawing(prism, given.eye),
    )  # fmt: skip


def _colour(given: Colour) -> Solution:
    if (given.abbe is None) == (given.material is None):
        raise BadValue("'chromatic' needs 'abbe' or 'material', one of them.", "Such as: abbe=30")
    abbe = given.abbe if given.abbe is not None else material(given.material or "").abbe
    power = abs(given.rx.strongest)
    prism = given.distance / 10 * power
    colour = chromatic.transverse(prism, abbe)
    above = "above" if colour > chromatic.NOTICED else "not above"
    return Solution(
        f"Looking {plain(given.distance)} mm off the centre of {power_text(given.rx)} with Abbe "
        f"{plain(abbe)}, the "
        f"colour fringe is {plain(colour)} Δ: {above} the {plain(chromatic.NOTICED)} Δ at which it is "
        "said to be "
        "noticed.",
        {"tca": Quantity(round(colour, 3), "Δ"), "prism": Quantity(round(prism, 2), "Δ")},
        (
            f"P = c × F = {plain(given.distance / 10)} cm × {plain(power)} D = {plain(prism)} Δ",
            f"TCA = P / V = {plain(prism)} / {plain(abbe)} = {plain(colour, 3)} Δ",
        ),
        "The strongest meridian is taken; a magnitude, without direction.",
        chromatic.SOURCE,
    )


CALCULATORS = (
    Calculator("prism-combine", "One prism of several", Combine, _combine,
               {"prisms": "3 out, 2 up", "eye": "right"}),
    Calculator("prism-binocular", "The prism of both eyes together", Binocular, _binocular,
               {"right": "3 in, 2 down", "left": "1 in, 2 up"}),
    Calculator("prism-resolve", "An oblique prism as in, out, up and down", Resolve, _resolve,
               {"prism": 5, "base": 45, "eye": "right"}),
    Calculator("chromatic", "Transverse chromatic aberration", Colour, _colour,
               {"rx": "-6.00", "distance": 15, "abbe": 30}),
)  # fmt: skip
