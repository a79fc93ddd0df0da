"""Requests: taken from all buckets or none, told in headers, and open where Valkey is down."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from limits.conftest import Make, OwnValkey
from prentice.errors import TooManyRequests
from prentice.limits import Limits, Taken, headers
from prentice.limits.bucket import Bucket, take
from prentice.limits.policy import Rates
from prentice.limits.store import Store

Practice = Callable[..., str]


def bucket(per_minute: int, burst: int, key: str | None = None) -> Bucket:
    return Bucket("user", key or f"prentice:rate:test:{secrets.token_hex(6)}", Rates(per_minute, burst))


@pytest.fixture(scope="module")
def store(redis: Redis) -> Store:
    return Store(redis)


def test_a_full_bucket_gives_its_burst_and_then_waits(store: Store) -> None:
    mine = bucket(60, 3)
    taken = [take(store, [mine]) for _ in range(4)]
    assert [t.allowed for t in taken] == [True, True, True, False]
    assert [t.remaining for t in taken] == [2, 1, 0, 0]
    assert [t.reset_s for t in taken] == [1, 2, 3, 3]
    assert (taken[3].limit, taken[3].retry_after_s, taken[3].name) == (3, 1, "user")


def test_a_token_comes_back_by_the_minute(store: Store) -> None:
    mine = bucket(600, 1)  # one in 0.1 s
    assert take(store, [mine]).allowed
    assert not take(store, [mine]).allowed
    time.sleep(0.11)
    assert take(store, [mine]).allowed


def test_what_one_bucket_refuses_is_taken_from_none(store: Store) -> None:
    wide, narrow = bucket(1, 10), bucket(1, 1)
    assert take(store, [wide, narrow]).remaining == 0
    for _ in range(5):
        refused = take(store, [wide, narrow])
        assert not refused.allowed
        assert (refused.limit, refused.retry_after_s) == (1, 60)
    assert take(store, [wide]).remaining == 8


def test_a_full_bucket_leaves_no_key(store: Store, redis: Redis) -> None:
    mine = bucket(120, 10)
    take(store, [mine])
    assert 0 < redis.pttl(mine.key) <= 500
    time.sleep(0.55)
    assert not redis.exists(mine.key)


def test_a_limit_that_is_lowered_is_no_debt(store: Store) -> None:
    mine = bucket(60, 100)
    for _ in range(100):
        take(store, [mine])
    lowered = take(store, [bucket(60, 2, mine.key)])
    assert (lowered.allowed, lowered.retry_after_s, lowered.reset_s) == (False, 1, 2)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 60))
def test_never_more_than_the_smallest_burst_at_once(store: Store, bursts: list[int], tries: int) -> None:
    mine = [bucket(1, burst) for burst in bursts]
    taken = [take(store, mine) for _ in range(tries)]
    assert sum(t.allowed for t in taken) == min(tries, *bursts)
    for n, one in enumerate(taken):
        assert one.remaining == max(0, min(bursts) - n - 1)
        assert 0 <= one.remaining <= one.limit
        assert one.allowed or one.retry_after_s >= 1


def test_threads_together_take_no_more_than_there_is(store: Store) -> None:
    mine = bucket(1, 50)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: take(store, [mine]), range(200)))
    assert sum(t.allowed for t in taken) == 50


# -- through the door ----------------------------------------------------------------------------------


def until_refused(limits: Limits, *who: str) -> tuple[int, TooManyRequests]:
    for n in range(1_000):
        try:
            limits.take(*who)
        except TooManyRequests as refused:
            return n, refused
    raise AssertionError("never refused")


def test_the_practice_its_users_and_its_keys_each_have_their_own(limits: Limits, practice: Practice) -> None:
    tenant = practice(
        tenant={"per_minute": 1, "burst": 12}, user={"per_minute": 1, "burst": 5}, key={"burst": 3}
    )
    n, refused = until_refused(limits, tenant, "u_a", "s_1", "session")
    assert n == 5
    assert refused.message == "You sent requests faster than 1 a minute."
    n, refused = until_refused(limits, tenant, "u_b", "k_1", "key")
    assert n == 3
    assert refused.message.startswith("This API key")
    limits.take(tenant, "u_b", "s_2", "session")  # its key is spent, the user not
    n, refused = until_refused(limits, tenant, "u_c", "s_3", "session")
    assert n == 12 - 5 - 3 - 1
    assert refused.message.startswith("This practice")
    assert limits.take(practice(), "u_a", "s_1", "session").allowed  # in another practice
    assert limits.state().refused == {"rate_user": 1, "rate_key": 1, "rate_tenant": 1}


def test_a_refusal_says_when_and_carries_the_headers(limits: Limits, practice: Practice) -> None:
    tenant = practice(user={"per_minute": 12, "burst": 2})
    fine = headers(limits.take(tenant, "u_a", "s", "session"))
    assert fine == {
        "RateLimit-Limit": "2",
        "RateLimit-Remaining": "1",
        "RateLimit-Reset": "5",
        "RateLimit-Policy": '12;w=60;burst=2;policy="user"',
    }
    _, refused = until_refused(limits, tenant, "u_a", "s", "session")
    assert refused.retry_after_s == 5
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.next_step == "Wait 5 seconds and go on more slowly."


def test_who_belongs_to_no_practice_is_limited_as_a_user(make: Make) -> None:
    limits = make(limit_user_burst=4, limit_user_per_minute=1)
    assert until_refused(limits, None, f"u_{secrets.token_hex(4)}", "s", "session")[0] == 4  # type: ignore[arg-type]


def test_what_was_not_checked_has_no_headers() -> None:
    assert headers(Taken(True, 0, 0, 0, 0)) == {}


def test_without_valkey_requests_are_let_through_quickly_and_counted(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    tenant = practice(user={"per_minute": 1, "burst": 1})
    limits = make(own_redis)
    limits.take(tenant, "u_a", "s", "session")
    own.kill()
    began = time.perf_counter()
    for _ in range(2_000):
        assert limits.take(tenant, "u_a", "s", "session").name == ""
    assert (time.perf_counter() - began) / 2_000 < 0.001
    assert limits.unchecked == limits.state().unchecked["rates"] == 2_000
    own.restart()
    time.sleep(1.05)
    assert limits.take(tenant, "u_a", "s", "session").name == "user"  # counted again, from the beginning
    with pytest.raises(TooManyRequests):
        limits.take(tenant, "u_a", "s", "session")


def test_a_valkey_that_takes_connections_and_never_answers_holds_up_one_request_a_pause(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    tenant = practice()
    limits = make(own_redis)
    limits.take(tenant, "u_a", "s", "session")
    own.freeze()

    def timed(_: int) -> float:
        began = time.perf_counter()
        limits.take(tenant, "u_a", "s", "session")
        return time.perf_counter() - began

    timed(0)  # finds out
    time.sleep(1.1)
    with ThreadPoolExecutor(8) as threads:
        took = sorted(threads.map(timed, range(400)))
    assert sum(t > 0.3 for t in took) <= 1  # one that waits for an answer takes 0.5 s
    own.thaw()
    time.sleep(1.1)
    assert limits.take(tenant, "u_a", "s", "session").name


def test_a_restart_between_two_requests_is_not_noticed(
    make: Make, practice: Practice, own: OwnValkey, own_redis: Redis
) -> None:
    limits, tenant = make(own_redis), practice()
    limits.take(tenant, "u_a", "s", "session")
    own.kill()
    own.restart()
    assert limits.take(tenant, "u_a", "s", "session").name
    assert limits.unchecked == 0
