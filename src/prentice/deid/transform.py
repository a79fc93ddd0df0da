"""Rows of the source to rows of the copy: pure functions, Arrow batch in, Arrow batch out.

No clock, network or database: today's date, the token book and the policy's lists are handed in. One process
calls these on batches from COPY; Spark runs the same through `on_spark` in `DataFrame.mapInArrow`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from prentice.deid.birthdays import age_groups
from prentice.deid.lookup import Prf
from prentice.deid.places import UNITED_STATES, UNKNOWN, country, country_in, state_in, us_state
from prentice.deid.policy import Category
from prentice.deid.refraction import refraction
from prentice.deid.tokens import TokenBook, as_text

_EYES = ("od_sphere", "od_cylinder", "od_add", "os_sphere", "os_cylinder", "os_add")
_FLAGS = ("contact_lens_wearer", "nhs_exempt", "recall_overdue", "has_prescription")
PERSONS_IN = pa.schema(
    [("id", pa.string()), ("born", pa.string()), ("country", pa.string()), ("address_country", pa.string()),
     ("address_state", pa.string()), ("address_text", pa.string())]
    + [(flag, pa.bool_()) for flag in _FLAGS] + [(eye, pa.float64()) for eye in _EYES]
    + [("print", pa.int64())]
)  # fmt: skip
PERSONS_OUT = pa.schema(
    [("person_id", pa.string()), ("age_group", pa.string()), ("country", pa.string()),
     ("us_state", pa.string()),
     ("contact_lens_wearer", pa.bool_()), ("nhs_exempt", pa.bool_()), ("recall_overdue", pa.bool_()),
     ("has_prescription", pa.bool_()), ("mean_sphere", pa.float64()), ("worse_se", pa.float64()),
     ("max_cylinder", pa.float64()), ("has_add", pa.bool_()), ("refractive_group", pa.string())]
)  # fmt: skip
YEARS_IN = pa.schema(
    [("id", pa.string()), ("year", pa.int32()), ("active", pa.bool_()), ("orders", pa.int32()),
     ("spend", pa.decimal128(18, 2))]
)  # fmt: skip
_YEARS_OUT = pa.schema([("person_id", pa.string()), *list(YEARS_IN)[1:]])
KINDS = ("lens_type", "lens_material", "coating")
ORDERS_IN = pa.schema(
    [("id", pa.string()), ("year", pa.int32())]
    + [(kind, pa.string()) for kind in KINDS]
    + [("orders", pa.int32())]
)
NOTES_IN = pa.schema([("id", pa.string()), ("year", pa.int32()), ("text", pa.string())])
FINDINGS_OUT = pa.schema(
    [("person_id", pa.string()), ("year", pa.int32()), ("finding", pa.string()), ("right_eye", pa.bool_()),
     ("left_eye", pa.bool_())]
)  # fmt: skip


class Unmatched(ValueError):
    """A row's person is not in the token book: it would have had to be given a token before."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ids to tokens: the tenant's key of look-ups and its book."""

    key: bytes
    book: TokenBook

    def of(self, ids: pa.StringArray) -> pa.StringArray:
        """The token of each id. Raises `Unmatched`, which does not say whose."""
        found = self.book.find(Prf(self.key).of(ids))
        if (found < 0).any():
            raise Unmatched(f"{int((found < 0).sum())} rows belong to nobody in the token book")
        return as_text(self.book.tokens[found])


def persons(batch: pa.RecordBatch, tokens: pa.StringArray, today: date) -> pa.RecordBatch:
    """One row a person: PERSONS_IN to PERSONS_OUT. `tokens` stand beside the batch's rows."""
    frame = pl.from_arrow(batch.select([*_FLAGS[:3], "has_prescription", *_EYES]))
    assert isinstance(frame, pl.DataFrame)
    figures = frame.select(
        pl.col("contact_lens_wearer").fill_null(False), "nhs_exempt",
        pl.col("recall_overdue").fill_null(False), *refraction(),
    )  # fmt: skip
    where, state = _place(batch)
    born = pl.Series(pl.from_arrow(batch.column("born")))
    columns = {
        "person_id": tokens,
        "age_group": age_groups(born, today).to_arrow(),
        "country": where,
        "us_state": state,
        **{name: figures[name].to_arrow() for name in figures.columns},
    }
    return _batch(columns, PERSONS_OUT)


