"""When a practice is open: days, hours, seasons and its own wall clock.

Days are whole days since 1970-01-01 and times microseconds since then, both as the clock on the practice's
wall shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from prentice.demo.chance import Floats, Ints, choose
from prentice.demo.practice import Practice

MONTHS = 26
AHEAD_DAYS = 42  # appointments are booked six weeks ahead
SECOND = 1_000_000
DAY = 86_400 * SECOND
OPENS, CLOSES = 9 * 3600, 17 * 3600 + 1800  # seconds after midnight
_EPOCH = date(1970, 1, 1)

# Monday to Sunday; Saturday is the strongest day of an optical practice.
_WEEKDAY = np.array([0.84, 0.88, 0.94, 1.0, 1.12, 1.62, 0.9])
# January sale, back to school in August, a quiet December.
_MONTH = np.array([1.14, 0.96, 1.0, 0.99, 1.02, 1.05, 1.07, 1.16, 1.05, 1.0, 0.97, 0.78])
_GROWTH_A_YEAR = 0.07
# Half hours from 9:00 to 17:30: a late-morning and an after-work peak, a dip over lunch.
_HALF_HOURS = (0.5, 0.8, 1.1, 1.3, 1.4, 1.3, 1.0, 0.8, 0.8, 0.9, 1.1, 1.2, 1.2, 1.1, 1.0, 0.9, 0.6)


def day_of(day: date) -> int:
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    return _EPOCH + timedelta(days=int(day))


@dataclass(frozen=True, slots=True)
class Month:
    number: int  # 0 is the first of the span
    first: int
    last: int  # both days included; the last month of the span ends today
    of_year: int  # 1 to 12
    days: Ints  # open days


class Trading:
    """The span of the demo at one practice: `MONTHS` calendar months, the last one ending on `today`."""

    def __init__(self, practice: Practice, today: date) -> None:
        self.practice = practice
        year, month = divmod(today.year * 12 + today.month - MONTHS, 12)
        self.start = day_of(date(year, month + 1, 1))
        self.today = day_of(today)
        shut = {weekday - 1 for weekday in practice.closed_weekdays}
        # Seven years back (the first patients were registered then) to beyond the last booking.
        every = np.arange(self.start - 7 * 366, self.today + AHEAD_DAYS + 60, dtype=np.int64)
        holidays = [day_of(day) for year in range(1960, 2101) for day in _holidays(practice.country, year)]
        self._first = int(every[0])
        # Clocks change at night, outside opening hours: one offset holds for a whole working day.
        noons = (datetime.combine(date_of(int(day)), time(12), practice.zone) for day in every)
        self._offsets = np.array([_offset(noon) for noon in noons], dtype=np.int64)
        self._open_days = every[~np.isin(weekdays(every), list(shut)) & ~np.isin(every, holidays)]
        self._custom = float(self.busyness(self.open_days(self.start, self.today)).sum())

    @property
    def now(self) -> int:
        """The last moment of the demo: closing time today."""
        return self.today * DAY + CLOSES * SECOND

    def open_days(self, first: int, last: int) -> Ints:
        days = self._open_days
        return days[np.searchsorted(days, first) : np.searchsorted(days, last, side="right")]

    def next_open(self, days: Ints) -> Ints:
        """Each day itself where the practice is open, else the next one that is."""
        return self._open_days[np.searchsorted(self._open_days, days)]

    def months(self, ahead_days: int = 0) -> list[Month]:
        """The months of the span, oldest first; with `ahead_days` they run on after today."""
        found: list[Month] = []
        first, end = date_of(self.start), self.today + ahead_days
        while day_of(first) <= end:
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            last = min(day_of(following) - 1, end)
            days = self.open_days(day_of(first), last)
            found.append(Month(len(found), day_of(first), last, first.month, days))
            first = following
        return found

    def busyness(self, days: Ints) -> Floats:
        """How strong each day is: weekday, season and growth, about 1 on average."""
        months = np.array([date_of(day).month for day in days], dtype=np.int64)
        years = (days - self.start) / 365.25
        weight: Floats = _WEEKDAY[weekdays(days)] * _MONTH[months - 1] * (1 + _GROWTH_A_YEAR) ** years
        return weight

    def share(self, days: Ints) -> Floats:
        """The share of the whole span's custom that falls on each of these days."""
        return self.busyness(days) / self._custom

    def with_zone(self, times: Ints) -> pl.Series:
        """Wall-clock times as text with zone, for a `timestamp with time zone` column."""
        utc = pl.Series(times - self._offsets[times // DAY - self._first]).cast(pl.Datetime("us"))
        return utc.dt.strftime("%Y-%m-%d %H:%M:%S+00")


def weekdays(days: Ints) -> Ints:
    """0 is Monday. 1970-01-01 was a Thursday."""
    return (days + 3) % 7


def opening_times(rng: np.random.Generator, days: Ints) -> Ints:
    """A moment within opening hours on each day, to the microsecond."""
    half_hour = choose(rng, _HALF_HOURS, len(days))
    within = rng.integers(0, 1800 * SECOND, len(days))
    return days * DAY + (OPENS + half_hour * 1800) * SECOND + within


def whole_seconds(times: Ints) -> Ints:
    return times // SECOND * SECOND


def stamps(times: Ints) -> pl.Series:
    """Wall-clock times for a `timestamp` column."""
    return pl.Series(times).cast(pl.Datetime("us"))


def dates(days: Ints) -> pl.Series:
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta()
    return int(offset.total_seconds()) * SECOND


def _holidays(country: str, year: int) -> list[date]:
    closed = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
    if country == "US":
        first = date(year, 11, 1)
        thanksgiving = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
        closed += [date(year, 7, 4), thanksgiving]
    return closed
