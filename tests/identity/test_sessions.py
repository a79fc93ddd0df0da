"""Sessions: found by their token alone, ended by their limits, new when somebody shows more than before."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import pytest

from identity.people import People
from identity.reaching import counted
from prentice.errors import UnknownUser
from prentice.identity.caller import Caller, Membership
from prentice.identity.roles import Role
from prentice.identity.sessions import (
    COOKIE_PLAIN,
    COOKIE_SECURE,
    Sessions,
    browser_of,
    check_csrf,
    cookie,
    needs_second_factor,
    no_cookie,
)


def test_a_session_is_found_by_its_token_alone_and_names_who_sends_a_request(people: People) -> None:
    practice, quiet = people.practice(), people.practice()
    person = people.member(practice, "manager", ["patients"])
    people.users.add_member(quiet.id, person.id, "auditor", by=None)
    people.execute(
        """update tenants set settings = '{"mfa_roles": ["owner", "manager"]}' where id = :id""",
        id=practice.id,
    )
    people.suspend(quiet)
    token, session = people.sessions.open_session(person.id, False, "203.0.113.7", "Firefox on Windows")
    assert len(token) == 43
    found = people.sessions.find(token)
    assert found == session
    assert found.suspended == {quiet.slug}
    for other in ("", token[:-1], token + "x", session.id, session.csrf, "\ud800", "x" * 1_000_000):
        assert people.sessions.find(other) is None
    caller = people.sessions.caller(token, "198.51.100.4")
    assert caller == Caller(
        kind="session",
        user_id=person.id,
        credential_id=session.id,
        memberships={
            practice.slug: Membership(
                practice.id, practice.slug, Role.manager, frozenset({"patients"}), True
            ),
            quiet.slug: Membership(quiet.id, quiet.slug, Role.auditor, frozenset()),
        },
        address="198.51.100.4",
        csrf=session.csrf,
        since=people.clock(),
    )


def test_the_database_holds_no_token(people: People) -> None:
    person = people.person(None)
    token, _ = people.sessions.open_session(person.id, False, "", "")
    row = people.value("select sessions::text from sessions where user_id = :u", u=person.id)
    assert token not in str(row)
    assert token.encode().hex() not in str(row)


def test_a_change_of_role_or_state_is_seen_with_the_next_request(people: People) -> None:
    practice = people.practice()
    people.member(practice, "owner")
    person = people.member(practice, "manager")
    token, _ = people.sessions.open_session(person.id, False, "", "")
    people.users.set_role(practice.id, person.id, "assistant", by=None)
    caller = people.sessions.caller(token)
    assert caller
    assert caller.memberships[practice.slug].role is Role.assistant
    people.users.remove_member(practice.id, person.id, by=None)
    caller = people.sessions.caller(token)
    assert caller
    assert caller.memberships == {}
    people.users.disable(person.id)
    assert people.sessions.caller(token) is None


def test_the_idle_limit_counts_from_the_last_request(people: People) -> None:
    token, _ = people.sessions.open_session(people.person(None).id, False, "", "")
    for _ in range(5):
        people.clock.turn(hours=7, minutes=59)
        assert people.sessions.find(token)
    people.clock.turn(hours=8)
    assert people.sessions.find(token) is None
    people.clock.turn(hours=-1)  # it is the clock that ends it: nothing was written by the refused request
    assert people.sessions.find(token)


def test_the_absolute_limit_counts_from_the_opening(people: People) -> None:
    token, _ = people.sessions.open_session(people.person(None).id, False, "", "")
    for _ in range(23):
        people.clock.turn(hours=7)
        assert people.sessions.find(token)
    people.clock.turn(hours=7)  # 168
    assert people.sessions.find(token) is None


def test_the_limits_are_the_settings(people: People) -> None:
    sessions = Sessions(people.engine, idle_s=60, absolute_s=150, clock=people.clock)
    token, _ = sessions.open_session(people.person(None).id, False, "", "")
    people.clock.turn(seconds=59)
    assert sessions.find(token)
    people.clock.turn(seconds=1)
    assert sessions.find(token) is None


def test_a_practice_may_ask_for_shorter_limits_and_for_none_that_are_longer(people: People) -> None:
    strict, lax = people.practice(), people.practice()
    settings = "update tenants set settings = cast(:s as jsonb) where id = :id"
    people.execute(settings, s='{"session_idle_minutes": 10, "session_absolute_hours": 1}', id=strict.id)
    people.execute(settings, s='{"session_idle_minutes": 1440, "session_absolute_hours": null}', id=lax.id)
    person, other = people.member(strict, "owner"), people.member(lax, "owner")
    people.users.add_member(lax.id, person.id, "owner", by=None)
    idle, _ = people.sessions.open_session(person.id, False, "", "")
    used, _ = people.sessions.open_session(person.id, False, "", "")
    theirs, _ = people.sessions.open_session(other.id, False, "", "")
    for _ in range(6):
        people.clock.turn(minutes=9, seconds=59)
        assert people.sessions.find(used)
    assert people.sessions.find(idle) is None
    people.clock.turn(seconds=6)
    assert people.sessions.find(used) is None
    assert people.sessions.find(theirs)
    people.clock.turn(hours=8)
    assert people.sessions.find(theirs) is None


def test_a_request_costs_one_statement_and_notes_the_time_once_a_minute(people: People) -> None:
    token, _ = people.sessions.open_session(people.person(None).id, False, "", "")
    with counted() as said:
        for _ in range(10):
            people.sessions.find(token)
            people.clock.turn(seconds=5)
    assert [statement.split()[0] for statement in said] == ["select"] * 10
    people.clock.turn(seconds=30)
    with counted() as said:
        for _ in range(10):
            people.sessions.find(token)
    assert [statement.split()[0] for statement in said] == ["select", "update", *["select"] * 9]


def test_a_planted_token_never_becomes_a_signed_in_one(people: People) -> None:
    """Session fixation: the victim signs in with the attacker's token in the browser."""
    attacker, victim = people.person(None), people.person()
    planted, _ = people.sessions.open_session(attacker.id, False, "", "")
    made_up = "a" * 43
    for brought in (planted, made_up):
        token, _ = people.sessions.open_session(victim.id, True, "", "", instead_of=brought)
        assert token != brought
        assert people.sessions.find(brought) is None


