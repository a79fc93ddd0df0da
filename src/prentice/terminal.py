"""An answer in a terminal: the sentence first, then table, bars or sparkline, notes and other readings.

Everything that comes from a database is shown as plain text: no markup and no escape sequence of its own.
Rich leaves colours away where NO_COLOR is set or the output is no terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from prentice.ask.cited import CARE, Run, Told, told
from prentice.ask.contract import Answer, Column
from prentice.ask.format import Formats, as_number, plain
from prentice.ask.knowing import FORMULA
from prentice.semantic.query import GRAINS
from prentice.tenancy.scope import TenantScope

ACCENT = "cyan"
SHOWN_ROWS = 25
_LONGEST = 2000  # characters of a line of text
BAR = 24  # characters of the longest bar
_BLOCKS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_STAGES = {
    "guard": "Reading",
    "plan": "Understanding",
    "route": "Understanding",
    "retrieve": "Looking it up",
    "write": "Writing the answer",
    "solve": "Calculating",
    "authorise": "Understanding",
    "compile": "Understanding",
    "run": "Counting",
    "check": "Checking",
    "answer": "Writing",
}


def screen() -> Console:
    """Standard output, as wide as the terminal; a file or a pipe gets lines of 120 characters."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(highlight=False, emoji=False, markup=False, width=width)


def aside() -> Console:
    """Standard error: progress and remarks, so that standard output stays clean."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


@contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What is being done, in words, while it is done; nothing where standard error is no terminal."""
    console = aside()
    if quiet or not console.is_terminal:
        yield lambda _stage: None
        return
    with console.status("Starting …") as status:
        yield lambda stage: status.update(f"{_STAGES.get(stage, stage.capitalize())} …")


def progress(total: bool = True) -> Progress:
    """Progress of long work on standard error."""
    counted = [BarColumn(bar_width=30), MofNCompleteColumn()] if total else []
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, TimeElapsedColumn(),
        console=aside(), transient=False,
    )  # fmt: skip


def show(answer: Answer, scope: TenantScope, console: Console | None = None) -> None:
    """The whole answer, for people."""
    console = console or screen()
    formats = Formats.of(scope)
    for part in answer.parts or [answer]:
        _show_part(part, formats, console)
    if answer.alternatives:
        readings = "Other readings:" if answer.kind == "analytics" else "You can ask:"
        console.print(Text(readings, style="dim"))
        for number, question in enumerate(answer.alternatives, 1):
            console.print(Text(f"  {number}. {plain(question, 200)}"))
    if answer.kind == "analytics":
        console.print(Text(_foot(answer, formats), style="dim"))


def _show_part(answer: Answer, formats: Formats, console: Console) -> None:
    """One answer, or one half of a compound one, with its evidence."""
    cited = told(answer, answer.answer)
    if cited.urgent:
        console.print(Text(f"{CARE}.", style="bold"))
        console.print(Text(plain(cited.urgent, _LONGEST)))
    if cited.sources:
        for paragraph in cited.paragraphs:
            console.print(_with_marks(paragraph))
    elif not cited.urgent:
        strong = "bold" if answer.kind in ("analytics", "calculation") else ""
        console.print(Text(answer.answer, style=strong))
    for step in answer.steps:
        console.print(Text(f"  {plain(step, _LONGEST)}"))
    if _worth_a_table(answer):
        one = len(answer.rows) == 1 and len(answer.columns) > 3
        console.print(sheet_of(answer, formats) if one else table(answer, formats, console.width))
        if line := sparkline(answer):
            console.print(Text(f" {line}", style=ACCENT))
    for note in answer.notes:
        if note.rstrip(".") not in answer.answer:
            console.print(Text(f"Note: {note}", style="dim"))
    _show_sources(answer, cited, console)


def _with_marks(paragraph: Sequence[Run]) -> Text:
    """Sentences with the numbers of their sources: 'Do not drive. [1]'."""
    line = Text()
    for run in paragraph:
        line.append(f"{' ' if line else ''}{plain(run.text + run.end, _LONGEST)}")
        if run.source:
            line.append(f" [{run.source.number}]", style=ACCENT)
    return line


def _show_sources(answer: Answer, cited: Told, console: Console) -> None:
    formulas = [f"{c.title}: {c.source}" for c in answer.citations if c.id == FORMULA]
    lines = [f"[{one.number}] {one.title}: {one.source}" for one in cited.sources] + formulas
    if lines:
        console.print(Text("Sources" if len(lines) > 1 or cited.sources else "Source", style="dim"))
    for line in lines:
        console.print(Text(f"  {plain(line, _LONGEST)}", style="dim"))


