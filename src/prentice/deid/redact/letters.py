"""Who a letter greets and who signs it: places in a text where a word is a name whatever else it may be."""

from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_eponym
from prentice.deid.redact.gazetteer import (
    CLINICAL,
    FIRST,
    NAME,
    PLACE,
    PROTECTED,
    STOP,
    SURNAME,
    WORD,
    word_set,
)
from prentice.deid.redact.names import ROLE_WORDS, word_kind
from prentice.deid.redact.ordinary import PERSON_VERBS
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_NOT_GREETED = ROLE_WORDS | word_set(
    "all everyone everybody both folks there again doc docs doctors sirs gentlemen ladies optical "
    "opticians optometry vision "
    "colleagues hub claims records billing friend friends mum mom dad santa valued resident occupant "
    "client to whom just hope we "
    "you your thank thanks can could would i im please quick morning afternoon evening day happy guys "
    "people office lab "
    "support front desk mr mrs ms miss dr committee manager members provider providers insurer council"
)
_NOT_SIGNED = word_set(
    "department dept service services centre center clinic hospital group practice optical opticians "
    "optometrist optometry "
    "billing claims team reception desk office records enclosed page copy thanks regards sincerely "
    "confidential urgent "
    "routine referral letter statement account report plan re to from the and of for with eye care vision "
    "ltd limited inc llc "
    "subject date dear note notes recall rx none patient customer happy stable review normal healthy continue"
)
_EYES = word_set("re le od os ou va rx px pt cl pd dv nv ok no so if in on at to by of as is it ps")
_WORDS = re.compile(r"[A-Za-z]+")
_NAME_WORDS = re.compile(r"[A-Za-z'\-]+")
_LABELS = (
    r"(?:[Mm]ember|[Ss]ubscriber|[Cc]laimant|[Ii]nsured|[Bb]eneficiary|[Dd]ependent|[Dd]ependant|"
    r"[Aa]pplicant|[Jj]uror|"
    r"[Pp]laintiff|[Dd]efendant|[Ee]mployee|[Ss]tudent|[Pp]upil|[Cc]ardholder|[Gg]uarantor|[Rr]ecipient|"
    r"[Cc]ustomer|[Cc]lient|"
    r"[Rr]equested by|[Cc]aller|[Dd]river|[Ww]itness|[Cc]hart|[Rr]ecord|excusal|SCAN|[Nn]ame|[Rr]ef'd by|"
    r"[Pp]rescriber|[Pp]rovider|"
    r"[Cc]onsultant|[Oo]ptom|[Oo]ptometrist|[Cc]are of|[Gg]uardian|[Pp]arent|[Ss]pouse|[Pp]artner|[Nn]ext "
    r"of kin|NOK|[Ss]taff|[Cc]c|CC|RE|Re)"
)


def _is_signature(words: list[str]) -> bool:
    """Whether capitalised words on a line of their own can be a person."""
    for word in words:
        low = word.lower()
        if low in _NOT_SIGNED or low in ROLE_WORDS or (word_kind(word) & CLINICAL and len(word) > 2):
            return False
    if len(words) == 1 and len(words[0]) == 2 and words[0].istitle():
        return words[0].lower() not in _EYES
    kinds_ = [word_kind(word) for word in words if len(word) > 1]
    return bool(kinds_) and any(not kind or kind & NAME for kind in kinds_)


def _greeted(text: str, match: re.Match[str], start: int) -> Span | None:
    words = _WORDS.findall(match["v"])
    if words[0].lower() in _NOT_GREETED or any(word_kind(word) & CLINICAL for word in words):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _signed(text: str, match: re.Match[str], start: int) -> Span | None:
    return (
        Span(match.start("v"), match.end("v"), "NAME") if _is_signature(_WORDS.findall(match["v"])) else None
    )


