"""Who may not, on every route there is: the table in `web.routes` has a good request of each, and here it is
sent with every credential that is not good enough for it.

Guards against: a route that forgot to ask who calls; one that looks at the role before the practice; and a
route that was added without anybody asking these questions of it.
"""

from __future__ import annotations

import inspect
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Client, Response
from people import COOKIE, PASSWORD, SignedIn, person
from sqlalchemy import text

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.errors import SignInNeeded
from prentice.identity.roles import FOR_PROGRAMS, PERMISSIONS, PRACTICE_ROLES, Permission, Role, may
from prentice.identity.tokens import Tokens
from prentice.settings import Settings
from web.routes import ANYONE, OURS, TABLE, THEIRS, Good, Route, request_of, routes

SPARE = "suspended-optics"
OF_A_KEY = PERMISSIONS[Role.owner] & FOR_PROGRAMS  # all that one can be for
GUARDED = {route: good for route, good in TABLE.items() if isinstance(good, Good)}
PRACTICE = {route: good for route, good in GUARDED.items() if good.tenant}
CHANGING = {route: good for route, good in GUARDED.items() if not route.startswith("GET ")}
Headers = dict[str, str] | list[tuple[str, str]]

every_guarded = pytest.mark.parametrize("route", sorted(GUARDED))
every_of_a_practice = pytest.mark.parametrize("route", sorted(PRACTICE))


def found_routes() -> dict[str, Route]:
    """Of an application that was never started: what stands in the signatures."""
    return {route.key: route for route in routes(create_app(Settings()))}


ROUTES = found_routes()


def test_every_route_stands_in_the_table_and_nothing_else_does() -> None:
    assert set(TABLE) == set(ROUTES)


def test_every_route_says_what_it_needs_or_that_it_is_for_anyone() -> None:
    for key, route in ROUTES.items():
        if TABLE[key] == ANYONE:
            assert not route.needs, key
            plain = key in ("GET /openapi.json", "MOUNT /static")  # not ours to write a signature for
            assert route.anyone or plain, f"{key} does not say that it is for anyone"
        else:
            assert len(route.needs) == 1, f"{key} says nothing of what it needs"


def test_nothing_that_a_route_depends_on_is_fetched_in_a_thread_of_its_own() -> None:
    """FastAPI hands a plain function to a thread: half a millisecond for each, in every request."""
    plain = {
        call.__qualname__
        for route in found_routes().values()
        for call in route.depends
        if not inspect.iscoroutinefunction(call) and not inspect.isclass(call)
    }
    assert plain == set()


def permission(route: str) -> Permission:
    (needed,) = ROUTES[route].needs
    return needed


# -- people and what they show -------------------------------------------------------------------------------


@dataclass
class Town:
    """Whoever is needed, over the two practices of the demo."""

    prentice: Prentice
    client: Client

    def session(self, user_id: str, *, strong: bool = True) -> SignedIn:
        token, opened = self.prentice.identity.sessions.open_session(user_id, strong, "127.0.0.1", "A test")
        return SignedIn(user_id, token, opened.csrf)

    def somebody(self, name: str, role: Role = Role.owner, *slugs: str, operator: bool = False) -> str:
        practices = () if role is Role.operator else slugs or (OURS,)
        user_id = person(self.prentice, f"{name}@every-route.example", *practices, role=role)
        if operator:
            self.prentice.identity.users.set_operator(user_id, True)
        return user_id

    def chief(self) -> str:
        """Owner of our practice and operator: permitted everything on every route."""
        return self.somebody("chief", operator=True)

    def token(self, user_id: str, slug: str = OURS) -> str:
        return self.prentice.identity.tokens.issue(user_id, self.id_of(slug), strong=True).access

    def key(self, user_id: str, scopes: frozenset[Permission], slug: str = OURS) -> tuple[str, str]:
        made = self.prentice.identity.api_keys.make(user_id, self.id_of(slug), name="A till", scopes=scopes)
        return made.key.id, made.text

    def id_of(self, slug: str) -> str:
        return self.prentice.registry.get(slug).id

    def sql(self, statement: str, **values: Any) -> None:
        with self.prentice.registry.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount > 0

    def send(self, route: str, headers: Headers, *, accept: str = "*/*", **names: str) -> Response:
        good = TABLE[route]
        assert isinstance(good, Good)
        known = {
            "practice": OURS,
            "answer": "0" * 32,
            "password": PASSWORD,
            "email": "new@every-route.example",
        }
        asked = request_of(route, good, **known | names)
        given = list(headers.items()) if isinstance(headers, dict) else headers
        asked["headers"] = [*asked.pop("headers", {}).items(), ("Accept", accept), *given]
        return self.client.request(**asked)


