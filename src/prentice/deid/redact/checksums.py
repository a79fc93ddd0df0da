"""Check digits: what makes ten digits an NHS number and not a telephone number."""

from __future__ import annotations


def is_nhs_number(digits: str) -> bool:
    """Modulus 11 of the NHS number (NHS Data Dictionary).

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)
    """
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    rest = 11 - sum(int(digit) * (10 - at) for at, digit in enumerate(digits[:9])) % 11
    return rest != 10 and rest % 11 == int(digits[9])


def passes_luhn(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1), as cards and IMEI numbers carry it.

    >>> passes_luhn("4111111111111111"), passes_luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_npi(digits: str) -> bool:
    """National Provider Identifier: Luhn over the number with the prefix 80840 (45 CFR 162.406).

    >>> is_npi("1234567893"), is_npi("1234567890")
    (True, False)
    """
    return len(digits) == 10 and digits[0] in "12" and passes_luhn("80840" + digits)


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Whether the Social Security Administration could have issued it; taxpayer numbers (9xx) count too.

    >>> is_ssn("123", "45", "6789"), is_ssn("000", "45", "6789")
    (True, False)
    """
    return area not in ("000", "666") and group != "00" and serial != "0000"


def is_date(day: int, month: int) -> bool:
    """Whether the two can be a day and a month, in either order."""
    return (1 <= day <= 31 and 1 <= month <= 12) or (1 <= month <= 31 and 1 <= day <= 12)
