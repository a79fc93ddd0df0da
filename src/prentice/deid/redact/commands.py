"""`prentice deid notes`: JSON lines in, JSON lines without identifiers out."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Annotated

import typer

from prentice.failures import told

Source = Annotated[
    Path, typer.Option("--in", help="Lines of {id, text, patient?}; '-': standard input.", metavar="FILE")
]
Target = Annotated[
    Path, typer.Option("--out", help="Lines of {id, redacted, spans}; '-': standard output.", metavar="FILE")
]
Processes = Annotated[int, typer.Option(help="How many processes share the work.", min=1, max=64)]
_SMALL = 1_000_000  # bytes: below this a second process costs more than it saves


def notes(source: Source, target: Target, processes: Processes = 2) -> None:
    """Take names, places, dates, numbers and other identifiers out of notes.

    A line that cannot be read gives a line {id, error} in its place, and exit code 1 at the end; no other
    line is
    lost. `patient` holds the host's columns (name, date_of_birth, phone …): its values go in any form.
    """
    with told(as_json=False):
        bad = _redact_file(source, target, processes)
    if bad:
        typer.echo(
            f"{bad} {'line' if bad == 1 else 'lines'} could not be read; each has its error in the output.",
            err=True,
        )
        raise typer.Exit(1)


def _redact_file(source: Path, target: Path, processes: int) -> int:
    from prentice.deid.redact.kept import folder, keep_in
    from prentice.deid.redact.lines import redact_lines
    from prentice.errors import BadConfiguration, BadQuery
    from prentice.settings import load_settings
    from prentice.terminal import progress

    if folder() is None:
        with suppress(BadConfiguration):  # notes need no settings; without a home the patterns are compiled
            keep_in(load_settings().home / "cache")

    small = str(source) == "-" or (source.is_file() and source.stat().st_size < _SMALL)
    with ExitStack() as open_files:
        try:
            lines = _opened(open_files, source, "rb", sys.stdin.buffer)
            out = _opened(open_files, target, "wb", sys.stdout.buffer)
        except OSError as problem:
            raise BadQuery(
                f"The file cannot be opened: {problem.strerror}.", "Check the names after --in and --out."
            ) from None
        bad = 0
        with progress(total=False) as bar:
            task = bar.add_task("Redacting notes")
            for done, (line, fine) in enumerate(redact_lines(lines, 1 if small else processes), 1):
                out.write(line)
                bad += not fine
                if done % 500 == 0:
                    bar.update(task, description=f"Redacting notes: {done:,}")
            out.flush()
    return bad


def _opened(open_files: ExitStack, path: Path, mode: str, standard: IO[bytes]) -> IO[bytes]:
    return standard if str(path) == "-" else open_files.enter_context(path.open(mode))
