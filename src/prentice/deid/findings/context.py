"""What stands around a finding: is it denied, only asked about, a relative's; and in which eye.

In the manner of NegEx and ConText (Chapman 2001, Harkema 2009), for the shorthand of the consulting room.
"""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[;\n|]|\.(?=\s|$)|(?<=\s)(?:-|~)(?=\s)")
_STOPS = re.compile(
    r"\b(?:but|however|although|though|except|apart from|aside from|besides|has|had|with|having|noted|"
    r"shows?|showing|reveals?|present|due to|"
    r"secondary to|now|today|old|longstanding|stable|known|still|only|just|instead|got|gets)\b|:",
    re.I,
)
_NEGATOR = re.compile(
    r"\b(?:no(?! (?:change|increase|progression|worsening|better|worse|improvement|longer|relief))|nil|"
    r"none|non|denie[sd]|denying|without|w/o|"
    r"neg(?:ative)? for|-ve for|absen(?:t|ce of)|free (?:of|from)|never(?: had)?|neither|nor|excluded?|"
    r"ruled out|not|isn't|doesn't|hasn't|didn't|cannot see|"
    r"unremarkable for|resolved|no longer(?: (?:has|have|sees|gets|any))?|(?:no|nil) (?:evidence|signs?|"
    r"hx|history|symptoms?|c/o|"
    r"complaints?)(?: of)?)\b|\bc/o nil\b|\u2205",
    re.I,
)
_NEGATED_AFTER = re.compile(
    r"\s*(?:(?:re|le|od|os|ou|be|r|l|both|right|left|eyes?|gr)\s+)?(?:\(?-ve\)?|neg(?:ative)?\b|nil\b|"
    r"none\b|absent\b|excluded\b|ruled out\b|"
    r"(?:was |is |were |are )?(?:not|un)\s?(?:seen|present|noted|found|detected|evident|visible|observed|"
    r"remarkable)\b|"
    r"[:=\-]\s*(?:no\b|nil\b|none\b|neg\b|negative\b|absent\b|nad\b|-ve|denie[sd]\b|0\b|n\b)|denied\b|"
    r"resolved\b|has resolved\b)",
    re.I,
)
_DOUBT = re.compile(
    r"(?:\?{1,3}\s?|\b(?:query|quer(?:ied|ying)|suspect(?:ed|s|ing)?|suspicio(?:us|n)(?: (?:of|for))?|"
    r"poss(?:ible|ibly)?\.?|prob(?:able|ably)?\.?|r/o|"
    r"rule out|ruling out|to exclude|exclude|excluding|exclusion of|dd|ddx|differentials?|"
    r"risks?(?: factors?)? (?:of|for)|at risk|screen(?:ed|ing)? for|"
    r"concern(?:ed|s)?(?: (?:for|about|re))?|worried (?:about|re)|warn(?:ed|ing|ings)?(?: (?:of|re|"
    r"about))?|symptoms of|s/s of|prevent(?:ion)?(?: of)?|could be|"
    r"may be|might be|may have|might have|likely|consider|potential|in case of|r/v for|check for|"
    r"look(?:ed|ing)? for|monitor for|watch for|"
    r"advice re|info(?:rmation)? on|educat\w+ (?:on|re|about)|signs? and symptoms of|develop|"
    r"possibility of|thinks? (?:he|she|they)|is it)\b)"
    r"[^,;:]{0,1}(?:[\w/'\-]+ ){0,4}$",
    re.I,
)
_IF = re.compile(
    r"\b(?:if|unless|should (?:he|she|they|pt|px)|in the event of|return for|rtc for|"
    r"urgent(?:ly)? if)\b[^;:]*$",
    re.I,
)
_DOUBT_AFTER = re.compile(
    r"\s*(?:(?:[\w/]+\s?){0,2}\?(?!\w)|suspects?\b|suspected\b|warnings?\b|precautions\b|"
    r"symptoms (?:explained|"
    r"discussed|given)|risk\b|"
    r"advice\b|to be (?:ruled out|excluded)|tbc\b|query\b|vs\b|v\b(?!\d)|or\s+\?)",
    re.I,
)
_RELATIVE = (
    r"mother|father|mum|mom|mam|dad|parents?|brothers?|sisters?|sibs?|siblings?|gran|granny|nan|nana|"
    r"grandmother|grandfather|grandma|grandpa|"
    r"grandad|grandparents?|uncle|aunt|auntie|cousins?|nephew|niece|twin|maternal|paternal|mat|pat|son|"
    r"daughter|children|relatives?|family|gm|gf|mgm|mgf|pgm|pgf"
)
_FAMILY = re.compile(
    rf"\b(?:fhx?|foh|f/h|f\.h\.|fohx|pfh|family (?:ocular )?(?:history|hx|h/o)|familial|"
    rf"(?:{_RELATIVE})(?!'?s? (?:reports?|says?|said|noticed|notices|states?|"
    r"attended|concerned|worried|notes?|noted|thinks?|brought|c/o|present|describes?|denies|feels|aware|"
    r"with|here|observed|complains|told|asks|asked)\b))\b",
    re.I,
)
_OWN_AGAIN = re.compile(
    r"\b(?:px|pt|patient|o/e|exam|re|le|od|os|ou|be|r|l|both eyes|c/o|gh|poh|personal|denies|meds|foh nil|"
    r"fh nil|nil)\b",
    re.I,
)
_FAMILY_AFTER = re.compile(
    rf"[^.;,]{{0,12}}(?:\(|-|in |\u2013)\s*(?:her |his |their |the |px'?s? )?(?:{_RELATIVE})\b|\s+(?:in|"
    rf"on) (?:the )?(?:family|mother|father)",
    re.I,
)
_EYE = re.compile(
    r"(?<![\w'/.+\-])(?P<both>(?:RE|R)\s?[><=+&/]{1,3}\s?(?:LE|L)|(?:LE|L)\s?[><=+&/]{1,3}\s?(?:RE|R)|OU|"
    r"BE|B/L|[Bb]ilat(?:eral(?:ly)?)?|[Bb]oth(?: eyes)?|"
    r"R and L|R & L|O\.U\.|ou\b(?=[ ,.;)]|$)|BEs?|RE and LE|right and left|OD and OS|OD, OS|OD/OS|OD>OS|"
    r"OS>OD|OD > OS|OS > OD|R,L|R, L|BILATERAL|BOTH)(?!\w)"
    r"|(?<![\w'/.+\-])(?P<right>RE|R|OD|O\.D\.|[Rr]ight|RIGHT|re\b(?= only)|od\b(?=[ ,.;)]|$)|RUL|RLL|"
    r"RH)(?!\w)"
    r"|(?<![\w'/.+\-])(?P<left>LE|L|OS|O\.S\.|[Ll]eft|LEFT|os\b(?=[ ,.;)]|$)|LUL|LLL|LH)(?!\w)",
)
_NOT_EYE = re.compile(
    r"(?:\w|[/'](?=\w)|\.\w|\s?[+\-\u2212]?\d+[./]\d| (?:pl|plano|away|handed|now|hand|home|work)\b)"
)


