"""Dates more exact than a year: 45 CFR 164.514(b)(2)(i)(C)."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.checksums import is_date
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
MONTH = rf"(?:{MONTHS}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
WEEKDAY = r"(?:mon|tue|tues|wed|weds|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?"
FIRST_TO_THIRTY_FIRST = r"0?[1-9]|[12]\d|3[01]"
_YEAR = (
    r"(?:(?:18|19|20)\d\d|'\d\d|\d\d)(?![\d:/%]|\.\d|\s?(?:mm|cm|pairs?|mins?|boxes|weeks?|days?|"
    r"y/?o|y\.o|yrs?|years?|[fm])\b)"
)
# Months in other languages, without accents: Spanish, French, German, Italian, Portuguese, Polish, Welsh.
_ABROAD = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|"
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    "januar|februar|marz|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|"
    "ottobre|dicembre|"
    "janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrzesnia|pazdziernika|listopada|grudnia|"
    "ionawr|chwefror|mawrth|ebrill|mehefin|gorffennaf|awst|medi|hydref|tachwedd|rhagfyr"
)
# Not after a digit, a slash or a decimal: 6/12 may …, 1.25.
ALONE = r"(?<![\d/.\-+x@])(?<!\d:)"
_PRESSURE = re.compile(
    r"\b(?:iops?|mmhg|gat|nct|pressures?|tensions?|schirmer|tbut|ks|k(?!\. )|reserves?|"
    r"fusional|vergences?|ranges?|"
    r"recovery|blur|break|npc|amps?|hertel|hts|heights|pds?|ratio|keratometry)(?![a-z])\W*(?:\w{1,4}\W{1,3}){0,2}$",
    re.I,
)


def _numeric(text: str, match: re.Match[str], start: int) -> Span | None:
    first, second, year = int(match["d"]), int(match["m"]), match["y"]
    if not is_date(first, second) or text[max(0, match.start() - 1) : match.start()] in ("v", "V"):
        return None
    if len(year) == 2 and (
        _PRESSURE.search(text, max(0, match.start() - 20), match.start())
        or text[match.end() : match.end() + 6]
        .lower()
        .lstrip()
        .startswith(("mmhg", "fusi", "bi", "bo", "base"))
    ):
        return None
    return Span(match.start(), match.end(), "DATE")


def _iso(text: str, match: re.Match[str], start: int) -> Span | None:
    if 1 <= int(match["m"]) <= 12 and 1 <= int(match["d"]) <= 31:
        return Span(match.start(), match.end(), "DATE")
    return None


# Lower case these are words or shorthand first: "12 may", "2 dec", "in 3 mar".
_ALSO_WORDS = (
    "may",
    "mar",
    "march",
    "dec",
    "sep",
    "sun",
    "sat",
    "apr",
    "oct",
    "nov",
    "jan",
    "jun",
    "jul",
    "aug",
    "feb",
)


_FIRST_OF_ALL_WORDS = ("may", "mar", "march", "dec", "sep", "sun", "sat", "oct")  # but "aug 5" is a day
_SCAN_NEXT = re.compile(
    r" (?:[a-z]{3,}|RNFL|GCL|GCC|SCAN|MACULA|DISC|SENSOR|MACHINE|[RL]\b|OU\b|OD\b|"
    r"OS\b|RE\b|LE\b)"
)


def _day_month(text: str, match: re.Match[str], start: int) -> Span | None:
    if not 1 <= int(match["d"]) <= 31:
        return None
    if match["m"] == "OCT" and not (match["th"] or match["y"]) and _SCAN_NEXT.match(text, match.end()):
        return None
    if match["m"] in _FIRST_OF_ALL_WORDS and not (
        match["th"] or match["y"] or _DATED.search(text[: match.start()])
    ):
        return None
    return Span(match.start(), match.end(), "DATE")


def _month_day(text: str, match: re.Match[str], start: int) -> Span | None:
    if match["m"] in _FIRST_OF_ALL_WORDS and not (
        match["th"] or match["y"] or _DATED.search(text, max(0, match.start() - 14), match.start())
    ):
        return None
    if match["m"] in ("OCT", "MAR", "DEC") and not match["th"] and not (match["y"] and len(match["y"]) > 4):
        return None
    if match["d"] and not 1 <= int(match["d"]) <= 31:
        return None
    return Span(match.start(), match.end(), "DATE")


def _month_year(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Mar 2024"; an "OCT 2021" is a scan, unless the line is in capitals."""
    if match["m"] == "OCT" and not re.search(
        r"[A-Z]{4,} +$|\b(?:IN|SINCE|UNTIL|ON|FROM|SEEN) +$", text[: match.start()]
    ):
        return None
    return Span(match.start(), match.end(), "DATE")


