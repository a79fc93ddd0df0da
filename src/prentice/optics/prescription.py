"""A prescription in words or fields, and what looks wrong in it before anything is ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from prentice.errors import BadValue
from prentice.optics.notation import dioptres, plain, signed
from prentice.optics.power import checked_axis
from prentice.optics.prism import Eye
from prentice.optics.reading import MOST_CYLINDER, MOST_SPHERE, Written, powers, tidy
from prentice.optics.vertex import ASK_FROM

SOURCE = "Checks before ordering: ABO-NOCE and ABDO practice"

Design = Literal["single-vision", "bifocal", "trifocal", "progressive", "occupational"]
Severity = Literal["impossible", "check"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`impossible` cannot be made; `check` is unusual enough to ask the prescriber or the wearer."""

    severity: Severity
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Prescription:
    """As written: nothing here is known to be right. Powers in dioptres, distances in mm."""

    powers: dict[Eye, Written] = field(default_factory=dict)
    adds: dict[Eye, float] = field(default_factory=dict)
    pd: float | None = None
    monocular: dict[Eye, float] = field(default_factory=dict)
    vertex: float | None = None
    design: Design | None = None


EYE = re.compile(
    r"\b(?:(?P<right>od|re|right(?: eye)?|r(?=[:. ]*(?:[+-]|pl|\d)))|(?P<left>os|le|left(?: eye)?|l(?=[:. ]*"
    r"(?:[+-]|pl|\d)))|(?P<both>ou|both(?: eyes)?|each eye))\b"
)
_ADD = re.compile(r"\badd(?:ition)?[:= ]*(?P<sign>[+-]?) ?(?P<value>\d(?:\.\d+)?)\b")
_PD = re.compile(
    r"\b(?:(?P<mono>mono(?:cular)?) )?pds?[:= ]*(?:(?P<right>\d\d(?:\.\d)?) ?/ ?(?P<left>\d\d(?:\.\d)?)"
    r"|(?P<whole>\d\d(?:\.\d)?))(?! ?/)"
)
_VERTEX = re.compile(r"\b(?:vertex(?: distance)?|bvd|vd)[:= ]*(\d{1,2}(?:\.\d)?)")
_DESIGNS: dict[str, Design] = {
    "progressive": "progressive", "varifocal": "progressive", "pal": "progressive", "bifocal": "bifocal",
    "trifocal": "trifocal", "occupational": "occupational", "single vision": "single-vision",
    "single-vision": "single-vision",
}  # fmt: skip


def read_prescription(text: str) -> Prescription:
    """A prescription from its text; what is not found stays empty. Raises `BadValue` where no power stands in
    it.

    >>> rx = read_prescription("OD -2.00 -0.50 x 90  OS -2.25 DS  add +2.00  PD 32/31.5 progressive")
    >>> rx.powers[Eye.left], rx.adds[Eye.right], rx.monocular[Eye.left], rx.design
    (Written(sphere=-2.25, cylinder=0.0, axis=None), 2.0, 31.5, 'progressive')
    """
    said = tidy(text)
    rest = said
    adds: dict[Eye, float] = {}
    pd: float | None = None
    monocular: dict[Eye, float] = {}
    for found in _ADD.finditer(said):
        value = float(found["value"]) * (-1 if found["sign"] == "-" else 1)
        adds |= dict.fromkeys(_eyes_before(said[: found.start()], adds), value)
    for found in _PD.finditer(said):
        if found["whole"]:
            pd = float(found["whole"])
        else:
            monocular = {Eye.right: float(found["right"]), Eye.left: float(found["left"])}
    vertex = _VERTEX.search(said)
    for pattern in (_ADD, _PD, _VERTEX):
        rest = pattern.sub(lambda found: " " * len(found[0]), rest)
    design = next((kind for word, kind in _DESIGNS.items() if re.search(rf"\b{word}s?\b", said)), None)
    return Prescription(_by_eye(rest), adds, pd, monocular, float(vertex[1]) if vertex else None, design)


def _eyes_before(said: str, known: dict[Eye, float]) -> tuple[Eye, ...]:
    """Whose addition this is: both eyes', unless it is a second one, after an eye's name."""
    named = list(EYE.finditer(said))
    if known and named:
        return (Eye.right,) if named[-1]["right"] else (Eye.left,) if named[-1]["left"] else tuple(Eye)
    return tuple(Eye)


def _by_eye(said: str) -> dict[Eye, Written]:
    found = list(powers(said))
    if not found:
        raise BadValue(
            "No power stands in this prescription.", "Write it such as OD −2.00 −0.50 × 90, OS −2.25."
        )
    made: dict[Eye, Written] = {}
    for one in found:
        before = [m for m in EYE.finditer(said) if m.end() <= one.start]
        if before and before[-1]["both"]:
            made |= dict.fromkeys(Eye, one.written)
        elif before:
            made.setdefault(Eye.right if before[-1]["right"] else Eye.left, one.written)
        else:
            made.setdefault(Eye.left if Eye.right in made else Eye.right, one.written)
    return made


def check(prescription: Prescription) -> tuple[Finding, ...]:
    """Everything that looks wrong, what is impossible first.

    >>> [one.code for one in check(read_prescription("OD -2.00 -0.50 x 200  OS -2.25"))]
    ['axis']
    """
    found = [
        *(f for eye, written in prescription.powers.items() for f in _of_power(eye, written)),
        *_of_pair(prescription.powers),
        *_of_adds(prescription),
        *_of_distances(prescription),
    ]
    return tuple(sorted(found, key=lambda one: one.severity != "impossible"))


