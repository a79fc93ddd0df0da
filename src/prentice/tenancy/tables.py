"""The tables of this capability in the platform database."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, MetaData, String, Table, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

tenants = Table(
    "tenants",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("slug", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("company_id", Text, nullable=False),
    Column("source_url", Text),  # null: the shared source; never with a password
    Column("currency", String(3), nullable=False),
    Column("country", String(2), nullable=False),
    Column("timezone", Text, nullable=False),
    Column("today", Date),
    Column("route", String(8), nullable=False),
    Column("gaps", JSONB, nullable=False, server_default="{}"),  # metric -> what the data cannot bear
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("slug", name="tenants_slug_key"),
)
