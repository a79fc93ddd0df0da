"""Calculators that judge: tolerances of a made lens, and a prescription before it is ordered."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from prentice.errors import BadValue
from prentice.optics import prescription as scripts
from prentice.optics import tolerance
from prentice.optics.calculator import Calculator
from prentice.optics.inputs import Addition, HalfPd, Inputs, PrismAmount, Rx, Vertex
from prentice.optics.notation import degrees, plain, power_text, signed
from prentice.optics.solution import Quantity, Solution


class BandIn(BaseModel):
    """A limit up to an absolute power; `up_to` left out: for all above."""

    model_config = ConfigDict(extra="forbid")
    up_to: float | None = Field(None, gt=0)
    limit: float = Field(gt=0, description="Dioptres, degrees, or per cent of the power")
    percent: bool = False


Bands = Annotated[list[BandIn], Field(min_length=1, max_length=20)]


class TableIn(BaseModel):
    """A standard's limits, from whoever has the licensed text."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(max_length=200, description="What it is, with edition and kind of lens")
    sphere: Bands
    cylinder: Bands
    axis: Bands = Field(description="Degrees, by cylinder")
    add: Bands

    def table(self) -> tolerance.Table:
        def bands(given: list[BandIn]) -> tuple[tolerance.Band, ...]:
            return tuple(tolerance.Band(b.up_to or float("inf"), b.limit, b.percent) for b in given)

        return tolerance.Table(
            self.title, bands(self.sphere), bands(self.cylinder), bands(self.axis), bands(self.add)
        )


class Checked(Inputs):
    ordered: Rx = Field(description="The power ordered")
    made: Rx | None = Field(None, description="The power measured; without it the limits are told")
    kind: tolerance.Kind = Field("single-vision", description="single-vision, multifocal or progressive")
    add: Addition | None = Field(None, description="The addition ordered")
    made_add: Addition | None = Field(None, description="The addition measured")
    standard: tolerance.Standard = Field(
        "ansi-z80.1-2015", description="ansi-z80.1-2015; iso-21987 needs `table`"
    )
    table: TableIn | None = Field(None, description="Your own licensed table (JSON)")


class PairChecked(Inputs):
    right: Rx = Field(description="The right power")
    left: Rx = Field(description="The left power")
    vertical: PrismAmount | None = Field(None, description="The vertical imbalance measured")
    horizontal: PrismAmount | None = Field(
        None, description="The unwanted horizontal prism measured, both eyes"
    )
    kind: tolerance.Kind = Field("single-vision", description="single-vision, multifocal or progressive")


class Script(Inputs):
    rx: str | None = Field(None, max_length=500, description="The prescription as text, both eyes")
    right: str | None = Field(None, max_length=100, description="Or the right eye's power")
    left: str | None = Field(None, max_length=100, description="And the left eye's")
    add: float | None = Field(
        None, ge=-20, le=20, description="The addition", json_schema_extra={"unit": "D"}
    )
    pd: float | None = Field(
        None, ge=0, le=200, description="The binocular PD", json_schema_extra={"unit": "mm"}
    )
    right_pd: HalfPd | None = Field(None, description="The right monocular PD")
    left_pd: HalfPd | None = Field(None, description="The left monocular PD")
    vertex: Vertex | None = Field(None, description="The vertex distance of the test")
    design: scripts.Design | None = Field(None, description="single-vision, bifocal, progressive, …")


def _figure(verdict: tolerance.Verdict, value: float) -> str:
    return f"{degrees(value)}" if verdict.item == "axis" else signed(value)


def _line(one: tolerance.Verdict) -> str:
    allowed = (
        "no limit" if one.limit is None else f"±{plain(one.limit, 3)}{one.unit if one.unit == '°' else ' D'}"
    )
    if one.off is None or one.made is None:
        return f"{one.item} {_figure(one, one.ordered)}: {allowed}"
    verdict = "passes" if one.passes else "fails"
    return (
        f"{one.item} {_figure(one, one.ordered)}, made {_figure(one, one.made)}: off by {plain(one.off)}, "
        f"allowed {allowed}: {verdict}"
    )


def _tolerance(given: Checked) -> Solution:
    table = tolerance.table_for(given.standard, given.kind, given.table.table() if given.table else None)
    found = tolerance.check(given.ordered, given.made, table, add=given.add, made_add=given.made_add)
    limits = ", ".join(_line(one) for one in found)
    judged = [one for one in found if one.passes is not None]
    failed = [one.item for one in judged if one.passes is False]
    if not judged:
        said = f"For {power_text(given.ordered)} {table.title} allows: {limits}."
    elif failed:
        said = f"The lens fails {table.title}: {' and '.join(failed)} out of tolerance."
    else:
        said = f"The lens passes {table.title}."
    results: dict[str, Quantity] = {"verdict": Quantity("fail" if failed else "pass")} if judged else {}
    for one in found:
        if one.limit is not None:
            results[f"{one.item}_limit"] = Quantity(round(one.limit, 3), one.unit)
        if one.off is not None:
            results[f"{one.item}_off"] = Quantity(round(one.off, 3), one.unit)
            results[f"{one.item}_verdict"] = Quantity("pass" if one.passes else "fail")
    small = abs(given.ordered.cylinder) < tolerance.AXIS_FROM
    return Solution(
        said,
        results,
        tuple(_line(one) for one in found),
        "Compared in minus-cylinder form; the sphere's limit goes by the sphere meridian (2010 and 2015 "
        "editions).",
        table.title,
        notes=("Of a cylinder below 0.12 D the axis is not judged.",)
        if small and given.ordered.cylinder
        else (),
    )


