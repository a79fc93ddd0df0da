"""A day and a month without a year: "seen on 12/3", "by 12/1", "ord HX-88213 3/9", never 6/9, 2/52 or 1/7."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.checksums import is_date
from prentice.deid.redact.dates import ALONE
from prentice.deid.redact.gazetteer import CLINICAL, kinds
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span


def _short(text: str, match: re.Match[str], start: int) -> Span | None:
    """Day and month without a year after a cue: "seen on 12/3", never 2/52, 6/12, 1/7, 6/9 or 20/20."""
    first, second = int(match["d"]), int(match["m"])
    duration = second in (7, 12, 52) and first <= 12 and not _ON_A_DAY.match(match[0])
    if not is_date(first, second) or duration or first == second == 6:
        return None
    if first in (6, 20) and second in (4, 5, 6, 9, 12, 18, 20, 24):
        return None
    if "." in match["v"] and (
        second > 12 or _HALF_DAY.match(text, match.end()) or _CLOCK.fullmatch(match["v"])
    ):
        return None  # a time: "offered 11.15", "phoned 9.05am", "rang 9.05"
    if "." in match["v"] and 8 <= first <= 19 and len(match["m"]) == 2 and _SPOKE.match(match[0]):
        return None  # "rang 11.05"
    if "." in match["v"] and len(match["m"]) == 2 and match[0].lower().startswith("offered"):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


_HALF_DAY = re.compile(r" ?[ap]\.?m\b", re.I)
_SPOKE = re.compile(
    r"(?:called|rang|phoned|txt|texted|text|arrived|came|offered|left|lm|spoke) (?!on )", re.I
)
_CLOCK = re.compile(r"\d\.0\d")  # who writes the zero of a month writes that of a day


_ON_A_DAY = re.compile(
    r"(?:on|dated?|dob|d\.o\.b\.?|born|appt|appointment|w/c|tci|moved to|offered|game|bday|birthday)\b", re.I
)
_NUMBERS_BEFORE = re.compile(
    r"\b(?:pain|scores?|scale|vas pain|iops?|gat|nct|tono\w*|goldmann|pressures?|perkins|icare|ishihara|va|vas|bp|r|l|re|le|od|os|"
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


_PARTS = frozenset(((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (1, 8), (1, 10), (2, 10), (3, 10)))


def is_bare_day(first: int, second: int) -> bool:
    """Whether "3/9" can hardly be anything but a day: no acuity, duration, part of one, or pair of pressures.

    >>> is_bare_day(3, 9), is_bare_day(6, 9), is_bare_day(6, 12), is_bare_day(1, 2), is_bare_day(14, 12)
    (True, False, False, False, False)
    """
    if not is_date(first, second) or second in (7, 12, 52) or (first, second) in _FRACTIONS | _PARTS:
        return False
    return not (
        (first == 20 and second >= 10)
        or (first == 6 and second in (10, 15, 18, 24))
        or (first > 7 and second > 7 and abs(first - second) < 5)
    )


def _days_between(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "10th-17th", "3-9th"; without the first ending only a dash parts two days."""
    first, last = int(match["d"]), int(match["m"])
    if not (1 <= first < last <= 31) or not (match["th"] or match["s"] == "-"):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _bare(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "job in 10/3", "doxycycline 50mg 20/3", "9/4 rang re frame"."""
    if not is_bare_day(int(match["d"]), int(match["m"])):
        return None
    if _NUMBERS_BEFORE.search(text, max(0, match.start("v") - 28), match.start("v")):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


_NOT_MORE = r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hrs?|wks?|days?|pairs?|deg|of|OD|OS|OU|R|L)\b)"
_DIARY = (
    r"(?:px|pt|rang|called|phoned|tel|t/c|lm|lvm|vm|spoke|emailed|e-?mailed|txt|texted|seen|collected|coll|"
    r"attended|dna|fta|ordered|received|rec'?d|paid|posted|mum|mom|dad|wife|husband|son|daughter|no answer|n/a|"
    r"chased|checked|glazed|ready|sent|dispensed|booked|cancelled|canceled|refunded|returned|left|came|popped|"
    r"msg|message|lab|"
    r"letter|ltr|rx|recheck|voicemail)"
)
_WITH = (
    r"for|in|it|them|these|those|back|her|him|w/c|arrives?|due|not before|earliest|latest|wk of|week of|"
    r"beginning|wed|instead of|either|or|asap|today|now|tomorrow|rebook(?:ed)? to"
)

_RANGE = re.compile(
    r"(?<![\d./+\-])(?P<v>(?P<a>\d{1,2})/(?P<b>\d{1,2}) ?- ?(?P<c>\d{1,2})/(?P<e>\d{1,2}))(?![\d/%+\-]|\.\d)"
)
_STEPS = (  # of an order or an eye: the day stands right behind
    r"ord|ord'?d|ordered|rec'?d|rcvd|promised|prom|disp'?d|coll'?d|chk'?d|chkd|ck'?d|glazed|edged|del'?d|deliv'?d|"
    r"arr'?d|exp'?d|inv'?d|pd|post'?d|canc'?d|resub'?d|resubmitted|ref'?d|due|coll|orig|sched|signed|fwd to|forward to|in for|down for|last night|keeps|month from|monthly from|paying from|starts from"
)
_TURNS = (
    r"came|comes|coming|started|start|began|stopped|moved|moves|can'?t do|cannot do|can do|could do|can'?t make|"
    r"makes?|quit|lost|broke|broken|fell|bought|expected|expect|fitted|refit|trialled|tried|dilated|injected|"
    r"repaired|replaced|opened|finished|quoted|invoiced|billed|denied|appealed|approved|reminded|recalled|referred|"
    r"spoken|asked|wrote|dropped|married|died|passed|turned up|last|seen by [a-z]+|emailed [a-z]+|called [a-z]+|"
    r"rang [a-z]+|told [a-z]+|out|in clinic|see you|free|off|not in"
)


def _step(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "disp'd KW 3/4", "ord 3/12": what happens once has a day, also where elsewhere 3/4 is a part."""
    first, second = int(match["d"]), int(match["m"])
    if not is_date(first, second) or second == 52 or (first, second) in _FRACTIONS:
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _from_to(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "3/10-3/14": two days of one month; no pressures and no acuities."""
    one, two = (int(match["a"]), int(match["b"])), (int(match["c"]), int(match["e"]))
    if (
        not (is_date(*one) and is_date(*two))
        or one in _FRACTIONS
        or two in _FRACTIONS
        or one[0] == one[1] == two[0]
    ):
        return None
    if one[0] in (6, 20) or not (
        (one[0] == two[0] and one[1] < two[1]) or (one[1] == two[1] and one[0] < two[0])
    ):
        return None
    if _NUMBERS_BEFORE.search(text, max(0, start - 28), start):
        return None
    return Span(match.start("v"), match.end("v"), "DATE")


def _after_word(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "put him in for 7/7", "if she keeps 1/17": after any word that is none of the trade."""
    if kinds().get(match["w"], 0) & CLINICAL or match["w"] in _COUNTED:
        return None
    return _bare(text, match, start)


_COUNTED = frozenset(
    (
        "is",
        "was",
        "are",
        "to",
        "about",
        "heights",
        "score",
        "scored",
        "got",
        "only",
        "read",
        "reads",
        "now",
        "than",
        "or",
        "and",
        "of",
        "only",
    )
)

DAYS: tuple[Rule, ...] = (
    rule(
        "DATE",
        r"\d/\d{1,2} ?- ?\d{1,2}/\d",
        "",
        lambda text, match, start: (
            _from_to(text, found, start)
            if (
                found := _RANGE.match(
                    text, start if text[start - 1 : start].isspace() or not start else start - 1
                )
            )
            else None
        ),
    ),
    rule(
        "DATE",
        r"\b[a-z]{2,} \d{1,2}/\d{1,2}\b",
        rf"(?P<w>[a-z]+) (?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})){_NOT_MORE}",
        _after_word,
        caseless=False,
        loose=True,
    ),
    rule(
        "DATE",
        rf"\b(?:{_STEPS})(?: (?:on|by|for))?(?: [a-z]{{2,3}})?,? \d{{1,2}}/\d{{1,2}}\b",
        rf"(?:{_STEPS})(?: (?:on|by|for))?(?: (?-i:[A-Z]{{2,3}}))?,? (?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})){_NOT_MORE}",
        _step,
    ),
    rule(
        "DATE",
        rf"\b(?:{_TURNS})(?: (?:on|by|for|til|till|from|it|them|back))?,? \d{{1,2}}/\d{{1,2}}\b",
        rf"(?:{_TURNS})(?: (?:on|by|for|til|till|from|it|them|back))?,? "
        rf"(?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})){_NOT_MORE}",
        _bare,
    ),
    rule(
        "DATE",
        rf"\b(?:{_WITH}) \d{{1,2}}/\d{{1,2}}\b",
        rf"[a-z/ ]+ (?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})){_NOT_MORE}",
        _bare,
    ),
    rule(
        "DATE",
        r"\d ?(?:mg|mcg|ml|%|iu|units?|tabs?|drops?|bd|tds|qds|od|bid|tid|qid|qhs),? \d{1,2}/\d{1,2}\b",
        rf"\d ?[a-z%]+,? (?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})){_NOT_MORE}",
        _bare,
    ),
    rule(
        "DATE",
        rf"(?:^|[.;,\n(] ?)\d{{1,2}}[/.]\d{{1,2}}\)?[:,]? ?-? ?{_DIARY}\b",
        rf"[.;,\n(]* ?(?P<v>(?P<d>\d{{1,2}})[/.](?P<m>\d{{1,2}}))(?=\)?[:,]? ?-? ?{_DIARY}\b)",
        lambda text, match, start: None if _CLOCK.fullmatch(match["v"]) else _bare(text, match, start),
    ),
    rule(
        "DATE",
        r"\b\d{1,2}(?:st|nd|rd|th)? ?(?:-|to|until|til|till|thru|through|/|&|and|or) ?\d{1,2}(?:st|nd|rd|th)\b",
        rf"{ALONE}(?P<v>(?P<d>\d{{1,2}})(?P<th>st|nd|rd|th)? ?(?P<s>-|to|until|til|till|thru|through|/|&|and|or) ?"
        r"(?P<m>\d{1,2})(?:st|nd|rd|th))\b(?! (?:percentile|centile|line|row|nerve|pair|birthday|grade|"
        r"floor|century|degree|letter|frame|lens|lenses|visit|appt|go|attempt|order|remake|one|year|time|box|"
        r"specs|"
        r"trial|st|street|ave)s?\b)",
        _days_between,
    ),
    rule(
        "DATE",
        r"\b\d{1,2}/\d{1,2},?(?: at | ?@ ?| - | )\d{1,2}(?::\d\d|\.\d\d ?[ap]m| ?[ap]\.?m\b)",
        rf"{ALONE}(?P<v>(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}}))(?=,?(?: at | ?@ ?| - | )\d{{1,2}}(?::\d\d|"
        rf"\.\d\d ?[ap]m| ?[ap]\.?m\b))",
        _timed,
        often=True,
    ),
    rule(
        "DATE",
        r"\b(?:on|dated?|appt|appointment|booked|seen|due|dob|d\.o\.b\.?|born|collected|since|until|till|til|'til|"
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
        r"returned|phoned|txt|expired|lapsed|ran out|broke|"
        r"text|texted|paid|ready|eta|week of|w/b|wb|starts?|starting|moved to|changed to|tci|admitted|"
        r"discharged|attended|dispensed|fitted|reviewed|"
        r"birthday)(?: (?:on|for|in|is|date|of|was))?[: ]{1,2}\d{1,2} ?[/.\-] ?\d",
        r"[a-z/. ]+[: ]{1,2}(?P<v>(?P<d>\d{1,2}) ?[/.\-] ?(?P<m>\d{1,2}))"
        r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hx|hrs?|today ?for))",
        _short,
        often=True,
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
)
