"""The list of practices, and the mint of scopes."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError
from warehouse.hosts import House

from prentice.errors import BadConfiguration, CannotOpen, SourceUnavailable, TenantExists, UnknownTenant
from prentice.ops.secrets import Keyring
from prentice.tenancy import migrations, platform
from prentice.tenancy.registry import Registry, Tenant
from prentice.tenancy.shown import facts

ADDRESS = "postgresql://till:s%40cret@db.example:5433/till?sslmode=require"


def add(house: House, slug: str, **known: Any) -> Tenant:
    settled = {"id": slug.ljust(12, "0")[:12], "name": slug.title(), "company_id": "c"} | known
    return house.registry.add(slug=slug, **settled)


@pytest.mark.parametrize("slug", ["a", "-ab", "ab-", "Ab", "a_b", "a b", "a" * 41, "", "é1", "ab\n"])
def test_a_short_name_is_plain(house: House, slug: str) -> None:
    with pytest.raises(BadConfiguration, match="short name"):
        add(house, slug)


def test_the_password_of_a_practices_own_source_is_in_the_keyring_alone(house: House) -> None:
    tenant = add(house, "own", source_url=ADDRESS)
    assert tenant.route == "silo"
    assert tenant.source_url == "postgresql://till@db.example:5433/till?sslmode=require"
    assert house.registry.source_url(tenant) == ADDRESS
    with psycopg.connect(house.platform_url) as connection:
        assert "cret" not in str(connection.execute("select * from tenants").fetchall())
    house.registry.set("own", source_url="postgresql://till:other@db.example/till")
    assert house.registry.source_url(house.registry.get("own")) == "postgresql://till:other@db.example/till"


def test_a_practices_own_address_is_sealed_and_one_from_before_still_reads(house: House) -> None:
    add(house, "own", source_url=ADDRESS)
    add(house, "before", source_url=ADDRESS)
    bare = "postgresql://till@db.example:5433/till?sslmode=require"
    with psycopg.connect(house.platform_url, autocommit=True) as connection:
        connection.execute("update tenants set source_url = %s where slug = 'before'", [bare])
        kept = connection.execute("select source_url from tenants where slug = 'own'").fetchone()
        assert kept is not None
        assert kept[0].startswith("sealed:")
        assert "db.example" not in kept[0]
    again = Registry(house.platform_url, Keyring(house.keyring.path))
    assert [tenant.source_url for tenant in again.all()] == [bare, bare]
    assert again.source_url(again.get("before")) == ADDRESS
    again.set("before", source_url=ADDRESS)
    with psycopg.connect(house.platform_url, autocommit=True) as connection:
        assert "db.example" not in str(connection.execute("select * from tenants").fetchall())
        connection.execute("update tenants set source_url = %s where slug = 'before'", [kept[0]])
    with pytest.raises(CannotOpen):  # what was sealed for another practice
        again.source_url(again.get("before"))
    again.remove("before")
    again.close()


def test_an_address_that_cannot_be_opened_holds_up_no_other_practice(house: House) -> None:
    """The page of each practice reads the names of all of them."""
    add(house, "own", source_url=ADDRESS)
    add(house, "spoilt", source_url=ADDRESS)
    with psycopg.connect(house.platform_url, autocommit=True) as connection:
        connection.execute("update tenants set source_url = 'sealed:AAAA' where slug = 'spoilt'")
    registry = Registry(house.platform_url, Keyring(house.keyring.path))
    own, spoilt = registry.all()
    assert registry.source_url(own) == ADDRESS
    with pytest.raises(CannotOpen):
        registry.source_url(spoilt)
    assert facts(spoilt)["source_url"] == "cannot be opened"
    assert registry.scope("spoilt").slug == "spoilt"
    mended = registry.set("spoilt", source_url=ADDRESS)
    assert registry.source_url(mended) == ADDRESS
    registry.close()


def test_until_its_row_is_changed_a_practice_keeps_the_password_of_its_address(house: House) -> None:
    tenant = add(house, "own", source_url=ADDRESS)
    with psycopg.connect(house.platform_url, autocommit=True) as platform:
        kept = platform.execute("select quote_literal(source_url) from tenants").fetchone()
        assert kept is not None
        platform.execute(f"alter table tenants add constraint fixed check (source_url = {kept[0]})")
        with pytest.raises(IntegrityError):
            house.registry.set("own", source_url="postgresql://till:another@elsewhere.example/till")
        assert house.registry.source_url(house.registry.get("own")) == ADDRESS
        platform.execute("alter table tenants drop constraint fixed")
    house.registry.set("own", source_url="postgresql://till:another@elsewhere.example/till")
    assert "s@cret" not in house.keyring.path.read_text()
    house.keyring.set(f"source/{tenant.id}", "before")  # as it was kept when there was one name for all
    house.keyring.forget(next(name for name in house.keyring.names() if name.count("/") == 2))
    assert house.registry.source_url(house.registry.get("own")).startswith("postgresql://till:before@")


def test_a_short_name_is_taken_once(house: House) -> None:
    add(house, "north")
    with pytest.raises(TenantExists):
        add(house, "north", id="another00000")


def test_the_names_of_other_practices_are_told_to_the_operator_alone(house: House) -> None:
    add(house, "harbour-optics")
    with pytest.raises(UnknownTenant) as told:
        house.registry.scope("harbor-optics")
    assert "harbour" not in str(told.value)
    with pytest.raises(UnknownTenant, match="Did you mean 'harbour-optics'"):
        house.registry.get("harbor-optics", for_operator=True)
    with pytest.raises(UnknownTenant, match="Known are: harbour-optics"):
        house.registry.get("zz", for_operator=True)


def test_the_date_is_the_callers_the_environments_the_practices_or_the_real_one(house: House) -> None:
    add(house, "pinned", today=date(2026, 10, 31))
    add(house, "free", timezone="Pacific/Kiritimati")
    assert house.registry.scope("pinned").today == date(2026, 10, 31)
    assert house.registry.scope("pinned", today=date(2020, 1, 1)).today == date(2020, 1, 1)
    assert house.registry.scope("free").today == datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    pinned = Registry(house.platform_url, house.keyring, today=date(2030, 1, 1))
    assert pinned.scope("pinned").today == date(2030, 1, 1)
    pinned.close()


def test_a_change_and_a_removal_are_seen_at_once(house: House) -> None:
    add(house, "north")
    assert house.registry.get("north").name == "North"
    house.registry.set("north", name="New", today=date(2026, 1, 1))
    assert house.registry.scope("north", role="manager").name == "New"
    house.registry.remove("north")
    assert house.registry.all() == []
    with pytest.raises(UnknownTenant):
        house.registry.get("north")
    with pytest.raises(UnknownTenant):
        house.registry.set("north", name="x")


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    files = sorted(path.name for path in (Path(migrations.__file__).parent / "versions").glob("0*.py"))
    assert files[-1].startswith(platform.HEAD)


def test_processes_that_start_at_once_make_the_tables_once(house: House) -> None:
    with psycopg.connect(house.platform_url, autocommit=True) as connection:
        connection.execute("drop schema public cascade; create schema public")
    failures: list[BaseException] = []

    def start() -> None:
        try:
            Registry(house.platform_url, house.keyring).close()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    add(house, "north")


def test_a_platform_that_does_not_answer_is_told_soon(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="platform"):
        Registry("postgresql://nobody:secret@127.0.0.1:1/none", Keyring(tmp_path / "k.json"))
    assert time.monotonic() - started < 2
