"""Numbers and days in words, as voicemail and dictation have them: 164.514(b)(2)(i)(B) to (D) and (R).

"oh seven seven double oh nine …", "third of the sixth eighty nine", "seventy one acacia gardens", "c v ten nine x a".
"""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.dates import MONTHS
from prentice.deid.redact.gazetteer import CLINICAL, PROTECTED, kinds, word_set
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_DIGIT = r"(?:oh|zero|nought|naught|one|two|three|four|five|six|seven|eight|nine)"
_TEEN = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_TENS = r"(?:twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|ninety)"
_TIMES = r"(?:double|triple|treble)"
_GROUP = rf"(?:{_TIMES} (?:{_DIGIT}|\d)|{_DIGIT}|{_TEEN}|{_TENS}|hundred|thousand|o)"
_GAP = r"(?:,? (?:um |uh |er |erm |and then |then )?|, ?|-|\.{2,3} ?| ?- )"
_FIGURES = rf"(?:{_TIMES} (?:{_DIGIT}|\d)|\d)"
_TENTH = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|"
    r"fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|(?:twenty|thirty)[ -](?:first|second|"
    r"third|fourth|fifth|sixth|seventh|eighth|ninth))"
)
_MONTHTH = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth)"
_CARDINAL = rf"(?:{_TENS}(?:[ -]{_DIGIT})?|{_TEEN}|{_DIGIT})"
_YEAR = (
    rf"(?:(?:nineteen|twenty|eighteen)(?: hundred and)?[ -](?:oh[ -]{_DIGIT}|{_TENS}(?:[ -]{_DIGIT})?|{_TEEN}|{_DIGIT})|"
    rf"(?:two|2) thousand(?: (?:and )?{_CARDINAL})?|{_TENS}(?:[ -]{_DIGIT})?|oh[ -]{_DIGIT}|(?:19|20)\d\d)"
)
_IN_WORDS = rf"(?:{_TENTH}|\d{{1,2}}(?:st|nd|rd|th))"
_HEAD = (  # of a number in words, for Hyperscan
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]{2,4}r?teen|fifteen|eighteen|twenty|"
    r"thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|double|triple|treble)"
)
_TENTH_TOO = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|[a-z]{3,5}teenth|"
    r"twentieth|thirtieth|twenty[ -][a-z]{5,7}|thirty[ -]first)"
)
_COUNTS = {"hundred": 2, "thousand": 3}


def _count(words: str) -> int:
    """How many digits number words stand for: "double oh nine" three, "nineteen" two."""
    count, times = 0, 1
    for word in re.findall(r"[a-z]+|\d", words.lower()):
        if word in ("double", "triple", "treble"):
            times = 2 if word == "double" else 3
            continue
        if word in ("um", "uh", "er", "erm", "and", "then"):
            continue
        if word in _COUNTS:
            count += _COUNTS[word]
        else:
            two = word.endswith(("teen", "ty")) or word in ("ten", "eleven", "twelve")
            count += times * (2 if two else 1)
        times = 1
    return count


_AMOUNT_BEFORE = re.compile(
    r"\b(?:minus|plus|point|by|axis|over|pressures?|add|base|times|dose|between|about)[ :,]+\Z", re.I
)
_AMOUNT_AFTER = re.compile(
    r",? (?:point|over|millimet|mm|degrees|percent|diopt|pounds?|dollars?|hundred|minutes|days|weeks)\b", re.I
)


def _said(text: str, match: re.Match[str], start: int) -> Span | None:
    """A number said digit by digit: a telephone's if it is as long, else somebody's."""
    count = _count(match["v"])
    if _AMOUNT_BEFORE.search(text, max(0, start - 14), start) or _AMOUNT_AFTER.match(text, match.end("v")):
        return None
    if count < 6:
        return None
    return Span(match.start("v"), match.end("v"), "PHONE" if 7 <= count <= 13 else "ID")