@pytest.fixture(scope="module")
def town(demo: Prentice, address: str) -> Iterator[Town]:
    with Client(base_url=address, timeout=90) as client:
        yield Town(demo, client)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def not_good(town: Town) -> dict[str, Headers]:
    """Everything that shows nobody, of people who would be permitted everything."""
    chief, identity = town.chief(), town.prentice.identity
    whole = OF_A_KEY
    now = datetime.now(UTC)

    def changed_session(column: str) -> dict[str, str]:
        session = town.session(chief)
        town.sql(
            f"update sessions set {column} = :at where user_id = :user and csrf = :csrf",
            at=now - timedelta(days=30),
            user=chief,
            csrf=session.csrf,
        )
        return session.headers

    def disabled(name: str) -> str:
        user_id = town.somebody(f"{name}.disabled", operator=True)
        return user_id

    def disable(user_id: str) -> None:  # the row alone: what they hold is not ended by it
        town.sql("update users set status = 'disabled' where id = :id", id=user_id)

    signed_out = town.session(chief)
    assert identity.sessions.revoke_all(chief) >= 1

    rotated = town.session(chief)
    sessions = {opened.id for opened in identity.sessions.list_of(chief)}
    assert len(sessions) == 1
    identity.sessions.rotate(sessions.pop(), strong=True)

    gone = disabled("session")
    gone_session = town.session(gone)
    gone_token, (_, gone_key) = town.token(gone), town.key(gone, whole)
    disable(gone)

    revoked_id, revoked_key = town.key(chief, whole)
    identity.api_keys.revoke(revoked_id, user_id=chief)
    expired_id, expired_key = town.key(chief, whole)
    town.sql("update api_keys set expires_at = now() where id = :id", id=expired_id)

    hour_ago = Tokens(
        identity.engine, identity.signing, issuer=identity.tokens.issuer, clock=lambda: time.time() - 3_600
    )
    ended = identity.tokens.issue(chief, town.id_of(OURS))
    identity.tokens.revoke(str(identity.tokens.verify(ended.access).credential_id))
    first = identity.tokens.issue(chief, town.id_of(OURS))
    second = identity.tokens.refresh(first.refresh)
    with pytest.raises(SignInNeeded):  # replayed: neither of the two is worth anything now
        identity.tokens.refresh(first.refresh)

    good, other = town.session(chief), town.session(chief)
    token, (_, key) = town.token(chief), town.key(chief, whole)
    return {
        "nothing": {},
        "an unknown session": {"Cookie": f"{COOKIE}={secrets.token_urlsafe(32)}"},
        "an empty session": {"Cookie": f"{COOKIE}="},
        "a session past its end": changed_session("expires_at"),
        "an idle session": changed_session("seen_at"),
        "a session that was ended": signed_out.headers,
        "the token of a session before it was rotated": rotated.headers,
        "a disabled person's session": gone_session.headers,
        "a disabled person's token": bearer(gone_token),
        "a disabled person's key": bearer(gone_key),
        "an unknown token": bearer("nonsense"),
        "an unknown key": bearer(f"pk_{'a' * 12}_{'A' * 43}"),
        "a key with another's secret": bearer(key[:-43] + revoked_key[-43:]),
        "a revoked key": {"X-Api-Key": revoked_key},
        "an expired key": {"X-Api-Key": expired_key},
        "an expired access token": bearer(hour_ago.issue(chief, town.id_of(OURS)).access),
        "the access token of a family that was ended": bearer(ended.access),
        "the access token of a family whose refresh token was replayed": bearer(second.access),
        "a used refresh token": bearer(first.refresh),
        "a refresh token": bearer(identity.tokens.issue(chief, town.id_of(OURS)).refresh),
        "a password": {"Authorization": "Basic b3duZXI6cGFzc3dvcmQ="},
        "a session and a token": {**good.headers, **bearer(token)},
        "a session and a key": {**good.headers, "X-Api-Key": key},
        "a token and a key": {**bearer(token), "X-Api-Key": key},
        "two sessions": {
            "Cookie": f"{COOKIE}={good.token}; {COOKIE}={other.token}",
            "X-CSRF-Token": good.csrf,
        },
        "two tokens": [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {second.access}")],
    }


# -- the right person is let in, so that a refusal below is one of the credential ----------------------------


@every_guarded
def test_the_request_in_the_table_is_granted_to_the_right_person(town: Town, route: str) -> None:
    good = GUARDED[route]
    user_id = town.somebody(f"right.{secrets.token_hex(6)}", operator="/operator" in route)
    session = town.session(user_id)
    headers = bearer(town.token(user_id)) if good.only == "token" else session.headers
    names = {"email": f"{secrets.token_hex(6)}@every-route.example"}
    if "{answer}" in str(good.path):
        body = {"tenant": OURS, "metrics": ["revenue"], "dimensions": ["brand"]}
        asked = town.client.post("/v1/query", json=body, headers=headers)
        assert asked.json()["chart"], asked.text
        names["answer"] = asked.json()["trace_id"]
    response = town.send(route, headers, **names)
    assert response.status_code == good.status, response.text


# -- nobody ------------------------------------------------------------------------------------------------


@every_guarded
def test_what_shows_nobody_is_refused(town: Town, not_good: dict[str, Headers], route: str) -> None:
    for name, headers in not_good.items():
        response = town.send(route, headers)
        assert response.status_code == 401, f"{name}: {response.status_code}"
        assert response.json()["error"]["code"] == "sign_in_needed", name
        assert response.headers["www-authenticate"] == "Bearer"


@every_guarded
def test_a_browser_that_shows_nobody_is_sent_to_sign_in(
    town: Town, not_good: dict[str, Headers], route: str
) -> None:
    for name in ("nothing", "a session past its end", "an expired access token"):
        headers = not_good[name]
        response = town.send(route, headers, accept="text/html,*/*;q=0.8")
        if " /v1/" in route:
            assert response.status_code == 401, name
        else:
            assert response.status_code == 303, f"{name}: {response.status_code}"
            assert response.headers["location"].startswith("/sign-in"), name


# -- another practice --------------------------------------------------------------------------------------


def told(response: Response) -> str:
    """What it says, but for what differs between any two responses."""
    body = response.text
    for trace in {response.headers["x-request-id"], str(_trace(response))}:
        body = body.replace(trace, "TRACE")
    return body


def _trace(response: Response) -> object:
    try:
        return response.json()["error"]["trace_id"]
    except ValueError:
        return response.headers["x-request-id"]


@every_of_a_practice
def test_another_practice_is_told_of_as_one_that_is_not_there(town: Town, route: str) -> None:
    """In the path, the body, the query or a form, by a session, a token and a key of one practice alone."""
    single = town.somebody("single")
    both = town.somebody("both", Role.owner, OURS, THEIRS)
    shown: dict[str, dict[str, str]] = {
        "a session": town.session(single).headers,
        "a token": bearer(town.token(single)),
        "a key": bearer(town.key(single, OF_A_KEY)[1]),
        "a token of one practice, of somebody in both": bearer(town.token(both)),
        "a key of one practice, of somebody in both": bearer(town.key(both, OF_A_KEY)[1]),
    }
    for name, headers in shown.items():
        if "/account" in route and name != "a session":
            continue  # refused before: it is for a person in a browser
        if "a key" in name and permission(route) not in FOR_PROGRAMS:
            continue  # nor may a key, in any practice
        theirs = town.send(route, headers, practice=THEIRS)
        nobodys = town.send(route, headers, practice="no-such-practice")
        assert theirs.status_code == nobodys.status_code == 404, f"{name}: {theirs.text[:300]}"
        expected, got = told(nobodys), told(theirs)
        assert got.replace(THEIRS, "NAME") == expected.replace("no-such-practice", "NAME"), name
        if name != "a session":
            continue
        # Nor in any way that somebody who knows it may spell its name.
        for spelt in (THEIRS.upper(), f" {THEIRS}", f"{THEIRS}.", town.id_of(THEIRS)):
            assert town.send(route, headers, practice=spelt).status_code in (404, 422), (name, spelt)


@every_of_a_practice
def test_no_header_names_a_practice(town: Town, route: str) -> None:
    """Whatever a header says, a practice that is not theirs stays one that is not there."""
    single = town.session(town.somebody("single"))
    named = dict.fromkeys(("X-Tenant", "X-Tenant-Id", "Tenant", "X-Company-Id"), OURS)
    assert town.send(route, {**single.headers, **named}, practice=THEIRS).status_code == 404


def test_a_practice_named_twice_is_the_one_that_was_looked_at(town: Town) -> None:
    """In the body for one that is theirs, elsewhere for one that is not: pounds are ours, dollars theirs."""
    single = town.session(town.somebody("single")).headers
    body = {"tenant": OURS, "question": "What was our revenue last month?"}
    for more in (
        {"params": {"tenant": THEIRS}},
        {"headers": {**single, "X-Tenant": THEIRS, "X-Company-Id": THEIRS}},
        {"json": {**body, "company_id": THEIRS}},
        {"json": {**body, "role": "owner"}},
    ):
        sent = {"json": body, "headers": single, **more}
        response = town.client.post("/v1/ask", **sent)  # type: ignore[arg-type]
        if response.status_code == 200:
            assert "£" in response.json()["answer"]
        else:
            assert response.status_code == 422
    twice = f'{{"tenant": "{OURS}", "tenant": "{THEIRS}", "question": "revenue today"}}'
    json = {"Content-Type": "application/json"}
    assert town.client.post("/v1/ask", content=twice, headers={**single, **json}).status_code == 404


def test_an_answer_of_another_practice_or_person_is_gone(town: Town) -> None:
    both, other = town.somebody("both", Role.owner, OURS, THEIRS), town.somebody("another")
    mine = town.session(both).headers
    body = {"tenant": THEIRS, "metrics": ["revenue"], "dimensions": ["brand"]}
    answer = town.client.post("/v1/query", json=body, headers=mine).json()["trace_id"]
    for route in (r for r in PRACTICE if "{trace_id}" in r):
        assert town.send(route, mine, practice=THEIRS, answer=answer).status_code == 200
        for practice, headers in ((OURS, mine), (OURS, town.session(other).headers)):
            response = town.send(route, headers, practice=practice, answer=answer)
            assert (response.status_code, response.json()["error"]["code"]) == (404, "answer_gone")
        assert (
            town.send(route, town.session(other).headers, practice=THEIRS, answer=answer).status_code == 404
        )


# -- the role, the scope, the form ---------------------------------------------------------------------------


@every_guarded
def test_a_role_without_the_permission_is_refused(town: Town, route: str) -> None:
    for role in Role:
        if may(role, permission(route)):
            continue
        user_id = town.somebody(f"role.{role}", role)
        shown = [town.session(user_id).headers]
        if role in PRACTICE_ROLES:
            shown.append(bearer(town.token(user_id)))
        for headers in shown:
            response = town.send(route, headers)
            assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden"), role


@every_of_a_practice
def test_a_role_in_another_practice_is_none_in_this_one(town: Town, route: str) -> None:
    """Owner of theirs, assistant in ours."""
    if may(Role.assistant, permission(route)):
        return
    user_id = town.somebody("owner.there", Role.owner, THEIRS)
    if OURS not in {m.slug for m in town.prentice.identity.users.memberships(user_id)}:
        town.prentice.identity.users.add_member(town.id_of(OURS), user_id, Role.assistant, by=None)
    response = town.send(route, town.session(user_id).headers)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")


@every_guarded
def test_a_key_without_the_scope_is_refused(town: Town, route: str) -> None:
    chief = town.chief()
    scopes = OF_A_KEY - {permission(route)}
    for headers in (bearer(key := town.key(chief, scopes)[1]), {"X-Api-Key": key}):
        response = town.send(route, headers)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")


def test_a_key_for_something_else_asks_nothing_by_the_page_either(town: Town) -> None:
    key = bearer(town.key(town.chief(), frozenset({Permission.use}))[1])
    for route in (r for r in GUARDED if permission(r) is Permission.ask or r == "GET /"):
        assert town.send(route, key).status_code == 403, route


@pytest.mark.parametrize("route", sorted(r for r in GUARDED if " /account" in r))
def test_no_program_touches_an_account(town: Town, route: str) -> None:
    chief = town.chief()
    for headers in (bearer(town.token(chief)), bearer(town.key(chief, OF_A_KEY)[1])):
        assert town.send(route, headers).status_code == 403


@pytest.mark.parametrize("route", sorted(CHANGING))
def test_a_change_needs_the_token_of_the_very_session(town: Town, route: str) -> None:
    """CSRF: no token, an empty one, somebody else's, and that of another session of the same person."""
    chief = town.chief()
    mine, other = town.session(chief), town.session(chief)
    somebody = town.session(town.somebody("single"))
    cookie = {"Cookie": f"{COOKIE}={mine.token}"}
    for given in (None, "", "x" * 43, other.csrf, somebody.csrf, mine.csrf[:-1], mine.token):
        headers = cookie if given is None else {**cookie, "X-CSRF-Token": given}
        response = town.send(route, headers)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "wrong_form"), given
    if GUARDED[route].form is not None:
        good, form = GUARDED[route], {"csrf": other.csrf}
        asked = request_of(route, good, practice=OURS, password=PASSWORD, email="new@every-route.example")
        asked["data"] |= form
        asked["headers"] |= cookie
        assert town.client.request(**asked).json()["error"]["code"] == "wrong_form"
        asked["params"] = {"csrf": mine.csrf}  # an address is no place for it
        assert town.client.request(**asked).json()["error"]["code"] == "wrong_form"


