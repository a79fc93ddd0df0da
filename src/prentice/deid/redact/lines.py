"""Notes as JSON lines: every line in gives one line out, in order, whatever it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from prentice.deid.redact.redactor import Redactor

if TYPE_CHECKING:
    from prentice.deid.redact.redactor import Patient
    from prentice.deid.redact.spans import Redaction

_Entry = tuple[Any, str | None]  # the line's id, and what is wrong with it


def redact_lines(lines: Iterable[bytes], processes: int = 1) -> Iterator[tuple[bytes, bool]]:
    """Each line of {id, text, patient?} as a line of {id, redacted, spans} and True, or {id, error} and
    False.
    """
    entries: deque[_Entry] = deque()

    def good() -> Iterator[tuple[str, Patient | None]]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            name, problem, note = _read(line, number)
            entries.append((name, problem))
            if note is not None:
                yield note

    for redaction in Redactor().redact_many(good(), processes=processes):
        yield from _refused(entries)
        name, _ = entries.popleft()
        yield _written(name, redaction), True
    yield from _refused(entries)


def _refused(entries: deque[_Entry]) -> Iterator[tuple[bytes, bool]]:
    """The lines at the head of `entries` that could not be read."""
    while entries and (problem := entries[0][1]):
        name, _ = entries.popleft()
        error = {"code": "bad_note", "message": problem}
        yield orjson.dumps({"id": name, "error": error}) + b"\n", False


def _written(name: Any, redaction: Redaction) -> bytes:
    spans = [{"start": span.start, "end": span.end, "type": span.type} for span in redaction.spans]
    return orjson.dumps({"id": name, "redacted": redaction.redacted, "spans": spans}) + b"\n"


def _read(line: bytes, number: int) -> tuple[Any, str | None, tuple[str, Patient | None] | None]:
    """The line's id, what is wrong with it, and its note if nothing is. No text of the line is ever
    quoted.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None, f"Line {number} is not JSON.", None
    if not isinstance(record, dict):
        return None, f"Line {number} is not an object.", None
    name = record.get("id")
    if not isinstance(name, str | int) or isinstance(name, bool):
        return None, f"Line {number} has no id.", None
    text, patient = record.get("text"), record.get("patient")
    if not isinstance(text, str):
        return name, "The note has no text.", None
    if patient is not None and not isinstance(patient, dict):
        return name, "The patient is not an object.", None
    return name, None, (text, patient)
