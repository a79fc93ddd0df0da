"""What somebody would try who has a foot in the door: an invitation, a provider, a session, an old key."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import pytest
from apart import run_apart
from httpx import Response
from identity.provider import open_provider, sign_in_there
from people import COOKIE, PASSWORD, SignedIn, person

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.errors import BadInvitation, SecondFactorNeeded, UnknownTenant
from prentice.identity.caller import Caller, Membership
from prentice.identity.roles import Permission, Role
from prentice.settings import Settings
from prentice.web.needs import Door
from web.attempts import forgotten
from web.live import live
from web.test_attacks_on_identity import (
    FORM,
    OURS,
    THEIRS,
    WRONG,
    Gate,
    _addresses,
    browserless,
    cookie_of,
    same,
)

BETTER = "an umbrella for the lighthouse"


@pytest.fixture(scope="module")
def gate(demo: Prentice, session_settings: Settings) -> Iterator[Gate]:
    """Behind a proxy that is trusted, which is us."""
    config = session_settings.model_copy(update={"trusted_proxies": "127.0.0.1/32"})
    with live(create_app(config, engine=demo)) as url, browserless(url) as client:
        yield Gate(demo, client)
    forgotten(demo)


def provided(gate: Gate, user_id: str, *, strong: bool = False) -> SignedIn:
    """A session that the provider of our practice opened."""
    sessions = gate.prentice.identity.sessions
    token, opened = sessions.open_session(user_id, strong, "127.0.0.1", "A test", tenant_id=gate.id_of(OURS))
    return SignedIn(user_id, token, opened.csrf)


def renewed(gate: Gate, who: SignedIn, response: Response) -> SignedIn:
    """The session with the token that the response brought."""
    assert response.status_code == 303, response.text
    token = SimpleCookie(response.headers["set-cookie"])[COOKIE].value
    found = gate.prentice.identity.sessions.find(token)
    assert found
    return SignedIn(who.user_id, token, found.csrf)


def posted(gate: Gate, path: str, who: SignedIn, body: dict[str, Any]) -> Response:
    return gate.client.post(path, json=body, headers=who.headers)


def without_password(gate: Gate, user_id: str) -> None:
    with gate.prentice.identity.engine.begin() as connection:
        connection.exec_driver_sql("update users set password_hash = null where id = %s", (user_id,))


def long_ago(gate: Gate, user_id: str) -> None:
    """Their sessions proved themselves eleven minutes ago."""
    with gate.prentice.identity.engine.begin() as connection:
        connection.exec_driver_sql(
            "update sessions set proved_at = now() - interval '11 minutes' where user_id = %s", (user_id,)
        )


def onward(page: Response) -> str:
    """Where the page sends the browser by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


# -- an account that is there already ----------------------------------------------------------------------


def test_a_provider_is_linked_to_an_account_that_is_signed_in_in_the_same_browser(gate: Gate) -> None:
    ann = person(gate.prentice, "ann@north.example", OURS)
    with open_provider() as op:
        client, secret = op.register("http://to-be-known.example/")
        providers = gate.prentice.identity.providers
        at = providers.add(
            gate.id_of(OURS), op.issuer, client_id=client, name="Keys", secret=secret, loopback=True
        ).id
        back = f"{str(gate.client.base_url).rstrip('/')}/sign-in/back/{at}"
        op.op.context.cdb[client]["redirect_uris"] = [(back, None)]

        def come(session: str = "") -> Response:
            sent = gate.client.post(f"/sign-in/with/{at}", headers=FORM)
            assert sent.status_code == 200, sent.text
            pending = SimpleCookie(sent.headers["set-cookie"])["prentice-provider"].value
            came_to, params = sign_in_there(onward(sent), "ann")
            cookies = f"prentice-provider={pending}; {COOKIE}={session}"
            return gate.client.get(came_to, params=params, headers={"Cookie": cookies})

        stale = gate.session(ann)
        long_ago(gate, ann)
        for session in ("", gate.session(gate.somebody()[0]).token, provided(gate, ann).token, stale.token):
            refused = come(session)
            assert (refused.status_code, "of its own" in refused.text) == (401, True)
        assert come(gate.session(ann).token).status_code == 303
        opened = come()
        assert opened.status_code == 303
        assert gate.me(Cookie=cookie_of(opened)).json()["user_id"] == ann


# -- a password that is right --------------------------------------------------------------------------------


