"""Calculators of the lens as a body: surfaces, thickness, base curve, vertex power, weight."""

from __future__ import annotations

from pydantic import Field

from prentice.errors import BadValue
from prentice.optics import base_curve, surface, thickness, vertex_power
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Addition, Density, Dioptres, Distance, Index, Inputs, Length, Rx, Thick
from prentice.optics.materials import material, nearest_index
from prentice.optics.notation import bracketed, dioptres, nearest, plain, power_text, signed
from prentice.optics.power import Power
from prentice.optics.solution import Quantity, Solution
from prentice.optics.weight import SOURCE as WEIGHT
from prentice.optics.weight import weight
from prentice.optics.workings.conventions import SURFACES


class OfMaterial(Inputs):
    index: Index | None = Field(None, description="The refractive index")
    material: str | None = Field(
        None, max_length=40, description="Or the material: cr39, polycarbonate, 1.67, …"
    )


class Surface(OfMaterial):
    radius: float | None = Field(
        None,
        ge=-100_000,
        le=100_000,
        description="The radius, minus for concave",
        json_schema_extra={"unit": "mm"},
    )
    power: Dioptres | None = Field(None, description="Or the power, for the radius")


class Sagged(OfMaterial):
    power: Dioptres | None = Field(None, description="The surface's power; with it index or material")
    radius: float | None = Field(
        None, gt=0, le=100_000, description="Or its radius", json_schema_extra={"unit": "mm"}
    )
    diameter: Length = Field(description="The diameter")


class Clock(OfMaterial):
    reading: Dioptres = Field(description="What the lens clock reads")
    back: Dioptres | None = Field(
        None, description="What it reads on the back; then the power of the lens is told"
    )


class Body(OfMaterial):
    rx: Rx = Field(description="The power of the lens")
    diameter: Length = Field(description="The diameter; for a decentred lens ED + 2 × decentration")
    base: Dioptres | None = Field(None, description="The front curve; without it by Vogel's rule")


class FromCentre(Body):
    centre: Thick = Field(description="The centre thickness")


class FromEdge(Body):
    edge: Distance = Field(1.0, description="The thinnest edge; 0 for a knife edge")


class Weighed(Body):
    centre: Thick | None = Field(None, description="The centre thickness (minus lenses)")
    edge: Thick | None = Field(None, description="The thinnest edge (plus lenses)")
    density: Density | None = Field(None, description="The density; without it the material's typical one")


class Curve(Inputs):
    rx: Rx = Field(description="The power of the lens")
    other: Rx | None = Field(None, description="The other eye's lens, for the pair")
    add: Addition | None = Field(None, description="The addition, for Boddy's rule for digital progressives")


class ThickLens(OfMaterial):
    front: Dioptres = Field(description="The front surface's power")
    back: Dioptres = Field(description="The back surface's power")
    thickness: Thick = Field(description="The centre thickness")


def index_of(given: OfMaterial) -> float:
    """Raises `BadValue` where neither or both were given."""
    if (given.index is None) == (given.material is None):
        raise BadValue(
            "Of which material? 'index' or 'material' is needed, one of them.", "Such as: index=1.67"
        )
    return given.index if given.index is not None else material(given.material or "").index


def front_curve(power: Power, given: float | None) -> tuple[float, str]:
    """The front curve and where it comes from."""
    if given is not None:
        return given, f"front curve {dioptres(given)} (given)"
    curve = nearest(base_curve.guarded(base_curve.vogel(power.mean), power.minus().sphere), 0.25)
    return curve, f"front curve {dioptres(curve)} by Vogel's rule, within its bounds"


