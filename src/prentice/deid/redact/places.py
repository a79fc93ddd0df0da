"""Places smaller than a state: 164.514(b)(2)(i)(B). States and countries stay."""

from __future__ import annotations

import re

from prentice.deid.redact.eponyms import is_product
from prentice.deid.redact.gazetteer import CLINICAL, NAME, PLACE, STOP, WORD, kinds, word_set
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span
from prentice.deid.redact.streets import LEADS

_AREAS = word_set(
    "AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC "
    "EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS "
    "LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP "
    "SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
_STATES = (
    r"AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|"
    r"NC|ND|OH|OK|OR|PA|RI|SC|"
    r"SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR"
)
_STATE_NAMES = (
    r"Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|"
    r"Idaho|Illinois|Indiana|"
    r"Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
    r"Montana|Nebraska|"
    r"Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|"
    r"Oregon|Pennsylvania|Rhode "
    r"Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|"
    r"Wisconsin|Wyoming"
)
CLEAR_STATES = word_set(
    "AK AZ CA FL GA ID IL IA KS KY MI MN MO MT NE NV NH NJ NM NY NC ND OH RI SC SD TN TX UT VT WA WV WI WY DC"
)


def _area(code: str) -> str:
    """The letters that a postcode begins with."""
    return code[:2].rstrip("0123456789").upper()


# These begin shorthand more often than a postcode that stands alone: "near N5", "in R2".
_SHORTHAND = frozenset(("N", "L", "S", "R", "G", "B", "E", "M", "W", "OD"))


def _outward(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "lives in SW4": the first half of a postcode."""
    code = match["v"]
    if code.isupper() and _area(code) in _AREAS - _SHORTHAND:
        return Span(match.start("v"), match.end("v"), "LOCATION")
    return None


def _postcode(text: str, match: re.Match[str], start: int) -> Span | None:
    code = match["v"]
    area = _area(code)
    if code.upper() != code and (
        area not in _AREAS or code != code.lower() or not re.search(r"[a-z]{2}$", code)
    ):
        return None
    if _LENS_BEFORE.search(text, max(0, start - 16), start):
        return None
    if code != code.upper() and re.search(r"\d(?:ds|ft|hr|hrs|yr|bd|pd|nd|st|th|rd|wk)$", code):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


_LENS_BEFORE = re.compile(
    r"\b(?:iol|lens|implant|acrysof|clareon|alcon|tecnis|model|toric)s?:? {1,2}\Z", re.I
)

_STRONG_LOCATIVE = (
    r"lives?|living|lived|resides?|residing|moved|moving|relocated|relocating|based|born|grew up|raised|"
    r"commutes|commuting|"
    r"originally|comes|came|hails|drives|travels|travelled|traveled|retired|staying|stays|returned|native|"
    r"village|town|city|suburb|"
    r"hometown|address|addr|works|working|store|branch|practice|clinic|hospital|seen|school|job|works|"
    r"holiday home|flat|house"
)
_CAPITALS = re.compile(
    r"(?:(?:The|Upper|Lower|Great|Little|Much|North|South|East|West|St\.?|Saint|Fort|Mount|Port|New|Old|"
    r"Los|Las|San|Santa|El|La) )?[A-Z][a-z'\-]+(?:(?: (?:on|upon|in|le|the|by|under|next|de la|"
    r"of)(?: the)?|-[a-z]+-?)? ?-?[A-Z][a-z'\-]+){0,2}"
)
NOT_PLACES = word_set(
    "england scotland wales ireland britain kingdom uk usa america states europe africa asia australia "
    "canada france germany spain italy poland india pakistan china japan january february march april "
    "may june july august september october november december monday tuesday wednesday thursday "
    "friday saturday sunday northern eastern western southern north south east west central boots "
    "specsavers tesco asda hes"
)


def _place_after(text: str, match: re.Match[str], start: int) -> Span | None:
    """What stands after "lives in": one to three capitalised words, known or not, or a known place in
    lower case.
    """
    at = match.end()
    found = _CAPITALS.match(text, at)
    if found is None:
        word = re.compile(r"[a-z]{4,}").match(text, at)
        if word and kinds().get(word[0], 0) & PLACE and not kinds()[word[0]] & (WORD | STOP | NAME):
            return Span(word.start(), word.end(), "LOCATION")
        if word and kinds().get(word[0], 0) & PLACE and not kinds()[word[0]] & (WORD | STOP):
            return Span(word.start(), word.end(), "LOCATION")
        return None
    end = at
    for word in re.finditer(r"[A-Za-z][A-Za-z'\-]*", found[0]):
        low = word[0].lower()
        kind = kinds().get(low, 0)
        if low in NOT_PLACES or (kind & STOP and not kind & PLACE):
            break
        if kind & WORD and not kind & PLACE and end == at and low not in _AFFIXES:
            return None
        end = at + word.end()
    if end == at or text[at:end].lower() in STATES_LOW or text[at:end].lower() in _AFFIXES:
        return None
    return Span(at, end, "LOCATION")


_AFFIXES = word_set(
    "the upper lower great little much north south east west st saint fort mount port new old los las san "
    "santa el la"
)
STATES_LOW = frozenset(name.lower() for name in _STATE_NAMES.split("|")) - {"new york", "washington"}


def _city_state(text: str, match: re.Match[str], start: int) -> Span | None:
    words = match["v"].split()
    table = kinds()
    while len(words) > 1 and (words[0] in LEADS or table.get(words[0].lower(), 0) & CLINICAL):
        words.pop(0)
    if words[0] in LEADS or (words[0].lower() in ("plano", "add") and not match["zip"]):
        return None
    state = match["st"]
    sure = state in CLEAR_STATES or len(state) > 2
    known = any(table.get(word.lower(), 0) & PLACE for word in words)
    common = all(table.get(word.lower(), 0) & (WORD | STOP) for word in words)
    if (common and not known) or (not sure and not known and not match["zip"]):
        return None
    return Span(match.end("v") - len(" ".join(words)), match.end("v"), "LOCATION")


# Towns of the US that are also countries.
_LANDS = word_set("Jamaica Cuba Lebanon Peru Mexico Jordan Poland Norway Denmark China Holland Egypt")


def _town_and_zip(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "Forsyth 31029", "address …, Ravenna 44266"."""
    words = re.findall("[A-Za-z]+", match["v"])
    known = [kinds().get(word.lower(), 0) for word in words]
    digits = match["v"][-5:]
    known_zip = digits.isdigit() and not any(kind & CLINICAL for kind in known[1:])
    if len(known) == 2 and known_zip and any(kind & PLACE or words[0] in _LANDS for kind in known):
        return Span(match.start("v"), match.end("v"), "LOCATION")
    if known[-1] & PLACE or (
        not any(kind & (WORD | STOP) for kind in known) and text[start - 2 : start] == ", "
    ):
        return Span(match.start("v"), match.end("v"), "LOCATION")
    return None


def _town_and_area(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "London NW1"."""
    known = kinds().get(match["v"].split()[0].lower(), 0)
    return (
        Span(match.start("v"), match.end("v"), "LOCATION")
        if known & PLACE and not known & (WORD | STOP)
        else None
    )


_MADE = re.compile(
    r"\b(?:lens|lenses|glazed|made|remake|remade|refit|trial|trialled|frames?|order|reorder|fit|fitted|"
    r"available|px)(?: OU| OD| OS| R| L)? \Z",
    re.I,
)


_OUTDOORS = re.compile(
    r"\b(?:camp\w*|hik\w+|ranch\w*|cabin|farm\w*|fish\w*|hunt\w*|liv\w+|stay\w*|cottage|house|land|born|crash\w*|"
    r"fell|walk\w*|ski\w*|sail\w*|holiday\w*|vacation\w*|accident|fire|field|works?|job|site|bach|lake) \Z",
    re.I,
)
_NEAR = re.compile(r"(?:near|outside|visiting) ", re.I)


def _unknown_place(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "who is in Fentor": a capitalised word that nothing here knows, but for what lenses are made in."""
    kind = kinds().get(match["v"].lower(), 0)
    if not kind & CLINICAL and (
        (kind & PLACE and _NEAR.match(text, start)) or _OUTDOORS.search(text, max(0, start - 20), start)
    ):
        return Span(match.start("v"), match.end("v"), "LOCATION")  # "camping near Sisters"
    if kind or is_product(match["v"]) or _MADE.search(text, max(0, start - 20), start):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


def branch(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "your Grenada office"."""
    known = [kinds().get(word.lower(), 0) for word in match["v"].split()]
    if (
        any(kind & STOP or (kind & WORD and not kind & PLACE) for kind in known)
        or match["v"].lower() in STATES_LOW
    ):
        return None
    return Span(match.start("v"), match.end("v"), "LOCATION")


PLACES: tuple[Rule, ...] = (
    rule(
        "LOCATION",
        r"\b(?:[Ii]n|[Nn]ear|[Oo]utside|[Vv]isiting) [A-Z][a-z]{3}|\b[Ff]rom [A-Z][a-z]{3,}(?:[.,;)]| \()",
        r"[A-Za-z]+ (?P<v>[A-Z][a-z]{3,})(?![A-Za-z\d'\-])",
        _unknown_place,
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b[a-z]{1,2}\d[a-z\d]?[ \-]?\d[abd-hjlnp-uw-z]{2}\b",
        r"(?<![\w.+\-/])(?P<v>[A-Z]{1,2}\d[A-Z\d]?[ \-]{0,2}\d[ABD-HJLNP-UW-Z]{2})\b(?![/.]\d)",
        _postcode,
        often=True,
    ),
    rule(
        "LOCATION",
        rf"\b(?:{_STATES})\.?,? \d{{5}}\b",
        rf"(?:{_STATES})\.?,? (?P<v>\d{{5}}(?:-\d{{4}})?)(?!\d)",
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b(?:{_STATE_NAMES}),? \d{{5}}\b",
        rf"(?:{_STATE_NAMES}),? (?P<v>\d{{5}}(?:-\d{{4}})?)(?!\d)",
    ),
    rule(
        "LOCATION",
        r"\b(?:zip|zipcode|zip code|postal code)[: ]{1,2}(?:is )?\d{2}",
        r"[a-z ]+[: ]{1,2}(?:is )?(?P<v>\d{5}(?:-\d{4})?|\d{2} \d{3}|\d{3} \d{2}|\d{3})(?!\d)",
    ),
    rule(
        "LOCATION",
        r"\b(?:postcode|post code|pcode)[: ]{1,2}[a-z]{1,2}\d",
        r"[a-z ]+[: ]{1,2}(?P<v>[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?)\b",
    ),
    rule("LOCATION", r"\b\d{5}-\d{4}\b", r"(?<![\d.\-])\d{5}-\d{4}(?![\d\-])"),
    rule(
        "LOCATION",
        r"\b(?:lives? in|moved to|area|from|near|in) [a-z]{1,2}\d{1,2}[a-z]?\b",
        r"(?:lives? in|moved to|area|from|near|in) (?P<v>[A-Z]{1,2}\d{1,2}[A-Z]?)(?![\w./])",
        _outward,
    ),
    rule("LOCATION", r"\bp\.? ?o\.? box \d", r"p\.? ?o\.? box \d+"),
    rule(
        "LOCATION",
        r"\b(?:RR|R\.R\.|HC|Rural Route|Star Route|Route|Rte|SR) ?#?\d{1,4},? Box \d|"
        r"\b(?:RFD|R\.F\.D\.|Rural Route|County Road|County Rd|Co\.? Rd|Highway|Hwy|State Route|State Road|"
        r"Mile Post|Milepost|Mile Marker|MILE MARKER|ROUTE|HWY|HIGHWAY|COUNTY ROAD|STATE ROAD) #?\d{1,4}",
        r"[A-Z][A-Za-z. ]*? ?#?\d{1,4}(?:,? Box \d+)?",
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b[Cc]orner of [A-Z0-9]|\b(?:Bldg|Building) \d{1,3}, \d|\b(?:Plot|Pitch|Unit|Berth) \d{1,3},? "
        r"[A-Z][a-z]",
        r"(?P<v>[Cc]orner of [A-Z0-9]\w*(?: [A-Z][a-z]+)? (?:&|and) [A-Z0-9]\w*(?: [A-Z][a-z]+)?|(?:Bldg|"
        r"Building) \d{1,3}(?=, \d)|"
        r"(?:Plot|Pitch|Unit|Berth) \d{1,3},? [A-Z][a-z]+(?: [A-Z][a-z]+){0,4})",
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b\d{1,5} [NSEW]\.? (?:\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]+) (?:St|Ave|Rd|Blvd|Dr|Ln|Way|Pl|Ct)\b",
        r"\d{1,5} [NSEW]\.? \w+ \w+",
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b[A-Z][a-z]+ (?:[NSEW]|[NS][EW]|E[CN]|WC)\d{1,2}[A-Z]?\b",
        r"(?P<v>[A-Z][a-z]+ [NSEW][A-Z]?\d{1,2}[A-Z]?)(?![\w/]|\.\d)",
        _town_and_area,
        caseless=False,
    ),
    rule("LOCATION", r"\b(?:Box|Lot|Slip) \d{1,5}, [A-Z][a-z]", r"(?:Box|Lot|Slip) \d+", caseless=False),
    rule(
        "LOCATION",
        r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)?,? \d{5}(?:-\d{4})?\b",
        r"(?P<v>[A-Z][a-z]+(?: [A-Z][a-z]+)?,? \d{5}(?:-\d{4})?)(?![\w/\-]|\.\d)",
        _town_and_zip,
        caseless=False,
        often=True,
    ),
    rule(
        "LOCATION",
        r"\b(?:his|her|our|your|their|the|this|at|from|to|in) [A-Z][a-z]+(?: [A-Z][a-z]+)? (?:office|"
        r"branch|store|location|site|"
        r"surgery|clinic|practice|campus|shop|lab|hospital|library|market|depot|plant|jail|prison|base|"
        r"church|mosque|school)\b",
        r"[a-z]+ (?P<v>[A-Z][a-z]+(?: [A-Z][a-z]+)?) [a-z]+",
        branch,
        caseless=False,
    ),
    rule(
        "LOCATION",
        r"\b(?i:flat|apartment|apt|suite|ste)\.? ?#?\d{1,4}[A-Za-z]?\b",
        r"(?:Flat|FLAT|[Aa]partment|[Aa]pt|APT|[Ss]uite|Ste)\.? ?#?(?!360|"
        r"180)\d{1,4}[A-Za-z]?(?:/\d{1,2})?\b",
        caseless=False,
    ),
    rule(
        "LOCATION",  # "or the Mesa one"
        r"\bthe [A-Z][a-z]{3,} (?:one|address|place|house|shop|number)\b",
        r"the (?P<v>[A-Z][a-z]{3,}) ",
        lambda text, match, start: (
            branch(text, match, start) if kinds().get(match["v"].lower(), 0) & PLACE else None
        ),
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b(?:{_STRONG_LOCATIVE})[:,]?(?: (?:(?:out|over|back|down|up|now|here|away|just) )*(?:in|at|"
        rf"to|from|of|near|nr|called|outside)| ?:| is){{1,2}} ",
        rf"(?:{_STRONG_LOCATIVE})[:,]?(?: (?:out |over |back |down |up |now |here |away |just )*(?:in|at|"
        rf"to|from|of|near|nr|called|outside)| ?:| is){{1,2}} (?:the (?:village|town|city) of )?",
        _place_after,
        often=True,
    ),
    rule(
        "LOCATION",
        r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)? (?:County|Parish|Borough)\b",
        r"(?P<v>[A-Z][a-z]+(?: [A-Z][a-z]+)? (?:County|Parish|Borough))\b",
        caseless=False,
    ),
    rule("LOCATION", r"\bLives [A-Z]", r"Lives (?=[A-Z][a-z])", _place_after, caseless=False),
    rule(
        "LOCATION",
        r"\bCo\.? [A-Z][a-z]+\b",
        r"(?P<v>Co\.? (?:Kerry|Cork|Clare|Mayo|Galway|Dublin|Wicklow|Wexford|Waterford|Kilkenny|Carlow|"
        r"Kildare|Meath|Louth|Monaghan|Cavan|"
        r"Donegal|Sligo|Leitrim|Roscommon|Longford|Westmeath|Offaly|Laois|Limerick|Tipperary|Down|Antrim|"
        r"Armagh|Fermanagh|Tyrone|Derry|Londonderry|Durham))\b",
        caseless=False,
    ),
    rule("LOCATION", r"\bCounty [A-Z][a-z]+\b", r"(?P<v>County [A-Z][a-z]+)\b", caseless=False),
    rule(
        "LOCATION",
        rf"\b[A-Z][a-z]+,? (?:{_STATES}|{_STATE_NAMES})\b",
        rf"(?P<v>[A-Z][a-z]+),? (?P<st>{_STATES}|{_STATE_NAMES})\b(?P<zip>,? \d{{5}})?",
        lambda text, match, _: _city_state(text, match, _) if "," in match[0] or match["zip"] else None,
        caseless=False,
    ),
    rule(
        "LOCATION",
        rf"\b[A-Z][a-z]+\.? [A-Z][a-z]+,? (?:{_STATES}|{_STATE_NAMES})\b",
        rf"(?P<v>(?:[A-Z][a-z]+\.? )?[A-Z][a-z]+\.? [A-Z][a-z]+),? (?P<st>{_STATES}|"
        rf"{_STATE_NAMES})\b(?P<zip>,? \d{{5}})?",
        lambda text, match, _: _city_state(text, match, _) if "," in match[0] or match["zip"] else None,
        caseless=False,
    ),
)
