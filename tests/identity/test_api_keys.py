"""API keys: what they may, from where, how long, and that they are never worth more than their owner."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import psycopg
import pytest

from prentice.embedded import Servers
from prentice.errors import AddressRefused, BadConfiguration, Forbidden, SignInNeeded, TenantSuspended
from prentice.identity.api_keys import looks_like_key
from prentice.identity.roles import FOR_PROGRAMS, PERMISSIONS, Permission, Role

from .reaching import counted
from .town import Town, open_town

HERE = "203.0.113.7"


@pytest.fixture(scope="module")
def town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(servers, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture(autouse=True)
def _now(town: Town) -> Iterator[None]:
    yield
    town.clock.ahead = 0


@pytest.fixture
def practice(town: Town) -> str:
    return town.practice()


@pytest.fixture
def ann(town: Town, practice: str) -> str:
    return town.person(practice, "manager")


def _key(town: Town, user: str, practice: str, *scopes: Permission, **options: object) -> str:
    made = town.api_keys.make(user, practice, name="till", scopes=scopes or (Permission.ask,), **options)  # type: ignore[arg-type]
    return made.text


def test_a_key_is_shown_once_and_kept_as_a_hash(town: Town, practice: str, ann: str) -> None:
    made = town.api_keys.make(ann, practice, name=" till ", scopes=[Permission.ask])
    start, prefix, secret = made.text.split("_", 2)
    assert (start, len(prefix), len(secret)) == ("pk", 12, 43)
    assert looks_like_key(made.text)
    assert made.text not in repr(made)
    kept = town.sql("select row_to_json(k)::text from api_keys k where id = :i", i=made.key.id)
    assert secret not in kept
    assert secret.encode().hex() not in kept
    [listed] = town.api_keys.list_of(tenant_id=practice)
    assert (listed, listed.name) == (made.key, "till")


def test_a_key_reaches_its_practice_with_its_scopes_and_no_more(town: Town, practice: str, ann: str) -> None:
    town.join(ann, town.practice(), "owner")
    caller = town.api_keys.verify(_key(town, ann, practice, Permission.ask, Permission.export), HERE)
    assert (caller.kind, caller.user_id, caller.address) == ("key", ann, HERE)
    assert list(caller.memberships) == [practice]
    assert caller.memberships[practice].role is Role.manager
    assert caller.scopes == {Permission.ask, Permission.export}
    assert caller.may(Permission.ask, practice)
    assert not caller.may(Permission.users, practice)
    assert not caller.strong


def test_a_key_can_do_no_more_than_its_owner_may_now(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice, Permission.ask, Permission.use, Permission.audit)
    town.sql("update memberships set role = 'assistant' where user_id = :u", u=ann)
    caller = town.api_keys.verify(text, HERE)
    assert caller.scopes == {Permission.ask}
    assert not caller.may(Permission.use, practice)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.operator])
def test_nobody_makes_a_key_for_more_than_the_role(town: Town, practice: str, role: Role) -> None:
    user = town.person(practice, role)
    fit = PERMISSIONS[role] & FOR_PROGRAMS  # people and settings are for people
    _key(town, user, practice, *fit)
    for beyond in set(Permission) - fit:
        with pytest.raises(Forbidden):
            _key(town, user, practice, beyond)
    with pytest.raises(Forbidden):
        town.api_keys.make(user, practice, name="till", scopes=())


def test_a_stranger_makes_no_key(town: Town, practice: str) -> None:
    with pytest.raises(SignInNeeded):
        _key(town, town.person(), practice)
    with pytest.raises(SignInNeeded):
        _key(town, town.person(town.practice()), practice)


def test_to_verify_costs_one_query_and_one_write_a_minute(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice)
    counts = []
    for ahead in (0, 1, 30, 59, 61, 62):
        town.clock.ahead = ahead
        with counted() as seen:
            town.api_keys.verify(text, HERE)
        counts.append(len(seen))
    assert counts == [2, 1, 1, 1, 2, 1]
    [key] = town.api_keys.list_of(user_id=ann)
    assert key.used_at is not None


def test_a_key_ends_after_its_days(town: Town, practice: str, ann: str) -> None:
    by_default, short = _key(town, ann, practice), _key(town, ann, practice, days=1)
    for days, good, ended in (
        (1.01, [by_default], [short]),
        (89.9, [by_default], []),
        (90.1, [], [by_default]),
    ):
        town.clock.ahead = days * 86_400
        for text in good:
            town.api_keys.verify(text, HERE)
        for text in ended:
            with pytest.raises(SignInNeeded):
                town.api_keys.verify(text, HERE)


@pytest.mark.parametrize("days", [0, -1, 366, 10_000])
def test_no_key_is_for_ever(town: Town, practice: str, ann: str, days: int) -> None:
    with pytest.raises(BadConfiguration):
        _key(town, ann, practice, days=days)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb"])
def test_a_key_has_a_name(town: Town, practice: str, ann: str, name: str) -> None:
    with pytest.raises(BadConfiguration):
        town.api_keys.make(ann, practice, name=name, scopes=[Permission.ask])


def test_a_revoked_key_is_refused_and_only_ones_own_practice_revokes(
    town: Town, practice: str, ann: str
) -> None:
    made = town.api_keys.make(ann, practice, name="till", scopes=[Permission.ask])
    assert not town.api_keys.revoke(made.key.id, tenant_id=town.practice())
    assert not town.api_keys.revoke(made.key.id, tenant_id=practice, user_id=town.person(practice))
    town.api_keys.verify(made.text, HERE)
    assert town.api_keys.revoke(made.key.id, tenant_id=practice)
    assert not town.api_keys.revoke(made.key.id, tenant_id=practice)
    with pytest.raises(SignInNeeded):
        town.api_keys.verify(made.text, HERE)


def test_removed_disabled_and_suspended_owners_have_no_keys(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice)
    town.sql("update users set status = 'disabled' where id = :u", u=ann)
    with pytest.raises(SignInNeeded):
        town.api_keys.verify(text, HERE)
    town.sql("update users set status = 'active' where id = :u", u=ann)
    town.sql("update tenants set status = 'suspended' where id = :t", t=practice)
    with pytest.raises(TenantSuspended):
        town.api_keys.verify(text, HERE)
    town.sql("update tenants set status = 'active' where id = :t", t=practice)
    town.api_keys.verify(text, HERE)
    town.sql("delete from memberships where user_id = :u", u=ann)
    with pytest.raises(SignInNeeded):
        town.api_keys.verify(text, HERE)


def test_a_key_is_good_from_its_addresses_alone(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice, addresses=["203.0.113.0/24", " 2001:db8::/32", "10.0.0.9"])
    for inside in ("203.0.113.200", "2001:db8::5", "10.0.0.9", "::ffff:203.0.113.7"):
        town.api_keys.verify(text, inside)
    for outside in ("203.0.114.1", "2001:db9::5", "10.0.0.8", "", "unknown", "203.0.113.7, 10.0.0.1", "::1"):
        with pytest.raises(AddressRefused):
            town.api_keys.verify(text, outside)
    assert not town.sql("select used_at is null from api_keys where user_id = :u", u=ann)


def test_who_does_not_know_the_secret_does_not_learn_of_the_addresses(
    town: Town, practice: str, ann: str
) -> None:
    text = _key(town, ann, practice, addresses=["10.0.0.0/8"])
    with pytest.raises(SignInNeeded):
        town.api_keys.verify(text[:-43] + "x" * 43, HERE)


@pytest.mark.parametrize("network", ["", "everywhere", "10.0.0.0/33", "10.0.0.0/8; drop", "*"])
def test_an_address_list_holds_networks(town: Town, practice: str, ann: str, network: str) -> None:
    with pytest.raises(BadConfiguration):
        _key(town, ann, practice, addresses=[network])


def test_neither_half_of_a_key_opens_anything(town: Town, practice: str, ann: str) -> None:
    mine, other = _key(town, ann, practice), _key(town, ann, practice)
    prefix, secret = mine[:16], mine[16:]
    said = set()
    for wrong in (
        prefix + other[16:],
        other[:16] + secret,
        prefix + secret[:-1],
        prefix + secret + "x",
        mine.upper(),
        f" {mine}",
        f"{mine}\n",
        "pk_" + "%" * 12 + "_" + "x" * 43,
        "pk_" + "a" * 12 + "_" + "x" * 43,
        "pk__",
        "",
        "pk_" + "x" * 100_000,
    ):
        with pytest.raises(SignInNeeded) as refused:
            town.api_keys.verify(wrong, HERE)
        said.add(str(refused.value))
    assert len(said) == 1


def test_unknown_prefix_and_wrong_secret_take_as_long(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice)

    def spent(tried: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(SignInNeeded):
            town.api_keys.verify(tried, HERE)
        return time.perf_counter() - begun

    wrong, unknown = text[:-43] + "x" * 43, "pk_aaaaaaaaaaaa_" + "x" * 43
    pairs = [(spent(wrong), spent(unknown)) for _ in range(200)]
    known, nobody = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert abs(known - nobody) < 0.5 * max(known, nobody)  # both one query and one comparison


def test_a_lost_connection_is_not_a_lost_request(town: Town, practice: str, ann: str) -> None:
    text = _key(town, ann, practice)
    town.api_keys.verify(text, HERE)
    with psycopg.connect(town.platform_url, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert town.api_keys.verify(text, HERE).user_id == ann
