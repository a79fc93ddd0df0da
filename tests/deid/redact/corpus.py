"""The development corpus, read, and the measures that the tests hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_LABEL = re.compile(r"\[\[([A-Z]+):(.*?)\]\](?!\])")


@dataclass(frozen=True)
class Note:
    text: str
    spans: tuple[tuple[int, int, str], ...]
    patient: dict[str, Any] | None


def _lines(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def notes() -> list[Note]:
    patients = json.loads((HERE / "patients.json").read_text(encoding="utf-8"))
    found = []
    for line in _lines("notes.txt"):
        patient = None
        if line.startswith("@"):
            who, _, line = line[1:].partition("|")
            patient = patients[who]
        found.append(_note(line, patient))
    return found


def _note(line: str, patient: dict[str, Any] | None) -> Note:
    text, spans, at = "", [], 0
    for match in _LABEL.finditer(line):
        text += line[at : match.start()]
        spans.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        at = match.end()
    return Note(text + line[at:], tuple(spans), patient)


def hard_negatives() -> list[str]:
    return _lines("hard_negatives.txt")
