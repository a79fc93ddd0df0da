"""Initials of staff without a full stop between: "rc 6/12 PK", "PK:"; and names in brackets."""

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
from prentice.deid.redact.names import ROLE_WORDS, word_kind
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

# What stands at the end of a line in capitals and is nobody: states, coats, codes of the till and the trade.
NOBODY = word_set(
    "al ak az ar ca co ct de dc fl ga hi id il ia ks ky la ma md me mi mn ms mo mt ne nv nh nj nm ny nc nd oh "
    "ok or pa ri sc sd tn tx ut vt va wa wv wi wy uk us usa eu ie ni gb am pm bst gmt est cst pst tba tbc tbd "
    "asap fyi eod cob ooo eta rsvp faq atm pos vat gbp usd cc dd so nhs nct gat gos gp ae er icu hes sos "
    "blk brn gun gld slv sil tort hav grn blu red wht pur pnk gm bk hc hmc mar arc ar uv pgx dbl trs xtr "
    "btl bx bxs prs pr ea qty ok kk lol thx ty pls plz yes no na nad nil dna fta ltfu std max min avg "
    "pdq fb hpi ros roi pmh poh fh sh imp dx tx nkda nka mf mfs soc med pmhx pohx plan ass obs ix mx fup "
    "od os ou re le rl lr bu bd bi bo ds dc pl sph cyl add ax va iop ph nv dv iv cl cls scl rgp pd bc dia hvid "
    "vdu tv pc it hr hq sms mms pdf jpg url id dob rip ii iii iv vi xx xxx ps pps nb cf eg ie etc"
)


def staff(text: str, match: re.Match[str], start: int) -> Span | None:
    letters = match["v"].replace(".", "").lower()
    if letters in NOBODY or kinds().get(letters, 0) & (WORD | CLINICAL | PROTECTED):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _at_end(text: str, match: re.Match[str], start: int) -> Span | None:
    """Two or three capitals that end a note; a note all in capitals says nothing by them."""
    before = text[max(0, match.start("v") - 24) : match.start("v")]
    if _CODE_BEFORE.search(before) or not any(letter.islower() for letter in before):
        return None
    return staff(text, match, start)


_CODE_BEFORE = re.compile(
    r"(?:[+\-]\d+(?:\.\d+)?|\d\.\d\d?|\b(?i:col|colou?r|frame|coat|coating|lens|model|size|in|from|to|by|of|the|a|"
    r"with|for|and|or|no|on|via|per|type|style|mr|was|is|as|at|x|index|tint|design|near|re|has|had|need|needs|"
    r"have|do|via|using|under|other|this|her|his|my|your|our)) \Z"
)


def _bracketed(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "job 91177 (Fairhurst)": whose the number is."""
    for word in re.findall("[A-Za-z]+", match["v"]):
        kind = word_kind(word)
        if word.lower() in ROLE_WORDS or kind & STOP or (kind & (WORD | PLACE) and not kind & NAME):
            return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _before_role(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "d/w Marsden (optom)"."""
    kind = word_kind(match["v"])
    known = not kind or kind & NAME
    if not known or kind & STOP or match["v"].lower() in ROLE_WORDS:
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _two_letters_and_name(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "J L Cantu": two spaced initials before a surname or an unknown word."""
    kind = word_kind(match["n"])
    letters = match["i"].replace(" ", "")
    if kind & (STOP | WORD | PLACE) or set(letters) <= set("RLNVX") or len(match["n"]) < 3:
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _quoted(text: str, match: re.Match[str], start: int) -> Span | None:
    """'Thaddeus "Tad" Okonjo': the whole, if either side is a name."""
    first, last = word_kind(match["f"]), word_kind(match["l"])
    if (first | last) & STOP or not (first & FIRST or (last & NAME and not last & WORD)):
        return None
    begin = match.start("v")
    if text[begin - 1 : begin] == "-" and (head := _DOUBLE_BEFORE.search(text, max(0, begin - 14), begin)):
        begin = head.start()  # 'Wei-Ting "Tina" Hsiao'
    return Span(begin, match.end("v"), "NAME")


_DOUBLE_BEFORE = re.compile(r"\b[A-Z][a-z]+-\Z")
_ROLE_IN_BRACKETS = (
    r"optom|optometrist|optician|DO|OO|CLO|dispenser|disp|lab|labs|reception|recep|manager|mgr|locum|pre-?reg|"
    r"tech|technician|front desk|billing|surgeon|consultant|consult|nurse|GP|pcp|PCP|orthoptist|assistant|asst|"
    r"trainee|supervisor|pharmacist|rep|engineer|courier|driver|interpreter|carer|teacher|HV|SENCo|social worker"
)

INITIALS: tuple[Rule, ...] = (
    rule(
        "NAME",
        r" [A-Z]{2,3}[. ]{0,2}$|[a-z\d.)] [A-Z]{2,3}[. ]{0,2}\n",
        r".? (?P<v>[A-Z]{2,3})(?=[. ]{0,2}(?:$|\n))",
        _at_end,
        caseless=False,
    ),
    rule("NAME", r"(?:^|\n)[A-Z]{2,3}: ?[a-zA-Z]", r"\n?(?P<v>[A-Z]{2,3})(?=:)", staff, caseless=False),
    rule(
        "NAME",
        r"\d{3}[A-Z\d/\-]{0,8} \([A-Z][a-z'\-]+(?: [A-Z][a-z]+)?\)",
        r"[A-Z\d/\-]+ \((?P<v>[A-Z][A-Za-z'\-]+(?: [A-Z][a-z]+)?)\)",
        _bracketed,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b[A-Z][a-z'\-]{{2,14}},? \((?:{_ROLE_IN_BRACKETS})\)",
        r"(?P<v>[A-Z][A-Za-z'\-]+),? \(",
        _before_role,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z] (?:[A-Z] )?[A-Z] [A-Z][a-z]{2}",
        r"(?<![A-Za-z\d.'/+\-])(?<![\d] )(?P<v>(?P<i>[A-Z] (?:[A-Z] )?[A-Z]) (?P<n>[A-Z][A-Za-z'\-]+))(?![\d])",
        _two_letters_and_name,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z][a-z]+ [\"'(][A-Z][a-z]+[\"')] [A-Z][a-z]",
        r"(?P<v>(?P<f>[A-Z][A-Za-z\-]+) [\"'(][A-Z][a-z]+[\"')] (?P<l>[A-Z][A-Za-z'\-]+))",
        _quoted,
        caseless=False,
    ),
)
