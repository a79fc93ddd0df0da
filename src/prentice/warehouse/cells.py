"""What a database value becomes in an answer: a number, a text, true or false, or null; ready for JSON."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.types.datetime import DateDumper

Cell = int | float | str | bool | None


class _Number(Loader):
    """`numeric`: whole numbers as int, others as float; not-a-number and infinity as null."""

    def load(self, data: Buffer) -> Any:
        text = bytes(data)
        if text.isdigit():
            return int(text)
        try:
            return int(text)
        except ValueError:
            number = float(text)
            return number if math.isfinite(number) else None


class _Moment(Loader):
    """A date or time as ISO 8601 (the logins' DateStyle is ISO), with T between day and time."""

    def load(self, data: Buffer) -> Any:
        return bytes(data).decode().replace(" ", "T", 1)


class _Text(Loader):
    def load(self, data: Buffer) -> Any:
        return bytes(data).decode("utf-8", "replace")


class _Day(DateDumper):
    """A date goes in as the timestamp at its start.

    Compared with a timestamp, a date takes an operator that is not leakproof: the condition would stay
    above the security barrier, and every sale of the practice be read for those of one month.
    """

    oid = psycopg.adapters.types["timestamp"].oid


def answer_adapters() -> AdaptersMap:
    """psycopg's adapters with ours for numbers and times. What is not known comes as its text."""
    adapters = AdaptersMap(psycopg.adapters)
    for name in ("numeric", "float4", "float8"):
        adapters.register_loader(name, _Number)
    for name in ("date", "timestamp", "timestamptz", "time", "timetz"):
        adapters.register_loader(name, _Moment)
    for name in ("uuid", "json", "jsonb", "interval", "bytea", "inet", "cidr"):
        adapters.register_loader(name, _Text)
    adapters.register_dumper(date, _Day)
    return adapters
