"""Calculators of the power itself: its forms, its mean, one meridian, its vector, lenses in contact."""

from __future__ import annotations

from pydantic import Field

from prentice.errors import BadValue
from prentice.optics.calculator import Calculator
from prentice.optics.crossed_cylinders import combined
from prentice.optics.inputs import Axis, Dioptres, Inputs, Rx
from prentice.optics.meridians import SOURCE as MERIDIANS
from prentice.optics.meridians import power_in_meridian
from prentice.optics.notation import bracketed, degrees, dioptres, nearest, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.solution import Drawing, Quantity, Solution
from prentice.optics.transposition import SOURCE as TRANSPOSITION
from prentice.optics.transposition import spherical_equivalent, transpose
from prentice.optics.vectors import SOURCE as VECTORS
from prentice.optics.vectors import PowerVector, from_vector, to_vector
from prentice.optics.workings.conventions import AXES


def parts(power: Power, prefix: str = "") -> dict[str, Quantity]:
    """A power as results."""
    return {
        f"{prefix}power": Quantity(power_text(power)),
        f"{prefix}sphere": Quantity(round(power.sphere, 2), "D"),
        f"{prefix}cylinder": Quantity(round(power.cylinder, 2), "D"),
        f"{prefix}axis": Quantity(degrees(power.axis), "°"),
    }


def ordered(power: Power) -> Power:
    """In quarter steps, sphere and cylinder each, as laboratories round."""
    return Power(nearest(power.sphere, 0.25), nearest(power.cylinder, 0.25), degrees(power.axis))


def axis_of(power: Power) -> Drawing | None:
    return None if power.is_sphere else Drawing("axis", degrees=degrees(power.axis))


class OnePower(Inputs):
    rx: Rx = Field(description="The power, such as '-1.00 -2.00 x 45'")


class Meridian(OnePower):
    meridian: Axis = Field(description="The meridian in which the power is wanted")


class Several(Inputs):
    first: Rx = Field(description="The first lens, such as '+2.00 x 120' (a cylinder alone)")
    second: Rx = Field(description="The second lens")
    third: Rx | None = Field(None, description="A third lens")


class Vector(Inputs):
    m: Dioptres = Field(description="M, the spherical equivalent")
    j0: Dioptres = Field(description="J0, the cross cylinder at 180 and 90")
    j45: Dioptres = Field(description="J45, the cross cylinder at 45 and 135")


class Focus(Inputs):
    power: Dioptres | None = Field(None, description="The power of the lens")
    focal_length: float | None = Field(
        None, ge=-100_000, le=100_000, description="The focal length, negative for a minus lens",
        json_schema_extra={"unit": "mm"},
    )  # fmt: skip


def _transpose(given: OnePower) -> Solution:
    old, new = given.rx, transpose(given.rx)
    if old.is_sphere:
        return Solution(
            f"{power_text(old)} is a sphere: both forms are the same.", parts(old), (), AXES, TRANSPOSITION
        )
    turn = "+ 90" if old.axis <= 90 else "− 90"
    form = "plus" if new.cylinder > 0 else "minus"
    return Solution(
        f"{power_text(old)} is {power_text(new)} in {form}-cylinder form.",
        parts(new),
        (
            f"sphere = {signed(old.sphere)} + {bracketed(old.cylinder)} = {signed(new.sphere)}",
            f"cylinder: {signed(old.cylinder)} with the sign changed = {signed(new.cylinder)}",
            f"axis = {degrees(old.axis)} {turn} = {degrees(new.axis)}",
        ),
        "Axes from 1 to 180, counter-clockwise as the wearer's face is seen, 180 and never 0.",
        TRANSPOSITION,
        axis_of(new),
    )


def _equivalent(given: OnePower) -> Solution:
    rx, mean = given.rx, spherical_equivalent(given.rx)
    return Solution(
        f"The spherical equivalent of {power_text(rx)} is {dioptres(mean, 3 if mean * 100 % 1 else 2)}.",
        {"spherical_equivalent": Quantity(round(mean, 3), "D")},
        (f"SE = S + C/2 = {signed(rx.sphere)} + {bracketed(rx.cylinder)}/2 = {dioptres(mean, 3)}",),
        "The same for both cylinder forms; not rounded to a quarter.",
        TRANSPOSITION,
    )


def _meridian(given: Meridian) -> Solution:
    rx, at = given.rx, degrees(given.meridian)
    power = power_in_meridian(rx, given.meridian)
    between = abs(given.meridian - rx.axis)
    return Solution(
        f"{power_text(rx)} has {dioptres(power)} in the {at} meridian.",
        {"power": Quantity(round(power, 2), "D")},
        (
            f"F({at}) = S + C sin²({at} − {degrees(rx.axis)})",
            f"= {signed(rx.sphere)} + {bracketed(rx.cylinder)} × sin²({plain(between)}°) = {dioptres(power)}",
        ),
        AXES,
        MERIDIANS,
        Drawing("axis", degrees=at),
    )


