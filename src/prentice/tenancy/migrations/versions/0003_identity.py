"""Users and how they sign in; a practice's state and settings.

The tables are made as `identity.tables` describes them: this is their first version.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from prentice.identity import tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MADE = (
    tables.users,
    tables.memberships,
    tables.invitations,
    tables.totp,
    tables.recovery_codes,
    tables.passkeys,
    tables.sessions,
    tables.token_families,
    tables.refresh_tokens,
    tables.signing_keys,
    tables.api_keys,
    tables.host_issuers,
    tables.oidc_providers,
    tables.oidc_identities,
    tables.pending,
)


def upgrade() -> None:
    op.add_column("tenants", sa.Column("status", sa.String(10), nullable=False, server_default="active"))
    op.add_column("tenants", sa.Column("settings", JSONB, nullable=False, server_default="{}"))
    for table in MADE:
        table.create(op.get_bind())


def downgrade() -> None:
    for table in reversed(MADE):
        table.drop(op.get_bind())
    op.drop_column("tenants", "settings")
    op.drop_column("tenants", "status")
