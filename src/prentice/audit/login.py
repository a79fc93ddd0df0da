"""The login that appends to the audit log and can do nothing else: made, and looked over at each start."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.errors import PrenticeError, SourceUnsuitable
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import connect, for_login

LOGIN_SECRET = "login/audit"
INSTALLATION = "audit/installation"  # no secret; two installations on one server have a login each
_LOCK = 7_023_004  # one at a time makes the login
CONNECTIONS = 40  # one of each process
_SETTINGS = {
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": "1800ms",  # an append is refused after 2 s, whatever holds it up
    "lock_timeout": "1500ms",
    "idle_in_transaction_session_timeout": "5s",  # a session of its own must not hold a chain's head
}

# True where the login may INSERT the two columns, nothing else in any table, and call none of our functions.
_AS_MEANT = """select
  has_column_privilege('audit_log', 'tenant_id', 'insert')
  and has_column_privilege('audit_log', 'entry', 'insert')
  and not has_column_privilege('audit_log', 'seq', 'insert')
  and not has_column_privilege('audit_log', 'prev', 'insert')
  and not has_column_privilege('audit_log', 'hash', 'insert')
  and not r.rolsuper and not r.rolcreaterole and not r.rolcreatedb and not r.rolbypassrls
  and not exists (select from pg_auth_members m where m.member = r.oid)
  and not has_schema_privilege(current_schema(), 'create')
  and not exists (select from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (has_any_column_privilege(c.oid, 'select, update, references')
        or has_table_privilege(c.oid, 'insert, delete, truncate, trigger')))
  and not exists (select from pg_proc p
    where p.pronamespace = current_schema()::regnamespace and p.prorettype = 'trigger'::regtype
      and has_function_privilege(p.oid, 'execute'))
  from pg_roles r where r.rolname = current_user"""


def login_name(keyring: Keyring) -> str:
    """The login of this installation."""
    suffix = hashlib.sha256(keyring.get_or_create(INSTALLATION).encode()).hexdigest()[:12]
    return f"prentice_audit_{suffix}"


def provide(platform_url: str, keyring: Keyring) -> str:
    """The login's address, with its password; the login is made where it is missing, and made right where
    it may more or less than it should.

    Raises `SourceUnavailable`; `SourceUnsuitable` where the platform's login may not create roles.
    """
    name = login_name(keyring)
    url = for_login(platform_url, name, keyring.get_or_create(LOGIN_SECRET))
    if not _as_meant(url):
        with connect(platform_url, for_operator=True) as connection:
            try:
                with connection.transaction():
                    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
                    _make(connection, name, str(keyring.get(LOGIN_SECRET)))
            except psycopg.errors.InsufficientPrivilege:
                raise SourceUnsuitable(
                    "The platform's login may not create the login of the audit log.",
                    "Give it CREATEROLE, or set PRENTICE_PLATFORM_URL to a login that has it.",
                ) from None
            _close(connection)
    return url


def _as_meant(url: str) -> bool:
    try:
        with connect(url) as own:
            return own.execute(_AS_MEANT).fetchone() == (True,)
    except (PrenticeError, psycopg.Error):
        return False


def _make(connection: psycopg.Connection[TupleRow], name: str, password: str) -> None:
    role = sql.Identifier(name)

    def run(text: str, **parts: sql.Composable) -> None:
        connection.execute(sql.SQL(text).format(role=role, **parts))

    row = connection.execute("select current_database()::text, current_schema()::text").fetchone()
    assert row is not None
    database, schema = (sql.Identifier(str(part)) for part in row)
    if connection.execute("select from pg_roles where rolname = %s", [name]).fetchone() is None:
        run(
            "create role {role} login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
        )
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    run("alter role {role} password {password}", password=sql.Literal(verifier))
    run("alter role {role} connection limit {most}", most=sql.Literal(CONNECTIONS))
    run("alter role {role} reset all")
    for setting, value in _SETTINGS.items():
        run("alter role {role} set {name} = {value}", name=sql.SQL(setting), value=sql.Literal(value))
    run("grant connect on database {database} to {role}", database=database)
    run("revoke all on all tables in schema {schema} from {role}", schema=schema)
    run("revoke all on schema {schema} from {role}", schema=schema)
    run("grant usage on schema {schema} to {role}", schema=schema)
    run("grant insert (tenant_id, entry) on {schema}.audit_log to {role}", schema=schema)


def _close(connection: psycopg.Connection[TupleRow]) -> None:
    """Takes from PUBLIC, and so from the login, what writes elsewhere: temporary tables, large objects.

    The database is Prentice's own. Only its owner or a superuser can; anybody else gets a warning, or is
    refused, and the login then keeps what PostgreSQL gives everyone.
    """
    row = connection.execute("select current_database()::text, current_schema()::text").fetchone()
    assert row is not None
    database, schema = (sql.Identifier(str(part)) for part in row)
    for statement in (
        sql.SQL("revoke temporary on database {} from public").format(database),
        sql.SQL("revoke create on schema {} from public").format(schema),
        *(
            sql.SQL("revoke execute on function pg_catalog.{} from public").format(sql.SQL(function))
            for function in _LARGE_OBJECTS
        ),
    ):
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


_LARGE_OBJECTS = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
    "lo_open(oid, integer)",
    "lo_put(oid, bigint, bytea)",
    "lo_truncate(integer, integer)",
    "lo_truncate64(integer, bigint)",
    "lo_unlink(oid)",
    "lowrite(integer, bytea)",
)
