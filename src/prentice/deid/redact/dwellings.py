"""What stands before a house's number and behind its street, and dwellings without a number: 164.514(b)(2)(i)(B).

"Garden Flat, 6 Montpelier Crescent", "Plant 3, 1900 …", "… Arch Street, 24th Fl.", "at deane rd", "on hwy 264".
"""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import (
    CLINICAL,
    FIRST,
    NAME,
    PLACE,
    PROTECTED,
    STOP,
    WORD,
    kinds,
    word_set,
)
from prentice.deid.redact.names import ROLE_WORDS
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span
from prentice.deid.redact.streets import LEADS

_NUMBER_BEFORE = re.compile(r"\b(?:no|nos|number)\.? ?\Z", re.I)
_KINDS_OF_HOUSE = (
    r"House|Hse|Cottages?|Lodge|Farm|Barn|Hall|Court|Ct|Villas?|Towers?|Mill|Manor|Grange|Bungalow|Rectory|Vicarage|Heights|"
    r"Mansions|Building|Bldg|Apartments|Apts|Flats|Croft|View|Cabin|Ranch|Plaza|Center|Centre|Annexe?|Stables|Chalet|Wharf|"
    r"Forge|Rest|Gables|Acres|Smithy|Granary|Point|Place|Residence|Residences|Dorm|Tower|Estate|Park|Terrace|Gardens"
)
_UNIT = (
    r"(?:(?:The )?(?:Garden|Ground|Basement|Top|Upper|Lower|First|Second|Third|1st|2nd|3rd|Attic|Rear|Front|Back|Middle) "
    r"(?:Floor )?(?:Flat|Maisonette|Apartment|Apt|Unit|Floor)|(?:Flat|Apt|Apartment|Unit|Suite|Ste|Room|Rm|Space|Spc|Lot|Trlr|"
    r"Trailer|Plant|Bldg|Building|Block|Bay|Dock|Floor|Studio|Cabin|Plot|Pitch|Site|Slip|Berth|Level|Stall|Box|Dept|Dorm|Ward)\.? "
    r"?#?[A-Z]?-?\d{0,4}[A-Za-z]?|[1-9]\d?/[1-9]|[GFBT]F[FL])"
)
_HOUSE_BEFORE = re.compile(
    rf"(?:{_UNIT},? )?(?:The [A-Z][A-Za-z'\-]+(?: [A-Z][a-z]+)?|(?:[A-Z][A-Za-z'\-]+ ){{1,3}}(?:{_KINDS_OF_HOUSE})(?: {_UNIT})?),? ?\n?\Z"
)
_UNIT_BEFORE = re.compile(rf"(?<![\w/])(?:[A-Z][A-Za-z'\-]+ (?:{_KINDS_OF_HOUSE}),? )?{_UNIT},? ?\n?\Z", re.I)
# After these a capitalised name and a comma before a number are a house: "Ship alternate: Heron's Rest, 12 …".
_NAMED_BEFORE = re.compile(
    r"(?:\b(?:to|at|from|is|now|address|addr|home|lives|alternate|alt|c/o|deliver|ship|post|send)[:,]? |: |\n|\()"
    r"(?P<v>(?:[A-Z][A-Za-z'\-]+ ){0,2}[A-Z][A-Za-z'\-]+(?: (?:y|yr|ar|na|nan|uwch|ty|of|the|in|on) [A-Z][A-Za-z'\-]+)?), ?\n?\Z"
)
_THE_HOUSE = re.compile(
    r"\b(?:at|to|from|is|of|address|addr|home|lives|now|write to|c/o)[:,]? (?P<v>[A-Z][A-Za-z'\-]+ [A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+)?|(?:The|Old|Ty|Tan|Pen|Plas|Bryn|Cwm|Llys|Hafod) [A-Za-z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2}), \Z"
)
_UNIT_AT = re.compile(r"(?:Room|Rm|Flat|Apt|Apartment|Suite|Ste|Unit|Lot)\.? ?#?\w{1,4}, \d")
FLOOR_AFTER = re.compile(
    r",? (?:(?:\d{1,2}(?:st|nd|rd|th)|ground|first|second|third|top|lower|upper|gnd) (?:fl|flr|floor)\b\.?|(?:fl|flr|floor|rm|room|bldg|bay|dock|"
    r"level|dept|spc)\.? ?#?(?:\d{1,4}[a-z]?|(?-i:[A-Z]))\b)",
    re.I,
)
_CHUNK = (
    r"(?:(?:\d{1,5}[A-Za-z]?(?:[/\-]\d{1,3}[A-Za-z]?)? )?[A-Z][A-Za-z'.\-]+"
    r"(?: (?:[A-Z][A-Za-z'.\-]+|on|in|le|the|by|of|under|y|yr|ar|na|nan|de|la|upon|\d{1,4}[A-Za-z]?)){0,4}|\d{1,3}/\d{1,2})"
)
_CHUNKS_BEFORE = re.compile(rf"(?<![\w'/])(?:{_CHUNK},(?: |\n)){{1,4}}\Z")


