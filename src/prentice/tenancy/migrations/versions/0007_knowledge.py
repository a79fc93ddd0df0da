"""A practice's own documents: each version, and the passages that are searched.

Row security, forced: a reader sees the documents of the practice that the transaction names. The index over
vectors is for practices with very many passages; PostgreSQL looks at those of a small one directly.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import ProgrammingError

from prentice.errors import SourceUnsuitable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
create table documents (
  tenant_id varchar(12) not null references tenants (id) on delete cascade,
  id varchar(24) not null,
  name text not null,
  version int not null,
  state varchar(8) not null,       -- ready: searched; old: kept, not searched; adding, leaving: not shown
  place varchar(64) not null,      -- of the vectors: pgvector (below), or the store that has them
  kind varchar(8) not null,        -- pdf, docx, html, markdown, text
  sha256 varchar(64) not null,     -- of the file
  bytes bigint not null,
  passages int not null,
  left_out int not null,           -- sentences that were not taken in
  added_by varchar(32) not null,
  added_at timestamptz not null default now(),
  primary key (tenant_id, id, version)
);
create unique index documents_one_ready on documents (tenant_id, name) where state = 'ready';

create table passages (
  tenant_id varchar(12) not null,
  document varchar(24) not null,
  version int not null,
  part int not null,
  searched boolean not null,
  title text not null,
  heading text not null,
  sentences text[] not null,
  vector halfvec(384),             -- null where they are in another store
  sentence_vectors bytea not null, -- int8, 384 of each sentence
  words tsvector not null,
  primary key (tenant_id, document, version, part),
  foreign key (tenant_id, document, version) references documents (tenant_id, id, version) on delete cascade
);
create index passages_of_tenant on passages (tenant_id) where searched;
create index passages_nearest on passages using hnsw (vector halfvec_cosine_ops) where searched;
"""


LEAST = (0, 8)  # pgvector: halfvec came with 0.7, scans that read on with 0.8


def upgrade() -> None:
    _extension(op.get_bind())
    op.execute(TABLES)
    for table in ("documents", "passages"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy practice on {table} to current_user "
            "using (tenant_id = current_setting('prentice.tenant', true)) "
            "with check (tenant_id = current_setting('prentice.tenant', true))"
        )


def _extension(connection: sa.Connection) -> None:
    """Raises `SourceUnsuitable` where pgvector is not there, too old, or not to be created by this login."""
    found = connection.execute(
        sa.text(
            "select coalesce(installed_version, default_version) as version, "
            "installed_version is not null as there from pg_available_extensions where name = 'vector'"
        )
    ).one_or_none()
    if found is None or tuple(int(part) for part in found.version.split(".")[:2]) < LEAST:
        had = "is not installed on" if found is None else f"is too old ({found.version}) on"
        raise SourceUnsuitable(
            f"The extension pgvector {had} the server of the platform's own database.",
            "Install pgvector 0.8 or later there (https://github.com/pgvector/pgvector), and start again.",
        )
    if found.there:
        return
    try:
        connection.execute(sa.text("create extension if not exists vector"))
    except ProgrammingError:  # the login is no superuser, and may not
        raise SourceUnsuitable(
            "The platform's own login may not create the extension pgvector.",
            "Have its administrator run `create extension vector` in that database, and start again.",
        ) from None


def downgrade() -> None:
    op.drop_table("passages")
    op.drop_table("documents")