def _month_only(text: str, match: re.Match[str], start: int) -> Span | None:
    """A month without a day or a year, after a word that makes it a date: "in March", "since last
    September".
    """
    month = match["v"]
    if month.isupper() and len(month) < 4:
        return None  # an OCT is a scan
    if month.islower() and (month in _ALSO_WORDS or month == "march"):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _compact(text: str, match: re.Match[str], start: int) -> Span | None:
    digits = match[0]
    if 1 <= int(digits[4:6]) <= 12 and 1 <= int(digits[6:8]) <= 31:
        return Span(match.start(), match.end(), "DATE")
    return None


def _weekday(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Tues 8/19": a day and month in either order."""
    if not is_date(int(match["d"]), int(match["m"])):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _ordinal(text: str, match: re.Match[str], start: int) -> Span | None:
    return Span(match.start("v"), match.end("v"), "DATE") if 1 <= int(match["d"]) <= 31 else None


_DATED = re.compile(
    r"(?:\b(?:on|dob|born|dated?|seen|appt|booked|due|since|until|from|by|before|after|collected|eta|til|till|promised|come|came|ready)[:\s]*)$",
    re.I,
)
_D = r"[/.\-]"
DATES: tuple[Rule, ...] = (
    rule(
        "DATE",
        r"\b\d{1,2}(?: ?/ ?\d{1,2} ?/ ?| ?\. ?\d{1,2} ?\. ?| ?- ?\d{1,2} ?- ?)\d{2}",
        rf"(?<![\d/\-])(?<!\d[.])(?P<d>\d{{1,2}})(?P<s> ?{_D} ?)(?P<m>\d{{1,2}})(?P=s)"
        r"(?P<y>(?:18|19|20)\d\d|\d\d)(?!\d|[/\-]\d|\.\d)",
        _numeric,
        often=True,
    ),
    rule(
        "DATE",
        r"\b(?:18|19|20)\d\d ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{1,2}",
        r"(?<![\d/\-.])(?:18|19|20)\d\d(?P<s> ?[/.\-] ?)(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d|[/\-]\d)"
        r"(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?",
        _iso,
    ),
    rule(
        "DATE",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?[ ,.\-/]{{0,2}}(?:day )?(?:of )?(?:the )?{MONTH}",
        rf"{ALONE}(?P<d>\d{{1,2}})(?P<th>st|nd|rd|th)?[ ,.\-/]{{0,2}}(?:day )?(?:of "
        rf")?(?P<m>{MONTH})(?![a-z])\.?"
        rf"(?P<y>[ ,.\-/]{{0,2}}{_YEAR})?",
        _day_month,
        often=True,
    ),
    rule(
        "DATE",
        rf"\b{MONTH}[.,]?[ \-/]{{0,2}}(?:the )?(?:\d|')",
        rf"(?<![A-Za-z])(?P<m>{MONTH})[.,]?[ \-/]{{0,2}}(?:the )?(?:(?P<d>\d{{1,2}})(?P<th>st|nd|rd|th)?"
        rf"(?![\w/:%+]|\.\d| ?(?:mm|cm|in(?! [A-Za-z])|out|up|down|base|b[iuod]|pd|d|pairs?|boxes)\b)(?P<y>,? ?{_YEAR})?"
        rf"|(?P<y2>(?:18|19|20)\d\d|'\d\d)(?!\d))",
        lambda text, match, _: _month_day(text, match, _) if match["d"] else _month_year(text, match, _),
        often=True,
    ),
    rule(
        "DATE",
        r"\b(?:0?[1-9]|1[0-2]) ?[/.\-] ?(?:19|20)\d\d\b",
        rf"{ALONE}(?:0?[1-9]|1[0-2]) ?[/.\-] ?(?:19|20)\d\d(?![\d/\-]|\.\d)",
        often=True,
    ),
    rule(
        "DATE", r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])\b", rf"{ALONE}(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?![\d\-/])"
    ),
    rule(
        "DATE",
        r"\b(?:exp|expiry|expires|expire|valid|use by|issued)(?: (?:date|to|from|thru|end|"
        r"until))?[:. ]{1,2}\d",
        r"[a-z ]+[:. ]{1,2}(?P<v>(?:0?[1-9]|1[0-2])[/\-]\d\d)(?![\d/])",
    ),
    rule(
        "DATE",
        rf"\b{WEEKDAY},? (?:the )?\d",
        rf"(?P<v>{WEEKDAY},? (?:the )?(?P<d>\d{{1,2}})(?:(?:st|nd|rd|th)\b(?! line| row)"
        rf"(?:(?: of|,)? {MONTH}(?![a-z])\.?)?(?:,? {_YEAR})?|[/.\-](?:0?[1-9]|1[0-2])(?![\d/])|"
        rf"(?: of)? {MONTH}(?![a-z])))",
        _ordinal,
    ),
    rule(
        "DATE",
        rf"\b{WEEKDAY}\.?,? \d{{1,2}}[/.\-]\d",
        rf"(?P<v>{WEEKDAY}\.?,? (?P<d>\d{{1,2}})[/.\-](?P<m>\d{{1,2}}))(?![\d/]|[.\-]\d| ?(?:pm|am))",
        _weekday,
    ),
    rule(
        "DATE",
        r"\b(?:on|by|until|till|before|after|from|for|since|say|around|about|next|is|was|to|between|and|til|thru|through|w/e|out|"
        r"or|pays?|paid|payday|closes|closed|opens|leaves|flies|returns|arrives|starts|ends|back|due|appt|"
        r"booked|come|comes|free|off|away|ready|not|till?|wed|collect|collects) the \d{1,2}(?:st|nd|rd|th)",
        r"[a-z]+ the (?P<v>(?P<d>\d{1,2})(?:st|nd|rd|th))"
        r"(?= ?[.,;:)!?/&]| ?$| ?\n| -|(?: or| and)? (?:tbc|ok|okay|pls|plz|thx|re|w/|via|due|back|unless|latest|"
        r"earliest|onwards?|jt|[A-Z][a-z]+ ?(?:$|\n))| (?:at|of|and|or|but|with|for|to|so|if|as|when|he|she|they|i|we|please|is|was|"
        r"will|can|in|from|after|"
        r"before|which|because|since|until|inst|am|pm|by|@|\d|\(|-))",
        _ordinal,
    ),
    rule(
        "DATE",  # "due 29th."
        r"\b(?:due|by|until|till|til|on|from|back|before|after|w/c|eta|ready|collect|collecting|appt|booked|moved to|away|off|in) \d{1,2}(?:st|nd|rd|th)\b",
        r"[a-z/ ]+ (?P<v>(?P<d>\d{1,2})(?:st|nd|rd|th))(?=[.,;)!?](?:\s|$)|\s*$|\n| (?:at|@|but|so|if|because|please|pls|unless|or|and (?:will|she|he|they|i))\b)",
        _ordinal,
        loose=True,
    ),
    rule(
        "DATE",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)? ?(?:-|to|and|&|/|or|,) ?\d{{1,2}}(?:st|nd|rd|th)? {MONTH}\b",
        rf"{ALONE}(?P<v>(?P<d>\d{{1,2}})(?:st|nd|rd|th)? ?(?:-|to|and|&|/|or|,) ?\d{{1,2}}(?:st|nd|rd|"
        rf"th)? {MONTH})\b",
        _ordinal,
    ),
    rule(
        "DATE",
        r"\bthe (?:[4-9]|1\d|2[04-9]|30)th\b",
        r"(?P<v>the (?P<d>\d{1,2})th)(?=[.,;:)!?]|$|\n| (?:at|and|or|but|so|if|as|when|please|is|was|will|"
        r"because|until|by|@|-)\b)",
        _ordinal,
    ),
    rule(
        "DATE",
        rf"\b\d{{1,2}}(?:er|o|\.)? (?:de |d')?(?:{_ABROAD})\b",
        rf"{ALONE}(?P<v>\d{{1,2}}(?:er|o|\.)? (?:de |d')?(?:{_ABROAD})(?:,? (?:del? )?(?:18|19|20)\d\d)?)\b",
    ),
    rule("DATE", rf"\b(?:{_ABROAD}) (?:del? )?(?:19|20)\d\d\b", r"[a-z]+ (?:del? )?\d{4}"),
    rule(
        "DATE",
        r"\b(?:dob|d\.o\.b\.?|d/o/b|date of birth|born(?: on)?|birthdate|birthday)[:\s\-]{1,3}\d",
        r"[a-z./ ]+[:\s\-]{1,3}(?P<v>\d{1,2}[ /.\-]\d{1,2}[ /.\-](?:(?:18|19|20)\d\d|\d\d)|\d{8}|"
        r"\d{6})(?!\d)",
        often=True,
    ),
    rule("DATE", r"\b(?:19|20)\d{6}\b", r"(?<![\d.+\-/])(?:19|20)\d{6}(?![\d.])", _compact),
    rule(
        "DATE",
        r"\b\d\d \d\d (?:19|20)\d\d\b",
        r"(?<![\d./] )(?P<v>(?P<d>[0-3]\d) (?P<m>[01]\d) (?P<y>(?:19|20)\d\d))\b",
        _numeric,
    ),
    rule(
        "DATE",
        rf"\b(?:in|since|last|next|this|until|till|by|from|early|mid|late|end of|beginning of|start of|"
        rf"during|before|"
        rf"after|around|every|each|of|to|due|for)[ \-](?:early |mid |mid-|late |end of |last |"
        rf"next )?(?:{MONTHS}|jan|feb|apr|"
        rf"jun|jul|aug|sept?|oct|nov)\b",
        rf"[a-z ]+?[ \-](?:early |mid |mid-|late |end of |last |next )?(?P<v>(?:{MONTHS}|jan|feb|apr|jun|"
        rf"jul|aug|sept?|oct|"
        rf"nov))\b",
        _month_only,
    ),
    rule(
        "DATE",
        rf"\b{MONTH} ?(?:-|/|to|and|&) ?{MONTH}\b",
        rf"(?P<v>{MONTH} ?(?:-|/|to|and|&) ?{MONTH})\b",
        _month_only,
    ),
    rule(
        "DATE",
        r"\b(?:spring|summer|autumn|winter|fall|christmas|xmas|easter|thanksgiving|halloween|diwali|eid|"
        r"ramadan|"
        r"hanukkah|q[1-4])(?: of)?,? '?(?:19|20)?\d\d\b",
        r"[a-z]+[1-4]?(?: of)?,? (?:(?:19|20)\d\d|'\d\d)\b",
    ),
    rule(
        "DATE",
        r"\b(?:christmas (?:day|eve)|boxing day|new year'?s (?:day|eve)|easter (?:sunday|monday)|good friday|"
        r"thanksgiving day|independence day|labor day|memorial day|valentine'?s day|st\.? patrick'?s day|"
        r"(?:4th|fourth) of july|mother'?s day|father'?s day|hogmanay|halloween)\b",
        r"[\w'. ]+?(?:day|eve|monday|sunday|july|hogmanay|halloween)\b",
    ),
)
