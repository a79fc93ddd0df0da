"""Connecting a practice: whole or not at all, as often as one likes, with what rights one has."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from warehouse.hosts import House, database, fill

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, SourceUnavailable, SourceUnsuitable, TenantExists, UnknownTenant
from prentice.tenancy.onboarding import tenant_set

COUNT = "select count(*) from prentice.sales"
# All that provisioning can leave behind.
TRACES = """
select 'role', rolname::text, '' from pg_roles where rolname like 'prentice_t_%'
union all select 'relation', oid::regclass::text, coalesce(relacl::text, '') from pg_class
  where relnamespace in (select oid from pg_namespace where nspname in ('prentice', 'public'))
union all select 'column', attrelid::regclass || '.' || attname, attacl::text from pg_attribute
  where attacl is not null
union all select 'function', oid::regprocedure::text, proacl::text from pg_proc
  where pronamespace in (select oid from pg_namespace where nspname in ('prentice', 'public'))
order by 1, 2
"""


def traces(house: House) -> list[tuple[str, ...]]:
    with house.admin() as admin:
        return admin.execute(TRACES).fetchall()


def roles(house: House) -> set[str]:
    with house.admin() as admin:
        return {
            name
            for (name,) in admin.execute("select rolname from pg_roles where rolname like 'prentice_t_%'")
        }


def test_a_practice_is_connected_and_a_second_time_nothing_is_to_be_done(house: House) -> None:
    fill(house.source_url, "north")
    first = house.add("north", "north")
    assert first.changed
    assert first.tenant is not None
    assert first.tenant.name == "Practice north"
    before = traces(house)
    second = house.add("north", "north")
    assert not second.changed
    assert second.tenant is not None
    assert second.tenant.id == first.tenant.id
    assert traces(house) == before


def test_the_report_says_what_the_data_can_bear(house: House) -> None:
    fill(house.source_url, "north")
    report = house.add("north", "north").report
    assert report.counts["sales"] == 20
    lines = " ".join(report.lines())
    assert "Tax is 0 on every sale" in lines
    assert "50% of sale lines have no unit cost; nor has the product one" in lines
    assert "Sales run from 2026-10-02 to 2026-10-21" in lines
    assert report.cannot == ()
    assert house.registry.gaps(house.scope("north")) == {}  # facts of the day are not kept


def test_a_dry_run_changes_nothing_and_masks_the_password(house: House) -> None:
    fill(house.source_url, "north")
    before = traces(house)
    dry = house.add("north", "north", dry_run=True)
    assert dry.tenant is None
    assert "create role" in dry.sql
    assert traces(house) == before
    assert house.registry.all() == []
    made = [name for name in house.keyring.names() if name.startswith("login/")]
    assert len(made) == 1
    assert str(house.keyring.get(made[0])) not in dry.sql


def test_a_company_that_is_not_there_is_told_with_how_many_are(house: House) -> None:
    fill(house.source_url, "north", "south")
    with pytest.raises(SourceUnsuitable, match="2 companies") as told:
        house.add("west", "west")
    assert "north" not in str(told.value)
    assert house.registry.all() == []
    with house.admin() as admin:
        assert admin.execute("select to_regnamespace('prentice')").fetchone() == (None,)


def test_an_attempt_that_fails_leaves_no_password(house: House) -> None:
    fill(house.source_url, "north")
    with pytest.raises(SourceUnsuitable):
        house.add("west", "west")
    with limited(house, creates=False, owns=False) as url, pytest.raises(SourceUnsuitable):
        house.add("north", "north", source_url=url)
    assert "login/" not in house.keyring.path.read_text()
    house.add("north", "north")
    house.remove("north")
    assert "login/" not in house.keyring.path.read_text()


@pytest.mark.parametrize(
    "change",
    [
        "alter role current_user set datestyle = 'German'",
        "alter role current_user in database {database} set row_security = off",
        "alter role current_user set statement_timeout = 1",
        "alter role current_user password 'mine'",
    ],
)
def test_what_a_login_changed_of_itself_is_put_right_by_connecting_again(house: House, change: str) -> None:
    fill(house.source_url, "north")
    house.add("north", "north")
    address = house.login_url("north")
    with psycopg.connect(address, autocommit=True) as login:
        login.execute("set default_transaction_read_only = off")
        login.execute(change.format(database=login.info.dbname).encode())
    assert house.add("north", "north").changed
    assert not house.add("north", "north").changed
    with psycopg.connect(address) as login:
        assert login.execute("show datestyle").fetchone() == ("ISO, YMD",)
        assert login.execute("show row_security").fetchone() == ("on",)
        assert login.execute("show statement_timeout").fetchone() == ("12s",)


def test_a_practice_that_was_there_before_is_not_said_to_be_taken_away(house: House) -> None:
    fill(house.source_url, "north")
    house.add("north", "north")
    before = roles(house)
    with house.admin() as admin:
        admin.execute(
            """alter table products rename to goods;
            create view products as select id, company_id, product_type, name, brand, model, sku, category,
              cost / 0 as cost, stock_quantity, low_stock_threshold, unit_price, is_active from goods"""
        )
    with pytest.raises(SourceUnsuitable, match="cannot be read") as told:
        house.add("north", "north")
    assert "taken away" not in str(told.value)
    assert roles(house) == before


def test_a_database_without_the_hosts_tables_is_refused(house: House) -> None:
    with pytest.raises(SourceUnsuitable, match="none of the host's tables"):
        house.add("north", "north")


def test_a_failure_after_the_setting_up_leaves_no_login(house: House) -> None:
    fill(house.source_url, "north")
    with house.admin() as admin:  # a view that breaks when it is read
        admin.execute(
            """alter table products rename to goods;
            create view products as select id, company_id, product_type, name, brand, model, sku, category,
              cost / 0 as cost, stock_quantity, low_stock_threshold, unit_price, is_active from goods"""
        )
    before = roles(house)
    with pytest.raises(SourceUnsuitable, match="cannot be read"):
        house.add("north", "north")
    assert roles(house) == before
    assert house.registry.all() == []


def test_the_same_name_for_another_practice_is_refused(house: House) -> None:
    fill(house.source_url, "north", "south")
    house.add("north", "north")
    with pytest.raises(TenantExists):
        house.add("north", "south")
    assert house.run("north", "select min(staff_id) from prentice.sales").rows == [["north-u1"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc/passwd"},
        {"currency": "POUNDS"},
        {"country": "1"},
    ],
)
def test_a_setting_that_does_not_exist_is_refused_before_anything_happens(
    house: House, wrong: dict[str, Any]
) -> None:
    fill(house.source_url, "north")
    with pytest.raises(BadConfiguration):
        house.add("north", "north", **wrong)
    assert house.registry.all() == []


def test_an_address_that_leads_nowhere_is_told_without_the_password(house: House) -> None:
    with pytest.raises(SourceUnavailable) as told:
        house.add("north", "north", source_url="postgresql://u:hush@127.0.0.1:1/d")
    assert "hush" not in str(told.value)


def test_removing_a_practice_takes_its_login_and_leaves_the_others(house: House) -> None:
    fill(house.source_url, "north", "south")
    house.add("south", "south")
    before = traces(house)
    house.add("north", "north")
    login = house.login("north")
    house.remove("north")
    with pytest.raises(psycopg.OperationalError):
        login.execute("select 1")
    assert traces(house) == before
    assert house.run("south", COUNT).rows == [[20]]
    with pytest.raises(UnknownTenant):
        house.scope("north")


def test_a_change_of_zone_reaches_the_source(house: House) -> None:
    fill(house.source_url, "north")
    house.add("north", "north")
    assert house.run("north", "select starts_at from prentice.appointments").rows == [["2026-06-30T23:30:00"]]
    tenant_set(house.registry, house.keyring, "north", timezone="Europe/Paris", name="Nord")
    assert house.run("north", "select starts_at from prentice.appointments").rows == [["2026-07-01T01:30:00"]]
    assert house.scope("north").timezone == "Europe/Paris"


def test_a_silo_has_walls_of_its_own(house: House, servers: Servers) -> None:
    with database(servers) as url:
        fill(url, "north", sales=3)
        fill(house.source_url, "south")
        house.add("south", "south")
        added = house.add("north", "north", source_url=url)
        assert added.tenant is not None
        assert added.tenant.route == "silo"
        assert house.run("north", COUNT).rows == [[3]]
        assert house.run("south", COUNT).rows == [[20]]
        assert not house.add("north", "north", source_url=url).changed
        with house.login("north") as login:
            assert login.info.dbname == urlsplit(url).path[1:]
        house.remove("north")


def test_many_at_once_are_all_connected(house: House) -> None:
    companies = [f"c{number}" for number in range(6)]
    fill(house.source_url, *companies, sales=2)
    failures: list[BaseException] = []

    def connect(company: str) -> None:
        try:
            house.add(company, company)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=connect, args=(company,)) for company in companies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for company in companies:
        assert house.run(company, "select min(staff_id) from prentice.sales").rows == [[f"{company}-u1"]]


@contextmanager
def limited(house: House, *, creates: bool, owns: bool) -> Iterator[str]:
    """The source's address for a login that is no superuser."""
    name, password = f"host_{secrets.token_hex(3)}", secrets.token_hex(8)
    source = urlsplit(house.source_url).path[1:]
    there = roles(house)
    with house.admin() as admin:
        admin.execute(
            f"""create role {name} login password '{password}' {"createrole" if creates else ""};
            grant connect {", create" if creates else ""} on database {source} to {name};
            grant usage on schema public to {name}"""
        )
        for (table,) in admin.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        ).fetchall():
            admin.execute(
                f"alter table {table} owner to {name}" if owns else f"grant select on {table} to {name}"
            )
    try:
        yield house.source_url.replace(
            urlsplit(house.source_url).netloc.partition("@")[0], f"{name}:{password}"
        )
    finally:
        with house.admin() as admin:
            admin.execute(f"reassign owned by {name} to postgres; drop owned by {name} cascade")
            for role in roles(house) - there:
                admin.execute(f"drop owned by {role}; drop role {role}")
            admin.execute(f"drop role {name}")


