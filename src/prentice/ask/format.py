"""Figures, dates and names as people write them in the practice's country. Pure.

`Formats.of(scope)` knows the locale and the currency; every figure of an answer passes through it. Text
that comes from a database passes through `plain`, so that a product's name can neither break a line nor
steer a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from prentice.semantic.calendars import first_day, last_day
from prentice.semantic.query import GRAINS, Grain, Range
from prentice.tenancy.scope import TenantScope

NOTHING = "\u2013"  # an en dash: a figure that cannot be told
_TOO_LARGE = 1e18  # no figure of a practice; written out it would be all digits
LONGEST_NAME = 80  # characters of a stored text that a sentence will carry

Number = int | float | Decimal


def plain(text: object, longest: int = LONGEST_NAME) -> str:
    """One line of visible text: control and direction-changing characters go, white space collapses.

    >>> plain("Fjell\\n\\x1b[31m  52-18")
    'Fjell [31m 52-18'
    """
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Cf", "Cn", "Cs", "Co", "Zl", "Zp") else c for c in str(text)
    )
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def as_number(value: object) -> Number | None:
    """The figure in a cell, None where there is none (a flag is not a figure, nor is NaN)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return value if isfinite(value) else None


def as_day(value: object) -> date | None:
    """The day in a cell: a date, or ISO text of one."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def listing(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'.

    >>> listing(["Fjell", "Skog", "Havn"])
    'Fjell, Skog and Havn'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


@dataclass(frozen=True, slots=True)
class Formats:
    """How one practice writes figures and dates. `today` is the practice's date."""

    locale: Locale
    currency: str
    today: date

    @classmethod
    def of(cls, scope: TenantScope) -> Formats:
        return cls(_locale(scope.country.upper()), scope.currency, scope.today)

    @property
    def month_first(self) -> bool:
        return str(self.locale) == "en_US"

    @property
    def currency_sign(self) -> str:
        return get_currency_symbol(self.currency, locale=self.locale)

    # Figures ------------------------------------------------------------------------------------

    def figure(self, value: object, unit: str | None, decimals: int | None = None) -> str:
        """A cell in its unit, as a table shows it: '£48,210.55', '4.2%', '6.4', '1,204'."""
        number = as_number(value)
        if number is None:
            return NOTHING if value is None or isinstance(value, float) else plain(value)
        if abs(float(number)) >= _TOO_LARGE:
            return f"{float(number):.3g}"
        match kind_of(unit):
            case "money":
                return self.money(number, unit)
            case "ratio":
                return self.percent(number)
            case "days":
                return self.decimal(number, 1 if decimals is None else decimals)
            case _ if decimals is not None:
                return self.decimal(number, decimals)
            case _:
                places = 0 if number == int(number) else 1 if abs(float(number)) >= 10 else 2
                return self.decimal(number, places)

    def money(self, value: Number, currency: str | None = None) -> str:
        code = currency if currency and len(currency) == 3 and currency.isupper() else self.currency
        return str(format_currency(value, code, locale=self.locale))

    def percent(self, ratio: Number) -> str:
        """One decimal; two where one would show 0.0 for something that is not nothing."""
        percentage = Decimal(str(ratio)) * 100
        places = 2 if 0 < abs(percentage) < Decimal("0.05") else 1
        return f"{self.decimal(percentage, places)}%"

    def decimal(self, value: Number, places: int) -> str:
        pattern = "#,##0" + ("." + "0" * places if places else "")
        shown = str(format_decimal(value, format=pattern, locale=self.locale))
        return shown[1:] if shown.startswith("-") and not shown.strip("-0.,") else shown

    def short(self, value: object, unit: str | None, decimals: int | None = None) -> str:
        """A figure beside a mark of a chart: money from 1,000 up without its pence."""
        number = as_number(value)
        if number is not None and kind_of(unit) == "money" and abs(float(number)) >= 1000:
            code = unit if unit and len(unit) == 3 and unit.isupper() else self.currency
            return str(format_currency(number, code, "¤#,##0", locale=self.locale, currency_digits=False))
        return self.figure(value, unit, decimals)

    # Days ---------------------------------------------------------------------------------------

    def day(self, day: date, *, year: bool = True) -> str:
        """'31 October 2026' or 'October 31, 2026'."""
        if not year:
            return str(format_skeleton("MMMMd", day, locale=self.locale))
        return str(format_date(day, "long", locale=self.locale))

    def weekday(self, day: date) -> str:
        """'Sunday 25 October 2026' or 'Sunday, October 25, 2026'."""
        comma = "," if self.month_first else ""
        return f"{format_date(day, 'EEEE', locale=self.locale)}{comma} {self.day(day)}"

    def hour(self, hour: int) -> str:
        """'14:00', or '2 PM' where clocks have twelve hours."""
        if self.month_first:
            return f"{(hour - 1) % 12 + 1} {'AM' if hour < 12 else 'PM'}"
        return f"{hour:02d}:00"

    def bucket(self, value: object, grain: Grain, *, short: bool = False) -> str:
        """One step of a trend, named by its first day: 'October 2026', 'Q3 2026', '2026'."""
        day = as_day(value)
        if day is None:
            return NOTHING
        match grain:
            case "year":
                return str(day.year)
            case "quarter":
                return f"Q{(day.month + 2) // 3} {day.year}"
            case "month":
                return str(format_date(day, "MMM y" if short else "MMMM y", locale=self.locale))
            case "week":
                return self._brief(day) if short else f"the week of {self.span(day, day + timedelta(days=6))}"
            case "day":
                return self._brief(day) if short else self.day(day)

    def _brief(self, day: date) -> str:
        return str(format_date(day, "MMM d" if self.month_first else "d MMM", locale=self.locale))

    def span(self, start: date, end: date) -> str:
        """Both ends, said once what they share: '1 to 24 October 2026', '1 March to 24 October 2026'."""
        if start == end:
            return self.day(start)
        if (start.year, start.month) == (end.year, end.month):
            if self.month_first:
                return f"{self.day(start, year=False)} to {end.day}, {end.year}"
            return f"{start.day} to {self.day(end)}"
        return f"{self.day(start, year=start.year != end.year)} to {self.day(end)}"

    def name(self, start: date, end: date) -> str:
        """The days' name where they have one ('October 2026', 'Q3 2026', '2025'), else their span."""
        unit = unit_of(start, end)
        if unit is not None and unit not in ("day", "week"):
            return self.bucket(start, unit)
        if start.day == 1 and end == last_day("month", end):
            first = self._month(start) if start.year == end.year else self.bucket(start, "month")
            return f"{first} to {self.bucket(end, 'month')}"
        return self.span(start, end)

    def when(self, asked: Range | None) -> str:
        """The days with their preposition, to stand in a sentence: 'in September 2026'. No range is 'now'."""
        if asked is None or (asked.from_ is None and asked.to is None):
            return "now" if asked is None else "over all time"
        start, end = asked.from_, asked.to
        if start is None:
            assert end is not None
            return f"up to {self.day(end)}"
        if end is None:
            return f"since {self.day(start)}"
        unit = unit_of(start, end)
        if unit == "day":
            near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get((self.today - start).days)
            return f"{near} ({self.day(start)})" if near else f"on {self.weekday(start)}"
        whole = self._under_way(start, end, asked.words)
        if whole is not None:
            place = "this week" if whole == "week" else f"in {self.bucket(start, whole)}"
            return f"{place} so far ({self.span(start, end)})"
        if unit == "week":
            return f"in the week of {self.span(start, end)}"
        if unit == "quarter":
            months = f"{self._month(start)} to {self._month(end)}"
            return f"in {self.name(start, end)} ({months})"
        if unit is not None:
            return f"in {self.name(start, end)}"
        return f"from {self.name(start, end)}"

    def _month(self, day: date) -> str:
        return str(format_date(day, "MMMM", locale=self.locale))

    def _under_way(self, start: date, end: date, words: str) -> Grain | None:
        """The unit that began on `start` and is not over, where the days end today: the one said, if any."""
        if end != self.today or start == end:
            return None
        begun: list[Grain] = [unit for unit in GRAINS[1:] if first_day(unit, end) == start]
        return next((unit for unit in begun if unit in words.lower()), begun[0] if begun else None)


def kind_of(unit: str | None) -> str:
    """'money' for a currency code, 'ratio', 'days', else 'count'."""
    if unit and len(unit) == 3 and unit.isupper():
        return "money"
    return {"money": "money", "currency": "money", "ratio": "ratio", "days": "days"}.get(unit or "", "count")


def unit_of(start: date, end: date) -> Grain | None:
    """The one whole unit of the calendar that these days are."""
    if start == end:
        return "day"
    for unit in GRAINS[1:]:
        if first_day(unit, start) == start and last_day(unit, start) == end:
            return unit
    return None


@lru_cache(maxsize=64)
def _locale(country: str) -> Locale:
    """English as it is written in that country; British English where the country is not known."""
    try:
        return Locale.parse(f"en_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")
