"""What the suites of the demo share."""

from __future__ import annotations

from datetime import date

import polars as pl

TODAY = date(2026, 10, 31)
Rows = dict[str, pl.DataFrame]  # by table of the host


def pence(column: str) -> pl.Expr:
    """Money as whole pence or cents."""
    return (pl.col(column) * 100).round().cast(pl.Int64)
