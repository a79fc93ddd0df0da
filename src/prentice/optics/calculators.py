"""The registry: every calculator by its name, and the one way to solve.

>>> solve("prentice", {"rx": "-6.00", "below": 5}).answer
'Looking 5 mm below the optical centre of −6.00 DS, there is 3.00 Δ base down.'
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from prentice.errors import UnknownCalculator
from prentice.optics.calculator import Calculator, plain_name
from prentice.optics.solution import Solution
from prentice.optics.workings import (
    centres,
    checks,
    frames,
    images,
    lenses,
    near,
    powers,
    prisms,
    vertex_distances,
)

_PARTS: tuple[tuple[Calculator[Any], ...], ...] = (
    powers.CALCULATORS,
    vertex_distances.CALCULATORS,
    centres.CALCULATORS,
    prisms.CALCULATORS,
    near.CALCULATORS,
    frames.CALCULATORS,
    lenses.CALCULATORS,
    images.CALCULATORS,
    checks.CALCULATORS,
)
CALCULATORS: Mapping[str, Calculator[Any]] = MappingProxyType(
    {one.name: one for part in _PARTS for one in part}
)


def calculator(name: str) -> Calculator[Any]:
    """Raises `UnknownCalculator`, with the name that is nearest."""
    found = CALCULATORS.get(name.strip().lower().replace("_", "-"))
    if found is None:
        near = get_close_matches(name.lower(), CALCULATORS, 1)
        hint = f"Did you mean '{near[0]}'?" if near else "`prentice optics list` has them all."
        raise UnknownCalculator(f"There is no calculator '{plain_name(name)}'.", hint)
    return found


def solve(name: str, inputs: Mapping[str, Any]) -> Solution:
    """Raises `UnknownCalculator`, `BadValue`, `NotConfigured`."""
    return calculator(name).solve(inputs)
