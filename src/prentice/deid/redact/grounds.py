"""Headlands, beaches, rooms of a home, and what stands after "Addr": 164.514(b)(2)(i)(B)."""

from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import CLINICAL, PLACE, PROTECTED, WORD, kinds, word_set
from prentice.deid.redact.places import branch
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_LANDFORMS = (
    r"Head|Bay|Cove|Beach|Sands|Moor|Fell|Dale|Glen|Loch|Lough|Isle|Island|Point|Harbou?r|Marina|Pier|Falls|"
    r"Springs|Valley|Gorge|Canyon|Creek|Lake|Reservoir|Tarn|Downs|Heath|Common|Cliffs?|Dunes|Peninsula|Pass|"
    r"Gap|Summit|Peak|Ridge|Mesa|Butte|Prairie|Bluffs?|Sound|Strait|Estuary|Quay|Wharf|Green|Heights"
)
_GROUNDS = (
    r"beach|harbou?r|village|woods|quarry|docks?|marina|lake|river|ferry|moor|airport|pier|campsite|showground|"
    r"racecourse|barracks|colliery|reservoir|station|baths|green|canal|links|golf|farm|estate"
)
_ROOMS = r"Room|Rm|Bed|Bay|Ward|Cell|Block|Stair|Staircase|Floor|Studio|Cabin|Caravan|Chalet"


def _landform(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "found at Mumbles Head": after a word of place, a name that is no word before what lies there."""
    kind = kinds().get(match["v"].split()[0].lower(), 0)
    if kind & (CLINICAL | PROTECTED):
        return None
    if (
        kind & WORD
        and not kind & PLACE
        and not (match["v"].endswith(_CLEAR_LAND) and _FOUND_AT.search(text, max(0, start - 16), start))
    ):
        return None
    if not _AT_PLACE.search(text, max(0, start - 16), start):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


_CLEAR_LAND = (
    " Head",
    " Bay",
    " Cove",
    " Beach",
    " Sands",
    " Harbour",
    " Harbor",
    " Pier",
    " Island",
    " Marina",
)
_FOUND_AT = re.compile(r"\b(?:at|near|off|from|around|outside) \Z")
_AT_PLACE = re.compile(r"\b(?:at|near|in|off|from|to|on|by|around|via|of|beyond|outside) \Z", re.I)


_SHORT_WAYS = word_set("St Dr Ct Ave Ln Rd")


def _addressed(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Addr 6 Back Lane, Edale": what stands after a label of an address."""
    words = re.findall("[A-Za-z]{2,}", match["v"])
    if any(kinds().get(word.lower(), 0) & CLINICAL for word in words if word not in _SHORT_WAYS):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


GROUNDS: tuple[Rule, ...] = (
    rule(
        "LOCATION",  # "swim camp at Lake Tahoe"
        r"\b(?:Lake|Mount|Mt|Camp|Loch|Lough|Isle of|Point|Cape) [A-Z][a-z]{3}",
        r"(?P<v>(?:Lake|Mount|Mt|Camp|Loch|Lough|Isle of|Point|Cape) (?P<n>[A-Z][a-z]{3,}))(?![a-z])",
        lambda text, match, start: (
            None
            if kinds().get(match["n"].lower(), 0) & (CLINICAL | PROTECTED)
            or kinds().get(match["n"].lower(), 0) == WORD
            else Span(match.start("v"), match.end("v"), "LOCATION")
        ),
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b[A-Z][a-z]+ (?:{_LANDFORMS})\b",
        rf"(?P<v>[A-Z][a-z]+ (?:{_LANDFORMS}))\b",
        _landform,
        caseless=False,
        often=True,
    ),
    rule(
        "LOCATION",
        rf"\b(?:at|near|in|from|to|off|on|by) [A-Z][a-z]{{3,}} (?:{_GROUNDS})\b",
        rf"[a-z]+ (?P<v>[A-Z][a-z]{{3,}}) (?:{_GROUNDS})\b",
        branch,
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b(?:{_ROOMS}) [A-Z]?\d{{1,4}}[A-Z]?, [A-Z]",
        rf"(?P<v>(?:{_ROOMS}) [A-Z]?\d{{1,4}}[A-Z]?, (?:[A-Z][a-z'\-]+ ){{1,3}}(?:House|Halls?|Court|Lodge|"
        rf"College|Home|"
        r"Towers?|Building|Wing|Park|Ward|Unit|Residences?|Block|Manor|Care|Apartments|Mansions|Point|Quay|"
        r"Wharf|Street|Road|Lane))\b",
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b(?:[Aa]ddr?|[Aa]ddress|[Ll]ives|[Rr]esides)[:.]? \d{1,5}[A-Za-z]? [A-Z][a-z]+ [A-Z]",
        r"[A-Za-z]+[:.]? (?P<v>\d{1,5}[A-Za-z]? [A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){1,2}(?:, "
        r"[A-Z][a-z]+)?)(?![a-z])",
        _addressed,
        caseless=False,
    ),
)
