"""Powers and numbers as people write them: '−6.00/−2.00×180', '-6 -2 x 180', 'plano -1.00 x 45'."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prentice.errors import BadValue
from prentice.optics.notation import plain, signed
from prentice.optics.power import Power, checked_axis
from prentice.optics.prism import Eye

MOST_SPHERE, MOST_CYLINDER = 60.0, 20.0  # dioptres; nobody wears more

_ALIKE = str.maketrans(
    {
        "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
        "\uff0d": "-",
        "\uff0b": "+", "\u00d7": "x", "\u2715": "x", "\u2716": "x", "\u2a2f": "x", "\u2206": "\u0394",
        "\u25b3": "\u0394", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'", "\u2032": "'",
        "\u00b0": " degrees ", "\u25a1": " [] ",
    }
)  # fmt: skip

_SPHERE = r"(?P<sphere>[+-] ?\d{1,4}(?:\.\d+)?|\d{1,2}\.\d\d(?= ?(?:ds|d)?\b ?[/,]? ?[+-])|plano|\bpl\b)"
_CYLINDER = r"(?P<cylinder>[+-] ?\d{1,4}(?:\.\d+)?)"
_AXIS = r"(?:\bx|x|@|\baxis|\bax\.?)(?: ?of)? ?(?P<axis>-?\d{1,3}(?:\.\d+)?)(?![\d.]*\d)"
_UNIT = r"(?: ?(?:ds|dsph|sph|sphere|dioptres?|diopters?|d)\b)?"
_CYL_UNIT = r"(?: ?(?:dc|dcyl|cyl|cylinder|dioptres?|diopters?|d)\b)?"
POWER = re.compile(
    rf"(?<![\w.])(?:{_SPHERE}{_UNIT} ?[/,]? ?(?:{_CYLINDER}{_CYL_UNIT}(?: ?[/,]? ?{_AXIS})?)?"
    rf"(?: ?{_AXIS.replace('axis>', 'alone>')})?)"
)
_NUMBER = re.compile(r" *([+-]? ?\d+(?:\.\d+)?) *(mm|cm|d|degrees|deg)? *")


@dataclass(frozen=True, slots=True)
class Written:
    """A power as it stands on paper: not yet known to be one. `axis` None: none was written."""

    sphere: float
    cylinder: float = 0.0
    axis: float | None = None

    def power(self) -> Power:
        """Raises `BadValue` where it cannot be a power."""
        if self.axis is not None:
            checked_axis(self.axis)
        elif self.cylinder:
            raise BadValue(
                f"The cylinder {signed(self.cylinder)} has no axis.", "Give it, such as −6.00 −2.00 × 180."
            )
        return Power(
            _bounded("sphere", self.sphere, MOST_SPHERE),
            _bounded("cylinder", self.cylinder, MOST_CYLINDER),
            180 if self.axis is None else self.axis,
        )

    def as_json(self) -> dict[str, float]:
        """The object that a calculator takes."""
        found = {"sphere": self.sphere}
        if self.cylinder or self.axis is not None:
            found["cylinder"] = self.cylinder
        return found if self.axis is None else found | {"axis": self.axis}


@dataclass(frozen=True, slots=True)
class Found:
    """A power in a text, and where; `sure` where its sign was written."""

    start: int
    end: int
    written: Written
    sure: bool = True


def tidy(text: str) -> str:
    """One spelling of signs, spaces and decimals, in lower case.

    >>> tidy("OD \u22126,00 / \u22122.00\u00d7180")
    'od -6.00 / -2.00x180'
    """
    said = re.sub(r"\s+", " ", text.translate(_ALIKE).lower()).strip()
    said = re.sub(r"(?<![\d.,])(\d{1,2}),(\d{2}|5)(?!\d)", r"\1.\2", said)
    return re.sub(r"(?<![\w.])([+-]) (?=\d)", r"\1", re.sub(r"(?<![\d.])\.(?=\d)", "0.", said))


def powers(tidied: str) -> Iterator[Found]:
    """Every power that stands in a tidied text, with a sign.

    >>> [found.written for found in powers("od -6.00 -2.00x180 os plano")]
    [Written(sphere=-6.0, cylinder=-2.0, axis=180.0), Written(sphere=0.0, cylinder=0.0, axis=None)]
    """
    for found in POWER.finditer(tidied):
        first = found["sphere"]
        sphere = 0.0 if first.startswith("pl") else float(first.replace(" ", ""))
        cylinder, axis = found["cylinder"], found["axis"] or found["alone"]
        if cylinder is None and axis is not None:  # '-2.25x030': a cylinder alone
            written = Written(0.0, sphere, float(axis))
        else:
            written = Written(
                sphere,
                float(cylinder.replace(" ", "")) if cylinder else 0.0,
                float(axis) if axis else None,
            )
        yield Found(found.start(), found.end(), written, sure=not first[0].isdigit())


def read_power(value: Any) -> Power:
    """A power from a text, a number (a sphere) or {"sphere", "cylinder", "axis"}. Raises `BadValue`.

    >>> read_power("-6.00/-2.00x180")
    Power(sphere=-6.0, cylinder=-2.0, axis=180)
    >>> read_power(-6)
    Power(sphere=-6.0, cylinder=0.0, axis=180)
    """
    match value:
        case Power():
            return value
        case bool():
            pass
        case int() | float():
            return Written(read_number(value)).power()
        case str():
            return _from_text(value)
        case dict() if value.keys() <= {"sphere", "cylinder", "axis"} and "sphere" in value:
            parts = {name: read_number(part) for name, part in value.items() if part is not None}
            return Written(**parts).power()
    raise BadValue("This is not a power.", _HOW)


_HOW = "Write it such as −6.00 −2.00 × 180, or −6.00 for a sphere."


def _from_text(text: str) -> Power:
    said = tidy(text)
    if re.fullmatch(r"\d{1,2}(\.\d+)?", said):
        if float(said) == 0:
            return Power(0.0)
        raise BadValue(f"The power {said} has no sign.", f"Write −{said} or +{said}.")
    found = next(powers(said), None)
    if found is None or found.start != 0 or said[found.end :].strip(" .;"):
        raise BadValue("This power cannot be read.", _HOW)
    if not found.sure:
        raise BadValue("The sphere has no sign.", _HOW)
    return found.written.power()


def read_number(value: Any, *, per_cm: float = 10.0) -> float:
    """A number, also as text with a unit; centimetres become millimetres. Raises `BadValue`.

    >>> read_number("\u22126.00"), read_number("0.5 cm")
    (-6.0, 5.0)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("A number is needed.", "Write it such as 5 or −2.25.")
    if isinstance(value, int | float):
        number = float(value) if abs(value) < 1e9 else math.inf
    else:
        found = _NUMBER.fullmatch(tidy(value)[:40])
        if found is None:
            raise BadValue("This is not a number.", "Write it such as 5 or −2.25.")
        number = float(found[1].replace(" ", "")) * (per_cm if found[2] == "cm" else 1)
    if not math.isfinite(number):
        raise BadValue("The number is too large.", "Write it such as 5 or −2.25.")
    return number


def read_eye(value: Any) -> Eye:
    """An eye by any of its names. Raises `BadValue`.

    >>> read_eye("OS")
    <Eye.left: 'left'>
    """
    said = str(value).strip().lower().removesuffix("eye").strip()
    if said in ("od", "re", "r", "right"):
        return Eye.right
    if said in ("os", "le", "l", "left"):
        return Eye.left
    raise BadValue("Which eye?", "Write right (OD, RE) or left (OS, LE).")


def _bounded(name: str, value: float, most: float) -> float:
    if math.isfinite(value) and abs(value) <= most:
        return value
    if math.isfinite(value) and 100 <= abs(value) <= most * 100:
        hint = f"Did you mean {signed(value / 100)}?"
    else:
        hint = "Read it again from the prescription."
    shown = plain(value) if math.isfinite(value) else "This"
    raise BadValue(f"{shown} D is beyond any {name} (±{plain(most)} D).", hint)
