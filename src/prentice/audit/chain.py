"""The chain: how a line's hash is made, and how lines and heads are read from the platform database."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.tenancy.platform import platform_unavailable

GENESIS = bytes(32)  # what stands before the first line
Row = tuple[int, bytes, bytes, bytes]  # seq, prev, hash, entry
_SEQ = struct.Struct(">q")
_ROWS = sql.SQL(
    "copy (select seq, prev, hash, entry from audit_log where tenant_id = {tenant} order by seq) "
    "to stdout (format binary)"
)
# A row of COPY BINARY: the number of its fields, then length and bytes of each. The server sends one row a
# message, the first behind the file's head. Read by hand: 3 µs, of psycopg's rows 5.
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_ROW = struct.Struct(">hiqi32si32si")
_COPY_END = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain."""

    seq: int
    hash: bytes


def link(prev: bytes, seq: int, tenant_id: str, entry: bytes) -> bytes:
    """A line's hash: SHA-256 of the hash before it, its number (8 bytes, big-endian), the tenant's id and
    the entry's UTF-8. The database's trigger computes the same.

    >>> link(GENESIS, 1, "platform", b"{}").hex()[:16]
    'f5203722f80572df'
    """
    return sha256(prev + _SEQ.pack(seq) + tenant_id.encode() + entry).digest()


@contextmanager
def reading(platform_url: str, tenant_id: str = "") -> Iterator[psycopg.Connection[TupleRow]]:
    """One snapshot of the platform database in which this tenant's lines are seen. Changes nothing.

    Raises `SourceUnavailable` where nothing answers.
    """
    try:
        connection = psycopg.connect(
            platform_url,
            connect_timeout=2,
            application_name="prentice audit",
            client_encoding="UTF8",  # texts arrive as they were hashed
        )
    except psycopg.OperationalError:
        raise platform_unavailable() from None
    with connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            connection.execute("select set_config('prentice.tenant', %s, true)", [tenant_id])
            yield connection
        except psycopg.OperationalError as lost:
            if connection.broken:
                raise platform_unavailable() from None
            raise lost


def heads(connection: psycopg.Connection[TupleRow]) -> dict[str, Head]:
    """Every chain's head, by tenant."""
    found = connection.execute("select tenant_id, seq, hash from audit_heads order by tenant_id")
    return {tenant: Head(seq, digest) for tenant, seq, digest in found}


def head(connection: psycopg.Connection[TupleRow], tenant_id: str) -> Head | None:
    row = connection.execute("select seq, hash from audit_heads where tenant_id = %s", [tenant_id]).fetchone()
    return Head(*row) if row else None


def lines(connection: psycopg.Connection[TupleRow], tenant_id: str) -> Iterator[Row]:
    """The chain from its beginning, streamed: (seq, prev, hash, entry)."""
    layout, size = _COPY_ROW.unpack_from, _COPY_ROW.size
    with connection.cursor() as cursor, cursor.copy(_ROWS.format(tenant=sql.Literal(tenant_id))) as copy:
        for message in copy:
            row = bytes(message).removeprefix(_COPY_HEAD)
            if len(row) > size:
                fields, width, seq, before, prev, own, digest, _ = layout(row)
                if (fields, width, before, own) == (4, 8, 32, 32):
                    yield seq, prev, digest, row[size:]
                    continue
            if row and row != _COPY_END:
                yield _odd_row(row)


def _odd_row(row: bytes) -> Row:
    """One whose hashes have not 32 bytes, or whose entry is empty: tampered with."""
    found, at = [], 2
    for _ in range(4):
        (size,) = struct.unpack_from(">i", row, at)
        found.append(row[at + 4 : at + 4 + max(size, 0)])
        at += 4 + max(size, 0)
    return int.from_bytes(found[0], "big", signed=True), found[1], found[2], found[3]
