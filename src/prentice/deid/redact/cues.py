"""What stands before a name: titles, relatives, roles, "seen by", "Dear"; and the name after it."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_eponym
from prentice.deid.redact.gazetteer import CLINICAL, FIRST, NAME, PLACE, STOP, WORD, kinds, word_set
from prentice.deid.redact.names import ROLE_WORDS, WORD_AT, name_at, word_kind
from prentice.deid.redact.scan import Check, Rule, rule
from prentice.deid.redact.spans import Span, as_span

_JUST_INITIALS = re.compile(r"[A-Z](?:\.?[A-Z]){1,2}\.?(?![\w/'])")
_GAP = re.compile(
    r"[\s:,(\"'\-]{0,3}(?:(?:is|was|called|named|name|aka|also|her|his|their|the|by|to|with|from)[: ]+){0,2}"
)
_NO_GAP = re.compile("")
_TITLES = (
    r"mr|mrs|miss|ms|mx|dr|drs|prof|professor|doctor|sir|dame|rev|reverend|fr|father|sister|nurse|master|"
    r"capt|captain|sgt|major|judge|lord|lady|mister|madam"
)
_TITLE_AT = re.compile(rf"(?:(?:{_TITLES})\b\.? ?(?:(?:&|and|/|\+) ?(?:{_TITLES})\b\.? ?)?)+", re.I)
_TITLE_WORDS = word_set(_TITLES.replace("|", " "))


def _title_at(text: str, at: int) -> re.Match[str] | None:
    """A title that starts here: the word is looked up before the pattern is tried."""
    word = WORD_AT.match(text, at)
    return _TITLE_AT.match(text, at) if word and word[0].lower() in _TITLE_WORDS else None


_WORDS_TOO = word_set("father sister nurse master major judge lord lady doctor")
_AMBIGUOUS_TITLES = word_set("father sister nurse master major judge lord lady doctor miss fr ms sir")


_LONE_INITIAL = re.compile(r"[A-Z](?:\.|(?![\w'/+\-.]))")


_PARTICLE_AT = re.compile(
    r"(?:de|van|von|del|della|di|da|le|la|al|el|bin|ter|ten|den) (?:la |der |den |los )?[A-Z]"
)


def _titled(text: str, match: re.Match[str], start: int) -> Span | None:
    title = text[start : match.start()].lower().rstrip(".")
    if title in _WORDS_TOO and "." in match[0]:
        return None
    at = match.end()
    if at == match.start():
        return None
    if (more := _title_at(text, at)) and more.end() > at:
        at = more.end()
    lower = text[at : at + 1].islower()
    level = 2 if title in _AMBIGUOUS_TITLES and text[start : start + 2] != "Ms" else 3
    if lower and level == 2 and not _PARTICLE_AT.match(text, at):
        return None
    written = text[start : match.start()].rstrip(".")
    if (
        written == "DR"
        and (word := WORD_AT.match(text, at))
        and word[0].isupper()
        and not word_kind(word[0]) & NAME
        and word_kind(word[0]) & (WORD | STOP)
    ):
        return None  # diabetic retinopathy
    found = name_at(text, at, level)
    if found is None:
        lone = _LONE_INITIAL.match(text, at)
        if lone and (level == 3 or title == "miss") and not (written == "DR" and lone[0][0] in "RL"):
            return Span(start, lone.end(), "NAME")
        return None
    first = WORD_AT.match(text, found[0])
    if first and first[0].lower() in ROLE_WORDS:
        return None
    return Span(start, found[1], "NAME")


_RANKS = (
    r"Ofc|Ofcr|Tpr|Trooper|Elder|Chief|DS|DI|DCI|PC|WPC|PCSO|Sra|Srta|Sr|Mme|Mlle|Herr|Frau|Atty|Cllr|Lt|Col|Cpl|Pvt|Cmdr|Cdr|Maj|Insp|Det|"
    r"Sgt|Coach|Pastor|"
    r"Rabbi|Imam|Deacon|Canon|Officer|Detective|Inspector|Constable|Attorney|Councillor|Revd|Sheikh|Auntie|"
    r"Uncle|Aunt|Nan|Nana|Abuela|"
    r"Tio|Tia|Señora|Senora|Senor|Sig|Sensei|Principal|Headteacher|Sheriff|Deputy|Lieutenant|Colonel|"
    r"Corporal|Private|Commander|Warden"
)


def _ranked(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "PC Hanratty", "Sra. Delgado"; a "+2.00 DS" is a lens."""
    if text[max(0, start - 2) : start].strip()[-1:].isdigit():
        return None
    word = WORD_AT.match(text, match.end())
    if (
        word is None
        or word_kind(word[0]) & CLINICAL
        or (word_kind(word[0]) & (WORD | STOP) and not word_kind(word[0]) & NAME)
    ):
        return None
    found = name_at(text, match.end(), 3)
    return Span(start, found[1], "NAME") if found else None