def years(batch: pa.RecordBatch, tokens: pa.StringArray) -> pa.RecordBatch:
    """One row a person and year: YEARS_IN, the token in place of the id."""
    return _with_token(batch, tokens)


def orders(batch: pa.RecordBatch, tokens: pa.StringArray, kinds: Mapping[str, Category]) -> pa.RecordBatch:
    """ORDERS_IN, the token in place of the id and each kind as its closed list has it, else 'other'."""
    for kind in KINDS:
        place = batch.schema.get_field_index(kind)
        batch = batch.set_column(place, kind, mapped(batch.column(place), kinds[kind].of))
    return _with_token(batch, tokens)


def noted(batch: pa.RecordBatch, tokens: pa.StringArray) -> pa.RecordBatch:
    """NOTES_IN to YEARS_IN: a year in which somebody was written about, and nothing else."""
    size = len(batch)
    columns = {
        "person_id": tokens,
        "year": batch.column("year"),
        "active": pa.array(np.zeros(size, np.bool_)),
        "orders": pa.array(np.zeros(size, np.int32)),
        "spend": pa.array(np.zeros(size, np.int32)).cast(pa.decimal128(18, 2)),
    }
    return _batch(columns, _YEARS_OUT).slice(0, size)


def findings(batch: pa.RecordBatch, tokens: pa.StringArray) -> pa.RecordBatch:
    """NOTES_IN to FINDINGS_OUT: terms of the closed vocabulary, one row for each that a note affirms."""
    from prentice.deid.findings import extract_many

    found = extract_many(batch.column("text").to_pylist())
    rows = np.repeat(np.arange(len(found)), [len(note) for note in found])
    flat = [finding for note in found for finding in note]
    columns = {
        "person_id": tokens.take(pa.array(rows)),
        "year": batch.column("year").take(pa.array(rows)),
        "finding": pa.array([finding.term for finding in flat], pa.string()),
        "right_eye": pa.array([finding.right for finding in flat], pa.bool_()),
        "left_eye": pa.array([finding.left for finding in flat], pa.bool_()),
    }
    return _batch(columns, FINDINGS_OUT)


def on_spark(tokens: Tokens, today: date) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """`persons` for `DataFrame.mapInArrow`: the book travels with the function to each worker."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            batch = batch.select(PERSONS_IN.names).cast(PERSONS_IN)
            yield persons(batch, tokens.of(batch.column("id")), today)

    return run


def mapped(column: pa.Array, meaning: Callable[[str | None], str | None]) -> pa.StringArray:
    """Each text by `meaning`, which is asked once for each distinct one."""
    kinds = column.dictionary_encode()
    words = pa.array([meaning(word) for word in kinds.dictionary.to_pylist()], pa.string())
    return words.take(kinds.indices) if len(words) else pa.nulls(len(column), pa.string())


def _place(batch: pa.RecordBatch) -> tuple[pa.StringArray, pa.StringArray]:
    """Country and, in the US alone, state."""
    words = batch.column("address_text")
    loose = words.null_count < len(words)
    said = mapped(batch.column("country"), country)
    if said.null_count:
        said = pc.coalesce(said, mapped(batch.column("address_country"), country))
    if said.null_count and loose:
        said = pc.coalesce(said, mapped(words, country_in))
    inside, nowhere = pc.equal(said, UNITED_STATES), pa.scalar(None, pa.string())
    state = mapped(batch.column("address_state"), us_state)
    if loose:  # an address of its own each: only those are read of which the state is kept
        state = pc.coalesce(state, mapped(pc.if_else(inside, words, nowhere), state_in))
    return pc.fill_null(said, UNKNOWN), pc.if_else(inside, state, nowhere)


def _with_token(batch: pa.RecordBatch, tokens: pa.StringArray) -> pa.RecordBatch:
    names = ["person_id", *batch.schema.names[1:]]
    return pa.RecordBatch.from_arrays([tokens, *batch.columns[1:]], names=names)


def _batch(columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [_flat(columns[field.name]).cast(field.type) for field in schema], schema=schema
    )


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def terms() -> frozenset[str]:
    """Every term that `findings` may give: the labels of the closed vocabulary."""
    from prentice.deid import findings as notes

    return frozenset(notes.terms())
