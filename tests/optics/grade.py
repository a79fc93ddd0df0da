"""Marks the reading of questions against a set of calculations: `python -m tests.optics.grade SET.jsonl`.

A line of a set is {"question", "values": [{"value", "unit", "tolerance"}], "words": [[alternatives]],
"missing"}. Right is an answer that has every value, and one alternative of each group of words; where
something is missing, right is to ask for it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prentice.errors import PrenticeError
from prentice.optics.calculators import solve
from prentice.optics.solution import Solution
from prentice.optics.words import Missing, read

_NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """How one question went: `wrong` says what was not right, '' where all was."""

    question: str
    wrong: str

    @property
    def right(self) -> bool:
        return not self.wrong


def grade(path: Path) -> list[Mark]:
    """The marks of a set, in its order."""
    lines = path.read_text("utf-8").splitlines()
    return [Mark(item["question"], mark(item)) for item in map(json.loads, filter(None, lines))]


def mark(item: dict[str, Any]) -> str:
    """What is wrong with how an item is answered; '' where nothing is."""
    found = read(item["question"])
    if item["missing"]:
        return (
            "" if isinstance(found, Missing) else f"asks for nothing ({item['missing']} is missing): {found}"
        )
    if found is None or isinstance(found, Missing):
        return f"not read: {found}"
    try:
        solution = solve(found.calculator, found.inputs)
    except PrenticeError as refused:
        return f"refused: {found} {refused}"
    said = _folded(" ".join((solution.answer, *solution.steps)))
    absent = [want for want in item["values"] if not _stands(want, solution)]
    unsaid = [group for group in item["words"] if not any(word in said for word in group)]
    return f"{absent or ''}{unsaid or ''} {found} {solution.answer}" if absent or unsaid else ""


def _stands(want: dict[str, Any], solution: Solution) -> bool:
    """Whether a value is among the results, or in the answer; of prism the amount counts."""
    told = [one.value for one in solution.results.values() if not isinstance(one.value, str)]
    told += [float(one) for one in _NUMBER.findall(_folded(solution.answer))]
    value = want["value"]
    if "prism" in want["unit"]:
        told, value = [abs(one) for one in told], abs(value)
    return any(abs(one - value) <= want["tolerance"] + 1e-9 for one in told)


def _folded(text: str) -> str:
    return f" {text} ".lower().replace("\u2212", "-")


def _report(path: Path) -> Iterator[str]:
    marks = grade(path)
    yield from (f"{one.question}\n    {one.wrong}" for one in marks if not one.right)
    yield f"{path.name}: {sum(one.right for one in marks)} of {len(marks)} right"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(*_report(Path(name)), sep="\n")