_EYES = frozenset(("re", "le", "od", "os", "ou", "md", "gp", "do"))
_GIVEN_CUES = re.compile(r"(?:by|with|w/|for|told|from|saw)\b", re.I)
_NAME_ENDS = re.compile(r" \(|[,.;:)](?!\d)|$| and | & ")


# "his granddaughter, Winona Two Rivers, who lives"
_WHO_NEXT = re.compile(r"(?: [A-Z][a-z]+){1,2}(?=,? (?:who|whose)\b|, (?:lives|is|has|will|aged)\b)")


_PERSON_GOES_ON = re.compile(
    r" (?:is|was|will|would|can|could|has|had|bring|brings|brought|rang|called|says|said|drives|drove|to|who|on|in|and|does|did|works|"
    r"lives|came|wants|asked|picks?|collects?|collected)\b|[,.)](?:\s|$)|$|\n"
)


def _last_word(text: str, start: int, end: int) -> str:
    return text[max(start, text.rfind(" ", start, end) + 1) : end]


def _after(level: int, *, initials: bool = False, kin: bool = False) -> Check:
    """A check that takes the name after a cue; with `initials`, "JS" and "K.M." too."""

    def check(text: str, match: re.Match[str], start: int) -> Span | None:
        at = match.end()
        if text[at - 1].isalnum() or not text[at : at + 1].isalpha():
            return None
        found = name_at(text, at, level)
        if found:
            if level < 3 and is_eponym(text, found[1], word_kind(_last_word(text, *found))):
                return None
            if _title_at(text, at):
                return None
            more = _WHO_NEXT.match(text, found[1]) if level == 2 else None
            return as_span((found[0], more.end() if more else found[1], "NAME"))
        word = WORD_AT.match(text, at)
        if (
            level == 1
            and word
            and word[0].istitle()
            and _GIVEN_CUES.match(text, start)
            and _NAME_ENDS.match(text, word.end())
        ):
            kind = word_kind(word[0])
            if kind & FIRST and not kind & STOP:
                return Span(at, word.end(), "NAME")
        if (
            kin
            and word
            and word[0].istitle()
            and len(word[0]) > 2
            and text[start].islower()
            and _PERSON_GOES_ON.match(text, word.end())
            and word_kind(word[0]) & WORD
            and not word_kind(word[0]) & (STOP | PLACE)
            and word[0].lower() not in ROLE_WORDS
        ):
            return Span(at, word.end(), "NAME")  # "my brother Memo bring him"
        if initials and (just := _JUST_INITIALS.match(text, at)):
            letters = just[0].replace(".", "").lower()
            if ("." in just[0][:-1] and letters not in _EYES) or not kinds().get(letters, 0) & (
                WORD | CLINICAL
            ):
                return Span(just.start(), just.end(), "NAME")
        return None

    return check