def test_no_practice_that_is_named_says_whether_a_password_is_right(gate: Gate) -> None:
    """Neither by the answer, nor by the count of guesses, nor past the log; with and without a factor."""
    _, plain = gate.somebody()
    with_app_id, with_app = gate.with_app()
    for email in (plain, with_app):
        for tenant in (THEIRS, "no-such-practice"):
            before = gate.actions()
            asked = {"email": email, "tenant": tenant}
            right, wrong = (
                gate.client.post(
                    "/v1/token",
                    json={**asked, "password": password},
                    headers={"X-Forwarded-For": next(_addresses)},  # repeats of one address fold into a line
                )
                for password in (PASSWORD, WRONG)
            )
            assert right.status_code == 401
            same(right, wrong)
            assert gate.actions() - before == {"sign_in_failed allowed": 2}
    _, guessed = gate.somebody()
    sender = {"X-Forwarded-For": next(_addresses)}
    passwords = [WRONG, WRONG, PASSWORD, WRONG, WRONG, WRONG]
    asked = {"email": guessed, "tenant": THEIRS}
    answers = [
        gate.client.post("/v1/token", json={**asked, "password": p}, headers=sender).status_code
        for p in passwords
    ]
    assert answers == [401] * 5 + [429]
    forgotten(gate.prentice)
    needed = gate.client.post(
        "/v1/token",
        json={"email": with_app, "tenant": OURS, "password": PASSWORD},
        headers={"X-Forwarded-For": next(_addresses)},
    )
    assert (needed.status_code, gate.written()[-1]["who"]) == (403, with_app_id)


def test_that_a_password_was_right_stands_in_the_log_also_where_the_factor_never_comes(gate: Gate) -> None:
    user_id, email = gate.with_app()
    gate.sign_in(email)
    line = gate.written()[-1]
    assert (line["action"], line["who"]) == ("sign_in_failed", user_id)
    assert line["facts"] == {"code": "second_factor_needed"}


# -- keys --------------------------------------------------------------------------------------------------


def test_no_key_is_made_past_the_second_factor_that_the_practice_asks_for(gate: Gate) -> None:
    slug = gate.practice(mfa_roles=["owner"], allowed_addresses=["127.0.0.0/8", "203.0.113.0/24"])
    user_id, _ = gate.somebody(Role.owner, slug)
    form = {"name": "A till", "tenant": slug, "days": "1", "scopes": "ask"}
    refused = gate.post("/account/keys", gate.session(user_id), **form)
    assert (refused.status_code, "second factor" in refused.text) == (403, True)
    keys = gate.prentice.identity.api_keys
    assert keys.list_of(user_id=user_id) == []
    with pytest.raises(SecondFactorNeeded):
        keys.make(user_id, gate.id_of(slug), name="A till", scopes=[Permission.ask])
    assert gate.actions(gate.id_of(slug))["refused refused"] == 1
    assert "pk_" in gate.post("/account/keys", gate.session(user_id, strong=True), **form).text
    elsewhere = gate.session(user_id, strong=True)
    headers = {**elsewhere.headers, **FORM, "X-Forwarded-For": "198.51.100.7"}
    assert gate.client.post("/account/keys", data=form, headers=headers).status_code == 403
    assert len(keys.list_of(user_id=user_id)) == 1


def test_a_browser_that_was_left_open_makes_no_key(gate: Gate) -> None:
    user_id, _ = gate.somebody()
    session = gate.session(user_id)
    long_ago(gate, user_id)
    form = {"name": "A till", "tenant": OURS, "days": "1", "scopes": "ask"}
    page = gate.client.get("/account", headers=session.headers).text
    assert 'action="/account/keys#keys"' not in page
    asked = gate.post("/account/keys", session, **form)
    assert (asked.status_code, asked.headers["location"]) == (303, "/account/prove?next=%2Faccount%23keys")
    assert gate.prentice.identity.api_keys.list_of(user_id=user_id) == []
    again = renewed(gate, session, gate.post("/account/prove", session, password=PASSWORD))
    assert "pk_" in gate.post("/account/keys", again, **form).text
    assert "pk_" in gate.post("/account/keys", provided(gate, user_id), **form).text  # of its practice


