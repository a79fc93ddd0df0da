"""Text written in another way so that it is not recognised: what it says when it is read back. Pure.

Each function takes a text in small letters or as typed and gives the text with its encoded parts read back,
or None where there are none. None of them raises for any text.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from urllib.parse import unquote

from prentice.ask.disguise.known import known_words, parted, share_known, words

Reader = Callable[[str], str | None]
_LEAST_LANGUAGE = 0.6  # of the letters in known words

# Ways of writing that a browser, a mail program or a programming language has --------------------


def percent(text: str) -> str | None:
    """ "%69gnore" """
    return unquote(text, errors="replace") if re.search(r"%[0-9a-fA-F]{2}", text) else None


def entities(text: str) -> str | None:
    """ "&lt;script&gt;", "&#105;gnore" """
    read = html.unescape(text)
    return read if read != text else None


_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|\\([0-7]{3})|[uU]\+([0-9a-fA-F]{4,5})")


def escapes(text: str) -> str | None:
    """ "\\u0069gnore", "\\x69gnore" """

    def letter(found: re.Match[str]) -> str:
        code = int(found[1] or found[2] or found[4], 16) if not found[3] else int(found[3], 8)
        return chr(code) if code < 0x11_0000 and not 0xD800 <= code < 0xE000 else ""

    return _ESCAPE.sub(letter, text) if _ESCAPE.search(text) else None


# Codes for bytes ---------------------------------------------------------------------------------

_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")
_BASE32 = re.compile(r"\b[A-Z2-7]{16,}={0,6}")
_HEX = re.compile(r"\b(?:0x)?(?:[0-9a-fA-F]{2}[\s:,]?){5,}[0-9a-fA-F]{2}\b")
_BITS = re.compile(r"\b(?:[01]{7,8}[\s,]*){3,}")
_CODES = re.compile(r"\b(?:\d{2,3}[\s,;\-]+){4,}\d{2,3}\b")


def bytes_codes(text: str) -> str | None:
    """Base64, base32, hexadecimal, binary and character codes, where they hold language."""
    read = text
    for pattern, decode in (
        (_HEX, _from_hex), (_BITS, _from_bits), (_CODES, _from_codes), (_BASE32, _from_base32),
        (_BASE64, _from_base64),
    ):  # fmt: skip
        read = pattern.sub(lambda found, decode=decode: decode(found[0]) or found[0], read)  # type: ignore[misc]
    return read if read != text else None


def _from_hex(run: str) -> str | None:
    digits = re.sub(r"^0x|[\s:,]", "", run)
    return _language(bytes.fromhex(digits)) if len(digits) % 2 == 0 else None


def _from_bits(run: str) -> str | None:
    return _language(bytes(int(b, 2) for b in re.findall(r"[01]{7,8}", run)))


def _from_codes(run: str) -> str | None:
    codes = [int(code) for code in re.findall(r"\d+", run)]
    return _language(bytes(codes)) if all(32 <= code < 127 for code in codes) else None


def _from_base64(run: str) -> str | None:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _language(base64.b64decode(plain + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return None


def _from_base32(run: str) -> str | None:
    plain = run.rstrip("=")
    try:
        return _language(base64.b32decode(plain + "=" * (-len(plain) % 8)))
    except (binascii.Error, ValueError):
        return None


def _language(raw: bytes) -> str | None:
    """`raw` as a text, where it is one: also once more encoded, which is looked at in turn."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.isprintable() and not text.replace("\n", " ").isprintable():
        return None
    again = _BASE64.fullmatch(text.strip()) and not text.strip().isalpha()
    if again or known_words(text.casefold(), 4) or known_words(text.casefold(), 2) > 1:
        return f" {text} "
    return None


# Ciphers -----------------------------------------------------------------------------------------

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_RUN = re.compile(r"[a-z]+")
_LEAST_TURNED = 3  # words that become known ones: fewer may be chance
_TURNS = [
    str.maketrans(_ALPHABET, _ALPHABET[shift:] + _ALPHABET[:shift])
    for shift in (13, *range(1, 13), *range(14, 26))
]
_TURNS.append(str.maketrans(_ALPHABET, _ALPHABET[::-1]))  # atbash


def ciphers(text: str) -> str | None:
    """Letters moved along the alphabet (rot13 and all others), or the alphabet turned round."""
    if share_known(text) > _LEAST_LANGUAGE and _strange(text) < _LEAST_TURNED:
        return None
    for turn in _TURNS:
        read = _each_unknown(text, lambda word, turn=turn: word.translate(turn))  # type: ignore[misc]
        if read:
            return read
    return None