def _vector(given: OnePower) -> Solution:
    rx, vector = given.rx, to_vector(given.rx)
    double, half = degrees(rx.axis) * 2, signed(-rx.cylinder / 2)
    return Solution(
        f"{power_text(rx)} as a power vector is M {signed(vector.m)}, J0 {signed(vector.j0)}, "
        f"J45 {signed(vector.j45)} D.",
        {
            "m": Quantity(round(vector.m, 3), "D"),
            "j0": Quantity(round(vector.j0, 3), "D"),
            "j45": Quantity(round(vector.j45, 3), "D"),
            "blur": Quantity(round(vector.blur, 3), "D"),
        },
        (
            f"M = S + C/2 = {dioptres(vector.m)}",
            f"J0 = −(C/2) cos 2a = {half} × cos {double}° = {dioptres(vector.j0)}",
            f"J45 = −(C/2) sin 2a = {half} × sin {double}° = {dioptres(vector.j45)}",
        ),
        "J0 is plus for with-the-rule astigmatism (minus cylinder axis 180).",
        VECTORS,
    )


def _from_vector(given: Vector) -> Solution:
    vector = PowerVector(given.m, given.j0, given.j45)
    return Solution(
        f"M {signed(given.m)}, J0 {signed(given.j0)}, J45 {signed(given.j45)} D is "
        f"{power_text(from_vector(vector))}.",
        parts(from_vector(vector)),
        _back(vector),
        AXES,
        VECTORS,
        axis_of(from_vector(vector)),
    )


def _back(vector: PowerVector) -> tuple[str, ...]:
    made = from_vector(vector)
    return (
        f"C = −2 √(J0² + J45²) = −2 √({bracketed(vector.j0)}² + {bracketed(vector.j45)}²) = "
        f"{dioptres(made.cylinder)}",
        f"S = M − C/2 = {signed(vector.m)} − {bracketed(made.cylinder)}/2 = {dioptres(made.sphere)}",
        f"axis = ½ atan2(J45, J0) = {degrees(made.axis)}",
    )


def _crossed(given: Several) -> Solution:
    lenses = [lens for lens in (given.first, given.second, given.third) if lens is not None]
    made = combined(*lenses)
    vectors = [to_vector(lens) for lens in lenses]
    total = sum(vectors[1:], vectors[0])
    said = " with ".join(power_text(lens) for lens in lenses)
    return Solution(
        f"{said} make {power_text(made)} together.",
        parts(made) | {"order": Quantity(power_text(ordered(made)))},
        (
            *(
                f"{power_text(lens)}: M {signed(v.m)}, J0 {signed(v.j0)}, J45 {signed(v.j45)}"
                for lens, v in zip(lenses, vectors, strict=True)
            ),
            f"sum: M {signed(total.m)}, J0 {signed(total.j0)}, J45 {signed(total.j45)}",
            *_back(total),
        ),
        f"Thin lenses in contact. {AXES}",
        VECTORS,
        axis_of(made),
    )


def _focus(given: Focus) -> Solution:

    if (given.power is None) == (given.focal_length is None):
        raise BadValue("'focal-length' needs 'power' or 'focal_length', one of them.", "Such as: power=4")
    if given.power == 0 or given.focal_length == 0:
        raise BadValue("A lens without power has no focus.", "Give a power other than 0.")
    power = given.power if given.power is not None else 1000 / (given.focal_length or 1)
    length = 1000 / power
    if given.power is not None:
        said = f"The focal length of {dioptres(power)} is {plain(length, 1)} mm ({plain(length / 10)} cm)."
        step = f"f = 1000 / F = 1000 / {bracketed(power)} = {plain(length, 1)} mm"
    else:
        said = f"A focal length of {plain(length, 1)} mm is {dioptres(power)}."
        step = f"F = 1000 / f = 1000 / {plain(length, 1)} = {dioptres(power)}"
    return Solution(
        said,
        {"focal_length": Quantity(round(length, 1), "mm"), "power": Quantity(round(power, 2), "D")},
        (step,),
        "In air; negative for a virtual focus (minus lens).",
        MERIDIANS,
    )


CALCULATORS = (
    Calculator("transpose", "Transposition: plus and minus cylinder form", OnePower, _transpose,
               {"rx": "-1.00 -2.00 x 45"}),
    Calculator("spherical-equivalent", "Spherical equivalent", OnePower, _equivalent,
               {"rx": "-3.00 -2.00 x 90"}),
    Calculator("meridian", "Power in a meridian", Meridian, _meridian,
               {"rx": "-3.00 -1.00 x 30", "meridian": 90}),
    Calculator("power-vector", "Power vector (M, J0, J45) of a power", OnePower, _vector,
               {"rx": "+1.00 -2.00 x 180"}),
    Calculator("from-power-vector", "Power of a power vector", Vector, _from_vector,
               {"m": 0, "j0": 1, "j45": 0}),
    Calculator("crossed-cylinders", "Lenses in contact, obliquely crossed cylinders", Several, _crossed,
               {"first": "+2.00 x 120", "second": "-2.25 x 30"}),
    Calculator("focal-length", "Focal length of a power, and back", Focus, _focus, {"power": 4}),
)  # fmt: skip
