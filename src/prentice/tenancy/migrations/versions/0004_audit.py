"""The audit log: one chain of hashes for each practice, that grows at its end and nowhere else.

A writer gives a practice and an entry. The trigger takes the practice's head under a lock, so that two
writers follow each other, and sets number, previous hash and hash itself. No foreign key: an audit outlives
its practice. The guards are ENABLE ALWAYS: `session_replication_role` does not put them out.

Row security, forced: a reader sees the entries of the practice that the transaction names. The heads hold
nothing of a practice but a number and a hash, and are read together when they are anchored.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
alter table {here}.audit_heads set (fillfactor = 20);

alter table {here}.audit_log enable row level security;
alter table {here}.audit_log force row level security;
create policy append on {here}.audit_log for insert with check (true);  -- whoever was granted INSERT
create policy practice on {here}.audit_log for select to current_user
  using (tenant_id = current_setting('prentice.tenant', true));

alter table {here}.audit_heads enable row level security;
alter table {here}.audit_heads force row level security;
create policy heads on {here}.audit_heads to current_user using (true) with check (true);
"""

CHAIN = """
create function {here}.audit_chain() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  head record;
begin
  select seq, hash into head from {here}.audit_heads where tenant_id = new.tenant_id for update;
  if not found then
    insert into {here}.audit_heads (tenant_id, seq, hash)
      values (new.tenant_id, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
    select seq, hash into head from {here}.audit_heads where tenant_id = new.tenant_id for update;
  end if;
  new.seq := head.seq + 1;
  new.prev := head.hash;
  new.hash := sha256(
    new.prev || int8send(new.seq) || convert_to(new.tenant_id, 'UTF8') || convert_to(new.entry, 'UTF8'));
  update {here}.audit_heads set seq = new.seq, hash = new.hash where tenant_id = new.tenant_id;
  return new;
end $$;
create trigger audit_chain before insert on {here}.audit_log
  for each row execute function {here}.audit_chain();
"""

GUARDS = """
create function {here}.audit_only_grows() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'insufficient_privilege',
    message = tg_op || ' on ' || tg_table_name || ' is refused: the audit log only grows';
end $$;
create trigger audit_only_grows before update or delete or truncate on {here}.audit_log
  for each statement execute function {here}.audit_only_grows();
create trigger audit_only_grows before delete or truncate on {here}.audit_heads
  for each statement execute function {here}.audit_only_grows();
create trigger audit_moved_by_chain before insert or update on {here}.audit_heads
  for each statement when (pg_trigger_depth() < 1) execute function {here}.audit_only_grows();

alter table {here}.audit_log enable always trigger audit_chain;
alter table {here}.audit_log enable always trigger audit_only_grows;
alter table {here}.audit_heads enable always trigger audit_only_grows;
alter table {here}.audit_heads enable always trigger audit_moved_by_chain;

revoke all on {here}.audit_log, {here}.audit_heads from public;
revoke all on function {here}.audit_chain(), {here}.audit_only_grows() from public;
"""


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("tenant_id", sa.String(12), primary_key=True),  # or 'platform'
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3, …
        sa.Column("entry", sa.Text, nullable=False),  # canonical JSON, hashed byte for byte
        sa.Column("prev", sa.LargeBinary, nullable=False),  # the hash before; of the first 32 zero bytes
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_heads",
        sa.Column("tenant_id", sa.String(12), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    bind = op.get_bind()
    here = bind.scalar(sa.text("select quote_ident(current_schema())"))
    for part in (TABLES, CHAIN, GUARDS):
        bind.exec_driver_sql(part.format(here=here))


def downgrade() -> None:
    op.drop_table("audit_log")
    op.drop_table("audit_heads")
    op.execute("drop function audit_chain()")
    op.execute("drop function audit_only_grows()")