def test_the_hosts_own_login_suffices_if_it_may_create_roles(house: House) -> None:
    fill(house.source_url, "north", "south")
    with house.admin() as admin:  # as on a server where Prentice was never before
        free = admin.execute("select from pg_roles where rolname = 'prentice_owner'").fetchone() is None
        if not free:
            admin.execute("grant prentice_owner to current_user")
    with limited(house, creates=True, owns=True) as url:
        if not free:
            with house.admin() as admin:
                admin.execute(f"grant prentice_owner to {urlsplit(url).username} with admin option")
        for slug in ("north", "south"):
            house.add(slug, slug, shared_source_url=url, source_url=url, owned=False)
            assert house.run(slug, "select min(staff_id) from prentice.sales").rows == [[f"{slug}-u1"]]
        assert not house.add("north", "north", source_url=url, owned=False).changed
        for slug in ("north", "south"):
            house.remove(slug)


@pytest.mark.parametrize("creates", [True, False])
def test_a_login_without_the_rights_is_told_to_have_the_dry_run_carried_out(
    house: House, creates: bool
) -> None:
    fill(house.source_url, "north")
    with limited(house, creates=creates, owns=False) as url:
        with pytest.raises(SourceUnsuitable, match="dry-run"):
            house.add("north", "north", source_url=url)
        assert house.registry.all() == []
        script = house.add("north", "north", source_url=url, dry_run=True).sql
        with house.admin() as admin:
            admin.execute(script)
        assert not house.add("north", "north", source_url=url).changed
        assert house.run("north", COUNT).rows == [[20]]
        house.registry.remove("north")
