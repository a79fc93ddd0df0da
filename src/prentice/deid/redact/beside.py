"""What stands beside an identifier and belongs to it: "III", ", OD", "the Rev", an age, a weekday."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re
from collections.abc import Iterable

from prentice.deid.redact.checksums import is_date
from prentice.deid.redact.dates import FIRST_TO_THIRTY_FIRST, WEEKDAY
from prentice.deid.redact.days import is_bare_day
from prentice.deid.redact.dwellings import (
    FLOOR_AFTER,
    is_trade,
    starts_with_unit,
    with_chunks,
    with_house,
    with_the_house,
)
from prentice.deid.redact.gazetteer import CLINICAL, NAME, PLACE, STOP, WORD, kinds
from prentice.deid.redact.names import ROLE_WORDS
from prentice.deid.redact.ordinary import STATES, is_state_here
from prentice.deid.redact.spans import Span

_SUFFIX = r",? (?:Jr|Sr|Snr|Jnr|Esq|II|III|IV)\b\.?"
_SURE = (
    r"FRCOphth|MRCOphth|FRCS(?:Ed)?|FRCP|MRCGP|MRCP|MBBS|MBChB|MCOptom|FCOptom|FBDO|BSc|MSc|MOptom|BOptom|"
    r"FAAO|FCOVD|FACS|PhD|"
    r"ABOC|NCLEC|COMT|CPOT?|COT|COA|LDO|DipTp|DipGlauc|DBO|RGN|RMN|SRN|OBE|MBE|CBE|Prof Cert|PA-C|"
    r"FNP(?:-C)?|APRN|DNP|CRNP"
)
_DEGREES = (
    rf"(?:(?:,? \(?(?:{_SURE})\)?\b\.?)|,? (?:O\.D\.|M\.D\.|D\.O\.)|, ?(?:OD|MD|DO|RN|NP|PA|LPN|DDS|DVM|JD|"
    rf"MS|MA)\b\.?(?=\s*(?:$|\n|[,;()/]|\.(?: [A-Z]|$|\n)|NPI|License|Lic|DEA|-)| signed| will\b| of\b)|,? (?:RN|LPN|LVN)\b)"
)
_AFTER_NAME = re.compile(rf"(?:{_SUFFIX}|{_DEGREES})+")
_BEFORE_NAME = re.compile(r"\b(?:the (?:Rt\.? )?)\Z", re.I)
_TITLE = re.compile(r"(?:rev|revd|reverend|hon|rt|right|very|most)\b", re.I)
_AGE_AFTER = re.compile(
    r"(?:'s)?(?: ?,? ?\(?)(?<!\w)(?:aged? |age:? |is |now |turns |turned )?(?P<v>9\d|1[01]\d|12[0-5])"
    r"(?= ?[)!;,]|\.(?!\d)|$|\n| \((?!\d)| - | (?:b\.? ?\d|b/|came|w/|with|dob\b|born|in (?:for|w|with)\b|for\b|has\b|had\b|"
    r"is\b|re\b|needs|wants|who\b|rang|called|can't|cant|and (?:her|his)|dtr|son\b|due\b|brought|accompanied|new\b|"
    r"wheelchair|w'chair|deaf|home visit|dom\b|lost|broke|here|v\b|very|still|frail|nearly|not)| (?:today|tomorrow|last|next|this|in (?:[A-Z]|\d)|and still|y\b|yrs?\b|lives|"
    r"attended|here|presents|c/o)\b)"
)
# "msg from Tad O re job", "Ethel B 93", "Pam CD to wait"; a signature's "Priya R".
_INITIAL_BESIDE = re.compile(
    r" (?:[A-Z](?= (?:9\d|1[01]\d)\b)|(?![RLAI] )[A-Z](?:[A-Z])?(?= (?:re|to|from|will|rang|called|says|said|wants|came|has|"
    r"is|was|about|phoned|texted|emailed|picked|dropped|paid|asked|for (?:her|his|the|a)|b\.? ?\d|dob|aged?)\b))"
)
_INITIAL_AT_END = re.compile(r" [A-Z]\.?(?=[ .!x]{0,3}(?:\n|$))")
_DAY_BEFORE = re.compile(rf"\b(?:{WEEKDAY}\.?,? )?(?:the )?\Z", re.I)
_DAY_AFTER = re.compile(
    rf"(?: ?(?:to|till|until|or|and|&|-|/|,) ?(?:the )?(?:{FIRST_TO_THIRTY_FIRST})(?:st|nd|rd|th)\b(?! "
    rf"(?:pair|nerve|line)))+",
    re.I,
)
# "(01632) 960588 17/11", "ord HX-88213 3/9", "Mrs Wigglesworth 9/4", "RXN449102 for 11/6"
_DAY_BESIDE = re.compile(
    r"\)?,? (?:(?:for|on|due|by|in|ready|rang|sent|coll|collected) )?(?P<v>(?P<d>\d{1,2})/(?P<m>\d{1,2}))"
    r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|mmhg|hrs?|wks?|days?|pairs?|of|OD|OS|OU|R|L|J\d|N\d)\b)",
    re.I,
)
# "The Old Smithy, Giggleswick, BD24 0ZZ": what commas join to a postcode is its address.
_CODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\d{5}(?:-\d{4})?\b")
_NUMBERED_BEFORE = re.compile(r"(?<![\w./+\-])(?P<v>\d{1,4}[A-Za-z]? (?:[A-Z][A-Za-z'\-]+ ){1,3})\Z")
_CODE_AT_END = re.compile(r" (?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5}(?:-\d{4})?)\Z")
_CODE_AFTER = re.compile(
    r",? (?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|(?:[A-Z]{2},? )?\d{5}(?:-\d{4})?(?![\d\-/]|\.\d))"
)
_ZIP_AFTER = re.compile(r",? (?:[A-Z]{2},? )?\d{5}(?:-\d{4})?(?![\d\-/]|\.\d)")
_JOINS = frozenset((", ", ",\n"))
_TOWN_IN_BRACKETS = re.compile(r", ([A-Z][a-z]{3,})(?=\))")
_CAPITAL_TOWN_AFTER = re.compile(r" ([A-Z][a-z]{3,})(?=[.,;)\n]|$)")
_SMALL_TOWN_AFTER = re.compile(r",? ([a-z]{4,}(?: [a-z]{4,})?)(?![\w'@\-])")
# "on 7/18 and 7/24"
_DAY_JOINED = re.compile(
    r" ?(?:and|&|or|to|then|,|;|\+)(?: (?:again|on|again on))? (?P<v>(?P<d>\d{1,2})/(?P<m>\d{1,2}))"
    r"(?![\d/%+\-x]|\.\d| ?(?:ago|months?|weeks?|mm|hrs?|wks?|days?|pairs?|of|OD|OS|OU|R|L)\b)"
)
_AGE_AFTER_BIRTH = re.compile(
    r"(?: ?\(|,? (?:aged? |so (?:yes )?(?:i am|i'm|im|she is|he is|she's|he's) |now |age:? |is )|, (?=\d{2,3}[,)]))(?P<v>9\d|1[01]\d)(?=\)|[ ,.;](?!\d)|$)",
    re.I,
)
_FLAT_AFTER = re.compile(
    r",? (?:Flat|Apt|Unit|Suite|Ste|Lot|Space|Spc|Trlr|#) ?#?(?:\d{1,4}(?:[/\-]\d{1,3})?[A-Za-z]?|(?-i:[A-Z]))\b",
    re.I,
)
_BARE_FLAT_AFTER = re.compile(
    r",? (?:\((?:\d[FfGgBb]\d|\d/\d|[A-Za-z]?\d{1,3}[A-Za-z]?)\)(?= ?[.,;\n]|$)|#? ?\d{1,3}[A-H]|#\d{1,4}|[A-H]\d{1,2})(?=[,;\n]|\.(?!\d)|$)"
)
_ID_AFTER = re.compile(r"[\-/](?:[A-Z]{1,2}\d?|\d{1,2})(?![\w/.\-])")
# "ZL8837-20416R / ZL8837-20417L", "orig job 2404-77183 new 2405-00926"
_ID_CHAINED = re.compile(
    r"(?: ?(?:/|&|\+|->|=>|,) ?| (?:new|old|and|now|was|then|or|replaces|replacing|to)(?: (?:job|no|ref|order|one))? )#?"
    r"(?P<v>(?:[A-Z]{1,4}[\-/]?)?\d[A-Z\d]*(?:-[A-Z\d]+)*)(?![\w/:]|[.\-]\d)"
)
# "215 Weathervane Rd Tipp City 45371"
_TOWN_ZIP_AFTER = re.compile(
    r",? (?:[A-Z][a-z'\-]+\.? ){0,2}[A-Z][a-z'\-]+,?(?: [A-Z]{2},?)? \d{5}(?:-\d{4})?(?![\d\-/]|\.\d)"
)
_TOWN_AFTER = re.compile(
    r",\s([A-Z][a-z]+(?: (?:on |in |le |under )?[A-Z][a-z]+)?)(?=[.,;)\n]|$| [A-Z]{2}\b| \d{5}\b)"
)


def _is_town(words: str) -> bool:
    """Whether capitalised words after a street can be its town."""
    table = kinds()
    known = [table.get(word, 0) for word in words.lower().split()]
    return (
        not any(kind & (STOP | CLINICAL) or (kind & WORD and not kind & PLACE) for kind in known)
        and words.lower() not in STATES
    )


def _is_small_town(words: str) -> bool:
    """Whether words in lower case after a street are its town: "acacia gardens nuneaton"."""
    table = kinds()
    kind = table.get(words, 0)
    first = table.get(words.split()[0], 0)
    return (
        bool(kind & PLACE and not kind & (STOP | WORD))
        or (first & PLACE and not first & (STOP | WORD)) == PLACE
    )


_DATED = frozenset(("NAME", "PHONE", "ID", "EMAIL"))
_GOES_ON = frozenset(" ,)")
_DAY_JOINS = frozenset(" ,&/;+(")
_NOTHING_AFTER = frozenset((".", "\n", ":", ";", "(", ")", ""))  # no degree, age or second name
_AND = re.compile(r"(?: & | and | \+ |/)([A-Z][a-z]{2,})(?![a-z'])")


def _is_second(word: str) -> bool:
    """ "Freya & Max": whether the other of two can be a person."""
    kind = kinds().get(word.lower(), 0)
    return word.lower() not in ROLE_WORDS and (not kind or (bool(kind & NAME) and not kind & STOP))


def without_states(folded: str, spans: Iterable[Span]) -> list[Span]:
    """The spans but for names that are a state: "trip to Georgia", "Virginia trip"."""
    return [span for span in spans if span.type != "NAME" or not is_state_here(folded, span.start, span.end)]


def with_neighbours(folded: str, spans: Iterable[Span]) -> list[Span]:
    """The spans, each with what belongs to it."""
    grown: list[Span] = []
    for span in spans:
        start, end, kind = span
        if (
            kind in _DATED
            and folded[end : end + 1] in _GOES_ON
            and (day := _DAY_BESIDE.match(folded, end))
            and is_bare_day(int(day["d"]), int(day["m"]))
        ):
            grown.append(Span(*day.span("v"), "DATE"))
        if kind == "NAME":
            if folded[end : end + 1] in _NOTHING_AFTER:
                if folded[start - 4 : start].lower() == "the " and _TITLE.match(folded, start):
                    start -= 4
                grown.append(span if start == span.start and end == span.end else Span(start, end, kind))
                continue
            if match := _AFTER_NAME.match(folded, end):
                end = match.end()
            elif (
                folded[end + 1 : end + 2].isupper()
                and " " not in folded[start:end]
                and folded[end - 1].islower()
            ):
                line_start = start == 0 or folded[start - 1] == "\n"
                if (match := _INITIAL_BESIDE.match(folded, end)) or (
                    line_start and (match := _INITIAL_AT_END.match(folded, end))
                ):
                    end = match.end()
            if folded[start - 4 : start].lower() == "the " and _TITLE.match(folded, start):
                start -= 4
            if (match := _AND.match(folded, end)) and _is_second(match[1]):
                end = match.end()
            if (
                folded[end : end + 1] == ","
                and (match := _TOWN_IN_BRACKETS.match(folded, end))
                and kinds().get(match[1].lower(), 0) & PLACE
            ):
                grown.append(Span(*match.span(1), "LOCATION"))  # "(Dr Hartley-Boon, Bath)"
            elif (
                "&" in folded[start:end] and (match := _TOWN_AFTER.match(folded, end)) and _is_town(match[1])
            ):
                grown.append(Span(*match.span(1), "LOCATION"))  # a firm and where it is
            if age := _AGE_AFTER.match(folded, end):
                grown.append(Span(age.start("v"), age.end("v"), "AGE"))
        elif kind == "DATE":
            if (match := _DAY_BEFORE.search(folded, max(0, start - 16), start)) and match[0]:
                start = match.start()
            if match := _DAY_AFTER.match(folded, end):
                end = match.end()
            if folded[end : end + 1] in _DAY_JOINS:
                if (day := _DAY_JOINED.match(folded, end)) and is_date(int(day["d"]), int(day["m"])):
                    grown.append(Span(*day.span("v"), "DATE"))
                if age := _AGE_AFTER_BIRTH.match(folded, end):
                    grown.append(Span(*age.span("v"), "AGE"))
        elif kind == "ID":
            if match := _ID_AFTER.match(folded, end):
                end = match.end()
            if (match := _ID_CHAINED.match(folded, end)) and sum(map(str.isdigit, match["v"])) > 4:
                grown.append(Span(*match.span("v"), "ID"))
        elif kind == "LOCATION":
            joined = folded[start - 2 : start] in _JOINS
            if joined and grown and folded[grown[-1].start].isdigit() and grown[-1].end == start - 2:
                joined = False  # its street stands before it
            if joined and (
                _CODE.match(folded, start)
                or _CODE_AFTER.match(folded, end)
                or _CODE_AT_END.search(folded, max(start, end - 12), end)
            ):
                start = with_chunks(folded, start)
            elif _CODE.match(folded, start) and (
                numbered := _NUMBERED_BEFORE.search(folded, max(0, start - 40), start)
            ):
                start = start if is_trade(numbered[0]) else numbered.start("v")
            if folded[start].isdigit() or starts_with_unit(folded, start):
                start = with_house(folded, start)
            elif joined:
                start = with_the_house(folded, start)
            if folded[start - 4 : start] == "The ":
                start -= 4
            if folded[start].isdigit() and (match := _TOWN_ZIP_AFTER.match(folded, end)):
                end = match.end()
            if (
                folded[start].isdigit()
                and not folded[end - 1].isdigit()
                and (match := _ZIP_AFTER.match(folded, end))
            ):
                end = match.end()
            if (match := _FLAT_AFTER.match(folded, end)) or (
                folded[start].isdigit() and (match := _BARE_FLAT_AFTER.match(folded, end))
            ):
                end = match.end()
            if folded[end : end + 1] in _GOES_ON and (match := FLOOR_AFTER.match(folded, end)):
                end = match.end()
            if ((match := _TOWN_AFTER.match(folded, end)) and _is_town(match[1])) or (
                folded[start].isdigit()
                and (match := _CAPITAL_TOWN_AFTER.match(folded, end))
                and kinds().get(match[1].lower(), 0) & PLACE
            ):
                end = match.end(1)
            elif match := _SMALL_TOWN_AFTER.match(folded, end):
                end = match.end(1) if _is_small_town(match[1]) else end
        grown.append(span if start == span.start and end == span.end else Span(start, end, kind))
    return grown
