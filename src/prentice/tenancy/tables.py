"""The tables of this capability in the platform database."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

tenants = Table(
    "tenants",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("slug", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("company_id", Text, nullable=False),
    Column("source_url", Text),  # sealed; null: the shared source; never with a password
    Column("currency", String(3), nullable=False),
    Column("country", String(2), nullable=False),
    Column("timezone", Text, nullable=False),
    Column("today", Date),
    Column("route", String(8), nullable=False),
    Column("gaps", JSONB, nullable=False, server_default="{}"),  # metric -> what the data cannot bear
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("status", String(10), nullable=False, server_default="active"),
    Column("settings", JSONB, nullable=False, server_default="{}"),  # as `tenancy.settings` describes them
    UniqueConstraint("slug", name="tenants_slug_key"),
)

# What each step of connecting a practice found. It begins before the practice is written down.
onboarding = Table(
    "onboarding",
    metadata,
    Column("tenant_id", String(12), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),  # figures and words; no row, no secret
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# The newest export of each practice: without one it is not removed.
tenant_exports = Table(
    "tenant_exports",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("manifest_sha256", String(64), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# How far the removal of a practice has come: one that was killed goes on from there.
tenant_removals = Table(
    "tenant_removals",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("done_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# One row for each answer about patients; a practice that is removed takes its rows with it.
patients_told = Table(
    "patients_told",
    metadata,
    Column("tenant_id", String(12), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("principal", String(32), primary_key=True),  # a hash: a user may be an address
    Column("run_id", Text, primary_key=True),  # of the copy that the answer came from
    Column("digest", String(32), primary_key=True),  # of `groups`: the same answer again is the same row
    Column("told_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("groups", LargeBinary, nullable=False),  # descriptions of groups, never people
    Column("prints", LargeBinary, nullable=False),  # what tells whether they changed since
    Column("codes", LargeBinary, nullable=False),  # what tells whether people's codes were replaced since
)
