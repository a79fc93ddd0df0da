"""Patterns as Hyperscan compiled them, kept in files: to compile them takes 3 s or more, to read them 10 ms.

A file is of one edition of the rules, one version of Hyperscan and one kind of processor, and holds its own
checksum: what does not fit is compiled anew. Nothing is kept until `keep_in` names a folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import hyperscan

_folder: Path | None = None


def keep_in(folder: Path | None) -> None:
    """Where this process keeps what it compiles; only its owner may read or write there."""
    global _folder
    _folder = folder


def folder() -> Path | None:
    return _folder


@dataclass(frozen=True, slots=True)
class Patterns:
    """What goes into one database: expressions, and the flags and number of each."""

    expressions: tuple[bytes, ...]
    flags: tuple[int, ...]
    numbers: tuple[int, ...]


class Kept:
    """The databases of one edition of the rules, which is all their expressions and flags."""

    def __init__(self, rules: Iterable[tuple[bytes, int]]) -> None:
        told = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {_processor()}".encode())
        for expression, flag in rules:
            told.update(b"%d %d " % (flag, len(expression)) + expression)
        self._edition = f"patterns-{told.hexdigest()[:32]}"

    def database(self, part: str, patterns: Patterns) -> hyperscan.Database:
        """The database of `patterns`, a `part` of the edition: read if it was kept, else made and kept."""
        if _folder is not None and (found := _read(_folder / f"{self._edition}-{part}")) is not None:
            return found
        made = _compiled(patterns)
        if _folder is not None:
            with suppress(OSError):  # a full disk costs time and nothing else
                self.write(_folder, part, made)
        return made

    def write(self, folder: Path, part: str, made: hyperscan.Database) -> None:
        """Keeps a database of this edition in `folder`, and drops those of others."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = hyperscan.dumpb(made)
        descriptor, new = tempfile.mkstemp(dir=folder, prefix=f".{self._edition}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(held).digest() + held)
            Path(new).replace(folder / f"{self._edition}-{part}")
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
        for old in folder.glob("patterns-*"):
            if not old.name.startswith(self._edition):  # of a version before
                old.unlink(missing_ok=True)


def _compiled(patterns: Patterns) -> hyperscan.Database:
    made = hyperscan.Database()
    made.compile(
        expressions=list(patterns.expressions),
        ids=list(patterns.numbers),
        elements=len(patterns.numbers),
        flags=list(patterns.flags),
    )
    return made


def _processor() -> str:
    """What the processor can do: patterns compiled for more than it can would not run."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as about:
        for line in about:
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _read(path: Path) -> hyperscan.Database | None:
    try:
        held = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(held[32:]).digest() != held[:32]:
        return None
    try:
        found = hyperscan.loadb(held[32:], mode=hyperscan.HS_MODE_BLOCK)
        found.scratch = hyperscan.Scratch(found)
    except hyperscan.error:
        return None
    return found
