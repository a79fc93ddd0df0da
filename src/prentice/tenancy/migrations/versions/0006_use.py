"""What each practice used on each day: rows, cost, model tokens, questions, and what was refused."""

from __future__ import annotations

from alembic import op

from prentice.limits.tables import use_by_day

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    use_by_day.create(op.get_bind())


def downgrade() -> None:
    use_by_day.drop(op.get_bind())
