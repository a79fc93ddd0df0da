"""A practice leaves: not without an export, not half, and nothing of any other practice with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from warehouse.hosts import House, database, fill

from prentice.deid import databases
from prentice.embedded import Servers
from prentice.errors import (
    BadConfiguration,
    BadSetting,
    ExportNeeded,
    SourceUnavailable,
    TenantSuspended,
    UnknownTenant,
)
from prentice.tenancy.export import export_tenant, verify_export
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.onboarding import source_login_url
from prentice.tenancy.registry import Tenant
from prentice.tenancy.removal import remove_tenant

STEPS = ("source", "copy", "caches", "files", "hooks", "secrets", "forgotten")
SECRET = "s3cret-that-must-not-leave"


class Killed(BaseException):
    pass


class Town:
    """Two practices, `north` and `south`, with everything that can be held of one."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.home = house.keyring.path.parent
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
            tenant = house.registry.get(slug)
            house.redis.set(f"prentice:results:{tenant.id}:v", "kept")
            house.redis.set(f"prentice:limits:{tenant.id}:rate", "3")
            reports = self.home / "deid" / "reports" / slug
            reports.mkdir(parents=True)
            (reports / "r1.json").write_text('{"run": 1}')
        self.platform(
            f"""insert into users (id, email, password_hash) values
                  ('u_1', 'ann@north.example', '{SECRET}'), ('u_2', 'both@trade.example', '{SECRET}'),
                  ('u_3', 'sam@south.example', '{SECRET}');
                insert into memberships (tenant_id, user_id, role, grants)
                  select t.id, u.id, 'manager', '["patients"]' from tenants t join users u
                  on t.slug = 'north' and u.id in ('u_1', 'u_2') or t.slug = 'south' and u.id in ('u_2', 'u_3');
                insert into api_keys (id, tenant_id, user_id, name, prefix, secret_hash, scopes)
                  select 'k' || t.slug, t.id, 'u_2', 'till ' || t.slug, 'px' || t.slug, '{SECRET}', '["ask"]'
                  from tenants t;
                insert into invitations (id, tenant_id, email, role, token_hash, expires_at)
                  select 'i' || t.slug, t.id, 'new@' || t.slug || '.example', 'assistant',
                    convert_to('{SECRET}' || t.slug, 'utf8'), now() from tenants t;
                insert into host_issuers (id, tenant_id, issuer, secret_sealed)
                  select 'h' || t.slug, t.id, 'till', '{SECRET}' from tenants t"""
        )

        self.copy("north")

    def copy(self, slug: str) -> None:
        tenant = self.house.registry.get(slug)
        databases.provide(self.house.platform_url, self.house.keyring, tenant.id)
        self.house.keyring.get_or_create(f"deid/lookup/{tenant.id}")

    def platform(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.house.platform_url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def export(self, out: Path, hooks: Hooks | None = None) -> dict[str, int]:
        return dict(export_tenant(self.house.registry, "north", out, home=self.home, hooks=hooks).files)

    def remove(self, slug: str = "north", **options: Any) -> None:
        settled: dict[str, Any] = {"confirm": slug, "redis": self.house.redis, "home": self.home} | options
        remove_tenant(self.house.registry, self.house.keyring, slug, **settled)

    def held(self, slug: str, tenant: Tenant) -> list[str]:
        """What is still there of a practice, in every place."""
        with self.house.admin() as admin:
            found = [
                f"{kind} {name}"
                for kind, name in admin.execute(
                    "select 'role', rolname::text from pg_roles where rolname like %(like)s union all "
                    "select 'database', datname::text from pg_database where datname like %(like)s",
                    {"like": f"%{tenant.id}%"},
                )
            ]
        vault = databases.addresses(self.house.platform_url, self.house.keyring, "x" * 12).vault
        for secret in ("writer", "reader"):
            self.house.keyring.forget(f"deid/{secret}/{'x' * 12}")
        with psycopg.connect(vault) as kept:
            schemas = "select nspname from pg_namespace where nspname like %s"
            found += [f"vault {name}" for (name,) in kept.execute(schemas, [f"%{tenant.id}%"])]
        for table, column in self.platform(
            "select table_name, column_name from information_schema.columns "
            "where column_name = 'tenant_id' and table_schema = 'public'"
        ):
            if self.platform(f"select from {table} where {column} = '{tenant.id}'"):
                found.append(f"rows of {table}")
        found += [f"row {s}" for (s,) in self.platform(f"select slug from tenants where id = '{tenant.id}'")]
        found += [f"key {key!r}" for key in self.house.redis.scan_iter(f"*{tenant.id}*")]
        found += [f"secret {name}" for name in self.house.keyring.names() if tenant.id in name]
        found += [f"file {path}" for path in self.home.rglob(f"{slug}*") if path.is_file() or path.is_dir()]
        return sorted(found)

    def environment(self, servers: Servers) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PRENTICE_")},
            "PRENTICE_HOME": str(self.home),
            "PRENTICE_SOURCE_URL": self.house.source_url,
            "PRENTICE_PLATFORM_URL": self.house.platform_url,
            "PRENTICE_REDIS_URL": servers.redis_url,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        }