def _surface(given: Surface) -> Solution:
    index = index_of(given)
    if (given.radius is None) == (given.power is None):
        raise BadValue(
            "'surface-power' needs 'radius' or 'power', one of them.", "Such as: radius=124.5 index=1.498"
        )
    if given.radius == 0 or given.power == 0:
        raise BadValue("A flat surface has no radius and no power.", "Give a value other than 0.")
    if given.radius is not None:
        power, bend = surface.surface_power(given.radius, index), given.radius
        said = f"A radius of {plain(bend)} mm at n = {plain(index, 3)} is {dioptres(power)}."
        step = f"F = 1000 (n − 1) / r = 1000 × {plain(index - 1, 3)} / {bracketed(bend)} = {dioptres(power)}"
    else:
        power, bend = given.power or 0, surface.radius(given.power or 0, index)
        said = f"{dioptres(power)} at n = {plain(index, 3)} has a radius of {plain(bend)} mm."
        step = f"r = 1000 (n − 1) / F = 1000 × {plain(index - 1, 3)} / {bracketed(power)} = {plain(bend)} mm"
    return Solution(
        said, {"power": Quantity(round(power, 2), "D"), "radius": Quantity(round(bend, 2), "mm")}, (step,),
        SURFACES, surface.SOURCE,
    )  # fmt: skip


def _sag(given: Sagged) -> Solution:
    if (given.power is None) == (given.radius is None):
        raise BadValue("'sag' needs 'power' or 'radius', one of them.", "Such as: radius=83 diameter=60")
    if given.power is None:
        return _sag_of_radius(given.radius or 1, given.diameter)
    index = index_of(given)
    exact = surface.sag(given.power, index, given.diameter)
    rough = surface.sag_approximate(given.power, index, given.diameter)
    bend, half = abs(surface.radius(given.power, index)), given.diameter / 2
    return Solution(
        f"The sag of {dioptres(given.power)} over {plain(given.diameter)} mm is {plain(abs(exact))} mm "
        f"({plain(abs(rough))} mm by the approximation).",
        {"sag": Quantity(round(abs(exact), 2), "mm"), "approximate": Quantity(round(abs(rough), 2), "mm")},
        (
            f"r = 1000 × {plain(index - 1, 3)} / {plain(abs(given.power))} = {plain(bend)} mm, h = "
            f"{plain(half)} mm",
            f"s = r − √(r² − h²) = {plain(bend)} − √({plain(bend)}² − {plain(half)}²) = "
            f"{plain(abs(exact))} mm",
            f"approximately h² F / (2000 (n − 1)) = {plain(abs(rough))} mm",
        ) if given.power else ("a flat surface has no sag",),
        SURFACES,
        surface.SOURCE,
    )  # fmt: skip


def _sag_of_radius(radius: float, diameter: float) -> Solution:
    index = 1.5  # cancels: the sag of a sphere goes by its radius alone
    power, half = surface.surface_power(radius, index), diameter / 2
    exact, rough = surface.sag(power, index, diameter), surface.sag_approximate(power, index, diameter)
    return Solution(
        f"The sag of a radius of {plain(radius)} mm over {plain(diameter)} mm is {plain(exact)} mm "
        f"({plain(rough)} mm by the approximation).",
        {"sag": Quantity(round(exact, 2), "mm"), "approximate": Quantity(round(rough, 2), "mm")},
        (
            f"s = r − √(r² − h²) = {plain(radius)} − √({plain(radius)}² − {plain(half)}²) = "
            f"{plain(exact)} mm",
            f"approximately h² / (2 r) = {plain(rough)} mm",
        ),
        SURFACES,
        surface.SOURCE,
    )


