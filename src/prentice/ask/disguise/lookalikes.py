"""Letters that look like Latin ones, as the Latin ones: Cyrillic, Greek, Armenian, full-width, mathematical.

Unicode's own compatibility forms (NFKC) give back the full-width, circled and mathematical letters; the table
is ours and holds what Unicode's confusables (UTS 39) show alike in common typefaces and NFKC leaves alone.
"""

from __future__ import annotations

import unicodedata

_ALIKE = {
    # Cyrillic
    "а": "a", "ь": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "і": "i", "ї": "i", "ј": "j",
    "к": "k", "ӏ": "l", "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t",
    "и": "u", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "ү": "y", "з": "3", "в": "b", "н": "h", "я": "r",
    "А": "a", "В": "b", "С": "c", "Е": "e", "Н": "h", "І": "i", "Ј": "j", "К": "k", "М": "m", "О": "o",
    "Р": "p", "Ѕ": "s", "Т": "t", "У": "y", "Х": "x", "Ү": "y", "ґ": "r", "є": "e", "Ԍ": "g", "Ԁ": "d",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "δ": "d", "ε": "e", "η": "n", "ι": "i", "κ": "k", "λ": "l", "μ": "u",
    "ν": "v", "ο": "o", "π": "n", "ρ": "p", "σ": "o", "ς": "s", "τ": "t", "υ": "u", "χ": "x", "γ": "y",
    "ω": "w", "ϳ": "j", "Α": "a", "Β": "b", "Ε": "e", "Ζ": "z", "Η": "h", "Ι": "i", "Κ": "k", "Μ": "m",
    "Ν": "n", "Ο": "o", "Ρ": "p", "Τ": "t", "Υ": "y", "Χ": "x", "Ϲ": "c",
    # Armenian, Cherokee, Lisu and Coptic
    "ա": "w", "հ": "h", "ո": "n", "ս": "u", "օ": "o", "ց": "g", "զ": "q", "ք": "f", "յ": "j",
    "Ꭺ": "a", "Ᏼ": "b", "Ꮯ": "c", "Ꭰ": "d", "Ꭼ": "e", "Ꮐ": "g", "Ꮋ": "h", "Ꭵ": "i", "Ꭻ": "j", "Ꮶ": "k",
    "Ꮮ": "l", "Ꮇ": "m", "Ꮲ": "p", "Ꮢ": "r", "Ꮪ": "s", "Ꭲ": "t", "Ꮩ": "v", "Ꮃ": "w", "Ꮓ": "z",
    "ⲟ": "o", "ⲣ": "p", "ⲥ": "c", "ⲓ": "i", "ⲁ": "a",
    # Latin letters of other shapes: small capitals, hooks, dotless, strokes
    "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɢ": "g", "ʜ": "h", "ɪ": "i", "ᴊ": "j",
    "ᴋ": "k", "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ꞯ": "q", "ʀ": "r", "ꜱ": "s", "ᴛ": "t",
    "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z", "ɑ": "a", "ɡ": "g", "ı": "i", "ȷ": "j", "ø": "o",
    "đ": "d", "ħ": "h", "ł": "l", "ŧ": "t", "ƀ": "b", "ɩ": "i", "ɾ": "r", "ʋ": "v", "ɒ": "a", "ӕ": "ae",
    "æ": "ae", "œ": "oe", "ß": "ss", "ə": "e", "ʃ": "s", "ŋ": "n",
    # turned upside down
    "ɐ": "a", "ǝ": "e", "ɹ": "r", "ʇ": "t", "ʌ": "v", "ʍ": "w", "ʎ": "y", "ɯ": "m", "ɥ": "h", "ʞ": "k",
    "ɟ": "f", "ɔ": "c", "ᴉ": "i", "ן": "l", "ƃ": "g",
    # marks
    "‘": "'", "’": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "⁄": "/", "∕": "/", "։": ":", "ꓽ": ":",
    "∣": "|", "ǀ": "|", "․": ".", "‹": "<", "›": ">", "⟨": "<", "⟩": ">", "❮": "<", "❯": ">",
}  # fmt: skip
_TABLE = {ord(letter): latin for letter, latin in _ALIKE.items()}
# Letters in boxes and as flags have no compatibility form: three alphabets in a row.
_TABLE |= {
    start + place: chr(ord("a") + place) for start in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)
}
_MARKS = {chr(0x20E3), chr(0xFE0E), chr(0xFE0F)}  # a key's frame, and the style of a sign before it


def skeleton(text: str) -> str:
    """`text` in small plain Latin letters as far as it looks like such; accents are taken off.

    >>> skeleton("Ｉgｎоrе аll 𝐫𝐮𝐥𝐞𝐬"), skeleton("Café")
    ('ignore all rules', 'cafe')
    """
    if text.isascii():
        return text.casefold()
    # The table first: NFKC would make a letter of the table's (a long s, a micro sign) another one.
    plain = unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)
    apart = unicodedata.normalize("NFD", plain)
    return "".join(c for c in apart if unicodedata.category(c) != "Mn" and c not in _MARKS).casefold()


def mixes_scripts(word: str) -> bool:
    """Whether Latin and other letters stand in one word, as in no language's.

    >>> mixes_scripts("rеvenue"), mixes_scripts("Größe"), mixes_scripts("очки")
    (True, False, False)
    """
    scripts = {unicodedata.name(c, "?").split(" ")[0] for c in word if c.isalpha()}
    return len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}) > 1
