"""The databases of anonymisation on the platform's server: one vault, and one copy for each practice.

Nobody comes into the vault but its own login; into a copy come its writer, and its reader, who may SELECT
from the schema `anonymised` and nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from prentice.errors import NoCopy, PrenticeError, SourceUnsuitable
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import connect, for_login

VAULT = "prentice_vault"
_LOCK = 7_023_003  # one at a time makes databases on this server
_VAULT_SECRET = "deid/vault"


@dataclass(frozen=True, slots=True)
class Addresses:
    """How to come in, with passwords. Never to be shown, except the reader's to the operator."""

    vault: str
    writer: str
    reader: str


def copy_database(tenant_id: str) -> str:
    return f"prentice_a_{tenant_id}"


def addresses(platform_url: str, keyring: Keyring, tenant_id: str) -> Addresses:
    """The addresses, whether or not the databases are there yet; missing passwords are made."""
    name = copy_database(tenant_id)

    def at(database: str, login: str, secret: str) -> str:
        return _in_database(for_login(platform_url, login, keyring.get_or_create(secret)), database)

    return Addresses(
        vault=at(VAULT, VAULT, _VAULT_SECRET),
        writer=at(name, f"prentice_aw_{tenant_id}", f"deid/writer/{tenant_id}"),
        reader=at(name, name, f"deid/reader/{tenant_id}"),
    )


def reader_url(platform_url: str, keyring: Keyring, tenant_id: str, slug: str) -> str:
    """The address at which an ordinary client reads the anonymised copy. Raises `NoCopy` where there is
    none."""
    if keyring.get(f"deid/reader/{tenant_id}") is None:
        raise NoCopy(f"'{slug}' has no anonymised copy yet.", f"Make it: prentice deid run --tenant {slug}.")
    return addresses(platform_url, keyring, tenant_id).reader


def provide(platform_url: str, keyring: Keyring, tenant_id: str) -> Addresses:
    """Both databases and their logins, made where they are missing, and shut to everybody else.

    Raises `SourceUnsuitable` where the platform's login may not create databases and roles; no password is
    kept then of what was not made.
    """
    before = {secret for secret in _secrets(tenant_id) if keyring.get(secret) is not None}
    found = addresses(platform_url, keyring, tenant_id)
    if not all(_admits(url) for url in (found.vault, found.writer, found.reader)):
        try:
            _make(platform_url, found, tenant_id)
        except BaseException:
            for secret in _secrets(tenant_id):
                if secret not in before:
                    keyring.forget(secret)
            raise
    _shut(platform_url, found, tenant_id)
    return found


def remove(platform_url: str, keyring: Keyring, tenant_id: str) -> None:
    """Drop the tenant's copy, its logins, and all that the vault holds of it. Nothing where nothing is
    there.

    Raises `SourceUnsuitable` where the platform's login may not; then the copy is as it was.
    """
    name, writer = copy_database(tenant_id), f"prentice_aw_{tenant_id}"
    with connect(platform_url, for_operator=True) as connection:
        there = connection.execute(
            "select rolname::text from pg_roles where rolname = any(%s)", [[name, writer]]
        ).fetchall()
        try:
            if not _is_superuser(connection):  # only whoever has the owner's rights may drop what it owns
                for (role,) in there:
                    connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
            for (role,) in there:
                connection.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            raise SourceUnsuitable(
                f"The platform's login may not drop the anonymised copy ({name}); it is still there.",
                f'Have the server\'s administrator run: drop database if exists "{name}" with (force); drop '
                f'role if exists "{name}", "{writer}"; then run this again.',
            ) from None
        if keyring.get(f"deid/lookup/{tenant_id}") is not None and _exists(connection, VAULT):
            vault = addresses(platform_url, keyring, tenant_id).vault
            if not _admits(vault):
                _role(connection, vault)
            with connect(vault, for_operator=True) as own:
                own.execute(
                    sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(f"t_{tenant_id}"))
                )
    for secret in (*_secrets(tenant_id)[1:], f"deid/lookup/{tenant_id}"):
        keyring.forget(secret)


