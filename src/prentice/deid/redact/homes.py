"""Addresses without a number, or without a kind of street: "Ings Cottage, Back Lane, Settle", "2209 Zarzamora"."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import CLINICAL, NAME, PLACE, PROTECTED, WORD, kinds, word_set
from prentice.deid.redact.places import CLEAR_STATES
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_HOUSES = (
    r"House|Hse|Cottages?|Cotts?|Ctg|Lodge|Farm|Farmhouse|Barn|Hall|Court|Villa|Mill|Manor|Grange|Bungalow|Rectory|"
    r"Vicarage|Croft|Stables|Chalet|Annexe?|Smithy|Forge|Granary|Dairy|Byre|Bothy|Laithe|Gatehouse|Gables|Oast|"
    r"Coach House|Schoolhouse|School House|Chapel|Post Office|Bakery|Maltings|Steading|Cabin|Ranch|Acres"
)
_WAYS = (
    r"Lane|Ln|Road|Rd|Street|St|Avenue|Ave|Drive|Close|Terrace|Terr|Row|Hill|Way|Bank|Green|Brow|Fold|Gate|Place|Square|Sq|"
    r"Park|Walk|View|Mews|Crescent|Cres|Gardens|Gdns|Grove|End|Side|Yard|Court|Ct"
)
_SHORT_WAYS = (  # abbreviations that no word has, after a number or not
    r"Bnd|Tce|Mnr|Knl|Grv|Trce|Crk|Psge|Shr|Vly|Crt|Hse|Cotts|Ctg|Bldgs|Trl|Pkwy|Blvd|Hwy|Gdns|Cresc|Avn|Terr|Clse|Bvd|Expy|Tpke|Aly|Plz|Holw|Xing|Lndg|Mdws|Estd"
)
_CAPITALS = r"[A-Z][A-Za-z'\-]+"
_PLACE_CUE = (
    r"(?:[Ss]treet|[Aa]ddress|[Aa]ddr|[Ll]ives|[Hh]ome|[Hh]ouse|[Rr]oad|[Ss]hip|[Mm]ail|[Dd]eliver|[Ss]end|[Pp]ost|"
    r"[Mm]oved|[Rr]esides|[Ll]iving|[Mm]ailed|[Ss]hipped|[Ss]taying|[Ff]orward)"
)


def _clinical(words: str) -> bool:
    return any(
        kinds().get(word.lower(), 0) & CLINICAL and not kinds()[word.lower()] & (NAME | WORD)
        for word in re.findall("[A-Za-z]{3,}", words)
        if word not in ("Crt", "Ctg", "Terr", "Spanish", "French", "German", "English", "Welsh", "Polish")
    )


def _home(text: str, match: re.Match[str], start: int) -> Span | None:
    return None if _clinical(match["v"]) else Span(match.start("v"), match.end("v"), "LOCATION")


_LEADS = word_set(
    "To At From In On Of The And For Ship Mail Send Post Addr Address Lives Moved New Old Is Now"
)


def _short_way(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Old Spanish Trl", "19 Warbreck Crt"."""
    words = match["v"].split()
    begin = match.start("v")
    while len(words) > 2 and words[0] in _LEADS - {"Old", "New", "The"}:
        begin += len(words.pop(0)) + 1
    if len(words) < 2 or any(kinds().get(word.lower(), 0) & PROTECTED for word in words[:-1]):
        return None
    return None if _clinical(" ".join(words)) else Span(begin, match.end("v"), "LOCATION")


