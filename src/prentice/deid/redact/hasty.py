"""Names in lower case that are words too or that nothing here knows, where what stands around says so.

"told a week by joy", "could jignesh ring me", "2. mr singh gill", "name is may queen-ellis", "night all, jas".
"""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.collocations import is_collocation
from prentice.deid.redact.gazetteer import (
    CLINICAL,
    FIRST,
    NAME,
    PROTECTED,
    STOP,
    SURNAME,
    WORD,
    kinds,
    word_set,
)
from prentice.deid.redact.initials import NOBODY
from prentice.deid.redact.names import ROLE_WORDS
from prentice.deid.redact.ordinary import THING_NEXT
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

# Given names that are words too, and by which people are called: in lower case only a cue tells.
_CALLED = word_set(
    "joy grace mark will may april june rose daisy ruby penny robin jade amber holly ivy lily poppy faith hope dean "
    "grant frank jack pat sue rob bill art dawn eve gene guy jay jean kit lance max miles pearl ray rich rusty sandy "
    "sonny sunny victor violet wade heather hazel iris olive rosemary willow summer autumn sky skye carol noel angel "
    "bonnie brook brooke cliff colin dale don drew earl fern forrest gale ginger glen harley harmony honey hunter "
    "jasmine jewel josh kerry kim lee leigh melody mercy merry misty nick norm patience paige parker peg piper prince "
    "queenie randy reed rocky rowan royal ruth shelly shell skip star sterling stormy tammy tara teddy terry trinity "
    "tucker vic viv wally ward wendy chuck chip buddy bunny candy carmen charity cherry christian constance crystal "
    "ebony felicity gay precious princess sage scout sienna savannah georgia florence sydney austin dallas dakota "
    "brandy sol mo tam ginny dolly flora gloria laurel marina myrtle opal coral destiny diamond ken al ed ty jo di vi bo cy"
)
_LEADS = (
    r"(?:msg for|message for|note for|by|told|tell|told him|told her|told them|tell her|tell him|ask|asked|ask for|asked for|ask 4|asked 4|spoke to|spoke with|spoke 2|"
    r"see|saw|seen by|from|with|w/|rang|ring|call|text|msg|message|thanks|thx|ta|cheers|per|via|for|to|and)"
)
_AFTER = (
    r"(?=[.,;:!?)](?:\s|$)|\s*$|\n| \(| (?:to card|in (?:optical|the lab|lab|reception|dispensing|store|billing|clinic)|at (?:front|reception|the "
    r"desk|the till|checkout)|on (?:reception|the desk|front desk)|from (?:the|reception|optical|lab|accounts|billing)|@ |rang\b|called\b|"
    r"phoned\b|said\b|says\b|who\b|she\b|he\b|that (?:she|he|it|we)\b|again\b|today\b|when\b|if\b|re\b|about\b))"
)
_NOT_WHOM = word_set("for to and from see")


def _is_called(word: str) -> bool:
    """Whether a word in lower case can be what somebody is called, if a cue says so."""
    kind = kinds().get(word, 0)
    return word in _CALLED or (bool(kind & FIRST) and not kind & (WORD | STOP))