def _of_power(eye: Eye, rx: Written) -> Iterator[Finding]:
    name = eye.short
    if rx.axis is not None:
        try:
            checked_axis(rx.axis)
        except BadValue as error:
            yield Finding("impossible", "axis", f"{name}: {error}")
        if not rx.cylinder:
            yield Finding("check", "axis_without_cylinder", f"{name}: there is an axis but no cylinder.")
        elif rx.axis == 0:
            yield Finding("check", "axis_zero", f"{name}: axis 0 is written 180.")
        elif rx.axis != round(rx.axis):
            yield Finding("check", "axis_step", f"{name}: an axis is in whole degrees.")
    elif rx.cylinder:
        yield Finding("impossible", "no_axis", f"{name}: the cylinder {signed(rx.cylinder)} has no axis.")
    for part, value, most, unusual in (
        ("sphere", rx.sphere, MOST_SPHERE, 20), ("cylinder", rx.cylinder, MOST_CYLINDER, 6),
    ):  # fmt: skip
        if abs(value) > most:
            hint = f"; perhaps {signed(value / 100)}" if abs(value) >= 100 else ""
            yield Finding("impossible", part, f"{name}: no {part} is {dioptres(value)}{hint}.")
        elif abs(value) > unusual:
            yield Finding("check", f"{part}_high", f"{name}: a {part} of {dioptres(value)} is rare.")
        if abs(value * 8 - round(value * 8)) > 0.041:  # 0.12 and 0.37 are eighths, cut short
            yield Finding("check", f"{part}_step", f"{name}: {dioptres(value)} is no quarter or eighth step.")
        elif abs(value * 4 - round(value * 4)) > 0.041:
            yield Finding(
                "check", f"{part}_eighth", f"{name}: {dioptres(value)} is an eighth, not a quarter."
            )


def _of_pair(rx: dict[Eye, Written]) -> Iterator[Finding]:
    if len(rx) < 2:
        return
    right, left = rx[Eye.right], rx[Eye.left]
    means = right.sphere + right.cylinder / 2, left.sphere + left.cylinder / 2
    if means[0] * means[1] < 0 and min(map(abs, means)) >= 0.5:
        words = f"One eye is {dioptres(means[0])} and the other {dioptres(means[1])}: check the signs."
        yield Finding("check", "opposite_signs", words)
    elif abs(means[0] - means[1]) > 2:
        words = f"The eyes differ by {plain(abs(means[0] - means[1]))} D: check, and think of imbalance."
        yield Finding("check", "anisometropia", words)
    if right.cylinder * left.cylinder < 0:
        yield Finding("check", "cylinder_forms", "One cylinder is plus and the other minus: check the signs.")


def _of_adds(rx: Prescription) -> Iterator[Finding]:
    needs = rx.design is not None and rx.design != "single-vision"
    if needs and not rx.adds:
        yield Finding("impossible", "no_add", f"A {rx.design} lens needs an addition, and none is written.")
    if rx.design == "single-vision" and rx.adds:
        yield Finding(
            "check", "add_unused", "There is an addition, but the lens is single vision: for which distance?"
        )
    for value in set(rx.adds.values()):
        if value <= 0:
            yield Finding("impossible", "add", f"An addition is plus; {signed(value)} is not.")
        elif not 0.75 <= value <= 3.5:
            yield Finding("check", "add_range", f"An addition of {dioptres(value)} is unusual.")
        elif abs(value * 4 - round(value * 4)) > 0.01:
            yield Finding("check", "add_step", f"The addition {dioptres(value)} is no quarter step.")
    if len(set(rx.adds.values())) > 1:
        yield Finding("check", "adds_differ", "The additions differ between the eyes: check.")


def _of_distances(rx: Prescription) -> Iterator[Finding]:
    right, left = rx.monocular.get(Eye.right), rx.monocular.get(Eye.left)
    whole = rx.pd
    if right is not None and left is not None:
        if whole is not None and abs(right + left - whole) > 0.5:
            words = (
                f"The monocular PDs {plain(right)} + {plain(left)} = {plain(right + left)} mm, not "
                f"{plain(whole)}."
            )
            yield Finding("impossible", "pd_sum", words)
        if abs(right - left) > 4:
            words = f"The monocular PDs differ by {plain(abs(right - left))} mm: measure again."
            yield Finding("check", "pd_uneven", words)
        whole = right + left if whole is None else whole
    if whole is not None and not 40 <= whole <= 80:
        yield Finding("impossible", "pd", f"A PD of {plain(whole)} mm cannot be; measure again.")
    elif whole is not None and not 52 <= whole <= 76:
        yield Finding("check", "pd_range", f"A PD of {plain(whole)} mm is unusual for an adult.")
    if rx.vertex is None:
        strong = [w for w in rx.powers.values() if max(abs(w.sphere), abs(w.sphere + w.cylinder)) > ASK_FROM]
        if strong:
            words = f"Above {plain(ASK_FROM)} D in a meridian the vertex distance of the test is needed."
            yield Finding("check", "no_vertex", words)
    elif not 6 <= rx.vertex <= 20:
        yield Finding("check", "vertex", f"A vertex distance of {plain(rx.vertex)} mm is unusual.")


def with_fields(rx: Prescription, **given: float | Design | None) -> Prescription:
    """With what was given beside its text: `add`, `pd`, `right_pd`, `left_pd`, `vertex`, `design`."""
    changed = {name: given[name] for name in ("pd", "vertex", "design") if given.get(name) is not None}
    made = replace(rx, **changed)  # type: ignore[arg-type]
    add = given.get("add")
    if isinstance(add, float):
        made = replace(made, adds=dict.fromkeys(Eye, add))
    monocular = dict(made.monocular)
    for eye in Eye:
        value = given.get(f"{eye.value}_pd")
        if isinstance(value, float):
            monocular[eye] = value
    return replace(made, monocular=monocular)
