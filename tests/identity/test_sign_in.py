"""The way in: one refusal for everything, the second factor, and how often it may be tried."""

from __future__ import annotations

import statistics
import time

import pytest

from identity.people import BETTER, GOOD, People, Told, at_once, signed_in
from prentice.errors import TooManyRequests, WrongCredentials
from prentice.identity.persons import User
from prentice.identity.sign_in import Failed, NeedsSecondFactor, SignedIn

HERE = "203.0.113.7"


def needs_second(people: People, person: User) -> NeedsSecondFactor:
    step = people.sign_in(person)
    assert isinstance(step, NeedsSecondFactor), step
    return step


def wrong_code(people: People, right: str) -> str:
    return f"{(int(right) + 500_000) % 1_000_000:06d}"


def test_a_right_password_signs_in_weakly_and_notes_the_time(people: People) -> None:
    person = people.person()
    step = signed_in(people.sign_in(person))
    assert (step.user.id, step.strong) == (person.id, False)
    assert step.user.signed_in_at == people.clock()
    assert signed_in(people.way.sign_in(f" {person.email.upper()} ", GOOD, HERE)).user.id == person.id


def refusals(people: People) -> dict[str, tuple[str, str]]:
    disabled = people.person()
    people.users.disable(disabled.id)
    return {
        "unknown": ("nobody@harbour.example", GOOD),
        "wrong password": (people.person().email, BETTER),
        "disabled": (disabled.email, GOOD),
        "no password": (people.person(None).email, GOOD),
        "no password, none given": (people.person(None).email, ""),
        "no address": ("nobody", GOOD),
        "huge": ("x" * 100_000, "y" * 100_000),
    }


def test_whoever_cannot_sign_in_is_told_the_same(people: People) -> None:
    for email, password in refusals(people).values():
        step = people.way.sign_in(email, password, HERE)
        assert step == Failed()
        assert str(step.error()) == str(Failed().error())


def test_whoever_cannot_sign_in_waits_as_long(people: People) -> None:
    """Otherwise time says who has an account. Medians of turns taken one after the other, within 20 %; more
    turns are taken where the machine is too busy to tell."""
    cases = {name: case for name, case in refusals(people).items() if name != "huge"}
    took: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(1, 76):
        for name, (email, password) in cases.items():
            start = time.perf_counter()
            people.way.sign_in(email, password, HERE)
            took[name].append(time.perf_counter() - start)
        medians = {name: statistics.median(times) for name, times in took.items()}
        wrong = medians["wrong password"]
        if turn >= 15 and all(0.8 < median / wrong < 1.2 for median in medians.values()):
            break
    else:
        raise AssertionError(medians)


def test_the_limits_are_asked_first_and_told_the_end(people: People) -> None:
    person = people.person()
    people.way.sign_in(person.email.upper(), BETTER, HERE, known=True)
    people.way.sign_in("nobody@harbour.example", BETTER, HERE)
    people.sign_in(person)
    assert people.limits.calls == [
        ("before", person.email, HERE, True),
        ("failed", person.email, HERE, True),
        ("before", "nobody@harbour.example", HERE, False),
        ("failed", "nobody@harbour.example", HERE, False),
        ("before", person.email, HERE, False),
        ("succeeded", person.email, HERE, False),
    ]


def test_what_the_limits_refuse_is_not_looked_at(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Told, email: str, address: str, known: bool) -> None:
        raise TooManyRequests("Too often.", "Wait.")

    monkeypatch.setattr(Told, "before", refuse)
    with pytest.raises(TooManyRequests):
        people.sign_in(people.person())


def test_a_second_factor_is_asked_for_once_it_is_confirmed(people: People) -> None:
    person = people.person()
    people.totp.begin(person.id)
    assert isinstance(people.sign_in(person), SignedIn)  # begun counts for nothing
    app = people.app(person)
    half = needs_second(people, person)
    assert half.ways == {"totp"}
    assert ("succeeded", person.email, HERE, False) not in people.limits.calls[-1:]
    step = signed_in(people.way.second_factor(half.token, people.code(app), HERE))
    assert (step.user.id, step.strong) == (person.id, True)
    assert people.limits.calls[-1][0] == "succeeded"


def test_a_half_done_sign_in_is_good_once_for_five_minutes(people: People) -> None:
    person = people.person()
    app = people.app(person)
    half = needs_second(people, person)
    signed_in(people.way.second_factor(half.token, people.code(app), HERE))
    people.clock.turn(seconds=30)
    assert people.way.second_factor(half.token, people.code(app), HERE) == Failed()
    half = needs_second(people, person)
    people.clock.turn(minutes=5)
    assert people.way.second_factor(half.token, people.code(app), HERE) == Failed()
    for token in ("", "x" * 43, "\ud800", "y" * 100_000):
        assert people.way.second_factor(token, people.code(app), HERE) == Failed()


