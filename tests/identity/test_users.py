"""Persons, memberships, invitations, and the passwords that are changed and reset."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from identity.people import BETTER, GOOD, People, at_once, signed_in
from prentice.errors import (
    BadConfiguration,
    BadInvitation,
    Forbidden,
    PrenticeError,
    SignInNeeded,
    TenantSuspended,
    TooManyRequests,
    UnknownTenant,
    UnknownUser,
    UserExists,
    WeakPassword,
    WrongCredentials,
)
from prentice.identity.api_keys import ApiKeys
from prentice.identity.emails import normalised_email
from prentice.identity.persons import User
from prentice.identity.proof import Proof
from prentice.identity.roles import MAY_MANAGE, PRACTICE_ROLES, Permission, Role
from prentice.identity.sign_in import Failed, NeedsSecondFactor
from prentice.tenancy.registry import Tenant


def role_of(people: People, practice: Tenant, person: User) -> tuple[str, list[str]] | None:
    found = [one for one in people.users.members(practice.id) if one.user_id == person.id]
    return (found[0].role.value, sorted(found[0].grants)) if found else None


# Persons


def test_an_address_is_one_person_however_it_is_written(people: People) -> None:
    person = people.users.add("Ann.Lee@Harbour.Example", "Ann")
    assert re.fullmatch(r"u_[a-z0-9]{24}", person.id)
    for written in ("ann.lee@harbour.example", " ANN.LEE@HARBOUR.EXAMPLE ", "\uff41nn.lee@harbour.example"):
        assert people.users.by_email(written) == person
        with pytest.raises(UserExists):
            people.users.add(written)
    assert people.users.by_id(person.id) == person
    assert people.users.by_email("nobody") is None


@pytest.mark.parametrize(
    "text",
    [
        "", "ann", "@b.example", "ann@", "ann@b", "a b@c.example", "ann@@b.example", "ann@b..example",
        "<ann@b.example>", "ann@b.example\nbcc: x@y.example", "a\u200bnn@b.example", "a" * 65 + "@b.example",
        "ann@" + "b" * 250 + ".example", "x" * 1_000_000 + "@b.example", "ann@-b.example", ".ann@b.example",
        "ann@b.example\x00", "\ud800@b.example", "ann@127.0.0.1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(people: People, text: str) -> None:
    assert normalised_email(text) is None
    with pytest.raises(BadConfiguration, match="not an e-mail address"):
        people.users.add(text)


def test_a_name_is_one_short_line(people: People) -> None:
    person = people.users.add("name@harbour.example", "  Ann\n\x1b[31m Lee\u202e " + "x" * 500)
    assert person.name.startswith("Ann [31m Lee x")
    assert len(person.name) == 120


def test_the_hash_of_a_password_never_leaves_the_store(people: People) -> None:
    assert "argon2" not in repr(people.person())


def test_a_weak_password_adds_nobody(people: People) -> None:
    with pytest.raises(WeakPassword):
        people.users.add("weak@harbour.example", "", "password1234")
    assert people.users.by_email("weak@harbour.example") is None


def test_somebody_disabled_is_signed_out_everywhere_and_stays_so(people: People) -> None:
    person = people.person()
    token, _ = people.sessions.open_session(person.id, False, "", "")
    people.users.disable(person.id)
    assert people.sessions.find(token) is None
    assert people.sign_in(person) == Failed()
    people.users.enable(person.id)
    assert people.sessions.find(token) is None
    assert signed_in(people.sign_in(person)).user.id == person.id


def _key(people: People, practice: Tenant, person: User) -> str:
    keys = ApiKeys(people.engine, clock=lambda: people.clock.now.timestamp())
    return keys.make(person.id, practice.id, name="till", scopes=[Permission.ask]).text


def _good(people: People, key: str) -> bool:
    try:
        ApiKeys(people.engine, clock=lambda: people.clock.now.timestamp()).verify(key, "203.0.113.7")
    except SignInNeeded:
        return False
    return True


def test_keys_of_somebody_disabled_come_back_by_the_operators_word_alone(people: People) -> None:
    practice, other = people.practice(), people.practice()
    person, colleague = people.member(practice, "manager"), people.member(practice, "manager")
    people.users.add_member(other.id, person.id, "manager", by=None)
    keys = [_key(people, one, person) for one in (practice, other)]
    of_colleague = _key(people, practice, colleague)
    people.users.disable(person.id)
    assert [_good(people, key) for key in (*keys, of_colleague)] == [False, False, True]
    people.users.enable(person.id)
    assert [_good(people, key) for key in keys] == [False, False]
    fresh = _key(people, practice, person)
    people.users.enable(person.id)  # who is not disabled loses nothing by it
    assert [_good(people, key) for key in (*keys, fresh)] == [False, False, True]
    people.users.enable(person.id, keys=True)
    assert [_good(people, key) for key in (*keys, fresh)] == [True, True, True]


def test_a_key_that_was_revoked_or_has_expired_is_not_given_back(people: People) -> None:
    practice = people.practice()
    person = people.member(practice, "manager")
    revoked, expired = _key(people, practice, person), _key(people, practice, person)
    keys = ApiKeys(people.engine, clock=lambda: people.clock.now.timestamp())
    people.users.disable(person.id)
    [listed] = [k for k in keys.list_of(user_id=person.id) if k.prefix in revoked]
    assert listed.state(people.clock.now) == "suspended"
    assert keys.revoke(listed.id, user_id=person.id)
    people.clock.turn(days=91)
    people.users.enable(person.id, keys=True)
    assert not _good(people, revoked)
    assert not _good(people, expired)
    states = {k.prefix: k.state(people.clock.now) for k in keys.list_of(user_id=person.id)}
    assert sorted(states.values()) == ["expired", "revoked"]


def test_what_was_under_way_while_somebody_was_disabled_is_not_good_afterwards(people: People) -> None:
    practice = people.practice()
    person = people.member(practice, "manager")
    link = people.users.reset_token(person.id)
    key = _key(people, practice, person)
    people.users.disable(person.id)
    with pytest.raises(BadInvitation):
        people.users.reset_password(link, BETTER)
    # A key that another process was making then comes after the disabling.
    people.execute("update api_keys set suspended_at = null where user_id = :id", id=person.id)
    people.users.enable(person.id)
    assert not _good(people, key)


def test_nobody_is_told_as_such(people: People) -> None:
    with pytest.raises(UnknownUser):
        people.users.disable("u_nobody")
    with pytest.raises(UnknownUser):
        people.users.add_member(people.practice().id, "u_nobody", "owner", by=None)
    with pytest.raises(UnknownTenant):
        people.users.add_member("nowhere", people.person(None).id, "owner", by=None)


# Practices


def test_memberships_come_with_the_practice_and_say_when_it_is_suspended(people: People) -> None:
    one, other = people.practice("One"), people.practice("Other")
    person = people.member(one, "manager", ["patients"])
    people.users.add_member(other.id, person.id, "auditor", by=None)
    people.suspend(other)
    held = {m.slug: m for m in people.users.memberships(person.id)}
    assert held[one.slug].role is Role.manager
    assert held[one.slug].grants == {"patients"}
    assert not held[one.slug].suspended
    assert held[other.slug].suspended


@pytest.mark.parametrize("actor", PRACTICE_ROLES)
def test_a_role_manages_those_that_the_table_names_and_no_others(people: People, actor: Role) -> None:
    practice = people.practice()
    people.member(practice, "owner")
    by = people.member(practice, actor)
    for target in PRACTICE_ROLES:
        for wanted in PRACTICE_ROLES:
            person = people.member(practice, target)
            allowed = {target, wanted} <= MAY_MANAGE.get(actor, frozenset())
            if allowed:
                people.users.set_role(practice.id, person.id, wanted, by=by.id)
                assert role_of(people, practice, person) == (wanted, [])
            else:
                with pytest.raises(Forbidden):
                    people.users.set_role(practice.id, person.id, wanted, by=by.id)
                assert role_of(people, practice, person) == (target, [])
        if target in MAY_MANAGE.get(actor, frozenset()):
            people.users.invite(practice.id, "new@harbour.example", target, by=by.id)
            people.users.remove_member(practice.id, person.id, by=by.id)
        else:
            with pytest.raises(Forbidden):
                people.users.invite(practice.id, "new@harbour.example", target, by=by.id)
            with pytest.raises(Forbidden):
                people.users.remove_member(practice.id, people.member(practice, target).id, by=by.id)


@pytest.mark.parametrize("who", ["owner elsewhere", "disabled owner", "nobody", "removed owner"])
def test_who_owns_another_practice_or_this_one_no_more_manages_nobody(people: People, who: str) -> None:
    practice, elsewhere = people.practice(), people.practice()
    people.member(practice, "owner")
    by = people.member(elsewhere if who == "owner elsewhere" else practice, "owner").id
    if who == "disabled owner":
        people.users.disable(by)
    elif who == "removed owner":
        people.users.remove_member(practice.id, by, by=None)
    elif who == "nobody":
        by = "host:0123"
    person = people.member(practice, "assistant")
    for deed in (
        lambda: people.users.set_role(practice.id, person.id, "dispenser", by=by),
        lambda: people.users.set_grants(practice.id, person.id, ["patients"], by=by),
        lambda: people.users.remove_member(practice.id, person.id, by=by),
        lambda: people.users.invite(practice.id, "x@y.example", "assistant", by=by),
        lambda: people.users.add_member(practice.id, people.person(None).id, "assistant", by=by),
        lambda: people.users.invite(None, "x@y.example", "operator", by=by),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert role_of(people, practice, person) == ("assistant", [])


def test_an_operator_manages_every_practice(people: People) -> None:
    practice = people.practice()
    by = people.users.set_operator(people.person(None).id, True)
    person = people.person(None)
    people.users.add_member(practice.id, person.id, "owner", by=by.id, operator=True)
    assert role_of(people, practice, person) == ("owner", [])
    token = people.users.invite(practice.id, f"{practice.id}@op.example", "owner", by=by.id, operator=True)
    assert role_of(people, practice, people.users.accept(token, "Op", GOOD)) == ("owner", [])


def test_an_operator_who_does_not_ask_as_one_may_what_their_role_may(people: People) -> None:
    """Such is a session that the practice's own provider opened: its owner would be anybody's operator."""
    practice = people.practice()
    owner, manager = people.member(practice, "owner"), people.member(practice, "manager")
    people.users.set_operator(manager.id, True)
    token, _ = people.sessions.open_session(manager.id, True, "", "", tenant_id=practice.id)
    caller = people.sessions.caller(token)
    assert caller
    by, operator, new = caller.user_id, caller.operator, people.person(None)
    users = people.users
    open_one = users.invitation(users.invite(practice.id, "x@op.example", "owner", by=None)).id
    for deed in (
        lambda: users.set_role(practice.id, owner.id, "assistant", by=by, operator=operator),
        lambda: users.set_part(practice.id, manager.id, "owner", (), by=by, operator=operator),
        lambda: users.set_grants(practice.id, owner.id, ["patients"], by=by, operator=operator),
        lambda: users.remove_member(practice.id, owner.id, by=by, operator=operator),
        lambda: users.add_member(practice.id, new.id, "owner", by=by, operator=operator),
        lambda: users.invite(practice.id, "y@op.example", "owner", by=by, operator=operator),
        lambda: users.invite(None, "y@op.example", "operator", by=by, operator=operator),
        lambda: users.withdraw(practice.id, open_one, by=by, operator=operator),
    ):
        with pytest.raises(Forbidden):
            deed()
    users.add_member(practice.id, new.id, "assistant", by=by, operator=operator)
    plain = people.member(practice, "manager")  # nor is a flag believed of who is none
    with pytest.raises(Forbidden):
        users.invite(practice.id, "y@op.example", "owner", by=plain.id, operator=True)


def test_nobody_gives_a_grant_that_they_have_not_got(people: People) -> None:
    practice = people.practice()
    owner = people.member(practice, "owner")
    without, having = people.member(practice, "manager"), people.member(practice, "manager", ["patients"])
    person = people.member(practice, "assistant")
    with pytest.raises(Forbidden, match="not been given"):
        people.users.set_grants(practice.id, person.id, ["patients"], by=without.id)
    with pytest.raises(Forbidden, match="not been given"):
        people.users.invite(practice.id, "x@y.example", "assistant", ["patients"], by=without.id)
    people.users.set_grants(practice.id, person.id, ["patients"], by=having.id)
    assert role_of(people, practice, person) == ("assistant", ["patients"])
    people.users.set_role(practice.id, person.id, "dispenser", by=without.id)  # which keeps the grant
    assert role_of(people, practice, person) == ("dispenser", ["patients"])
    people.users.set_grants(practice.id, person.id, [], by=without.id)
    people.users.set_grants(
        practice.id, person.id, ["patients"], by=owner.id
    )  # an owner's comes with the role
    with pytest.raises(BadConfiguration, match="no such grant"):
        people.users.set_grants(practice.id, person.id, ["everything"], by=owner.id)


@pytest.mark.parametrize("role", ["operator", "admin", "", "OWNER"])
def test_a_practice_has_no_operator_and_no_role_that_is_unknown(people: People, role: str) -> None:
    practice = people.practice()
    person = people.member(practice, "owner")
    with pytest.raises(BadConfiguration):
        people.users.set_role(practice.id, person.id, role, by=None)
    with pytest.raises(BadConfiguration):
        people.users.invite(practice.id, "x@y.example", role, by=None)


def test_the_last_owner_is_neither_removed_nor_demoted(people: People) -> None:
    practice = people.practice()
    owner, other = people.member(practice, "owner"), people.member(practice, "owner")
    people.users.disable(other.id)  # cannot sign in, so does not count
    for by in (None, owner.id):
        with pytest.raises(Forbidden, match="at least one owner"):
            people.users.set_role(practice.id, owner.id, "manager", by=by)
        with pytest.raises(Forbidden, match="at least one owner"):
            people.users.remove_member(practice.id, owner.id, by=by)
    people.users.set_grants(practice.id, owner.id, ["patients"], by=None)
    people.users.enable(other.id)
    people.users.set_role(practice.id, owner.id, "manager", by=owner.id)
    with pytest.raises(Forbidden, match="at least one owner"):
        people.users.remove_member(practice.id, other.id, by=other.id)


def test_two_owners_who_demote_each_other_at_once_leave_one(people: People) -> None:
    for _ in range(5):
        practice = people.practice()
        pair = [people.member(practice, "owner") for _ in range(2)]
        turns = iter(pair)

        def demote(turns: object = turns, practice: Tenant = practice, pair: list[User] = pair) -> bool:
            one = next(turns)  # type: ignore[call-overload]
            other = pair[1] if one is pair[0] else pair[0]
            try:
                people.users.set_role(practice.id, other.id, "assistant", by=one.id)
            except Forbidden:
                return False
            return True

        assert sorted(at_once(2, demote)) == [False, True]
        assert sorted(m.role for m in people.users.members(practice.id)) == ["assistant", "owner"]


def test_who_is_removed_or_changed_loses_the_tokens_and_who_is_removed_the_keys_too(people: People) -> None:
    practice, elsewhere = people.practice(), people.practice()
    people.member(practice, "owner")
    person = people.member(practice, "owner")
    people.users.add_member(elsewhere.id, person.id, "owner", by=None)

    def family(tenant: Tenant, id: str) -> None:
        people.execute(
            "insert into token_families (id, user_id, tenant_id, expires_at) values (:id, :u, :t, now())",
            id=id, u=person.id, t=tenant.id,
        )  # fmt: skip

    family(practice, f"a{practice.id}")
    family(elsewhere, f"b{practice.id}")
    people.execute(
        "insert into api_keys (id, tenant_id, user_id, name, prefix, secret_hash, scopes)"
        " values (:id, :t, :u, 'till', :id, ''::bytea, '[]')",
        id=practice.id, t=practice.id, u=person.id,
    )  # fmt: skip
    good = "select count(*) from {} where user_id = :u and revoked_at is null"
    people.users.set_role(practice.id, person.id, "manager", by=None)
    assert people.value(good.format("token_families"), u=person.id) == 1
    assert people.value(good.format("api_keys"), u=person.id) == 1
    people.users.remove_member(practice.id, person.id, by=None)
    assert people.value(good.format("api_keys"), u=person.id) == 0
    assert role_of(people, elsewhere, person) == ("owner", [])
    with pytest.raises(UnknownUser):
        people.users.remove_member(practice.id, person.id, by=None)


# Invitations


def test_an_invitation_makes_somebody_new_a_member_once(people: People) -> None:
    practice = people.practice()
    owner = people.member(practice, "owner")
    token = people.users.invite(practice.id, "New@Harbour.example", "manager", ["patients"], by=owner.id)
    assert len(token) == 43
    assert people.value("select count(*) from invitations where token_hash = :t", t=token.encode()) == 0
    shown = people.users.invitation(token)
    assert (shown.email, shown.role, shown.known) == ("new@harbour.example", Role.manager, False)
    assert [one.email for one in people.users.invitations(practice.id)] == ["new@harbour.example"]
    person = people.users.accept(token, "New One", GOOD)
    assert role_of(people, practice, person) == ("manager", ["patients"])
    assert people.users.invitations(practice.id) == []
    for again in (token, token + "x", "", "x" * 10_000, "\ud800"):
        with pytest.raises(BadInvitation):
            people.users.accept(again, "New One", GOOD)
    assert signed_in(people.sign_in(person)).user == people.users.by_id(person.id)
    people.execute("delete from users where id = :id", id=person.id)


def test_an_invitation_expires_after_seven_days(people: People) -> None:
    token = people.users.invite(people.practice().id, "late@harbour.example", "owner", by=None)
    people.clock.turn(days=7, seconds=-1)
    people.users.invitation(token)
    people.clock.turn(seconds=1)
    with pytest.raises(BadInvitation):
        people.users.accept(token, "Late", GOOD)


def test_an_invitation_accepted_by_several_at_once_makes_one(people: People) -> None:
    practice = people.practice()
    token = people.users.invite(practice.id, f"{practice.id}@harbour.example", "owner", by=None)

    def accept() -> str:
        try:
            people.users.accept(token, "One", GOOD)
        except PrenticeError as refused:
            return refused.code
        return "in"

    assert sorted(at_once(4, accept)) == ["bad_invitation"] * 3 + ["in"]


def test_an_invitation_never_takes_over_an_account(people: People) -> None:
    """Whoever invites holds the link: it must neither set a password nor a name, nor be a way in."""
    practice = people.practice()
    victim, attacker = people.person(), people.member(practice, "owner")
    token = people.users.invite(practice.id, victim.email, "assistant", by=attacker.id)
    assert people.users.invitation(token).known
    with pytest.raises(SignInNeeded):
        people.users.accept(token, "Mallory")
    with pytest.raises(WrongCredentials):
        people.users.accept(token, "Mallory", BETTER)
    with pytest.raises(Forbidden, match="another address"):
        people.users.accept(token, "Mallory", BETTER, signed_in=attacker.id)
    assert people.users.by_id(victim.id) == victim
    assert people.sign_in(victim, BETTER) == Failed()
    assert role_of(people, practice, victim) is None
    accepted = people.users.accept(token, "Another Name", signed_in=victim.id)
    assert accepted == victim
    assert role_of(people, practice, victim) == ("assistant", [])
    signed_in(people.sign_in(victim))


def test_the_right_password_shows_whose_account_it_is_and_guesses_are_counted(people: People) -> None:
    practice = people.practice()
    victim = people.person()
    token = people.users.invite(practice.id, victim.email, "assistant", by=None)
    assert people.users.accept(token, "", GOOD) == victim
    other = people.practice()
    token = people.users.invite(other.id, victim.email, "assistant", by=None)
    for _ in range(20):
        with pytest.raises(WrongCredentials):
            people.users.accept(token, "", BETTER)
    with pytest.raises(TooManyRequests):
        people.users.accept(token, "", GOOD)
    signed_in(people.sign_in(victim))  # their own way in is not locked
    assert people.users.accept(token, signed_in=victim.id).id == victim.id


def test_an_invitation_dies_with_the_right_of_whoever_made_it(people: People) -> None:
    practice = people.practice()
    people.member(practice, "owner")
    manager = people.member(practice, "manager", ["patients"])
    token = people.users.invite(practice.id, "x@dies.example", "assistant", ["patients"], by=manager.id)
    people.users.set_grants(practice.id, manager.id, [], by=None)
    with pytest.raises(BadInvitation):
        people.users.accept(token, "X", GOOD)
    people.users.set_grants(practice.id, manager.id, ["patients"], by=None)
    people.users.set_role(practice.id, manager.id, "assistant", by=None)
    with pytest.raises(BadInvitation):
        people.users.accept(token, "X", GOOD)
    assert people.users.by_email("x@dies.example") is None


def test_a_refusal_leaves_the_invitation_as_it_was(people: People) -> None:
    practice = people.practice("Harbour Optics")
    token = people.users.invite(practice.id, "keeps@harbour.example", "owner", by=None)
    with pytest.raises(WeakPassword, match="name of the practice"):
        people.users.accept(token, "Keeps", "the harbour lights")
    with pytest.raises(WeakPassword, match="at least 12"):
        people.users.accept(token, "Keeps")
    people.suspend(practice)
    with pytest.raises(TenantSuspended):
        people.users.accept(token, "Keeps", GOOD)
    people.execute("update tenants set status = 'active' where id = :id", id=practice.id)
    people.execute("delete from users where id = :id", id=people.users.accept(token, "Keeps", GOOD).id)


def test_a_new_invitation_replaces_the_open_one_and_a_withdrawn_one_is_gone(people: People) -> None:
    practice = people.practice()
    owner, manager = people.member(practice, "owner"), people.member(practice, "manager")
    first = people.users.invite(practice.id, "twice@harbour.example", "assistant", by=manager.id)
    second = people.users.invite(practice.id, "twice@harbour.example", "owner", by=owner.id)
    with pytest.raises(BadInvitation):
        people.users.invitation(first)
    with pytest.raises(Forbidden):  # nor does a manager replace, or withdraw, an owner's
        people.users.invite(practice.id, "twice@harbour.example", "assistant", by=manager.id)
    [open_one] = people.users.invitations(practice.id)
    with pytest.raises(Forbidden):
        people.users.withdraw(practice.id, open_one.id, by=manager.id)
    with pytest.raises(BadInvitation):
        people.users.withdraw(people.practice().id, open_one.id, by=None)
    people.users.withdraw(practice.id, open_one.id, by=owner.id)
    with pytest.raises(BadInvitation):
        people.users.invitation(second)


def test_a_member_is_not_invited_again(people: People) -> None:
    practice = people.practice()
    with pytest.raises(UserExists, match="already"):
        people.users.invite(practice.id, people.member(practice, "assistant").email, "owner", by=None)
    person = people.person(None)
    token = people.users.invite(practice.id, person.email, "owner", by=None)
    people.users.add_member(practice.id, person.id, "assistant", by=None)
    with pytest.raises(UserExists):
        people.users.accept(token, signed_in=person.id)
    assert role_of(people, practice, person) == ("assistant", [])


def test_an_operator_is_invited_by_operators_alone(people: People) -> None:
    owner = people.member(people.practice(), "owner")
    with pytest.raises(Forbidden):
        people.users.invite(None, "op@harbour.example", "operator", by=owner.id)
    token = people.users.invite(None, "op@harbour.example", "operator", by=None)
    person = people.users.accept(token, "Op", GOOD)
    assert person.operator
    assert people.users.memberships(person.id) == []
    another = people.users.invite(None, "op2@harbour.example", "owner", by=person.id, operator=True)
    people.users.set_operator(person.id, False)
    with pytest.raises(BadInvitation):
        people.users.accept(another, "Op", GOOD)


# Passwords


def test_a_changed_password_ends_all_other_sessions_and_the_tokens(people: People) -> None:
    person = people.member(practice := people.practice(), "owner")
    people.users.set_password(Proof(person.id, "passkey", people.clock()), GOOD)
    here, session = people.sessions.open_session(person.id, True, "", "")
    elsewhere, _ = people.sessions.open_session(person.id, True, "", "")
    people.execute(
        "insert into token_families (id, user_id, tenant_id, expires_at) values (:id, :u, :t, now())",
        id=practice.id, u=person.id, t=practice.id,
    )  # fmt: skip
    with pytest.raises(WrongCredentials):
        people.users.change_password(person.id, BETTER, "a quite different secret", but=session.id)
    with pytest.raises(WeakPassword):
        people.users.change_password(person.id, GOOD, "harbour harbour lights", but=session.id)
    assert people.sessions.find(elsewhere)
    people.users.change_password(person.id, GOOD, BETTER, but=session.id)
    assert people.sessions.find(here)
    assert people.sessions.find(elsewhere) is None
    assert people.value("select revoked_at from token_families where id = :id", id=practice.id)
    assert people.sign_in(person) == Failed()
    signed_in(people.sign_in(person, BETTER))


def keys_of(people: People, person: User) -> Callable[[], list[bool]]:
    """Keys of theirs in two practices, and which of them are good."""
    keys = ApiKeys(people.engine, clock=lambda: people.clock().timestamp())
    for practice in (people.practice(), people.practice()):
        people.users.add_member(practice.id, person.id, "owner", by=None)
        keys.make(person.id, practice.id, name="till", scopes=[Permission.ask])

    def good() -> list[bool]:
        return [one.revoked_at is None for one in keys.list_of(user_id=person.id)]

    assert good() == [True, True]
    return good


def test_an_account_that_is_taken_back_leaves_no_api_key_of_before(people: People) -> None:
    """Whoever had the password for a while may have made one, and it is good for a year."""
    person = people.person()
    good = keys_of(people, person)
    people.users.reset_password(people.users.reset_token(person.id), BETTER)
    assert good() == [False, False]
    other = people.person()
    good = keys_of(people, other)
    people.users.reset_factors(other.id)
    assert good() == [False, False]


def test_a_changed_password_ends_the_keys_where_that_is_asked_for(people: People) -> None:
    person = people.person()
    good = keys_of(people, person)
    people.users.change_password(person.id, GOOD, BETTER)
    assert good() == [True, True]
    people.users.change_password(person.id, BETTER, GOOD, keys=True)
    assert good() == [False, False]


def test_wrong_old_passwords_are_counted_also_when_many_come_at_once(people: People) -> None:
    person = people.person()

    def guess() -> str:
        try:
            people.users.change_password(person.id, "not the password", BETTER)
        except PrenticeError as refused:
            return refused.code
        return "changed"

    codes = [code for _ in range(6) for code in at_once(4, guess)]
    assert codes.count("wrong_credentials") == 20
    assert codes.count("too_many_requests") == 4
    with pytest.raises(TooManyRequests) as told:
        people.users.change_password(person.id, GOOD, BETTER)
    assert told.value.retry_after_s == 86_400
    people.clock.turn(hours=24, seconds=1)
    people.users.change_password(person.id, GOOD, BETTER)


def test_a_reset_link_sets_a_password_once_and_ends_every_session(people: People) -> None:
    person = people.person()
    session, _ = people.sessions.open_session(person.id, False, "", "")
    token, late = people.users.reset_token(person.id), people.users.reset_token(person.id)
    with pytest.raises(WeakPassword):
        people.users.reset_password(token, "short")
    assert people.users.reset_password(token, BETTER).id == person.id
    assert people.sessions.find(session) is None
    signed_in(people.sign_in(person, BETTER))
    with pytest.raises(BadInvitation):
        people.users.reset_password(token, GOOD)
    with pytest.raises(BadInvitation):
        people.users.reset_password(late, GOOD)
    late = people.users.reset_token(person.id)
    people.clock.turn(hours=24)
    with pytest.raises(BadInvitation):
        people.users.reset_password(late, GOOD)


def test_a_new_password_ends_every_other_link_and_every_sign_in_half_done_with_the_old_one(
    people: People,
) -> None:
    person, other = people.person(), people.person()
    app = people.app(person)
    link, others = people.users.reset_token(person.id), people.users.reset_token(other.id)
    half = people.sign_in(person)
    assert isinstance(half, NeedsSecondFactor)
    people.users.change_password(person.id, GOOD, BETTER)
    with pytest.raises(BadInvitation):
        people.users.reset_password(link, GOOD)
    assert people.way.second_factor(half.token, people.code(app), "") == Failed()
    people.users.reset_password(others, BETTER)