def _by_whom(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "told a week by joy.", "told him joy in optical"."""
    word, end = match["v"], match.end("v")
    if not _is_called(word) or is_collocation(text, match.start("v"), end) or THING_NEXT.match(text, end):
        return None
    cue = match["k"].lower()
    bare = not text[end : end + 1].isspace() or text[end : end + 1] in ("", "\n")
    if (
        (cue in _NOT_WHOM or bare)
        and word in _PLAIN
        and cue not in ("told", "ask for", "spoke to", "msg for", "message for", "note for")
    ):
        return None
    return Span(match.start("v"), end, "NAME")


_PLAIN = word_set(
    "will may art max rich star sky summer autumn royal reed ward chip norm shell lance gay sage al ed di vi bo hope"
)
_SORTS = word_set(
    "here there home late early well away over back them they then that this those these none both"
)


def _is_unknown(word: str) -> bool:
    """A word that nothing knows and that is no form of one: not "colected", "phonned"."""
    return not kinds().get(word, 0) and not word.endswith(("ed", "ing", "ly", "s", "tion", "nt", "ght", "ll"))


def _whose(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "son in law jignesh does", "could harpreet ring"."""
    word = match["v"]
    if word in ROLE_WORDS or word in _SORTS or not (_is_unknown(word) or _is_called(word)):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _full(text: str, match: re.Match[str], start: int) -> Span | None:
    """Two to four words in lower case, each a name or unknown, one of them a name: "may queen-ellis"."""
    begin = match.start("v")
    end = begin
    known = 0
    for count, found in enumerate(re.finditer(r"[a-z']+(?:-[a-z']+)*\.?", match["v"])):
        parts = [part for part in re.split(r"[-.']", found[0]) if len(part) > 1]
        each = [kinds().get(part, 0) for part in parts]
        if any(kind & CLINICAL and not kind & NAME for kind in each) or found[0] in ROLE_WORDS:
            break
        if any(
            kind and not kind & NAME and part not in _CALLED for kind, part in zip(each, parts, strict=True)
        ):
            break
        if found[0] in _GO_ON and (count or found[0] not in _CALLED):
            break
        known += any(kind & NAME for kind in each)
        end = begin + found.end()
    words = re.findall("[a-z'-]+", text[begin:end])
    if len(words) < 2 or not known or kinds().get(words[-1], 0) & PROTECTED:
        return None
    return Span(begin, end, "NAME")


_GO_ON = word_set(
    "each as will may can the a an one who is was has had to for in on at re rang wants said and or not from with i he she they so but my"
)


def _titled(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "mr singh gill the one": two surnames in lower case after a title."""
    first, last = match["f"], match["l"]
    if last in _GO_ON or last in ROLE_WORDS or not kinds().get(last, 0) & SURNAME or kinds()[last] & STOP:
        return None
    if not kinds().get(first, 0) & NAME and kinds().get(first, 0):
        return None
    return Span(start, match.end("l"), "NAME")


def _sign_off(text: str, match: re.Match[str], start: int) -> Span | None:
    word = match["v"].lower()
    kind = kinds().get(word, 0)
    if word in NOBODY or word in ROLE_WORDS or word in _SORTS:
        return None
    if word in _CALLED or not kind or (kind & NAME and not kind & (WORD | STOP)):
        return Span(match.start("v"), match.end("v"), "NAME")
    return None


def _capital(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "- Bex at Clearview", "ask 4 Sunny": a capitalised word that is a given name or unknown."""
    word = match["v"].lower()
    kind = kinds().get(word, 0)
    if word in ROLE_WORDS or kind & (CLINICAL | PROTECTED):
        return None
    return (
        Span(match.start("v"), match.end("v"), "NAME")
        if not kind or kind & FIRST or word in _CALLED
        else None
    )


_RELATIVES = (
    r"husband|hubby|wife|son|daughter|dtr|mum|mom|mother|father|dad|partner|brother|sister|aunt|auntie|uncle|niece|nephew|"
    r"cousin|gran|nan|grandma|grandpa|grandad|grandson|granddaughter|in[ -]law|carer|caregiver|neighbou?r|friend|boyfriend|"
    r"girlfriend|fiancee?|flatmate|roommate|housemate|stepdad|stepmum|stepson|stepdaughter|great[ -]grandson"
)
_DOES = (
    r"(?= (?:does|is|was|will|would|has|had|can|could|drives|drove|rang|called|phoned|says|said|wants|works|came|comes|brought|"
    r"brings|collects|collected|picks|picked|lives|helps|to (?:collect|ring|call|bring|pick)|on|who|and|at|cell|mobile|mob|tel|ph|\d)\b"
    r"|[,.;)](?:\s|$)|\s*$|\n)"
)
_FULL_NAME = r"(?P<v>(?:[a-z]\.? )?[a-z']{2,}(?:-[a-z']+)?(?: [a-z']{2,}(?:-[a-z']+)?){0,3})"

# What says that a note is written without capitals: it, a line or a sentence begins without one.
IN_LOWER_CASE = (
    r"[A-Z]{3,} [A-Z]{3,} [A-Z]{2,} [A-Z]{2,}",  # in capitals only
    r"(?:^|[.!?] |\n[\d.) \-*]{0,4})[a-z]{2,}['a-z]* [a-z]",
    r"\b(?:i|im|u|ur|hes|shes|dont|cant) [a-z]",
)

HASTY: tuple[Rule, ...] = (
    rule(
        "NAME",
        rf"\b{_LEADS} [a-z]{{2,11}}(?:[.,;:!?)]|$|\n| \(| (?:in|at|on|to|from|@|rang|called|phoned|said|says|who|she|he|that|again|today|when|if|re|about)\b)",
        rf"(?P<k>{_LEADS}) (?P<v>(?-i:[a-z]{{2,11}})){_AFTER}",
        _by_whom,
        loose=True,
    ),
    rule(
        "NAME",
        rf"\b(?:{_RELATIVES}) [a-z]{{3,12}}(?:[,.;)]|$|\n| [a-z\d])",
        rf"(?:{_RELATIVES}) (?P<v>[a-z]{{3,12}}){_DOES}",
        _whose,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        r"\b(?:can|could|would|will|did|has|have|let|get|got) [a-z]{3,12} (?:ring|call|phone|text|email|come|collect|pick|drop|book|look|see|"
        r"check|sort|rung|called|phoned|order|know|to (?:ring|call|phone|text|check|look|order))\b",
        r"[a-z]+ (?P<v>[a-z]{3,12}) ",
        _whose,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        r"\b(?:name is|name's|named|called|label says|labelled|labeled|under|in the name of|name of|booked under|under the name|"
        r"belongs to|belonging to|surgeon|consultant|optom|dr|signed|patient|pt|px|spoke to|spoke with|caller) "
        r"(?:[a-z]\.? [a-z']{3}|[a-z']{3,12} [a-z']{2,})",
        rf"(?:name is|name's|named|called|label says|labelled|labeled|under|in the name of|name of|booked under|under the name|"
        rf"belongs to|belonging to|surgeon|consultant|optom|dr|signed|patient|pt|px|spoke to|spoke with|caller) {_FULL_NAME}(?![\w@])",
        _full,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",  # a list: "1. amber winters - toric trials", "- jean paul coming 8:30"
        r"(?:^|\n) ?(?:\d{1,2}[.)]|-|\*) ?[a-z']{2,} [a-z']{2,}",
        rf"\n? ?(?:\d{{1,2}}[.)]|-|\*) ?{_FULL_NAME}(?= ?[-:,(]| (?:coming|to|needs|wants|rang|called|phoned|collecting|collected|re|for|\d)\b)",
        _full,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        r"\b(?:mr|mrs|miss|ms|dr)\.? [a-z'\-]{2,} [a-z']{3,}\b",
        r"(?:mr|mrs|miss|ms|dr)\.? (?P<f>[a-z'\-]{2,}) (?P<l>[a-z'\-]{3,})(?![\w@])",
        _titled,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        r"(?:\b(?:night|bye|ta|thx|thanks|cheers|love|regards|all|all the best|speak soon|see you|laters?|hugs)[,.! \-]{1,3}|[-~] ?)\n?[a-z]{3,10}[.! x]{0,4}$",
        r"(?:[a-z ]+[,.! \-]{1,3}|[-~] ?)\n?(?P<v>[a-z]{3,10})(?=[.! x]{0,4}\s*$)",
        _sign_off,
        loose=True,
    ),
    rule(
        "NAME",
        r"[-~] [A-Z][a-z]{1,10} (?:at|from|@|in) [A-Za-z]|\b(?:ask|asked) (?:4|for) [A-Z][a-z]{2,}",
        r"(?:[-~] |ask(?:ed)? (?:4|for) )(?P<v>[A-Z][a-z]{1,10})(?![a-z])",
        _capital,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",  # a list: "- Iris Dunleavy coming 8:30"; who serves: "Joy in optical"
        r"\b[A-Z][a-z]{1,10} (?:in (?:optical|the lab|billing|dispensing)|from (?:optical|billing|accounts|reception|the front desk))\b",
        r"(?P<v>[A-Z][a-z]{1,10}) ",
        _capital,
        caseless=False,
        loose=True,
    ),
)
