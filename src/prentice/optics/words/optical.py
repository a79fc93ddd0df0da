"""How the calculators of powers, prism and contact lenses are asked for."""

from __future__ import annotations

import re

from prentice.optics.words.draft import Draft, Fill
from prentice.optics.words.labels import Number, numbers
from prentice.optics.words.scan import Scan
from prentice.optics.workings.prisms import PRISM, read_prisms

_PLACES = ("below", "above", "nasal", "temporal", "off")
_MOVED = (
    r"\bdecent(?:er|re|ra)|"
    r"\b(?:oc|optical cent(?:re|er))s? (?:is|are|was|were|sits?|has been|have been|moved|"
    r"placed|set|too|\d)|\bmov(?:e|ed|ing) the (?:oc|optical|lens)|"
    r"\blens(?:es)? (?:is|are|was|were) (?:moved|set|mounted)"
)


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
    seen = scan.powers[0] if scan.powers else None
    draft.give(
        "power", seen.written.sphere if seen and seen.sign else None, "What is the power, with its sign?"
    )
    return draft


# Vertex distance and contact lenses ---------------------------------------------------------------


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
    draft = _one_power(scan)
    old, new = _from_to(scan)
    draft.give("from", old, "At which vertex distance was it tested, in mm?")
    draft.give("to", new, "At which vertex distance is it worn, in mm (0 for a contact lens)?")
    return draft


def _contact(scan: Scan) -> Draft | None:
    if (scan.says(r"\btoric\b") and not scan.powers) or _to_spectacles(scan):
        return None
    draft = _one_power(scan)
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


# Prism --------------------------------------------------------------------------------------------


def _where(scan: Scan, draft: Draft) -> None:
    """Where the eye looks, or where the centre went."""
    for key in ("below", "above", "nasal", "temporal"):
        draft.give(key, scan.value(key))
    for one, other in (("below", "above"), ("nasal", "temporal")):
        if {
            one,
            other,
        } <= draft.have.keys():  # 'the OC is 4 mm out, so she looks 4 mm nasal': the gaze counts
            looked = [key for key in (one, other) if _is_looked_at(scan, key)]
            if len(looked) == 1:
                draft.have.pop(other if looked[0] == one else one)
    if draft.have.keys() & {"below", "above", "nasal", "temporal"}:
        return
    for key, words in (
        ("below", r"\b(?:below|beneath|under|down|read|lower)"), ("above", r"\b(?:above|up|higher)\b"),
        ("nasal", r"\b(?:nasal|in|inwards?|toward)\b"), ("temporal", r"\b(?:temporal|out|outwards?)\b"),
    ):  # fmt: skip
        if (scan.says(words) and key not in ("nasal", "temporal")) or scan.says(rf"\b{key}"):
            found = scan.lengths(0.1, 60)
            draft.give(key, found[0] if found else None, _HOW_FAR[key])
            return
    draft.need["below"] = (
        "Where does the eye look: how many mm below, above, nasally or temporally of the centre?"
    )


_LOOKS = re.compile(r"\b(?:look|gaz|read|view|sight)\w*(?: (?:at|about|is|are)| through(?: a point)?)* $")


def _is_looked_at(scan: Scan, key: str) -> bool:
    """Whether a distance is said of the eye ('looks 4 mm nasal'), not of the lens."""
    return key in scan.values and _LOOKS.search(scan.text[: scan.values[key].start]) is not None


_CENTRE = re.compile(
    r"(?:\b(?P<before>\w+) )?(?:(?:the|its|his|her|their|your|my) )?\b(?:oc|optical cent(?:re|er))s? "
    r"(?P<between>(?:[a-z'/-]+ ){1,4})(?=\d)"
)


_PREPOSITIONS = ("of", "from", "below", "above", "under", "over", "to", "through", "than", "beneath")


def _centre_moved(scan: Scan) -> bool:
    """Whether the centre is what went somewhere: 'the OC ended up 3 mm out', not 'from the OC, 3 mm out'."""
    return any(
        found["before"] not in _PREPOSITIONS
        and not re.search(r"\b(?:look|read|gaz|view|sight|she|he|they|eye|px|of|on)", found["between"])
        for found in _CENTRE.finditer(scan.text)
    )


_HOW_FAR = {
    "below": "How far below the optical centre does the wearer look, in mm?",
    "above": "How far above the optical centre does the wearer look, in mm?",
    "nasal": "How far nasally of the optical centre does the wearer look, in mm?",
    "temporal": "How far temporally of the optical centre does the wearer look, in mm?",
}


