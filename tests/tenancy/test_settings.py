"""A practice's settings: what there is can be set, what there is not is refused with the nearest name."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from warehouse.hosts import House

from prentice.errors import BadSetting, UnknownTenant
from prentice.tenancy.settings import PracticeSettings, as_given, changed, read_settings, read_value, stored


@pytest.fixture
def north(house: House) -> House:
    house.registry.add(id="a" * 12, slug="north", name="North", company_id="c")
    return house


def test_settings_are_kept_changed_one_by_one_and_put_back(north: House) -> None:
    registry = north.registry
    assert registry.settings("north") == PracticeSettings()
    registry.change_settings("north", mfa_roles=["owner", "manager"], public_name="North Street")
    registry.change_settings("north", allowed_addresses=["203.0.113.0/24", "2001:db8::7"])
    found = registry.settings("north")
    assert found.mfa_roles == {"owner", "manager"}
    assert found.allowed_addresses == ("203.0.113.0/24", "2001:db8::7/128")
    assert registry.get("north").public_name == "North Street"
    registry.change_settings("north", public_name=None)
    assert registry.get("north").public_name == "North"
    with psycopg.connect(north.platform_url) as platform:
        (kept,) = platform.execute("select settings from tenants").fetchone() or ({},)
    assert kept == {
        "mfa_roles": ["owner", "manager"],
        "allowed_addresses": ["203.0.113.0/24", "2001:db8::7/128"],
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"mfa_role": ["owner"]}, "Did you mean 'mfa_roles'"),
        ({"adresses": []}, "Did you mean 'allowed_addresses'"),
        ({"zzz": 1}, "There are: public_name"),
        ({"mfa_roles": ["king"]}, "'mfa_roles' cannot have that value"),
        ({"mfa_roles": ["operator"]}, "not a role that somebody has in a practice"),
        ({"session_idle_minutes": 0}, "greater than or equal to 5"),
        ({"session_absolute_hours": "soon"}, "valid integer"),
        ({"allowed_addresses": ["203.0.113.1/24"]}, "not an address or network"),
        ({"public_name": "a\u202eb"}, "'public_name' cannot have that value"),
        ({"limits": [1]}, "valid dictionary"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_changed(
    north: House, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadSetting, match=told):
        north.registry.change_settings("north", **({"public_name": "New"} | wrong))
    assert north.registry.settings("north") == PracticeSettings()


def test_a_value_is_not_repeated_in_what_is_told(north: House) -> None:
    with pytest.raises(BadSetting) as refused:
        north.registry.change_settings("north", allowed_addresses=["hush.example"])
    assert "hush" not in str(refused.value)


def test_two_who_change_at_once_both_have_their_way(north: House) -> None:
    changes = [
        {"public_name": "N"},
        {"mfa_roles": ["owner"]},
        {"session_idle_minutes": 30},
        {"session_absolute_hours": 8},
        {"limits": {"questions_per_day": 5}},
        {"patients_by_grant": False},
    ]
    threads = [
        threading.Thread(target=north.registry.change_settings, args=("north",), kwargs=change)
        for change in changes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = stored(north.registry.settings("north"))
    assert kept == {name: value for change in changes for name, value in change.items()}


def test_a_practice_that_is_unknown_has_no_settings(house: House) -> None:
    with pytest.raises(UnknownTenant):
        house.registry.settings("west")
    with pytest.raises(UnknownTenant):
        house.registry.change_settings("west", public_name="W")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("public_name", "North Street"),
        ("mfa_roles", "owner,auditor"),
        ("session_idle_minutes", "45"),
        ("allowed_addresses", "203.0.113.0/24,2001:db8::/32"),
        ("limits", '{"questions_per_day": 5}'),
        ("patients_by_grant", "no"),
    ],
)
def test_what_is_typed_is_shown_as_it_was_typed(name: str, typed: str) -> None:
    settings = changed(PracticeSettings(), {name: read_value(name, typed)})
    assert as_given(settings, name) == typed
    assert read_settings(stored(settings)) == settings
    assert changed(settings, {name: read_value(name, "")}) == PracticeSettings()
