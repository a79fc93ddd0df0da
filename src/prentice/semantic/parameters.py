"""The values of a statement: none of them is ever part of its text."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from sqlglot import exp

Parameter = str | int | float | date


class Parameters:
    """Collects values and gives each a name; an equal value is named once."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._values: dict[str, Parameter] = {"today": today}
        self._names: dict[tuple[type, Parameter], str] = {}

    def value(self, value: Parameter) -> exp.Expr:
        """A placeholder for a value that a person gave."""
        known = (type(value), value)
        if known not in self._names:
            name = f"p{len(self._names) + 1}"
            self._names[known] = name
            self._values[name] = value
        return exp.Placeholder(this=self._names[known])

    def day(self, name: str, day: date) -> exp.Expr:
        """A placeholder for a bound of time, under a name that says which."""
        free, count = name, 1
        while self._values.get(free, day) != day:
            count += 1
            free = f"{name}_{count}"
        self._values[free] = day
        return exp.Placeholder(this=free)

    def named(self, names: Container[str]) -> dict[str, object]:
        """The values that go by these names."""
        return {name: value for name, value in self._values.items() if name in names}
