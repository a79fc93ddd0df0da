"""The table of this capability in the platform database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, String, Table

from prentice.tenancy.tables import metadata


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


# One row for each practice and day of its own calendar; a practice that is removed takes its rows with it.
use_by_day = Table(
    "use_by_day",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True),
    _count("rows"),
    _count("cost"),  # EXPLAIN's units
    _count("tokens"),
    _count("questions"),
    _count("refused"),
)
