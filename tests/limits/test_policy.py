"""Limits as they are written: the platform's by settings, a practice's own by JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prentice.errors import BadSetting
from prentice.limits import Limits
from prentice.limits.policy import TenantLimits, platform_policy, read_limits, with_own
from prentice.settings import Settings

PLATFORM = platform_policy(Settings())


def test_without_limits_of_its_own_a_practice_has_the_platforms() -> None:
    assert with_own(PLATFORM, {}) == PLATFORM


def test_a_setting_changes_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    for part, limits in asdict(PLATFORM).items():
        for name in limits:
            setting = f"limit_{name}" if part == "budgets" else f"limit_{part}_{name}"
            setting = setting if part != "at_once" else f"limit_{name}_at_once"
            changed = platform_policy(Settings(**{setting: 7}))
            assert asdict(changed)[part][name] == 7


def test_every_limit_can_be_a_practices_own() -> None:
    mine = {part: {name: 7 for name in limits} for part, limits in asdict(PLATFORM).items()}
    assert asdict(with_own(PLATFORM, mine)) == mine
    assert set(TenantLimits.model_fields) == set(asdict(PLATFORM))


def test_what_is_not_named_stays_the_platforms() -> None:
    found = with_own(PLATFORM, {"user": {"burst": 3}})
    assert (found.user.burst, found.user.per_minute) == (3, PLATFORM.user.per_minute)
    assert found.tenant == PLATFORM.tenant


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"users": {}}, "users: there is no such limit"),
        ({"user": {"per_hour": 3}}, "user.per_hour: there is no such limit"),
        ({"user": {"<script>": 3}}, "user.one: there is no such limit"),
        ({"user": {"burst": 0}}, "user.burst"),
        ({"user": {"burst": "7"}}, "user.burst"),
        ({"user": {"burst": True}}, "user.burst"),
        ({"budgets": {"rows_per_day": -1}}, "budgets.rows_per_day"),
        ({"budgets": {"cost_per_day": 1e99}}, "budgets.cost_per_day"),
        ({"budgets": {"cost_per_day": 10**16}}, "budgets.cost_per_day"),
        ([], "limits"),
        ("none", "limits"),
        (None, "limits"),
    ],
)
def test_what_is_no_limit_is_refused_by_its_name(given: Any, named: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_limits(given)
    assert named in refused.value.message
    assert refused.value.__cause__ is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["user", "budgets", "at_once", "x"]), _JSON, max_size=3) | _JSON)
def test_whatever_is_written_is_a_policy_or_a_clear_refusal(written: Any) -> None:
    try:
        found = with_own(PLATFORM, written)
    except BadSetting:
        with pytest.raises(BadSetting, match=r"^Limits are not valid\. .{1,900} docs/limits.md"):
            read_limits(written)
    else:
        assert all(type(n) is int and n >= 0 for part in asdict(found).values() for n in part.values())


def test_a_practice_cannot_raise_itself_above_what_the_platform_grants() -> None:
    fine = {"user": {"per_minute": PLATFORM.user.per_minute}, "budgets": {"rows_per_day": 5}}
    assert read_limits(fine, no_more_than=PLATFORM).budgets.rows_per_day == 5
    over = {"user": {"per_minute": PLATFORM.user.per_minute + 1}, "at_once": {"user": 1}}
    with pytest.raises(BadSetting, match=r"practice: user\.per_minute\."):
        read_limits(over, no_more_than=PLATFORM)


def test_what_a_practice_lowered_for_itself_never_lifts_what_the_operator_set(
    limits: Limits, practice: Callable[..., str]
) -> None:
    tenant = practice(user={"burst": 5}, key={"burst": 9_000}, own={"user": {"burst": 50, "per_minute": 7}})
    policy = limits.policy(tenant)
    assert (policy.user.burst, policy.user.per_minute, policy.key.burst) == (5, 7, 9_000)
    assert limits.granted(tenant).user.per_minute == PLATFORM.user.per_minute


def test_own_limits_that_cannot_be_read_leave_the_operators(
    limits: Limits, practice: Callable[..., str]
) -> None:
    assert limits.policy(practice(user={"burst": 5}, own={"users": 3})).user.burst == 5


def test_a_change_holds_at_once_where_it_was_made(
    limits: Limits, practice: Callable[..., str], platform_url: str
) -> None:
    tenant = practice(user={"burst": 5})
    assert limits.policy(tenant).user.burst == 5
    with psycopg.connect(platform_url, autocommit=True) as admin:
        admin.execute(
            "update tenants set settings = jsonb_set(settings, '{limits,user,burst}', '9') where id = %s",
            [tenant],
        )
    limits.changed(tenant)
    assert limits.policy(tenant).user.burst == 9


def test_limits_that_nobody_checked_leave_the_platforms(limits: Limits, practice: Callable[..., str]) -> None:
    assert limits.policy(practice(user={"per_hour": 1})) == PLATFORM
    assert limits.policy("nobodys") == limits.policy(None) == PLATFORM
