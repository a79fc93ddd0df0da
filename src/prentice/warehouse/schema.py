"""What a source database looks like: which of the host's tables it has, where, and of what types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from prentice.errors import SourceUnsuitable

# The host's tables that answers are made of. Nothing else in the database is looked at.
HOST_TABLES = (
    "companies",
    "users",
    "pos_transactions",
    "pos_transaction_items",
    "products",
    "inventory_movements",
    "orders",
    "returns",
    "non_adapts",
    "appointments",
    "purchase_orders",
)

_TABLES = """
select n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relhassubclass
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'prentice') and n.nspname !~ '^pg_(toast|temp)'
"""
# A domain is read as what it is made of; an enumeration as text.
_COLUMNS = """
select c.relname, a.attname,
       case when coalesce(b.typtype, t.typtype) = 'e' then 'enum' else coalesce(b.typname, t.typname) end
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
where n.nspname = %s and c.relname = any(%s) and a.attnum > 0 and not a.attisdropped
"""
_SERVER = """
select current_setting('server_version_num')::int, r.rolsuper, r.rolcreaterole, current_database(),
       has_database_privilege(current_database(), 'create'), pg_is_in_recovery()
from pg_roles r where r.rolname = current_user
"""


@dataclass(frozen=True, slots=True)
class HostTable:
    """One of the host's tables as it stands here. `columns` maps a name to its type (`enum` for any
    enumeration, the base type for a domain)."""

    name: str
    kind: str  # pg_class.relkind
    row_security: bool
    inherited: bool
    columns: Mapping[str, str]

    def has(self, *names: str) -> bool:
        return all(name in self.columns for name in names)


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """The host's tables in one database, all of one schema, and what the login we came with may do."""

    database: str
    schema: str
    tables: Mapping[str, HostTable]
    version: int  # 180006
    superuser: bool
    creates_roles: bool
    creates_schemas: bool
    read_only: bool  # a standby

    def table(self, name: str) -> HostTable | None:
        return self.tables.get(name)


def read_schema(connection: psycopg.Connection[TupleRow]) -> SourceSchema:
    """Look at the database. Reads the catalogue alone.

    Where more than one schema has the host's tables, the one with most of them is taken, `public`
    before others. Raises `SourceUnsuitable` where none has a table with practices' rows.
    """
    version, superuser, roles, database, schemas, standby = _only(connection.execute(_SERVER).fetchone())
    if version < 140000:
        raise SourceUnsuitable(
            f"The source's PostgreSQL is version {version // 10000}.", "Prentice needs 14 or later."
        )
    found: dict[str, dict[str, tuple[str, bool, bool]]] = {}
    for schema, table, kind, secured, inherited in connection.execute(_TABLES, [list(HOST_TABLES)]):
        found.setdefault(schema, {})[table] = (kind, secured, inherited)
    if not found:
        raise SourceUnsuitable(
            f"The database '{database}' has none of the host's tables that this login can name.",
            "Check the database in the address: it should have products, orders and pos_transactions.",
        )
    schema = max(found, key=lambda name: (len(found[name]), name == "public"))
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(_COLUMNS, [schema, list(HOST_TABLES)]):
        columns.setdefault(table, {})[column] = kind
    tables = {
        name: HostTable(name, kind, secured, inherited, columns.get(name, {}))
        for name, (kind, secured, inherited) in found[schema].items()
    }
    if not any(table.has("company_id") for table in tables.values()):
        raise SourceUnsuitable(
            f"No table in the schema '{schema}' says which practice its rows belong to (company_id).",
            "Check that the address leads to the host's practice database.",
        )
    return SourceSchema(database, schema, tables, version, superuser, roles, schemas, standby)


def _only(row: TupleRow | None) -> TupleRow:
    assert row is not None  # the query always has one row
    return row
