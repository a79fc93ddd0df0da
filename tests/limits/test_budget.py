"""Budgets: never overspent by one, never forgotten, closed where they cannot be looked up."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from warehouse.hosts import database

from limits.conftest import Clock, Make, OwnValkey, new_practice
from prentice.embedded import Servers
from prentice.errors import BudgetSpent, LimitsUnavailable, UnknownTenant
from prentice.limits import Limits, budget
from prentice.limits.budget import Reservation
from prentice.settings import Settings
from prentice.tenancy.platform import open_platform

Practice = Callable[..., str]


def rows(limits: Limits, tenant: str) -> tuple[int, int]:
    """Used and set aside today."""
    found = limits.budget.standing(tenant)["rows"]
    return found.used, found.aside


def written(url: str, tenant: str) -> dict[date, tuple[int, ...]]:
    with psycopg.connect(url) as reader:
        found = reader.execute(
            "select day, rows, cost, tokens, questions, refused from use_by_day where tenant_id = %s",
            [tenant],
        )
        return {row[0]: row[1:] for row in found}


# -- one after another ---------------------------------------------------------------------------------


def test_what_is_set_aside_is_settled_with_what_was_used(limits: Limits, practice: Practice) -> None:
    tenant = practice(budgets={"rows_per_day": 100})
    reserved = limits.budget.reserve(tenant, "rows", 60)
    assert rows(limits, tenant) == (0, 60)
    limits.budget.settle(reserved, 10)
    assert rows(limits, tenant) == (10, 0)
    limits.budget.settle(reserved, 10)  # a second time
    limits.budget.release(reserved)
    assert rows(limits, tenant) == (10, 0)
    limits.budget.release(limits.budget.reserve(tenant, "rows", 90))
    assert rows(limits, tenant) == (10, 0)


def test_what_is_left_but_set_aside_is_told_apart_from_what_is_used_up(
    limits: Limits, practice: Practice, clock: Clock
) -> None:
    clock.set("2026-10-24T20:30")  # 21:30 in London, in summer; the next night the clock goes back
    tenant = practice(budgets={"rows_per_day": 100})
    reserved = limits.budget.reserve(tenant, "rows", 60)
    with pytest.raises(BudgetSpent, match="set aside for work under way") as busy:
        limits.budget.reserve(tenant, "rows", 41)
    assert busy.value.retry_after_s == 2
    limits.budget.settle(reserved, 60)
    with pytest.raises(BudgetSpent, match="rows for this day are used up") as spent:
        limits.budget.reserve(tenant, "rows", 41)
    assert spent.value.retry_after_s == 2.5 * 3600
    assert "2026-10-25 00:00 (Europe/London)" in spent.value.next_step
    with pytest.raises(BudgetSpent, match="more rows than the practice may in a whole day") as never:
        limits.budget.reserve(tenant, "rows", 101)
    assert never.value.retry_after_s is None
    limits.budget.reserve(tenant, "rows", 40)
    assert limits.state().refused == {"rows_per_day": 3}


def test_several_things_are_set_aside_together_or_not_at_all(limits: Limits, practice: Practice) -> None:
    tenant = practice(budgets={"rows_per_day": 100, "cost_per_day": 1_000, "tokens_per_day": 10})
    with pytest.raises(BudgetSpent, match="units of database work"):
        limits.budget.reserve_all(tenant, {"rows": 100, "cost": 1_000.5})
    reserved = limits.budget.reserve_all(tenant, {"rows": 100, "cost": 999.5, "tokens": 10})
    with pytest.raises(ValueError, match="several things"):
        limits.budget.settle(reserved, 3)
    limits.budget.settle(reserved, {"rows": 7, "cost": 12.2})
    found = limits.budget.standing(tenant)
    assert {name: (one.used, one.aside) for name, one in found.items()} == {
        "rows": (7, 0),
        "cost": (13, 0),
        "tokens": (0, 0),
        "tokens_of_month": (0, 0),
    }


def test_more_than_was_set_aside_is_counted_too(limits: Limits, practice: Practice) -> None:
    tenant = practice(budgets={"tokens_per_day": 100})
    limits.budget.settle(limits.budget.reserve(tenant, "tokens", 90), 130)
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "tokens", 1)


def test_a_budget_of_nothing_is_used_up_and_nothing_can_be_reserved_of_it(
    limits: Limits, practice: Practice
) -> None:
    tenant = practice(budgets={"tokens_per_day": 0})
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "tokens", 1)
    nothing = limits.budget.reserve(tenant, "tokens", 0)
    limits.budget.settle(nothing, 0)


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), 1e16])
def test_an_amount_that_cannot_be_counted_is_a_mistake(
    limits: Limits, practice: Practice, amount: float
) -> None:
    with pytest.raises(ValueError, match="no amount of rows"):
        limits.budget.reserve(practice(), "rows", amount)


def test_a_practice_that_is_not_there_has_no_budget(limits: Limits) -> None:
    with pytest.raises(UnknownTenant):
        limits.budget.reserve("nobodys", "rows", 1)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["reserve", "settle", "release"]), st.integers(0, 60)), max_size=30)
)
def test_whatever_the_order_the_sum_is_right(
    limits: Limits, practice: Practice, steps: list[tuple[str, int]]
) -> None:
    tenant, used, aside = practice(budgets={"rows_per_day": 100}), 0, list[tuple[Reservation, int]]()
    for step, n in steps:
        if step == "reserve":
            fits = used + sum(amount for _, amount in aside) + n <= 100 or n == 0
            try:
                aside.append((limits.budget.reserve(tenant, "rows", n), n))
                assert fits
            except BudgetSpent:
                assert not fits
        elif aside:
            reserved, amount = aside.pop(n % len(aside))
            actual = min(n, amount) if step == "settle" else 0
            limits.budget.settle(reserved, actual)
            used += actual
        assert rows(limits, tenant) == (used, sum(amount for _, amount in aside))


# -- at the same time ----------------------------------------------------------------------------------

LIMIT = 1_000


def _spend(redis_url: str, platform_url: str, tenant: str, seed: int, ones: bool, spent: object) -> None:
    chance = random.Random(seed)
    limits = Limits(Redis.from_url(redis_url), platform_url, Settings())
    lock, total = threading.Lock(), 0

    def work(_: int) -> None:
        nonlocal total
        amount = 1 if ones else chance.randint(1, 9)
        try:
            reserved = limits.budget.reserve(tenant, "rows", amount)
        except BudgetSpent:
            return
        actual = amount if ones else chance.randint(0, amount)
        with lock:
            total += actual
        limits.budget.settle(reserved, actual)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(400 if ones else 300)))
    limits.close()
    spent.put(total)  # type: ignore[attr-defined]


@pytest.mark.parametrize("ones", [True, False])
def test_processes_that_all_try_never_overspend_by_one(
    make: Make, practice: Practice, servers: Servers, platform_url: str, ones: bool
) -> None:
    tenant = practice(budgets={"rows_per_day": LIMIT})
    spawn = multiprocessing.get_context("spawn")
    spent = spawn.Queue()
    processes = [
        spawn.Process(target=_spend, args=(servers.redis_url, platform_url, tenant, seed, ones, spent))
        for seed in range(4)
    ]
    for process in processes:
        process.start()
    total = sum(spent.get(timeout=100) for _ in processes)
    for process in processes:
        process.join()
    assert total == LIMIT if ones else total <= LIMIT
    assert rows(make(), tenant) == (total, 0)
    (day,) = written(platform_url, tenant).values()
    assert day[0] == total


def test_threads_that_hold_what_they_set_aside_never_have_more_than_the_limit(
    limits: Limits, practice: Practice
) -> None:
    tenant = practice(budgets={"cost_per_day": 50})
    lock, held, most = threading.Lock(), 0, 0

    def work(n: int) -> None:
        nonlocal held, most
        try:
            reserved = limits.budget.reserve(tenant, "cost", n % 7 + 1)
        except BudgetSpent:
            return
        with lock:
            held += reserved.cost
            most = max(most, held)
        time.sleep(0.001)
        with lock:
            held -= reserved.cost
        limits.budget.release(reserved)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(500)))
    assert 7 < most <= 50


# -- the practice's own calendar -----------------------------------------------------------------------


def test_the_day_begins_at_the_practices_own_midnight(
    limits: Limits, practice: Practice, clock: Clock, platform_url: str
) -> None:
    clock.set("2026-03-31T09:59")
    budgets = {"tokens_per_day": 10, "tokens_per_month": 15}
    auckland, honolulu = (
        practice(zone, budgets=budgets) for zone in ("Pacific/Auckland", "Pacific/Honolulu")
    )
    for tenant in (auckland, honolulu):
        limits.budget.settle(limits.budget.reserve(tenant, "tokens", 10), 10)
        with pytest.raises(BudgetSpent, match="this day"):
            limits.budget.reserve(tenant, "tokens", 1)
    clock.set("2026-03-31T10:00")  # 23:00 in Auckland, midnight in Honolulu: both still or newly the 31st
    limits.budget.settle(limits.budget.reserve(honolulu, "tokens", 5), 5)
    with pytest.raises(BudgetSpent, match="this month") as spent:
        limits.budget.reserve(honolulu, "tokens", 1)
    assert "2026-04-01 00:00 (Pacific/Honolulu)" in spent.value.next_step
    assert spent.value.retry_after_s == 24 * 3600
    with pytest.raises(BudgetSpent, match="this day"):
        limits.budget.reserve(auckland, "tokens", 1)
    clock.set("2026-03-31T11:00")  # April in Auckland
    limits.budget.settle(limits.budget.reserve(auckland, "tokens", 10), 10)
    with pytest.raises(BudgetSpent, match="this day"):
        limits.budget.reserve(auckland, "tokens", 1)
    limits.budget.keep()
    assert {d: w[2] for d, w in written(platform_url, auckland).items()} == {
        date(2026, 3, 31): 10,
        date(2026, 4, 1): 10,
    }
    assert {d: w[2] for d, w in written(platform_url, honolulu).items()} == {
        date(2026, 3, 30): 10,
        date(2026, 3, 31): 5,
    }


def test_work_over_midnight_counts_where_it_ends_and_holds_its_place(
    limits: Limits, practice: Practice, clock: Clock
) -> None:
    clock.set("2026-06-10T12:00")
    tenant = practice("UTC", budgets={"rows_per_day": 100})
    reserved = limits.budget.reserve(tenant, "rows", 80)
    clock.set("2026-06-11T00:00")
    with pytest.raises(BudgetSpent, match="set aside"):
        limits.budget.reserve(tenant, "rows", 21)
    limits.budget.settle(reserved, 30)
    assert rows(limits, tenant) == (30, 0)


def test_a_clock_that_is_behind_gets_no_second_day_and_one_far_ahead_does_not_last(
    limits: Limits, practice: Practice, clock: Clock
) -> None:
    tenant = practice("UTC", budgets={"rows_per_day": 10})
    clock.set("2026-06-11T00:00")
    limits.budget.settle(limits.budget.reserve(tenant, "rows", 10), 10)
    clock.set("2026-06-10T23:59")  # another machine's
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "rows", 1)
    clock.set("2099-01-01T00:00")
    limits.budget.settle(limits.budget.reserve(tenant, "rows", 10), 10)
    clock.set("2026-06-11T00:01")  # what was written down of the day still counts
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "rows", 1)
    clock.set("2026-06-12T00:00")
    limits.budget.reserve(tenant, "rows", 10)


# -- never settled -------------------------------------------------------------------------------------


def test_what_is_never_settled_counts_as_spent(
    make: Make, practice: Practice, platform_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, other, tenant = make(), make(), practice("UTC", budgets={"rows_per_day": 100})
    monkeypatch.setattr(budget, "LIFE_S", 1)
    lost = killed.budget.reserve(tenant, "rows", 60)
    monkeypatch.setattr(budget, "LIFE_S", 900)
    time.sleep(1.1)
    with pytest.raises(BudgetSpent, match="used up"):
        other.budget.reserve(tenant, "rows", 41)
    assert rows(other, tenant) == (60, 0)
    killed.budget.settle(lost, 5)  # far too late
    killed.budget.keep()
    other.budget.keep()
    assert rows(other, tenant) == (60, 0)
    assert [day[0] for day in written(platform_url, tenant).values()] == [60]


# -- Valkey and the database come and go ---------------------------------------------------------------


def test_the_keys_have_no_time_to_live(limits: Limits, practice: Practice, redis: Redis) -> None:
    tenant = practice()
    limits.budget.reserve(tenant, "rows", 1)
    keys = list(redis.scan_iter(f"prentice:budget:{tenant}*"))
    assert len(keys) == 2
    assert {redis.ttl(key) for key in keys} == {-1}
    limits.removed(tenant)
    assert not list(redis.scan_iter(f"prentice:budget:{tenant}*"))


def test_without_valkey_nothing_is_set_aside_and_what_was_is_settled(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis, platform_url: str
) -> None:
    limits, tenant = make(own_redis), practice("UTC", budgets={"rows_per_day": 100})
    under_way = limits.budget.reserve(tenant, "rows", 50)
    own.kill()
    with pytest.raises(LimitsUnavailable) as closed:
        limits.budget.reserve(tenant, "rows", 1)
    assert closed.value.retry_after_s
    began = time.perf_counter()
    for _ in range(500):
        with pytest.raises(LimitsUnavailable):
            limits.budget.reserve(tenant, "rows", 1)
    assert (time.perf_counter() - began) / 500 < 0.001
    limits.budget.settle(under_way, 20)
    limits.budget.keep()
    assert [day[0] for day in written(platform_url, tenant).values()] == [20]
    assert limits.state().refused == {"unavailable": 501}
    own.restart()
    time.sleep(1.05)
    assert rows(limits, tenant) == (20, 0)
    limits.budget.reserve(tenant, "rows", 80)
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "rows", 1)


def test_a_valkey_that_comes_back_empty_does_not_forget_the_day_or_what_is_under_way(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    limits, tenant = make(own_redis), practice(budgets={"tokens_per_day": 100, "tokens_per_month": 110})
    limits.budget.settle(limits.budget.reserve(tenant, "tokens", 30), 30)
    under_way = limits.budget.reserve(tenant, "tokens", 50)
    own.kill()
    own.restart()
    with pytest.raises(BudgetSpent, match="set aside"):
        limits.budget.reserve(tenant, "tokens", 21)
    limits.budget.settle(under_way, 50)
    found = limits.budget.standing(tenant)
    assert [(found[n].used, found[n].aside) for n in ("tokens", "tokens_of_month")] == [(80, 0)] * 2
    with pytest.raises(BudgetSpent, match="used up"):
        limits.budget.reserve(tenant, "tokens", 21)


def test_what_another_process_used_and_has_under_way_is_known_again_after_its_next_beat(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    one, other = make(own_redis), make(own_redis)
    tenant = practice(budgets={"rows_per_day": 100})
    other.budget.settle(other.budget.reserve(tenant, "rows", 30), 30)
    under_way = other.budget.reserve(tenant, "rows", 50)
    own.kill()
    own.restart()
    one.budget.release(one.budget.reserve(tenant, "rows", 1))
    other.budget.keep()
    assert rows(one, tenant) == (30, 50)
    own.kill()
    own.restart()
    other.budget.settle(under_way, 50)  # of which the new Valkey has not heard
    other.budget.keep()
    assert rows(one, tenant) == (80, 0)


def test_a_valkey_that_was_only_out_of_reach_counts_nothing_twice(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis, platform_url: str
) -> None:
    limits, tenant = make(own_redis), practice(budgets={"rows_per_day": 100})
    under_way = limits.budget.reserve(tenant, "rows", 50)
    own.freeze()
    limits.budget.settle(under_way, 20)
    own.thaw()
    time.sleep(1.1)
    for _ in range(2):
        limits.budget.keep()
        assert rows(limits, tenant) == (20, 0)
    assert [day[0] for day in written(platform_url, tenant).values()] == [20]


def test_while_valkey_is_killed_again_and_again_nothing_is_overspent(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    limits, tenant = make(own_redis), practice(budgets={"rows_per_day": 3_000})
    lock, spent, ended = threading.Lock(), 0, threading.Event()

    def work(n: int) -> None:
        nonlocal spent
        while not ended.is_set():
            try:
                reserved = limits.budget.reserve(tenant, "rows", 5)
            except LimitsUnavailable:
                time.sleep(0.02)
                continue
            except BudgetSpent:
                return
            with lock:
                spent += 5
            limits.budget.settle(reserved, 5)
            time.sleep(0.02)

    with ThreadPoolExecutor(4) as threads:
        workers = [threads.submit(work, n) for n in range(4)]
        for _ in range(3):
            time.sleep(0.4)
            own.kill()
            own.restart()
        deadline = time.monotonic() + 30
        while not all(worker.done() for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.1)
        ended.set()
    assert spent == 3_000
    assert rows(limits, tenant) == (3_000, 0)


@pytest.fixture
def mortal_url(servers: Servers) -> Iterator[str]:
    with database(servers) as url:
        open_platform(url).dispose()
        yield url


def test_without_the_database_the_day_goes_on_and_is_written_when_it_is_back(
    make: Make, mortal_url: str, redis: Redis
) -> None:
    tenant = new_practice(mortal_url, budgets={"rows_per_day": 100})
    limits = make(redis, mortal_url)
    limits.budget.settle(limits.budget.reserve(tenant, "rows", 10), 10)
    with psycopg.connect(mortal_url, autocommit=True) as admin:
        admin.execute("alter table use_by_day rename to gone")
    limits.budget.settle(limits.budget.reserve(tenant, "rows", 20), 20)
    limits.budget.keep()
    assert limits.state().unwritten == 1
    redis.delete(f"prentice:budget:{tenant}")
    with pytest.raises(LimitsUnavailable):  # neither of them knows the day
        limits.budget.reserve(tenant, "rows", 1)
    with pytest.raises(LimitsUnavailable):
        limits.use(tenant, 1)
    with psycopg.connect(mortal_url, autocommit=True) as admin:
        admin.execute("alter table gone rename to use_by_day")
    limits.budget.keep()
    assert limits.state().unwritten == 0
    assert rows(limits, tenant) == (30, 0)


def test_a_practice_of_which_nothing_can_be_read_is_limited_as_any_and_has_no_budget(
    make: Make, mortal_url: str, redis: Redis
) -> None:
    tenant = new_practice(mortal_url)
    limits = make(redis, mortal_url)
    with psycopg.connect(mortal_url, autocommit=True) as admin:
        admin.execute("alter table tenants rename column settings to gone")
    assert limits.take(tenant, "u_a", "s", "session").allowed
    with pytest.raises(LimitsUnavailable):
        limits.budget.reserve(tenant, "rows", 1)
    assert limits.state().refused["unavailable"] == 1
    with psycopg.connect(mortal_url, autocommit=True) as admin:
        admin.execute("alter table tenants rename column gone to settings")
    time.sleep(1.05)
    limits.budget.reserve(tenant, "rows", 1)


# -- written down --------------------------------------------------------------------------------------


def test_the_days_are_shown_with_what_was_asked_and_refused(
    limits: Limits, practice: Practice, clock: Clock
) -> None:
    tenant = practice("UTC", budgets={"rows_per_day": 10}, user={"per_minute": 1, "burst": 1})
    clock.set("2026-06-10T12:00")
    with limits.at_once(tenant, "u_a"):
        limits.budget.settle(
            limits.budget.reserve_all(tenant, {"rows": 9, "cost": 50}), {"rows": 4, "cost": 33}
        )
    clock.set("2026-06-12T12:00")
    with limits.at_once(tenant, "u_a"):
        limits.budget.settle(limits.budget.reserve(tenant, "tokens", 9), 7)
    with pytest.raises(BudgetSpent):
        limits.budget.reserve(tenant, "rows", 11)
    found = [(d.day.day, d.rows, d.cost, d.tokens, d.questions, d.refused) for d in limits.use(tenant, 3)]
    assert found == [(12, 0, 0, 7, 1, 1), (11, 0, 0, 0, 0, 0), (10, 4, 33, 0, 1, 0)]
    assert ZoneInfo("UTC") == limits.budget.standing(tenant)["rows"].renews.tzinfo


def test_it_is_written_within_seconds_and_at_the_end(
    make: Make, practice: Practice, platform_url: str
) -> None:
    limits, tenant, other = make(), practice(), practice()
    limits.budget.settle(limits.budget.reserve(tenant, "rows", 3), 3)
    deadline = time.monotonic() + 10
    while not written(platform_url, tenant) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [day[0] for day in written(platform_url, tenant).values()] == [3]
    limits.budget.settle(limits.budget.reserve(other, "rows", 4), 4)
    limits.close()
    limits.close()
    assert [day[0] for day in written(platform_url, other).values()] == [4]


def test_a_practice_that_was_removed_holds_up_nobodys_writing(
    limits: Limits, practice: Practice, platform_url: str
) -> None:
    gone, there = practice(), practice()
    for tenant in (gone, there):
        limits.budget.settle(limits.budget.reserve(tenant, "rows", 3), 3)
    with psycopg.connect(platform_url, autocommit=True) as admin:
        admin.execute("delete from tenants where id = %s", [gone])
    limits.budget.keep()
    assert limits.state().unwritten == 0
    assert written(platform_url, gone) == {}
    assert len(written(platform_url, there)) == 1
