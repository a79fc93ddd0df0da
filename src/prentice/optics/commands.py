"""`prentice optics …`: the calculators at the command line. They need no server and no practice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import print_json, told

if TYPE_CHECKING:
    from prentice.optics.calculator import Calculator
    from prentice.optics.solution import Solution

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def optics(
    name: Annotated[str, typer.Argument(help="A calculator, or `list`.", metavar="NAME")] = "list",
    values: Annotated[
        list[str] | None,
        typer.Argument(help="What it is given, such as rx=-6.00 below=5.", metavar="KEY=VALUE"),
    ] = None,
    about: Annotated[
        bool, typer.Option("--help", help="What the calculator takes, or this command.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Calculate: transposition, vertex, prism, thickness, tolerance … `prentice optics list` has them all."""
    with told(as_json=as_json):
        from prentice.optics.calculators import CALCULATORS, calculator

        if name == "list":
            if about:
                _usage()
            elif as_json:
                print_json({"calculators": [found.described() for found in CALCULATORS.values()]})
            else:
                _list(list(CALCULATORS.values()))
            return
        found = calculator(name)
        if about:
            _describe(found)
            return
        solution = found.solve(_pairs(values or []))
        if as_json:
            print_json(solution.as_json())
        else:
            _show(solution)


def _pairs(values: list[str]) -> dict[str, object]:
    """`key=value …`. A value that begins like JSON is read as JSON. Raises `BadValue`."""
    from prentice.errors import BadValue

    made: dict[str, object] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise BadValue("Values are given as key=value.", 'Such as: rx="-6.00 -2.00 x 180" below=5')
        if key in made:
            raise BadValue(f"'{key[:40]}' is given twice.", "Give it once.")
        made[key.strip()] = _json(text) if text.lstrip().startswith(("{", "[")) else text
    return made


def _json(text: str) -> object:
    import json

    from prentice.errors import BadValue

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadValue("A value begins like JSON but is none.", "Check its brackets and quotes.") from None


def _usage() -> None:
    print("prentice optics list | NAME KEY=VALUE … [--json] | NAME --help\n")
    print("Calculate: transposition, vertex, prism, thickness, tolerance and more.")


def _list(calculators: list[Calculator]) -> None:  # type: ignore[type-arg]
    from prentice.terminal import grid, screen

    screen().print(grid(("calculator", "what it does"), [(one.name, one.title) for one in calculators]))


def _describe(found: Calculator) -> None:  # type: ignore[type-arg]
    from prentice.optics.calculator import quoted
    from prentice.terminal import grid, screen

    console = screen()
    console.print(f"{found.name}: {found.title}\n", style="bold")
    rows = [
        (name, unit, "needed" if needed else "", description)
        for name, description, unit, needed in found.fields()
    ]
    console.print(grid(("input", "unit", "", "what it is"), rows))
    shown = " ".join(f"{key}={quoted(value)}" for key, value in found.example.items())
    console.print(f"\nprentice optics {found.name} {shown}", soft_wrap=True)


def _show(solution: Solution) -> None:
    from rich.text import Text

    from prentice.terminal import screen

    console = screen()
    console.print(Text(solution.answer, style="bold"))
    for step in solution.steps:
        console.print(Text(f"  {step}"))
    for note in solution.notes:
        console.print(Text(f"Note: {note}"))
    console.print(Text(f"Convention: {solution.convention}", style="dim"))
    console.print(Text(f"Source: {solution.source}", style="dim"))