def sentence_of(text: str, start: int, end: int, bounds: list[int]) -> tuple[int, int]:
    """The sentence around `start` to `end`, between two of the `bounds`."""
    low, high = 0, len(text)
    for bound in bounds:
        if bound < start:
            low = bound + 1
        elif bound >= end:
            return low, bound
    return low, high


def sentence_bounds(text: str) -> list[int]:
    return [match.start() for match in _SENTENCE.finditer(text)]


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007
        pass
    return found


def is_denied(before: str, after: str) -> bool:
    """ "no signs of X or Y", "denies", "X -ve", "X: nil"; a comma ends it unless a list goes on to its "or".

    >>> is_denied("no holes, tears or ", ""), is_denied("no RD, ", " LE old"), is_denied("", " -ve")
    (True, False, True)
    """
    if _NEGATED_AFTER.match(after):
        return True
    last = _last(_NEGATOR, before)
    if last is None:
        return False
    between = before[last.end() :]
    word = last[0].lower()
    if _STOPS.search(between) or "?" in between:
        return False
    count = len(between.split())
    if word in (
        "not",
        "isn't",
        "doesn't",
        "hasn't",
        "didn't",
        "non",
        "resolved",
        "excluded",
        "exclude",
        "none",
        "nil",
        "absent",
    ) and count > (5 if word == "nil" else 3):
        return False
    if "," not in between:
        return count <= 9 and not (
            re.search(r"\band\b", between) and _EYE.search(between.rpartition(" and ")[0])
        )
    if word in ("denies", "denied", "denying"):
        return True
    ahead = re.split(r"[;.]", after, maxsplit=1)[0]
    listed = between + "@" + ahead
    pieces = [piece for piece in listed.split(",")]
    here = next(at for at, piece in enumerate(pieces) if "@" in piece)
    goes_on = any(re.search(r"\b(?:or|nor)\b", piece) for piece in pieces[: here + 3])
    return goes_on and all(len(piece.split()) <= 5 and not _EYE.search(piece) for piece in pieces[: here + 1])


