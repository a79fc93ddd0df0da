"""Texts by form: `"Ring {phone} first"`, each row with a form of its own, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from prentice.demo.batch import joined, nothing
from prentice.demo.chance import Ints

Slot = Callable[[Ints], pl.Series]  # rows -> their texts
_SLOT = re.compile(r"\{(\w+)\}")


def fill(forms: Sequence[str | None], choice: Ints, rows: Ints, slots: dict[str, Slot]) -> pl.Series:
    """For each of `rows` the form chosen for it, its slots filled; null where the form is None.

    A slot is asked only for the rows that need it, form by form, so draws inside slots repeat with the seed.
    """
    pieces, order = [], []
    for number, form in enumerate(forms):
        places = np.flatnonzero(choice == number)
        if len(places):
            pieces.append(_written(form, rows[places], slots))
            order.append(places)
    if not pieces:
        return nothing(0)
    back = np.empty(len(choice), dtype=np.int64)
    back[np.concatenate(order)] = np.arange(len(choice))
    return pl.concat(pieces)[back]


def _written(form: str | None, rows: Ints, slots: dict[str, Slot]) -> pl.Series:
    if form is None:
        return nothing(len(rows))
    parts = _SLOT.split(form)  # text, slot, text, slot, ... text
    texts = [slots[part](rows) if odd % 2 else part for odd, part in enumerate(parts)]
    if not any(isinstance(text, pl.Series) for text in texts):
        return pl.Series([form]).new_from_index(0, len(rows))
    return joined(*texts)


def column(series: pl.Series) -> Slot:
    """A slot that reads a column."""
    return lambda rows: series[rows]