@pytest.fixture
def town(house: House) -> Iterator[Town]:
    house.keyring.path = house.keyring.path.with_name("secrets.json")  # where a command looks for it
    town = Town(house)
    tenants = house.registry.all()
    yield town
    for tenant in tenants:
        databases.remove(house.platform_url, house.keyring, tenant.id)
        house.redis.delete(*house.redis.keys(f"*{tenant.id}*") or ["none"])


def test_a_practice_is_not_removed_without_an_export_or_a_word_about_it(town: Town, tmp_path: Path) -> None:
    with pytest.raises(ExportNeeded, match="prentice tenant export north"):
        town.remove()
    assert town.house.registry.get("north").status == "active"
    town.export(tmp_path / "north.zip")
    town.platform("update tenant_exports set made_at = now() - interval '8 days'")
    with pytest.raises(ExportNeeded, match="last exported on"):
        town.remove()
    town.export(tmp_path / "again.zip")
    with pytest.raises(BadSetting, match="another name"):
        town.remove(confirm="nort")
    assert town.house.registry.get("north").status == "active"
    town.remove()
    with pytest.raises(UnknownTenant):
        town.house.registry.get("north")


def test_nothing_of_a_practice_is_left_and_all_of_the_others(town: Town) -> None:
    north, south = (town.house.registry.get(slug) for slug in ("north", "south"))
    town.copy("south")
    before = town.held("south", south)
    assert len(town.held("north", north)) == len(before) > 10
    told: list[str] = []
    town.remove(without_export=True, hooks=Hooks(on_remove=(lambda gone: told.append(gone.slug),)))
    assert town.held("north", north) == []
    assert town.held("south", south) == before
    assert told == ["north"]
    assert {email for (email,) in town.platform("select email from users")} == {
        "both@trade.example",  # who works at both is still there
        "sam@south.example",
    }
    assert town.house.run("south", "select count(*) from prentice.sales").rows == [[20]]


def test_the_views_go_with_the_last_practice_and_the_hosts_tables_stay(town: Town) -> None:
    views = "select count(*) from pg_namespace where nspname = 'prentice'"
    rights = """select count(*) from pg_class where relacl::text ~ 'prentice_'
      or exists (select from pg_attribute where attrelid = pg_class.oid and attacl::text ~ 'prentice_')"""
    town.remove("north", without_export=True)
    with town.house.admin() as admin:
        assert admin.execute(views).fetchone() == (1,)
        town.remove("south", without_export=True)
        assert admin.execute(views).fetchone() == (0,)
        assert admin.execute(rights).fetchone() == (0,)
        assert admin.execute("select count(*) from pos_transactions").fetchone() == (40,)
    town.house.add("north", "north")  # and they come again
    assert town.house.run("north", "select count(*) from prentice.sales").rows == [[20]]


def test_views_that_the_host_has_built_on_ours_are_left_to_it(town: Town) -> None:
    with town.house.admin() as admin:
        admin.execute("create view public.our_sales as select * from prentice.sales")
        for slug in ("north", "south"):
            town.remove(slug, without_export=True)
        assert admin.execute("select count(*) from public.our_sales").fetchone() == (0,)
        assert town.house.registry.all() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_removal_that_is_killed_at_any_step_is_ended_by_the_next(town: Town, step: str) -> None:
    north = town.house.registry.get("north")

    def die(name: str) -> None:
        if name == step:
            raise Killed

    with pytest.raises(Killed):
        town.remove(without_export=True, on_step=die)
    with pytest.raises(TenantSuspended):
        town.house.scope("north")
    done: list[str] = []
    town.remove(on_step=done.append)  # it was said already that no export is wanted
    assert done == list(STEPS[STEPS.index(step) :])
    assert town.held("north", north) == []


def test_a_command_that_is_killed_half_way_is_ended_by_the_next(town: Town, servers: Servers) -> None:
    north = town.house.registry.get("north")
    words = ["tenant", "remove", "north", "--without-export", "--confirm", "north"]
    environment = town.environment(servers)
    vault = databases.addresses(town.house.platform_url, town.house.keyring, north.id).vault
    with psycopg.connect(vault) as holding:  # the removal waits here: login and copy gone, the rest not
        holding.execute(f'create schema if not exists "t_{north.id}"')
        holding.execute(f'create table if not exists "t_{north.id}".held (id int)')
        holding.commit()
        holding.execute(f'lock table "t_{north.id}".held')
        process = subprocess.Popen([sys.executable, "-m", "prentice.cli", *words], env=environment)
        until = time.monotonic() + 60
        while town.platform(f"select from pg_database where datname = 'prentice_a_{north.id}'"):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert town.house.registry.find("north") is not None
    command = [sys.executable, "-m", "prentice.cli", *words]
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stderr
    assert town.held("north", north) == []


