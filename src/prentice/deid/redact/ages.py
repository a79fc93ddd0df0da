"""Ages of 90 and over: 45 CFR 164.514(b)(2)(i)(C)."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import NAME, STOP, WORD, kinds
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_PERSON = re.compile(
    r"\b(?:he|she|px|pt|patient|mum|mom|dad|mother|father|gran|nan|grandma|grandad|grandmother|"
    r"grandfather|lady|"
    r"gentleman|husband|wife|they|aunt|uncle|who|and)\s$",
    re.I,
)
_BORN = re.compile(r"\b(?:born|dob|birthday)\b", re.I)
_NINETIES = r"(?:9\d|1[01]\d|12[0-5])"
_TENS = r"ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred(?: and [a-z]+)?"
_NINETY = r"[Nn]inety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
_OLD_KIN = (
    r"mother|father|mum|mom|dad|grandmother|grandfather|grandma|grandpa|grandad|gran|granny|nan|nana|aunt|auntie|"
    r"uncle|husband|wife|sister|brother|widow|widower|resident|mil|fil|neighbou?r|friend"
)


def _after_name(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Nellie Ridsdale, ninety-five": after a name, or a word that nothing here knows; no axis, no angle."""
    kind = kinds().get(match["w"].lower(), 0)
    return Span(match.start("v"), match.end("v"), "AGE") if kind & NAME or not kind else None


_KIN_NAMES = frozenset(
    [
        "nana",
        "nan",
        "nanna",
        "gran",
        "granny",
        "grandma",
        "grandpa",
        "grandad",
        "granddad",
        "gramps",
        "pops",
        "papa",
        "mama",
        "mamaw",
        "papaw",
        "meemaw",
        "memaw",
        "oma",
        "opa",
        "abuela",
        "abuelo",
        "mum",
        "mom",
        "dad",
        "mam",
        "auntie",
        "aunt",
        "aunty",
        "uncle",
        "mother",
        "father",
        "he",
        "she",
        "patient",
        "pt",
        "px",
    ]
)


