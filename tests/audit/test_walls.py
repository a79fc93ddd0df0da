"""Guards against: a login that does more than append, a table that does more than grow."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from warehouse.hosts import database

from prentice.audit.chain import heads, lines, reading
from prentice.audit.login import login_name, provide
from prentice.audit.verify import Verifier
from prentice.embedded import Servers
from prentice.errors import SourceUnsuitable
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import for_login
from prentice.tenancy.platform import open_platform

from .conftest import TENANT, Room, an_entry

FORBIDDEN = (
    "select * from audit_log",
    "select count(*) from audit_log",
    "select entry from audit_log",
    "select * from audit_heads",
    "select * from tenants",
    "select * from users",
    "table tenancy_version",
    "copy audit_log to stdout",
    "copy audit_log from stdin",
    "insert into audit_log (tenant_id, entry) values ('x', '{}') returning seq",
    "insert into audit_log (tenant_id, entry) values ('x', '{}') on conflict (tenant_id, seq) do nothing",
    "insert into audit_log (tenant_id, seq, entry) values ('x', 7, '{}')",
    "insert into audit_log (tenant_id, entry, hash) values ('x', '{}', '\\x00')",
    "insert into audit_log (tenant_id, entry, prev) values ('x', '{}', '\\x00')",
    "insert into audit_log values ('x', 7, '{}', '\\x00', '\\x00')",
    "insert into audit_heads values ('x', 7, '\\x00')",
    "insert into tenants (id) values ('x')",
    "update audit_log set entry = '{}'",
    "update audit_heads set seq = 7",
    "delete from audit_log",
    "delete from audit_heads",
    "truncate audit_log",
    "truncate audit_heads",
    "merge into audit_log a using (select 1) b on false when not matched then do nothing",
    "lock table audit_log in access exclusive mode",
    "lock table audit_heads in share mode",
    "select from audit_heads for update",
    "alter table audit_log disable trigger all",
    "alter table audit_log disable row level security",
    "alter table audit_log owner to current_user",
    "drop table audit_log",
    "drop trigger audit_chain on audit_log",
    "drop policy practice on audit_log",
    "create trigger t before insert on audit_log for each row execute function audit_only_grows()",
    "create index on audit_log (entry)",
    "create rule r as on insert to audit_log do instead nothing",
    "grant select on audit_log to public",
    "create table mine (id int)",
    "create temporary table mine (id int)",
    "create schema mine",
    "create view mine as select * from audit_log",
    "create function mine() returns int language sql as 'select 1'",
    "create or replace function audit_chain() returns trigger language plpgsql as ''",
    "create role mine",
    "create database mine",
    "create extension dblink",
    "create publication mine for table audit_log",
    "select audit_chain()",
    "select lo_create(0)",
    "select lo_from_bytea(0, '\\x00')",
    "select pg_read_file('postgresql.conf')",
    "select pg_terminate_backend(min(pid)) from pg_stat_activity where usename = 'postgres'",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/mine'",
    "set session_replication_role = replica",
    "set role postgres",
    "set session authorization postgres",
    "alter system set fsync = off",
    "alter role current_user superuser",
    "alter role current_user bypassrls",
    "reindex table audit_log",
    "comment on table audit_log is 'mine'",
)


@pytest.fixture(scope="module")
def appending(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The administrator's address, and that of the login; one entry is there."""
    keyring = Keyring(tmp_path_factory.mktemp("audit") / "secrets.json")
    with database(servers) as url:
        open_platform(url).dispose()
        login = provide(url, keyring)
        with psycopg.connect(login, autocommit=True) as own:
            own.execute("insert into audit_log (tenant_id, entry) values ('a', '{}')")
        yield url, login
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"drop role {login_name(keyring)}")


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_login_is_refused_everything_but_appending(appending: tuple[str, str], statement: str) -> None:
    url, login = appending
    alone = not statement.startswith("lock")  # some are for a transaction, some for none
    with psycopg.connect(url, autocommit=True) as admin, psycopg.connect(login, autocommit=alone) as own:
        before = admin.execute("select seq, entry, hash from audit_log").fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute(statement.encode())
        own.rollback()
        assert admin.execute("select seq, entry, hash from audit_log").fetchall() == before


def test_a_value_that_an_inserter_might_choose_is_the_triggers(room: Room) -> None:
    """Even of somebody who may name every column: the table's owner."""
    open_platform(room.platform_url).dispose()
    with room.admin() as admin:
        admin.execute(
            "insert into audit_log values ('a', 77, '{}', '\\x01', '\\x02'), ('a', 5, '{}', '', '')"
        )
        found = admin.execute("select seq, length(prev), length(hash) from audit_log order by 1").fetchall()
    assert found == [(1, 32, 32), (2, 32, 32)]


