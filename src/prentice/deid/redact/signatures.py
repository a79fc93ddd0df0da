"""Who signs a note in a word: "tomorrow fine. Nas", "->jt", "msg Tolu"; colleagues after what they did."""

from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_product
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
from prentice.deid.redact.initials import NOBODY, staff
from prentice.deid.redact.names import ROLE_WORDS, word_kind
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_NOT_SIGNED = word_set(
    "thanks thx regards best cheers ok okay yes none nil ta today tomorrow asap please pls stable happy fine "
    "well good ready done paid urgent recall review both right left same "
    "collected dispensed black brown blue gold"
)


# After these a word at the end is who wrote it: "msg Tolu", "from the 15th Tolu".
_TOLD = re.compile(
    r"(?:\b(?:msg|message|tel|vm|noted|filed|scanned|by|per|spoke|thx|thanks|ta|done|ok)|"
    r"\d(?:st|nd|rd|th|[ap]m)?) \Z"
)


def _signed(text: str, match: re.Match[str], start: int) -> Span | None:
    """A capitalised word that ends a note: a given name, or after a full stop one that nothing here knows."""
    word = match["v"]
    low, kind = word.lower(), word_kind(word)
    if low in _NOT_SIGNED or low in ROLE_WORDS or is_product(word) or kind & (PROTECTED | PLACE | WORD):
        return None
    closed = not match["k"][0].isalnum()
    if (
        not closed
        and not kind & FIRST
        and not _TOLD.search(text, max(0, match.start("v") - 12), match.start("v"))
    ):
        return None
    if kind & CLINICAL and not (kind & FIRST and closed):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _lower_initials(text: str, match: re.Match[str], start: int) -> Span | None:
    letters = match["v"]
    if letters in NOBODY or kinds().get(letters, 0) & (WORD | CLINICAL | PROTECTED):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _did(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "chk'd Kwabs then glazed"."""
    word = match["v"]
    kind = word_kind(word)
    if word.lower() in ROLE_WORDS or is_product(word) or kind & (STOP | WORD | PLACE):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _after_check(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "adj'd by LT", "Chkd LT and fine": after these the letters are somebody's, also those of an eye."""
    letters = match["v"].lower()
    if letters in _EYES or (letters in NOBODY and letters != "pr"):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


_EYES = word_set("re le od os ou be rl lr va iop pd bvd oc ocs px pt ok rx cl cls")


def _lower_given(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "the one harpreet discharged": a given name that is nothing else, or a word that nothing knows."""
    kind = word_kind(match["v"])
    if kind & ~NAME or (kind and not kind & FIRST) or match["v"].endswith(("ed", "ing", "ly", "s")):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


_STEPS = (
    r"[Cc]hk'?d|[Cc]k'?d|[Cc]hecked|[Dd]isp'?d|[Gg]lazed|"
    r"[Ee]dged|[Aa]dj'?d|[Cc]oll'?d|[Ii]nit'?d|[Ff]inal check"
)
_MORE_STEPS = (
    r"[Cc]heck'?d|[Dd]ispensed|[Ii]nspected|[Vv]erified|[Pp]assed|[Ii]nitial'?d|[Oo]k'?d|OK'?d|[Tt]yped|"
    r"[Ee]ntered|[Ll]ogged|[Aa]dj'?d by|[Ff]itted|[Rr]ec'?d|[Tt]aken|[Ss]een|[Tt]ested|[Bb]ooked|[Mm]sg|"
    r"[Nn]oted|[Ff]iled|[Ss]canned|[Rr]ung|[Pp]honed|[Cc]alled"
)
_DEEDS = (
    r"discharged|referred|dispensed|ordered|checked|fitted|refracted|booked|saw|tested|prescribed|recommended|rang|"
    r"phoned|called|told|said|wanted|mentioned|sent|did|sold|measured|adjusted|signed"
)

SIGNATURES: tuple[Rule, ...] = (
    rule(
        "NAME",  # a word alone at the end
        r"(?:[.!?>\-] {0,2}|\n ?|[a-z\d] )[A-Z][a-z]{1,10}[.! x]{0,3}\n?$",
        r"(?P<k>[.!?>\-] {0,2}|\n ?|[a-z\d] )(?P<v>[A-Z][a-z]{1,10})(?=[.! x]{0,3}\n?$)",
        _signed,
        caseless=False,
        often=True,
    ),
    rule(
        "NAME",
        r"(?:[.!?>~] {0,2}|- ?|  )[a-z]{2,3}\.?\n?$",
        r"(?:[.!?>~] {0,2}|- ?|  )(?P<v>[a-z]{2,3})(?=\.?\n?$)",
        _lower_initials,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})? [A-Z]{2,3}[. ]{0,2}$",
        r"[\d/.]+ (?P<v>[A-Z]{2,3})(?=[. ]{0,2}$)",
        lambda text, match, start: _after_check(text, match, start) if match["v"] == "PR" else None,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b(?:{_STEPS}|{_MORE_STEPS})[ :(]{{1,2}}[A-Z]{{2,3}}\b",
        r"[A-Za-z' ]+?[ :(]{1,2}(?P<v>[A-Z]{2,3})(?=[.,;)]|\s*$|\s*\n| \d{1,2}[/.]| and | on )",
        staff,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b(?:{_STEPS})(?: by)? [A-Z]{{2,3}}\b",
        rf"(?:{_STEPS})(?: by)? (?P<v>[A-Z]{{2,3}})"
        r"(?= (?:and|on|then|in|at|to|w/|&|[a-z]+'?d)\b| ?[.,;)/&\n]| ?$| \d)",
        _after_check,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b(?:{_STEPS})(?: by)? [A-Z][a-z]{{2,10}}\b",
        rf"(?:{_STEPS})(?: by)? (?P<v>[A-Z][a-z]{{2,10}})"
        r"(?= (?:and|on|then|in|at|w/|&)\b| ?[.,;)\n]| ?$| \d)",
        _did,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b(?:one|who|which|when|after|since|if|because|as|where|that|what|rx|before|until|did) "
        rf"[a-z]{{4,12}} (?:{_DEEDS})\b",
        rf"[a-z]+ (?P<v>[a-z]{{4,12}}) (?:{_DEEDS})\b",
        _lower_given,
        caseless=False,
    ),
)
