"""Anchors: the heads of the chains, signed and written where the database's superuser does not reach.

A line of `anchors.jsonl` holds the heads that moved, its own number, the hash of the line before it, and an
Ed25519 signature over all of that. Lines are added and never changed.
"""

from __future__ import annotations

import fcntl
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from prentice.audit.chain import Head
from prentice.audit.entry import canonical_json, stamp
from prentice.ops.secrets import Keyring

KEY_SECRET = "audit/anchor"  # 32 random bytes: an Ed25519 private key
FILE = "anchors.jsonl"
NOTHING = "0" * 64  # `prev` of the first line
_BLOCK = 65_536
log = structlog.get_logger(__name__)


def public_key(keyring: Keyring) -> Ed25519PublicKey:
    return _private(keyring).public_key()


def spelled(key: Ed25519PublicKey) -> str:
    """The public key as an anchor names it: base64 of its 32 bytes."""
    return urlsafe_b64encode(key.public_bytes_raw()).decode()


def anchors_file(home: Path) -> Path:
    return home / "audit" / FILE


def second_file(to: Path) -> Path:
    """`audit_anchor_to` as a file: a folder, or a name without an ending, holds one of the usual name."""
    return to / FILE if to.is_dir() or not to.suffix else to


def signed_bytes(record: Mapping[str, Any]) -> bytes:
    """What a line's signature is over: the line without it, as canonical JSON."""
    return canonical_json({name: value for name, value in record.items() if name != "signature"}).encode()


def line_hash(line: bytes) -> str:
    """What the next line says of this one; without the end of line."""
    return sha256(line.rstrip(b"\n")).hexdigest()


def read_line(line: bytes) -> dict[str, Any] | None:
    """The anchor on this line, or None where it is not one: torn off, or garbled."""
    try:
        record = orjson.loads(line)
        sound = isinstance(record, dict) and {"n", "at", "heads", "prev", "signature"} <= record.keys()
        return record if sound and isinstance(record["n"], int) else None
    except ValueError:
        return None


class Anchors:
    """Writes anchors of one installation. Safe between threads and processes."""

    def __init__(self, home: Path, keyring: Keyring, to: Path | None = None) -> None:
        self._file = anchors_file(home)
        self._second = second_file(to) if to else None
        self._key = _private(keyring)
        self._name = spelled(self._key.public_key())

    def pin(self, look: Callable[[], Mapping[str, Head]]) -> Mapping[str, Head]:
        """Sign the heads that `look` finds and write them down; returns them. None found: nothing is written.

        `look` is called while no other process can write an anchor, so that of two anchors the later never
        holds the older head. Raises `OSError` where the home's file cannot be written.
        """
        with self._alone() as file:
            heads = look()
            if heads:
                last = _last(file)
                record = {
                    "at": stamp(datetime.now(UTC)),
                    "heads": {tenant: {"hash": h.hash.hex(), "seq": h.seq} for tenant, h in heads.items()},
                    "key": self._name,
                    "n": last[0] + 1 if last else 1,
                    "prev": last[1] if last else NOTHING,
                }
                signature = urlsafe_b64encode(self._key.sign(signed_bytes(record))).decode()
                _append(file, canonical_json({**record, "signature": signature}).encode() + b"\n")
            if self._second:
                try:
                    self._catch_up(file, self._second)
                except OSError as failure:  # the home's stands; the next one tries again
                    log.error("audit_second_anchor_failed", why=failure.strerror)
            return heads

    @contextmanager
    def _alone(self) -> Iterator[BinaryIO]:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # let go with the file
            yield file

    def _catch_up(self, file: BinaryIO, second: Path) -> None:
        """Bring the second place to where the first stands: usually one line."""
        second.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(second, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as other:
            last = _last(other)
            missing = b"".join(_after(file, last[0] if last else 0))
            if missing:
                _append(other, missing)


def _private(keyring: Keyring) -> Ed25519PrivateKey:
    secret = keyring.get_or_create(KEY_SECRET, 32)
    return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))


def _append(file: BinaryIO, lines: bytes) -> None:
    size = file.seek(0, os.SEEK_END)
    if size and os.pread(file.fileno(), 1, size - 1) != b"\n":  # a write that was cut short
        lines = b"\n" + lines
    while lines:
        lines = lines[file.write(lines) :]
    os.fsync(file.fileno())


def _last(file: BinaryIO) -> tuple[int, str] | None:
    """Number and hash of the last line that is whole."""
    for line in _backwards(file):
        if record := read_line(line):
            return record["n"], line_hash(line)
    return None


def _after(file: BinaryIO, n: int) -> list[bytes]:
    """The whole lines whose number is higher, in order."""
    found = []
    for line in _backwards(file):
        if record := read_line(line):
            if record["n"] <= n:
                break
            found.append(line + b"\n")
    return found[::-1]


def _backwards(file: BinaryIO) -> Iterator[bytes]:
    """The lines from the last to the first, without their ends."""
    at, rest = file.seek(0, os.SEEK_END), b""
    while at:
        size = min(_BLOCK, at)
        at -= size
        head, *lines = (os.pread(file.fileno(), size, at) + rest).split(b"\n")
        yield from (line for line in reversed(lines) if line)
        rest = head
    if rest:
        yield rest
