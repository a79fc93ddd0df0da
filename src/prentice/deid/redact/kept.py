"""Patterns as Hyperscan compiled them, kept in a file: to compile them takes 3 s or more, to read them 10 ms.

A file is of all sets of patterns of a scanner, one version of Hyperscan and one kind of processor, and holds
its own checksum: what does not fit is compiled anew. Nothing is kept until `keep_in` names a folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Sequence
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


def compiled(patterns: Patterns) -> hyperscan.Database:
    """A database of `patterns`, made anew."""
    made = hyperscan.Database()
    made.compile(
        expressions=list(patterns.expressions),
        ids=list(patterns.numbers),
        elements=len(patterns.numbers),
        flags=list(patterns.flags),
    )
    return made


def databases(sets: Sequence[Patterns]) -> list[hyperscan.Database]:
    """A database for each set: read where they were kept, else made and kept."""
    name = _name(sets)
    if (found := _read(name, len(sets))) is not None:
        return found
    made = [compiled(patterns) for patterns in sets]
    if _folder is not None:
        with suppress(OSError):  # a full disk costs time and nothing else
            _write(_folder, name, [hyperscan.dumpb(each) for each in made])
    return made


def _name(sets: Sequence[Patterns]) -> str:
    told = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {_processor()}".encode())
    for each in sets:
        told.update(b"set of %d " % len(each.numbers))
        for expression, flag, number in zip(each.expressions, each.flags, each.numbers, strict=True):
            told.update(b"%d %d %d " % (number, flag, len(expression)) + expression)
    return f"patterns-{told.hexdigest()[:32]}"


def _processor() -> str:
    """What the processor can do: patterns compiled for more than it can would not run."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as about:
        for line in about:
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _read(name: str, count: int) -> list[hyperscan.Database] | None:
    if _folder is None:
        return None
    try:
        held = memoryview((_folder / name).read_bytes())
    except OSError:
        return None
    if hashlib.sha256(held[32:]).digest() != held[:32]:
        return None
    found: list[hyperscan.Database] = []
    at = 32
    try:
        while at < len(held):  # its length stands before each
            end = at + 8 + int.from_bytes(held[at : at + 8], "big")
            read = hyperscan.loadb(bytes(held[at + 8 : end]), mode=hyperscan.HS_MODE_BLOCK)
            read.scratch = hyperscan.Scratch(read)
            found.append(read)
            at = end
    except hyperscan.error:
        return None
    return found if len(found) == count else None


def _write(folder: Path, name: str, dumped: list[bytes]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = b"".join(len(each).to_bytes(8, "big") + each for each in dumped)
    descriptor, new = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(held).digest() + held)
        Path(new).replace(folder / name)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise
    for old in folder.glob("patterns-*"):
        if old.name != name:  # of a version before
            old.unlink(missing_ok=True)