def _clock(given: Clock) -> Solution:
    index = index_of(given)
    readings = [given.reading, *([given.back] if given.back is not None else [])]
    powers = [surface.clock_to_power(reading, index) for reading in readings]
    steps = tuple(
        f"F = reading × (n − 1) / 0.53 = {signed(reading)} × {plain(index - 1, 3)} / 0.53 = {dioptres(power)}"
        for reading, power in zip(readings, powers, strict=True)
    )
    calibrated = "The clock is calibrated for an index of 1.530."
    if given.back is None:
        return Solution(
            f"A lens clock that reads {dioptres(given.reading)} on n = {plain(index, 3)} means "
            f"{dioptres(powers[0])}.",
            {"power": Quantity(round(powers[0], 2), "D")},
            steps,
            calibrated,
            surface.SOURCE,
        )
    total = sum(powers)
    return Solution(
        f"Readings of {dioptres(given.reading)} in front and {dioptres(given.back)} behind on "
        f"n = {plain(index, 3)} make a lens of about {dioptres(total)}.",
        {"power": Quantity(round(total, 2), "D"), "front": Quantity(round(powers[0], 2), "D"),
         "back": Quantity(round(powers[1], 2), "D")},
        (*steps, f"F = F1 + F2 = {signed(powers[0])} + {bracketed(powers[1])} = {dioptres(total)}"),
        f"{calibrated} Nominal power: the thickness of the lens is left out.",
        surface.SOURCE,
    )  # fmt: skip


def _edges(given: FromCentre) -> Solution:
    index = index_of(given)
    front, where = front_curve(given.rx, given.base)
    made = thickness.from_centre(given.rx, index, given.diameter, given.centre, front)
    if made.edge_thin <= 0:
        raise BadValue(
            f"With {plain(given.centre)} mm in the centre the edge would vanish before "
            f"{plain(given.diameter)} mm.",
            "Use 'centre-thickness' for a plus lens, or give a thicker centre.",
        )
    if given.rx.is_sphere:
        said = f"The edge is {plain(made.edge_thick, 1)} mm"
    else:
        said = (
            f"The edge is {plain(made.edge_thick, 1)} mm at its thickest and {plain(made.edge_thin, 1)} "
            "mm at its thinnest"
        )
    s1 = surface.sag(front, index, given.diameter)
    s2 = -surface.sag(made.back_thick, index, given.diameter)
    return Solution(
        f"{said} for {power_text(given.rx)}, n = {plain(index, 3)}, {plain(given.diameter)} mm, centre "
        f"{plain(given.centre)} mm.",
        {
            "edge": Quantity(round(made.edge_thick, 2), "mm"),
            "edge_thinnest": Quantity(round(made.edge_thin, 2), "mm"),
            "edge_approximate": Quantity(round(made.edge_approximate, 2), "mm"),
            "front_curve": Quantity(front, "D"),
            "back_curve": Quantity(round(made.back_thick, 2), "D"),
        },
        (
            where,
            f"back surface F2 = F − F1 / (1 − (t/n) F1) = {dioptres(made.back_thick)}",
            f"sags over {plain(given.diameter)} mm: front {plain(s1)} mm, back {plain(s2)} mm (exact)",
            f"edge = centre + back − front = {plain(given.centre)} + {bracketed(s2)} − {bracketed(s1)} = "
            f"{plain(made.edge_thick)} mm",
            f"by the approximation c − h² F / (2000 (n − 1)): {plain(made.edge_approximate)} mm",
        ),
        f"A round lens with its optical centre in the middle. {SURFACES}",
        thickness.SOURCE,
    )