def _prism_tolerance(given: PairChecked) -> Solution:
    vertical = tolerance.vertical_prism_limit(given.right, given.left)
    known = given.kind != "progressive"
    horizontal = tolerance.horizontal_prism_limit(given.right, given.left) if known else None
    rows = [("vertical imbalance", given.vertical, vertical)]
    if horizontal is not None:
        rows.append(("horizontal prism", given.horizontal, horizontal))
    elif given.horizontal is not None:
        raise BadValue(
            "The horizontal limit for progressive pairs is not held: its text could not be checked.",
            "Check it in the standard itself; the vertical one can be asked here.",
        )
    lines, results, failed, judged = [], {}, [], False
    for name, value, allowed in rows:
        key = name.split()[0]
        results[f"{key}_limit"] = Quantity(round(allowed, 2), "Δ")
        if value is None:
            lines.append(f"{name}: allowed {plain(allowed)} Δ")
            continue
        judged, good = True, value <= allowed + 1e-9
        failed += [] if good else [name]
        results[f"{key}_verdict"] = Quantity("pass" if good else "fail")
        lines.append(f"{name} {plain(value)} Δ, allowed {plain(allowed)} Δ: {'passes' if good else 'fails'}")
    if not judged:
        said = "ANSI Z80.1-2015 allows this mounted pair " + " and ".join(
            f"{plain(allowed)} Δ of {name}" for name, _, allowed in rows
        ) + "."  # fmt: skip
    elif failed:
        said = f"The pair fails ANSI Z80.1-2015: {' and '.join(failed)} out of tolerance."
    else:
        said = "The pair passes ANSI Z80.1-2015 for the prism given."
    return Solution(
        said,
        results,
        tuple(lines),
        "Mounted pair. Vertical: 0.33 Δ to 3.375 D in the 90 meridian, else 1.0 mm; horizontal: 0.67 Δ to "
        "2.75 D in "
        "the 180 meridian, else 2.5 mm in all; millimetres are turned into prism with the stronger lens.",
        "ANSI Z80.1-2015",
    )


def _script(given: Script) -> Solution:
    text = given.rx or ""
    if not text:
        if given.right is None and given.left is None:
            raise BadValue("'check-prescription' needs 'rx', or 'right' and 'left'.",
                           'Such as: rx="OD -2.00 -0.50 x 90 OS -2.25"')  # fmt: skip
        text = " ".join(
            f"{name} {value}"
            for name, value in (("od", given.right), ("os", given.left))
            if value is not None
        )
    extra: dict[str, Any] = given.model_dump(include={"add", "pd", "right_pd", "left_pd", "vertex", "design"})
    rx = scripts.with_fields(scripts.read_prescription(text), **extra)
    found = scripts.check(rx)
    bad = [one for one in found if one.severity == "impossible"]
    if bad:
        said = f"This prescription cannot be made as written. {' '.join(one.words for one in bad)}"
    elif found:
        said = f"This prescription can be made; check: {' '.join(one.words for one in found)}"
    else:
        said = "Nothing looks wrong in this prescription."
    return Solution(
        said,
        {
            "verdict": Quantity("impossible" if bad else "check" if found else "plausible"),
            "findings": Quantity(float(len(found))),
            **{one.code: Quantity(one.words) for one in found},
        },
        tuple(f"{one.severity}: {one.words}" for one in found),
        "It is judged whether the prescription can be, not whether it is right for the wearer.",
        scripts.SOURCE,
    )


CALCULATORS = (
    Calculator("tolerance", "Whether a made lens is within the standard", Checked, _tolerance,
               {"ordered": "-7.50 -0.50 x 90", "made": "-7.66 -0.58 x 98"}),
    Calculator("prism-tolerance", "Prism tolerance of a mounted pair (ANSI Z80.1-2015)", PairChecked,
               _prism_tolerance, {"right": "-2.00", "left": "-5.00", "vertical": 0.4}),
    Calculator("check-prescription", "What looks wrong in a prescription", Script, _script,
               {"rx": "OD -2.00 -0.50 x 90 OS -2.25 add +2.00 PD 63", "design": "progressive"}),
)  # fmt: skip
