"""Visual acuity: Snellen in metres and feet, decimal, logMAR.

logMAR = −log10(decimal), decimal = test distance / letter distance. Chart lines carry rounded names (20/63
for 0.5), so a conversion of a line's name may differ from the line's own logMAR in the second decimal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from prentice.errors import BadValue
from prentice.optics.notation import MINUS, plain

SOURCE = "logMAR = −log10(decimal acuity); Bailey and Lovie (1976)"
WORST, BEST = 0.001, 4.0  # decimal


@dataclass(frozen=True, slots=True)
class Acuity:
    """One acuity, kept as its decimal value."""

    decimal: float

    def __post_init__(self) -> None:
        if not WORST <= self.decimal <= BEST:
            raise BadValue(
                f"A decimal acuity of {plain(self.decimal, 3)} is outside {WORST} to {plain(BEST)}.",
                "Give it such as 6/12, 20/40, 0.5 or 0.3 logMAR.",
            )

    @property
    def logmar(self) -> float:
        return -math.log10(self.decimal) + 0.0

    def snellen(self, distance: float) -> str:
        """The fraction with this test distance: 6 m, 20 ft, …

        >>> Acuity(0.5).snellen(6), Acuity(0.8).snellen(20)
        ('6/12', '20/25')
        """
        letter = distance / self.decimal
        return f"{plain(distance)}/{plain(letter, 1 if letter < 20 else 0)}"


def from_snellen(distance: float, letter: float) -> Acuity:
    """
    >>> from_snellen(6, 12).decimal
    0.5
    """
    if distance <= 0 or letter <= 0:
        raise BadValue("A Snellen fraction has two numbers above 0.", "Give it such as 6/12 or 20/40.")
    return Acuity(distance / letter)


def from_logmar(logmar: float) -> Acuity:
    """
    >>> round(from_logmar(0.3).decimal, 2)
    0.5
    """
    if not -1 <= logmar <= 3.1:
        raise BadValue(f"{plain(logmar)} is no logMAR acuity.", "It lies between −0.3 and 3.")
    return Acuity(10**-logmar)


def read_acuity(text: str) -> Acuity:
    """An acuity in any notation: '6/12', '20/40', '0.5', '0.3 logMAR'. Raises `BadValue`.

    >>> round(read_acuity("0.3 logMAR").decimal, 2), read_acuity("20/40").decimal
    (0.5, 0.5)
    """
    said = text.strip().lower().replace(MINUS, "-").replace(",", ".")
    log = "logmar" in said
    numbers = said.replace("logmar", "").replace("decimal", "").strip().split("/")
    try:
        parts = [float(part) for part in numbers]
    except ValueError:
        parts = []
    match parts:
        case [value] if log:
            return from_logmar(value)
        case [value]:
            return Acuity(value)
        case [distance, letter]:
            return from_snellen(distance, letter)
    raise BadValue("This acuity cannot be read.", "Give it such as 6/12, 20/40, 0.5 or 0.3 logMAR.")