_RELATIVES = (
    r"husband|hubby|wife|son|daughter|dtr|mum|mom|mam|mummy|mommy|mother|father|dad|daddy|partner|brother|"
    r"sister|bro|sis|aunt|"
    r"auntie|aunty|uncle|niece|nephew|cousin|gran|granny|nan|nana|nanny|grandma|grandpa|grandad|granddad|"
    r"grandmother|"
    r"grandfather|grandson|granddaughter|grandchild|step-?(?:son|daughter|mum|mom|dad|mother|father)|"
    r"(?:son|daughter|mother|"
    r"father|brother|sister|bro|sis|mum|dad)-in-law|fiancee?|boyfriend|girlfriend|twin|spouse|nok|next of "
    r"kin|child|baby|"
    r"sibling|siblings|"
    r"kids|ex-wife|ex-husband|ex|widow|widower|carer|caregiver|neighbou?r|friend|colleague|teacher|"
    r"social worker|solicitor|"
    r"flatmate|housemate|roommate|room-mate|landlord|landlady|lodger|tenant|cleaner|warden|driver|coach|"
    r"tutor|mate|pal|"
    r"classmate|teammate|babysitter|childminder|au pair|godmother|godfather|godson|goddaughter|missus|bf|"
    r"gf|lawyer|attorney|"
    r"adjuster|aide|helper|housekeeper|caretaker|matron|vicar|pastor|priest|pharmacist|pharm tech|charge "
    r"nurse|girl|boy|son-in-law|"
    r"interpreter|guardian|chaperone|escort|support worker|key ?worker|health visitor|boss|employer|twins|"
    r"boys|girls|"
    r"child(?:ren)?"
)
_EYE_ROLES = r"oo|do|od|m\.?d\.?"  # degrees, but also eyes and verbs
_ROLES = (
    r"optometrist|optician|optom|consultant|receptionist|surgeon|registrar|orthoptist|"
    r"ophthalmologist|gp|dispenser|trainee|"
    r"pre-?reg|locum|manager|supervisor|technician|tech|scribe|practitioner|clinician|provider|physician|"
    r"pcp|assistant|"
    r"reception|pharmacist|nurse|matron|sister|secretary|staff|hcp|ecp|clo|colleague|student|"
    r"resident|fellow|attending|rep|csr|agent|operator|adviser|advisor|helpdesk|hr lady|"
    r"surg|asst|mgr|supv|adjuster|bookkeeper|paralegal|tech|fitter|lab guy|engineer"
)
_ACTIONS = (
    r"(?:seen|examined|tested|checked|reviewed|referred|assessed|refracted|dispensed|collected|booked|"
    r"brought(?: in)?|accompanied|"
    r"dictated|typed|signed(?: off)?|written|entered|recorded|scribed|performed|done|verified|measured|"
    r"fitted|prescribed|"
    r"recommended|supervised|witnessed|given|taken|scanned|attended|treated|operated(?: on)?|requested|"
    r"authori[sz]ed|ordered|"
    r"approved|completed|informed|contacted|translated|interpreted|consented|driven|escorted|advised|told|"
    r"noted|countersigned) by"
    r"|d/w|disc(?:ussed)?(?:\.)? (?:with|w/|c)|discussed c|(?:spoke|spoken|speak|talked|talk|chatted|"
    r"chat) (?:to|with|w/|c)|"
    r"(?:refer|referral|referred|ref|refd|letter|ltr|copy|copied|email|emailed|fax|faxed|report|reports|"
    r"sent|send|forward(?:ed)?|"
    r"cc'?d|handed|handover|passed|message|msg|call|response|reply|back|seen|return(?:ed)?|discharged|"
    r"thanks|care|note|request) "
    r"(?:to|from|for|with|by)|(?:appt|appointment|booked|appts|review|seen|f/?u|clinic|consult|follow-?up|"
    r"rebook(?:ed)?|attends|"
    r"attended|here|came|in|arrived|presents|presented|lives|living|stays|visit(?:ed|ing)?|lunch|"
    r"works) (?:with|w/|under)"
    r"|attended c|under(?: the)? care of|c/o of|ask(?:ed)? for|attn|fao|f\.a\.o\.?|signed|sig|signature|"
    r"initials|"
    r"init|dictated|typed|author|authored|scribe|witness|consenter|cc|c\.c\.?|bcc|per|via|dear|hi|hello|hey|"
    r"(?:yours|kind|kindest|best|warm|warmest|many)? ?(?:sincerely|faithfully|regards|wishes|truly|"
    r"thanks)|thanks|thank you|"
    r"name|pt name|px name|patient name|full name|surname|forename|first name|last name|given name|"
    r"maiden name|married name|"
    r"preferred name|known as|aka|a\.k\.a\.?|nee|formerly|called|named|goes by|prefers(?: to be called)?|"
    r"likes to be called|"
    r"nickname|pronounced|emergency contact|contact|married to|engaged to|rang|phoned|telephoned|texted|"
    r"emailed|"
    r"to be collected by|pick(?:ed)? up by|rx by|exam by|test by|by dr|account holder|policy ?holder|"
    r"subscriber|insured|guarantor|payer"
)
_WEAK = (
    r"re|regarding|patient|px|pt|pts|client|customer|from|by|with|w/|for|told|and|to|of|under|saw|sees|"
    r"see|asked|advised|c"
)


def _initialled(text: str, match: re.Match[str], start: int) -> Span | None:
    initials = match["v"]
    if not initials.isupper() or kinds().get(initials.lower(), 0) & (WORD | CLINICAL):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _in_capitals(text: str, match: re.Match[str], start: int) -> Span | None:
    """A name in capitals where a role, a desk, a label or a date of birth says that it is one."""
    words = re.findall("[A-Z]{2,}", match["v"])
    kind_of = [word_kind(word) for word in words]
    if "," not in match["v"]:
        if (
            not kind_of[0] & FIRST
            or any(kind & CLINICAL for kind in kind_of)
            or words[0].lower() in ROLE_WORDS
        ):
            return None
    elif any(kind & STOP and not kind & NAME for kind in kind_of[1:]) or kind_of[-1] == WORD:
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