def _named_is(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Nana is 91", "Miss Hattie is 93": who is, not what is ("Axis is 90")."""
    word = match["w"].lower()
    kind = kinds().get(word, 0)
    if word in _KIN_NAMES or (kind & NAME and not kind & (WORD | STOP)) or not kind:
        return Span(match.start("v"), match.end("v"), "AGE")
    return None


AGES: tuple[Rule, ...] = (
    rule(
        "AGE",  # "I am 92", "im 93 you know"
        rf"\b(?:i am|i'm|im|i will be|i'll be|i turn|i turned) (?:now |nearly |almost |over )?{_NINETIES}\b",
        rf"[a-z' ]+ (?P<v>{_NINETIES})(?![\d:/%+\-x]|\.\d| ?(?:%|per|deg|mm|percent|days|miles|minutes|pounds|am|pm)\b)",
        loose=True,
    ),
    rule(
        "AGE",
        rf"\b(?:{_TENS}) years?(?:[.,;)]|$| )",
        rf"(?P<v>(?:{_TENS}) years?)(?=[.,;)]|$| (?:old|young|of age|and)\b)",
    ),
    rule(
        "AGE",
        rf"\b{_NINETIES}\+?[ \-]?(?:y|f\b|m\b)",
        rf"(?<![\d./+\-x@])(?P<v>{_NINETIES}\+?[ \-]?(?:y\.?[/\-]?o\.?(?![a-z])|yrs?\b(?:[ \-]?(?:old|of "
        rf"age)\b)?|"
        rf"years?\b[ \-](?:old|of age)\b|year\b[ \-]old\b|years? young\b|y(?=[ ,.;)])(?! ?axis)|"
        rf"[fm](?=[ ,.;)]|$)))",
    ),
    rule(
        "AGE",
        rf"\b(?:aged?|turned|turning|turns|lived to|reach(?:ed|es|ing)?|made it to|died at|celebrated|"
        rf"celebrating|"
        rf"approaching|nearly|almost|age of|now|is|over|lady of|man of|woman of|"
        rf"gentleman of|she's|"
        rf"he's)[:\s]{{1,2}}{_NINETIES}\b",
        rf"(?P<k>[a-z' ]+?)[:\s]{{1,2}}(?P<v>{_NINETIES}(?:~|\.5)?)(?![\d:/%+\-x]|\.\d| ?(?:deg|mm|%|axis|"
        rf"hz|mg|d\b|"
        rf"lens|points?|minutes|mins|"
        rf"days|percent|microns?|um\b))",
        lambda text, match, _: (
            Span(match.start("v"), match.end("v"), "AGE")
            if match["k"].lower() not in ("is", "now", "over", "nearly", "almost")
            or text[match.start() - 1 : match.start()] == "("
            or _PERSON.search(text[: match.start()])
            or _BORN.search(text, max(0, match.start() - 40), match.start())
            else None
        ),
    ),
    rule(
        "AGE",
        r"\b(?:in )?(?:his|her|their|the|mid|early|late)[ \-](?:early[ \-]|mid[ \-]|late[ \-])?(?:90'?s|"
        r"nineties|100'?s)\b",
        r"(?:in )?(?:his|her|their|the|mid|early|late)[ \-](?P<v>(?:early[ \-]|mid[ \-]|"
        r"late[ \-])?(?:90'?s|nineties|100'?s))\b",
        lambda text, match, _: (
            None if match[0].lower().startswith("the ") else Span(match.start("v"), match.end("v"), "AGE")
        ),
    ),
    rule(
        "AGE",
        rf"\b(?:{_TENS})[ \-](?:y|year)",
        rf"(?P<v>(?:{_TENS})[ \-](?:years?[ \-]old\b|years? of age\b|y\.?/?o\b|yrs? old\b))",
    ),
    rule(
        "AGE",
        rf"\b(?:aged?|turned|turning|turns|turn|is|nearly|almost|approaching|now|be|was|reached|until|"
        rf"till) (?:{_TENS})\b",
        rf"[a-z]+ (?P<v>{_TENS})\b(?! (?:per|degrees))",
    ),
    rule(
        "AGE",
        rf"\bage(?: is| now)? ?[:=\-]? ?{_NINETIES}\b",
        rf"age(?: is| now)? ?[:=\-]? ?{_NINETIES}(?![\d:/%+\-x]|\.\d| ?(?:mm|%|mins?|days|months?|m\b))",
    ),
    rule(
        "AGE",
        rf"\b(?:who is now|who is|who's|who was|will be|would be|she was|he was|is (?:s?he|mum|mom|"
        rf"dad|gran|nan)|"
        rf"turn) {_NINETIES}\b",
        rf"[a-z' ]+? (?P<v>{_NINETIES})(?=[.,;!?)](?!\d)|$|\n| (?:in|on|this|next|now|and|or|but|when|so|"
        rf"by|today|tomorrow|"
        rf"at the time|last|if|who|with)\b)",
    ),
    rule(
        "AGE",
        rf"\b(?:no driving|driving|drives|still [a-z]+|alone|living|lives alone|independent|sharp|spry|"
        rf"working|widowed|"
        rf"fell|died|retired|well|remarkable|impressive|active|not bad|passed away|passed|married) at "
        rf"{_NINETIES}\b",
        rf"[a-z ]+? at (?P<v>{_NINETIES})(?![\d:/%+\-x]|\.\d| ?(?:deg|mm|%|axis|cm|mph|am|pm|d\b|degrees))",
    ),
    rule(
        "AGE",
        rf"(?:^|[.!?;] )(?:at|now|is) {_NINETIES}[, ]",
        rf"[.!?; ]*(?:at|now|is) (?P<v>{_NINETIES})(?=, (?:s?he|they|his|her|mum|dad|gran)\b| (?:s?he|"
        rf"they)\b)",
    ),
    rule("AGE", rf"\b{_NINETIES}(?:th|st|nd|rd) birthday\b", rf"{_NINETIES}(?:th|st|nd|rd)(?= birthday)"),
    rule(
        "AGE", rf"\b(?:{_TENS.replace('ninety(', 'ninet(?:y|ieth)(')}) birthday\b", r"[a-z -]+(?= birthday)"
    ),
    rule(
        "AGE",
        rf"\b(?:of|aged|for|at|lived|her|his) (?:{_TENS}) years?\b",
        rf"[a-z]+ (?P<v>(?:{_TENS}) years?)\b",
    ),
    rule(
        "AGE",
        rf"\b[A-Z][a-z]+,? \(?{_NINETY}(?:[.,;)]|$)",
        rf"(?P<w>[A-Za-z]+),? \(?(?P<v>{_NINETY})(?=[.,;)]|$)",
        _after_name,
        caseless=False,
    ),
    rule(
        "AGE",  # "she'll be 98", "Nana is 91", "will be 90 in May", "lived to ninety-nine"
        rf"\b(?:(?:s?he|they|who|mum|mom|dad)(?:'ll| will| would|'d) (?:soon |now )?be|gonna be|going to be|about to be|"
        rf"coming up(?: to)?|gone|just) {_NINETIES}\b",
        rf"[a-z' ]+ (?P<v>{_NINETIES})(?![\d:/%+\-x]|\.\d| ?(?:deg|mm|%|axis|hz|mg|d\b|lens|points?|mins?|minutes|"
        rf"days|percent|microns?|um\b|pounds?|quid|pence|p\b|people|boxes|pairs?|miles|of\b|weeks?|hours?))",
    ),
    rule(
        "AGE",
        rf"\b(?:s?he's|lived to|lived till|lived until|made it to|got to|turned|turning|died at|passed at|all of|aged|at) (?:{_TENS})\b",
        rf"[a-z' ]+? (?P<v>{_TENS})\b(?! (?:per|degrees|pounds|dollars|days|weeks|miles))",
    ),
    rule(
        "AGE",
        rf"\b[A-Z][a-z]+ (?:is|was|will be|turns|turned|just) (?:now |only |over |nearly |almost )?{_NINETIES}\b",
        rf"(?P<w>[A-Z][a-z]+) [a-z ]+ (?P<v>{_NINETIES})(?![\d:/%+\-x]|\.\d| ?(?:deg|mm|axis|microns?|um\b|mins?|"
        r"per|points?|percent|D\b))",
        _named_is,
        caseless=False,
    ),
    rule("AGE", r"\b(?:nonagenarian|centenarian|supercentenarian)s?\b", r"[a-z]+"),
    rule(
        "AGE",
        rf"\b[mf][ /]?{_NINETIES}\b",
        rf"[mf][ /]?(?P<v>{_NINETIES})(?=[ ,.;)]|$)(?! ?(?:deg|mm|%))",
        caseless=False,
    ),
    rule(
        "AGE",
        rf"\b(?:male|female|man|woman|lady|gent|gentleman|px|pt|patient|lives|living|{_OLD_KIN})[ "
        rf",(]{{1,3}}(?:aged? )?{_NINETIES}\b",
        rf"(?:male|female|man|woman|lady|gent|gentleman|px|pt|patient|{_OLD_KIN})[ ,(]{{1,3}}(?:aged? "
        rf")?(?P<v>{_NINETIES})(?=[ ,;)]|\.(?!\d)|$)(?! ?(?:deg|mm|%|min|"
        rf"day))",
    ),
)
