"""The words of a question in one spelling: numbers in digits, signs before them, 'sph' and 'cyl' gone."""

from __future__ import annotations

import re

from prentice.optics.reading import tidy

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: n for n, word in enumerate(_SMALL)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_WORD = "|".join(_VALUES)
_NUMBER = re.compile(
    rf"\b(?P<whole>{_WORD})(?:[ -](?P<unit>{'|'.join(_SMALL[1:10])}))?(?P<hundred> hundred(?: and)?"
    rf"(?: (?P<more>{_WORD})(?:[ -](?P<last>{'|'.join(_SMALL[1:10])}))?)?)?\b"
    rf"(?: point (?P<point>(?:{_WORD}|oh)(?:[ -](?:{_WORD}|oh))*))?"
    r"(?: and (?P<part>an? half|an? quarter|three quarters))?\b"
)
_PARTS = {"half": 0.5, "quarter": 0.25, "quarters": 0.75}
_SIGNS = re.compile(r"\b(minus|negative|neg|plus|positive|pos)\.? ?(?=\d|0\.)")

_PARTS_NAMED = re.compile(  # 'sph -6.00', but not 'mean sphere -2.25 -1.75 x 85'
    r"(?<!mean )(?<!best )(?<!vision )(?<!equivalent )"
    r"(?:\b(?:sph|sphere)|(?<=[\d.,] )(?:cyl|cylinder|cyls))[:= ]+(?=[+-] ?\d|pl)"
)


_GLUED = re.compile(r"\b(a|b|dbl|ed|n?pd|dpd|ct|et|mrp|bvd|vd|wd)(?=\d\d|\d\.\d)")  # 'A52 DBL18 PD60'


def said(question: str) -> str:
    """
    >>> said("Minus six point two five D, looks two and a half mm down")
    '-6.25 d, looks 2.5 mm down'
    >>> said("sph -6.00 with a -2.00 cyl at 180")
    '-6.00 -2.00 cyl x 180'
    """
    text = _NUMBER.sub(_digits, tidy(question).replace("minus minus", "minus"))
    text = _SIGNS.sub(lambda found: "-" if found[1].startswith(("m", "n")) else "+", text)
    text = re.sub(r"(?<=\d) and (?:a half|1/2)\b", ".5", text)
    text = _PARTS_NAMED.sub("", text)
    text = re.sub(r"(?<=\d) ?\^", " \u03b4", text)
    text = re.sub(r"\b(?:plano|flat) (?=(?:front|back|base|rear)\b)", "+0.00 ", text)
    text = re.sub(r"\b(front|back)( surface| curve)?(?: (?:is|of))? (?:plano|flat)\b", r"\1\2 +0.00", text)
    text = _GLUED.sub(r"\1 ", text)
    text = re.sub(r"(?<=[\d.]) (?:with|and|,)(?: an?)? ?(?=[+-]\d+(?:\.\d+)? ?(?:d )?(?:dc|cyl))", " ", text)
    text = re.sub(r"\b(cyl(?:inder)?|dc),? (?:at|by|along)(?: axis)? (?=\d)", r"\1 x ", text)
    return re.sub(r"\b(millimet(?:re|er)s?|mms)\b", "mm", re.sub(r"\bcentimet(?:re|er)s?\b", "cm", text))


def _digits(found: re.Match[str]) -> str:
    if found[0] in ("one", "one and"):
        return found[0]  # "one prism", "which one": a word more often than a number
    value = float(_VALUES[found["whole"]] + _VALUES.get(found["unit"] or "", 0))
    if found["hundred"]:
        value = value * 100 + _VALUES.get(found["more"] or "", 0) + _VALUES.get(found["last"] or "", 0)
    text = f"{value:.0f}"
    if found["point"]:
        digits = re.split("[ -]", found["point"])
        text += "." + "".join(str(0 if digit == "oh" else _VALUES[digit]) for digit in digits)
    if found["part"]:
        text = f"{value + _PARTS[found['part'].split()[-1]]:g}"
    return text