def reversed_text(text: str) -> str | None:
    """ "stneitap eht tsil" """
    if share_known(text) > _LEAST_LANGUAGE:
        return None
    whole = text[::-1]
    return whole if share_known(whole) > _LEAST_LANGUAGE else None


def reversed_words(text: str) -> str | None:
    """ "tsil eht stneitap" """
    return _each_unknown(text, lambda word: word[::-1])


def _strange(text: str) -> int:
    known = words()
    return sum(len(w) > 2 and w not in known for w in _RUN.findall(text))


def _each_unknown(text: str, turn: Callable[[str], str]) -> str | None:
    """Each unknown word turned, where enough of them become known ones."""
    known = words()
    turned = 0
    left = 0

    def read(found: re.Match[str]) -> str:
        nonlocal turned, left
        word = found[0]
        if word in known and len(word) > 2:
            return word
        other = turn(word)
        if other in known:
            turned += len(word) > 2
            return other
        left += len(word) > 2
        return other if word not in known else word

    told = _RUN.sub(read, text)
    return told if turned >= _LEAST_TURNED and turned > 2 * left else None


_MORSE = {
    ".-": "a", "-...": "b", "-.-.": "c", "-..": "d", ".": "e", "..-.": "f", "--.": "g", "....": "h",
    "..": "i", ".---": "j", "-.-": "k", ".-..": "l", "--": "m", "-.": "n", "---": "o", ".--.": "p",
    "--.-": "q", ".-.": "r", "...": "s", "-": "t", "..-": "u", "...-": "v", ".--": "w", "-..-": "x",
    "-.--": "y", "--..": "z",
}  # fmt: skip
_MORSE_RUN = re.compile(r"(?:[.\-·•]{1,5}[\s/|]+){5,}[.\-·•]{1,5}")


def morse(text: str) -> str | None:
    def read(found: re.Match[str]) -> str:
        marks = found[0].replace("·", ".").replace("•", ".")
        letters = "".join(" " if m in "/|" else _MORSE.get(m, "?") for m in re.findall(r"[.\-]+|[/|]", marks))
        return f" {letters if ' ' in letters else parted(letters)} "

    return _MORSE_RUN.sub(read, text) if _MORSE_RUN.search(text) else None


# Words taken apart or run together ---------------------------------------------------------------

_LEET = str.maketrans("0134578@$!|+€", "oieastbasiite")
_LEET_WORD = re.compile(r"[a-z0-9@$!|+€]*(?:[a-z][0134578@$!|+€]|[0134578@$!|+€][a-z])[a-z0-9@$!|+€]*")


def leetspeak(text: str) -> str | None:
    """ "1gn0r3 4ll rul3s": figures for letters, where that makes known words."""
    known = words()

    def read(found: re.Match[str]) -> str:
        word = found[0].strip("!|+")
        for told in (word.translate(_LEET), word.replace("1", "l").translate(_LEET)):
            if told in known:
                return told
        return found[0]

    told = re.sub(r"\b4ll\b", "all", _LEET_WORD.sub(read, text))
    return told if told != text else None


_SPACED = re.compile(r"(?<![a-z0-9])(?:[a-z0-9@$][\s._\-*|/,]{1,3}){5,}[a-z0-9@$](?![a-z0-9])")
_INSIDE = re.compile(r"(?<=[a-z])[._\-*~|\\/^+=]+(?=[a-z])")
_LONG = re.compile(r"[a-z]{13,}")


def spaced_out(text: str) -> str | None:
    """ "i g n o r e  r u l e s" and "i.g.n.o.r.e": single letters as the words they spell."""

    def read(found: re.Match[str]) -> str:
        return parted(re.sub(r"[\s._\-*|/,]+", "", found[0]).translate(_LEET))

    return _SPACED.sub(read, text) if _SPACED.search(text) else None


def run_together(text: str) -> str | None:
    """ "ignoreallinstructions"; "ig.no.re"; "ignore_all_rules" """
    apart = _INSIDE.sub(" ", text)
    joined = _INSIDE.sub("", text)
    known = words()
    read = joined if known_words(joined) > known_words(apart) else apart
    read = _LONG.sub(lambda run: run[0] if run[0] in known else parted(run[0]), read)
    return read if read != text else None


_JOINED = re.compile(r"""["']\s*(?:\+|\.|\|\||&|,|\band\b)\s*["']""")


def put_together(text: str) -> str | None:
    """ "'ign' + 'ore'" """
    return _JOINED.sub("", text) if _JOINED.search(text) else None