def _said_id(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "chart number four four one two": three digits and more after a label."""
    if _count(match["v"]) < 3 or _AMOUNT_AFTER.match(text, match.end("v")):
        return None
    return Span(match.start("v"), match.end("v"), "ID")


def _day_said(text: str, match: re.Match[str], start: int) -> Span | None:
    return Span(match.start("v"), match.end("v"), "DATE")


_NOT_STREETS = word_set(
    "of the a an and or to in on at for with is was by from minutes days weeks months hours times years drops "
    "degrees pounds dollars pairs more other people eyes my your his her down over up off past per right left"
)


def _house_said(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "seventy one acacia gardens"."""
    words = match["n"].lower().split()
    if any(word in _NOT_STREETS or kinds().get(word, 0) & (CLINICAL | PROTECTED) for word in words):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


def _spelt_code(text: str, match: re.Match[str], start: int) -> Span | None:
    before = text[start - 2 : start]
    return Span(
        start - 2 if before[:1].isalpha() and before[1:] == " " else start, match.end("v"), "LOCATION"
    )


def _spelt_name(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "that's d e a n", "Nwosu, N-W-O-S-U": after a word that asks for it, or the word itself."""
    letters = re.sub("[^a-z]", "", match["v"].lower())
    before = text[max(0, match.start("v") - 40) : match.start("v")].lower()
    if _SPELLING.search(before) or letters in re.findall("[a-z]+", before):
        return Span(match.start("v"), match.end("v"), "NAME")
    return None


_SPELLING = re.compile(
    r"(?:\bspel(?:t|led|ling|l)|that'?s|thats|\bas in|surname|last name|first name|name is|name)[^a-z]{0,3}(?:it |is |it's |its |as |with )?(?:an? )?\Z"
)
_NATO = (
    r"(?:alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|"
    r"quebec|romeo|sierra|tango|uniform|victor|whisk(?:e)?y|x-?ray|yankee|zulu)"
)
_LABELS = (
    r"(?:chart|record|account|policy|member|claim|customer|order|job|reference|ref|case|ticket|confirmation|serial|"
    r"patient|hospital|extension|ext|room|apartment|flat|unit|zip(?: code)?|number|id)"
)
_SMALL_WAYS = (
    r"street|road|lane|avenue|drive|close|crescent|terrace|gardens?|grove|court|place|way|square|hill|park|row|walk|"
    r"mews|boulevard|parkway|circle|trail|view|rise|highway|loop|green"
)

# What says that numbers are written in words.
IN_WORDS = (
    r"\b(?:oh|[Zz]ero|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[a-z]+teen|[a-z]+ty|[Dd]ouble|[Tt]riple)[ ,-]{1,2}"
    r"(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|hundred)\b",
    r"(?:teenth|tieth|ifth|ixth|venth|ighth|inth|ird|rst|cond|lfth|urth) of [a-zA-Z]",
    r"\b(?:[Nn]ineteen|[Dd]ouble|[Ss]pelled|[Ss]pelt) [a-z0-9]",
)

SPOKEN: tuple[Rule, ...] = (
    rule(
        "PHONE",
        rf"\b{_HEAD}(?:,? |-|\.\.\. ?){_HEAD}(?:,? |-|\.\.\. ?){_HEAD}\b",
        rf"(?P<v>{_GROUP}(?:{_GAP}{_GROUP})+)\b",
        _said,
        loose=True,
    ),
    rule(
        "PHONE",  # "0 7 7 double 0 9", "07 double 7 900"
        rf"\b0[\d ]{{1,12}},? ?{_TIMES} (?:\d|o)",
        rf"(?<![\d./])(?P<v>\d+(?:[ ,-]{{1,2}}(?:\d+|{_FIGURES}|{_TIMES} o|o|oh))+)\b",
        _said,
        loose=True,
    ),
    rule(
        "ID",
        rf"\b{_LABELS}(?: number| no| id| code)?(?: is| was|,|:)? (?:[a-z] )?{_HEAD} {_HEAD}\b",
        rf"{_LABELS}(?: number| no| id| code)?(?: is| was|,|:)? (?P<v>(?:[a-z] )?{_GROUP}(?:{_GAP}(?:{_GROUP}|[a-z]\b))+)\b",
        _said_id,
        loose=True,
    ),
    rule(
        "DATE",  # "october fifth nineteen eighty eight", "march the third"
        rf"\b(?:{MONTHS}) (?:the )?(?:first|second|third|fourth|fif|six|sev|eig|nin|ten|ele|twe|thirt|fourt|\d{{1,2}} (?:nineteen|twenty|two))",
        rf"(?P<v>(?P<m>{MONTHS}) (?:the )?(?:{_TENTH}|\d{{1,2}}(?:st|nd|rd|th)?(?= (?:nineteen|twenty|eighteen|two thousand))|{_CARDINAL}(?= (?:nineteen|twenty)[ -]))"
        rf"(?P<y>,? {_YEAR})?)\b",
        lambda text, match, start: (
            _day_said(text, match, start) if match["y"] or match["m"].lower() != "may" else None
        ),
        loose=True,
    ),
    rule(
        "DATE",  # "ninth of june nineteen fifty two", "third of the sixth eighty nine", "the 3rd of june nineteen ninety"
        rf"\b(?:{_TENTH_TOO}|\d{{1,2}}(?:st|nd|rd|th))(?: day)? of (?:the )?(?:{MONTHS}|{_MONTHTH})\b",
        rf"(?P<v>{_IN_WORDS}(?: day)? of (?:the )?(?:{MONTHS}|{_MONTHTH})(?P<y>,? {_YEAR})?)\b",
        _day_said,
        loose=True,
    ),
    rule(
        "DATE",  # "fourth july nineteen ninety"
        rf"\b{_TENTH_TOO} (?:{MONTHS})\b",
        rf"(?P<v>{_IN_WORDS} (?P<m>{MONTHS})(?P<y>,? {_YEAR})?)\b",
        lambda text, match, start: (
            _day_said(text, match, start)
            if match["y"] or match["m"].lower() not in ("may", "march")
            else None
        ),
        loose=True,
    ),
    rule(
        "DATE",  # "until the twenty third"
        rf"\b(?:on|by|until|till|til|for|from|since|before|after|due|between) the {_TENTH_TOO}\b",
        rf"[a-z]+ the (?P<v>{_TENTH})\b(?=[.,;!?]|$|\n| (?:at|and|or|but|so|if|as|when|because|please|um|uh|er|erm|is|was|ok|okay|thanks|thank)\b)",
        _day_said,
        loose=True,
    ),
    rule(
        "LOCATION",
        rf"\b{_HEAD} (?:[a-z] )?[a-z']{{2,14}} (?:[a-z']{{3,14}} )?(?:{_SMALL_WAYS})\b",
        rf"(?P<v>(?:number )?{_GROUP}(?:[ -]{_GROUP})*(?: [a-d])? (?P<n>(?:[a-z']+ ){{1,3}}?)(?:{_SMALL_WAYS}))\b",
        _house_said,
        loose=True,
    ),
    rule(
        "LOCATION",  # "c v ten nine x a", "b 1 2 x j"
        rf"\b[a-z] (?:{_HEAD}|\d{{1,2}}) (?:(?:{_HEAD}|\d) ){{1,2}}[a-z] [a-z]\b",
        rf"(?P<v>[a-z] (?:{_GROUP}|\d{{1,2}}) (?:{_GROUP}|\d)(?: (?:{_GROUP}|\d))? [a-z] [a-z])\b",
        _spelt_code,
        loose=True,
    ),
    rule(
        "ID",  # "charlie victor one zero …"
        rf"\b{_NATO},? {_NATO},? (?:{_NATO}|{_HEAD}|\d)",
        rf"(?P<v>{_NATO}(?:,? (?:{_NATO}|{_GROUP}|\d+))+)\b",
        loose=True,
    ),
    rule(
        "NAME",
        r"\b[a-z](?:[ \-][a-z]){2,}\b",
        r"(?<![A-Za-z\d'.\-])(?P<v>[A-Za-z](?:(?:-| |, )[A-Za-z]){2,})(?![A-Za-z\d'])",
        _spelt_name,
        loose=True,
    ),
)
