"""A file to Markdown-like text, in a process of its own that cannot take the server with it.

What a file says of itself is not believed: its first bytes decide what it is, sizes are bounded before and
after it is unpacked, and the process that reads it has a limit of memory and of time.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from prentice.errors import BadDocument

DocumentKind = Literal["pdf", "docx", "html", "markdown", "text"]
LARGEST: Final = 20_000_000  # bytes of a file: a 400-page manual with pictures
LARGEST_UNPACKED: Final = 100_000_000  # bytes, of all parts of a DOCX together
LARGEST_RATIO: Final = 200  # a part that grows more when it is unpacked; text grows 3 to 15 times
MOST_TEXT: Final = 1_000_000  # characters: a manual of 400 pages has some 800,000
READING_S: Final = 60
MEMORY: Final = 1_500_000_000  # bytes
_ENDINGS: dict[str, DocumentKind] = {
    ".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html", ".md": "markdown",
    ".markdown": "markdown", ".txt": "text",
}  # fmt: skip

_LINE_ENDS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"))
_LIGATURES = {c: unicodedata.normalize("NFKC", chr(c)) for c in range(0xFB00, 0xFB07)}
# Of the environment: a process that reads what a stranger wrote holds no key and no password.
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Read:
    kind: DocumentKind
    text: str


def read(name: str, content: bytes) -> Read:
    """Raises `BadDocument`, which says what is wrong with it and what to do."""
    check_size(name, len(content))
    if not content.strip():
        raise BadDocument(f"{name} is empty.", "Choose a file with text in it.")
    kind = _kind(name, content)
    if kind == "docx":
        _unpackable(name, content)
    apart = kind in ("pdf", "docx", "html")
    text = _apart(name, kind, content) if apart else _decoded(name, content)
    text = shown(text)
    if not text.strip():
        raise BadDocument(
            f"{name} holds no text.",
            "If it is a scan, run text recognition (OCR) over it first and add the result.",
        )
    if len(text) > MOST_TEXT:
        raise BadDocument(f"{name} holds more than {MOST_TEXT:,} characters.", "Split it, and add the parts.")
    return Read(kind, text)


def shown(text: str) -> str:
    """The characters that a reader sees: every white space a blank, every end of line `\\n`, nothing of no
    width, and the letters of a ligature.

    >>> shown("10\\u00a0mm\\r\\nfi\\u200btting, \\ufb01tted\\x0c")
    '10 mm\\nfitting, fitted\\n'
    """
    lines = text.replace("\r\n", "\n").translate(_LINE_ENDS).translate(_LIGATURES)
    return "".join(
        c if c == "\n" or c.isprintable() else " " if c.isspace() else ""
        for c in unicodedata.normalize("NFC", lines)
    )


def check_size(name: str, size: int) -> None:
    """Before a byte of it is read. Raises `BadDocument`."""
    if size > LARGEST:
        raise BadDocument(
            f"{name} has {size / 1e6:,.0f} MB; a document may have {LARGEST / 1e6:.0f} MB.",
            "Split it, or save it without pictures.",
        )


def _kind(name: str, content: bytes) -> DocumentKind:
    ending = Path(name).suffix.lower()
    kind = _ENDINGS.get(ending)
    if kind is None:
        known = ", ".join(sorted(_ENDINGS))
        raise BadDocument(f"{name} is of no kind that can be read.", f"Save it as one of {known}.")
    # A PDF may have up to 1,024 bytes before its head (ISO 32000-1, Annex H, note 13).
    is_pdf = b"%PDF-" in content[:1024] if kind == "pdf" else content.startswith(b"%PDF-")
    is_zip = content.startswith(b"PK\x03\x04")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadDocument(
            f"{name} is locked with a password, or of an old Word format.",
            "Save it as an open .docx and add that.",
        )
    if (kind == "pdf") != is_pdf or (kind == "docx") != is_zip:
        raise BadDocument(f"{name} is not what its ending says.", "Save it again in its own format.")
    return kind


def _unpackable(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        raise BadDocument(f"{name} is damaged.", "Open it in a word processor and save it again.") from None
    if any(part.flag_bits & 1 for part in parts):
        raise BadDocument(f"{name} is locked with a password.", "Save it without a password and add that.")
    whole = sum(part.file_size for part in parts)
    packed_hard = any(
        p.file_size > 1_000_000 and p.file_size > LARGEST_RATIO * max(p.compress_size, 1) for p in parts
    )
    if whole > LARGEST_UNPACKED or packed_hard or len(parts) > 5_000:
        raise BadDocument(
            f"{name} unpacks to far more than a document holds.", "Do not open it if you do not know it."
        )
    if "word/document.xml" not in {part.filename for part in parts}:
        raise BadDocument(f"{name} is no Word document.", "Save it as .docx and add that.")


def _decoded(name: str, content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadDocument(f"{name} is not text.", "Save it as UTF-8 text and add that.")


def _apart(name: str, kind: str, content: bytes) -> str:
    if kind == "html" and b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadDocument(f"{name} is not what its ending says.", "Save it again in its own format.")
    command = [
        sys.executable,
        "-m",
        "prentice.knowledge.documents.extract",
        kind,
        str(MEMORY),
        str(MOST_TEXT),
    ]
    try:
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a damaged file can make a reader complain without end
            timeout=READING_S,
            check=False,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise BadDocument(
            f"{name} took more than {READING_S} s to read.", "Save it again, or split it, and add the result."
        ) from None
    try:
        told = json.loads(done.stdout) if done.returncode == 0 else {"wrong": "damaged"}
    except ValueError:
        told = {"wrong": "damaged"}
    match told.get("wrong"):
        case None:
            return str(told["text"])
        case "locked":
            raise BadDocument(
                f"{name} is locked with a password.", "Save it without a password and add that."
            )
        case "long":
            raise BadDocument(
                f"{name} holds more than {MOST_TEXT:,} characters.", "Split it, and add the parts."
            )
        case _:
            raise BadDocument(
                f"{name} is damaged, or too large to read.", "Open it, save it again, and add that."
            )