def _secrets(tenant_id: str) -> tuple[str, ...]:
    return _VAULT_SECRET, f"deid/writer/{tenant_id}", f"deid/reader/{tenant_id}"


def _make(platform_url: str, found: Addresses, tenant_id: str) -> None:
    name, writer = copy_database(tenant_id), f"prentice_aw_{tenant_id}"
    with connect(platform_url, for_operator=True) as connection:
        try:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            for url in (found.vault, found.writer, found.reader):
                _role(connection, url)
            _database(connection, VAULT, owner=VAULT)
            _database(connection, name, owner=writer)
        except psycopg.errors.InsufficientPrivilege:
            raise SourceUnsuitable(
                "The platform's login may not create the databases of anonymisation.",
                "Give it CREATEDB and CREATEROLE, or set PRENTICE_PLATFORM_URL to a login that has them.",
            ) from None


def _shut(platform_url: str, found: Addresses, tenant_id: str) -> None:
    """Nobody but the logins comes in, whatever a restored backup or an administrator has granted since; and
    the writer may end its reader's sessions."""
    reader = copy_database(tenant_id)
    for url in (found.vault, found.writer):
        with connect(url, for_operator=True) as own:
            row = own.execute(
                "select current_database()::text, "
                "has_database_privilege('public', current_database(), 'connect, temporary, create'), "
                "coalesce(has_schema_privilege('public', to_regnamespace('public'), 'usage, create'), false)"
            ).fetchone()
            assert row is not None
            name, open_to_all, schema_open = row
            if open_to_all:
                own.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
            if schema_open:
                own.execute("revoke all on schema public from public")
            if url != found.writer:
                continue
            row = own.execute(
                "select has_database_privilege(%s, current_database(), 'connect'), "
                "pg_has_role(current_user, %s, 'usage')",
                [reader, reader],
            ).fetchone()
            may_enter, may_end = row or (False, False)
            if not may_enter:
                own.execute(
                    sql.SQL("grant connect on database {} to {}").format(
                        sql.Identifier(name), sql.Identifier(reader)
                    )
                )
    if not may_end:
        writer = sql.Identifier(f"prentice_aw_{tenant_id}")
        with (
            connect(platform_url, for_operator=True) as connection,
            suppress(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(sql.SQL("alter role {} inherit").format(writer))
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(reader), writer))


def _role(connection: psycopg.Connection[TupleRow], url: str) -> None:
    parts = urlsplit(url)
    login = str(parts.username)
    role = sql.Identifier(login)
    there = connection.execute("select from pg_roles where rolname = %s", [login]).fetchone()
    if there is None:
        connection.execute(
            sql.SQL(
                "create role {} login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
            ).format(role)
        )
    verifier = connection.pgconn.encrypt_password(
        str(parts.password).encode(), login.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(verifier)))
    for setting, value in (("jit", "off"), ("datestyle", "ISO, YMD"), ("timezone", "UTC")):
        connection.execute(
            sql.SQL("alter role {} set {} = {}").format(role, sql.SQL(setting), sql.Literal(value))
        )
    if parts.path.lstrip("/") == login and login != VAULT:  # the reader
        connection.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(role))
        connection.execute(sql.SQL("alter role {} set search_path = anonymised, pg_catalog").format(role))


def _database(connection: psycopg.Connection[TupleRow], name: str, *, owner: str) -> None:
    if _exists(connection, name):
        return
    database, role = sql.Identifier(name), sql.Identifier(owner)
    borrowed = not _is_superuser(connection)  # only a member of a role may give it a database
    if borrowed:
        connection.execute(sql.SQL("grant {} to current_user").format(role))
    connection.execute(
        sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(database, role)
    )
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    if borrowed:
        connection.execute(sql.SQL("revoke {} from current_user").format(role))


def _exists(connection: psycopg.Connection[TupleRow], database: str) -> bool:
    found = connection.execute("select from pg_database where datname = %s", [database]).fetchone()
    return found is not None


def _is_superuser(connection: psycopg.Connection[TupleRow]) -> bool:
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    return row == (True,)


def _admits(url: str) -> bool:
    try:
        with connect(url):
            return True
    except PrenticeError:
        return False


def _in_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(database)}", parts.query, ""))
