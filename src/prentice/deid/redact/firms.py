"""Employers by name: "works at Orrell Haulage", "employer: Castor & Sons"."""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import CLINICAL, NAME, PLACE, PROTECTED, STOP, WORD, kinds
from prentice.deid.redact.names import ROLE_WORDS, word_kind
from prentice.deid.redact.scan import Rule, rule
from prentice.deid.redact.spans import Span

_WORDS = re.compile(r"[A-Za-z]+")
_WORKPLACES = (
    r"(?i:works?|working|worked|employed|employment|employer|dispatcher|driver|operator|clerk|engineer|"
    r"teller|cashier|"
    r"labou?rer|foreman|welder|trucker|courier|accountant|receptionist|chef|cook|server|waitress|waiter|"
    r"bartender|mechanic|electrician|plumber|"
    r"machinist|salesman|salesperson|buyer|analyst|developer|guard|porter|cleaner|joiner|fitter|applied|"
    r"job|shifts?|picker|packer|"
    r"apprentice|supervisor|drives|contracts|retired from|laid off from)"
)


def _firm(text: str, match: re.Match[str], start: int) -> Span | None:
    words = _WORDS.findall(match["v"])
    if any(word_kind(word) & CLINICAL for word in words) or words[0].lower() in ROLE_WORDS:
        return None
    if len(words) == 1 and (word_kind(words[0]) & (WORD | STOP | PLACE) or words[0].isupper()):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


_KINDS_OF_FIRM = (
    r"Ltd|Limited|PLC|plc|LLC|LLP|Inc|Corp|Corporation|Company|Co-op|Bros|Brothers|GmbH|Haulage|Logistics|"
    r"Foundry|Freight|Trucking|"
    r"Builders|Roofing|Plumbing|Electrical|Engineering|Fabrications|Bakery|Brewery|Motors|Garage|Transport|"
    r"Packaging|"
    r"Manufacturing|Foods|Farms|Dairy|Creamery|Quarry|Sawmill|Mills|Steelworks|Shipyard|Warehouse|Couriers|"
    r"Taxis|Cabs|"
    r"Landscaping|Welding|Plastics|Textiles|Tools|Machining|Steel|Lumber|Construction|Cheese|Diner|Trackworks|"
    r"Printers|Press|Solicitors|Accountants|"
    r"Thatch|Thatchers|Thatching|Roofers|Glazing|Kitchens|Carpets|Flooring|Removals|Drainage|Paving|"
    r"Groundworks|Timber|Aggregates|Ceramics|Potter(?:y|ies)|Distillery|Vineyards?|Winery|Coaches|Boatyard|"
    r"Aerospace|Aviation|Laundry|Upholstery|Glassworks|Ironworks|Foundries|Butchers|Bakers|Florists|Haulers|"
    r"Movers|Paper|Seafoods?|Poultry|Orchards|Growers|Turkeys|Meats|Feeds|Grain|Mining|Collier(?:y|ies)|"
    r"Airlines|Airways|Railways|Rail|Shipping|Fisheries|Nurseries|Stables|Salon|Joinery|Scaffolding|Catering"
)
_MORE_KINDS_OF_FIRM = (  # a pattern of their own: one of all would be too large
    r"Castings|Forgings|Mouldings|Moldings|Pressings|Coatings|Furnishings|Holdings|Drilling|Tooling|Plating|"
    r"Petroleum|Oilfield|Chemicals|Pharmaceuticals|Supply|Hardware|Tyres|Tires|Autos?|Autobody|Industries|"
    r"Vets|Veterinary|Packers|Packing|Nails|Beauty|Barbers?|Cafe|Grill|Tavern|Buses|Cleaners|Cleaning|Staffing|"
    r"Co|Realty|Processors|Processing|Fabrication|Fabricators|Tiles?|Nursery|Garages|Scaffolders|Hauliers|Stonemasons|Cleaning|"
    r"Enterprises|Contractors|Contracting|Properties|Lettings|Trailers|Truckers|Recycling|Salvage|Demolition|"
    r"Exteriors|Interiors|Cabinets|Masonry|Concrete|Asphalt|Marine|Boats|Bakehouse|Caterers|Confectionery"
)