def test_a_source_or_a_cache_that_does_not_answer_holds_the_removal_up_unless_forced(
    town: Town, servers: Servers
) -> None:
    with database(servers) as url:
        fill(url, "west")
        town.house.add("west", "west", source_url=url)
        west = town.house.registry.get("west").id
    dead = Redis(port=1, socket_connect_timeout=0.2)
    with pytest.raises(SourceUnavailable, match="cache"):
        town.remove(without_export=True, redis=dead)
    town.remove(redis=dead, force=True)
    with pytest.raises(Exception, match="no database of that name"):
        town.remove("west", without_export=True)
    assert town.house.registry.get("west").status == "leaving"
    town.remove("west", force=True)
    with town.house.admin() as admin:  # the login that could not be reached
        admin.execute(f"drop role prentice_t_{west}")


# -- the export ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["north.zip", "north"])
def test_an_export_holds_all_but_secrets_and_proves_itself_whole(
    town: Town, tmp_path: Path, name: str
) -> None:
    town.house.registry.change_settings("north", limits={"questions_per_day": 5}, mfa_roles=["owner"])
    town.platform(
        "create table audit_entries (tenant_id text, seq int, what text); insert into audit_entries "
        "select id, g, slug || g from tenants, generate_series(1, 3) g"
    )
    out = tmp_path / name
    files = town.export(out, Hooks(export_parts={"notes.jsonl": lambda tenant: [{"of": tenant.slug}]}))
    assert set(files) == {
        "practice.json", "users.jsonl", "invitations.jsonl", "api_keys.jsonl", "host_issuers.jsonl",
        "sign_in_providers.jsonl", "limits.json", "audit.jsonl", "notes.jsonl", "deid/reports/r1.json",
    }  # fmt: skip
    if out.suffix == ".zip":
        with zipfile.ZipFile(out) as archive:
            read = {one: archive.read(one).decode() for one in archive.namelist()}
    else:
        read = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}
        assert all(path.stat().st_mode & 0o077 == 0 for path in out.rglob("*"))
    assert out.stat().st_mode & 0o077 == 0
    whole = "\n".join(read.values())
    assert SECRET not in whole
    assert SECRET.encode().hex() not in whole
    for secret in town.house.keyring.names():
        assert str(town.house.keyring.get(secret)) not in whole
    assert "sam@south" not in whole
    assert "px" not in read["api_keys.jsonl"]
    assert [json.loads(line)["name"] for line in read["api_keys.jsonl"].splitlines()] == ["till north"]
    users = [json.loads(line) for line in read["users.jsonl"].splitlines()]
    assert [(u["email"], u["role"], u["grants"]) for u in users] == [
        ("ann@north.example", "manager", ["patients"]),
        ("both@trade.example", "manager", ["patients"]),
    ]
    assert json.loads(read["limits.json"])["limits"] == {"questions_per_day": 5}
    audited = [json.loads(line)["what"] for line in read["audit.jsonl"].splitlines()]
    assert audited == ["north1", "north2", "north3"]
    assert json.loads(read["practice.json"])["settings"]["mfa_roles"] == ["owner"]
    assert verify_export(out).files == files


def test_an_export_that_was_changed_says_where(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "north"
    town.export(out)
    users, kept = out / "users.jsonl", (out / "users.jsonl").read_bytes()
    users.write_bytes(kept.replace(b"manager", b"ownerly"))
    with pytest.raises(BadConfiguration, match=r"users\.jsonl was altered"):
        verify_export(out)
    users.unlink()
    with pytest.raises(BadConfiguration, match=r"users\.jsonl is missing"):
        verify_export(out)
    users.write_bytes(kept)
    (out / "more.txt").write_text("more")
    with pytest.raises(BadConfiguration, match=r"more\.txt is not in its manifest"):
        verify_export(out)
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BadConfiguration):
            verify_export(place)


def test_an_export_overwrites_nothing_and_leaves_nothing_half_made(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "north.zip"
    out.write_text("mine")
    with pytest.raises(BadConfiguration, match="something at"):
        town.export(out)
    assert out.read_text() == "mine"

    def fails(tenant: Tenant) -> Iterator[dict[str, Any]]:
        yield {"first": 1}
        raise Killed

    with pytest.raises(Killed):
        town.export(tmp_path / "other", Hooks(export_parts={"half.jsonl": fails}))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["north.zip"]
    with pytest.raises(ExportNeeded):
        town.remove()


def test_the_login_of_a_practice_that_left_does_not_come_in(town: Town) -> None:
    address = source_login_url(town.house.registry, town.house.keyring, town.house.registry.get("north"))
    with psycopg.connect(address, autocommit=True) as login:
        town.remove(without_export=True)
        with pytest.raises(psycopg.OperationalError):
            login.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
