"""Whose night it is: which practices are to be anonymised in this hour. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class HasClock(Protocol):
    """A practice, as far as its clock goes."""

    @property
    def slug(self) -> str: ...
    @property
    def timezone(self) -> str: ...


def due(practices: Iterable[HasClock], now: datetime, hour: int) -> list[str]:
    """The short names of the practices where the clock shows `hour` at `now` (a moment with a zone)."""
    return [one.slug for one in practices if now.astimezone(ZoneInfo(one.timezone)).hour == hour]
