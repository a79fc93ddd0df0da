"""COPY of PostgreSQL to Arrow batches and back: flat memory, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as csv
from psycopg import sql
from psycopg.rows import TupleRow

BATCH_ROWS = 20_000
_BATCH_BYTES = 4 << 20  # notes are long: a batch ends at whichever comes first
_PARSE = csv.ParseOptions(newlines_in_values=True)
_WRITE = csv.WriteOptions(include_header=False, quoting_style="needed")


def read(
    connection: psycopg.Connection[TupleRow],
    statement: str,
    parameters: dict[str, Any],
    schema: pa.Schema,
    *,
    rows: int = BATCH_ROWS,
) -> Iterator[pa.RecordBatch]:
    """The rows of a SELECT as batches of `schema`, whose columns stand in the statement's order."""
    copy_out = f"COPY ({statement}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(copy_out.encode(), parameters) as copy:
        lines: list[bytes] = []
        size = 0
        for line in copy:
            lines.append(bytes(line))
            size += len(line)
            if len(lines) >= rows or size >= _BATCH_BYTES:
                yield _batch(b"".join(lines), schema)
                lines, size = [], 0
        if lines:
            yield _batch(b"".join(lines), schema)


def write(connection: psycopg.Connection[TupleRow], table: sql.Composable, batch: pa.RecordBatch) -> None:
    """Append a batch to a table; its columns are matched by name."""
    text = BytesIO()
    csv.write_csv(batch, text, _WRITE)
    names = sql.SQL(", ").join(sql.Identifier(name) for name in batch.schema.names)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(table, names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getbuffer())


def _batch(text: bytes, schema: pa.Schema) -> pa.RecordBatch:
    convert = csv.ConvertOptions(
        column_types=schema, true_values=["t"], false_values=["f"], null_values=[""],
        strings_can_be_null=True, quoted_strings_can_be_null=True,
    )  # fmt: skip
    options = csv.ReadOptions(
        column_names=schema.names, block_size=max(len(text) + 1, 1 << 16), use_threads=False
    )
    table = csv.read_csv(
        pa.py_buffer(text), read_options=options, parse_options=_PARSE, convert_options=convert
    )
    return table.combine_chunks().to_batches()[0]
