"""A practice moves to another database and back: answered from the old place until the new one was tried."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from warehouse.hosts import House, database, fill

from prentice.embedded import Servers
from prentice.errors import BadSetting, PrenticeError, RunUnderWay, SourceUnavailable, SourceUnsuitable
from prentice.tenancy import move
from prentice.tenancy.alone import alone
from prentice.tenancy.move import Moved, move_tenant, moving_secret

COUNT = "select count(*) from prentice.sales"


@pytest.fixture
def own(servers: Servers) -> Iterator[str]:
    """A database of the practice's own, on the same server: its login is known there under the same name."""
    with database(servers) as url:
        fill(url, "north", sales=3)
        yield url


@pytest.fixture
def town(house: House, own: str) -> Iterator[House]:
    fill(house.source_url, "north", "south")
    house.add("north", "north")
    house.add("south", "south")
    yield house
    for tenant in house.registry.all():
        for url in (own, house.source_url):
            with psycopg.connect(url, autocommit=True) as admin:
                if admin.execute("select from pg_roles where rolname = %s", [tenant.login]).fetchone():
                    admin.execute(f"drop owned by {tenant.login}")


def to(house: House, source_url: str | None, **options: Any) -> Moved:
    return move_tenant(
        house.registry,
        house.keyring,
        "north",
        source_url=source_url,
        redis=house.redis,
        owned=True,
        **options,
    )


def enters(url: str, login: str) -> bool:
    with psycopg.connect(url) as admin:
        row = admin.execute(
            "select coalesce((select has_schema_privilege(r.oid, to_regnamespace('prentice')::oid, 'usage') "
            "from pg_roles r where rolname = %s), false)",
            [login],
        ).fetchone()
    return row == (True,)


def test_a_practice_moves_to_a_database_of_its_own_and_back(town: House, own: str) -> None:
    tenant = town.registry.get("north")
    assert town.run("north", COUNT).rows == [[20]]
    moved = to(town, own)
    assert (moved.tenant.route, moved.tenant.id, moved.left_behind) == ("silo", tenant.id, None)
    assert moved.report.counts["sales"] == 3
    assert town.run("north", COUNT).rows == [[3]]
    assert (enters(own, tenant.login), enters(town.source_url, tenant.login)) == (True, False)
    assert town.run("south", COUNT).rows == [[20]]
    back = to(town, None)
    assert (back.tenant.route, back.tenant.source_url, back.left_behind) == ("pool", None, None)
    assert town.run("north", COUNT).rows == [[20]]
    assert not enters(own, tenant.login)
    with psycopg.connect(own) as admin:  # it was the last there
        assert admin.execute("select to_regnamespace('prentice')").fetchone() == (None,)
    assert not [name for name in town.keyring.names() if name.startswith(("source/", "moving/"))]


def test_a_place_where_the_practice_already_is_is_told(town: House) -> None:
    for url in (None, town.source_url):
        with pytest.raises(BadSetting, match="already"):
            to(town, url)


@pytest.mark.parametrize("fault", ["nothing answers", "another practice", "a view that breaks", "no tables"])
def test_a_move_that_fails_leaves_the_practice_where_it_was(
    town: House, servers: Servers, own: str, fault: str
) -> None:
    tenant = town.registry.get("north")
    kind: type[PrenticeError] = SourceUnsuitable
    url = own
    with psycopg.connect(own, autocommit=True) as admin:
        match fault:
            case "nothing answers":
                kind, url = SourceUnavailable, "postgresql://u:hush@127.0.0.1:1/d"
            case "another practice":
                admin.execute("update companies set id = 'west'; update products set company_id = 'west'")
                admin.execute("update pos_transactions set company_id = 'west'; delete from users")
                admin.execute("update orders set company_id = 'west'; delete from appointments")
                admin.execute("delete from purchase_orders; delete from inventory_movements")
            case "a view that breaks":
                admin.execute(
                    """alter table products rename to goods;
                    create view products as select id, company_id, product_type, name, brand, model, sku,
                      category, cost / 0 as cost, stock_quantity, low_stock_threshold, unit_price, is_active
                      from goods"""
                )
            case "no tables":
                admin.execute("drop schema public cascade; create schema public")
    with pytest.raises(kind) as told:
        to(town, url)
    assert "hush" not in str(told.value)
    assert town.registry.find("north") == tenant
    assert town.run("north", COUNT, fresh=True).rows == [[20]]
    assert not enters(own, tenant.login)
    assert moving_secret(tenant.id) not in town.keyring.names()


@pytest.mark.parametrize("moment", ["before the switch", "after the switch"])
def test_a_move_that_is_killed_is_settled_by_the_next(
    town: House, own: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    tenant = town.registry.get("north")
    with monkeypatch.context() as killed:
        if moment == "before the switch":
            killed.setattr(move, "gather", die)
            settled = move.finish_move
            calls = iter([settled])  # the first call is the beginning's; what would tidy up is killed too
            killed.setattr(move, "finish_move", lambda *a, **k: next(calls, die)(*a, **k))
        else:
            killed.setattr(move.time, "sleep", die)
        with pytest.raises(Killed):
            to(town, own)
    assert moving_secret(tenant.id) in town.keyring.names()
    assert (enters(own, tenant.login), enters(town.source_url, tenant.login)) == (True, True)
    expected = 20 if moment == "before the switch" else 3
    assert town.run("north", COUNT, fresh=True).rows == [[expected]]
    if moment == "before the switch":
        assert to(town, own).tenant.route == "silo"
    else:
        with pytest.raises(BadSetting, match="already"):
            to(town, own)
    assert (enters(own, tenant.login), enters(town.source_url, tenant.login)) == (True, False)
    assert town.run("north", COUNT, fresh=True).rows == [[3]]


def test_a_question_under_way_is_answered_and_none_fails_while_a_practice_moves(
    town: House, own: str
) -> None:
    failures: list[BaseException] = []
    counts: set[Any] = set()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                counts.add(town.run("north", COUNT, fresh=True).rows[0][0])
            except BaseException as failure:
                failures.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    to(town, own)
    time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert counts == {20, 3}


def test_one_at_a_time_moves_a_practice(town: House, own: str) -> None:
    with alone(town.platform_url, town.registry.get("north").id), pytest.raises(RunUnderWay):
        to(town, own)


def test_a_practice_that_moved_half_way_is_removed_from_both_places(town: House, own: str) -> None:
    tenant = town.registry.get("north")
    to(town, own)
    town.keyring.set(moving_secret(tenant.id), json.dumps([town.source_url, own]))
    town.remove("north")
    assert not enters(own, tenant.login)
    with town.admin() as admin:
        assert admin.execute("select from pg_roles where rolname = %s", [tenant.login]).fetchone() is None