def test_a_token_for_another_purpose_is_no_half_done_sign_in(people: People) -> None:
    person = people.person()
    app = people.app(person)
    reset = people.users.reset_token(person.id)
    assert people.way.second_factor(reset, people.code(app), HERE) == Failed()
    asked = people.passkeys.ask(rp_id="harbour.example", user_id=person.id)
    assert people.way.second_factor(asked.token, people.code(app), HERE) == Failed()


def test_the_code_is_tried_at_most_five_times_for_one_password(people: People) -> None:
    person = people.person()
    app = people.app(person)
    half = needs_second(people, person)
    for _ in range(5):
        assert people.way.second_factor(half.token, wrong_code(people, people.code(app)), HERE) == Failed()
    assert people.way.second_factor(half.token, people.code(app), HERE) == Failed()
    assert [call[0] for call in people.limits.calls[-5:]] == ["failed"] * 5
    half = needs_second(people, person)
    signed_in(people.way.second_factor(half.token, people.code(app), HERE))


def test_five_tries_at_once_from_twenty_threads_are_five(people: People) -> None:
    person = people.person()
    app = people.app(person)
    half = needs_second(people, person)
    before = len(people.limits.calls)
    wrong = wrong_code(people, people.code(app))
    assert at_once(8, lambda: people.way.second_factor(half.token, wrong, HERE)) == [Failed()] * 8
    assert len(people.limits.calls) - before == 5


def test_codes_of_an_account_are_limited_however_often_the_password_is_shown(people: People) -> None:
    """Brute force: five tries for each of many half-done sign-ins."""
    person = people.person()
    app = people.app(person)
    recovery = people.recovery.regenerate(person.id)
    for _ in range(4):
        half = needs_second(people, person)
        for _ in range(5):
            people.way.second_factor(half.token, wrong_code(people, people.code(app)), HERE)
    half = needs_second(people, person)
    with pytest.raises(TooManyRequests) as told:
        people.way.second_factor(half.token, people.code(app), HERE)
    assert told.value.retry_after_s
    # The owner is not locked out: a recovery code is long enough to need no such limit.
    signed_in(people.way.second_factor(half.token, recovery[0], HERE))
    people.clock.turn(hours=24, seconds=1)
    half = needs_second(people, person)
    signed_in(people.way.second_factor(half.token, people.code(app), HERE))


def test_a_right_code_starts_the_count_again(people: People) -> None:
    person = people.person()
    app = people.app(person)
    for _ in range(3):
        for _ in range(3):
            half = needs_second(people, person)
            for _ in range(4):
                people.way.second_factor(half.token, wrong_code(people, people.code(app)), HERE)
        signed_in(people.way.second_factor(half.token, people.code(app), HERE))
        people.clock.turn(seconds=30)


def test_a_recovery_code_stands_in_for_the_app_once(people: People) -> None:
    person = people.person()
    people.app(person)
    codes = people.recovery.regenerate(person.id)
    half = needs_second(people, person)
    assert half.ways == {"totp", "recovery"}
    assert signed_in(people.way.second_factor(half.token, codes[3].lower(), HERE)).strong
    assert people.way.second_factor(needs_second(people, person).token, codes[3], HERE) == Failed()


def test_somebody_disabled_between_the_steps_does_not_come_in(people: People) -> None:
    person = people.person()
    app = people.app(person)
    half = needs_second(people, person)
    people.users.disable(person.id)
    assert people.way.second_factor(half.token, people.code(app), HERE) == Failed()


def test_an_old_hash_is_renewed_on_the_way(people: People) -> None:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    person = people.person()
    old = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8_192, parallelism=1),)).hash(GOOD)
    people.execute("update users set password_hash = :h where id = :id", h=old, id=person.id)
    signed_in(people.sign_in(person))
    renewed = people.value("select password_hash from users where id = :id", id=person.id)
    assert str(renewed).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    signed_in(people.sign_in(person))


def test_a_proof_needs_what_it_names_and_is_counted(people: People) -> None:
    person = people.person()
    app = people.app(person)
    assert people.way.prove(person.id, password=GOOD).how == "password"
    assert people.way.prove(person.id, code=people.code(app)).how == "totp"
    codes = people.recovery.regenerate(person.id)
    assert people.way.prove(person.id, code=codes[0]).how == "recovery"
    for given in ({}, {"password": BETTER}, {"code": "000000"}, {"code": codes[0]}):
        with pytest.raises(WrongCredentials):
            people.way.prove(person.id, **given)
    with pytest.raises(WrongCredentials):
        people.way.prove(people.person(None).id, password="")
    for _ in range(18):
        with pytest.raises(WrongCredentials):
            people.way.prove(person.id, password=BETTER)
    with pytest.raises(TooManyRequests):
        people.way.prove(person.id, password=GOOD)
    signed_in_step = people.sign_in(person)  # signing in is limited elsewhere
    assert isinstance(signed_in_step, NeedsSecondFactor)
