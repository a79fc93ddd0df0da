"""The SQL that makes and removes one practice's login, and ties it to its rows."""

from __future__ import annotations

from prentice.warehouse.columns import quoted
from prentice.warehouse.schema import SourceSchema
from prentice.warehouse.walls import GRANT_ALL, OWNER, Step, literal

# What each session of a login starts with. Belts, not walls: a session can take them off, and a login can
# have its later sessions start otherwise, so `pools` puts on what an answer rests on at each opening.
_SETTINGS = {
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "5s",
    "search_path": "prentice, pg_catalog",
    "datestyle": "ISO, YMD",
    "timezone": "UTC",
    "jit": "off",
    # Behind security barriers the planner guesses one row where there are thousands, and joins row by
    # row: 2,178 ms for a staff breakdown of 12,000 sale lines, 46 ms with hashes alone.
    "enable_nestloop": "off",
    "work_mem": "32MB",
}


def login_settings(timeout_s: float) -> dict[str, str]:
    """Setting -> value, of a practice's login."""
    return {"statement_timeout": f"{int(timeout_s * 1000) + 2000}ms", **_SETTINGS}


CONNECTIONS = 12  # of one login: two processes of 4, the monitor of each, an ordinary client or two


def tenant_steps(
    schema: SourceSchema,
    *,
    login: str,
    company_id: str,
    timezone: str,
    verifier: str,
    timeout_s: float,
) -> list[Step]:
    """What one practice needs. `verifier` is the SCRAM form of the login's password."""
    name = quoted(login)
    settings = [f"alter role {name} set {key} = {_value(v)}" for key, v in login_settings(timeout_s).items()]
    here = f"alter role {name} in database {quoted(schema.database)} reset all"
    return [
        Step(
            "The practice's login: it can read the views, and nothing else.",
            f"""do $$ begin
  if not exists (select from pg_roles where rolname = {literal(login)}) then
    create role {name} login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
      connection limit {CONNECTIONS};
  end if;
end $$""",
        ),
        Step(
            "Its password, in a form from which it cannot be found out.",
            f"alter role {name} password {literal(verifier)}",
        ),
        *_ended_from_outside(schema, name),
        Step(
            "How its sessions start; what it set for itself goes. Prentice cancels from outside as well.",
            ";\n".join([f"alter role {name} reset all", here, *settings]),
        ),
        Step(
            "It may come in.",
            f"grant connect on database {quoted(schema.database)} to {name};\n"
            f"grant usage on schema prentice to {name}",
        ),
        Step("As the owner.", f"set local role {OWNER}"),
        Step(
            "The wall: this login is of this practice.",
            f"""insert into prentice.tenant_login (login, company_id, timezone)
values ({literal(login)}, {literal(company_id)}, {literal(timezone)})
on conflict (login) do update set company_id = excluded.company_id, timezone = excluded.timezone
  where (tenant_login.company_id, tenant_login.timezone) <> (excluded.company_id, excluded.timezone)""",
        ),
        Step("SELECT on the views, and no more.", GRANT_ALL),
        Step("Back to whoever runs this.", "reset role"),
    ]


def _value(setting: str) -> str:
    return ", ".join(literal(part) for part in setting.split(", "))


def _ended_from_outside(schema: SourceSchema, name: str) -> list[Step]:
    if schema.superuser:
        return []
    return [
        Step(
            "Whoever runs this may end the login's queries from outside.",
            f"""do $$ begin
  if not pg_has_role(current_user, {literal(name.strip('"'))}, 'usage') then
    execute format('grant {name} to %I', current_user);
  end if;
end $$""",
        )
    ]


def removal_steps(schema: SourceSchema, *, login: str, elsewhere: bool = False) -> list[Step]:
    """Takes one practice's login and its line of the mapping away. The views stay for the others.

    With `elsewhere` the login itself stays if another database of this server gives it something.
    """
    name = quoted(login)
    gone = f"drop role {name}"
    if elsewhere:
        gone = f"do $$ begin\n  {gone};\nexception when dependent_objects_still_exist then null;\nend $$"
    return [
        Step("As the owner.", f"set local role {OWNER}"),
        Step(
            "It belongs to no practice.", f"delete from prentice.tenant_login where login = {literal(login)}"
        ),
        Step(
            "It may read nothing.",
            f"""revoke all on all tables in schema prentice from {name};
revoke all on function prentice.data_version() from {name}""",
        ),
        Step("Back to whoever runs this.", "reset role"),
        Step(
            "It may not come in.",
            f"revoke usage on schema prentice from {name}; "
            f"revoke connect on database {quoted(schema.database)} from {name}",
        ),
        Step("It is gone.", gone),
    ]


def dismantling_steps() -> list[Step]:
    """Takes the views away, and what their owner was given on the host's tables. Without CASCADE: nothing
    that is built on them goes with them. What the owner was given on an embedded server stays."""
    return [
        Step(
            "Whoever runs this may act as the owner.",
            f"""do $$ begin
  if not pg_has_role(current_user, '{OWNER}', 'member') then
    execute format('grant {OWNER} to %I', current_user);
  end if;
end $$""",
        ),
        Step("As the owner.", f"set local role {OWNER}"),
        Step(
            "The views, all in one: they may lean on each other.",
            """do $$ declare views text; begin
  select string_agg(format('prentice.%I', relname), ', ') into views from pg_class
    where relnamespace = 'prentice'::regnamespace and relkind = 'v';
  if views is not null then execute 'drop view ' || views; end if;
end $$""",
        ),
        Step(
            "What else is ours, and the schema, unless something else lies in it.",
            "drop function if exists prentice.data_version();\n"
            "drop table if exists prentice.tenant_login;\ndrop schema prentice",
        ),
        Step("Back to whoever runs this.", "reset role"),
        Step(
            "The owner reads nothing of the host's any more.",
            f"""do $$ declare found record; ours oid := '{OWNER}'::regrole; begin
  for found in select c.oid::regclass::text as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema') and exists (
      select from pg_attribute a cross join aclexplode(a.attacl) x
      where a.attrelid = c.oid and x.grantee = ours
      union all select from aclexplode(c.relacl) x where x.grantee = ours) loop
    execute format('revoke all on %s from {OWNER}', found.name);
  end loop;
  for found in select n.nspname as name from pg_namespace n cross join aclexplode(n.nspacl) x
    where x.grantee = ours and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' loop
    execute format('revoke all on schema %I from {OWNER}', found.name);
  end loop;
end $$""",
        ),
        Step(
            "The owner itself, unless it has something elsewhere on this server.",
            f"""do $$ begin
  drop role {OWNER};
exception when dependent_objects_still_exist or insufficient_privilege then null;
end $$""",
        ),
    ]