# -- a practice that is suspended ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def suspended(town: Town) -> dict[str, dict[str, str]]:
    """An owner's session, token and key in a practice that is suspended afterwards."""
    registry = town.prentice.registry
    registry.add(id=f"s{secrets.token_hex(5)}a", slug=SPARE, name="Suspended Optics", company_id="none")
    user_id = town.somebody("suspended", Role.owner, SPARE)
    shown = {
        "a session": town.session(user_id).headers,
        "a token": bearer(town.token(user_id, SPARE)),
        "a key": bearer(town.key(user_id, OF_A_KEY, SPARE)[1]),
    }
    registry.suspend(SPARE)
    return shown


@every_of_a_practice
def test_a_suspended_practice_is_closed(town: Town, suspended: dict[str, dict[str, str]], route: str) -> None:
    if "/account" in route:
        return  # one's own; that a key of it is not made, `identity` holds
    for name, headers in suspended.items():
        response = town.send(route, headers, practice=SPARE)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "tenant_suspended"), name


# -- other methods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_no_route_takes_does_nothing(town: Town, method: str) -> None:
    paths = {key.partition(" ")[2] for key in TABLE if not key.startswith("MOUNT")}
    headers = {**town.session(town.chief()).headers, "Content-Type": "application/json"}
    for path in sorted(paths):
        wanted = "GET" if method == "HEAD" and path == "/openapi.json" else method
        if f"{wanted} {path}" in TABLE:
            continue
        response = town.client.request(method, path.replace("{slug}", OURS), headers=headers)
        assert response.status_code in (404, 405), f"{method} {path}: {response.status_code}"