@pytest.mark.parametrize("table", ["audit_log", "audit_heads"])
@pytest.mark.parametrize("statement", ["update {} set tenant_id = 'x'", "delete from {}", "truncate {}"])
def test_nobody_changes_or_removes_not_even_a_superuser(room: Room, table: str, statement: str) -> None:
    room.filled(entries=2)
    with room.admin() as admin:
        for mode in ("origin", "replica"):  # what replication applies is guarded as well
            admin.execute(f"set session_replication_role = {mode}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
                admin.execute(statement.format(table))
        admin.execute("set session_replication_role = origin")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
            admin.execute("insert into audit_heads values ('x', 1, '')")
    assert room.verify().whole


def test_an_owner_that_is_no_superuser_sees_one_practice_at_a_time_and_everything_works(
    servers: Servers, room: Room
) -> None:
    """Row security is forced: the platform's own login is held to it."""
    owner, password = f"owner_{secrets.token_hex(4)}", "p-" + secrets.token_hex(8)
    name = urlsplit(room.platform_url).path[1:]
    with room.admin() as admin:
        admin.execute("create extension if not exists vector")  # which no other than a superuser may
        admin.execute(f"create role {owner} login createrole password '{password}'")
        admin.execute(f"alter database {name} owner to {owner}")
    try:
        room.platform_url = for_login(room.platform_url, owner, password)
        other = "b2c3d4e5f6a1"
        room.filled(TENANT, other, entries=3)
        with room.admin() as own:
            assert own.execute("select count(*) from audit_log").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
                own.execute("delete from audit_log")
        with reading(room.platform_url, other) as connection:
            assert {e.rpartition(b'"tenant_id":')[2][:14] for *_, e in lines(connection, other)} == {
                b'"b2c3d4e5f6a1"'
            }
            assert list(lines(connection, TENANT)) == []
            assert heads(connection).keys() == {TENANT, other}
        reports = list(Verifier(room.platform_url, room.keyring, room.home).everyone())
        assert [(r.tenant_id, r.entries, r.whole) for r in reports] == [
            ("platform", 0, True), (TENANT, 3, True), (other, 3, True)
        ]  # fmt: skip
    finally:
        room.platform_url = servers.source_url
        with psycopg.connect(servers.source_url, autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
            admin.execute(f"create database {name}")
            admin.execute(f"drop role {login_name(room.keyring)}; drop role {owner}")


@pytest.mark.parametrize(
    "change",
    [
        "grant select on audit_log to {}",
        "grant insert on audit_log to {}",
        "grant update (entry) on audit_log to {}",
        "revoke insert (tenant_id, entry) on audit_log from {}",
        "alter role {} createdb",
        "alter role {} password 'other'",
        "grant create on schema public to {}",
    ],
)
def test_a_login_that_may_more_or_less_is_put_right_at_the_next_start(room: Room, change: str) -> None:
    room.filled(entries=1)
    name = login_name(room.keyring)
    with room.admin() as admin:
        admin.execute(change.format(name))
    with room.log() as log:
        log.append(an_entry(2))
    with room.admin() as admin:
        rights = admin.execute(
            "select has_any_column_privilege(%(n)s, 'audit_log', 'select, update'), "
            "has_column_privilege(%(n)s, 'audit_log', 'seq', 'insert'), "
            "has_schema_privilege(%(n)s, 'public', 'create')",
            {"n": name},
        ).fetchone()
        assert rights == (False, False, False)


def test_a_platform_login_that_may_not_make_roles_is_told_what_it_needs(room: Room) -> None:
    open_platform(room.platform_url).dispose()
    weak = f"weak_{secrets.token_hex(4)}"
    with room.admin() as admin:
        admin.execute(f"create role {weak} login password 'weak'")
        try:
            with pytest.raises(SourceUnsuitable, match="CREATEROLE"):
                provide(for_login(room.platform_url, weak, "weak"), room.keyring)
        finally:
            admin.execute(f"drop role {weak}")


def test_the_audit_of_a_practice_outlives_it(room: Room) -> None:
    room.filled(entries=2)
    with room.admin() as admin:
        admin.execute(
            "insert into tenants (id, slug, name, company_id, currency, country, timezone, route) "
            "values (%s, 'gone', 'Gone', 'c', 'GBP', 'GB', 'UTC', 'pool')", [TENANT],
        )  # fmt: skip
        admin.execute("delete from tenants")
    assert room.verify().entries == 2
