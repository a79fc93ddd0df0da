"""What stands in a question: powers with their eyes, acuities, and numbers by their labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from prentice.optics.materials import MATERIALS
from prentice.optics.prescription import EYE
from prentice.optics.prism import Eye
from prentice.optics.reading import POWER, Written, powers
from prentice.optics.words.labels import Number, matched, numbers
from prentice.optics.words.said import said

_FRACTION = re.compile(r"(?<![\w./-])(\d{1,3}(?:\.\d)?) ?/ ?(\d{1,4}(?:\.\d)?)(?![\w./]*\d)")
_BOX = re.compile(
    r"(?<![\w./-])(\d\d)(?: ?(?:/|-|x|\[\]) ?| (?=\d\d,? (?:frame|1[2-5]\d\b)))(\d\d)"
    r"(?: ?[-/ x] ?1[2-5]\d\b)?(?![\w/.]*\d)"
)
_MINUS = re.compile(r"\b(?:myop\w*|short[- ]?sighted\w*|near[- ]?sighted\w*|minus|negative)\b")
_PLUS = re.compile(
    r"\b(?:hyper(?:metr)?op\w*|long[- ]?sighted\w*|far[- ]?sighted\w*|aphak\w*|plus|positive)\b"
)
_MATERIAL = re.compile(r"\b(cr ?-?39|poly(?:carb(?:onate)?)?|trivex|crown glass|crown|glass)\b")


@dataclass(frozen=True, slots=True)
class Seen:
    """A power in the question. `sign` False: it has none, and no word gives it one."""

    start: int
    written: Written
    eye: Eye | None
    sign: bool = True


class Scan:
    """A question looked at for one calculator: `keys` are the labels that mean something to it."""

    def __init__(self, question: str, keys: Sequence[str] = ()) -> None:
        self.text = said(question)
        self._keys = tuple(keys)

    @cached_property
    def _whole(self) -> list[tuple[int, int]]:
        """Where powers with a cylinder stand: no number in them is a label's."""
        return [(one.start, one.end) for one in powers(self.text) if one.written.cylinder]

    @cached_property
    def _plain(self) -> str:
        """The text without those, and without a frame's size (52-18)."""
        text = self.text
        boxes = [(one.start(), one.end()) for one in _BOX.finditer(text) if _is_box(one)]
        for start, end in [*self._whole, *boxes]:
            text = text[:start] + "#" * (end - start) + text[end:]
        return text

    @cached_property
    def values(self) -> dict[str, Number]:
        return matched(self._plain, self._keys)

    def value(self, key: str) -> float | None:
        found = self.values.get(key)
        return None if found is None else found.value

    @cached_property
    def loose(self) -> list[Number]:
        """Numbers without a sign that no label has taken."""
        taken = {one.start for one in self.values.values()}
        return [one for one in numbers(self._plain) if one.start not in taken and not one.signed]

    def lengths(self, low: float = 0, high: float = 1000) -> list[float]:
        """Loose lengths in mm within bounds, in their order."""
        return [one.value for one in self.loose if one.unit == "mm" and low <= one.value <= high]

    @cached_property
    def powers(self) -> list[Seen]:
        """Every power, with the eye that stands before it."""
        taken = [(one.start, one.end) for one in self.values.values() if one.signed]
        found = []
        for one in powers(self.text):
            if any(start <= one.start < end for start, end in taken):
                continue
            if not one.sure and not one.written.cylinder:
                continue
            written, sure = self._signed(one.written) if not one.sure else (one.written, True)
            found.append(Seen(one.start, written, self.eye_at(one.start), sure))
        return found or [Seen(one.start, *self._unsigned(one)) for one in self.loose if self._is_power(one)]

    def _unsigned(self, number: Number) -> tuple[Written, Eye | None, bool]:
        written, sure = self._signed(Written(number.value))
        return written, self.eye_at(number.start), sure

    def _signed(self, written: Written) -> tuple[Written, bool]:
        """A power without a sign, with the sign of the words around it ('6.00 D myope')."""
        minus, plus = bool(_MINUS.search(self.text)), bool(_PLUS.search(self.text))
        if minus == plus:
            return written, written.sphere == 0
        sphere = -written.sphere if minus else written.sphere
        return Written(sphere, written.cylinder, written.axis), True

    def _is_power(self, number: Number) -> bool:
        after = self.text[number.end : number.end + 14].strip()
        if number.unit == "d":
            return number.value <= 40
        if number.unit or number.value > 40:
            return False
        named = re.match(
            r"(?:lens|lenses|myope|hyperope|hypermetrope|wearer|sph|power|prescription|rx)\b", after
        )
        return bool(named) or (number.decimals == 2 and not _is_index(number))

    def eye_at(self, place: int) -> Eye | None:
        """The eye that is named last before a place; None where it is both or none."""
        before = [one for one in EYE.finditer(self.text) if one.end() <= place]
        if not before or before[-1]["both"]:
            return None
        return Eye.right if before[-1]["right"] else Eye.left

    @cached_property
    def eye(self) -> Eye | None:
        """The one eye that is spoken of; None where it is neither or both."""
        named = {("right" if one["right"] else "left") for one in EYE.finditer(self.text) if not one["both"]}
        return Eye(named.pop()) if len(named) == 1 else None

    @cached_property
    def pair(self) -> tuple[Seen, Seen] | None:
        """The right and the left power, by their eyes, else by their order."""
        found = self.powers
        if len(found) == 1 and re.search(r"\b(?:ou|both(?: eyes)?|each eye)\b", self.text):
            return found[0], found[0]
        if len(found) == 1 and found[0].written.cylinder and found[0].written.axis is None:
            one = found[0].written  # '+1.00 / +4.00': no cylinder without an axis, so two lenses
            both = Written(one.sphere), Written(one.cylinder)
            return Seen(found[0].start, both[0], Eye.right), Seen(found[0].start, both[1], Eye.left)
        if len(found) < 2:
            return None
        if found[0].eye is Eye.left and found[1].eye is not Eye.left:
            return found[1], found[0]
        return found[0], found[1]

    @property
    def index(self) -> float | None:
        """A refractive index: by its label, or a bare 1.67 or 1.5."""
        if (named := self.value("index")) is not None:
            return named
        return next((one.value for one in self.loose if _is_index(one)), None)

    @property
    def indices(self) -> list[float]:
        """Every refractive index."""
        return [one.value for one in numbers(self._plain) if _is_index(one)]

    @property
    def material(self) -> str | None:
        found = _MATERIAL.search(self.text)
        if found is None:
            return None
        name = found[1].replace(" ", "").replace("-", "")
        return {
            "poly": "polycarbonate",
            "polycarb": "polycarbonate",
            "crown": "glass",
            "crownglass": "glass",
        }.get(name, name)

    @property
    def material_index(self) -> float | None:
        return None if self.material is None else MATERIALS[self.material].index

    @property
    def fractions(self) -> list[tuple[float, float]]:
        return [(float(one[1]), float(one[2])) for one in _FRACTION.finditer(self._plain)]

    @property
    def box(self) -> tuple[float, float] | None:
        """A frame's size as it stands on the side: 52/18, 52-18."""
        found = next(filter(_is_box, _BOX.finditer(self.text)), None)
        return None if found is None else (float(found[1]), float(found[2]))

    @property
    def halves(self) -> tuple[float, float] | None:
        """Monocular PDs: 31.5/32, R 31.5 L 32, 31.5 R 32 L."""
        for right_first in (True, False):
            if (named := _mono(right_first).search(self._plain)) is not None:
                first, second = (float(value) for value in named.groups() if value)
                return (first, second) if right_first else (second, first)
        for one in re.finditer(
            r"(?<![\w./-])(\d\d(?:\.\d)?) ?(?:/|and|&) ?(\d\d(?:\.\d)?)(?![\w/.]*\d)", self._plain
        ):
            right, left = float(one[1]), float(one[2])
            if 22 <= right <= 42 and 22 <= left <= 42:
                return right, left
        return None

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.text) is not None

    @property
    def has_signed_power(self) -> bool:
        """Whether a lens is spoken of: '2.50 BI' alone is none."""
        return any(one.sure for one in powers(self.text))

    @property
    def has_numbers(self) -> bool:
        return bool(re.search(r"\d", self.text)) or POWER.search(self.text) is not None


@cache
def _mono(right_first: bool) -> re.Pattern[str]:
    """Two monocular PDs by their eyes, each before its number or each after it."""
    eyes = [r"(?:right|re|od|r)(?: eye)?(?: pd)?", r"(?:left|le|os|l)(?: eye)?(?: pd)?"]
    one, other = eyes if right_first else eyes[::-1]
    gap = r"(?: mm)?[ ,;/&]*(?:and )?"
    half = r"((?:2[2-9]|3\d|4[0-2])(?:\.\d+)?)"
    before = rf"{one}[ :=]*{half}{gap}{other}[ :=]*{half}"
    after = rf"{half}(?: mm)? ?{one}{gap}{half}(?: mm)? ?{other}"
    return re.compile(rf"(?<![\w.+-])(?:{before}|{after})(?![\w.])")


def _is_box(found: re.Match[str]) -> bool:
    return 35 <= float(found[1]) <= 70 and 8 <= float(found[2]) <= 30


def _is_index(number: Number) -> bool:
    known = {round(one.index, 2) for one in MATERIALS.values()} | {1.5, 1.56, 1.57, 1.59, 1.7, 1.9}
    return number.unit == "" and 1.3 < number.value < 2 and (number.decimals >= 2 or number.value in known)
