"""The SQL that makes and removes one practice's login, and ties it to its rows."""

from __future__ import annotations

from prentice.warehouse.columns import quoted
from prentice.warehouse.schema import SourceSchema
from prentice.warehouse.walls import GRANT_ALL, OWNER, Step, literal

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
            "Belts, not walls, since a session can take them off: Prentice cancels from outside as well.",
            f"""alter role {name} set default_transaction_read_only = on;
alter role {name} set statement_timeout = '{int(timeout_s * 1000) + 2000}ms';
alter role {name} set idle_in_transaction_session_timeout = '60s';
alter role {name} set client_connection_check_interval = '5s';
alter role {name} set search_path = prentice, pg_catalog;
alter role {name} set datestyle = 'ISO, YMD';
alter role {name} set timezone = 'UTC';
alter role {name} set jit = off""",
        ),
        Step(
            # Behind security barriers the planner guesses one row where there are thousands, and joins row by
            # row: 2,178 ms for a staff breakdown of 12,000 sale lines, 46 ms with hashes alone.
            "Join by hashing: the planner cannot count rows behind a security barrier.",
            f"""alter role {name} set enable_nestloop = off;
alter role {name} set work_mem = '32MB'""",
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


def removal_steps(schema: SourceSchema, *, login: str) -> list[Step]:
    """Takes one practice's login and its line of the mapping away. The views stay for the others."""
    name = quoted(login)
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
        Step("It is gone.", f"drop role {name}"),
    ]
