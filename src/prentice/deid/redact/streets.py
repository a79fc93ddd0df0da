"""Streets and buildings: "14 Mill Lane", "Penhallow Medical Centre", never "2 drops a day"."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import CLINICAL, PLACE, STOP, WORD, kinds, word_set
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_STRONG_WAYS = (
    r"Street|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Crescent|Cres|Terrace|Boulevard|Blvd|Highway|Hwy|Parkway|"
    r"Pkwy|Gardens|Gdns|Close|Grove|Mews|Turnpike|Cul-de-Sac"
)
_OTHER_WAYS = (
    r"St|Dr|Ct|Court|Pl|Place|Way|Hill|Park|View|Row|Walk|Green|End|Square|Sq|Cl|Rise|Circle|Cir|Trail|"
    r"Trl|Loop|Path|Alley|Quay|Wharf|Parade|Bank|Yard|Common|Croft|Meadow|Meadows|Vale|Pike|Plaza|Point|"
    r"Ridge|Run|Broadway|Quayside|Embankment|Heights|Approach|Gate|Mount|Fold|Brow|Wynd|Brae|Cottages|"
    r"Xing|Crossing|Grn|Wash|Bench|Bayou|Marsh|Downs|Tower|Towers|Landing|Trace|Cove|Cv|Hollow|Bluff|Glen|"
    r"Knoll|Knolls|Creek|Bend|Mill|Mills|Moor|Chase|Dene|Dell|Drift|Garth|Holt|Copse|Beeches|Oaks|Pines|"
    r"Fields|Field|Leas|Lea|Orchard|Paddock|Paddocks|Spinney|Springs|Weir|Wood|Woods|Reach|Maltings|Terr|"
    r"Wy|Holw|Vw|Canyon|Ranch|Grange|Ford|Fork|Shores|Shore|Island|Station|Summit|Valley|Vista|Vale|Hills|"
    r"Steps|Backs|Wynd|Clough|Fell|Burn|Strand|Esplanade|Promenade|Arcade|Precinct|Yards|Plaza|Lodge|Barn|"
    r"Barns|Manor|Rectory|Hts|Rdg|Mdws|Mdw|Crk|Lndg|Bottoms|Prairie|Mesa|Arroyo|Camino|Cove|Overlook|"
    r"Commons|Gables|Estates|Estate|"
    r"Villas|Almshouses|Buildings|Mansions|House|Houses|Cottage|Court|Lodge"
)
_UNIT = r"(?:(?:Flat|Apartment|Apt|Unit|Suite|Ste|Room|Rm|Floor|Block)\.? ?#?\w{1,4},? )?"
_NUMBER = r"(?<![\w.])(?:(?:No\.? ?)?\d{1,5}[A-Za-z]?(?: ?[\-/] ?\d{1,4}[A-Za-z]?)?,? )"
_NAMED = re.compile(
    rf"{_UNIT}{_NUMBER}?(?:(?:[NSEW]\.? |North |South |East |West |The |Old |Upper |Lower |Great |"
    rf"St\.? )?[A-Z][A-Za-z'\-]+ ){{1,3}}\Z"
)
_NUMBERED = re.compile(
    rf"{_NUMBER}(?:[NSEW]{{1,2}}\.? )?(?:[A-Za-z][A-Za-z'\-]*\.? |\d{{1,3}}(?:st|nd|rd|th) ){{1,4}}\Z", re.I
)
_THE = re.compile(rf"{_UNIT}{_NUMBER}The \Z")
LEADS = word_set(
    "On At In From Lives Living Live Moved To Px Pt Patient Address Addr Add Home Works Near And Mr Mrs "
    "Ms Dr Via Of By Along Is Now Was Off New Letter Send Sent Post Ship Deliver Visit Lived Resides "
    "Situated Down Up Re Seen For"
)
_NOT_STREETS = re.compile(
    r"\b(?:mm|yrs?|years?|months?|weeks?|hrs?|hours?|days?|mins?|pairs?|boxes|times|times|x|gr|grade|"
    r"visits?|mg|ml|drops?|"
    r"prism|dioptres?|axis|add|base|iop|va|of|to|for|the|and|is|was|in|on|at|with|his|her|their|my|has|"
    r"had|no|a|an|can|"
    r"will|did|does|from|by|or|not|if|as|but|per|near)\b",
    re.I,
)


def _street(text: str, match: re.Match[str], start: int) -> Span | None:
    """An address that ends with this word: Street, Rd, Close … Numbered in any case; else capitalised
    names only.
    """
    end = match.start()
    start = text.rfind(" ", 0, end) + 1
    way = text[start:end]
    strong = way.title() in _STRONG
    head = max(0, start - 60, text.rfind("\n", 0, start) + 1)
    if way == "Dr" and text[end + 1 : end + 2].isupper() and text[end : end + 1] in " .":
        return None  # a doctor
    if (following := _NEXT_WORD.match(text, end)) and following[1] in _GO_ON:
        return None  # "Mill Lane", "Quay Surgery": the next word decides
    before = text[text.rfind(" ", 0, max(start - 1, 0)) + 1 : start - 1].rpartition("\n")[2]
    if not before or not (before[0].isupper() or before[0].isdigit() or way in _LOWER_WAYS or way.isupper()):
        return None
    numbers = [found.start() for found in _DIGITS.finditer(text, head, start)]
    if not numbers and not strong and not LOCATIVE.search(text, max(0, start - 34), start - 1):
        return None
    if way == "RD" and not (numbers and text[head:start].isupper()):
        return None
    for at in numbers:
        numbered = _NUMBERED.match(text, at, start)
        if numbered and not _NOT_STREETS.search(numbered[0]) and not _clinical(numbered[0]):
            if way[0].isupper() or way in _LOWER_WAYS:
                return Span(_with_unit(text, at), _tail(text, end), "LOCATION")
            break
    if not way[0].isupper():
        return None
    return _named_street(text, head, start, end, strong)


def _named_street(text: str, head: int, start: int, end: int, strong: bool) -> Span | None:
    """ "Mill Lane" without a number, "12 The Crescent"."""
    the = _THE.search(text, head, start)
    if the and the[0]:
        return Span(the.start(), _tail(text, end), "LOCATION")
    named = _NAMED.search(text, head, start)
    if named is None:
        return None
    if (
        not strong
        and not any(c.isdigit() for c in named[0])
        and not LOCATIVE.search(text, max(0, named.start() - 30), named.start())
    ):
        return None
    words = named[0].split()
    begin = named.start()
    while words and (
        words[0] in LEADS or (kinds().get(words[0].lower(), 0) & CLINICAL and not words[0][0].isdigit())
    ):
        begin += len(words.pop(0)) + 1
    if not words or all(kinds().get(word.lower().strip(","), 0) & CLINICAL for word in words):
        return None
    return Span(begin, _tail(text, end), "LOCATION")


_NEXT_WORD = re.compile(r" ([A-Z][a-z]+)")
_GO_ON = frozenset(
    (_STRONG_WAYS + "|Surgery|Hospital|Medical|Health|Clinic|School|Primary|Practice|Academy").split("|")
)
_STRONG = frozenset(_STRONG_WAYS.split("|"))
_LOWER_WAYS = word_set("street road lane avenue rd ave drive close crescent terrace blvd gardens grove st")
_DIGITS = re.compile(r"(?<![\w.])\d{1,5}(?=[A-Za-z]?\b)")
_UNIT_BEFORE = re.compile(
    r"(?:Flat|Apartment|Apt|Unit|Suite|Ste|Room|Rm|Floor|Block)\.? ?#?\w{1,4},? \Z", re.I
)


def _with_unit(text: str, start: int) -> int:
    unit = _UNIT_BEFORE.search(text, max(0, start - 18), start)
    return unit.start() if unit else start


_UNIT_AFTER = re.compile(
    r",? ?(?:(?:Apt|Apartment|Unit|Suite|Ste|Flat|Rm|Lot|Space)\.? ?#?\w{1,5}(?:/\d{1,2})?\b|#\d{1,5}\b|"
    r"(?:N|S|E|W|NE|NW|SE|"
    r"SW)\b(?!-))",
    re.I,
)


def _tail(text: str, end: int) -> int:
    found = _UNIT_AFTER.match(text, end + 1 if text[end : end + 1] == "." else end)
    return found.end() if found else end


_NOT_CLINICAL = word_set(
    "st flat english welsh polish french german spanish italian portuguese"
)  # Old Spanish Trail


def _clinical(phrase: str) -> bool:
    return any(
        kinds().get(word.lower(), 0) & CLINICAL
        for word in re.findall(r"(?<!\d)[A-Za-z]+", phrase)
        if len(word) > 1 and word.lower() not in _NOT_CLINICAL
    )


_FACILITIES = (
    r"Hospital|Infirmary|Surgery|Medical Centre|Medical Center|Health Centre|Health Center|"
    r"Medical Practice|Group Practice|Family "
    r"Practice|Family Medicine|Care Home|Nursing Home|Residential Home|School|Primary|Academy|College|"
    r"University|Church|Cottage|Farm|Lodge|"
    r"Manor|Rectory|Vicarage|Farmhouse|House|Bungalow|Villa|Barn|Smithy|Hospice|Prison|Barracks|Clinic|Walk-in Centre|NHS Trust|"
    r"NHS Foundation Trust|Polyclinic|Institute|Eye Institute|"
    r"Nursery|High School|Middle School|Elementary|Care Centre|Day Centre|Eye Centre|Eye Center|Eye Unit|"
    r"Eye Infirmary|Retirement Village|Hall|Abbey|Convent|Priory|Monastery"
)
_BEFORE_FACILITY = re.compile(r"(?:(?:[A-Z][A-Za-z'.\-]*|and|of|the|&|Eye|Royal|General)[ ]){1,5}\Z")
_GENERIC = word_set(
    "eye royal general university hospital district community day the of and & private cataract laser "
    "refractive refer surgery medical health group family nursing care corneal retinal glaucoma local "
    "new old primary secondary high middle junior infant nhs dental vet walk-in acute macular macula "
    "lens dry diabetic children's childrens paediatric teaching regional public my our that at to "
    "from in via for with on outpatient urgent emergency main previous post pre under both low vision "
    "contact sunday out-of-hours same their his her own ophthalmic optometry specialist"
)


def _facility(text: str, match: re.Match[str], start: int) -> Span | None:
    """A hospital, surgery, school or house with a name of its own; "Eye Hospital" has none."""
    start, end = match.start("w"), match.end("w")
    before = _BEFORE_FACILITY.search(text, max(text.rfind("\n", 0, start) + 1, start - 50), start)
    if before is None:
        return None
    words = before[0].split()
    begin = before.start()
    table = kinds()
    while words and (
        words[0].lower().rstrip(".") in _LEADS_LOW
        or table.get(words[0].lower(), 0) & CLINICAL
        or words[0][0].islower()
    ):
        if words[0].lower() == "st" or words[0] == "St.":
            break
        begin += len(words.pop(0)) + 1
    own = [word for word in words if word.lower() not in _GENERIC]
    if not own:
        return None
    house = match["w"] in (
        "House",
        "Hall",
        "Farm",
        "Lodge",
        "Clinic",
        "Church",
        "College",
        "Primary",
        "Academy",
        "Nursery",
        "Cottage",
        "Manor",
    )
    telling = any(
        not table.get(word.lower(), 0) & (WORD | STOP) or table.get(word.lower(), 0) & PLACE for word in own
    )
    plain = house and not telling and match["w"] in ("House", "Hall", "Clinic", "Primary")
    if plain and not LOCATIVE.search(text, max(0, begin - 40), begin):
        return None
    if any(table.get(word.lower(), 0) & CLINICAL for word in own if word != "St"):
        return None
    return Span(begin - 4 if text[:begin].endswith("The ") else begin, end, "LOCATION")


_LEADS_LOW = frozenset(word.lower() for word in LEADS) | {
    "the",
    "a",
    "his",
    "her",
    "their",
    "my",
    "our",
    "this",
    "attends",
    "goes",
}
LOCATIVE = re.compile(
    r"\b(?:lives?|living|lived|resid(?:es?|ing|ent)|moved|moving|relocated|from|near|nr|based|born|"
    r"address|addr|works?|working|"
    r"stay(?:s|ing)|home|retired|grew up|raised|outside|commut(?:es|ing)|driv(?:es|ing)|travel(?:s|led|"
    r"ling)|visiting|village|town|"
    r"city|area|originally|to|in|at|around|of|via)\b[:,]?(?: (?:in|at|on|to|from|of|near|the|is|over|back|"
    r"down|up|now|originally|"
    r"a|village|town|city|nr|just|outside|between|around|north|south|east|west)){0,3}[: ]{1,2}\Z",
    re.I,
)


def _numbered(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "18 The Glebe", "ship to 22 Sparrow Nook"."""
    table = kinds()
    if any(table.get(word.lower(), 0) & CLINICAL for word in re.findall("[A-Za-z]{3,}", match["v"])):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


