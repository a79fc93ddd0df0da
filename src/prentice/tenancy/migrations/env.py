"""Alembic's door: the connection is handed in by `tenancy.platform.migrate`."""

from __future__ import annotations

from alembic import context

from prentice.tenancy.tables import metadata

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=metadata,
    version_table=config.attributes["version_table"],
)
with context.begin_transaction():
    context.run_migrations()