def test_what_was_not_ended_is_not_said_to_be(gate: Gate) -> None:
    """Whoever stops a key that has leaked must know whether it is stopped."""
    user_id, _ = gate.somebody()
    session, chain = gate.session(user_id), gate.id_of(OURS)
    keys = gate.prentice.identity.api_keys
    made = keys.make(user_id, chain, name="The till by the window", scopes=[Permission.ask]).key
    before = gate.actions(chain)
    office = f"/practices/{OURS}/keys"
    assert gate.post(f"{office}/{made.id}/revoke", session).status_code == 303
    for path in (f"{office}/{made.id}/revoke", f"{office}/a_none/revoke", f"/account/keys/{made.id}/revoke"):
        refused = gate.post(path, session)
        assert (refused.status_code, "ended already" in refused.text) == (404, True)
    told = gate.actions(chain) - before
    assert told - Counter({"shown allowed": told["shown allowed"]}) == {
        "key_revoked allowed": 1,
        "key_revoked refused": 3,
    }
    assert made.name not in gate.client.get(office, headers=session.headers).text
    other = gate.session(gate.somebody()[0])
    assert gate.post(f"/account/keys/{made.id}/revoke", other).status_code == 404
    assert gate.post("/account/sessions/s_none/end", session).status_code == 404


# -- what is written down ----------------------------------------------------------------------------------


def test_the_log_says_which_grants_and_addresses_were_given(gate: Gate) -> None:
    """Who let somebody see the patients, and who opened the practice to which network."""
    slug = gate.practice()
    owner, _ = gate.somebody(Role.owner, slug)
    other, _ = gate.somebody(Role.assistant, slug)
    session, chain = gate.session(owner), gate.id_of(slug)

    def facts() -> dict[str, Any]:
        changes = [line for line in gate.written(chain) if line["action"] != "shown"]
        found: dict[str, Any] = changes[-1]["facts"]
        return found

    invited = {
        "email": f"{slug}@attacks.example",
        "role": "assistant",
        "grants": ["patients", "ann@x.example"],
    }
    for form in (invited, {**invited, "grants": ["patients"]}):
        gate.post(f"/practices/{slug}/users", session, **form)
        assert facts() == {"role": "assistant", "grants": ["patients"]}
    for grants in (["patients"], []):
        gate.post(f"/practices/{slug}/users/{other}", session, role="dispenser", grants=grants)
        assert facts() == {"change": "role", "user": other, "role": "dispenser", "grants": grants}
    gate.post(f"/practices/{slug}/settings", session, addresses="127.0.0.0/8, 203.0.113.7")
    assert facts()["addresses"] == ["127.0.0.0/8", "203.0.113.7"]


def test_an_owner_who_is_invited_by_an_operator_on_the_page_is_invited_by_that_person(gate: Gate) -> None:
    slug = gate.practice()
    chain, email = gate.id_of(slug), f"{slug}@attacks.example"
    operator, _ = gate.somebody(Role.operator)
    caller = gate.session(operator)
    found = gate.prentice.identity.sessions.caller(caller.token, "203.0.113.7")
    assert found
    invite = gate.prentice.hooks.invite_owner
    assert invite
    link = invite(chain, email, found)
    line = gate.written(chain)[-1]
    assert (line["who"], line["kind"], line["address"]) == (operator, "session", "203.0.113.7")
    assert line["credential_id"] == found.credential_id
    invite(chain, f"x{email}", None)
    assert (gate.written(chain)[-1]["who"], gate.written(chain)[-1]["kind"]) == ("operator", "operator")
    users = gate.prentice.identity.users
    users.set_operator(operator, False)
    assert link
    with pytest.raises(BadInvitation):  # it is theirs, and dies with their right
        users.accept(link.partition("token=")[2], "An Owner", BETTER)


# -- a short name ------------------------------------------------------------------------------------------


def test_a_membership_does_not_pass_to_the_next_practice_of_its_short_name(
    gate: Gate, session_settings: Settings
) -> None:
    door, slug = Door.of(gate.prentice, session_settings), gate.practice()
    for tenant_id, allowed in ((gate.id_of(slug), True), ("anotheronexx", False)):
        part = Membership(tenant_id, slug, Role.owner, frozenset())
        caller = Caller("session", "u_x", "s_x", {slug: part})
        if allowed:
            assert run_apart(door.scope(caller, slug, Permission.users)).tenant_id == tenant_id
            continue
        with pytest.raises(UnknownTenant):
            run_apart(door.scope(caller, slug, Permission.users))


# -- an invitation -----------------------------------------------------------------------------------------


