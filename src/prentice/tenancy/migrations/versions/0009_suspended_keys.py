"""API keys of somebody who was disabled stay suspended until an operator gives them back.

Those of people who are disabled already are suspended as of now.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table api_keys add column suspended_at timestamptz")
    op.execute(
        "update api_keys set suspended_at = now() from users "
        "where users.id = api_keys.user_id and users.status = 'disabled'"
    )


def downgrade() -> None:
    # Nothing would know of the suspension any more: what is suspended is ended.
    op.execute("update api_keys set revoked_at = coalesce(revoked_at, suspended_at)")
    op.execute("alter table api_keys drop column suspended_at")
