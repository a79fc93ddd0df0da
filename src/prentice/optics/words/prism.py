"""How prism is asked for: of a lens, of a wrong centre, of several, of both eyes."""

from __future__ import annotations

import re

from prentice.optics.words.draft import Draft, Fill
from prentice.optics.words.labels import numbers
from prentice.optics.words.scan import Scan
from prentice.optics.workings.prisms import PRISM, read_prisms

_PLACES = ("below", "above", "nasal", "temporal", "off")
_MOVED = (
    r"\bdecent(?:er|re|ra)|"
    r"\b(?:oc|optical cent(?:re|er))s? (?:is|are|was|were|sits?|has been|have been|moved|"
    r"placed|set|too|\d)|\bmov(?:e|ed|ing) the (?:oc|optical|lens)|"
    r"\blens(?:es)? (?:is|are|was|were) (?:moved|set|mounted)"
)


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
    away = scan.value("off") or next(iter(scan.lengths(0.1, 60)), None)
    if away is not None and draft.have.get("rx") and not draft.have["rx"].get("cylinder"):
        draft.have["away"] = away  # a sphere: the amount is the same in every direction
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
    draft = Draft()
    draft.one(scan)
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


PRISMS: dict[str, Fill] = {
    "vertical-imbalance": _imbalance,
    "chromatic": _chromatic,
    "pd-error": _pd_error,
    "prism-binocular": _binocular,
    "prism-combine": _combine,
    "prism-resolve": _resolve,
    "decentre-for-prism": _decentre_for,
    "prentice": _prentice,
}
