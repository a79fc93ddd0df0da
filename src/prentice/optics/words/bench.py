"""How the calculators of frame, lens, image and checking are asked for."""

from __future__ import annotations

import re

from prentice.optics.magnification import PUPIL_MM
from prentice.optics.prescription import read_prescription
from prentice.optics.words.draft import Draft, Fill
from prentice.optics.words.labels import numbers
from prentice.optics.words.scan import Scan


def _frame(scan: Scan, *, ed: bool) -> Draft:
    draft = Draft()
    a, dbl = scan.value("a"), scan.value("dbl")
    if scan.box is not None and (a is None or dbl is None):
        a, dbl = scan.box
    if a is None and dbl is None and scan.value("frame_pd") is not None:
        draft.have["frame_pd"] = scan.value("frame_pd")
    else:
        draft.give("a", a, "What is the eye size (A), in mm?")
        draft.give("dbl", dbl, "What is the bridge (DBL), in mm?")
    if ed:
        draft.give("ed", scan.value("ed"), "What is the effective diameter (ED), in mm?")
    right, left = scan.value("right_pd"), scan.value("left_pd")
    if right is None and left is None and scan.halves is not None:
        right, left = scan.halves
    if right is not None and left is not None:
        draft.have |= {"right_pd": right, "left_pd": left}
    else:
        pd, whole = scan.value("pd") or scan.value("near_pd"), scan.value("frame_pd")
        if scan.says(r"\bnear\b|\btotal inset") and scan.value("near_pd") is not None:
            pd = scan.value("near_pd")  # the whole inset for near is from the frame's centre to the near PD
        if pd is None and whole is not None and a and dbl and whole != a + dbl:
            pd = whole  # '50/20 frame PD 68': the frame's own is 70, so this is the wearer's
        alone = not ed and scan.says(r"frame pd|\bgcd\b|geometric") and not scan.says(r"decent")
        draft.give("pd", pd, None if alone else "What is the PD, in mm?")
    return draft


def _decentration(scan: Scan) -> Draft | None:
    return None if scan.says(r"\bprism") else _frame(scan, ed=False)


def _blank(scan: Scan) -> Draft | None:
    draft = _frame(scan, ed=True)
    draft.give("allowance", scan.value("allowance"))
    return draft


def _near(scan: Scan) -> Draft | None:
    draft = Draft()
    pd, near = scan.value("pd"), scan.value("near_pd")
    if scan.box is not None and near is not None and (pd is None or scan.says(r"\btotal\b")):
        return None  # from the frame's centre: that is decentration
    if near is None and scan.value("near") is None and scan.says(r"\b(?:bridge|dbl|eye ?size)\b"):
        return None
    pair = re.search(r"\b(\d\d) ?/ ?(\d\d)\b", scan.text)
    if pair and pd is None:
        pd, near = float(pair[1]), float(pair[2])
    draft.give("pd", pd, "What is the distance PD, in mm?")
    working = scan.value("near")
    if working is None:
        working = next(iter(scan.lengths(150, 1500)), None)
    if near is not None:
        draft.have["near_pd"] = near
    else:
        draft.give("working", working, "What is the near PD, or the working distance, in mm?")
        draft.give("rotation", scan.value("rotation_centre"))
    return draft


def _drop(scan: Scan) -> Draft | None:
    if scan.powers:
        return None
    draft = Draft()
    draft.give("pantoscopic", scan.value("pantoscopic"), "How many degrees of pantoscopic tilt?")
    return draft


