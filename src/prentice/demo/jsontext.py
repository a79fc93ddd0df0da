"""JSON objects as text, a column at a time, for the host's jsonb columns."""

from __future__ import annotations

import json

import polars as pl

Raw = pl.Series  # already JSON text


def objects(**fields: pl.Series | str | bool | int | tuple[Raw]) -> pl.Series:
    """One object per row. Texts must hold no quote, backslash or control character.

    A series of text is quoted, of numbers or booleans printed; a series in a tuple is JSON already.
    """
    parts: list[pl.Expr] = []
    for place, (name, value) in enumerate(fields.items()):
        parts.append(pl.lit(("{" if place == 0 else ",") + json.dumps(name) + ":"))
        if isinstance(value, tuple):
            parts.append(pl.lit(value[0]).fill_null("null"))
        elif not isinstance(value, pl.Series):
            parts.append(pl.lit(json.dumps(value)))
        elif value.dtype == pl.String:
            parts.append(pl.lit('"' + value + '"').fill_null("null"))
        else:
            parts.append(pl.lit(value.cast(pl.String)).fill_null("null"))
    return pl.select(pl.concat_str(*parts, pl.lit("}"))).to_series()
