"""The 18 identifiers of 45 CFR 164.514(b)(2)(i), and what one looks like in a text."""

from __future__ import annotations

import re

IDENTIFIERS = {
    "A": "Names",
    "B": "Geographic subdivisions smaller than a state",
    "C": "Elements of dates (except year) and ages over 89",
    "D": "Telephone numbers",
    "E": "Fax numbers",
    "F": "Electronic mail addresses",
    "G": "Social security numbers",
    "H": "Medical record numbers",
    "I": "Health plan beneficiary numbers",
    "J": "Account numbers",
    "K": "Certificate and license numbers",
    "L": "Vehicle identifiers and serial numbers, including license plates",
    "M": "Device identifiers and serial numbers",
    "N": "Web universal resource locators (URLs)",
    "O": "Internet protocol (IP) addresses",
    "P": "Biometric identifiers, including finger and voice prints",
    "Q": "Full face photographs and comparable images",
    "R": "Any other unique identifying number, characteristic or code",
}
ANY = "any"  # of a free text: it may hold each of them

# What no value of a closed list has: an address of mail or web, a number as of a telephone or a record, a
# date, a British postcode, a title and a name. Indices and powers ("hi index 1.67 / 1.60, 14 18") are none of
# these.
_LOOKS_LIKE_ONE = re.compile(
    r"""@[a-z0-9-]+\.[a-z] | https?:// | www\.
    | [0-9]{6} | [0-9]{3}[ ().-]{1,2}[0-9]{3} | [0-9]{3}([ .-][0-9]{2}){2} | ([0-9]{2}[ .-]){3}[0-9]{2}
    | [0-9]{1,4}(?P<by>[/.-])[0-9]{1,2}(?P=by)[0-9]{2,4}
    | \b[a-z]{1,2}[0-9][a-z0-9]?\ ?[0-9][a-z]{2}\b
    | \b(mr|mrs|miss|ms|dr|mme|prof)\.?\ [a-z]""",
    re.IGNORECASE | re.VERBOSE,
)


def letters(said: str | list[str]) -> tuple[str, ...]:
    """The letters that a policy's `identifier` names.

    >>> letters("B"), len(letters("any"))
    (('B',), 18)
    """
    if said == ANY:
        return tuple(IDENTIFIERS)
    return (said,) if isinstance(said, str) else tuple(said)


def looks_like_identifier(text: str) -> bool:
    """Whether a value of a closed list looks like one of the 18.

    >>> looks_like_identifier("07700 900123"), looks_like_identifier("hi index 1.67 1.60")
    (True, False)
    """
    return _LOOKS_LIKE_ONE.search(text) is not None