def _centres(given: FromEdge) -> Solution:
    index = index_of(given)
    if given.rx.minus().sphere <= 0:
        raise BadValue(
            f"{power_text(given.rx)} is thinnest in its centre.",
            "Use 'edge-thickness' with the centre thickness.",
        )
    front, where = front_curve(given.rx, given.base)
    made = thickness.from_edge(given.rx, index, given.diameter, given.edge, front)
    rough = thickness.centre_approximate(given.rx, index, given.diameter, given.edge)
    s1 = surface.sag(front, index, given.diameter)
    s2 = -surface.sag(made.back_thin, index, given.diameter)
    return Solution(
        f"The centre is {plain(made.centre, 1)} mm thick for {power_text(given.rx)}, n = {plain(index, 3)}, "
        f"{plain(given.diameter)} mm, edge {plain(given.edge)} mm.",
        {
            "centre": Quantity(round(made.centre, 2), "mm"),
            "centre_approximate": Quantity(round(rough, 2), "mm"),
            "edge_thickest": Quantity(round(made.edge_thick, 2), "mm"),
            "front_curve": Quantity(front, "D"),
            "back_curve": Quantity(round(made.back_thin, 2), "D"),
        },
        (
            where,
            f"back surface F2 = F − F1 / (1 − (t/n) F1) = {dioptres(made.back_thin)}",
            f"sags over {plain(given.diameter)} mm: front {plain(s1)} mm, back {plain(s2)} mm (exact)",
            f"centre = edge + front − back = {plain(given.edge)} + {bracketed(s1)} − {bracketed(s2)} = "
            f"{plain(made.centre)} mm",
            f"by the approximation e + h² F / (2000 (n − 1)): {plain(rough)} mm",
        ),
        f"A round lens with its optical centre in the middle. {SURFACES}",
        thickness.SOURCE,
    )


def _weight(given: Weighed) -> Solution:
    index = index_of(given)
    dense = given.density
    stuff = material(given.material) if given.material else nearest_index(index)
    if dense is None:
        dense = stuff.density
    front, where = front_curve(given.rx, given.base)
    plus = given.rx.minus().sphere > 0
    if plus and given.centre is None:
        made = thickness.from_edge(given.rx, index, given.diameter, given.edge or 1.0, front)
    elif given.centre is None:
        raise BadValue(
            "The weight of a minus lens needs 'centre', its centre thickness.", "Such as: centre=2"
        )
    else:
        made = thickness.from_centre(given.rx, index, given.diameter, given.centre, front)
    back = vertex_power.back_surface_for(given.rx.mean, front, made.centre, index)
    rim = thickness.edge(front, back, index, given.diameter, made.centre)
    if min(rim, made.edge_thin) <= 0:
        raise BadValue(
            "With this centre the edge would vanish.", "Give a thicker centre, or the edge instead."
        )
    grams = weight(front, back, index, given.diameter, rim, dense)
    return Solution(
        f"A round {power_text(given.rx)} of {plain(given.diameter)} mm weighs about {plain(grams, 1)} g.",
        {"weight": Quantity(round(grams, 1), "g"), "centre": Quantity(round(made.centre, 2), "mm"),
         "edge": Quantity(round(rim, 2), "mm"), "density": Quantity(dense, "g/cm³")},
        (
            where,
            f"centre {plain(made.centre, 1)} mm, edge {plain(rim, 1)} mm (mean power "
            f"{dioptres(given.rx.mean)})",
            f"volume = rim + front cap − back cap = {plain(grams / dense, 2)} cm³",
            f"weight = {plain(grams / dense, 2)} cm³ × {plain(dense)} g/cm³ = {plain(grams, 1)} g",
        ),
        "An estimate: round, centred, mean power; densities are typical ones unless given.",
        WEIGHT,
    )  # fmt: skip


def _base_curve(given: Curve) -> Solution:
    mean, most_plus = given.rx.mean, given.rx.minus().sphere
    boddy = given.add is not None
    free = base_curve.boddy(mean, given.add or 0) if boddy else base_curve.vogel(mean)
    held = base_curve.guarded(free, most_plus)
    name = "Boddy's rule" if boddy else "Vogel's rule"
    if boddy:
        form = "3.50 + add/2 + SE" if mean > 0 else "4.25 + (SE + add)/2"
    else:
        form = "SE + 6.00" if mean > 0 else "SE/2 + 6.00"
    steps = [f"SE = {dioptres(mean)}", f"{name}: {form} = {dioptres(free)}"]
    if held != free:
        steps.append(
            f"held to at least +1.00, 2.00 above {signed(most_plus)}, and what is made: {dioptres(held)}"
        )
    notes = []
    if given.other is not None:
        other = base_curve.guarded(base_curve.vogel(given.other.mean), given.other.minus().sphere)
        steps.append(f"the other eye by Vogel's rule: {dioptres(other)}")
        if abs(other - held) > 6:
            notes.append("The curves of the pair differ by more than 6.00 D: bring them nearer.")
    return Solution(
        f"{name} gives a base curve of {dioptres(held)} for {power_text(given.rx)}; take the nearest "
        "that the "
        "series has.",
        {"base_curve": Quantity(round(held, 2), "D"), "unbounded": Quantity(round(free, 2), "D")},
        tuple(steps),
        "A starting point for spherical fronts; the maker's own chart goes before it.",
        base_curve.BODDY if boddy else base_curve.VOGEL,
        notes=tuple(notes),
    )