def _works_at(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "he's at Wharton Castings till 5": two capitalised words after a person who is there."""
    words = _WORDS.findall(match["v"])
    if any(word_kind(word) & (STOP | PLACE) or word.lower() in ROLE_WORDS for word in words):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _at_office(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "her office, Tamar Valley Vets", "nights at Fenway Veg Packers": no practice, no town, no person."""
    words = _WORDS.findall(match["v"])
    if any(word_kind(word) & CLINICAL or word.lower() in ROLE_WORDS for word in words):
        return None
    if all(word_kind(word) & PLACE for word in words) or (word_kind(words[-1]) & PROTECTED):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


def _in_capitals(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "GRINDER AT KESSLER & SONS FABRICATION"."""
    words = _WORDS.findall(match["v"])
    return None if any(word_kind(word) & CLINICAL for word in words) else Span(*match.span("v"), "NAME")


def _small_firm(text: str, match: re.Match[str], start: int) -> Span | None:
    """ "cheque from oldbury tyre centre"."""
    kind = kinds().get(match["f"], 0)
    if kind & STOP or (kind & WORD and not kind & (NAME | PLACE)):
        return None
    return Span(match.start("v"), match.end("v"), "NAME")


_FIRM = r"[A-Z][A-Za-z'\-]+(?: (?:& |and |of |the )?[A-Z][A-Za-z'\-]+){1,4}"
_SMALL_KINDS = (
    r"tyres?|tires?|vets?|cafe|garage|motors|autos?|bakery|salon|nails|plumbing|roofing|haulage|taxis|cabs|builders|"
    r"scaffolding|joinery|logistics|transport|foods|farms?|dairy|steel|haulier|engineering|electrical|brewery|"
    r"butchers|bakers|florists|solicitors|accountants|landscaping|trucking|construction|lumber|welding|printers|carpets|"
    r"kitchens|removals|cleaning|cleaners|recruitment|packaging|poultry|seafood|aerospace|couriers"
)

FIRMS: tuple[Rule, ...] = (
    rule(
        "NAME",  # "work (Tyneside Bus Co., …)", "office, Tamar Valley Vets", "nights at Fenway Veg Packers"
        r"\b(?:[Ww]ork|[Ww]orkplace|[Oo]ffice|[Nn]ights|[Dd]ays|[Ee]arlies|[Ll]ates|[Ss]hifts?|[Jj]ob|[Ee]mployers?|[Bb]oss|[Ff]actory|[Dd]epot|[Cc]ompany|"
        r"[Ff]irm|[Ee]mployed|[Tt]emping|[Aa]pprentice|[Pp]aid by|[Ff]unded by)(?: ?\(|: ?|, ?| ?- ?| at | for | by | is | with )[A-Z][a-z]+ (?:& |and |of )?[A-Z]",
        rf"[A-Za-z ]+?(?: ?\(|: ?|, ?| ?- ?| at | for | by | is | with )(?P<v>{_FIRM})",
        _at_office,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[A-Z]{3,} & (?:SONS?|CO|BROS|DAUGHTERS|PARTNERS)\b|\b(?:AT|FOR|WITH|EMPLOYER:?) [A-Z]{3,} (?:& )?[A-Z ]{0,20}(?:LTD|LLC|INC|CO|PLC|"
        r"FABRICATION|HAULAGE|LOGISTICS|FOODS|STEEL|MOTORS|TRANSPORT|ENGINEERING|CONSTRUCTION|FARMS|MILLS|PACKERS)\b",
        r"(?:(?:AT|FOR|WITH|EMPLOYER:?) )?(?P<v>[A-Z][A-Z'\-]+(?: (?:& )?[A-Z][A-Z'\-]+){1,4})",
        _in_capitals,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",
        rf"\b(?:from|at|for|by|to|with) [a-z']{{3,14}} (?:& |and )?(?:[a-z']{{2,12}} )?(?:{_SMALL_KINDS})\b",
        rf"[a-z]+ (?P<v>(?P<f>[a-z']{{3,14}}) (?:& |and )?(?:[a-z']{{2,12}} )?(?:{_SMALL_KINDS})(?: (?:centre|center|services|ltd|supplies|shop|works|co))?)\b",
        _small_firm,
        caseless=False,
        loose=True,
    ),
    rule(
        "NAME",  # "my job Cuyahoga Kiln & Tile", "his boss at Orrell & Pike"
        r"\b(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Tt]he|[Aa]t|[Ff]or) (?:job|work|employer|company|firm|"
        r"workplace|boss at|shift at)(?: is| at|:|,)? [A-Z][a-z]",
        r"[A-Za-z]+ (?:job|work|employer|company|firm|workplace|boss at|shift at)(?: is| at|:|,)? "
        r"(?P<v>[A-Z][A-Za-z'\-]+(?: (?:& |and |of )?[A-Z][A-Za-z'\-]+){0,4})",
        _firm,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b(?:[Hh]e|[Ss]he|[Tt]hey)(?:'s|'re| is| was| are)? (?:[a-z]+ )?at [A-Z][a-z]+ [A-Z][a-z]",
        r"[A-Za-z' ]+? at (?P<v>[A-Z][a-z'\-]+(?: (?:& |and )?[A-Z][a-z'\-]+){1,3})",
        _works_at,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b{_WORKPLACES}\b[a-z ,\-]{{0,30}}\b(?:for|at|with|by|to|from|:) [A-Z][a-z]",
        r"[A-Za-z][a-z ,\-:]*?\b(?:for|at|with|by|to|from|:) (?P<v>[A-Z][A-Za-z'\-]+(?: (?:& |and |of "
        r")?[A-Z][A-Za-z'\-]+){1,4})",
        _firm,
        caseless=False,
    ),
    rule(
        "NAME",
        r"\b[Ee]mployers?(?: is| was|:|,)? [A-Z][a-z]",
        r"[a-zA-Z]+(?: is| was|:|,)? (?P<v>[A-Z][A-Za-z'\-]+(?: (?:& |and |of )?[A-Z][A-Za-z'\-]+){0,4})",
        _firm,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b[A-Z][A-Za-z'\-]+(?: (?:& |and |of )?[A-Z][A-Za-z'\-]+){{0,3}} "
        rf"(?:& (?:Sons?|Co|Daughters?|Partners)|{_KINDS_OF_FIRM})\b",
        rf"(?P<v>[A-Z][A-Za-z'\-]+(?: (?:& |and |of )?[A-Z][A-Za-z'\-]+){{0,3}} "
        rf"(?:& (?:Sons?|Co|Daughters?|Partners)|{_KINDS_OF_FIRM})"
        rf"(?: (?:{_KINDS_OF_FIRM}|Ltd|Limited|Inc|LLC|Co|Company|plc))?)\b",
        _firm,
        caseless=False,
    ),
    rule(
        "NAME",
        rf"\b(?:[A-Z][a-z'\-]+ ){{1,2}}(?:{_MORE_KINDS_OF_FIRM})\b",
        rf"(?P<v>(?:[A-Z][a-z'\-]+ ){{1,2}}(?:{_MORE_KINDS_OF_FIRM}))\b",
        _firm,
        caseless=False,
    ),
)
