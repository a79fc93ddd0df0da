"""The SQL that builds the walls in a source database: whole, in order, each with the reason it is there.

Pure: what the database looks like goes in, statements come out. `warehouse.provision` runs them.
No table of the host is altered; the host's rights are touched in one way only, by granting our owner
role the columns that the views read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from prentice.warehouse.columns import quoted
from prentice.warehouse.schema import SourceSchema
from prentice.warehouse.version import data_version_function
from prentice.warehouse.views import View, build_views

OWNER = "prentice_owner"


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, and why it is run. `shown` is the text for people where it differs (a password)."""

    why: str
    sql: str
    shown: str | None = None


def database_steps(schema: SourceSchema) -> list[Step]:
    """What a source database needs once, whatever the number of its practices."""
    views = build_views(schema)
    return [
        Step(
            "The owner of the views. Nobody can log in as it, and it owns nothing of the host's.",
            f"""do $$ begin
  if not exists (select from pg_roles where rolname = '{OWNER}') then
    create role {OWNER} nologin noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  end if;
exception when duplicate_object or unique_violation then null;  -- made by another run just now
end $$""",
        ),
        Step(
            "Whoever runs this may act as the owner while it sets things up.",
            f"""do $$ begin
  if not pg_has_role(current_user, '{OWNER}', '{"set" if schema.version >= 160000 else "member"}') then
    execute format('grant {OWNER} to %I', current_user);
  end if;
end $$""",
        ),
        Step(
            "The owner may see when other sessions were last active (for the cache), where it can be given.",
            f"""do $$ begin
  if not pg_has_role('{OWNER}', 'pg_read_all_stats', 'member') then
    grant pg_read_all_stats to {OWNER} with inherit true;
  end if;
exception when insufficient_privilege or syntax_error then null;
end $$"""
            if schema.version >= 160000
            else f"""do $$ begin
  grant pg_read_all_stats to {OWNER};
  alter role {OWNER} inherit;
exception when insufficient_privilege then null;
end $$""",
        ),
        Step("A schema of our own.", f"create schema if not exists prentice authorization {OWNER}"),
        *_reading_rights(schema, views),
        Step("From here on as the owner.", f"set local role {OWNER}"),
        *_mapping_steps(),
        *_view_steps(views),
        Step("The hash of the data's state.", data_version_function(schema, tables_read(views))),
        Step("It is for our logins alone.", "revoke all on function prentice.data_version() from public"),
        Step("The logins there are keep their rights.", GRANT_ALL),
        Step("Back to whoever runs this.", "reset role"),
    ]


def fingerprint(steps: Iterable[Step]) -> str:
    """What tells whether a database already stands as these steps would leave it."""
    return hashlib.sha256("\n".join(step.sql for step in steps).encode()).hexdigest()[:16]


def sealing_step(mark: str) -> Step:
    return Step(
        "The mark by which a second run knows that nothing is to be done.",
        f"comment on schema prentice is 'Views of Prentice, {mark}'",
    )


GRANT_ALL = """do $$ declare found record; begin
  for found in select m.login, c.relname from prentice.tenant_login m join pg_roles r on r.rolname = m.login
    cross join pg_class c where c.relnamespace = 'prentice'::regnamespace and c.relkind = 'v'
      and not has_table_privilege(m.login, c.oid, 'select') loop
    execute format('grant select on prentice.%I to %I', found.relname, found.login);
  end loop;
  for found in select m.login from prentice.tenant_login m join pg_roles r on r.rolname = m.login
    where not has_function_privilege(m.login, 'prentice.data_version()', 'execute') loop
    execute format('grant execute on function prentice.data_version() to %I', found.login);
  end loop;
end $$"""


def tables_read(views: Sequence[View]) -> set[str]:
    """The host's tables that these views read."""
    return {table for view in views for table in view.reads}


def _reading_rights(schema: SourceSchema, views: Sequence[View]) -> list[Step]:
    host = quoted(schema.schema)
    steps = [Step("The owner may name the host's tables.", f"grant usage on schema {host} to {OWNER}")]
    for table in sorted(tables_read(views)):
        columns = sorted({column for view in views for column in view.reads.get(table, ())})
        listed = ", ".join(quoted(column) for column in columns)
        steps.append(
            Step(
                f"Of {table} the owner reads these columns alone.",
                f"grant select ({listed}) on {host}.{quoted(table)} to {OWNER}",
            )
        )
    return steps


def _mapping_steps() -> list[Step]:
    return [
        Step("No other login may use our schema.", "revoke all on schema prentice from public"),
        Step(
            "Which practice a login belongs to, and the zone of its clock.",
            """create table if not exists prentice.tenant_login (
  login name primary key,
  company_id text not null,
  timezone text not null
)""",
        ),
        Step(
            "Row security on it, for its owner too: through a view a login finds its own line alone.",
            f"""do $$ begin
  if not exists (select from pg_policy where polrelid = 'prentice.tenant_login'::regclass) then
    alter table prentice.tenant_login enable row level security;
    alter table prentice.tenant_login force row level security;
    create policy own_line on prentice.tenant_login
      using (login = current_user or current_user = '{OWNER}')
      with check (current_user = '{OWNER}');
  end if;
end $$""",
        ),
        Step("Nobody reads it directly.", "revoke all on prentice.tenant_login from public"),
    ]