def test_a_rotated_session_has_another_token_and_another_form_token(people: People) -> None:
    person = people.person(None)
    old, session = people.sessions.open_session(person.id, False, "", "")
    people.clock.turn(minutes=10)
    new = people.sessions.rotate(session.id, strong=True, proved=True)
    assert people.sessions.find(old) is None
    found = people.sessions.find(new)
    assert found
    assert (found.id, found.strong, found.proved_at) == (session.id, True, people.clock())
    assert found.csrf != session.csrf
    assert found.expires_at == session.expires_at  # rotation prolongs nothing
    assert not check_csrf(found, session.csrf)
    newest = people.sessions.rotate(session.id)
    found = people.sessions.find(newest)
    assert found
    assert found.strong
    people.sessions.revoke(session.id, person.id)
    with pytest.raises(UnknownUser):
        people.sessions.rotate(session.id)


def test_sessions_are_listed_and_ended_by_their_owner_alone(people: People) -> None:
    person, other = people.person(None), people.person(None)
    first, one = people.sessions.open_session(person.id, False, "203.0.113.7", "Safari on iPhone")
    people.clock.turn(minutes=1)
    second, two = people.sessions.open_session(person.id, True, "203.0.113.8", "Firefox on Linux")
    stranger, _ = people.sessions.open_session(other.id, False, "", "")
    listed = people.sessions.list_of(person.id)
    assert [(s.id, s.browser, s.address) for s in listed] == [
        (two.id, "Firefox on Linux", "203.0.113.8"),
        (one.id, "Safari on iPhone", "203.0.113.7"),
    ]
    assert not people.sessions.revoke(one.id, other.id)
    assert people.sessions.find(first)
    assert people.sessions.revoke(one.id, person.id)
    assert not people.sessions.revoke(one.id, person.id)
    assert people.sessions.find(first) is None
    third, _ = people.sessions.open_session(person.id, True, "", "")
    assert people.sessions.revoke_all(person.id, but=two.id) == 1
    assert people.sessions.find(second)
    assert people.sessions.find(third) is None
    assert people.sessions.revoke_all(person.id) == 1
    assert people.sessions.list_of(person.id) == []
    assert people.sessions.find(stranger)
    people.clock.turn(hours=8)
    assert people.sessions.list_of(other.id) == []


def test_a_form_must_bring_back_its_own_sessions_token(people: People) -> None:
    person = people.person(None)
    _, one = people.sessions.open_session(person.id, False, "", "")
    _, other = people.sessions.open_session(person.id, False, "", "")
    assert check_csrf(one, one.csrf)
    assert check_csrf(one.as_caller(), one.csrf)
    for given in (None, "", other.csrf, one.csrf[:-1], one.csrf + "x", "\ud800", "\u00e9"):
        assert not check_csrf(one, given)
    without = Caller("key", person.id, "k", {})
    assert not check_csrf(without, "")
    assert not check_csrf(without, None)


@pytest.mark.parametrize(
    ("kind", "role_asked", "strong", "needed"),
    [
        ("session", True, False, True),
        ("token", True, False, True),
        ("session", True, True, False),
        ("session", False, False, False),
        ("key", True, False, False),
        ("host", True, False, False),
    ],
)
def test_a_second_factor_is_needed_where_the_practice_asks_the_role(
    kind: str, role_asked: bool, strong: bool, needed: bool
) -> None:
    part = Membership("t", "north", Role.owner, frozenset(), role_asked)
    caller = Caller(kind, "u", "c", {"north": part}, strong=strong)  # type: ignore[arg-type]
    assert needs_second_factor(caller, "north") is needed
    assert not needs_second_factor(replace(caller, memberships={}), "north")


def test_the_cookie_is_for_this_host_and_never_for_scripts() -> None:
    assert (COOKIE_SECURE, COOKIE_PLAIN) == ("__Host-prentice", "prentice")
    secure, plain = cookie("t", secure=True), cookie("t", secure=False)
    assert secure == "__Host-prentice=t; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert plain == "prentice=t; Path=/; HttpOnly; SameSite=Lax"
    assert "Domain" not in secure
    assert no_cookie(True) == "__Host-prentice=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
         " Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
         " Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
         " Version/18.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
         " Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
         " Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "Another program"),
        ("<script>alert(1)</script>", "Another program"),
        (None, "Another program"),
        ("x" * 1_000_000, "Another program"),
    ],
)  # fmt: skip
def test_a_browser_is_named_and_nothing_else_of_it_kept(agent: str | None, name: str) -> None:
    assert browser_of(agent) == name


def test_finding_a_session_is_quick(people: People) -> None:
    """The aim is 1 ms on a quiet machine; this holds ten times that while others work on it."""
    practice = people.practice()
    person = people.member(practice, "owner")
    token, _ = people.sessions.open_session(person.id, True, "", "")
    took = []
    for _ in range(300):
        start = time.perf_counter()
        assert people.sessions.find(token)
        took.append(time.perf_counter() - start)
    assert statistics.median(took) < 0.010
