"""Attempts to sign in: guessing gets slow, and nobody is locked out by others."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from limits.conftest import OwnValkey
from prentice.errors import TooManyRequests
from prentice.limits import LoginLimits, login
from prentice.limits.login import _ALL, ADDRESS, KNOWN, PAIR, REMEMBERED_S, STRANGERS, Waits, _keys

HOME = "203.0.113.9"


@pytest.fixture(params=["valkey", "memory"])
def logins(request: pytest.FixtureRequest, redis: Redis) -> LoginLimits:
    """With Valkey, and without: nothing listens at the other's address."""
    if request.param == "valkey":
        return LoginLimits(redis)
    return LoginLimits(Redis.from_url("redis://127.0.0.1:1/0"))


@pytest.fixture
def account() -> str:
    return secrets.token_hex(16)


def address(n: int) -> str:
    """Another one each time the tests run: one address is one guesser."""
    return f"2001:db8:{secrets.randbits(16):x}:{n:x}::1"


def tries(logins: LoginLimits, account: str, *addresses: str, known: bool = False) -> int:
    """How many failing attempts are taken, one from each address in turn, until one is refused."""
    for n, one in enumerate(addresses):
        try:
            logins.before(account, one, known)
        except TooManyRequests:
            return n
        logins.failed(account, one, known)
    return len(addresses)


def test_a_pair_has_a_few_tries_and_then_waits_longer_each_time(logins: LoginLimits, account: str) -> None:
    home = address(1)
    assert tries(logins, account, *[home] * 9) == PAIR.free
    with pytest.raises(TooManyRequests) as refused:
        logins.before(account, home, False)
    assert refused.value.retry_after_s in (1, 2)
    time.sleep(refused.value.retry_after_s + 0.05)
    logins.before(account, home, False)
    assert logins.failed(account, home, False) == 4
    assert logins.refused == 2
    assert logins.failed_attempts == PAIR.free + 1


def test_the_waits_double_up_to_a_quarter_of_an_hour() -> None:
    for waits in _ALL:
        after = [waits.after(n) for n in range(80)]
        assert after == sorted(after)
        assert set(after[: waits.free]) == {0}
        assert after[-1] == waits.cap_s < waits.forget_s
    assert (PAIR.cap_s, KNOWN.cap_s) == (900, 60)
    assert STRANGERS.free + 86_400 / STRANGERS.cap_s <= 120  # guesses at one account in its first day


def test_a_success_forgets_the_pairs_failures(logins: LoginLimits, account: str) -> None:
    home = address(1)
    for _ in range(3):
        assert tries(logins, account, *[home] * (PAIR.free - 1)) == PAIR.free - 1
        logins.before(account, home, False)
        logins.succeeded(account, home, False)


def test_one_password_on_many_accounts_from_one_address_gets_slow(logins: LoginLimits) -> None:
    home, taken = address(1), 0
    for _ in range(ADDRESS.free + 5):
        taken += tries(logins, secrets.token_hex(16), home)
    assert taken == ADDRESS.free


def test_an_own_success_does_not_buy_free_guesses_at_others(logins: LoginLimits, account: str) -> None:
    home, taken = address(1), 0
    for _ in range(ADDRESS.free + 10):
        taken += tries(logins, secrets.token_hex(16), home)
        try:
            logins.before(account, home, False)
        except TooManyRequests:
            continue
        logins.succeeded(account, home, False)
    assert taken == ADDRESS.free


def test_guesses_from_many_addresses_at_one_account_get_slow(logins: LoginLimits, account: str) -> None:
    assert tries(logins, account, *map(address, range(60))) == STRANGERS.free


def test_who_signed_in_before_is_not_locked_out_by_others(logins: LoginLimits, account: str) -> None:
    home, cafe = address(1), address(2)
    logins.before(account, home, False)
    logins.succeeded(account, home, False)
    assert tries(logins, account, *map(address, range(3, 90))) < 40  # strangers, from everywhere
    with pytest.raises(TooManyRequests):
        logins.before(account, cafe, False)
    for _ in range(3):
        logins.before(account, cafe, True)  # the device brought its cookie
        logins.succeeded(account, cafe, True)
    logins.before(account, home, False)  # no cookie any more, but the address is one that signed in
    logins.succeeded(account, home, False)


