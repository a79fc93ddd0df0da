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
    "united states of america": "US", "the united states": "US", "us of a": "US",
    "united kingdom of great britain": "GB", "united kingdom of great britain and northern ireland": "GB",
    "eire": "IE", "republic of ireland": "IE", "holland": "NL", "uae": "AE", "czech republic": "CZ",
    "turkey": "TR", "south korea": "KR", "hong kong": "HK", "macau": "MO", "deutschland": "DE",
    "españa": "ES", "italia": "IT", "österreich": "AT", "schweiz": "CH", "suisse": "CH", "belgique": "BE",
}  # fmt: skip
_ALSO = {
    "washington dc": "DC", "washington d c": "DC", "wash": "WA", "ill": "IL", "calif": "CA", "mass": "MA",
    "penn": "PA", "penna": "PA", "tex": "TX", "fla": "FL", "ariz": "AZ", "mich": "MI", "minn": "MN",
    "conn": "CT", "colo": "CO", "wis": "WI", "wisc": "WI", "tenn": "TN", "ore": "OR", "okla": "OK",
    "nev": "NV", "ind": "IN", "n mex": "NM",
    "n carolina": "NC", "s carolina": "SC", "n dakota": "ND", "s dakota": "SD", "w virginia": "WV",
}  # fmt: skip
_ZIP = r"\d{5}(?:-\d{4})?"
# "…, Springfield, IL 62704", "…, Illinois, 62704-1234": what stands before a ZIP that ends a part.
_THEN_ZIP = re.compile(rf"\s+{_ZIP}$")
_BEFORE_ZIP = re.compile(rf"([A-Za-z][A-Za-z. ]*?)[ ,]+{_ZIP}(?=\s*(?:,|\n|$))")


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
    said = " ".join((text or "").lower().split())
    return _countries().get(said) or _countries().get(said.replace(".", ""))


@lru_cache(maxsize=10_000)
def us_state(text: str | None) -> str | None:
    """The two letters of the state that is meant; None where none is.

    >>> us_state("il"), us_state("New York"), us_state("IL 60671"), us_state("Lorne")
    ('IL', 'NY', 'IL', None)
    """
    return _state(text or "") or state_in(text)


def state_in(address: str | None) -> str | None:
    """The state that ends a whole address in one text, before the country; else the last before a ZIP code.

    >>> state_in("166 Park Pl, Prairie Glen, IL 60085"), state_in("12 High Street")
    ('IL', None)
    >>> state_in("12 NE 10234 St, Portland, Oregon 97201, USA"), state_in("1 Main St, Troy, n.y.")
    ('OR', 'NY')
    """
    parts = [part.strip() for part in re.split(r"[,\n]", address or "") if part.strip()]
    inside = len(parts) > 1
    if inside and country(parts[-1]) == UNITED_STATES:
        parts.pop()
    if inside and (found := _state(parts[-1])):
        return found
    for before in reversed(_BEFORE_ZIP.findall(", ".join(parts))):
        words = before.split()
        for start in range(max(0, len(words) - 4), len(words)):  # "Springfield West Virginia": the longest
            if found := _state(" ".join(words[start:])):
                return found
    return None


def country_in(address: str | None) -> str | None:
    """The country that ends a whole address in one text."""
    last = re.split(r"[,\n]", address or "")[-1]
    return country(last)


def _state(text: str) -> str | None:
    """A state's code, name or abbreviation, whatever its dots and case; a ZIP after it is passed over."""
    said = " ".join(_THEN_ZIP.sub("", text.strip()).lower().split())
    known = _by_name()
    if "." not in said:
        return known.get(said)
    return known.get(said.replace(".", "")) or known.get(" ".join(said.replace(".", " ").split()))


@cache
def _by_name() -> Mapping[str, str]:
    names = {name.lower(): code for code, name in STATES.items()}
    return names | {code.lower(): code for code in STATES} | _ALSO
