"""Dates of birth as practices write them, to age groups. Pure; a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import polars as pl

UNKNOWN = "unknown"
GROUPS = (
    "under 18", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+",
)  # fmt: skip
AGE_GROUPS = (*GROUPS, UNKNOWN)
_EDGES = [18, 30, 40, 50, 60, 70, 80, 90]
_OLDEST = 125  # nobody lived longer; a year of birth beyond it is a slip of the pen
# Year first, or day first. Month first is not assumed: 03/04/1980 is the third of April, and 04/25/1980
# cannot be read.
_PLAIN = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_TIDIED = ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")
_TWO_DIGITS = ("%d-%m-%y", "%d %b %y", "%d %B %y")


def age_groups(born: pl.Series, today: date) -> pl.Series:
    """The age group of each date of birth on `today`; 'unknown' where it cannot be read or cannot be.

    45 CFR 164.514(b)(2)(i)(C): all ages over 89 are one group, and no year of birth is kept for anyone.

    >>> age_groups(pl.Series(["1980-02-29", "03/08/36", "n/k", None]), date(2026, 10, 31)).to_list()
    ['40-49', '90+', 'unknown', 'unknown']
    """
    day = birth_dates(born, today)
    turned = day.dt.month().cast(pl.Int32) * 100 + day.dt.day() <= today.month * 100 + today.day
    age = today.year - day.dt.year() - (~turned).cast(pl.Int32)
    place = np.searchsorted(_EDGES, age.fill_null(-1).to_numpy(), side="right")
    words = pl.Series(AGE_GROUPS).gather(np.where(age.is_null().to_numpy(), len(GROUPS), place))
    return words.alias("age_group")


def birth_dates(born: pl.Series, today: date) -> pl.Series:
    """Each date that can be read, else null. Two digits of a year mean the latest such year not after
    `today`."""
    text = born.cast(pl.String)
    day = _sound(_read(text, "%Y-%m-%d"), today)  # most are; only what is left goes through the next form
    for form in _PLAIN:
        day = _filled(day, text, partial(_sounding, form, today))
    return _filled(day, text, lambda rest: _laboured(_tidied(rest), today))


def _laboured(text: pl.Series, today: date) -> pl.Series:
    """The few that are written in some other way."""
    day = pl.Series([None], dtype=pl.Date).new_from_index(0, len(text))
    for form in _TIDIED:
        day = _filled(day, text, partial(_sounding, form, today))
    for form in _TWO_DIGITS:
        day = _filled(day, text, partial(_of_century, form, today))
    return day


def _filled(day: pl.Series, text: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What is not read yet, by `read`."""
    left = day.is_null() & text.is_not_null()
    return day.scatter(left.arg_true(), read(text.filter(left))) if left.any() else day


def _read(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_date(form, strict=False, exact=True)


def _sound(day: pl.Series, today: date) -> pl.Series:
    """What lies between the oldest birth that can be and today; a year of two digits read as four falls
    out."""
    fits = (day <= today) & (day.dt.year() >= today.year - _OLDEST)
    return day.set(~fits.fill_null(False), None)


def _sounding(form: str, today: date, text: pl.Series) -> pl.Series:
    return _sound(_read(text, form), today)


def _of_century(form: str, today: date, text: pl.Series) -> pl.Series:
    """Two digits of a year: the latest such year not after `today`."""
    day = _read(text, form)
    year = day.dt.year() % 100 + today.year // 100 * 100
    frame = pl.DataFrame({"y": year, "m": day.dt.month(), "d": day.dt.day()})
    late = pl.date("y", "m", "d") > today
    shifted = pl.when(late).then(pl.col("y") - 100).otherwise(pl.col("y"))
    return _sound(frame.select(pl.date(shifted, "m", "d").alias("day")).to_series(), today)


def _tidied(text: pl.Series) -> pl.Series:
    """One separator; no time of day, no 'st' or 'th' after a day, no remark in brackets."""
    return (
        text.str.strip_chars()
        .str.replace(r"(?i)\s*(\([^()]*\)|\b(est|estd|estimated|approx)\.?)$", "")
        .str.replace(r"(?i)\bsept\b\.?", "Sep")
        .str.replace(r"[T ]\d{1,2}:\d{2}.*$", "")
        .str.replace(r"(?i)^((?:[a-z]+ )?\d{1,2})(st|nd|rd|th)\b", "${1}")
        .str.replace_all(r"\s*[/.]\s*", "-")
        .str.replace_all(r"\s*,\s*|\s+of\s+|\s+", " ")
        .str.replace_all(r"(?i)([a-z])-|-([a-z])", "${1} ${2}")
        .str.replace_all(r" +", " ")
        .str.strip_chars()
    )
