"""How far practices have come in being connected and in leaving, and their exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "onboarding",
        sa.Column("tenant_id", sa.String(12), primary_key=True),
        sa.Column("step", sa.String(16), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", JSONB, nullable=False, server_default="{}"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "tenant_exports",
        _tenant(),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "tenant_removals",
        _tenant(),
        sa.Column("step", sa.String(16), primary_key=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_check_constraint(
        "tenants_status_known", "tenants", "status in ('active', 'suspended', 'leaving')"
    )


def downgrade() -> None:
    op.drop_constraint("tenants_status_known", "tenants")
    for table in ("tenant_removals", "tenant_exports", "onboarding"):
        op.drop_table(table)


def _tenant() -> sa.Column[str]:
    return sa.Column(
        "tenant_id", sa.String(12), sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