# The last word before a house's number, where no comma is.
_MAY_STAND_BEFORE = re.compile(
    rf"[Nn]os?\.?|[Nn]umber|(?i:{_KINDS_OF_HOUSE})|.*\d[A-Za-z]?|(?i:flat|floor|maisonette|unit|apartment)"
)


def with_house(folded: str, start: int) -> int:
    """Where an address begins whose number stands at `start`: "no. 14", "The Lodge, 55", "Rm 612, 4175"."""
    before = folded[max(0, start - 16) : start].rstrip(" \n")
    last = before[before.rfind(" ") + 1 :]
    if not last.endswith(",") and not _MAY_STAND_BEFORE.fullmatch(last):
        return start
    least = max(0, start - 48)
    line = folded.rfind("\n", 0, start - 1) + 1
    match = _NUMBER_BEFORE.search(folded, max(0, start - 8), start) or _HOUSE_BEFORE.search(
        folded, max(least, line), start
    )
    if match is None and (unit := _UNIT_BEFORE.search(folded, max(least, line), start)):
        return unit.start()
    if (
        match is None
        and folded[start - 2 : start] == ", "
        and (named := _NAMED_BEFORE.search(folded, least, start))
    ):
        return start if is_trade(named["v"]) or _is_person(named["v"]) else named.start("v")
    if match and (more := _UNIT_BEFORE.search(folded, max(least, line), match.start())):
        return more.start()
    return match.start() if match else start


def starts_with_unit(folded: str, start: int) -> bool:
    """Whether an address starts with a room or a flat: "Rm 612, 4175 Whitman Ln"."""
    return folded[start] in "RFASUL" and _UNIT_AT.match(folded, start) is not None


def with_the_house(folded: str, start: int) -> int:
    """Where an address begins whose town or street stands at `start`: "write to The Old Forge, Gresford"."""
    match = _THE_HOUSE.search(folded, max(0, start - 48), start)
    if match is None or is_trade(match["v"]) or _is_person(match["v"]):
        return start
    return match.start("v")


def with_chunks(folded: str, start: int) -> int:
    """Where the address begins that commas join to what stands at `start`: after a chunk with a word of the
    trade, and without a word that leads to it.
    """
    line = folded.rfind("\n", 0, max(0, start - 1)) + 1
    chunks = _CHUNKS_BEFORE.search(folded, max(0, start - 70, line), start)
    if chunks is None:
        return start
    begin = at = chunks.start()
    for chunk in re.split(r",[ \n]", chunks[0])[:-1]:
        words = chunk.split()
        if is_trade(chunk) or (chunk.isupper() and not any(map(str.isdigit, chunk)) and _is_plain(words)):
            begin = at + len(chunk) + 2
        elif at == begin and words[0] in LEADS and len(words) > 1:
            begin = at + len(words[0]) + 1
        at += len(chunk) + 2
    return begin


def is_trade(words: str) -> bool:
    """Whether one of the words is of the trade and no name or place."""
    return any(
        kinds().get(word.lower(), 0) & STOP and not kinds()[word.lower()] & (NAME | PLACE)
        for word in re.findall("[A-Za-z]{3,}", words)
        if word not in _WAYS_TOO
    )


def _is_person(words: str) -> bool:
    """ "Miss Anjali Deshpande, 14 …": a title or a given name begins it."""
    first = words.split()[0].lower()
    return first in ROLE_WORDS or bool(kinds().get(first, 0) & FIRST and not kinds()[first] & (WORD | PLACE))


def _is_plain(words: list[str]) -> bool:
    """Words of a note in capitals, of which none is a place or a name."""
    return all(
        kinds().get(word.lower(), 0) & WORD and not kinds()[word.lower()] & (NAME | PLACE) for word in words
    )