HOMES: tuple[Rule, ...] = (
    rule(
        "LOCATION",
        rf"\b(?:{_HOUSES}),? [A-Z][a-z]+ (?:[A-Z][a-z]+ )?(?:{_WAYS})\b",
        "",
        lambda text, match, start: _named_house(text, start),
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b(?:[A-Z]?\d{{1,5}}[A-Za-z]?,? )?(?:[A-Z][a-z'\-]+ ){{1,3}}(?:{_SHORT_WAYS})\b",
        rf"(?P<v>(?:[A-Z]?\d{{1,5}}[A-Za-z]?,? )?(?:[A-Z][a-z'\-]+ ){{1,3}}(?:{_SHORT_WAYS}))\b\.?",
        _short_way,
        caseless=False,
    ),
    rule(
        "LOCATION",  # "The Nook, Main St"
        rf"\bThe [A-Z][a-z'\-]+(?: [A-Z][a-z]+)?, (?:[A-Z][a-z'\-]+ ){{1,2}}(?:{_WAYS})\b",
        rf"(?P<v>The [A-Z][a-z'\-]+(?: [A-Z][a-z]+)?, (?:[A-Z][a-z'\-]+ ){{1,2}}(?:{_WAYS}))\b",
        _home,
        caseless=False,
    ),
    rule(
        "LOCATION",  # "4410 Blanco, SA TX"
        r"\b\d{2,5} (?:[NSEW]\.? )?[A-Z][a-z]{2}[A-Za-z ]{0,20}, [A-Z][A-Za-z ]{1,16},? [A-Z]{2}\b",
        rf"(?P<v>\d{{2,5}} (?:[NSEW]\.? )?[A-Z][a-z]+(?: [A-Z][a-z]+)?, [A-Z][A-Za-z]+(?: [A-Z][a-z]+)?),? (?:{'|'.join(CLEAR_STATES)})\b",
        _home,
        caseless=False,
    ),
    rule(
        "LOCATION",  # "smith b 11 sep 1952 tooting", "called from croydon"
        r"\b(?:(?:19|20)\d\d|from|near|nr) [a-z]{5,14}\b",
        r"[a-z\d]+ (?P<v>(?-i:[a-z]{5,14}))(?![\w'\-])",
        lambda text, match, start: (
            Span(match.start("v"), match.end("v"), "LOCATION")
            if _is_only_town(match["v"], match[0])
            else None
        ),
        often=True,
    ),
    rule(
        "LOCATION",  # "street is 2209 Zarzamora", "address is still 311 W. Yandell"
        rf"\b{_PLACE_CUE}\b[a-z ':,]{{0,24}} \d{{2,5}} (?:[NSEW]\.? )?[A-Z][a-z]{{3}}",
        rf"{_PLACE_CUE}\b[a-z ':,]{{0,24}}? (?P<v>\d{{2,5}} (?:[NSEW]\.? )?{_CAPITALS}(?: (?:Apt|Unit|Ste|Flat|Lot|#)\.? ?#?"
        r"\w{1,4})?)(?=[ .,;\n)]|$)(?! (?:Monthly|Daily|Lenses|Boxes))",
        lambda text, match, start: None if _is_stock(match["v"]) else _home(text, match, start),
        caseless=False,
        often=True,
    ),
    rule(
        "LOCATION",  # "takes parcels at no 2", "next door at number 7"
        r"\b(?:at|lives|live|from|next door|neighbou?r|opposite|house|moved to|deliver to)(?: (?:at|is|in))?,? "
        r"(?:no|number|nos)\.? ?\d{1,3}[a-z]?\b",
        r"[a-z ]+?,? (?P<v>(?:no|number|nos)\.? ?\d{1,3}[a-z]?)(?![\d/:%+\-x]|\.\d| (?:line|on|of|plate|letter|size)\b)",
    ),
)


def _is_only_town(word: str, said: str) -> bool:
    """Whether a word in lower case is a town: after a year also one that a dictionary has, "1952 tooting"."""
    kind = kinds().get(word, 0)
    return bool(kind & PLACE) and (not kind & ~PLACE or (said[0].isdigit() and not kind & ~(PLACE | WORD)))


def _is_stock(words: str) -> bool:
    """ "send 90 Dailies", "ship 30 Biofinity"."""
    word = re.findall("[A-Za-z]{3,}", words)
    return bool(word) and bool(kinds().get(word[0].lower(), 0) & (PROTECTED | CLINICAL))


_NAMED = re.compile(
    rf"(?:{_CAPITALS} ){{0,3}}(?:{_HOUSES}),? (?:{_CAPITALS} ){{1,3}}(?:{_WAYS})\b(?:, {_CAPITALS}(?: {_CAPITALS})?"
    r"(?=[ .,;\n)]|$))?"
)
_BEFORE = re.compile(r"(?:[A-Z][A-Za-z'\-]+ ){1,3}\Z")


def _named_house(text: str, start: int) -> Span | None:
    """ "Ings Cottage, Back Lane, Settle": the trigger starts at the word for the house."""
    before = _BEFORE.search(text, max(0, start - 40, text.rfind("\n", 0, start) + 1), start)
    begin = before.start() if before else start
    words = before[0].split() if before else []
    while words and words[0] in _LEADS and words[0] not in ("The", "Old", "New"):
        begin += len(words.pop(0)) + 1
    match = _NAMED.match(text, begin)
    if not words or match is None:
        return None
    return Span(begin, match.end(), "LOCATION")