def test_a_guesser_at_ones_own_address_does_not_lock_out_the_known_device(
    logins: LoginLimits, account: str
) -> None:
    office = address(1)
    assert tries(logins, account, *[office] * 40) == PAIR.free
    for _ in range(60):
        tries(logins, secrets.token_hex(16), office)
    with pytest.raises(TooManyRequests):
        logins.before(secrets.token_hex(16), office, False)
    logins.before(account, office, True)
    logins.succeeded(account, office, True)


def test_a_stolen_cookie_is_slowed_down_too(logins: LoginLimits, account: str) -> None:
    assert tries(logins, account, *map(address, range(60)), known=True) == KNOWN.free
    with pytest.raises(TooManyRequests) as refused:
        logins.before(account, address(99), True)
    assert refused.value.retry_after_s <= KNOWN.cap_s


def test_a_whole_ipv6_network_is_one_guesser(logins: LoginLimits, account: str) -> None:
    network = f"2001:db8:{secrets.randbits(16):x}:7:"
    assert tries(logins, account, *(f"{network}:{n:x}" for n in range(1, 30))) == PAIR.free


def test_attempts_that_are_sent_together_are_counted_before_they_are_tried(
    logins: LoginLimits, account: str
) -> None:
    home = address(1)

    def attempt(_: int) -> bool:
        try:
            logins.before(account, home, False)
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(attempt, range(200))) == PAIR.free


def test_neither_account_nor_address_stands_in_valkey(redis: Redis, account: str) -> None:
    LoginLimits(redis).before(account, HOME, False)
    keys = b" ".join(redis.scan_iter("prentice:login:*"))
    assert account.encode() not in keys
    assert HOME.encode() not in keys
    for key in _keys(account, HOME, False)[:3]:
        assert 0 < redis.ttl(key) <= PAIR.forget_s


def test_an_address_is_remembered_for_a_season(redis: Redis, account: str) -> None:
    logins = LoginLimits(redis)
    logins.before(account, HOME, False)
    logins.succeeded(account, HOME, False)
    assert redis.ttl(_keys(account, HOME, False)[4]) == pytest.approx(REMEMBERED_S, abs=5)


def test_when_valkey_is_killed_guessing_is_not_open(own: OwnValkey, own_redis: Redis, account: str) -> None:
    logins, home = LoginLimits(own_redis), address(1)
    assert tries(logins, account, *[home] * 9) == PAIR.free
    own.kill()
    assert tries(logins, account, *[home] * 50) == PAIR.free  # counted anew, in this process
    own.restart()


def test_memory_holds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prentice.limits.login._MOST", 100)
    logins = LoginLimits(Redis.from_url("redis://127.0.0.1:1/0"))
    for n in range(300):
        logins.before(secrets.token_hex(16), address(n), False)
        logins.succeeded(secrets.token_hex(16), address(n), False)
    assert len(logins._memory._counts) <= 100
    assert len(logins._memory._remembered) <= 101


def test_what_is_in_memory_is_forgotten_like_what_is_in_valkey(account: str) -> None:
    now = [1_000_000.0]
    logins = LoginLimits(Redis.from_url("redis://127.0.0.1:1/0"), now=lambda: now[0])
    assert tries(logins, account, *[HOME] * 9) == PAIR.free
    now[0] += PAIR.forget_s
    assert tries(logins, account, *[HOME] * 9) == PAIR.free


STEP = st.tuples(
    st.sampled_from(["before", "before", "before", "succeeded", "failed"]),
    st.integers(0, 1),
    st.integers(0, 2),
    st.booleans(),
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=20, max_size=80))
def test_valkey_and_memory_decide_alike(redis: Redis, steps: list[tuple[str, int, int, bool]]) -> None:
    both = LoginLimits(redis), LoginLimits(Redis.from_url("redis://127.0.0.1:1/0"))
    accounts, addresses = [secrets.token_hex(16) for _ in range(2)], [address(n) for n in range(3)]
    longer = tuple(replace(w, first_s=1_000, cap_s=5_000) for w in _ALL)  # than the test takes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(login, "_ALL", longer)
        for what, a, b, known in steps:
            waits = [one._attempt(what, accounts[a], addresses[b], known) for one in both]
            assert waits[0] == pytest.approx(waits[1], abs=60_000)
            assert bool(waits[0]) == bool(waits[1])


@given(st.integers(1, 50), st.integers(1, 10), st.integers(1, 5_000), st.integers(0, 10**9))
def test_a_wait_is_never_over_its_cap(free: int, first: int, cap: int, attempts: int) -> None:
    assert 0 <= Waits(free, first, cap, 86_400).after(attempts) <= cap