_WAYS_TOO = word_set("Flat Old Cres Ave Rise Close View Court Upper Lower Garden Front Rear Field Fields")
_NOT_STREETS = word_set(
    "the a an his her their my our your this that main high same next other each one road side back front off on in to for of "
    "weeks days months years hours minutes mins people pairs drops times busy local wrong right left long short new old across down up street home work any some no"
)


def _small_street(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "the surgery at deane rd": in lower case and without a number."""
    words = match["n"].split()
    if any(word in _NOT_STREETS or kinds().get(word, 0) & (CLINICAL | PROTECTED) for word in words):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


def _out_by(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "out by yah-ta-hey": what nothing here knows, or a place."""
    word = match["v"]
    known = [kinds().get(part, 0) for part in word.split("-")]
    if kinds().get(word, 0) & PLACE and not kinds()[word] & WORD:
        return Span(match.start("v"), match.end("v"), "LOCATION")
    if all(kind & (WORD | STOP) for kind in known) or len(word) < 5:
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


_SMALL_STATES = (
    r"tx|ca|fl|ny|nj|ga|il|az|nm|nc|sc|tn|ky|mn|wi|ia|ks|ut|nv|wa|wv|wy|mt|nd|sd|oh|mi|md|ct|nh|vt|ri|ak|ar|ne|tex|"
    r"calif|fla|penn|mass|mich|minn|wis|wash|ariz|colo|tenn"
)

DWELLINGS: tuple[Rule, ...] = (
    rule(
        "LOCATION",  # "8 tidal basin mews", "103 alum rock tce"
        r"\b\d{1,4}[a-z]? (?:[a-z']{2,14} ){1,3}(?:mews|tce|terr|cres|crescent|terrace|gardens|gdns|grove|way|court|place|row|square|hill|park|"
        r"walk|view|rise|green|circle|trail|loop|blvd|pkwy|cir|trl)\b",
        r"(?<![\w./+\-])(?P<v>\d{1,4}[a-z]? (?P<n>(?:[a-z']{2,14} ){1,3}?)(?:mews|tce|terr|cres|crescent|terrace|gardens|gdns|grove|way|court|place|row|"
        r"square|hill|park|walk|view|rise|green|circle|trail|loop|blvd|pkwy|cir|trl))\b",
        _small_street,
        caseless=False,
        loose=True,
    ),
    rule(
        "LOCATION",
        r"\b(?:hwy|highway|rte|interstate|county (?:rd|road)|state (?:rd|road|route)) ?#?\d{1,4}\b|"
        r"\b(?:on|off|along|down|up|by|near|past) (?:route|i-|us-|us |sr |cr |fm )\d{1,4}\b",
        r"(?:(?:on|off|along|down|up|by|near|past) )?(?P<v>(?:hwy|highway|rte|interstate|county (?:rd|road)|state (?:rd|road|route)|route|i-|us-|us|sr|cr|fm) ?#?"
        r"\d{1,4}[a-z]?)(?![\w/]|\.\d)",
        loose=True,
    ),
    rule(
        "LOCATION",
        rf"\b(?:{_SMALL_STATES})\.?,? \d{{5}}\b",
        rf"(?:{_SMALL_STATES})\.?,? (?P<v>\d{{5}}(?:-\d{{4}})?)(?![\d\-/]|\.\d)",
        loose=True,
    ),
    rule(
        "LOCATION",
        r"\b(?:at|on|in|from|near|nr|off|of|to) [a-z']{3,14} (?:[a-z']{3,14} )?(?:rd|road|street|lane|avenue|ave|crescent|terrace|grove|gardens|gdns|cres)\b",
        r"[a-z]+ (?P<v>(?P<n>[a-z']{3,14}(?: [a-z']{3,14})?) (?:rd|road|street|lane|avenue|ave|crescent|terrace|grove|gardens|gdns|cres))\b",
        _small_street,
        caseless=False,
        loose=True,
    ),
    rule(
        "LOCATION",
        r"\b(?:out|over|up|down) (?:by|near|in|at|past|towards?|to) [a-z][a-z\-]{4,}",
        r"[a-z]+ [a-z]+ (?P<v>[a-z][a-z\-]{4,})(?![\w'])",
        _out_by,
        caseless=False,
        loose=True,
    ),
)
