"""Patterns as Hyperscan compiled them, kept in a file: to compile them takes 7 s or more, to read them 10 ms.

A file is of one set of patterns, one version of Hyperscan and one kind of processor, and holds its own
checksum: what does not fit is compiled anew. Nothing is kept until `keep_in` names a folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Sequence
from contextlib import suppress
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


def database(expressions: Sequence[bytes], flags: Sequence[int]) -> hyperscan.Database:
    """All expressions compiled, numbered from 0: read where they were kept, else made and kept."""
    name = _name(expressions, flags)
    if (found := _read(name)) is not None:
        return found
    made = hyperscan.Database()
    made.compile(
        expressions=list(expressions), ids=list(range(len(flags))), elements=len(flags), flags=list(flags)
    )
    if _folder is not None:
        with suppress(OSError):  # a full disk costs time and nothing else
            _write(_folder, name, hyperscan.dumpb(made))
    return made


def _name(expressions: Sequence[bytes], flags: Sequence[int]) -> str:
    told = hashlib.sha256(f"{version('hyperscan')} {platform.machine()} {_processor()}".encode())
    for expression, flag in zip(expressions, flags, strict=True):
        told.update(b"%d %d " % (flag, len(expression)) + expression)
    return f"patterns-{told.hexdigest()[:32]}"


def _processor() -> str:
    """What the processor can do: patterns compiled for more than it can would not run."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as about:
        for line in about:
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _read(name: str) -> hyperscan.Database | None:
    if _folder is None:
        return None
    try:
        held = (_folder / name).read_bytes()
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


def _write(folder: Path, name: str, compiled: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, new = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(compiled).digest() + compiled)
        Path(new).replace(folder / name)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise
    for old in folder.glob("patterns-*"):
        if old.name != name:  # of a version before
            old.unlink(missing_ok=True)
