"""How a vertex distance and contact lenses are asked for."""

from __future__ import annotations

import re

from prentice.optics.words.draft import Draft, Fill
from prentice.optics.words.labels import Number
from prentice.optics.words.scan import Scan


def _from_to(scan: Scan) -> tuple[float | None, float | None]:
    """The two vertex distances: 'from 12 to 0', 'at 10 mm, worn at 14', 'at 12 mm to a contact lens'."""
    text = scan.text
    span = re.search(
        r"(\d+(?:\.\d+)?) ?(?:mm)?(?: vertex| bvd)? ?(?:to|->|→|into) ?(\d+(?:\.\d+)?)(?! ?d)(?![\d.])", text
    )
    if span:
        return float(span[1]), float(span[2])
    found = [one.value for one in _distances(scan)]
    worn = re.search(
        r"\b(?:worn|fitted|fits|sits|(?<!trial )frame|sit|moved to|glasses at|new|to) "
        r"(?:(?:frame|is|at|of|to|vertex) )*(\d+(?:\.\d+)?)",
        text,
    )
    new = float(worn[1]) if worn else None
    if _to_spectacles(scan):
        return 0.0, (found[0] if found else None)
    if scan.says(r"\b(?:contact|cornea|on the eye|cls?)\b"):
        return (found[0] if found else None), 0.0
    if slid := re.search(_SLID, text):  # 'slips 2 mm from 12': how far, and where from
        way = float(slid["by"])
        start = next((one for one in found if one != way), None)
        closer = scan.says(r"\b(?:closer|nearer|towards? the eye|pushed? (?:in|back|up))\b")
        return start, None if start is None else start + (-way if closer else way)
    if tested := re.search(_TESTED, text):
        start = float(tested["at"])
        return start, next((one for one in found if one != start), new)
    if len(found) >= 2:
        return (
            (next((one for one in found if one != new), found[0]), new)
            if new in found
            else (found[0], found[1])
        )
    if found and new is not None and found[0] == new:
        return None, new
    return (found[0] if found else None), None


_SLID = (
    r"\b(?:slip|slid|slide|moved?|moving|pushed|shift)\w*"
    r"(?: (?:down|forwards?|out|away|closer|nearer|in|back|by|the|"
    r"his|her|their|nose))* (?P<by>\d+(?:\.\d+)?) ?mm(?! ?(?:to|->))"
)
_TESTED = (
    r"\b(?:test|trial|refract|phoropter|examin|prescrib)\w*"
    r"(?: (?:frame|lens|at|is|was|vertex|bvd|vd|of))* (?P<at>\d+(?:\.\d+)?)(?! ?d\b)(?![\d.])"
)


def _to_spectacles(scan: Scan) -> bool:
    """Whether a contact lens is turned into spectacles, and not the other way round."""
    return scan.says(
        r"\b(?:contact|cls?)\b.*\b(?:to|into|what|which|in)(?: (?:an?|the|new|spare|equivalent|his|her|my))*"
        r" (?:specs?|spectacles?|glasses)\b"
    )


def _distances(scan: Scan) -> list[Number]:
    """Numbers that can be vertex distances, in their order."""
    named = [scan.values["vertex"]] if "vertex" in scan.values else []
    others = [one for one in scan.loose if one.unit in ("mm", "") and one.value <= 30 and one.decimals != 2]
    return sorted([*named, *others], key=lambda one: one.start)


def _vertex(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.one(scan)
    old, new = _from_to(scan)
    draft.give("from", old, "At which vertex distance was it tested, in mm?")
    draft.give("to", new, "At which vertex distance is it worn, in mm (0 for a contact lens)?")
    return draft


def _contact(scan: Scan) -> Draft | None:
    if (scan.says(r"\btoric\b") and not scan.powers) or _to_spectacles(scan):
        return None
    draft = Draft()
    draft.one(scan)
    old, _ = _from_to(scan)
    draft.give("vertex", old, "At which vertex distance was the spectacle power tested, in mm?")
    return draft


def _turn(scan: Scan) -> str | None:
    if scan.says(r"\banti[- ]?clockwise|\bcounter[- ]?clockwise"):
        return "right"
    for word, side in (("clockwise", "left"), ("left", "left"), ("right", "right")):
        if scan.says(rf"\b{word}\b(?! eye)"):
            return side
    return None


def _lars(scan: Scan) -> Draft | None:
    draft = Draft()
    if scan.powers:
        draft.one(scan)
    else:
        found = re.search(r"\baxis(?: is| of| at)? (\d{1,3})|\bx ?(\d{1,3})\b", scan.text)
        axis = float(found[1] or found[2]) if found else None
        draft.give("axis", axis, "What is the axis of the lens on the eye?")
    named = scan.value("rotation")
    if named is None:
        side = r"(?:left|right|(?:anti|counter)?-?clockwise)"
        beside = re.search(
            rf"\b{side}(?: by)? (\d{{1,2}})\b|\b(\d{{1,2}})(?: to (?:the|my))? {side}\b", scan.text
        )
        named = float(beside[1] or beside[2]) if beside else None
    if named is None:
        found = re.search(r"\b(\d{1,2}) degrees", scan.text)
        named = float(found[1]) if found else None
    draft.give("rotation", named, "By how many degrees has the lens turned?")
    draft.give(
        "direction", _turn(scan), "To your left or to your right, as you look at the mark at 6 o'clock?"
    )
    return draft


def _over_refraction(scan: Scan) -> Draft | None:
    draft = Draft()
    at = re.search(r"\bover|\bscor\b|\bor\b", scan.text)
    seen = scan.powers
    if len(seen) == 2 and at:
        after = [one for one in seen if one.start > at.start()]
        over = after[0] if after else seen[1]
        if re.search(
            r"over (?:an? |the )?[+-]", scan.text
        ):  # '+0.50 over -3.00': the first is over the second
            over = seen[0]
        lens = next(one for one in seen if one is not over)
        draft.power(lens, "lens")
        draft.power(over, "over")
    else:
        draft.power(seen[0] if seen else None, "lens", "What is the power of the contact lens on the eye?")
        draft.need["over"] = "What is the over-refraction?"
    draft.give("vertex", scan.value("vertex"))
    if (turned := scan.value("rotation")) is not None:
        draft.have["rotation"] = turned
        draft.give("direction", _turn(scan), "Has it turned to your left or to your right?")
    return draft


CONTACT: dict[str, Fill] = {
    "over-refraction": _over_refraction,
    "lars": _lars,
    "effective-power": _vertex,
    "contact-lens": _contact,
    "vertex": _vertex,
}