def _tilt(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.one(scan)
    panto, wrap = scan.value("pantoscopic"), scan.value("wrap")
    draft.give("pantoscopic", panto)
    draft.give("wrap", wrap)
    if panto is None and wrap is None:
        angles = [one.value for one in scan.loose if one.unit == "degrees"]
        key = "wrap" if scan.says(r"\bwrap|face[- ]?form") else "pantoscopic"
        draft.give(key, angles[0] if angles else None, "By how many degrees is the lens tilted or wrapped?")
    if scan.index is not None:
        draft.have["index"] = scan.index
    if scan.eye is not None:
        draft.have["eye"] = scan.eye.value
    elif panto and wrap:
        draft.need["eye"] = "With tilt and wrap together the axis depends on the eye: right or left?"
    return draft


# The lens as a body -------------------------------------------------------------------------------


def _body(scan: Scan) -> Draft:
    draft = Draft()
    draft.one(scan)
    draft.stuff(scan)
    diameter = scan.value("diameter")
    if diameter is None:
        diameter = next(
            (one.value for one in scan.loose if one.unit in ("mm", "") and 35 <= one.value <= 90), None
        )
    draft.give("diameter", diameter, "What is the lens's diameter, in mm?")
    base = scan.value("base")
    draft.give("base", scan.value("front") if base is None else base)
    return draft


def _small(scan: Scan) -> float | None:
    """A loose length that can only be a thickness."""
    return next(iter(scan.lengths(0.5, 12)), None)


def _edge(scan: Scan) -> Draft | None:
    draft = _body(scan)
    sphere = draft.have.get("rx", {}).get("sphere", -1)
    wants_centre = scan.says(r"\bcent(?:re|er)\b") and scan.value("centre") is None
    if wants_centre and sphere > 0:
        return None
    if sphere > 0 and scan.value("edge") is not None:
        return None
    centre = scan.value("centre")
    if centre is None:
        centre = scan.value("thickness") if scan.value("edge") is None else None
    draft.give(
        "centre", centre if centre is not None else _small(scan), "What is the centre thickness, in mm?"
    )
    return draft


def _centre(scan: Scan) -> Draft | None:
    draft = _body(scan)
    edge = scan.value("edge")
    if edge is None:
        edge = 0.0 if scan.says(r"\bknife") else _small(scan)
    draft.give("edge", edge, "What is the thinnest edge, in mm?")
    return draft


def _weight(scan: Scan) -> Draft | None:
    draft = _body(scan)
    for key in ("centre", "edge", "density"):
        draft.give(key, scan.value(key))
    rx = draft.have.get("rx")
    if rx and rx["sphere"] <= 0:
        draft.give(
            "centre", scan.value("centre") or scan.value("thickness"), "What is the centre thickness, in mm?"
        )
    return draft


def _base_curve(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.one(scan)
    draft.give("add", scan.value("add"))
    return draft


def _two_sides(scan: Scan) -> tuple[float, float] | None:
    """Two readings with their signs, front and back, in the order in which these are named."""
    signed = [one.value for one in numbers(scan.text) if one.signed]
    order = re.search(r"\b(front|back)\b.*\b(front|back)\b", scan.text)
    if order is None or len(signed) != 2 or order[1] == order[2]:
        return None
    return (signed[0], signed[1]) if order[1] == "front" else (signed[1], signed[0])


def _clock(scan: Scan) -> Draft | None:
    draft = Draft()
    front, back = _two_sides(scan) or (scan.value("front"), scan.value("back"))
    reading = scan.value("clock") if front is None else front
    if reading is None and scan.powers and scan.powers[0].sign:
        reading = scan.powers[0].written.sphere
    if reading is None:
        reading = back
    elif back is not None and front is not None:
        draft.have["back"] = back
    draft.give("reading", reading, "What does the lens clock read, in dioptres?")
    indices = scan.indices
    if len(indices) + bool(scan.material) > 1:
        indices = [one for one in indices if one != 1.53]  # what the clock is made for, not what it stands on
    if indices:
        draft.have["index"] = indices[0]
    else:
        draft.stuff(scan)
    return draft


def _sag(scan: Scan) -> Draft | None:
    draft = Draft()
    power = scan.value("surface")
    if power is None and scan.powers:
        power = scan.powers[0].written.sphere
    radius = scan.value("radius")
    if radius is not None:
        draft.have["radius"] = radius
    else:
        draft.give("power", power, "What is the power of the surface?")
        draft.stuff(scan)
    diameter = scan.value("diameter") or next(iter(scan.lengths(20, 90)), None)
    draft.give("diameter", diameter, "Over which diameter, in mm?")
    return draft


def _surface(scan: Scan) -> Draft | None:
    draft = Draft()
    radius = scan.value("radius")
    power = scan.value("surface")
    if scan.says(r"\b(?:what|which|find|work out)\b.*\bradius\b.*\d"):
        power, radius = (radius, None) if power is None else (power, None)  # the radius is what is wanted
    if power is None and scan.powers:
        power = scan.powers[0].written.sphere
    if radius is not None:
        draft.have["radius"] = -radius if scan.says(r"\bconcave\b") else radius
    else:
        draft.give("power", power, "What is the radius in mm, or the surface power?")
    draft.stuff(scan)
    return draft


def _thick_lens(scan: Scan) -> Draft | None:
    draft = Draft()
    signed: list[float] = []
    for one in scan.powers:
        if one.sign:  # '+8.00 / -2.00' are two surfaces here, not a sphere and a cylinder
            signed += [one.written.sphere, *([one.written.cylinder] if one.written.cylinder else [])]
    front, back = scan.value("front"), scan.value("back")
    if front is None and back is None and len(signed) == 2:
        front, back = max(signed), min(signed)  # a front is the more convex one
    draft.give("front", front, "What is the power of the front surface?")
    draft.give("back", back, "What is the power of the back surface?")
    thick = next((scan.value(key) for key in ("thickness", "centre") if scan.value(key) is not None), None)
    draft.give(
        "thickness",
        thick if thick is not None else _small(scan),
        "How thick is the lens in its centre, in mm?",
    )
    draft.stuff(scan)
    return draft


# Images, acuity, checks ---------------------------------------------------------------------------


def _magnification(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.one(scan)
    for key, named in (("base", "base"), ("base", "front"), ("vertex", "vertex")):
        draft.give(key, scan.value(named))
    draft.give("thickness", scan.value("thickness") or scan.value("centre"))
    draft.give("index", scan.index if scan.index is not None else scan.material_index)
    if (to_pupil := scan.value("pupil")) is not None:
        draft.have["vertex"] = to_pupil - PUPIL_MM
    return draft


def _aniseikonia(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.both(scan)
    draft.give("vertex", scan.value("vertex"))
    draft.give("index", scan.index)
    return draft


_LOG = r"([+-]?\d(?:\.\d+)?)"


def _acuity(scan: Scan) -> Draft | None:
    """The notation that a number stands in; 'logMAR of 0.5' and '0.5 in logMAR' start from a decimal."""
    text = scan.text
    if log := re.search(rf"(?<![\w./]){_LOG} ?log ?mar\b", text):
        return Draft({"acuity": f"{log[1]} logmar"})
    if scan.fractions:
        distance, letter = scan.fractions[0]
        return Draft({"acuity": f"{distance:g}/{letter:g}"})
    decimal = re.search(r"(?<![\w./+-])([0-2]\.\d+|1)\b(?! ?mm)", text)
    if decimal and scan.says(rf"{re.escape(decimal[1])} decimal|log ?mar (?:of|for)"):
        return Draft({"acuity": decimal[1]})
    if log := re.search(rf"\blog ?mar(?: is| =|:)? {_LOG}", text):
        return Draft({"acuity": f"{log[1]} logmar"})
    if decimal:
        return Draft({"acuity": decimal[1]})
    return Draft(need={"acuity": "Which acuity, such as 6/12, 20/40, 0.5 or 0.3 logMAR?"})


def _made_first(scan: Scan) -> bool:
    """Whether the lens that came is told before the one that was ordered: 'lab sent +7.00, ordered +6.75'."""
    ordered = re.search(r"\b(?:order|want|prescri|rx\b|asked)", scan.text)
    made = re.search(r"\b(?:made|got|sent|came|receiv|measur|reads?|supplied|back)", scan.text)
    first, second = scan.powers[0].start, scan.powers[1].start
    return ordered is not None and made is not None and made.start() < first < ordered.start() < second


def _tolerance(scan: Scan) -> Draft | None:
    seen = scan.powers
    draft = Draft()
    if alone := re.search(
        r"(?<![\d.])[+-]?(\d(?:\.\d+)?) ?(?:d )?(?:dc|cyl)|^(?:[^\d]* )?cyl\w*(?: of)? [+-]?(\d(?:\.\d+)?)",
        scan.text,
    ):  # 'axis tolerance of 0.50 cyl'
        draft.have["ordered"] = {"sphere": 0.0, "cylinder": -float(alone[1] or alone[2]), "axis": 180}
    elif not seen:
        return None
    if not draft.have or any(one.written.axis for one in seen):
        if len(seen) > 1 and _made_first(scan):
            seen = [seen[1], seen[0], *seen[2:]]
        draft.power(seen[0], "ordered", "What was ordered?")
    if len(seen) > 1:
        draft.power(seen[1], "made")
    if scan.says(r"\bprogressive|\bvarifocal|\bpal\b"):
        draft.have["kind"] = "progressive"
    elif scan.says(r"\bbifocal|\btrifocal|\bmultifocal"):
        draft.have["kind"] = "multifocal"
    if scan.says(r"\biso\b|21987"):
        draft.have["standard"] = "iso-21987"
    draft.give("add", scan.value("add"))
    return draft


def _reading_level(scan: Scan) -> Draft | None:
    draft = Draft()
    if scan.says(r"\bpower|imbalance"):
        return None
    draft.give(
        "reference_height", scan.value("reference"), "How high is the distance reference point (MRP), in mm?"
    )
    draft.give("segment_height", scan.value("seg"), "How high is the segment's top, in mm?")
    return draft


def _keratometer(scan: Scan) -> Draft | None:
    draft = Draft()
    named = scan.value("k") or scan.value("radius")
    values = [named] if named is not None else [one.value for one in scan.loose]
    radius = next((value for value in values if 5 <= value <= 11), None)
    power = next((value for value in values if 30 <= value <= 70), None)
    if radius is not None:
        draft.have["radius"] = radius
    else:
        draft.give("power", power, "What is the radius in mm, or the K reading in dioptres?")
    return draft


def _check(scan: Scan) -> Draft | None:
    if not scan.powers:
        return None
    rx = read_prescription(scan.text)
    return Draft({"rx": scan.text[:500]} | ({"design": rx.design} if rx.design else {}))


BENCH: dict[str, Fill] = {
    "tolerance": _tolerance,
    "acuity": _acuity,
    "magnification": _magnification,
    "aniseikonia": _aniseikonia,
    "back-vertex-power": _thick_lens,
    "front-vertex-power": _thick_lens,
    "minimum-blank": _blank,
    "near-inset": _near,
    "keratometer": _keratometer,
    "lens-weight": _weight,
    "lens-clock": _clock,
    "edge-thickness": _edge,
    "centre-thickness": _centre,
    "sag": _sag,
    "surface-power": _surface,
    "base-curve": _base_curve,
    "centre-drop": _drop,
    "tilt": _tilt,
    "decentration": _decentration,
    "reading-level": _reading_level,
    "check-prescription": _check,
}