STREETS: tuple[Rule, ...] = (
    rule(
        "LOCATION",
        r"\b\d{1,4}[A-Za-z]?,? The [A-Z][a-z]+",
        r"(?P<v>\d{1,4}[A-Za-z]?,? The [A-Z][a-z]+(?: [A-Z][a-z]+)?)",
        _numbered,
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b(?:[Aa]t|[Aa]ddress|[Aa]ddr|[Ss]hip|[Ss]hip to|[Mm]ail|[Mm]ail to|mailed to|[Dd]eliver to|"
        r"[Pp]ost to|moved to|[Ll]ives|live at|resides at|of|from)[: ]{1,2}"
        r"\d{1,5}[A-Za-z]? [A-Z][a-z]+ [A-Z][a-z]+",
        r"[A-Za-z ]+[: ]{1,2}(?P<v>\d{1,5}[A-Za-z]? [A-Z][A-Za-z'\-]+ [A-Z][A-Za-z'\-]+)",
        _numbered,
        caseless=False,
        often=True,
    ),
    rule(
        "LOCATION",
        rf" (?:{_STRONG_WAYS}|{_OTHER_WAYS})\b",
        "",
        _street,
        caseless=False,
        at_end=True,
        often=True,
    ),
    rule(
        "LOCATION",
        rf"\b\d{{1,5}}[A-Za-z]?,? (?:\d{{1,3}}[A-Za-z]{{2}} )?(?:[A-Za-z'.\-]+ ){{0,4}}(?:{'|'.join(sorted(_LOWER_WAYS))}|"
        rf"{_STRONG_WAYS.upper()}|{_OTHER_WAYS.upper()})\b",
        "",
        _street,
        caseless=False,
        at_end=True,
    ),
    rule(
        "LOCATION",
        rf" (?:{_FACILITIES})\b",
        rf" (?P<w>{_FACILITIES})\b",
        _facility,
        caseless=False,
        often=True,
    ),
)
