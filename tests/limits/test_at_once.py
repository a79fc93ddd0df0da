"""Questions under way together: never more than may be, and no place kept by the dead."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from redis import Redis

from limits.conftest import Make, OwnValkey
from prentice.errors import BudgetSpent, LimitsUnavailable, TooManyRequests
from prentice.limits import Limits, at_once
from prentice.limits.at_once import LEASE_S, RENEW_S, Full, Leases
from prentice.limits.policy import AtOnce
from prentice.limits.store import Store
from prentice.settings import Settings

Practice = Callable[..., str]


def test_a_user_and_a_practice_have_as_many_as_they_may(limits: Limits, practice: Practice) -> None:
    tenant = practice(at_once={"tenant": 3, "user": 2})
    with ExitStack() as under_way:
        under_way.enter_context(limits.at_once(tenant, "u_a"))
        under_way.enter_context(limits.at_once(tenant, "u_a"))
        with pytest.raises(TooManyRequests, match="You have 2 questions under way") as refused:
            under_way.enter_context(limits.at_once(tenant, "u_a"))
        assert refused.value.retry_after_s == 2
        under_way.enter_context(limits.at_once(tenant, "u_b"))
        with pytest.raises(TooManyRequests, match="The practice has 3 questions under way"):
            under_way.enter_context(limits.at_once(tenant, "u_c"))
        under_way.enter_context(limits.at_once(practice(), "u_a"))
        assert limits.state().under_way == 4
    assert limits.state().under_way == 0
    assert limits.state().refused == {"at_once_user": 1, "at_once_tenant": 1}
    with limits.at_once(tenant, "u_a"), limits.at_once(tenant, "u_a"):
        pass


def test_a_question_that_fails_gives_its_place_back(limits: Limits, practice: Practice) -> None:
    tenant = practice(at_once={"user": 1})
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limits.at_once(tenant, "u_a"):
            raise ZeroDivisionError


def test_a_question_has_its_place_and_its_rows_or_neither(
    limits: Limits, practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = practice(at_once={"user": 1}, budgets={"rows_per_day": 100})
    with limits.question(tenant, "u_a", 60) as aside:  # Valkey is told of the day first
        assert _aside(limits, tenant) == (0, 60)
        with pytest.raises(TooManyRequests, match="1 questions"), limits.question(tenant, "u_a", 1):
            pytest.fail("it was one too many")
        assert _aside(limits, tenant) == (0, 60)  # nothing for the one that had no place
        with pytest.raises(BudgetSpent, match="set aside"), limits.question(tenant, "u_b", 50):
            pytest.fail("it was more than is left")
        assert limits.state().under_way == 1  # no place for the one that had no rows
        limits.budget.settle(aside, 7)
    assert limits.state().under_way == 0
    sent = []
    run = Store.run
    monkeypatch.setattr(Store, "run", lambda store, *asked: sent.append(asked[0]) or run(store, *asked))
    with limits.question(tenant, "u_a", 93) as aside:
        assert len(sent) == 1
        assert _aside(limits, tenant) == (7, 93)
        limits.budget.release(aside)
    assert _aside(limits, tenant) == (7, 0)
    with pytest.raises(ZeroDivisionError), limits.question(tenant, "u_a", 1):
        raise ZeroDivisionError
    assert limits.state().under_way == 0


def test_without_valkey_a_question_has_no_rows_and_keeps_no_place(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    limits, tenant = make(own_redis), practice()
    own.kill()
    for _ in range(2):  # found out, and during the pause after it
        with pytest.raises(LimitsUnavailable), limits.question(tenant, "u_a", 1):
            pytest.fail("nothing was set aside")
    assert limits.state().under_way == 0
    assert limits.state().set_aside == 0


def _aside(limits: Limits, tenant: str) -> tuple[int, int]:
    found = limits.budget.standing(tenant)["rows"]
    return found.used, found.aside


def test_several_processes_count_together(make: Make, practice: Practice) -> None:
    one, other, tenant = make(), make(), practice(at_once={"tenant": 3, "user": 3})
    with one.at_once(tenant, "u_a"), other.at_once(tenant, "u_b"), one.at_once(tenant, "u_c"):
        for limits in (one, other):
            with pytest.raises(TooManyRequests), limits.at_once(tenant, "u_d"):
                pass
    with other.at_once(tenant, "u_d"):
        pass


def test_threads_of_two_processes_are_never_more_together(make: Make, practice: Practice) -> None:
    both, tenant = [make(), make()], practice(at_once={"tenant": 5, "user": 5})
    lock, now, most, refused = threading.Lock(), 0, 0, 0

    def ask(n: int) -> None:
        nonlocal now, most, refused
        try:
            with both[n % 2].at_once(tenant, f"u_{n % 3}"):
                with lock:
                    now += 1
                    most = max(most, now)
                time.sleep(0.005)
                with lock:
                    now -= 1
        except TooManyRequests:
            refused += 1

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(ask, range(300)))
    assert 1 < most <= 5
    assert refused


def _hold_and_hang(redis_url: str, platform_url: str, tenant: str, held: object) -> None:
    limits = Limits(Redis.from_url(redis_url), platform_url, Settings())
    with limits.at_once(tenant, "u_a"):
        held.set()  # type: ignore[attr-defined]
        time.sleep(600)


def test_a_killed_process_keeps_its_place_no_longer_than_a_minute(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis, platform_url: str
) -> None:
    tenant = practice(at_once={"user": 1})
    limits = make(own_redis)
    spawn = multiprocessing.get_context("spawn")
    held = spawn.Event()
    process = spawn.Process(target=_hold_and_hang, args=(own.url, platform_url, tenant, held))
    process.start()
    assert held.wait(60)
    process.kill()
    process.join()
    with pytest.raises(TooManyRequests), limits.at_once(tenant, "u_a"):
        pass
    (ends,) = [
        score for _, score in own_redis.zrange(f"prentice:at_once:{tenant}:u_a", 0, -1, withscores=True)
    ]
    assert ends / 1000 - time.time() <= LEASE_S <= 60
    assert 2 * RENEW_S <= LEASE_S


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "LEASE_S", 1)


@pytest.mark.usefixtures("short")
def test_a_lease_ends_unless_it_is_renewed(redis: Redis, practice: Practice) -> None:
    one, other, tenant, most = Leases(Store(redis)), Leases(Store(redis)), practice(), AtOnce(1, 1)
    lease, _ = one.hold(tenant, "u_a", most)
    for _ in range(4):
        time.sleep(0.4)
        one.renew()
        with pytest.raises(Full):
            other.hold(tenant, "u_a", most)
    time.sleep(1.1)
    other.let_go(other.hold(tenant, "u_a", most)[0])
    one.let_go(lease)
    assert len(one) == len(other) == 0
    assert not redis.exists(f"prentice:at_once:{tenant}")


def test_a_restarted_valkey_is_told_of_the_leases(
    own: OwnValkey, own_redis: Redis, practice: Practice
) -> None:
    one, other, tenant = Leases(Store(own_redis)), Leases(Store(own_redis)), practice()
    kept = [one.hold(tenant, "u_a", AtOnce(2, 2))[0] for _ in range(2)]
    own.kill()
    own.restart()
    one.renew()
    with pytest.raises(Full):
        other.hold(tenant, "u_a", AtOnce(2, 2))
    for lease in kept:
        one.let_go(lease)
    other.let_go(other.hold(tenant, "u_a", AtOnce(1, 1))[0])


def test_without_valkey_each_process_counts_its_own(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    limits, tenant = make(own_redis), practice(at_once={"tenant": 2, "user": 2})
    with limits.at_once(tenant, "u_a"):
        own.kill()
        with limits.at_once(tenant, "u_b"), pytest.raises(TooManyRequests), limits.at_once(tenant, "u_c"):
            pass
        with limits.at_once(tenant, "u_c"):
            pass
    assert limits.state().unchecked["at_once"] == limits.unchecked == 2
    assert limits.state().under_way == 0