def _prentice(scan: Scan) -> Draft | None:
    draft = _one_power(scan)
    _where(scan, draft)
    draft.give("eye", scan.eye and scan.eye.value)
    looked = any(
        _is_looked_at(scan, key) for key in draft.have.keys() & {"below", "above", "nasal", "temporal"}
    )
    if (scan.says(_MOVED) or _centre_moved(scan)) and not looked:
        draft.have["point"] = "decentration"
    rx = draft.have.get("rx", {})
    if rx.get("cylinder") and rx.get("axis", 180) % 90 and "eye" not in draft.have:
        draft.need["eye"] = "With an oblique cylinder the base depends on the eye: right or left?"
    return draft


def _prism_pieces(scan: Scan) -> list[str]:
    return [one[0] for one in PRISM.finditer(scan.text)]


def _binocular(scan: Scan) -> Draft | None:
    """The prisms of both eyes, each said after its eye ('RE 3 BI 2 BD, LE 1 BI 2 BU')."""
    by_eye: dict[str, list[str]] = {"right": [], "left": []}
    for one in PRISM.finditer(scan.text):
        eye = scan.eye_at(one.start())
        if eye is not None and one["angle"] is None:
            by_eye[eye.value].append(one[0].strip())
    if not all(by_eye.values()) or scan.has_signed_power:
        return None
    return Draft({eye: ", ".join(pieces) for eye, pieces in by_eye.items()})


def _combine(scan: Scan) -> Draft | None:
    pieces = _prism_pieces(scan)
    if len(pieces) < 2 or scan.has_signed_power:
        return None
    draft = Draft({"prisms": ", ".join(piece.strip() for piece in pieces)})
    draft.give("eye", scan.eye and scan.eye.value)
    bases = [base for _, base in read_prisms(draft.have["prisms"])]
    mixed = any(not isinstance(base, str) for base in bases) and any(base in ("in", "out") for base in bases)
    if mixed and scan.eye is None:
        draft.need["eye"] = "An angle and a base in or out are combined: for the right or the left eye?"
    return draft


def _resolve(scan: Scan) -> Draft | None:
    found = re.search(
        r"(\d+(?:\.\d+)?) ?(?:\u03b4|pd|prism dioptres?|prism diopters?|prism|d)? ?(?:of prism )?,? ?"
        r"(?:(?:with )?(?:its )?base(?: at| is)? ?@? ?|@ ?|at (?:base )?(?:an angle of )?|in the )"
        r"(\d{1,3})\b",
        scan.text,
    )
    if found is None:
        return None
    draft = Draft({"prism": float(found[1]), "base": float(found[2])})
    draft.give("eye", scan.eye and scan.eye.value)
    return draft


def _decentre_for(scan: Scan) -> Draft | None:
    prisms = [
        (amount, base) for amount, base in read_prisms(" ".join(_prism_pieces(scan))) if isinstance(base, str)
    ]
    if len(prisms) != 1 or not scan.powers or not scan.says(r"\bprism|\bbase\b|\bb[iodu]\b|\u03b4"):
        return None  # '1.67 in -7.00' is no prism
    draft = Draft()
    draft.have |= {"prism": prisms[0][0], "base": prisms[0][1]}
    draft.one(scan)
    draft.give("eye", scan.eye and scan.eye.value)
    return draft


_WEARERS = (  # what stands before the PD of the wearer, where that of the lenses is told too
    r"(?:instead of|rather than|should (?:be|have been)|ordered|wanted|(?:but|and) (?:\w+ )?(?:measures?|is)|"
    r"(?:patient|wearer|customer|px|pt|rx|script|his|her|their|real|true|actual|correct|right|measured)(?:'?s)?)"
    r"(?: (?:distance|binocular|pd|ipd|is|was|measures?|at|of|a))*[ :=]*(\d\d(?:\.\d)?)"
)
_LENSES = (
    r"(?:made|cent(?:re|er|r)e?d|ground|glazed|set|edged|cut|came|fitted|supplied|lenses|specs|"
    r"glasses|lab \w+|ocs?)"
    r"(?: (?:measures?|measured|come|came|has|have|reads?|back|out|up|in|with|"
    r"to|at|an?|the|distance|pd|ocs?|cent(?:re|er)s?|are|were|is|was|apart|lenses|"
    r"cent(?:re|er)?e?d|made|glazed|set))*[ :=]*(\d\d(?:\.\d)?)"
)


