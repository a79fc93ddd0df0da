"""What holds at the door and what is written down there, over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from httpx import Response
from identity import forge
from sqlalchemy import text

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.identity.envelope import opened, text_of
from prentice.identity.host_tokens import host_user
from prentice.identity.roles import Permission, Role
from prentice.identity.tokens import Tokens
from prentice.limits.policy import Rates
from prentice.settings import Settings
from web.attempts import forgotten
from web.live import live
from web.test_attacks_on_identity import FORM, OURS, WRONG, Gate, browserless


@dataclass
class OpenGate(Gate):
    """With the application behind it in reach."""

    app: FastAPI = field(kw_only=True)


@pytest.fixture(scope="module")
def gate(demo: Prentice, session_settings: Settings) -> Iterator[OpenGate]:
    """Behind a proxy that is trusted, which is us."""
    config = session_settings.model_copy(update={"trusted_proxies": "127.0.0.1/32"})
    app = create_app(config, engine=demo)
    with live(app) as url, browserless(url) as client:
        yield OpenGate(demo, client, app=app)
    forgotten(demo)


# -- limits ------------------------------------------------------------------------------------------------


def test_an_owner_lowers_limits_and_never_lifts_what_the_operator_set(gate: Gate) -> None:
    granted = {"user": {"per_minute": 50}, "key": {"per_minute": 2_000}, "budgets": {"rows_per_day": 9}}
    slug = gate.practice(limits=granted)
    owner = gate.session(gate.somebody(Role.owner, slug)[0])
    policy = gate.prentice.limits.policy
    tenant, at = gate.id_of(slug), f"/practices/{slug}/settings"

    assert gate.post(at, owner).status_code == 303  # a form of empty fields clears nothing of the operator's
    assert (policy(tenant).user.per_minute, policy(tenant).budgets.rows_per_day) == (50, 9)
    over = gate.post(at, owner, **{"limit_user.per_minute": "51"})
    assert over.status_code == 422
    assert "user.per_minute" in over.text
    # More than the platform's own default, where the operator granted it.
    assert gate.post(at, owner, **{"limit_key.per_minute": "1900"}).status_code == 303
    assert policy(tenant).key.per_minute == 1_900
    assert gate.post(at, owner, **{"limit_user.per_minute": "20"}).status_code == 303
    assert (policy(tenant).user.per_minute, policy(tenant).key.per_minute) == (20, 2_000)
    assert gate.prentice.registry.settings(slug).limits == granted


def test_somebody_of_several_practices_is_held_to_the_rates_of_each(gate: Gate) -> None:
    one, other = gate.practice(limits={"user": {"per_minute": 6, "burst": 3}}), gate.practice()
    who = gate.session(gate.somebody(Role.owner, one, other)[0]).headers

    def status(slug: str) -> int:
        return gate.client.get(f"/practices/{slug}/use", headers=who).status_code

    assert [status(one) for _ in range(4)] == [200, 200, 200, 429]
    assert status(other) == 200


# -- the operator ------------------------------------------------------------------------------------------


def test_an_operator_without_a_second_factor_is_kept_out_in_production(gate: OpenGate) -> None:
    user_id, _ = gate.somebody(Role.operator)
    weak, strong = gate.session(user_id).headers, gate.session(user_id, strong=True).headers
    page = "/operator/tenants"
    told = gate.client.get(page, headers=weak)
    assert told.status_code == 200
    assert "without a second factor" in told.text
    assert "without a second factor" not in gate.client.get(page, headers=strong).text
    door = gate.app.state.door
    gate.app.state.door = replace(door, production=True)
    try:
        for method, path in (("GET", page), ("POST", page), ("POST", f"{page}/none/suspend")):
            refused = gate.client.request(method, path, headers={**weak, **FORM})
            assert refused.status_code == 403
            assert "Account" in refused.text
        assert gate.client.get(page, headers=strong).status_code == 200
        assert gate.client.get("/account", headers=weak).status_code == 200
    finally:
        gate.app.state.door = door
    assert gate.written()[-1]["action"] != "tenant_suspended"


# -- who is not known yet ----------------------------------------------------------------------------------


def test_an_address_that_sends_too_much_before_it_is_known_is_told_to_wait(
    gate: OpenGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate.prentice.limits, "_address", Rates(per_minute=1, burst=2))
    before = gate.actions()["refused refused"]
    headers = {"X-Forwarded-For": "203.0.113.200"}

    def statuses(path: str) -> list[int]:
        sent: dict[str, Any] = {"json": {}, "headers": headers}
        if not path.endswith(("/options", "/v1/token")):
            sent = {"headers": {**headers, **FORM}}
        return [gate.client.post(path, **sent).status_code for _ in range(3)]

    assert statuses("/sign-in/passkey/options") == [200, 200, 429]
    for path in ("/sign-in", "/sign-in/second", "/sign-in/with/none", "/welcome", "/reset", "/v1/token"):
        assert 429 in statuses(path)
    assert gate.client.get("/sign-in", headers=headers).status_code == 200
    other = {"X-Forwarded-For": "203.0.113.201"}
    assert gate.client.post("/sign-in/passkey/options", json={}, headers=other).status_code == 200
    assert gate.actions()["refused refused"] - before == 1  # one line; the others are counted


def test_failures_of_one_address_to_sign_in_are_one_line_and_a_count(gate: OpenGate) -> None:
    address = "203.0.113.202"
    for _ in range(4):
        gate.sign_in("nobody@attacks.example", WRONG, address=address)
    gate.app.state.door.refusals._write_over(float("inf"))
    lines = [e for e in gate.written() if e.get("address") == address]
    assert [line.get("facts", {}).get("count") for line in lines] == [None, 3]


# -- what is written down ----------------------------------------------------------------------------------


def test_pages_of_people_keys_use_and_settings_are_written_down_as_shown(gate: Gate) -> None:
    slug = gate.practice()
    user_id, _ = gate.somebody(Role.owner, slug)
    owner, operator = gate.session(user_id), gate.session(gate.somebody(Role.operator)[0])
    for page in ("users", "keys", "use", "settings"):
        assert gate.client.get(f"/practices/{slug}/{page}", headers=owner.headers).status_code == 200
    shown = [e for e in gate.written(gate.id_of(slug)) if e["action"] == "shown"]
    assert [(e["who"], e["facts"]["what"]) for e in shown] == [
        (user_id, page) for page in ("users", "keys", "use", "settings")
    ]
    gate.client.get("/operator/tenants", headers=operator.headers)
    last = gate.written()[-1]
    assert (last["action"], last["who"], last["facts"]) == ("shown", operator.user_id, {"what": "practices"})


def test_a_sign_in_stands_in_the_chain_of_each_practice_without_a_word_of_the_others(gate: Gate) -> None:
    one, other = gate.practice(), gate.practice()
    user_id, email = gate.somebody(Role.manager, one, other)
    assert gate.sign_in(email).status_code == 303
    for slug, stranger in ((one, other), (other, one)):
        (line,) = [e for e in gate.written(gate.id_of(slug)) if e["action"] == "sign_in"]
        assert (line["who"], line["facts"]) == (user_id, {"strong": False})
        assert not {email, stranger, gate.id_of(stranger)} & set(re.split(r'[" ,:{}]+', json.dumps(line)))


def test_a_credential_that_is_known_and_refused_at_the_door_is_written_down_by_its_id(gate: Gate) -> None:
    slug = gate.practice()
    tenant, keys = gate.id_of(slug), gate.prentice.identity.api_keys
    user_id, _ = gate.somebody(Role.owner, slug)
    revoked = keys.make(user_id, tenant, name="Old", scopes=[Permission.ask])
    keys.revoke(revoked.key.id, tenant_id=tenant)
    elsewhere = keys.make(user_id, tenant, name="Till", scopes=[Permission.ask], addresses=["10.9.0.0/16"])
    token = gate.prentice.identity.tokens.issue(user_id, tenant)
    for _ in range(3):
        assert gate.me(**{"X-Api-Key": revoked.text}).status_code == 401
    assert gate.me(**{"X-Api-Key": elsewhere.text}).status_code == 403
    wrong = f"{elsewhere.text[:-43]}{'x' * 43}"
    assert gate.me(**{"X-Api-Key": wrong}).status_code == 401  # its secret was not shown: nobody's
    gate.prentice.registry.suspend(slug)
    assert gate.me(Authorization=f"Bearer {token.access}").status_code == 403
    lines = [e for e in gate.written(tenant) if e["action"] == "refused"]
    assert [(e["kind"], e["who"], e["code"]) for e in lines] == [
        ("key", user_id, "sign_in_needed"),
        ("key", user_id, "address_refused"),
        ("token", user_id, "tenant_suspended"),
    ]
    assert [e["credential_id"] for e in lines[:2]] == [revoked.key.id, elsewhere.key.id]
    assert lines[2]["credential_id"].startswith("f_")


def _only(lines: list[dict[str, Any]], user_id: str) -> list[tuple[str, str, str, str]]:
    return [
        (e["action"], e["kind"], e["credential_id"], e["code"])
        for e in lines
        if e["decision"] == "refused" and e.get("who") == user_id
    ]


def test_an_access_token_that_has_expired_or_was_ended_is_written_down_once(gate: Gate) -> None:
    identity, tenant = gate.prentice.identity, gate.id_of(slug := gate.practice())
    user_id, _ = gate.somebody(Role.owner, slug)
    earlier = Tokens(identity.engine, identity.signing, clock=lambda: time.time() - 3_600)
    expired, ended = earlier.issue(user_id, tenant), identity.tokens.issue(user_id, tenant)
    family = text_of(opened(ended.access, largest=4_096).claims["sid"])
    identity.tokens.revoke(family)
    for token in (expired, ended):
        for _ in range(5):
            assert gate.me(Authorization=f"Bearer {token.access}").status_code == 401
    lines = gate.written(tenant)
    found = _only(lines, user_id)
    assert [line[:2] + line[3:] for line in found] == [("refused", "token", "sign_in_needed")] * 2
    assert found[1][2] == family
    told = json.dumps(lines)
    for part in (expired.access, ended.access):
        assert part.split(".")[2] not in told


def test_a_token_whose_member_or_practice_is_gone_is_written_down(gate: Gate) -> None:
    identity, slug = gate.prentice.identity, gate.practice()
    tenant = gate.id_of(slug)
    gate.somebody(Role.owner, slug)
    user_id, _ = gate.somebody(Role.assistant, slug)
    token = identity.tokens.issue(user_id, tenant)
    identity.users.remove_member(tenant, user_id, by=None)
    assert gate.me(Authorization=f"Bearer {token.access}").status_code == 401
    assert len(_only(gate.written(tenant), user_id)) == 1
    with identity.engine.begin() as connection:
        connection.execute(text("delete from tenants where id = :id"), {"id": tenant})
    other = {"X-Forwarded-For": "203.0.113.77", "Authorization": f"Bearer {token.access}"}
    assert gate.me(**other).status_code == 401
    assert len(_only(gate.written(tenant), user_id)) == 1  # nothing is added to the chain of who is gone
    assert len(_only(gate.written(), user_id)) == 1


def test_a_session_that_was_ended_or_is_too_old_is_written_down_and_the_page_still_comes(gate: Gate) -> None:
    slug = gate.practice()
    tenant = gate.id_of(slug)
    user_id, _ = gate.somebody(Role.owner, slug)
    ended, old = gate.session(user_id), gate.session(user_id)
    with gate.prentice.identity.engine.begin() as connection:
        sessions = connection.execute(
            text("select id from sessions where user_id = :id order by created_at"), {"id": user_id}
        )
        first, second = sessions.scalars()
        connection.execute(text("update sessions set revoked_at = now() where id = :id"), {"id": first})
        connection.execute(
            text("update sessions set seen_at = now() - interval '2 days' where id = :id"), {"id": second}
        )
    for who in (ended, old):
        for _ in range(3):
            assert gate.me(**who.headers).status_code == 401
        assert gate.client.get("/sign-in", headers=who.headers).status_code == 200
        page = gate.client.get("/account", headers={**who.headers, "Accept": "text/html"})
        assert page.headers["location"] == "/sign-in?next=%2Faccount"
    found = _only(gate.written(tenant), user_id)
    assert found == [("refused", "session", id, "sign_in_needed") for id in (first, second)]
    assert ended.token not in json.dumps(gate.written(tenant))


def test_a_session_of_somebody_of_two_practices_is_refused_in_the_chain_of_neither(gate: Gate) -> None:
    one, other = gate.practice(), gate.practice()
    user_id, _ = gate.somebody(Role.owner, one, other)
    session = gate.session(user_id)
    gate.prentice.identity.users.disable(user_id)
    assert gate.me(**session.headers).status_code == 401
    assert [len(_only(gate.written(gate.id_of(slug)), user_id)) for slug in (one, other)] == [0, 0]
    assert len(_only(gate.written(), user_id)) == 1


def test_a_hosts_token_that_has_expired_is_written_down_and_one_that_proves_nothing_is_not(
    gate: Gate,
) -> None:
    slug = gate.practice()
    tenant, issuers = gate.id_of(slug), gate.prentice.identity.host_issuers
    secret = "of the host, and longer than thirty-two bytes"
    held = issuers.add(tenant, f"https://{slug}.example", roles={"*": "manager"}, secret=secret)
    now = int(time.time())
    claims = {"iss": held.issuer, "companyId": "none", "userId": "42", "iat": now - 900, "exp": now - 600}

    def token(claims: dict[str, Any], by: str = secret) -> str:
        return forge.written({"alg": "HS256", "typ": "JWT"}, claims, forge.by_hmac(by.encode()))

    for _ in range(3):
        assert gate.me(Authorization=f"Bearer {token(claims)}").status_code == 401
    assert gate.me(Authorization=f"Bearer {token(claims, 'x' * 40)}").status_code == 401
    good = {**claims, "exp": now + 600, "aud": "somebody else"}
    assert (
        gate.me(Authorization=f"Bearer {token(good)}", **{"X-Forwarded-For": "203.0.113.9"}).status_code
        == 401
    )
    lines = [e for e in gate.written(tenant) if e["action"] == "refused"]
    assert [(e["kind"], e["credential_id"], e["who"]) for e in lines] == [
        ("host", held.id, host_user(tenant, "42"))
    ] * 2


def test_a_refresh_token_that_is_over_is_written_down_and_one_used_twice_is_one_line(gate: Gate) -> None:
    identity, tenant = gate.prentice.identity, gate.id_of(slug := gate.practice())
    user_id, _ = gate.somebody(Role.owner, slug)
    old = Tokens(identity.engine, identity.signing, clock=lambda: time.time() - 8 * 86_400)
    expired, used = old.issue(user_id, tenant), identity.tokens.issue(user_id, tenant)
    identity.tokens.refresh(used.refresh)

    def statuses(refresh: str) -> set[int]:
        sent = {"refresh_token": refresh}
        return {gate.client.post("/v1/token/refresh", json=sent).status_code for _ in range(4)}

    assert statuses(used.refresh) == {401}
    assert statuses(expired.refresh) == {401}
    lines = gate.written(tenant)
    assert [line[0] for line in _only(lines, user_id)] == ["token_reused", "refused", "token_reused"]
    assert used.refresh not in json.dumps(lines)


def test_nobody_floods_the_platforms_chain_with_practices_that_are_not_theirs(gate: OpenGate) -> None:
    user_id, _ = gate.somebody(Role.owner, gate.practice())
    owner = gate.session(user_id)
    for n in range(20):
        assert gate.client.get(f"/practices/not-theirs-{n}/users", headers=owner.headers).status_code == 404
    assert len(_only(gate.written(), user_id)) == 1
    gate.app.state.door.refusals._write_over(float("inf"))
    assert [e["facts"]["count"] for e in gate.written() if e.get("who") == user_id and "facts" in e] == [19]


def test_what_changes_rights_is_not_done_where_its_line_could_not_be_written(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = gate.practice()
    tenant = gate.id_of(slug)
    owner = gate.session(gate.somebody(Role.owner, slug)[0])
    other, _ = gate.somebody(Role.assistant, slug)
    monkeypatch.setattr("prentice.audit.log.WAIT_S", 0.6)
    with psycopg.connect(gate.prentice.servers.platform_url) as holding:
        gate.post(f"/practices/{slug}/users/{other}", owner, role="assistant")  # the chain is there
        holding.execute("select from audit_heads where tenant_id = %s for update", [tenant])
        changed = gate.post(f"/practices/{slug}/users/{other}", owner, role="manager")
        holding.rollback()
    assert changed.status_code == 503
    roles = {m.user_id: m.role for m in gate.prentice.identity.users.members(tenant)}
    assert roles[other] is Role.assistant
    before = len(gate.written(tenant))
    assert gate.post(f"/practices/{slug}/users/{other}", owner, role="manager").status_code == 303
    assert len(gate.written(tenant)) == before + 1


def test_an_answer_that_was_composed_before_is_not_sent_where_its_line_could_not_be_written(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = gate.session(gate.somebody(Role.owner, OURS)[0])
    tenant = gate.id_of(OURS)
    asked = {"tenant": OURS, "query": {"metrics": ["revenue"], "dimensions": ["brand"], "limit": 7}}

    def ask() -> Response:
        return gate.client.post("/v1/query", json=asked, headers=owner.headers)

    told = [ask().json() for _ in range(4)][-1]
    assert told["cached"]
    before = len(gate.written(tenant))
    monkeypatch.setattr("prentice.audit.log.WAIT_S", 0.6)
    with psycopg.connect(gate.prentice.servers.platform_url) as holding:
        holding.execute("select from audit_heads where tenant_id = %s for update", [tenant])
        refused = ask()
        holding.rollback()
    assert (refused.status_code, refused.json()["code"]) == (503, "audit_unavailable")
    assert refused.json()["rows"] == []
    assert str(told["rows"][0][1]) not in refused.text
    again = ask().json()
    assert again["rows"] == told["rows"]
    assert again["trace_id"] in [line["trace_id"] for line in gate.written(tenant)[before:]]


def test_a_session_that_was_ended_is_refused_though_its_answer_is_at_hand(gate: Gate) -> None:
    user_id, _ = gate.somebody(Role.owner, OURS)
    owner = gate.session(user_id)
    asked = {"tenant": OURS, "query": {"metrics": ["revenue"], "dimensions": ["brand"], "limit": 7}}
    headers = owner.headers
    for _ in range(3):
        assert gate.client.post("/v1/query", json=asked, headers=headers).status_code == 200
    with gate.prentice.identity.engine.begin() as elsewhere:  # as another process does it
        elsewhere.execute(text("update sessions set revoked_at = now() where user_id = :id"), {"id": user_id})
    assert gate.client.post("/v1/query", json=asked, headers=headers).status_code == 401