def is_doubted(before: str, after: str) -> bool:
    """ "?PVD", "r/o RD", "suspect", "risk of", "return if flashes".

    >>> is_doubted("? early ", ""), is_doubted("RTC if flashes or ", ""), is_doubted("PVD LE, ", "")
    (True, True, False)
    """
    return bool(_DOUBT.search(before) or _IF.search(before) or _DOUBT_AFTER.match(after))


def is_relatives(before: str, after: str) -> bool:
    """ "FH glaucoma", "mother has AMD", "keratoconus (brother)"; not "mum reports squint".

    >>> is_relatives("FH ", ""), is_relatives("mum reports ", ""), is_relatives("", " (mother)")
    (True, False, True)
    """
    if _FAMILY_AFTER.match(after):
        return True
    found = _last(_FAMILY, before)
    if found is None:
        return False
    between = before[found.end() :]
    return not ("," in between and _OWN_AGAIN.search(between)) and not _OWN_AGAIN.search(
        after.split(",")[0][:14]
    )


def eyes_of(text: str, start: int, end: int, low: int, high: int) -> tuple[bool, bool]:
    """(right, left) for a finding at `start` to `end` of the sentence `low` to `high`; (False, False) if
    not said.

    The eye named nearest in the same clause; else the one that heads the clause ("RE: NS, ERM").

    >>> eyes_of("PSC LE on axis, other eye clear", 0, 3, 0, 31), eyes_of("RE: NS, ERM", 8, 11, 0, 11)
    ((False, True), (True, False))
    """
    clause_low = max(text.rfind(",", low, start), text.rfind("(", low, start)) + 1 or low
    clause_low = max(clause_low, low)
    comma = text.find(",", end, high)
    clause_high = comma if comma >= 0 else high
    best: tuple[int, tuple[bool, bool]] | None = None
    header: tuple[bool, bool] | None = None
    for match in _EYE.finditer(text, low, high):
        if _NOT_EYE.match(text, match.end()) and not match["both"]:
            continue
        eyes = (True, True) if match["both"] else (bool(match["right"]), bool(match["left"]))
        at, to = match.span()
        if (
            to <= start
            and text[to : to + 1] in (":", " ")
            and (text[to : to + 1] == ":" or text[low:at].strip() == "" or text[at - 2 : at] in (", ", "; "))
        ):
            header = eyes
        if at >= clause_high or to <= clause_low or (at < end and to > start):
            continue
        distance = (
            at - end
            if at >= end
            else (start - to) + (4 if text[start - 1 : start] == " " and start - to > 1 else 0)
        )
        if best is None or distance < best[0]:
            best = (distance, eyes)
    if best is not None and text[end : end + 1] != ":":
        return best[1]
    if (listed := _listed_eyes(text, end, clause_high, high)) is not None:
        return listed
    if best is not None:
        return best[1]
    return header or (False, False)


_ONLY_EYE = re.compile(r"[,\s]*(?:[.;,)]|$)")


def _listed_eyes(text: str, end: int, clause_end: int, high: int) -> tuple[bool, bool] | None:
    """The eyes of "Cataracts: R mild, L mod" and of "DED mod, OU"; None where it is neither."""
    right = left = False
    if text[end : end + 1] == ":":
        for match in _EYE.finditer(text, end, high):
            right = right or bool(match["both"] or match["right"])
            left = left or bool(match["both"] or match["left"])
        return (right, left) if right or left else None
    at = clause_end + 1
    while text[at : at + 1] == " ":
        at += 1
    eye = _EYE.match(text, at, high)
    if eye and _ONLY_EYE.match(text, eye.end()):
        return (True, True) if eye["both"] else (bool(eye["right"]), bool(eye["left"]))
    return None