def _back_vertex(given: ThickLens) -> Solution:
    index = index_of(given)
    power = vertex_power.back_vertex_power(given.front, given.back, given.thickness, index)
    t = f"({plain(given.thickness / 1000, 4)}/{plain(index, 3)})"
    return Solution(
        f"The back vertex power is {dioptres(power)}.",
        {"back_vertex_power": Quantity(round(power, 2), "D"),
         "thin": Quantity(round(given.front + given.back, 2), "D")},
        (
            f"F'v = F1 / (1 − (t/n) F1) + F2 = {signed(given.front)} / (1 − {t} × "
            f"{bracketed(given.front)}) + "
            f"{bracketed(given.back)} = {dioptres(power)}",
            f"as a thin lens F1 + F2 = {dioptres(given.front + given.back)}",
        ),
        SURFACES,
        vertex_power.SOURCE,
    )  # fmt: skip


def _front_vertex(given: ThickLens) -> Solution:
    index = index_of(given)
    power = vertex_power.front_vertex_power(given.front, given.back, given.thickness, index)
    t = f"({plain(given.thickness / 1000, 4)}/{plain(index, 3)})"
    return Solution(
        f"The front vertex power is {dioptres(power)}.",
        {"front_vertex_power": Quantity(round(power, 2), "D"),
         "thin": Quantity(round(given.front + given.back, 2), "D")},
        (
            f"Fv = F2 / (1 − (t/n) F2) + F1 = {signed(given.back)} / (1 − {t} × {bracketed(given.back)}) + "
            f"{bracketed(given.front)} = {dioptres(power)}",
        ),
        SURFACES,
        vertex_power.SOURCE,
    )  # fmt: skip


_THICK = {"front": 8, "back": -2, "thickness": 6, "index": 1.5}
CALCULATORS = (
    Calculator("surface-power", "Surface power of a radius, and back", Surface, _surface,
               {"radius": 124.5, "index": 1.498}),
    Calculator("sag", "Sag of a surface", Sagged, _sag, {"power": 10, "diameter": 60, "index": 1.498}),
    Calculator("lens-clock", "Lens clock on another material", Clock, _clock, {"reading": 6, "index": 1.67}),
    Calculator("edge-thickness", "Edge thickness", FromCentre, _edges,
               {"rx": "-6.00", "index": 1.67, "diameter": 60, "centre": 1.5}),
    Calculator("centre-thickness", "Centre thickness of a plus lens", FromEdge, _centres,
               {"rx": "+4.00", "index": 1.5, "diameter": 65, "edge": 1}),
    Calculator("lens-weight", "Weight of a lens", Weighed, _weight,
               {"rx": "-6.00", "material": "cr39", "diameter": 60, "centre": 2}),
    Calculator("base-curve", "Base curve", Curve, _base_curve, {"rx": "-4.00"}),
    Calculator("back-vertex-power", "Back vertex power of a thick lens", ThickLens, _back_vertex, _THICK),
    Calculator("front-vertex-power", "Front vertex power of a thick lens", ThickLens, _front_vertex, _THICK),
)  # fmt: skip
