"""Countries and US states from whatever was written: closed lists, and nothing smaller
(164.514(b)(2)(i)(B))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

UNITED_STATES = "United States"
UNKNOWN = "unknown"
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "AS": "American Samoa", "GU": "Guam",
    "MP": "Northern Mariana Islands", "PR": "Puerto Rico", "VI": "Virgin Islands",
}  # fmt: skip
_SPOKEN = {
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US",
    "united states of america": "US",
    "eire": "IE", "republic of ireland": "IE", "holland": "NL", "uae": "AE", "czech republic": "CZ",
    "turkey": "TR", "south korea": "KR", "hong kong": "HK", "macau": "MO", "deutschland": "DE",
    "españa": "ES", "italia": "IT", "österreich": "AT", "schweiz": "CH", "suisse": "CH", "belgique": "BE",
}  # fmt: skip
# "…, Springfield, IL 62704" and "…, IL 62704-1234, USA": the two letters before a ZIP.
_BEFORE_ZIP = re.compile(r"\b([A-Z]{2})[ ,]+\d{5}(?:-\d{4})?\b")


@cache
def _countries() -> Mapping[str, str]:
    """Every spelling that is understood -> the English name."""
    from babel import Locale

    names = {
        code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()
    }
    names = {
        code: name for code, name in names.items() if code not in ("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ")
    }
    names |= {"HK": "Hong Kong", "MO": "Macao", "MM": "Myanmar"}
    known = {name.lower(): name for name in names.values()}
    known |= {code.lower(): name for code, name in names.items()}
    from_iso3 = {
        "gbr": "GB",
        "usa": "US",
        "fra": "FR",
        "deu": "DE",
        "irl": "IE",
        "esp": "ES",
        "ita": "IT",
        "can": "CA",
        "aus": "AU",
    }
    return known | {said: names[code] for said, code in (_SPOKEN | from_iso3).items()}


def country_names() -> frozenset[str]:
    """The closed list of countries, as the copy writes them, with 'unknown'."""
    return frozenset(_countries().values()) | {UNKNOWN}


@lru_cache(maxsize=10_000)
def country(text: str | None) -> str | None:
    """The English name of the country that is meant; None where none is.

    >>> country(" uk "), country("US"), country("Leeds")
    ('United Kingdom', 'United States', None)
    """
    return _countries().get(" ".join((text or "").lower().split()))


@lru_cache(maxsize=10_000)
def us_state(text: str | None) -> str | None:
    """The two letters of the state that is meant; None where none is.

    >>> us_state("il"), us_state("New York"), us_state("IL 60671"), us_state("Lorne")
    ('IL', 'NY', 'IL', None)
    """
    said = " ".join((text or "").split())
    if said.upper() in STATES:
        return said.upper()
    by_name = _by_name().get(said.lower())
    return by_name or state_in(said)


def state_in(address: str | None) -> str | None:
    """The state before the ZIP code of a whole address in one text.

    >>> state_in("166 Park Pl, Prairie Glen, IL 60085"), state_in("12 High Street")
    ('IL', None)
    """
    found = _BEFORE_ZIP.search(address or "")
    return found[1] if found and found[1] in STATES else None


def country_in(address: str | None) -> str | None:
    """The country that ends a whole address in one text."""
    last = re.split(r"[,\n]", address or "")[-1]
    return country(last)


@cache
def _by_name() -> Mapping[str, str]:
    return {name.lower(): code for code, name in STATES.items()}
