"""Is the question fit to be read at all? What it asks for is judged later, by the planner and `check`."""

from __future__ import annotations

import re
import unicodedata

from prentice.errors import BadQuestion

MAX_CHARACTERS = 1_000  # a long question at a counter has 200
# Marks that turn the direction of text: they make a question show other words than it holds.
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_SQL = re.compile(
    r"\bselect\b.{1,200}\bfrom\b|\bunion\b.{0,20}\bselect\b"
    r"|\b(?:drop|alter|truncate|create)\s+(?:table|database|role|user|view|schema)\b"
    r"|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\b.{1,60}\bset\b"
    r"|;\s*--|'\s*(?:or|and)\s*'?\d"  # the ends of an injection
    r"|\bpg_\w+|\binformation_schema\b|\bset_config\b",
    re.IGNORECASE | re.DOTALL,
)


def admit(question: str) -> str:
    """The question, trimmed and in one normal form (NFC). Raises `BadQuestion` for what is empty, too long,
    or holds control or direction-changing characters.

    >>> admit("  takings today ")
    'takings today'
    """
    if len(question) > MAX_CHARACTERS:
        raise BadQuestion(
            f"The question has {len(question):,} characters; {MAX_CHARACTERS:,} are the most that is read.",
            "Ask one thing in a sentence or two.",
        )
    text = unicodedata.normalize("NFC", question)
    for character in text:
        odd = unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") and character not in "\n\r\t"
        if odd or ord(character) in _BIDI:
            raise BadQuestion(
                f"The question holds a character that cannot be shown (U+{ord(character):04X}).",
                "Type it again without pasting from elsewhere.",
            )
    text = " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())
    if not any(c.isalnum() for c in text):
        raise BadQuestion("There is no question.", "Ask for example: What was our revenue last month?")
    return text


def looks_like_sql(question: str) -> bool:
    """Whether the words are a statement for a database rather than a question for Prentice.

    >>> looks_like_sql("select * from patients"), looks_like_sql("select our best brands")
    (True, False)
    """
    return bool(_SQL.search(question))