def table(answer: Answer, formats: Formats, width: int) -> Table:
    """Figures to the right; a bar beside the first figure where there is room and a ranking to show."""
    shown = answer.rows[:SHOWN_ROWS]
    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=True, header_style="dim")
    lengths = _bars(answer) if width >= 72 and len(answer.columns) <= 4 else []
    for column in answer.columns:
        right = column.role == "metric" or column.unit is not None
        made.add_column(Text(plain(column.label or column.name)), justify="right" if right else "left",
                        overflow="fold", no_wrap=right)  # fmt: skip
    if lengths:
        made.add_column("")
    for place, row in enumerate(shown):
        cells = [
            Text(cell(column, value, formats, withheld=answer.withheld > 0))
            for column, value in zip(answer.columns, row, strict=False)
        ]
        made.add_row(*cells, *([Text(lengths[place], style=ACCENT)] if lengths else []))
    if len(answer.rows) > len(shown):
        made.caption = f"… and {len(answer.rows) - len(shown)} more (all of them with --json)"
        made.caption_justify = "left"
    return made


def sheet_of(answer: Answer, formats: Formats) -> Table:
    """One row with many columns, one to a line: a figure, the other period's, the difference."""
    made = Table(box=None, show_header=False, pad_edge=True)
    made.add_column("", overflow="fold")
    made.add_column("", justify="right", overflow="fold")
    for column, value in zip(answer.columns, answer.rows[0], strict=False):
        made.add_row(
            Text(plain(column.label or column.name), style="dim"),
            Text(cell(column, value, formats, withheld=answer.withheld > 0)),
        )
    return made


def cell(column: Column, value: Any, formats: Formats, *, withheld: bool = False) -> str:
    """One cell as people write it. `withheld`: groups of this answer were, so what is missing is one."""
    if value is None and withheld and column.role == "metric":
        return "withheld (fewer than 11 people)"
    if column.role == "dimension" and column.name in GRAINS:
        return formats.bucket(value, column.name, short=column.name == "day")
    if column.role == "dimension" and column.name == "hour" and isinstance(value, int):
        return formats.hour(value)
    if value is None:
        return "–" if column.role == "metric" else f"(no {(column.label or column.name).lower()})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = as_number(value)
    if number is None:
        return plain(value)
    if column.unit == "ratio" and column.name.endswith("_change"):
        return f"{formats.decimal(float(number) * 100, 1)} points"
    return formats.figure(value, column.unit)


def sparkline(answer: Answer) -> str:
    """The course of the first figure over time, one character a step; '' where it is no trend."""
    dated = [place for place, c in enumerate(answer.columns) if c.role == "dimension"]
    if len(dated) != 1 or answer.columns[dated[0]].name not in GRAINS or not 4 <= len(answer.rows) <= 120:
        return ""
    values = [as_number(row[_first_figure(answer)]) for row in answer.rows]
    known = [float(v) for v in values if v is not None]
    if not known or max(known) == min(known):
        return ""
    low = min(known) if min(known) < 0 else 0.0
    step = (max(known) - low) / (len(_LEVELS) - 1)
    return "".join(" " if v is None else _LEVELS[round((float(v) - low) / step)] for v in values)


def _bars(answer: Answer) -> list[str]:
    """A bar for each row shown, where rows are groups and nothing is negative."""
    if not any(c.role == "dimension" for c in answer.columns) or sparkline(answer):
        return []
    values = [float(as_number(row[_first_figure(answer)]) or 0) for row in answer.rows[:SHOWN_ROWS]]
    if len(values) < 2 or min(values) < 0 or max(values) <= 0:
        return []
    return [_bar(value / max(values)) for value in values]


def _bar(part: float) -> str:
    eighths = round(part * BAR * 8)
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def _first_figure(answer: Answer) -> int:
    return next(place for place, c in enumerate(answer.columns) if c.role == "metric")


def _worth_a_table(answer: Answer) -> bool:
    figures = [c for c in answer.columns if c.role == "metric"]
    return bool(answer.rows and figures) and (len(answer.rows) > 1 or len(answer.columns) > 1)


def _foot(answer: Answer, formats: Formats) -> str:
    """Dates, time and whether it came from the cache."""
    said = []
    if answer.range is not None and answer.range.from_ and answer.range.to:
        start, end = (formats.today.fromisoformat(d) for d in (answer.range.from_, answer.range.to))
        said.append(formats.span(start, end))
    said.append(
        f"{answer.timing_ms.get('total', 0) / 1000:.2f} s{' from the cache' if answer.cached else ''}"
    )
    return " · ".join(said)


def grid(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A plain table of the operator's own things (practices, metrics)."""
    made = Table(box=SIMPLE_HEAD, show_edge=False, header_style="dim")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(plain("" if value is None else value, 200)) for value in row))
    return made


def remark(text: str) -> None:
    """A line on standard error."""
    print(plain(text, 2000), file=sys.stderr)
