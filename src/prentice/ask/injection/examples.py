"""The examples that the scorer is trained and tested on: `data/*.txt`, one a line, `# ` before a remark."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).with_name("data")
INNOCENT = ""
_HEADING = re.compile(r"\[([a-z_]+)\]")
_HELD_OUT = 5  # one in so many is never trained on


@dataclass(frozen=True, slots=True)
class Example:
    """`family` is empty for an innocent question."""

    text: str
    family: str

    @property
    def attack(self) -> bool:
        return self.family != INNOCENT

    @property
    def held_out(self) -> bool:
        """By the words alone, so that no later example moves an earlier one."""
        return zlib.crc32(self.text.casefold().encode()) % _HELD_OUT == 0


def examples() -> list[Example]:
    """All of them, in the order of the files."""
    return [
        *_read("attacks.txt"),
        *_read("innocent.txt"),
        *_read("asked.txt"),
    ]


def data_hash() -> str:
    """SHA-256 over the examples: which data a weights file was trained on."""
    told = "\n".join(f"{e.family}\t{e.text}" for e in examples())
    return hashlib.sha256(told.encode()).hexdigest()


def _read(name: str) -> Iterator[Example]:
    family = INNOCENT
    for line in (DATA / name).read_text("utf-8").splitlines():
        if heading := _HEADING.fullmatch(line):
            family = heading[1]
        elif line and not line.startswith("# "):
            yield Example(line, family)
