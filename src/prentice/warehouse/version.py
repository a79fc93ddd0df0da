"""When did the practice's data change? A function in the source that gives a hash, and nothing else.

The cache holds an answer under the hash that stood before it was computed, so an answer is used again
only while the hash is the same. What goes into it, and why each is needed:

- the counters of rows inserted, updated and deleted in each table that the views read. They are cheap
  (shared memory), count committed and uncommitted work alike, and a session publishes them when its
  transaction ends, if it has not done so within the last second; otherwise up to 10 s later.
- for those 10 s: the moment at which any other session of this database last began or ended a
  statement. A commit that the counters do not show yet has moved this one. A database that others use
  all the time is therefore answered from its tables rather than from the cache; a number that is
  seconds old would be worse. (Left out where the provisioning login may not see other sessions.)
  Prentice's own sessions do not count: the logins' by their names, those that watch over them by the
  application_name of the session that asks, which is random for each installation.
- the files behind the tables (TRUNCATE and rewrites move no counter), the start of the server and of
  its checkpointer (a crash resets the counters, so an old state would seem to have come back), the
  views themselves (the rows of the catalogue that hold them, each with the transaction that wrote it),
  and on a standby, which has no counters, the position of the replay.
- a view goes on reading the table that it was made over when the host puts another in its place under
  the same name. The counters are looked up by name, so where the two differ the hash is null until the
  views are made anew (`provision` sees the same).
- where the counters are off, or a table is not a plain one (a view of the host, an inherited table),
  the snapshot instead: it moves with every write in the whole server. A foreign table tells nothing,
  so there the hash is null and nothing is cached.
"""

from __future__ import annotations

from collections.abc import Iterable

from prentice.warehouse.columns import quoted
from prentice.warehouse.schema import HostTable, SourceSchema


def data_version_function(schema: SourceSchema, tables: Iterable[str]) -> str:
    """`CREATE FUNCTION prentice.data_version() returns text` over these tables of the host."""
    tables = sorted(tables)
    used = [schema.tables[name] for name in tables]
    if any(table.kind == "f" for table in used):
        return _function("select null::text")
    counted = all(_is_plain(table) for table in used)
    names = [f"{quoted(schema.schema)}.{quoted(table.name)}" for table in used] + ["prentice.tenant_login"]
    literals = ", ".join(map(_literal, names))
    views = """
      select string_agg(concat_ws(',', c.oid, c.xmin, r.oid, r.xmin), ';' order by c.oid, r.oid)
      from pg_class c join pg_rewrite r on r.ev_class = c.oid
      where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v'"""
    counters = f"""
      select string_agg(concat_ws(',', c.relfilenode, pg_stat_get_tuples_inserted(c.oid),
               pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid)), ';' order by c.oid)
      from unnest(array[{literals}]) name
      cross join lateral (
        select to_regclass(name) as relid
        union select t.relid from pg_partition_tree(to_regclass(name)) t
      ) part
      join pg_class c on c.oid = part.relid"""
    sessions = """
      select concat_ws(',', max(a.backend_start) filter (where a.backend_type = 'checkpointer'),
               max(a.state_change) filter (where a.datname = current_database()
                 and a.usename !~ '^prentice_(t_|owner)'
                 and a.application_name <> current_setting('application_name')))
      from pg_stat_activity a"""
    return _function(f"""select case when {bound(schema, tables)} then encode(sha256(convert_to(concat_ws('|',
    pg_postmaster_start_time(),
    ({views}),
    case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end,
    case when not {str(counted).lower()} or current_setting('track_counts') = 'off'
         then pg_current_snapshot()::text end,
    ({counters}),
    ({sessions})), 'UTF8')), 'hex') end""")


def bound(schema: SourceSchema, tables: Iterable[str]) -> str:
    """SQL that is true while our views read the tables that bear these names now, and no others."""
    names = ", ".join(_literal(name) for name in sorted(tables))
    return f"""(
      select array_agg(distinct d.refobjid) from pg_class c
      join pg_rewrite r on r.ev_class = c.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
      where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v'
    ) is not distinct from (
      select array_agg(distinct t.oid) from pg_class t join pg_namespace n on n.oid = t.relnamespace
      where n.nspname = {_literal(schema.schema)} and t.relname in ({names})
        or n.nspname = 'prentice' and t.relname = 'tenant_login'
    )"""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_plain(table: HostTable) -> bool:
    return table.kind == "p" or (table.kind == "r" and not table.inherited)


def _function(body: str) -> str:
    # The settings are pinned, since the function runs with its owner's rights.
    return (
        "create or replace function prentice.data_version() returns text\n"
        "language sql volatile security definer set search_path = pg_catalog, pg_temp as $body$\n"
        f"  {body}\n$body$"
    )
