"""`prentice feedback …`: what became of people's corrections, for whoever keeps the corpus."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from prentice.failures import told

feedback = typer.Typer(help="What people said of their answers.", no_args_is_help=True)


class Kind(StrEnum):
    corpus = "corpus"
    verified = "verified"


@feedback.callback()
def _group() -> None:
    """A group, though it has one command so far."""


@feedback.command()
def candidates(
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG")],
    kind: Annotated[
        Kind, typer.Option(help="What they were accepted as: for the corpus, or as verified questions.")
    ] = Kind.corpus,
    out: Annotated[Path | None, typer.Option(help="A new file; without it, standard output.")] = None,
) -> None:
    """Write accepted corrections as JSON lines in the form of the corpus' items, gaps left empty."""
    with told(as_json=False):
        import sys

        import orjson

        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.feedback.items import item
        from prentice.session import opened
        from prentice.terminal import remark

        with opened() as prentice:
            practice = prentice.registry.get(tenant, for_operator=True)
            with commanded(
                prentice.audit, practice.id, Action.shown, what="feedback candidates", kind=kind.value
            ) as said:
                found = prentice.feedback.candidates(practice.id, kind.value)
                said["candidates"] = len(found)
            lines = [orjson.dumps(item(one, practice.country)) + b"\n" for one in found]
        if out is None:
            sys.stdout.buffer.writelines(lines)
        else:
            _write(out, lines)
        remark(f"{len(lines):,} candidates.")


def _write(out: Path, lines: list[bytes]) -> None:
    """A new file, readable to its owner alone: it holds what people wrote."""
    import os

    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise typer.BadParameter("there is such a file already", param_hint="'--out'") from None
    except OSError as refused:
        raise typer.BadParameter(f"cannot be written ({refused.strerror})", param_hint="'--out'") from None
    with os.fdopen(handle, "wb") as file:
        file.writelines(lines)
