"""Running a statement: limits from inside and outside, values ready for JSON, clear failures."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from prentice.embedded import Servers
from prentice.errors import QueryTimedOut, QueryTooCostly, SourceUnavailable, SourceUnsuitable, UnknownTenant
from prentice.settings import Settings
from prentice.warehouse.execute import Warehouse

from .hosts import House, fill, open_house

LONG = "select count(*) from generate_series(1, 200000000) g"


@pytest.fixture(scope="module")
def hasty(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ten rows and half a second are the limit here."""
    limits = {"statement_timeout_s": 0.5, "max_rows": 10, "max_cost": 5_000_000}
    with open_house(servers, tmp_path_factory.mktemp("house"), **limits) as house:
        fill(house.source_url, "north", "south")
        for slug in ("north", "south"):
            house.add(slug, slug)
        yield house


def test_more_rows_than_the_limit_are_cut_and_reported(hasty: House) -> None:
    result = hasty.run("north", "select transaction_id from prentice.sales order by sold_at")
    assert result.rows[0] == ["north-t1"]
    assert (len(result.rows), result.truncated) == (10, True)
    exact = hasty.run("north", "select transaction_id from prentice.sales limit 10")
    assert (len(exact.rows), exact.truncated) == (10, False)


def test_values_come_ready_for_json(hasty: House) -> None:
    result = hasty.run(
        "north",
        """select 12::numeric as whole, 12.50 as money, sum(n) as total, 'NaN'::numeric as odd, true as flag,
             date '2026-10-31' as day, timestamp '2026-10-31 09:05' as moment, null as nothing,
             array_agg(n)::text as other from (values (1::bigint), (2)) v(n)""",
    )
    assert result.columns[:3] == ("whole", "money", "total")
    assert result.rows == [[12, 12.5, 3, None, True, "2026-10-31", "2026-10-31T09:05:00", None, "{1,2}"]]
    assert [type(cell) for cell in result.rows[0][:3]] == [int, float, int]


def test_what_a_login_set_for_its_own_sessions_spoils_no_answer(house: House) -> None:
    """A role may change its own defaults; it would break its own practice, or have its dates misread."""
    fill(house.source_url, "north")
    house.add("north", "north")
    with house.login("north") as login:
        login.execute("set default_transaction_read_only = off")
        for setting in (
            "row_security = off",
            "datestyle = 'German'",
            "timezone = 'Asia/Tokyo'",
            "search_path = nowhere",
            "client_encoding = 'SQL_ASCII'",
            "enable_nestloop = on",
        ):
            login.execute(f"alter role current_user set {setting}")
    sql = "select min(sold_at), current_setting('timezone') from prentice.sales"
    assert house.run("north", sql).rows == [["2026-10-02T10:00:00", "UTC"]]
    scope, settings = house.scope("north"), "select current_setting('enable_nestloop')"
    assert house.run("north", settings).rows == [["off"]]
    assert house.warehouse.values(scope)["brand"] == ["north Brand"]


def test_parameters_stay_values(hasty: House) -> None:
    trick = "x' or true --"
    assert hasty.run(
        "north", "select count(*) from prentice.products where name = %(p1)s", p1=trick
    ).rows == [[0]]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "delete from prentice.sales",
        "insert into prentice.sales select 1",
        "",
        "select 1) x; --",
    ],
)
def test_only_one_query_runs(hasty: House, sql: str) -> None:
    with pytest.raises(Exception, match="could not be run"):
        hasty.run("north", sql)


def test_a_query_over_the_time_limit_is_ended_and_says_so(hasty: House) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimedOut, match=r"longer than 0\.5 seconds"):
        hasty.run("north", LONG)
    assert time.monotonic() - started < 1.5
    assert hasty.run("north", "select 1").rows == [[1]]


def test_a_query_over_the_cost_gate_does_not_run(hasty: House) -> None:
    with pytest.raises(QueryTooCostly):
        hasty.run(
            "north", "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"
        )


def test_a_stray_query_by_another_door_is_ended_too(hasty: House) -> None:
    hasty.run("north", "select 1")  # the sweeping begins with the first question
    with psycopg.connect(hasty.login_url("north"), autocommit=True) as client:
        client.execute("set statement_timeout = 0")
        started = time.monotonic()
        with pytest.raises((psycopg.errors.QueryCanceled, psycopg.errors.AdminShutdown)):
            client.execute(LONG)
    assert time.monotonic() - started < 8


def test_a_broken_connection_costs_no_question(hasty: House) -> None:
    assert hasty.run("north", "select 1").rows == [[1]]
    with hasty.admin() as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s",
            [hasty.registry.get("north").login],
        )
    assert hasty.run("north", "select 2").rows == [[2]]


def test_a_server_process_that_hangs_keeps_nobody_waiting(hasty: House) -> None:
    hasty.run("north", "select 1")
    with hasty.admin() as admin:
        stopped = [
            pid
            for (pid,) in admin.execute(
                "select pid from pg_stat_activity where usename = %s and query = 'commit'",
                [hasty.registry.get("north").login],
            )
        ]
    assert stopped
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(QueryTimedOut):
            hasty.run("north", "select 2", fresh=True)
        assert time.monotonic() - started < 4
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert hasty.run("north", "select 3").rows == [[3]]


def test_a_value_that_cannot_be_calculated_with_is_told_without_the_value(hasty: House) -> None:
    with pytest.raises(SourceUnsuitable) as told:
        hasty.run("north", "select name::int from prentice.products")
    assert "Frame" not in str(told.value)


def test_many_threads_of_two_practices_get_their_own_rows(hasty: House) -> None:
    wrong: list[object] = []

    def ask(slug: str) -> None:
        for turn in range(20):
            rows = hasty.run(slug, f"select distinct staff_id, {turn} from prentice.sales", fresh=True).rows
            if rows != [[f"{slug}-u1", turn]]:
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(slug,)) for slug in ("north", "south") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_practice_that_was_removed_is_unknown(house: House) -> None:
    fill(house.source_url, "north")
    house.add("north", "north")
    scope = house.scope("north")
    house.remove("north")
    house.add("north", "north")  # the same name again is not the same practice
    from .hosts import Ask

    with pytest.raises(UnknownTenant):
        house.warehouse.run(scope, Ask("select 1"))


def test_a_source_that_goes_away_is_told_soon_and_found_again(tmp_path: Path) -> None:
    limits = Settings(home=tmp_path, embedded_fsync=False)
    with Servers.start(limits) as servers, open_house(servers, tmp_path) as house:
        fill(house.source_url, "north")
        house.add("north", "north")
        assert house.run("north", "select count(*) from prentice.sales").rows == [[20]]
        postgres = servers._postgres
        assert postgres is not None
        postgres.begin_stop()
        postgres.finish_stop()
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(SourceUnavailable):
                house.run("north", "select count(*) from prentice.sales")
            assert time.monotonic() - started < 2
        postgres.start([])
        assert house.run("north", "select count(*) from prentice.sales").rows == [[20]]
        assert isinstance(house.warehouse, Warehouse)
