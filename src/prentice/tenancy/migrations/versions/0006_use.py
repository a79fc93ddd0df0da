"""What each practice used on each day: rows, cost, model tokens, questions, and what was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "use_by_day",
        sa.Column(
            "tenant_id", sa.String(12), sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("day", sa.Date, primary_key=True),
        *(
            sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
            for name in ("rows", "cost", "tokens", "questions", "refused")
        ),
    )


def downgrade() -> None:
    op.drop_table("use_by_day")
