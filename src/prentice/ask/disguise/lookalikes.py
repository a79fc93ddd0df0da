"""Letters that look like Latin ones, as the Latin ones: Cyrillic, Greek, Armenian, full-width, mathematical.

Unicode's own compatibility forms (NFKC) give back the full-width, circled and mathematical letters; the table
is ours and holds what Unicode's confusables (UTS 39) show alike in common typefaces and NFKC leaves alone.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import yaml

_told: dict[str, str] = yaml.safe_load(Path(__file__).with_name("lookalikes.yml").read_text("utf-8"))
_TABLE = {ord(letter): plain for plain, letters in _told.items() for letter in letters}
# Letters in boxes and as flags have no compatibility form: three alphabets in a row.
_TABLE |= {
    start + place: chr(ord("a") + place) for start in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)
}
_MARKS = {chr(0x20E3), chr(0xFE0E), chr(0xFE0F)}  # a key's frame, and the style of a sign before it


def skeleton(text: str) -> str:
    """`text` in small plain Latin letters as far as it looks like such; accents are taken off.

    >>> skeleton("Ign\\u043er\\u0435 \\u0430ll \\U0001d42bules"), skeleton("Café")
    ('ignore all rules', 'cafe')
    """
    if text.isascii():
        return text.casefold()
    # The table first: NFKC would make a letter of the table's (a long s, a micro sign) another one.
    plain = unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)
    apart = unicodedata.normalize("NFD", plain)
    return "".join(c for c in apart if unicodedata.category(c) != "Mn" and c not in _MARKS).casefold()