def _view_steps(views: Sequence[View]) -> list[Step]:
    practice = View(
        "practice",
        "select l.company_id, l.timezone from prentice.tenant_login l where l.login = current_user",
        {},
    )
    wanted = ", ".join(f"'{view.name}'" for view in (practice, *views))
    steps = [
        Step(
            "Views that this database can no longer bear.",
            f"""do $$ declare old name; begin
  for old in select relname from pg_class where relnamespace = 'prentice'::regnamespace and relkind = 'v'
    and relname not in ({wanted}) loop
    execute format('drop view prentice.%I', old);
  end loop;
end $$""",
        )
    ]
    for view in (practice, *views):
        body = f"create or replace view prentice.{view.name} with (security_barrier = true) as\n{view.sql}"
        steps.append(
            Step(
                f"prentice.{view.name}: replaced in place, or made anew where its columns changed.",
                f"""do $make$ declare body text := $view${body}$view$; begin
  execute body;
exception when invalid_table_definition then
  drop view prentice.{view.name};
  execute body;
end $make$""",
            )
        )
        steps.append(Step("Not for everyone.", f"revoke all on prentice.{view.name} from public"))
    return steps


# Functions of PUBLIC that change something outside the rows: settings, large objects, locks, the log, mail.
_CLOSED_FUNCTIONS = (
    "set_config",
    "lo_creat lo_create lo_from_bytea lo_open lo_put lo_truncate lo_truncate64 lo_unlink lowrite",
    "pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared",
    "pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared pg_notify pg_logical_emit_message pg_export_snapshot",
)


# How many rows a table has, and how they are used: of a shared table that tells of the others' trade.
_SIZES = (
    "c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.relname ~ "
    "'^pg_stat(io)?_(xact_)?(all|sys|user)_(tables|indexes|sequences)$'"
)
_SIZE_FUNCTIONS = (
    "p.pronamespace = 'pg_catalog'::regnamespace and (p.proname ~ '^pg_stat_get_(xact_)?"
    "(tuples_|live_tuples|dead_tuples|numscans|blocks_|mod_since|ins_since)' "
    "or p.proname in ('pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size', "
    "'pg_database_size', 'pg_tablespace_size'))"
)


# True where nothing of `closing_steps` is left to do.
CLOSED = f"""select
  not has_function_privilege('public', 'pg_catalog.set_config(text, text, boolean)', 'execute')
  and not has_language_privilege('public', 'plpgsql', 'usage')
  and not has_schema_privilege('public', 'public', 'create')
  and not exists (select from pg_class c where {_SIZES} and has_table_privilege('public', c.oid, 'select'))
  and not exists (select from pg_proc p where {_SIZE_FUNCTIONS}
    and has_function_privilege('public', p.oid, 'execute'))
  and not exists (select from pg_database where datallowconn
    and (has_database_privilege('public', oid, 'connect')
      or has_database_privilege('public', oid, 'temporary')))"""


def closing_steps() -> list[Step]:
    """Takes from PUBLIC what PostgreSQL gives it. For a server that is Prentice's own: the embedded one."""
    names = ", ".join(f"'{name}'" for line in _CLOSED_FUNCTIONS for name in line.split())
    return [
        Step("Only who is granted it comes into a database of this server.", CLOSE_DATABASES),
        Step("Nobody makes things in public but its owner.", "revoke create on schema public from public"),
        Step(
            "Functions that change settings, locks, large objects or logs are not for everyone.",
            f"""do $$ declare f record; begin
  for f in select p.oid::regprocedure::text as name from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in ({names})
      and has_function_privilege('public', p.oid, 'execute') loop
    execute format('revoke execute on function %s from public', f.name);
  end loop;
end $$""",
        ),
        Step(
            "Nor the counters of tables, which tell how much the other practices sell; the cache needs them.",
            f"""do $$ declare found record; begin
  for found in select c.oid::regclass::text as name from pg_class c where {_SIZES} loop
    execute format('revoke select on %s from public', found.name);
  end loop;
  for found in select p.oid::regprocedure::text as name from pg_proc p where {_SIZE_FUNCTIONS} loop
    execute format('revoke execute on function %s from public', found.name);
    execute format('grant execute on function %s to {OWNER}', found.name);
  end loop;
end $$""",
        ),
        Step(
            "No code of a session's own (DO, CREATE FUNCTION).",
            f"revoke usage on language plpgsql, sql from public;\n"
            f"grant usage on language plpgsql, sql to {OWNER}",
        ),
    ]


# Run again whenever a database is added to an embedded server: a new one is open to PUBLIC.
CLOSE_DATABASES = """do $$ declare d name; begin
  for d in select datname from pg_database where datallowconn
    and (has_database_privilege('public', oid, 'connect')
      or has_database_privilege('public', oid, 'temporary'))
  loop
    execute format('revoke connect, temporary on database %I from public', d);
  end loop;
end $$"""


def literal(text: str) -> str:
    """An SQL string."""
    return sql.Literal(text).as_string(None)
