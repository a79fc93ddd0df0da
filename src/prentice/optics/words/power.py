"""How the calculators of powers are asked for."""

from __future__ import annotations

import re

from prentice.optics.words.draft import Draft, Fill
from prentice.optics.words.scan import Scan


def _one_power(scan: Scan) -> Draft:
    draft = Draft()
    draft.one(scan)
    return draft


def _with_its_cylinder(scan: Scan) -> Draft:
    """One power; where a cylinder is spoken of ('a cyl at 20') and none stands there, it is asked for."""
    draft = _one_power(scan)
    rx = draft.have.get("rx")
    if rx is not None and not rx.get("cylinder") and scan.says(_CYLINDER_SPOKEN_OF):
        draft.have.pop("rx")
        draft.need["rx"] = "What is the power of the cylinder?"
    return draft


_CYLINDER_SPOKEN_OF = (
    r"\b(?:cyl(?:inder)?|axis)(?: power)?(?: (?:is|at|x|of|with|an?|axis))* ?\d{1,3}\b|"
    r"\b(?:an?|the|some) (?:\w+ )?cyl(?:inder)?\b(?! form)|\bastigmat"
)


def _transpose(scan: Scan) -> Draft | None:
    return None if scan.says(r"contact lens") else _with_its_cylinder(scan)


def _meridian(scan: Scan) -> Draft | None:
    if not scan.says(r"meridian") and not any(one.written.cylinder for one in scan.powers):
        return None
    draft = _one_power(scan)
    at = scan.value("meridian")
    if at is None:
        named = {"vertical": 90.0, "horizontal": 180.0}
        at = next((angle for word, angle in named.items() if scan.says(rf"\b{word}(?:ly)?\b")), None)
    if at is None:
        found = re.search(
            r"\b(\d{1,3})(?:th)?(?: degrees?)? meridian|\bf ?\(? ?(\d{1,3})\b|"
            r"\b(?:along|in|at|on) (?:the )?(\d{2,3})\b",
            scan.text,
        )
        at = next((float(angle) for angle in found.groups() if angle), None) if found else None
    draft.give("meridian", at, "In which meridian, 1 to 180?")
    return draft


def _several(scan: Scan) -> Draft | None:
    eyes = {one.eye for one in scan.powers}
    if len(scan.powers) < 2 or len(eyes) > 1 or scan.says(r"\bbase\b|\bprism"):
        return None
    draft = Draft()
    for key, seen in zip(("first", "second", "third"), scan.powers, strict=False):
        draft.power(seen, key)
    return draft


def _from_vector(scan: Scan) -> Draft | None:
    if not {"j0", "j45"} <= scan.values.keys():
        return None
    draft = Draft()
    for key in ("m", "j0", "j45"):
        draft.give(key, scan.value(key), f"What is {key.upper()}?")
    return draft


def _focal(scan: Scan) -> Draft | None:
    draft = Draft()
    named = scan.values.get("focal")
    if named is not None:
        draft.have["focal_length"] = named.value * (1000 if named.unit == "m" else 1)
        if scan.powers:
            return None
        if scan.says(r"\b(?:minus|diverging|concave)\b"):
            draft.have["focal_length"] *= -1
        return draft
    if len({seen.written for seen in scan.powers}) > 1:
        return None  # two lenses: the word was about something else
    seen = scan.powers[0] if scan.powers else None
    draft.give(
        "power", seen.written.sphere if seen and seen.sign else None, "What is the power, with its sign?"
    )
    return draft


POWERS: dict[str, Fill] = {
    "from-power-vector": _from_vector,
    "power-vector": _with_its_cylinder,
    "crossed-cylinders": _several,
    "transpose": _transpose,
    "spherical-equivalent": _with_its_cylinder,
    "meridian": _meridian,
    "focal-length": _focal,
}
