"""Dates more exact than a year: 45 CFR 164.514(b)(2)(i)(C)."""

from __future__ import annotations

import re

from prentice.deid.redact.checksums import is_date
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_FULL = "january|february|march|april|may|june|july|august|september|october|november|december"
MONTH = rf"(?:{_FULL}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
WEEKDAY = r"(?:mon|tue|tues|wed|weds|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?"
FIRST_TO_THIRTY_FIRST = r"0?[1-9]|[12]\d|3[01]"
_YEAR = r"(?:(?:18|19|20)\d\d|'\d\d|\d\d)(?![\d:/%]|\.\d|\s?(?:mm|cm|pairs?|mins?|boxes|weeks?|days?)\b)"
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
_ALONE = r"(?<![\d/.\-+x@])(?<!\d:)"
_PRESSURE = re.compile(
    r"\b(?:iops?|mmhg|gat|nct|pressures?|tensions?|schirmer|tbut|ks|k(?!\. )|reserves?|"
    r"fusional|vergences?|ranges?|"
    r"recovery|blur|break|npc|amps?|hertel|hts|heights|pds?|ratio|keratometry)\W*(?:\w{1,4}\W{1,3}){0,2}$",
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


_SCAN_NEXT = re.compile(
    r" (?:[a-z]{3,}|RNFL|GCL|GCC|SCAN|MACULA|DISC|SENSOR|MACHINE|[RL]\b|OU\b|OD\b|"
    r"OS\b|RE\b|LE\b)"
)


def _day_month(text: str, match: re.Match[str], start: int) -> Span | None:
    if not 1 <= int(match["d"]) <= 31:
        return None
    if match["m"] == "OCT" and not (match["th"] or match["y"]) and _SCAN_NEXT.match(text, match.end()):
        return None
    if match["m"] in _ALSO_WORDS and not (match["th"] or match["y"] or _DATED.search(text[: match.start()])):
        return None
    return Span(match.start(), match.end(), "DATE")


def _month_day(text: str, match: re.Match[str], start: int) -> Span | None:
    if match["m"] in _ALSO_WORDS and not (match["th"] or match["y"]):
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


def _short(text: str, match: re.Match[str], start: int) -> Span | None:
    """Day and month without a year after a cue: "seen on 12/3", never 2/52, 6/12, 1/7, 6/9 or 20/20."""
    first, second = int(match["d"]), int(match["m"])
    duration = second in (7, 12, 52) and first <= 12 and not _ON_A_DAY.match(match[0])
    if not is_date(first, second) or duration or first == second == 6:
        return None
    if first in (6, 20) and second in (4, 5, 6, 9, 12, 18, 20, 24):
        return None
    if "." in match["v"] and (second > 12 or _HALF_DAY.match(text, match.end())):
        return None  # a time: "offered 11.15", "phoned 9.05am"
    return Span(match.start("v"), match.end("v"), "DATE")


_HALF_DAY = re.compile(r" ?[ap]\.?m\b", re.I)


_ON_A_DAY = re.compile(
    r"(?:on|dated?|dob|d\.o\.b\.?|born|appt|appointment|w/c|tci|moved to|offered|game|bday|birthday)\b", re.I
)
_NUMBERS_BEFORE = re.compile(
    r"\b(?:iops?|gat|nct|tono\w*|goldmann|pressures?|perkins|icare|ishihara|va|vas|bp|r|l|re|le|od|os|"
    r"ou)\b[^.;\n]{0,18}\Z",
    re.I,
)


def _timed(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "5/11 2pm", "for 11/5 at 7:45"; pressures have a time too, but stand close together: 14/15 10:40."""
    first, second = int(match["d"]), int(match["m"])
    if not is_date(first, second) or (first in (3, 6, 20) and second in (3, 4, 5, 6, 9, 12, 18, 20, 24, 60)):
        return None
    if first > 7 and second > 7 and abs(first - second) < 5:
        return None
    if _NUMBERS_BEFORE.search(text, max(0, match.start() - 28), match.start()):
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


_FRACTIONS = frozenset(((20, 20), (6, 6), (6, 9), (6, 5), (6, 4), (6, 12), (6, 18), (5, 5)))


def _after_act(text: str, match: re.Match[str], start: int) -> Span | None:
    """A bare day and month after what happens on a day: "will pick up 1/9", "by 12/1", "Op 2/12"."""
    first, second = int(match["d"]), int(match["m"])
    if not is_date(first, second) or (first, second) in _FRACTIONS or (first == 20 and second >= 15):
        return None
    cue = match["k"].lower()
    if cue == "closed" and "-" in match["v"]:
        return None  # hours
    if cue.startswith("to ") and match["k"][3:4].islower():
        return None
    if second == 52 or (second in (7, 12) and first <= 12 and not _ON_ONE_DAY.match(cue)):
        return None
    if _NUMBERS_BEFORE.search(text, max(0, match.start() - 28), match.start()) and not cue.endswith("m"):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _on_day(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "New Year's Eve, 12/31"; a "2 drops a day, 1/12" is a month."""
    first, second = int(match["d"]), int(match["m"])
    usual = match["k"].lower() == "day" and (
        second in (7, 12, 52) or not _FEAST.search(text[: match.start("v")])
    )
    if not is_date(first, second) or (first, second) in _FRACTIONS or usual:
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


_FEAST = re.compile(
    r"\b(?:\w+'s|christmas|boxing|memorial|labou?r|thanksgiving|veterans|canada) day,? \(?\Z", re.I
)
# After these a 2/12 is the second of December, not two months.
_ON_ONE_DAY = re.compile(
    r"(?:by|op|sx|to [a-z]|pick|picks|clinic|theatre|list|signed|agreement|contract|fly|flew|travel|[ap]m|"
    r"reshoot|"
    r"retake|surgery|pre|post)"
)


def _ordinal(text: str, match: re.Match[str], start: int) -> Span | None:
    return Span(match.start("v"), match.end("v"), "DATE") if 1 <= int(match["d"]) <= 31 else None


_DATED = re.compile(
    r"(?:\b(?:on|dob|born|dated?|seen|appt|booked|due|since|until|from|by|before|after|collected)[:\s]*)$",
    re.I,
)
_D = r"[/.\-]"
DATES: tuple[Rule, ...] = (
    rule(
        "DATE",
        r"\b\d{1,2} ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{2}",
        rf"(?<![\d/\-])(?<!\d[.])(?P<d>\d{{1,2}})(?P<s> ?{_D} ?)(?P<m>\d{{1,2}})(?P=s)"
        r"(?P<y>(?:18|19|20)\d\d|\d\d)(?!\d|[/\-]\d|\.\d)",
        _numeric,
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
        rf"{_ALONE}(?P<d>\d{{1,2}})(?P<th>st|nd|rd|th)?[ ,.\-/]{{0,2}}(?:day )?(?:of "
        rf")?(?P<m>{MONTH})(?![a-z])\.?"
        rf"(?P<y>[ ,.\-/]{{0,2}}{_YEAR})?",
        _day_month,
    ),
    rule(
        "DATE",
        rf"\b{MONTH}[.,]?[ \-/]{{0,2}}(?:the )?(?:\d|')",
        rf"(?<![A-Za-z])(?P<m>{MONTH})[.,]?[ \-/]{{0,2}}(?:the )?(?:(?P<d>\d{{1,2}})(?P<th>st|nd|rd|th)?"
        rf"(?![\w/:%+]|\.\d| ?(?:mm|cm|in|out|up|down|base|b[iuod]|pd|d|pairs?|boxes)\b)(?P<y>,? ?{_YEAR})?"
        rf"|(?P<y2>(?:18|19|20)\d\d|'\d\d)(?!\d))",
        lambda text, match, _: _month_day(text, match, _) if match["d"] else _month_year(text, match, _),
    ),
    rule(
        "DATE",
        r"\b(?:0?[1-9]|1[0-2]) ?[/.\-] ?(?:19|20)\d\d\b",
        rf"{_ALONE}(?:0?[1-9]|1[0-2]) ?[/.\-] ?(?:19|20)\d\d(?![\d/\-]|\.\d)",
    ),
    rule(
        "DATE", r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])\b", rf"{_ALONE}(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?![\d\-/])"
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
        r"\b(?:on|by|until|till|before|after|from|for|since|say|around|about|next|is|was|to|between|and|"
        r"or) the \d{1,2}(?:st|nd|rd|th)",
        r"[a-z]+ the (?P<v>(?P<d>\d{1,2})(?:st|nd|rd|th))"
        r"(?=[.,;:)!?]|$|\n| (?:at|of|and|or|but|with|for|to|so|if|as|when|he|she|they|i|we|please|is|was|"
        r"will|can|in|from|after|"
        r"before|which|because|since|until|inst|am|pm|by|@|\d|\(|-))",
        _ordinal,
    ),
    rule(
        "DATE",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)? ?(?:-|to|and|&|/|or|,) ?\d{{1,2}}(?:st|nd|rd|th)? {MONTH}\b",
        rf"{_ALONE}(?P<v>(?P<d>\d{{1,2}})(?:st|nd|rd|th)? ?(?:-|to|and|&|/|or|,) ?\d{{1,2}}(?:st|nd|rd|"
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
        r"\b\d{1,2}/\d{1,2},?(?: at | ?@ ?| - | )\d{1,2}(?::\d\d|\.\d\d ?[ap]m| ?[ap]\.?m\b)",
        rf"{_ALONE}(?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}}))(?=,?(?: at | ?@ ?| - | )\d{{1,2}}(?::\d\d|"
        rf"\.\d\d ?[ap]m| ?[ap]\.?m\b))",
        _timed,
    ),
    rule(
        "DATE",
        rf"\b\d{{1,2}}(?:er|o|\.)? (?:de |d')?(?:{_ABROAD})\b",
        rf"{_ALONE}(?P<v>\d{{1,2}}(?:er|o|\.)? (?:de |d')?(?:{_ABROAD})(?:,? (?:del? )?(?:18|19|20)\d\d)?)\b",
    ),
    rule("DATE", rf"\b(?:{_ABROAD}) (?:del? )?(?:19|20)\d\d\b", r"[a-z]+ (?:del? )?\d{4}"),
    rule(
        "DATE",
        r"\b(?:on|dated?|appt|appointment|booked|seen|due|dob|d\.o\.b\.?|born|collected|since|until|till|"
        r"w/c|w/e|wc|"
        r"commencing|before|after|visit|exam|from|lv|ltt|lee|dos|called|rang|arrived|delivered|ordered|"
        r"done|chat|game|offered|meeting|match|mri|scan|class|event|party|wedding|flight|trip|procedure|"
        r"consult|biopsy|bloods|"
        r"injection|inj|lasered|hearing|court|leaves|flies|away|holiday|accepted|picked|collect|confirmed|"
        r"cancelled|canceled|"
        r"missed|dna|fta|checked|faxed|emailed|mailed|shipped|signed|recheck|session|lesson|audit|refund|"
        r"refunded|claimed|submitted|"
        r"received|logged|printed|expires|effective|eff|through|thru|between|surgery|op|bday|sent|half "
        r"term|next|rebook|rebooked|f/u|fu|fup|r/v|rv|deliver|posted|"
        r"returned|phoned|txt|"
        r"text|texted|paid|ready|eta|week of|w/b|wb|starts?|starting|moved to|changed to|tci|admitted|"
        r"discharged|attended|dispensed|fitted|reviewed|"
        r"birthday)(?: (?:on|for|in|is|date|of|was))?[: ]{1,2}\d",
        r"[a-z/. ]+[: ]{1,2}(?P<v>(?P<d>\d{1,2}) ?[/.\-] ?(?P<m>\d{1,2}))"
        r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hx|hrs?|today ?for))",
        _short,
    ),
    rule(
        "DATE",
        r"\b(?:pick(?:s|ing)? up|p/u|by|re-?shoot|re-?take|agreement|contract|to [A-Z][a-z]+|op|pre-?op|"
        r"post-?op|"
        r"surgery|sx|theatre|clinic|travel(?:s|ling|ing)?|fly(?:ing)?|flew|leav(?:es|ing)|resched(?:uled?)?|ends?|ending|"
        r"reappt|r/s|returning|returns|arriving|release|deadline|renewal|remake|redo|dispense|disp|"
        r"drop(?:ped)? off|"
        r"signed [a-z]+|come in|coming in|came in|closed|reopens?|expiring|dispatch|vitrectomy|phaco|"
        r"cataract op|"
        r"follow-?up|\d ?[ap]m)(?: on)?:? \d{1,2}[/\-]\d{1,2}\b",
        r"(?P<k>[\w/\- ]+?)(?: on)?:? (?P<v>(?P<d>\d{1,2})[/\-](?P<m>\d{1,2}))"
        r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hrs?|wks?|days?|pairs?|deg|"
        r"eyes|people|staff|of|OD|OS|OU)\b)",
        _after_act,
    ),
    rule(
        "DATE",
        r"\b(?:ships?|shipping|lm|lvm|voided|void|mailed out|mri|mra|cta?|x-?ray|cxr|ultrasound|dexa|"
        r"echo|ekg|ecg|"
        r"(?:ct|cta|mri|mra|x-?ray|us|pet) (?:head|brain|chest|orbits?|sinus(?:es)?|scan|abdomen|neck|spine|"
        r"w/ contrast|w/o contrast|results?)|left (?:vm|msg|message)|backordered|b/o)"
        r"(?: on)?:? \d{1,2}[/\-]\d{1,2}\b",
        r"(?P<k>[\w/\- ]+?)(?: on)?:? (?P<v>(?P<d>\d{1,2})[/\-](?P<m>\d{1,2}))"
        r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hrs?|wks?|days?|pairs?|deg|OD|OS|OU)\b)",
        _after_act,
    ),
    rule(
        "DATE",
        r"\b(?:eve|day|birthday|anniversary|christmas|xmas|easter|thanksgiving|hanukkah|diwali|eid|"
        r"weekend),? \(?\d{1,2}/\d{1,2}\b",
        r"(?P<k>[a-z]+),? \(?(?P<v>(?P<d>\d{1,2})/(?P<m>\d{1,2}))"
        r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|OD|OS|OU)\b)",
        _on_day,
    ),
    rule(
        "DATE",
        r"\b\d{3}[\-. ]\d{4},?(?: on)? \d{1,2}[/\-]\d{1,2}\b",
        r"(?P<k>\d{3}[\-. ]\d{4}),?(?: on)? (?P<v>(?P<d>\d{1,2})[/\-](?P<m>\d{1,2}))(?![\d/%+\-x]|\.\d)",
        _after_act,
    ),
    rule(
        "DATE",
        r"\b(?:dob|d\.o\.b\.?|d/o/b|date of birth|born(?: on)?|birthdate|birthday)[:\s\-]{1,3}\d",
        r"[a-z./ ]+[:\s\-]{1,3}(?P<v>\d{1,2}[ /.\-]\d{1,2}[ /.\-](?:(?:18|19|20)\d\d|\d\d)|\d{8}|"
        r"\d{6})(?!\d)",
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
        rf"next )?(?:{_FULL}|jan|feb|apr|"
        rf"jun|jul|aug|sept?|oct|nov)\b",
        rf"[a-z ]+?[ \-](?:early |mid |mid-|late |end of |last |next )?(?P<v>(?:{_FULL}|jan|feb|apr|jun|"
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
