"""What people said of their answers, and the corrections that were accepted.

Row security, forced: the login that owns the tables is held to the practice that the transaction names.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
create table feedback (
  tenant_id varchar(12) not null references tenants (id) on delete cascade,
  id varchar(24) not null,
  trace_id varchar(64) not null,
  principal varchar(40) not null,
  kind varchar(16) not null,
  code varchar(40),
  question text,                   -- without identifiers
  thumbs varchar(4) check (thumbs in ('up', 'down')),
  rating smallint check (rating between 1 and 5),
  correction text,                 -- without identifiers
  review varchar(8) check (review in ('open', 'accepted', 'rejected')),
  reviewed_by varchar(40),
  reviewed_at timestamptz,
  given_at timestamptz not null default now(),
  primary key (tenant_id, id),
  constraint feedback_of_a_person_key unique (tenant_id, trace_id, principal)
);

create table feedback_candidates (
  tenant_id varchar(12) not null,
  id varchar(24) not null,
  kind varchar(8) not null check (kind in ('corpus', 'verified')),
  question text not null,
  answer text not null,
  accepted_by varchar(40) not null,
  accepted_at timestamptz not null default now(),
  primary key (tenant_id, id),
  constraint feedback_candidates_feedback_fkey
    foreign key (tenant_id, id) references feedback (tenant_id, id) on delete cascade
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    for table in ("feedback", "feedback_candidates"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy practice on {table} to current_user "
            "using (tenant_id = current_setting('prentice.tenant', true)) "
            "with check (tenant_id = current_setting('prentice.tenant', true))"
        )


def downgrade() -> None:
    op.drop_table("feedback_candidates")
    op.drop_table("feedback")