def _listed(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "OYELARAN, Folasade"."""
    first, last = match["v"].split(", ")
    if word_kind(first) & (STOP | WORD) or word_kind(last.split()[0]) & (STOP | CLINICAL):
        return None
    if word_kind(last.split()[0]) & WORD and not word_kind(last.split()[0]) & NAME:
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _said(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "its tariq again", "karen from the school rang": in lower case, a given name that is no word."""
    words = match["v"].split()
    kind = word_kind(words[0])
    if not kind & FIRST or kind & (WORD | STOP | PLACE):
        return None
    family = len(words) > 1 and word_kind(words[1]) & NAME and not word_kind(words[1]) & (WORD | STOP)
    return Span(match.start("v"), match.end("v") if family else match.start("v") + len(words[0]), "NAME")


def _labelled(text: str, match: re.Match[str], start: int) -> Span | None:
    """What stands after "Member:" or "I,": each word a name or unknown, but for words of the second place."""
    end = match.start("v")
    for found in _NAME_WORDS.finditer(match["v"]):
        word = found[0]
        kind = word_kind(word)
        if kind & CLINICAL or word.lower() in ROLE_WORDS or word.lower() in _NOT_SIGNED:
            break
        if kind & (STOP | WORD | PLACE) and not (kind & NAME and end > match.start("v")):
            break
        end = match.start("v") + found.end()
    return Span(match.start("v"), end, "NAME") if end > match.start("v") else None


def _acting(text: str, match: re.Match[str], start: int) -> Span | None:
    """An unknown word that does what only a person does: "Tormod also wears", "Yadira offered"."""
    word = match["v"]
    kind = word_kind(word)
    if (kind & FIRST or word == "Iris") and _FETCHES.match(text, match.end("v")):
        return Span(match.start("v"), match.end("v"), "NAME")
    if kind & STOP or word.lower() in ROLE_WORDS or word.lower() in _NOT_SIGNED or (kind and not kind & NAME):
        return None
    if kind & WORD or (kind & PLACE and not kind & FIRST):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


# What no iris and no kit does: "Iris will collect".
_FETCHES = re.compile(
    r" (?:will|to|can) (?:collect|ring|phone|bring|fetch|pick (?:it|them) up|drive|text|email)\b"
)
_LINE = (
    r"(?P<v>(?:[A-Z][A-Za-z'\-]*\.? ){0,3}(?:(?:van|von|de|der|del|di|al|bin|O|Ni|Mac|Ui|ap) "
    r"){0,2}[A-Z][A-Za-z'\-]+)"
)
_ACTS = (
    rf"(?:{PERSON_VERBS}|also (?:wears|has|needs|wants)|will (?:ring|call|collect|bring|drop|drive|pick|"
    rf"phone|email|text|send|attend|come|be)|"
    r"can (?:collect|drop|bring|pick|ring|call|drive|come|help|sign)|"
    r"to (?:collect|ring|call|bring|drive|drop|attend|phone|pick)|is (?:driving|off|on holiday|happy|away|"
    r"collecting|bringing)|"
    r"on reception|and (?:his|her) )"
)
_UNLIKELY = (
    r"(?:took|takes|fell|hit|turned|turns|left|leaves|failed|fails|drops|removes|needs|reads|uses|used|"
    r"states|did|does|presents|presented|saw|sees|worked|works)"
)

_SHORT_NAMES = r"(?:Wm|Jas|Geo|Chas|Thos|Jos|Robt|Edw|Benj|Saml|Danl)"
_SPECIES = word_set(
    "coli aureus acnes epidermidis pneumoniae influenzae aeruginosa pyogenes marcescens albicans fumigatus "
    "solani "
    "trachomatis gonorrhoeae meningitidis folliculorum brevis simplex zoster vera vita pylori "
    "difficile mellitus gravis insipidus indies indians pestis histolytica gondii canis cati burgdorferi "
    "pallidum "
    "tuberculosis leprae haemolyticus viridans fragilis sicca maculatum"
)
_BEFORE_INITIAL = re.compile(
    r"(?:^|[(,:;\n/]|\b(?:by|with|for|to|from|and|per|see|saw|told|re|is|was|w/)) ?\Z"
)
_UNIT_BEFORE = re.compile(
    r"[\d%]\s?\Z|\b(?i:vit|vitamin|hep|hepatitis|type|grade|option|plan|part|base|eye|N|VA) \Z"
)


def _initial_and_name(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "J. Tattersall", "Wm. O. Darby": initials and a surname; a word only where no sentence can end."""
    at, surname = match.start("v"), match["n"]
    kind, low = word_kind(surname), surname.lower()
    initial = match["v"][0] if match["v"][1] == "." else ""
    if at and (text[at - 1].isalnum() or text[at - 1] in ".'+-&/"):
        return None
    if kind & STOP or low in _SPECIES or low in ROLE_WORDS or low in _NOT_SIGNED or len(surname) < 3:
        return None
    if is_eponym(text, match.end("v"), kind):
        return None
    if initial and _UNIT_BEFORE.search(text, max(0, at - 12), at):
        return None
    if kind & (WORD | PLACE) and (
        not kind & SURNAME or (initial and not _BEFORE_INITIAL.search(text, max(0, at - 8), at))
    ):
        return None
    if (
        initial
        and initial in "RL"
        and not kind & NAME
        and not _BEFORE_INITIAL.search(text, max(0, at - 8), at)
    ):
        return None
    return Span(at, match.end("v"), "NAME")


def _at_work(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Faith @ front desk", "April (mom)": a given name, also one that is a word or a month."""
    known = word_kind(match["v"]) & FIRST and match["v"].lower() not in ROLE_WORDS
    return Span(match.start("v"), match.end("v"), "NAME") if known else None


def _i_am(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "I'm Christian Moon"."""
    first, last = word_kind(match["f"]), word_kind(match["l"])
    if not first & FIRST or (last and not last & NAME) or last & PROTECTED:
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


_KIN_IN_BRACKETS = (
    r"(?:[Pp]t'?s |[Pp]x'?s |his |her )?(?:mom|mum|dad|mother|father|wife|husband|son|daughter|dtr|sister|"
    r"brother|partner|spouse|gran|nan|grandma|grandpa|grandson|granddaughter|aunt|uncle|niece|nephew|carer|caregiver|"
    r"guardian|neighbou?r|friend|step-?(?:mom|mum|dad)|fiancee?|front desk|reception|receptionist|tech|"
    r"optician|billing)"
)

LETTERS: tuple[Rule, ...] = (
    rule(
        "NAME",
        rf"\b(?:[A-Z]|{_SHORT_NAMES})\. ?(?:[A-Z]\. ?){{0,2}}"
        r"(?:(?:van|von|de|der|di|al|O'|Mc|Mac) ?)?[A-Z][a-z]",
        rf"(?P<v>(?:[A-Z]|{_SHORT_NAMES})\. ?(?:[A-Z]\. ?){{0,2}}(?:(?:van|von|de|der|di|al) ){{0,2}}"
        r"(?P<n>(?:O'|Mc|Mac)?[A-Z][a-z]+(?:[\-'][A-Z][a-z]+)?))(?![A-Za-z])",
        _initial_and_name,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b[A-Z][a-z]{{2,14}} "
        r"(?:(?:@|at) (?:the )?(?:front|desk|reception|checkout|check-in|till|lab|optical)\b|"
        rf"\({_KIN_IN_BRACKETS}\))",
        r"(?P<v>[A-Z][a-z]+) ",
        _at_work,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\bI(?:'?m| am) [A-Z][a-z]+ [A-Z][a-z]",
        r"I(?:'?m| am) (?P<v>(?P<f>[A-Z][a-z]+) (?P<l>[A-Z][A-Za-z'\-]+))",
        _i_am,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:[Dd]ear|DEAR|[Hh]i|[Hh]ello|[Hh]ey|[Mm]orning|[Aa]fternoon|[Ee]vening|[Hh]iya),? [A-Z][a-z]",
        r"\w+,? (?P<v>[A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2})(?=\s*[,!:;.\-]|\s*\n|\s*$| and | & )",
        _greeted,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:[Ss]incerely|[Ff]aithfully|[Rr]egards|[Ww]ishes|[Tt]ruly|[Tt]hanks|THANKS|REGARDS|[Tt]hank "
        r"you|[Bb]est|[Ww]armly|[Cc]heers|[Yy]ours|[Rr]espectfully|"
        r"[Cc]ordially|[Tt]a|[Tt]hx|[Ll]ove|[Gg]ratefully|[Tt]akk|[Ss]igned)[,.!:\-]?\s{1,6}[A-Z]",
        rf"[A-Za-z ]+?[,.!:\-]?\s{{1,6}}{_LINE}(?=[ ,.]*(?:$|\n|,| -| \())",
        _signed,
        caseless=False,
    ),
    rule(
        "NAME",
        r"(?:^|\n)[ -]{0,3}[A-Z][A-Za-z'\-.]* [A-Z]",
        rf"\n?[ -]{{0,3}}{_LINE}(?=[ ,.]*(?:$|\n *(?:GOC|Optom|Optic|Dispens|Consult|Regist|OD|MD|Pre-?reg|"
        rf"Contact|Ophth|"
        r"Recept|Pract|Locum|Ortho|Clinic|Bill|Patient|Technic|Refer|\d|NPI|Flat|Unit|PO|P\.O)|"
        r",? \(?(?:OD|MD|DO|O\.D|M\.D|GOC|NPI|optom|dispens|MCOptom|BSc|FBDO|billing|tech|patient|practice|"
        r"contact|"
        r"pre-?reg|refer|recept|front|manager|\d\d-\d{5})\w*\b))",
        _signed,
        caseless=False,
        often=True,
    ),
    rule(
        "NAME",
        r"[\-~] ?[A-Z][a-z]{1,12}[.! x]{0,3}$",
        r"[\-~] ?(?P<v>[A-Z][a-z]+)",
        lambda text, match, start: (
            _signed(text, match, start) if word_kind(match["v"]) & NAME or not word_kind(match["v"]) else None
        ),
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b[A-Z][a-z]{{2,14}} {_ACTS}",
        rf"(?P<v>[A-Z][a-z]+) (?!{_UNLIKELY}\b)",
        _acting,
        caseless=False,
        often=True,
    ),
    rule(
        "NAME",
        r"^[A-Z][a-z]{2,9} - [a-z]",
        r"(?P<v>[A-Z][a-z]+) - ",
        lambda text, match, start: (
            None if start or word_kind(match["v"]) & ~NAME else Span(0, match.end("v"), "NAME")
        ),
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z][a-z'\-]+ (?:[A-Z]\.? )?[A-Z][A-Za-z'\-]+,? \(?(?:DOB|D\.O\.B|dob|d\.o\.b|born|MRN|chart|"
        r"Chart|aged|age|NHS|SSN)\b",
        r"(?P<v>[A-Z][a-z'\-]+ (?:[A-Z]\.? )?[A-Z][A-Za-z'\-]+),? ",
        _signed,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b{_LABELS}(?: name)?\)?[:;] ?[A-Z][a-z]",
        r"[A-Za-z ]+\)?[:;] ?(?P<v>[A-Z][A-Za-z'\-]+(?:,? [A-Z][A-Za-z'\-]+){0,3}(?: [A-Z]\.)?)",
        _labelled,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\bI, [A-Z][a-z]|\b(?:[Ii]t'?s|[Ss]he'?s|[Hh]e'?s|[Tt]his is|[Nn]ame is|[Nn]amed|[Cc]alled|"
        r"[Cc]laimant|[Mm]ember|[Ss]ubscriber|"
        r"[Ii]nsured|[Aa]pplicant|[Jj]uror|[Pp]laintiff|[Dd]efendant|[Hh]ousemate|[Cc]olleague|[Nn]iece|"
        r"[Nn]ephew) [A-Z][a-z]",
        r"(?:I,|[A-Za-z']+(?: is)?) (?P<v>[A-Z][A-Za-z'\-]+(?: [A-Z][A-Za-z'\-]+){0,2})",
        _labelled,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z][a-z]+ [A-Z][A-Za-z'\-]+ \(\d{1,3}(?: ?y(?:o|rs?)?)?\)",
        r"(?P<v>[A-Z][a-z'\-]+ [A-Z][A-Za-z'\-]+) ",
        _signed,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:year[ -]old|yr[ -]old|yo|y/o|y\.o\.) [A-Z][a-z]+ [A-Z][a-z]",
        r"[\w./ \-]+? (?P<v>[A-Z][a-z'\-]+ [A-Z][A-Za-z'\-]+)",
        _signed,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:[Bb]ring(?:ing)?|[Bb]rought|[Ff]etch(?:ing)?|[Ss]eeing|[Mm]eeting|[Mm]inding|[Cc]ollecting|[Dd]ropping|"
        r"[Ll]ooking after|[Aa]ccepting|[Ee]xamining|[Rr]eferring|[Tt]reating|[Ii]nviting|[Mm]issed|[Ww]ith)"
        r" [A-Z][a-z]{2,14} (?:on|at|in|to|for|back|again|today|this|tomorrow|along|here)\b",
        r"[A-Za-z ]+? (?P<v>[A-Z][a-z]{2,14}) (?:on|at|in|to|for|back|again|today|this|tomorrow|along|"
        r"here)\b",
        _acting,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\n[A-Z][a-z]+ (?:&|and) [A-Z][a-z]+[.! x]{0,3}$",
        r"\n(?P<v>[A-Z][a-z]+ (?:&|and) [A-Z][a-z]+)",
        _signed,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z]{3,}(?:[\-'][A-Z]+)?, [A-Z][a-z]{2,}|^[A-Z][A-Za-z'\-]+, [A-Z][a-z]{2,}(?: [A-Z]\.?)? -|"
        r"\b[Pp](?:atient|x|t)(?: name)?: [A-Z]",
        r"(?:[Pp](?:atient|x|t)(?: name)?: )?(?P<v>[A-Z][A-Za-z'\-]{2,}, [A-Z][a-z'\-]+(?: "
        r"[A-Z]\.?)?)(?![a-z])",
        _listed,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:tell|told|ask|asked|ask for|asked for|spoke|spoke to|ring|rang|call|phoned|text|txt|saw|"
        r"it's|its|this is|"
        r"my name is|name is|i am|i'm|im|dear|hi|thanks|cheers) [a-z]{3,12}\b",
        r"(?:tell|told|ask(?:ed)?(?: for)?|spoke(?: to)?|ring|rang|call|phoned|te?xt|saw|dear|hi|thanks|"
        r"cheers|it'?s|this is|(?:my )?name is|i am|i'?m) (?P<v>[a-z]+(?: [a-z]+)?)\b",
        _said,
        caseless=False,
        often=True,
    ),
    rule(
        "NAME",
        r"(?:^|[.!?]\s)[a-z]{3,12} (?:from |rang|called|phoned|texted|emailed|says)",
        r"[.!?\s]*(?P<v>[a-z]+) ",
        _said,
        caseless=False,
    ),
)
