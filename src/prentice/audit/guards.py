"""The guards of the audit's tables, held against those that the migration made.

A trigger that is put out, replaced or added, or a rule, decides what is written from now on and leaves the
chain whole: a verification that read the lines alone would not see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import psycopg
from psycopg.rows import TupleRow

_TABLES = ("audit_heads", "audit_log")
_FUNCTION = re.compile(r"create function \{here\}\.(?P<name>\w+)\(\) .*?as \$\$(?P<body>.*?)\$\$", re.DOTALL)

# One row for each table, trigger, rule and function: what it is, its name, and how it stands.
_STANDING = """
with ours as (
  select c.oid, c.relname, c.relnamespace, quote_ident(n.nspname) || '.' as here, c.relkind, c.relpersistence
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relnamespace = current_schema()::regnamespace and c.relname = any(%s))
select 'table', relname::text, relkind::text || ' ' || relpersistence::text from ours
union all
select 'trigger', tgname::text || ' on ' || relname,
       tgenabled::text || ' ' || replace(pg_get_triggerdef(t.oid), here, '')
  from pg_trigger t join ours on ours.oid = t.tgrelid
union all
select 'rule', rulename::text || ' on ' || relname, r.ev_enabled::text || ' ' || r.ev_type::text
  from pg_rewrite r join ours on ours.oid = r.ev_class
union all
select 'function', p.proname::text,
       concat_ws(' ', l.lanname, p.prosecdef, p.proconfig,
                 replace(p.prosrc, (select min(here) from ours), ''))
  from pg_proc p join pg_language l on l.oid = p.prolang
 where p.oid in (select t.tgfoid from pg_trigger t join ours on ours.oid = t.tgrelid)
"""


def altered_guards(connection: psycopg.Connection[TupleRow]) -> Iterator[str]:
    """A sentence for each guard that is missing, not as the migration made it, or there beside them."""
    rows = connection.execute(_STANDING, [list(_TABLES)])
    found = {(kind, name): how for kind, name, how in rows}
    wanted = _wanted()
    for kind, name in sorted(wanted.keys() | found.keys()):
        if (how := found.get((kind, name))) == wanted.get((kind, name)):
            continue
        if (kind, name) not in wanted:
            yield f"The audit's tables have a {kind} that Prentice did not make: {name}."
        elif how is None:
            yield f"The {kind} {name} of the audit's tables is missing."
        elif kind == "trigger" and how[:1] != "A" and how[1:] == wanted[kind, name][1:]:
            yield f"The trigger {name} of the audit's tables was put out."
        else:
            yield f"The {kind} {name} of the audit's tables is not as Prentice made it."


@cache
def _wanted() -> dict[tuple[str, str], str]:
    """The same of the migration, read from its own statements."""
    made = import_module("prentice.tenancy.migrations.versions.0004_audit")
    wanted = {("table", name): "r p" for name in _TABLES}
    for name, how in _TRIGGERS.items():
        wanted["trigger", name] = f"A CREATE TRIGGER {how}"
    for function in _FUNCTION.finditer(made.CHAIN + made.GUARDS):
        definer = "t" if function["name"] == "audit_chain" else "f"
        body = function["body"].replace("{here}.", "")
        wanted["function", function["name"]] = (
            f'plpgsql {definer} {{"search_path=pg_catalog, pg_temp"}} {body}'
        )
    return wanted


# As PostgreSQL tells them again, without the schema.
_TRIGGERS = {
    "audit_chain on audit_log": "audit_chain BEFORE INSERT ON audit_log FOR EACH ROW "
    "EXECUTE FUNCTION audit_chain()",
    "audit_only_grows on audit_log": "audit_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_log "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
    "audit_only_grows on audit_heads": "audit_only_grows BEFORE DELETE OR TRUNCATE ON audit_heads "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
    "audit_moved_by_chain on audit_heads": "audit_moved_by_chain BEFORE INSERT OR UPDATE ON audit_heads "
    "FOR EACH STATEMENT WHEN ((pg_trigger_depth() < 1)) EXECUTE FUNCTION audit_only_grows()",
}
