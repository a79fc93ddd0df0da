"""The databases of anonymisation on the platform's server: one vault, and one copy for each practice.

Nobody comes into the vault but its own login; into a copy come its writer, and its reader, who may SELECT
from the schema `anonymised` and nothing else.
"""

from __future__ import annotations

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
    """Both databases and their logins, made where they are missing.

    Raises `SourceUnsuitable` where the platform's login may not create databases and roles.
    """
    found = addresses(platform_url, keyring, tenant_id)
    if all(_admits(url) for url in (found.vault, found.writer, found.reader)):
        return found
    name = copy_database(tenant_id)
    with connect(platform_url, for_operator=True) as connection:
        try:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            for url in (found.vault, found.writer, found.reader):
                _role(connection, url)
            _database(connection, VAULT, owner=VAULT)
            _database(connection, name, owner=f"prentice_aw_{tenant_id}")
        except psycopg.errors.InsufficientPrivilege:
            raise SourceUnsuitable(
                "The platform's login may not create the databases of anonymisation.",
                "Give it CREATEDB and CREATEROLE, or set PRENTICE_PLATFORM_URL to a login that has them.",
            ) from None
    with connect(found.writer, for_operator=True) as own:
        own.execute(
            sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), sql.Identifier(name))
        )
        own.execute("revoke all on schema public from public")
    with connect(found.vault, for_operator=True) as own:
        own.execute("revoke all on schema public from public")
    return found


def remove(platform_url: str, keyring: Keyring, tenant_id: str) -> None:
    """Drop the tenant's copy, its logins, and all that the vault holds of it. Nothing where nothing is
    there."""
    name, writer = copy_database(tenant_id), f"prentice_aw_{tenant_id}"
    vault = addresses(platform_url, keyring, tenant_id).vault
    if _admits(vault):
        with connect(vault, for_operator=True) as own:
            own.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(f"t_{tenant_id}")))
    with connect(platform_url, for_operator=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        for role in (name, writer):
            connection.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))
    for secret in (f"deid/writer/{tenant_id}", f"deid/reader/{tenant_id}", f"deid/lookup/{tenant_id}"):
        keyring.forget(secret)


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
    if connection.execute("select from pg_database where datname = %s", [name]).fetchone() is not None:
        return
    database, role = sql.Identifier(name), sql.Identifier(owner)
    superuser = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    borrowed = superuser != (True,)  # only a member of a role may give it a database
    if borrowed:
        connection.execute(sql.SQL("grant {} to current_user").format(role))
    connection.execute(
        sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(database, role)
    )
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    if borrowed:
        connection.execute(sql.SQL("revoke {} from current_user").format(role))


def _admits(url: str) -> bool:
    try:
        with connect(url):
            return True
    except PrenticeError:
        return False


def _in_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(database)}", parts.query, ""))
