"""One calculator: what it is called, what it is given, and the work that makes its solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from prentice.errors import BadValue
from prentice.optics.inputs import Inputs
from prentice.optics.notation import plain
from prentice.optics.solution import Solution

Given = TypeVar("Given", bound=Inputs)


@dataclass(frozen=True, slots=True)
class Calculator(Generic[Given]):
    """`example` is a good set of inputs: shown in the help, and solved by a test."""

    name: str
    title: str
    parameters: type[Given]
    work: Callable[[Given], Solution]
    example: Mapping[str, Any]

    def solve(self, inputs: Mapping[str, Any]) -> Solution:
        """Raises `BadValue` that names the input which is missing, unknown or out of its range."""
        try:
            given = self.parameters.model_validate(dict(inputs))
        except ValidationError as invalid:
            first = invalid.errors(include_url=False, include_input=True, include_context=True)[0]
            raise self._refusal(dict(first)) from None
        return self.work(given)

    def described(self) -> dict[str, Any]:
        """The entry of `GET /v1/optics`."""
        return {
            "name": self.name,
            "title": self.title,
            "parameters": self.parameters.model_json_schema(),
            "example": dict(self.example),
        }

    def fields(self) -> list[tuple[str, str, str, bool]]:
        """Each input: name, description, unit, and whether it is needed."""
        schema = self.parameters.model_json_schema()["properties"]
        return [
            (name, field.description or "", _unit(schema[name]), field.is_required())
            for name, field in self._inputs().items()
        ]

    def _inputs(self) -> dict[str, FieldInfo]:
        """By the name that is typed: 'from' is no name in Python, so the model has it as an alias."""
        return {field.alias or name: field for name, field in self.parameters.model_fields.items()}

    def _refusal(self, error: Mapping[str, Any]) -> BadValue:
        name = str(error["loc"][0]) if error["loc"] else ""
        known = self._inputs()
        if error["type"] == "missing" and name in known:
            return BadValue(f"'{self.name}' needs '{name}': {known[name].description}", self._how())
        if error["type"] == "extra_forbidden":
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"It takes {', '.join(known)}."
            return BadValue(f"'{self.name}' has no input '{plain_name(name)}'.", hint)
        if name in known:
            unit = self._unit_of(name)
            return BadValue(f"'{name}' cannot be that: {_said(error)}{f' ({unit})' if unit else ''}.",
                            f"It is: {known[name].description}")  # fmt: skip
        return BadValue(_said(error).capitalize() + ".", self._how())

    def _unit_of(self, name: str) -> str:
        return next((unit for known, _, unit, _ in self.fields() if known == name), "")

    def _how(self) -> str:
        shown = " ".join(f"{key}={quoted(value)}" for key, value in self.example.items())
        return f"Such as: {self.name} {shown}"


def quoted(value: Any) -> str:
    """A value as it is typed on a command line."""
    text = str(value)
    return f'"{text}"' if " " in text else text


def plain_name(name: str) -> str:
    """A name that somebody typed, short and printable."""
    return "".join(c for c in name[:40] if c.isprintable())


def _said(error: Mapping[str, Any]) -> str:
    """What the validation found, without the value itself."""
    bound = error.get("ctx", {})
    for key, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if key in bound:
            return f"it is {words} {plain(float(bound[key]))}"
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").lower()


def _unit(schema: Mapping[str, Any]) -> str:
    options = [schema, *schema.get("anyOf", [])]
    return next((str(option["unit"]) for option in options if option.get("unit")), "")
