"""What a question was read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Calculation:
    """A calculator and its inputs: `calculators.solve(one.calculator, one.inputs)`. That a value cannot be
    (axis
    200) is told by solving."""

    calculator: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Missing:
    """A calculation that lacks something: `question` asks for the first of `need`."""

    calculator: str
    have: Mapping[str, Any]
    need: tuple[str, ...]
    question: str
