"""What each user was told about patients.

Row security, forced: the login that owns the table is held to it as well. It sees the rows of the practice
that the transaction names, and any other login sees none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patients_told",
        sa.Column("tenant_id", sa.String(12), primary_key=True),
        sa.Column("principal", sa.String(32), primary_key=True),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("groups", sa.LargeBinary, nullable=False),
        sa.Column("prints", sa.LargeBinary, nullable=False),
        sa.Column("codes", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="patients_told_tenant_fkey", ondelete="CASCADE"
        ),
    )
    op.execute("alter table patients_told enable row level security")
    op.execute("alter table patients_told force row level security")
    op.execute(
        "create policy practice on patients_told to current_user "
        "using (tenant_id = current_setting('prentice.tenant', true)) "
        "with check (tenant_id = current_setting('prentice.tenant', true))"
    )


def downgrade() -> None:
    op.drop_table("patients_told")
