"""How many patients there are, since when, and who among them uses the portal, by number alone.

Patients are numbered in the order of their registration. Everything here follows from that number, so the
till and the diary can name a patient without the patients' rows at hand.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from prentice.demo.batch import known
from prentice.demo.chance import Bools, Ints
from prentice.demo.ids import RowIds
from prentice.demo.practice import Practice
from prentice.demo.trading import Trading

_BEFORE = 0.68  # share who were patients when the span began
_YEARS_BEFORE = 6
_ON_THE_PORTAL = 38  # percent
_REGULARS = 9  # one patient in nine makes a third of the visits


class Register:
    def __init__(self, practice: Practice, trading: Trading, seed: int, scale: float) -> None:
        self.size = max(20, round(practice.volume.patients * scale))
        self.ids = RowIds(seed, practice.slug, "patient")
        self._portal_ids = RowIds(seed, practice.slug, "portal user")
        self._trading = trading
        self._before = round(self.size * _BEFORE)

    def since(self, patients: Ints) -> Ints:
        """The day each of these patients was registered (an open day)."""
        trading, before = self._trading, self._before
        long_ago = trading.start - 365 * _YEARS_BEFORE
        old = long_ago + patients * (trading.start - long_ago) // max(1, before)
        span = trading.today - trading.start
        new = trading.start + (patients - before) * span // max(1, self.size - before)
        day = trading.next_open(np.where(patients < before, old, new))
        return np.minimum(day, trading.today)

    def count(self, days: Ints) -> Ints:
        """How many patients are registered on each day; at least those from before the span."""
        span = self._trading.today - self._trading.start
        passed = np.clip(days - self._trading.start - 3, 0, span)
        return self._before + (self.size - self._before) * passed // span

    def known_by(self, rng: np.random.Generator, days: Ints) -> Ints:
        """Somebody registered by each day; regulars more often than others."""
        drawn = (rng.random(len(days)) * self.count(days)).astype(np.int64)
        return np.where(rng.random(len(days)) < 1 / 3, drawn // _REGULARS * _REGULARS, drawn)

    def on_portal(self, patients: Ints) -> Bools:
        return (patients * 2_654_435_761 % 4_294_967_296) % 100 < _ON_THE_PORTAL

    def portal_user(self, patients: Ints) -> pl.Series:
        """The user row of each patient, null for those who do not use the portal."""
        return known(self._portal_ids.of(patients), self.on_portal(patients))
