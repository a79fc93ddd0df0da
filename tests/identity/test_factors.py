"""Codes of an app and recovery codes: how they are set up, used once, and taken away."""

from __future__ import annotations

import re

import pyotp
import pytest

from identity.people import GOOD, People, at_once, signed_in
from prentice.errors import FactorExists, WrongCredentials
from prentice.identity.proof import Proof
from prentice.identity.sign_in import NeedsSecondFactor


def test_the_set_up_is_an_address_a_secret_and_a_drawing_without_styles(people: People) -> None:
    person = people.person()
    shown = people.totp.begin(person.id)
    parsed = pyotp.parse_uri(shown.uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.issuer, parsed.name, parsed.secret) == ("Prentice", person.email, shown.secret)
    assert len(shown.secret) * 5 >= 160
    assert shown.svg.startswith("<svg ")
    assert not re.search(r"style|script|on\w+=|href", shown.svg)


def test_the_secret_is_sealed_for_the_platform_and_for_its_owner(people: People) -> None:
    one, other = people.person(), people.person()
    app = people.app(one)
    people.app(other)
    sealed = people.value("select secret_sealed from totp where user_id = :u", u=one.id)
    assert isinstance(sealed, bytes)
    assert app.secret.encode() not in sealed
    assert app.secret.encode() in people.sealer.open(sealed, owner="platform", purpose="totp")
    # Moved to another row by somebody who can write to the database, it opens for nobody.
    people.execute("update totp set secret_sealed = :s where user_id = :u", s=sealed, u=other.id)
    with pytest.raises(WrongCredentials):
        people.totp.verify(other.id, people.code(app))


def test_a_code_is_good_once_and_one_step_around(people: People) -> None:
    person = people.person()
    app = people.app(person)
    people.clock.turn(minutes=5)
    for steps in (-2, 2):
        assert not people.totp.verify(person.id, people.code(app, steps=steps))
    assert people.totp.verify(person.id, people.code(app, steps=-1))
    assert not people.totp.verify(person.id, people.code(app, steps=-1))
    assert people.totp.verify(person.id, people.code(app, steps=1))
    assert not people.totp.verify(person.id, people.code(app))  # earlier than one that was used
    people.clock.turn(seconds=60)
    assert people.totp.verify(person.id, f" {people.code(app)[:3]} {people.code(app)[3:]} ")


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "\u0661" * 6, "12 34", "1" * 100_000, "\ud800"]
)
def test_what_is_no_code_is_not_right(people: People, code: str) -> None:
    person = people.person()
    people.app(person)
    assert not people.totp.verify(person.id, code)
    assert not people.recovery.use(person.id, code)


def test_one_code_used_by_several_at_once_is_good_for_one(people: People) -> None:
    person = people.person()
    app = people.app(person)
    for _ in range(5):
        code = people.code(app)
        assert sorted(at_once(6, lambda code=code: people.totp.verify(person.id, code))) == [False] * 5 + [
            True
        ]
        people.clock.turn(seconds=30)


def test_the_code_that_confirmed_is_used_up_and_a_wrong_one_confirms_nothing(people: People) -> None:
    person = people.person()
    app = pyotp.TOTP(people.totp.begin(person.id).secret)
    with pytest.raises(WrongCredentials):
        people.totp.confirm(person.id, f"{(int(people.code(app)) + 1) % 1_000_000:06d}")
    assert not people.totp.verify(person.id, people.code(app))  # not confirmed yet
    assert not people.totp.has(person.id)
    people.totp.confirm(person.id, people.code(app))
    assert people.totp.has(person.id)
    assert not people.totp.verify(person.id, people.code(app))
    with pytest.raises(WrongCredentials):
        people.totp.confirm(person.id, people.code(app, steps=1))


def test_a_second_set_up_replaces_one_begun_and_never_one_confirmed(people: People) -> None:
    person = people.person()
    first = pyotp.TOTP(people.totp.begin(person.id).secret)
    second = pyotp.TOTP(people.totp.begin(person.id).secret)
    with pytest.raises(WrongCredentials):
        people.totp.confirm(person.id, people.code(first))
    people.totp.confirm(person.id, people.code(second))
    with pytest.raises(FactorExists):
        people.totp.begin(person.id)


def test_removal_needs_a_fresh_proof_by_something_else_and_ends_other_sessions(people: People) -> None:
    person = people.person()
    app = people.app(person)
    people.recovery.regenerate(person.id)
    here, session = people.sessions.open_session(person.id, True, "", "")
    elsewhere, _ = people.sessions.open_session(person.id, True, "", "")
    by_itself = people.way.prove(person.id, code=people.code(app))
    with pytest.raises(WrongCredentials, match="another factor"):
        people.totp.remove(by_itself, but=session.id)
    proof = people.way.prove(person.id, password=GOOD)
    people.clock.turn(minutes=5, seconds=1)
    with pytest.raises(WrongCredentials):
        people.totp.remove(proof, but=session.id)
    with pytest.raises(WrongCredentials):
        people.totp.remove(Proof(person.id, "password", people.clock.now.replace(year=2999)))
    assert isinstance(people.sign_in(person), NeedsSecondFactor)
    people.totp.remove(people.way.prove(person.id, password=GOOD), but=session.id)
    found = people.sessions.find(here)
    assert found
    assert not found.strong  # nothing is left that could have made it so
    assert people.sessions.find(elsewhere) is None
    assert people.recovery.left(person.id) == 0
    assert not signed_in(people.sign_in(person)).strong


def test_a_recovery_code_is_proof_enough_to_remove_the_lost_app(people: People) -> None:
    person = people.person()
    people.app(person)
    codes = people.recovery.regenerate(person.id)
    people.totp.remove(people.way.prove(person.id, code=codes[0]))
    signed_in(people.sign_in(person))


def test_the_operator_resets_all_factors(people: People) -> None:
    person = people.person()
    people.app(person)
    people.recovery.regenerate(person.id)
    session, _ = people.sessions.open_session(person.id, True, "", "")
    people.users.reset_factors(person.id)
    assert people.sessions.find(session) is None
    assert people.recovery.left(person.id) == 0
    signed_in(people.sign_in(person))


def test_ten_recovery_codes_are_told_once_and_each_is_good_once(people: People) -> None:
    person, other = people.person(), people.person()
    codes = people.recovery.regenerate(person.id)
    theirs = people.recovery.regenerate(other.id)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code) for code in codes)
    assert not people.recovery.use(person.id, theirs[0])
    for code in codes[:3]:
        assert people.recovery.use(person.id, code.lower().replace("-", " "))
        assert not people.recovery.use(person.id, code)
    assert people.recovery.left(person.id) == 7
    new = people.recovery.regenerate(person.id)
    assert not people.recovery.use(person.id, codes[5])
    assert people.recovery.use(person.id, new[5])


def test_one_recovery_code_used_by_several_at_once_is_good_for_one(people: People) -> None:
    person = people.person()
    for code in people.recovery.regenerate(person.id)[:3]:
        assert sorted(at_once(5, lambda code=code: people.recovery.use(person.id, code))) == [False] * 4 + [
            True
        ]


def test_recovery_codes_are_kept_as_slow_hashes(people: People) -> None:
    person = people.person()
    [code, *_] = people.recovery.regenerate(person.id)
    kept = people.value("select code_hash from recovery_codes where user_id = :u limit 1", u=person.id)
    assert isinstance(kept, bytes)
    assert len(kept) == 48
    assert code.replace("-", "").encode() not in kept
