"""Identifiers with a form of their own, wherever they stand in a text: addresses, numbers, cards. Pure.

Only what its form or its check digit gives away (45 CFR 164.514(b)(2)(i)(D) to (O)): names of brands,
products and staff are not looked for, and a barcode (8, 12 to 14 digits) is none. The checks are `deid`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from prentice.deid.redact.checksums import is_nhs_number, is_ssn, passes_luhn

Check = Callable[[re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """`fits` is the check beyond the form."""

    name: str
    pattern: re.Pattern[str]
    fits: Check


def digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


def _is_card(match: re.Match[str]) -> bool:
    """15, 16 or 19 digits of an issuer (ISO/IEC 7812) with Luhn's check digit; 13 and 14 are barcodes."""
    number = digits(match[0])
    issuers = r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|6011|64[4-9]|65|35|62|50|56|57|58|63|67"
    return len(number) in (15, 16, 19) and bool(re.match(issuers, number)) and passes_luhn(number)


def _is_iban(match: re.Match[str]) -> bool:
    """ISO 13616: the rest of a division by 97 is 1."""
    plain = re.sub(r"\s", "", match[0]).upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_address(match: re.Match[str]) -> bool:
    return all(int(part) <= 255 for part in match[0].split("."))


def _is_phone(match: re.Match[str]) -> bool:
    return 10 <= len(digits(match[0])) <= 15


def _always(match: re.Match[str]) -> bool:
    return True


_FREE = r"(?<![\w.\-/#])"  # what follows is no part of a longer code
_END = r"(?![\w]|[.\-/]\w)"


def _kind(name: str, pattern: str, fits: Check = _always, *, flags: int = re.IGNORECASE) -> Kind:
    return Kind(name, re.compile(pattern, flags), fits)


KINDS = (
    _kind("url", r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/@:]{1,80}:[^\s/@]{1,200}@[^\s\"'<>]*[^\s\"'<>,.;:!?)]"),
    _kind(
        "url",
        r"\bhttps?://[^\s\"'<>]*[?&](?:token|key|api_?key|password|secret|sig|signature|code)=[^\s\"'<>]*[^\s\"'<>,.;:!?)]",
    ),
    _kind("email", r"[\w.+\-']{1,64}\s?[@\uff20]\s?[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}"),
    _kind(
        "phone",
        rf"{_FREE}(?:\+|00)\d{{1,3}}[ .\-]?(?:\(0?\d{{1,4}}\)[ .\-]?)?\d{{1,5}}(?:[ .\-]?\d{{2,5}}){{1,4}}"
        rf"{_END}",
        _is_phone,
    ),
    _kind("phone", rf"(?<![\w.\-/#])\(0?\d{{3,4}}\)[ .\-]?\d{{3,4}}[ .\-]?\d{{3,4}}{_END}", _is_phone),
    _kind("phone", rf"{_FREE}0\d{{2,4}}[ .\-]\d{{3,4}}(?:[ .\-]?\d{{3,4}}){_END}", _is_phone),
    _kind("phone", rf"{_FREE}0[1-37]\d{{8,9}}{_END}", _is_phone),
    _kind("ssn", rf"{_FREE}(\d{{3}})[\- ](\d{{2}})[\- ](\d{{4}}){_END}", lambda m: is_ssn(m[1], m[2], m[3])),
    _kind(
        "nhs_number",
        rf"{_FREE}\d{{3}}([ \-]?)\d{{3}}\1\d{{4}}{_END}",
        lambda m: is_nhs_number(digits(m[0])),
    ),
    _kind("phone", rf"{_FREE}(?:1[ .\-])?[2-9]\d\d([.\-])[2-9]\d\d\1\d{{4}}{_END}"),
    _kind(
        "ni_number",
        rf"{_FREE}(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]{_END}",
        flags=0,
    ),
    _kind(
        "medicare",
        rf"{_FREE}[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?"
        rf"[AC-HJKMNP-RT-Y]{{2}}\d\d{_END}",
        flags=0,
    ),
    _kind("card", rf"{_FREE}\d(?:[ \-]?\d){{14,18}}{_END}", _is_card),
    _kind(
        "iban",
        rf"{_FREE}[A-Z]{{2}}\d\d(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,4}})?{_END}",
        _is_iban,
        flags=0,
    ),
    _kind("ip", rf"{_FREE}(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w]|\.\d)", _is_address),
    _kind("ip", r"(?<![\w:.])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"),
    _kind("ip", r"(?<![\w:.])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])"),
)
# No identifier without one of these; most texts have neither.
_PERHAPS = re.compile(r"[@\uff20]|\d\D?\d\D?\d\D?\D?\d|\d\.\d|::|://|:[0-9a-f]{1,4}:|[1-9][A-Z][A-Z0-9]\d")


Found = tuple[tuple[str, str], ...]  # kind, and the identifier itself


def without_identifiers(text: str, instead: str, keep: Collection[str] = ()) -> tuple[str, Found]:
    """`text` with each identifier replaced, and which they were; those in `keep` (codes) stay.

    >>> told, found = without_identifiers("Ring 020 7946 0018 or jo@example.com", "[withheld]")
    >>> told, [kind for kind, _ in found]
    ('Ring [withheld] or [withheld]', ['email', 'phone'])
    >>> without_identifiers("Ray-Ban 0RX5228 2000 53, 8053672000001, -2.00/-0.75x180", "[withheld]")[1]
    ()
    """
    if not _PERHAPS.search(text):
        return text, ()
    found: list[tuple[str, str]] = []
    for kind in KINDS:

        def replaced(match: re.Match[str], kind: Kind = kind) -> str:
            if match[0] in keep or not kind.fits(match):
                return match[0]
            found.append((kind.name, match[0]))
            return instead

        text = kind.pattern.sub(replaced, text)
    return text, tuple(found)
