"""The databases of anonymisation: made, shut and removed by a login that is no superuser; and old copies that
a reader holds."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from warehouse.hosts import at_database

from prentice.deid import copy as copies
from prentice.deid import databases
from prentice.errors import NoCopy, SourceUnsuitable
from prentice.ops.secrets import Keyring
from prentice.tenancy.address import for_login

from .room import TODAY, Room


class Platform:
    """A platform database that belongs to a login with these rights, and a vault of its own."""

    def __init__(self, admin_url: str, rights: str, keyring: Keyring) -> None:
        mark = secrets.token_hex(4)
        self.admin_url, self.login, self.keyring = admin_url, f"platform_{mark}", keyring
        self.vault, self.tenant = f"vault_{mark}", f"t{mark}"
        self.admin(f"create role {self.login} login password 'platform' {rights}")
        self.admin(f"create database {self.login} owner {self.login}")
        self.url = at_database(for_login(admin_url, self.login, "platform"), self.login)

    def admin(self, statement: str) -> list[Any]:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            cursor = admin.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def held(self) -> set[str]:
        """Databases and logins of anonymisation that there are."""
        names = ", ".join(f"'{n}'" for n in (f"prentice_a_{self.tenant}", f"prentice_aw_{self.tenant}"))
        return {
            name
            for (name,) in self.admin(
                f"select datname::text from pg_database where datname in ({names}) "
                f"union all select rolname::text from pg_roles where rolname in ({names})"
            )
        }

    def close(self) -> None:
        for name in (f"prentice_a_{self.tenant}", self.vault, self.login):
            self.admin(f"drop database if exists {name} with (force)")
        for name in (f"prentice_a_{self.tenant}", f"prentice_aw_{self.tenant}", self.vault, self.login):
            self.admin(f"drop role if exists {name}")


@pytest.fixture(params=["createdb createrole"])
def platform(
    request: pytest.FixtureRequest, room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    tmp_path.chmod(0o700)
    made = Platform(room.platform_url, request.param, Keyring(tmp_path / "secrets.json"))
    monkeypatch.setattr(databases, "VAULT", made.vault)
    yield made
    made.close()


def test_a_platform_login_that_is_no_superuser_makes_and_removes_a_copy_with_readers_in_it(
    platform: Platform,
) -> None:
    places = databases.provide(platform.url, platform.keyring, platform.tenant)
    platform.keyring.get_or_create(f"deid/lookup/{platform.tenant}")
    with psycopg.connect(places.vault, autocommit=True) as vault:
        vault.execute(f"create schema t_{platform.tenant}".encode())
    with psycopg.connect(places.writer) as writer:
        writer.execute("create schema anonymised")
    with psycopg.connect(places.reader, autocommit=True):  # a reader that stays
        databases.remove(platform.url, platform.keyring, platform.tenant)
    assert platform.held() == set()
    with psycopg.connect(places.vault) as vault:
        row = vault.execute("select to_regnamespace(%s) is null", [f"t_{platform.tenant}"]).fetchone()
    assert row == (True,)
    with pytest.raises(NoCopy):
        databases.reader_url(platform.url, platform.keyring, platform.tenant, "slug")
    assert platform.keyring.get(f"deid/lookup/{platform.tenant}") is None
    databases.remove(platform.url, platform.keyring, platform.tenant)  # nothing there: nothing to do
    again = databases.provide(platform.url, platform.keyring, platform.tenant)
    assert again.reader != places.reader
    databases.remove(platform.url, platform.keyring, platform.tenant)


def test_a_removal_that_is_not_allowed_leaves_everything_and_says_what_to_do(platform: Platform) -> None:
    places = databases.provide(platform.url, platform.keyring, platform.tenant)
    lookup = platform.keyring.get_or_create(f"deid/lookup/{platform.tenant}")
    with psycopg.connect(places.vault, autocommit=True) as vault:
        vault.execute(f"create schema t_{platform.tenant}".encode())
    platform.admin(f"alter role {platform.login} noinherit nocreaterole")
    platform.admin(f"revoke prentice_aw_{platform.tenant} from {platform.login}")
    with pytest.raises(SourceUnsuitable, match="still there") as stopped:
        databases.remove(platform.url, platform.keyring, platform.tenant)
    assert f'drop database if exists "prentice_a_{platform.tenant}"' in stopped.value.next_step
    with psycopg.connect(places.reader), psycopg.connect(places.vault) as vault:
        row = vault.execute("select to_regnamespace(%s) is null", [f"t_{platform.tenant}"]).fetchone()
    assert row == (False,)
    assert platform.keyring.get(f"deid/lookup/{platform.tenant}") == lookup
    for statement in stopped.value.next_step.partition("run: ")[2].split(";")[:2]:
        platform.admin(statement)
    databases.remove(platform.url, platform.keyring, platform.tenant)
    assert platform.held() == set()
    assert platform.keyring.get(f"deid/lookup/{platform.tenant}") is None


@pytest.mark.parametrize("platform", ["", "createrole"], indirect=True)
def test_where_no_database_may_be_made_there_is_no_copy_and_no_password_of_one(platform: Platform) -> None:
    with pytest.raises(SourceUnsuitable, match="may not create"):
        databases.provide(platform.url, platform.keyring, platform.tenant)
    with pytest.raises(NoCopy):
        databases.reader_url(platform.url, platform.keyring, platform.tenant, "slug")
    platform.admin(f"alter role {platform.login} createrole createdb")
    databases.provide(platform.url, platform.keyring, platform.tenant)
    databases.remove(platform.url, platform.keyring, platform.tenant)


def test_what_was_opened_to_everybody_is_shut_by_the_next_run(platform: Platform) -> None:
    places = databases.provide(platform.url, platform.keyring, platform.tenant)
    copy = databases.copy_database(platform.tenant)
    for name in (copy, platform.vault):
        platform.admin(f"grant connect, temporary on database {name} to public")
    stranger = for_login(places.reader, platform.login, "platform")
    for name in (copy, platform.vault):
        psycopg.connect(at_database(stranger, name)).close()
    assert databases.provide(platform.url, platform.keyring, platform.tenant) == places
    for name in (copy, platform.vault):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(at_database(stranger, name))
        (rights,) = platform.admin(
            f"select has_database_privilege('public', '{name}', 'connect, temporary, create')"
        )
        assert rights == (False,)
    databases.remove(platform.url, platform.keyring, platform.tenant)


# -- a reader that holds an old copy -----------------------------------------------------------------


def test_an_old_copy_is_gone_for_whoever_reads_it_and_a_reader_that_holds_it_is_ended(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("harbour")
    monkeypatch.setattr(copies, "_GRACE_S", 0.1)
    holder, idle = room.reader("harbour"), room.reader("harbour")
    holder.autocommit = False
    assert holder.execute("select count(*) > 0 from anonymised.person").fetchone() == (True,)
    outcome = room.run("harbour")
    assert (outcome.readers_ended, outcome.old_copies_held) == (1, 0)
    assert (outcome.as_json()["readers_ended"], outcome.as_json()["old_copies_held"]) == (1, 0)
    with pytest.raises(psycopg.OperationalError):
        holder.execute("select count(*) from anonymised.person")
    with idle:
        assert idle.execute("select count(*) from pg_namespace where nspname ~ '^old_'").fetchone() == (0,)
        assert idle.execute("select count(*) > 0 from person").fetchone() == (True,)


def test_an_old_copy_that_cannot_be_dropped_is_said_and_nobody_reads_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.run("harbour")
    monkeypatch.setattr(copies, "_GRACE_S", 0.1)
    administrator = at_database(room.platform_url, databases.copy_database(room.registry.get("harbour").id))
    with psycopg.connect(administrator) as holder:
        holder.execute("select count(*) from anonymised.person")
        assert room.run("harbour").old_copies_held == 1
        with room.reader("harbour") as reader:
            ((old,),) = reader.execute(
                "select nspname::text from pg_namespace where nspname ~ '^old_'"
            ).fetchall()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select count(*) from {old}.person".encode())
    assert room.run("harbour").old_copies_held == 0
    with room.writer("harbour") as writer:
        assert writer.execute("select from pg_namespace where nspname ~ '^old_'").fetchall() == []


def test_from_the_switch_on_no_statement_names_the_old_copy(room: Room) -> None:
    room.run("harbour")
    tenant = room.registry.get("harbour").id
    places = databases.addresses(room.platform_url, room.keyring, tenant)
    with copies.opened(places.writer, databases.copy_database(tenant)) as copy:
        copy.begin()
        copy.build(today=TODAY, run_id="x", source_version="x", policy_hash="x")
        copy.switch()
        with room.reader("harbour") as reader:
            ((old,),) = copy.rows("select nspname::text from pg_namespace where nspname ~ '^old_'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select count(*) from {old}.person".encode())
            assert reader.execute("select count(*) from person").fetchone() == (0,)
    assert room.run("harbour").kind == "full"


def test_whoever_asks_while_copies_are_switched_gets_an_answer(room: Room) -> None:
    room.run("harbour")
    people = len(room.rows("harbour", "person"))
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def ask() -> None:
        with room.reader("harbour") as reader:
            while not done.is_set():
                row = reader.execute(
                    "select count(*), (select persons from anonymised.copy_info) from anonymised.person p "
                    "left join anonymised.person_year y using (person_id) where y.year is null or y.year > 0 "
                    "and not exists (select from anonymised.person_year x where x.person_id = p.person_id "
                    "and x.year > y.year)"
                ).fetchone()
                assert row is not None
                seen.append(row)

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        try:
            for turn in range(4):
                assert room.run("harbour", full=turn % 2 == 0, rotate=turn % 2 == 1).readers_ended == 0
        finally:
            done.set()
        for one in asking:
            one.result()
    assert len(seen) > 50
    assert set(seen) == {(people, people)}