def test_an_invitations_page_does_not_say_who_has_an_account(gate: Gate) -> None:
    """Whoever invites holds the link, and could ask for any address."""
    users = gate.prentice.identity.users
    user_id, known = gate.somebody(Role.owner, THEIRS)
    other_session = gate.session(gate.somebody()[0])
    disabled, off = gate.somebody(Role.owner, THEIRS)
    users.disable(disabled)
    unknown = f"{secrets.token_hex(6)}@attacks.example"
    emails = (known, unknown, off)
    tokens = {e: users.invite(gate.id_of(OURS), e, "assistant", by=None) for e in emails}
    differing = (*emails, *tokens.values())

    def alike(*answers: Response) -> int:
        for answer in answers[1:]:
            same(answers[0], answer, *differing)
        return answers[0].status_code

    def post(email: str, password: str, **more: str) -> Response:
        form = {"token": tokens[email], "password": password, **more}
        sent = {**FORM, "X-Forwarded-For": next(_addresses)}
        return gate.client.post("/welcome", data=form, headers=sent)

    assert alike(*(gate.client.get("/welcome", params={"token": tokens[e]}) for e in emails)) == 200
    for weak in ("short", "harbour optics 1", "password1234"):
        assert alike(*(post(e, weak, name="Ann") for e in emails)) == 422
    taking = (gate.post("/welcome/in", other_session, token=tokens[e]) for e in emails)
    assert alike(*taking) == 403
    assert alike(post(known, BETTER), post(off, BETTER), post(off, PASSWORD)) == 401
    forgotten(gate.prentice)
    assert post(known, PASSWORD, name="Mallory").status_code == 303
    person_known = users.by_id(user_id)
    assert person_known
    assert person_known.name == "Somebody"
    assert post(unknown, BETTER, name="New One").status_code == 303
    made = users.by_email(unknown)
    assert made
    assert [part.slug for part in users.memberships(made.id)] == [OURS]


# -- a provider's session ----------------------------------------------------------------------------------


@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("has_password", [True, False])
def test_a_session_of_a_practices_provider_plants_nothing_that_reaches_other_practices(
    gate: Gate, has_password: bool, strong: bool
) -> None:
    """The owner of one practice has the say over its provider, and waits until the person works elsewhere."""
    user_id, _ = gate.somebody()
    if not has_password:
        without_password(gate, user_id)
    session = provided(gate, user_id, strong=strong)
    begun = gate.post("/account/totp", session)
    assert (begun.status_code, begun.headers["location"]) == (
        303,
        "/account/prove?next=%2Faccount%23second",
    )
    assert posted(gate, "/account/passkeys/options", session, {}).status_code == 403
    made = posted(gate, "/account/passkeys", session, {"pending": "x", "credential": {}})
    assert made.status_code == 403
    if not has_password:
        assert gate.post("/account/password/first", session, new=BETTER).status_code == 401
        found = gate.prentice.identity.users.by_id(user_id)
        assert found
        assert not found.has_password
    page = gate.client.get("/account", headers=session.headers).text
    assert 'action="/account/totp#code"' not in page


def test_with_a_factor_of_its_own_shown_it_is_like_any_other(gate: Gate) -> None:
    user_id, _ = gate.somebody()
    session = provided(gate, user_id, strong=True)
    assert gate.post("/account/prove", session, password="not the password").status_code == 401
    session = renewed(gate, session, gate.post("/account/prove", session, password=PASSWORD))
    assert re.search(r"[A-Z2-7]{32}", gate.post("/account/totp", session).text)
    assert posted(gate, "/account/passkeys/options", session, {}).status_code == 200
    catalog = gate.client.get("/v1/catalog", params={"tenant": THEIRS}, headers=session.headers)
    assert catalog.status_code == 404  # it still reaches its practice alone


def test_where_the_account_has_a_factor_the_providers_word_does_not_stand_for_it(gate: Gate) -> None:
    user_id, email = gate.with_app()
    session = provided(gate, user_id, strong=True)
    assert 'name="password"' not in gate.client.get("/account/prove", headers=session.headers).text
    assert gate.post("/account/prove", session, password=PASSWORD).status_code == 401
    renewed(gate, session, gate.post("/account/prove", session, code=gate.code(email)))


def test_a_session_of_a_practices_provider_takes_up_no_invitation(gate: Gate) -> None:
    user_id, email = gate.somebody()
    users = gate.prentice.identity.users
    tokens = (
        users.invite(gate.id_of(THEIRS), email, "owner", by=None),
        users.invite(None, email, "operator", by=None),
    )
    session = provided(gate, user_id)
    for token in tokens:
        assert gate.post("/welcome/in", session, token=token).status_code == 403
    assert [part.slug for part in users.memberships(user_id)] == [OURS]
    for token in tokens:
        assert gate.post("/welcome/in", gate.session(user_id), token=token).status_code == 303
    assert len(users.memberships(user_id)) == 2
