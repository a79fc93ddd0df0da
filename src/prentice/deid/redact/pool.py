"""Big inputs in several processes: chunks in order, few at a time, so that memory stays flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from prentice.deid.redact.kept import folder, keep_in
from prentice.deid.redact.spans import Redaction, Span

if TYPE_CHECKING:
    from prentice.deid.redact.redactor import Patient, Redactor
    from prentice.deid.redact.scan import Scanner

CHUNK = 250  # notes: about 0.1 s of work, so that a process is never idle for long
_Plain = tuple[str, list[tuple[int, int, str]]]
_redactor: Redactor | None = None


def redact_in_processes(
    notes: Iterable[tuple[str, Patient | None]], processes: int, scanner: Scanner
) -> Iterator[Redaction]:
    """Redactions in the order of `notes`. The processes read the databases of `scanner`."""
    waiting: deque[Future[list[_Plain]]] = deque()
    source = iter(notes)
    with ExitStack() as opened:
        kept = folder()
        if kept is None:
            kept = Path(opened.enter_context(TemporaryDirectory(prefix="prentice-patterns-")))
            scanner.keep_in(kept)
        pool = opened.enter_context(
            ProcessPoolExecutor(
                processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(kept,)
            )
        )
        while True:
            while len(waiting) < processes * 3 and (chunk := list(islice(source, CHUNK))):
                waiting.append(pool.submit(_work, chunk))
            if not waiting:
                return
            for redacted, spans in waiting.popleft().result():
                yield Redaction(redacted, tuple(Span(*span) for span in spans))  # type: ignore[arg-type]


def _begin(kept: Path) -> None:
    global _redactor
    from prentice.deid.redact.redactor import Redactor

    keep_in(kept)
    _redactor = Redactor()


def _work(chunk: list[tuple[str, Any]]) -> list[_Plain]:
    assert _redactor is not None  # set by the initializer
    results = _redactor.redact_many(chunk)
    return [(each.redacted, [(span.start, span.end, span.type) for span in each.spans]) for each in results]