_AFTER = (
    r"(?<!ordered )(?<!wanted )(\d\d(?:\.\d)?)(?: mm)? (ordered|wanted|measured|made|glazed|supplied),? "
    r"(?:but |and )?(\d\d(?:\.\d)?)(?: mm)? (?:ordered|wanted|measured|made|glazed|supplied)\b"
)


def _two_pds(scan: Scan) -> tuple[float, str | None] | None:
    """By how much the lenses' centres differ from the PD, and to which side, where both are told."""
    pds = [
        one.value
        for one in numbers(scan.text)
        if one.unit in ("", "mm") and not one.signed and 48 <= one.value <= 80
    ]
    if len(pds) != 2 or pds[0] == pds[1]:
        return None
    named = [(re.search(pattern, scan.text), sign) for pattern, sign in ((_WEARERS, -1), (_LENSES, 1))]
    if turned := re.search(_AFTER, scan.text):  # '64 ordered, 60 glazed'
        values = float(turned[1]), float(turned[3])
        own, made = values if turned[2].startswith(("order", "want", "measured")) else values[::-1]
        return abs(own - made), "wide" if made > own else "narrow"
    for found, sign in named:
        if found is not None and float(found[1]) in pds:
            own, other = float(found[1]), pds[1] if float(found[1]) == pds[0] else pds[0]
            return abs(own - other), "wide" if (own - other) * sign > 0 else "narrow"
    return abs(pds[0] - pds[1]), None


def _pd_error(scan: Scan) -> Draft | None:
    draft = Draft()
    right, left = scan.pair or (scan.powers[0] if scan.powers else None, None)
    both = _two_pds(scan)
    off = scan.value("off")
    found = [off] if off is not None else list(scan.lengths(0.1, 20))
    if both is None and not found and not scan.says(r"\b(?:off|wrong|error|wide|narrow|unwanted|instead)\b"):
        return None
    draft.power(right, "right")
    if left is not None and left is not right:
        draft.power(left, "left")
    if both is not None and not (off is not None and scan.says(r"\b(?:wide|narrow)\b")):
        draft.have["error"] = both[0]
        draft.give("direction", both[1])
        return draft
    draft.give("error", found[0] if found else None, "By how many mm is the PD off in all?")
    sides = (("wide", r"\b(?:wide|far apart|wider)\b"), ("narrow", r"\b(?:narrow|close|narrower)\b"))
    draft.give("direction", next((side for side, words in sides if scan.says(words)), None))
    return draft


def _imbalance(scan: Scan) -> Draft | None:
    draft = Draft()
    draft.both(scan)
    depth = scan.value("depth") or scan.value("below")
    if depth is None:
        depth = next(iter(scan.lengths(3, 25)), None)
    draft.give("depth", depth, "How far below the optical centres does the wearer read, in mm (often 10)?")
    return draft


def _chromatic(scan: Scan) -> Draft | None:
    draft = Draft()
    seen = scan.powers[0] if scan.powers else None
    if seen is not None and not seen.sign:  # a magnitude: the sign does not matter
        draft.have["rx"] = seen.written.as_json() | {"sphere": -abs(seen.written.sphere)}
    else:
        draft.power(seen)
    places = [scan.value(key) for key in _PLACES if scan.value(key) is not None] or list(
        scan.lengths(0.1, 50)
    )
    draft.give("distance", places[0] if places else None, "How far from the optical centre, in mm?")
    if (abbe := scan.value("abbe")) is not None:
        draft.have["abbe"] = abbe
    elif (stuff := scan.material or _by_index(scan)) is not None:
        draft.have["material"] = stuff
    else:
        draft.need["abbe"] = "What is the Abbe number, or the material?"
    return draft


def _by_index(scan: Scan) -> str | None:
    return None if scan.index is None else f"{scan.index:.2f}"


OPTICAL: dict[str, Fill] = {
    "over-refraction": _over_refraction,
    "lars": _lars,
    "vertical-imbalance": _imbalance,
    "chromatic": _chromatic,
    "pd-error": _pd_error,
    "prism-binocular": _binocular,
    "prism-combine": _combine,
    "prism-resolve": _resolve,
    "decentre-for-prism": _decentre_for,
    "prentice": _prentice,
    "from-power-vector": _from_vector,
    "power-vector": _with_its_cylinder,
    "effective-power": _vertex,
    "contact-lens": _contact,
    "crossed-cylinders": _several,
    "transpose": _transpose,
    "spherical-equivalent": _with_its_cylinder,
    "meridian": _meridian,
    "focal-length": _focal,
    "vertex": _vertex,
}
