"""What a calculator gives: the sentence that is read first, figures, steps, convention, source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from prentice.optics.prism import Eye


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value at output precision, with its unit ('D', 'Δ', 'mm', '°', '%', 'g', '' for words and ratios)."""

    value: float | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a small drawing beside the answer shows. Angles as in standard notation, counter-clockwise from
    the front.

    `base`: an arrow towards the base, at `degrees`, of `length` prism dioptres. `axis`: a line at `degrees`.
    `decentration`: the optical centre at (`x`, `y`) mm from where it was, x towards 0 degrees.
    Without an eye both are meant: a base is at `left_degrees` in the left one where it is not at `degrees`
    there too (in and out are mirrored, an angle that was given is not); `x` is the right one's, mirrored
    in the left.
    """

    kind: Literal["base", "axis", "decentration"]
    eye: Eye | None = None
    degrees: float | None = None
    length: float | None = None
    x: float | None = None
    y: float | None = None
    left_degrees: float | None = None

    def as_json(self) -> dict[str, Any]:
        names = ("kind", "eye", "degrees", "length", "x", "y", "left_degrees")
        found = {name: getattr(self, name) for name in names}
        return {name: _shown(value) for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Solution:
    """The whole answer of a calculator."""

    answer: str
    results: Mapping[str, Quantity]
    steps: tuple[str, ...]
    convention: str
    source: str
    drawing: Drawing | None = None
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The object of `POST /v1/optics/{name}` and `--json`."""
        return {
            "answer": self.answer,
            "results": {
                name: {"value": _shown(one.value), "unit": one.unit} for name, one in self.results.items()
            },
            "steps": list(self.steps),
            "convention": self.convention,
            "source": self.source,
            "drawing": self.drawing.as_json() if self.drawing else None,
            "notes": list(self.notes),
        }


def _shown(value: Any) -> Any:
    """Figures to four decimals; no minus zero."""
    if isinstance(value, float):
        return round(value, 4) + 0.0 if math.isfinite(value) else None
    return str(value) if isinstance(value, Eye) else value