CUES: tuple[Rule, ...] = (
    rule(
        "NAME",  # in capitals: "RHYS PARFITT OPTOM", "FAITH ON DISPENSING DESK", "PT: BEGAY, HOSTEEN R.", "LE, MINH-CHAU 09/09/1990"
        r"\b[A-Z]{2,} [A-Z'\-]{2,},? (?:OPTOM|FBDO|MCOPTOM|GOC|OD|DO|CLO|LOCUM)\b|\b[A-Z]{3,} (?:ON|AT|IN) (?:THE )?(?:DISPENSING|FRONT DESK|RECEPTION|OPTICAL)\b|"
        r"\b(?:PT|PX|PATIENT|NAME|CLIENT|CUSTOMER|INSURED|SUBSCRIBER|MEMBER)[:.] ?[A-Z'\-]{2,}, [A-Z]{2}|(?:^|\n)[A-Z'\-]{2,}, [A-Z'\-]{3,}(?: [A-Z]\.?)? (?:\d|DOB|\()",
        r"(?:\n|(?:PT|PX|PATIENT|NAME|CLIENT|CUSTOMER|INSURED|SUBSCRIBER|MEMBER)[:.] ?)?(?P<v>[A-Z'\-]{2,}, [A-Z'\-]{2,}(?: [A-Z]\.?)?|"
        r"[A-Z]{2,} [A-Z'\-]{2,}(?=,? (?:OPTOM|FBDO|MCOPTOM|GOC|OD|DO|CLO|LOCUM)\b)|[A-Z]{3,}(?= (?:ON|AT|IN) ))",
        _in_capitals,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        rf"\b(?:{_TITLES})\b",
        r"(?:\.? ?(?:&|and|/|\+) ?(?:mr|mrs|miss|ms|mx|dr|prof)\b)?\.?[ \n]{1,2}",
        _titled,
        at_end=True,
        often=True,
    ),
    rule("NAME", rf"\b(?:{_RANKS})\.? [A-Z][a-z]", rf"(?:{_RANKS})\.? ", _ranked, caseless=False),
    Rule("NAME", rf"\b(?:{_RELATIVES})\b", _GAP, _after(2, kin=True), at_end=True, often=True),
    Rule("NAME", rf"\b(?i:{_ROLES})\b[ :,(]{{1,2}}[A-Z]", _NO_GAP, _after(2), False, True, 1),
    Rule("NAME", rf"\b(?i:{_EYE_ROLES})\b[ :,(]{{1,2}}[A-Z]", _NO_GAP, _after(1), False, True, 1),
    Rule("NAME", rf"\b(?:{_ACTIONS})[ :,\n(]", _GAP, _after(2, initials=True), at_end=True, often=True),
    Rule(
        "NAME",
        r"\b(?:checked|dispensed|tested|seen|fitted|entered|typed|signed|edged|glazed|verified|collected|"
        r"am|pm|px'?s name|initials?) ?: ?",
        _NO_GAP,
        _after(2, initials=True),
        at_end=True,
    ),
    rule(
        "NAME",
        r"\b[A-Z]{2,3} (?:signed|initialled|initialed)\b",
        r"(?P<v>[A-Z]{2,3}) ",
        _initialled,
        caseless=False,
    ),
    rule(
        "NAME", r"[.\-/] ?[A-Z]{2,3}\.?$", r"[.\-/] ?(?P<v>[A-Z]{2,3})(?=\.?$)", _initialled, caseless=False
    ),
    rule(
        "NAME",
        r"\d ?[ap]m[,. ]{1,2}[A-Z]{2,3}\.?$",
        r"\d ?[ap]m[,. ]{1,2}(?P<v>[A-Z]{2,3})(?=\.?$)",
        _initialled,
        caseless=False,
    ),
    rule("NAME", r"\bsigned (?:on )?\d", r"signed (?:on )?[\d/.\-]+,? (?P<v>[A-Z]{2,3})\b", _initialled),
    Rule("NAME", rf"\b(?i:{_WEAK})[ :(]{{1,2}}[A-Z]", _NO_GAP, _after(1), False, True, 1, often=True),
)
