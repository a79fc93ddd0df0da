"""Rows on their way into a table: a frame whose columns are the host's."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl

from prentice.demo.chance import Bools, Ints


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table. Columns that it leaves out take the host's default."""

    table: str
    rows: pl.DataFrame

    def text(self) -> BytesIO:
        """The rows for `COPY ... (FORMAT text)`, which the server reads a tenth faster than CSV.

        Nothing is escaped: no value of the generator holds a tab, a line's end or a backslash (a test looks).
        """
        out = BytesIO()
        # Money and dioptres are held as floats of two decimals: 123.45 prints as 123.45.
        self.rows.write_csv(
            out,
            include_header=False,
            separator="\t",
            null_value="\\N",
            quote_style="never",
            float_precision=2,
            datetime_format="%Y-%m-%d %H:%M:%S%.6f",
        )
        out.seek(0)
        return out


def batch(table: str, **columns: pl.Series | Ints | Bools | str | float | bool | None) -> Batch:
    """A batch from whole columns; a single value fills its column, None leaves the column out.

    An integer array is an integer column; money goes through `money`, times through `trading.stamps`.
    """
    given = {name: column for name, column in columns.items() if column is not None}
    arrays = {
        name: column if isinstance(column, pl.Series) else pl.Series(column)
        for name, column in given.items()
        if isinstance(column, pl.Series | np.ndarray)
    }
    single = [pl.lit(value).alias(name) for name, value in given.items() if name not in arrays]
    return Batch(table, pl.DataFrame(arrays).with_columns(single))


def money(pence: Ints, where: Bools | None = None) -> pl.Series:
    """Whole pence or cents as money; null outside `where`."""
    return known(pl.Series(pence / 100), where)


def known(column: pl.Series | Ints, where: Bools | None) -> pl.Series:
    """The column with null outside `where`."""
    series = column if isinstance(column, pl.Series) else pl.Series(column)
    if where is None:
        return series
    return series.zip_with(pl.Series(where), nothing(len(series), series.dtype))


def nothing(size: int, kind: pl.DataType | type[pl.DataType] = pl.String) -> pl.Series:
    """A column of nulls."""
    return pl.Series([None], dtype=kind).new_from_index(0, size)


def joined(*parts: pl.Series | str) -> pl.Series:
    """Texts put together row by row; null where one of them is."""
    return pl.select(pl.concat_str(*map(pl.lit, parts))).to_series()


def numbered(prefix: str, numbers: Ints) -> pl.Series:
    """Such as `ORD-10001`."""
    return joined(prefix, pl.Series(numbers).cast(pl.String))


def pick(pool: list[str] | tuple[str | None, ...] | list[str | None], places: Ints) -> pl.Series:
    """Texts of a pool by their places."""
    return pl.Series(list(pool), dtype=pl.String)[places]
