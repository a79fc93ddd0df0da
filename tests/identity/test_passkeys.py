"""Passkeys, with an authenticator that signs for real: what it proves, and every way it may lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from identity.authenticator import ORIGIN, RP_ID, Authenticator
from identity.people import GOOD, People, at_once, signed_in
from prentice.errors import FactorExists, UnknownUser, WrongCredentials
from prentice.identity.passkeys import Shown
from prentice.identity.persons import User
from prentice.identity.sign_in import Failed, NeedsSecondFactor

SITE = {"rp_id": RP_ID, "origin": ORIGIN}
HERE = "203.0.113.7"


def made(people: People, person: User, device: Authenticator | None = None) -> Authenticator:
    device = device or Authenticator()
    asked = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    people.passkeys.add(person.id, asked.token, device.create(asked.options), name="Key", **SITE)
    return device


def show(people: People, device: Authenticator, user_id: str | None = None) -> Shown:
    asked = people.passkeys.ask(rp_id=RP_ID, user_id=user_id)
    return people.passkeys.verify(asked.token, device.get(asked.options), user_id=user_id, **SITE)


def test_a_passkey_alone_signs_in_with_two_factors(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    [kept] = people.passkeys.list_of(person.id)
    assert (kept.name, kept.used_at) == ("Key", None)
    asked = people.passkeys.ask(rp_id=RP_ID)
    assert "allowCredentials" not in asked.options or asked.options["allowCredentials"] == []
    step = signed_in(people.way.passkey(asked.token, device.get(asked.options), **SITE))
    assert (step.user.id, step.strong) == (person.id, True)
    assert people.passkeys.list_of(person.id)[0].used_at == people.clock()
    assert show(people, device) == Shown(person.id, kept.id)  # and again, also as JSON text
    asked = people.passkeys.ask(rp_id=RP_ID)
    text = json.dumps(device.get(asked.options))
    assert people.passkeys.verify(asked.token, text, **SITE).user_id == person.id


def test_a_passkey_is_a_second_factor_after_the_password(people: People) -> None:
    person, other = people.person(), people.person()
    device, theirs = made(people, person), made(people, other)
    step = people.sign_in(person)
    assert isinstance(step, NeedsSecondFactor)
    assert step.ways == {"passkey"}
    asked = people.way.ask_second_passkey(step.token, rp_id=RP_ID)
    assert [one["id"] for one in asked.options["allowCredentials"]] == [
        bytes_to_base64url(device.credential_id)
    ]
    assert (
        people.way.second_passkey(step.token, asked.token, theirs.get(asked.options), HERE, **SITE)
        == Failed()
    )  # somebody else's
    asked = people.way.ask_second_passkey(step.token, rp_id=RP_ID)
    done = people.way.second_passkey(step.token, asked.token, device.get(asked.options), HERE, **SITE)
    assert (signed_in(done).user.id, signed_in(done).strong) == (person.id, True)
    with pytest.raises(WrongCredentials):
        people.way.ask_second_passkey(step.token, rp_id=RP_ID)


def test_a_challenge_for_one_user_or_purpose_is_none_for_another(people: People) -> None:
    person = people.person()
    device = made(people, person)
    asked = people.passkeys.ask(rp_id=RP_ID)
    with pytest.raises(WrongCredentials):  # asked of anybody, shown as this user's
        people.passkeys.verify(asked.token, device.get(asked.options), user_id=person.id, **SITE)
    asked = people.passkeys.ask(rp_id=RP_ID, user_id=person.id)
    assert people.way.passkey(asked.token, device.get(asked.options), **SITE) == Failed()
    new = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    with pytest.raises(WrongCredentials):
        people.passkeys.add(people.person().id, new.token, Authenticator().create(new.options), **SITE)
    new = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    as_get = {"challenge": new.options["challenge"], "userVerification": "required"}
    with pytest.raises(WrongCredentials):
        people.passkeys.verify(new.token, device.get(as_get), **SITE)


def test_a_challenge_is_good_once_and_for_five_minutes(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    asked = people.passkeys.ask(rp_id=RP_ID)
    response = device.get(asked.options)
    people.passkeys.verify(asked.token, response, **SITE)
    with pytest.raises(WrongCredentials):  # replayed as it was
        people.passkeys.verify(asked.token, response, **SITE)
    another = people.passkeys.ask(rp_id=RP_ID)
    with pytest.raises(WrongCredentials):  # replayed under a new token
        people.passkeys.verify(another.token, response, **SITE)
    with pytest.raises(WrongCredentials):  # which is used up by the wrong response
        people.passkeys.verify(another.token, device.get(another.options), **SITE)
    late = people.passkeys.ask(rp_id=RP_ID)
    people.clock.turn(minutes=5)
    with pytest.raises(WrongCredentials):
        people.passkeys.verify(late.token, device.get(late.options), **SITE)
    new = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    people.passkeys.add(person.id, new.token, Authenticator().create(new.options), **SITE)
    with pytest.raises(WrongCredentials):
        people.passkeys.add(person.id, new.token, Authenticator().create(new.options), **SITE)


LIES: dict[str, Callable[[Authenticator], None]] = {
    "wrong origin": lambda device: setattr(device, "origin", "https://harbour.example.evil.example"),
    "plain origin": lambda device: setattr(device, "origin", "http://harbour.example"),
    "another port": lambda device: setattr(device, "origin", "https://harbour.example:8443"),
    "wrong site": lambda device: setattr(device, "rp_id", "evil.example"),
    "user not verified": lambda device: setattr(device, "verifies", False),
    "in a frame of another site": lambda device: setattr(device, "cross_origin", True),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_response_from_elsewhere_is_refused(people: People, lie: str) -> None:
    person = people.person(None)
    device = made(people, person)
    LIES[lie](device)
    with pytest.raises(WrongCredentials):
        show(people, device)
    fresh = Authenticator()
    LIES[lie](fresh)
    with pytest.raises(WrongCredentials):
        made(people, person, fresh)
    assert len(people.passkeys.list_of(person.id)) == 1


def test_a_wrong_key_handle_or_credential_is_refused(people: People) -> None:
    person, other = people.person(None), people.person(None)
    device, theirs = made(people, person), made(people, other)
    forged = device.clone()
    forged.key = Authenticator().key
    with pytest.raises(WrongCredentials):
        show(people, forged)
    swapped = device.clone()
    swapped.handle = theirs.handle
    with pytest.raises(WrongCredentials):
        show(people, swapped)
    with pytest.raises(WrongCredentials):
        show(people, Authenticator())  # never made here
    assert show(people, device).user_id == person.id


def test_a_count_that_does_not_go_up_is_a_copy_and_is_refused(people: People) -> None:
    device = made(people, people.person(None))
    copy = device.clone()
    for _ in range(3):
        show(people, device)
    for _ in range(3):  # the copy is behind, then level
        with pytest.raises(WrongCredentials):
            show(people, copy)
    show(people, device)


def test_the_same_count_twice_at_once_is_good_for_one(people: People) -> None:
    device = made(people, people.person(None))
    start = device.clone()

    def race() -> bool:
        try:
            show(people, start.clone())
        except WrongCredentials:
            return False
        return True

    assert sorted(at_once(4, race)) == [False, False, False, True]


def test_an_authenticator_that_does_not_count_is_taken(people: People) -> None:
    device = made(people, people.person(None), Authenticator(counts=False))
    for _ in range(3):
        show(people, device)
    device.counts = True
    show(people, device)
    device.counts, device.count = False, 0
    with pytest.raises(WrongCredentials):  # and back
        show(people, device)


def test_a_disabled_users_passkey_opens_nothing(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    people.users.disable(person.id)
    asked = people.passkeys.ask(rp_id=RP_ID)
    assert people.way.passkey(asked.token, device.get(asked.options), **SITE) == Failed()


def test_one_device_is_set_up_once_and_an_account_has_at_most_twenty(people: People) -> None:
    person, other = people.person(None), people.person(None)
    device = made(people, person)
    asked = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    assert [one["id"] for one in asked.options["excludeCredentials"]] == [
        bytes_to_base64url(device.credential_id)
    ]
    with pytest.raises(FactorExists):
        made(people, other, device)
    for _ in range(19):
        made(people, person)
    with pytest.raises(FactorExists, match="at most 20"):
        people.passkeys.ask_new(person.id, rp_id=RP_ID)


def test_removal_needs_another_proof_and_never_takes_the_only_way_in(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    people.clock.turn(seconds=1)
    second = made(people, person)
    one, two = people.passkeys.list_of(person.id)

    def proof(by: Authenticator) -> Any:
        asked = people.passkeys.ask(rp_id=RP_ID, user_id=person.id)
        return people.way.prove_by_passkey(person.id, asked.token, by.get(asked.options), **SITE)

    session, _ = people.sessions.open_session(person.id, True, "", "")
    with pytest.raises(WrongCredentials, match="another factor"):
        people.passkeys.remove(one.id, proof(device))
    with pytest.raises(UnknownUser):
        people.passkeys.remove("p_nobody", proof(device))
    people.passkeys.remove(one.id, proof(second))
    assert people.sessions.find(session) is None
    with pytest.raises(WrongCredentials):
        show(people, device)
    people.users.set_password(proof(second), GOOD)
    with pytest.raises(WrongCredentials, match="another factor"):
        people.passkeys.remove(two.id, proof(second))
    people.passkeys.remove(two.id, people.way.prove(person.id, password=GOOD))
    assert not signed_in(people.sign_in(person)).strong


def test_the_only_way_in_stays(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    people.app(person)
    codes = people.recovery.regenerate(person.id)
    [kept] = people.passkeys.list_of(person.id)
    with pytest.raises(WrongCredentials, match="only way"):
        people.passkeys.remove(kept.id, people.way.prove(person.id, code=codes[0]))
    show(people, device)
    people.execute("insert into oidc_identities values ('https://idp.example', 's', :u)", u=person.id)
    people.passkeys.remove(kept.id, people.way.prove(person.id, code=codes[1]))


def test_whatever_bytes_come_are_a_wrong_response_and_no_error(people: People) -> None:
    person = people.person(None)
    device = made(people, person)
    asked = people.passkeys.ask(rp_id=RP_ID)
    good = device.get(asked.options)
    bad: list[Any] = ["", "null", "[]", "{}", "\ud800", "[" * 100_000, {}, {"response": None}, {"rawId": 7}]
    bad.append(good | {"pad": "x" * 20_000})
    for name in ("id", "rawId", "type"):
        bad += [{k: v for k, v in good.items() if k != name}, good | {name: "!"}, good | {name: None}]
    for name in good["response"]:
        if name == "userHandle":
            continue
        for value in (None, "", "AA", "!!!!", 7, bytes_to_base64url(b"\xff" * 400)):
            bad.append(good | {"response": good["response"] | {name: value}})
    client = json.loads(base64url_to_bytes(good["response"]["clientDataJSON"]))
    for change in (
        {"type": "webauthn.create"},
        {"challenge": "AAAA"},
        {"origin": None},
        {"origin": [ORIGIN]},
    ):
        said = bytes_to_base64url(json.dumps(client | change).encode())
        bad.append(good | {"response": good["response"] | {"clientDataJSON": said}})
    for response in bad:
        for token in (people.passkeys.ask(rp_id=RP_ID).token, "unknown", "\ud800"):
            with pytest.raises(WrongCredentials) as told:
                people.passkeys.verify(token, response, **SITE)
            assert "challenge" not in str(told.value)
    new = people.passkeys.ask_new(person.id, rp_id=RP_ID)
    made_response = Authenticator().create(new.options)
    for value in (None, "", "AA", bytes_to_base64url(b"\xa0"), bytes_to_base64url(b"\xff" * 300)):
        new = people.passkeys.ask_new(person.id, rp_id=RP_ID)
        broken = made_response | {"response": made_response["response"] | {"attestationObject": value}}
        with pytest.raises(WrongCredentials):
            people.passkeys.add(person.id, new.token, broken, **SITE)
