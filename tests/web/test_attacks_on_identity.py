"""What somebody who wants in would try, over HTTP.

Each test names an attack. Attempts to sign in come from addresses of their own, through a proxy that is
trusted, so that no test waits for another.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from typing import Any

import pyotp
import pytest
from httpx import Client, Response
from identity import forge
from joserfc.jwk import OKPKey
from people import COOKIE, PASSWORD, SignedIn, person
from structlog.testing import capture_logs

from prentice.app import create_app
from prentice.ask.pipeline import Prentice
from prentice.audit.entry import PLATFORM
from prentice.audit.read import export
from prentice.audit.verify import Verifier
from prentice.errors import TooManyRequests
from prentice.identity.roles import FOR_PROGRAMS, Permission, Role
from prentice.settings import Settings
from web.attempts import forgotten
from web.live import live

OURS, THEIRS = "harbour-optics", "bluebird-eyecare"
WRONG = "not the password of anybody"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_addresses = (f"198.18.{n // 250}.{n % 250 + 1}" for n in count())


@dataclass
class Gate:
    """The server, and what is done at its door."""

    prentice: Prentice
    client: Client
    codes: dict[str, pyotp.TOTP] = field(default_factory=dict)

    def somebody(self, role: Role = Role.owner, *slugs: str) -> tuple[str, str]:
        """A new person: their id and address."""
        email = f"{secrets.token_hex(6)}@attacks.example"
        practices = () if role is Role.operator else slugs or (OURS,)
        return person(self.prentice, email, *practices, role=role), email

    def session(self, user_id: str, *, strong: bool = False) -> SignedIn:
        token, opened = self.prentice.identity.sessions.open_session(user_id, strong, "127.0.0.1", "A test")
        return SignedIn(user_id, token, opened.csrf)

    def with_app(self) -> tuple[str, str]:
        """Somebody with an authenticator app, whose codes `code` gives."""
        user_id, email = self.somebody()
        app = pyotp.TOTP(self.prentice.identity.totp.begin(user_id).secret)
        self.prentice.identity.totp.confirm(user_id, app.at(time.time() - 30))
        self.codes[email] = app
        return user_id, email

    def code(self, email: str) -> str:
        return self.codes[email].now()

    def wrong_code(self, email: str) -> str:
        return f"{(int(self.code(email)) + 500_000) % 1_000_000:06d}"

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> Response:
        headers = {
            "X-Forwarded-For": more.pop("address", None) or next(_addresses),
            **more.pop("headers", {}),
        }
        return self.client.post(
            "/sign-in", data={"email": email, "password": password, **more}, headers=headers
        )

    def pending(self, email: str) -> str:
        found = re.search(r'name="pending" value="([^"]+)"', self.sign_in(email).text)
        assert found
        return found[1]

    def second(self, pending: str, code: str) -> Response:
        headers = {"X-Forwarded-For": next(_addresses)}
        return self.client.post("/sign-in/second", data={"pending": pending, "code": code}, headers=headers)

    def post(self, path: str, who: SignedIn, **form: Any) -> Response:
        return self.client.post(path, data=form, headers={**who.headers, **FORM})

    def me(self, **headers: str) -> Response:
        return self.client.get("/v1/me", headers=headers)

    def id_of(self, slug: str) -> str:
        return self.prentice.registry.get(slug).id

    def written(self, chain: str = PLATFORM) -> list[dict[str, Any]]:
        lines = export(self.prentice.servers.platform_url, chain)
        return [json.loads(line)["entry"] for line in lines]

    def actions(self, chain: str = PLATFORM) -> Counter[str]:
        return Counter(f"{entry['action']} {entry['decision']}" for entry in self.written(chain))

    def practice(self, **settings: Any) -> str:
        """A practice of its own with these settings. It has no source: nobody asks it for figures."""
        slug = f"optics-{secrets.token_hex(4)}"
        registry = self.prentice.registry
        registry.add(id=f"t{secrets.token_hex(5)}a", slug=slug, name="An Optician", company_id="none")
        registry.change_settings(slug, **settings)
        return slug


def browserless(url: str) -> Client:
    """A client that keeps no cookie: each test shows what it means to show."""
    client = Client(base_url=url, timeout=90)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


@pytest.fixture(scope="module")
def gate(demo: Prentice, session_settings: Settings) -> Iterator[Gate]:
    """Behind a proxy that is trusted, which is us."""
    config = session_settings.model_copy(update={"trusted_proxies": "127.0.0.1/32"})
    with live(create_app(config, engine=demo)) as url, browserless(url) as client:
        yield Gate(demo, client)
    forgotten(demo)


def session_cookie(response: Response, name: str = COOKIE) -> str:
    """The Set-Cookie of the session."""
    set_here = [c for c in response.headers.get_list("set-cookie") if c.startswith(f"{name}=")]
    assert len(set_here) == 1, response.text
    return set_here[0]


def cookie_of(response: Response) -> str:
    return session_cookie(response).partition(";")[0]


def same(one: Response, other: Response, *differing: str) -> None:
    """Told the same, but for the id of the request and what was typed."""

    def told(response: Response) -> tuple[int, str]:
        body = response.text.replace(response.headers["x-request-id"], "TRACE")
        for text in differing:
            body = body.replace(text, "TYPED")
        return response.status_code, body

    assert told(one) == told(other)


# -- tokens ------------------------------------------------------------------------------------------------


def forged(gate: Gate) -> dict[str, str]:
    """Access tokens as attackers write them, out of a good one."""
    identity = gate.prentice.identity
    user_id, _ = gate.somebody()
    good = identity.tokens.issue(user_id, gate.id_of(OURS)).access
    header, claims = forge.parts(good)
    body, signature = good.rpartition(".")[0], forge.signature(good)
    key = identity.signing.current()
    ours = forge.by_ed25519(key.private)
    theirs = OKPKey.generate_key("Ed25519")
    by_them = forge.by_ed25519(theirs)
    public = key.private.public_key
    assert public is not None
    raw, jwk = public.public_bytes_raw(), json.dumps(key.private.as_dict(private=False)).encode()  # type: ignore[union-attr]
    their_jwk = theirs.as_dict(private=False)
    now = int(time.time())
    assert gate.me(Authorization=f"Bearer {good}").status_code == 200
    assert gate.me(Authorization=f"Bearer {forge.written(header, claims, ours)}").status_code == 200
    return {
        **{
            f"alg {n}": forge.written({**header, "alg": n}, claims, forge.unsigned)
            for n in ("none", "None", "")
        },
        "no alg": forge.written({k: v for k, v in header.items() if k != "alg"}, claims, ours),
        "no signature": f"{body}.",
        "HS256 with the public key": forge.written({**header, "alg": "HS256"}, claims, forge.by_hmac(raw)),
        "HS256 with the public JWK": forge.written({**header, "alg": "HS256"}, claims, forge.by_hmac(jwk)),
        "HS256 with nothing": forge.written({**header, "alg": "HS256"}, claims, forge.by_hmac(b"")),
        "another's key": forge.written(header, claims, by_them),
        **{
            f"kid {kid}": forge.written({**header, "kid": kid}, claims, by_them)
            for kid in ("../../../../dev/null", "/etc/passwd", "' or '1'='1", "", "k_" + "a" * 24)
        },
        "jku": forge.written({**header, "jku": "http://127.0.0.1:9/jwks.json"}, claims, by_them),
        "jwk": forge.written({**header, "jwk": their_jwk}, claims, by_them),
        "x5u": forge.written({**header, "x5u": "http://127.0.0.1:9/"}, claims, by_them),
        "crit": forge.written({**header, "crit": ["b64"], "b64": False}, claims, ours),
        "typ": forge.written({**header, "typ": "JWT"}, claims, ours),
        "wrong audience": forge.written(header, {**claims, "aud": "another"}, ours),
        "several audiences": forge.written(header, {**claims, "aud": [claims["aud"], "another"]}, ours),
        "wrong issuer": forge.written(header, {**claims, "iss": "another"}, ours),
        "expired": forge.written(header, {**claims, "iat": now - 1_000, "exp": now - 100}, ours),
        "without an end": forge.written(header, {k: v for k, v in claims.items() if k != "exp"}, ours),
        "living for ever": forge.written(header, {**claims, "exp": now + 10**9}, ours),
        **{
            f"altered {claim}": forge.written(header, {**claims, claim: other}, lambda _: signature)
            for claim, other in (("tenant", gate.id_of(THEIRS)), ("sub", gate.somebody()[0]))
        },
        "another practice, signed": forge.written(header, {**claims, "tenant": gate.id_of(THEIRS)}, ours),
        "claims that are none": forge.written(header, ["owner"], ours),
    }


def test_no_forged_token_is_believed(gate: Gate) -> None:
    for name, token in forged(gate).items():
        response = gate.me(Authorization=f"Bearer {token}")
        assert response.status_code == 401, name
        assert response.json()["error"]["code"] == "sign_in_needed", name


def test_a_refresh_token_that_comes_twice_ends_the_sign_in_and_is_written_down(gate: Gate) -> None:
    _, email = gate.somebody()
    asked = {"email": email, "password": PASSWORD, "tenant": OURS}
    pair = gate.client.post("/v1/token", json=asked, headers={"X-Forwarded-For": next(_addresses)}).json()
    before = gate.actions(gate.id_of(OURS))
    first = {"refresh_token": pair["refresh_token"]}
    newer = gate.client.post("/v1/token/refresh", json=first).json()
    assert gate.me(Authorization=f"Bearer {newer['access_token']}").status_code == 200
    assert gate.client.post("/v1/token/refresh", json=first).status_code == 401
    for token in (pair["access_token"], newer["access_token"]):
        assert gate.me(Authorization=f"Bearer {token}").status_code == 401
    latest = gate.client.post("/v1/token/refresh", json={"refresh_token": newer["refresh_token"]})
    assert latest.status_code == 401
    told = {"token_renewed allowed": 1, "token_reused refused": 1, "refused refused": 1}
    assert gate.actions(gate.id_of(OURS)) - before == Counter(told)


# -- sessions ----------------------------------------------------------------------------------------------


def test_a_planted_cookie_never_becomes_signed_in(gate: Gate) -> None:
    user_id, email = gate.somebody()
    planted = secrets.token_urlsafe(32)
    opened = gate.sign_in(email, headers={"Cookie": f"{COOKIE}={planted}"})
    assert opened.status_code == 303
    assert planted not in session_cookie(opened)
    assert gate.me(Cookie=f"{COOKIE}={planted}").status_code == 401
    assert gate.me(Cookie=cookie_of(opened)).json()["user_id"] == user_id


def test_a_session_of_before_ends_with_signing_in(gate: Gate) -> None:
    """The attacker's own session, planted in the victim's browser, is theirs no more either."""
    attacker, _ = gate.somebody()
    planted = gate.session(attacker)
    user_id, email = gate.somebody()
    opened = gate.sign_in(email, headers={"Cookie": f"{COOKIE}={planted.token}"})
    assert gate.me(**{"Cookie": f"{COOKIE}={planted.token}"}).status_code == 401
    assert gate.me(Cookie=cookie_of(opened)).json()["user_id"] == user_id


def test_a_session_is_new_after_a_second_factor_and_over_after_signing_out(gate: Gate) -> None:
    user_id, _ = gate.somebody()
    session = gate.session(user_id)
    begun = gate.post("/account/totp", session)
    secret = re.search(r"[A-Z2-7]{32}", begun.text)
    assert secret
    confirmed = gate.post("/account/totp/confirm", session, code=pyotp.TOTP(secret[0]).now())
    assert confirmed.status_code == 303
    assert gate.me(Cookie=f"{COOKIE}={session.token}").status_code == 401
    newer = cookie_of(confirmed)
    assert gate.me(Cookie=newer).json()["second_factor"]
    csrf = re.search(
        r'name="csrf" value="([^"]+)"', gate.client.get("/account", headers={"Cookie": newer}).text
    )
    assert csrf
    assert csrf[1] != session.csrf
    assert gate.client.post("/sign-out", data={"csrf": csrf[1]}, headers={"Cookie": newer}).status_code == 303
    assert gate.me(Cookie=newer).status_code == 401


def test_another_site_cannot_sign_its_own_account_in_here(gate: Gate) -> None:
    """Login CSRF: the victim would go on in the attacker's account."""
    _, email = gate.somebody()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ):
        refused = gate.sign_in(email, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_origin")
        assert "set-cookie" not in refused.headers
    assert gate.sign_in(email, headers={"Origin": str(gate.client.base_url).rstrip("/")}).status_code == 303


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    gate: Gate, demo: Prentice, session_settings: Settings
) -> None:
    _, email = gate.somebody()
    plain = session_cookie(gate.sign_in(email))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(plain.split("; "))
    assert "Domain" not in plain
    config = session_settings.model_copy(update={"behind_tls_proxy": True, "trusted_proxies": "127.0.0.1/32"})
    with live(create_app(config, engine=demo)) as url, browserless(url) as client:
        secure = Gate(demo, client)
        opened = secure.sign_in(email)
        made = session_cookie(opened, "__Host-prentice")
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(made.split("; "))
        assert "Domain" not in made
        assert all("Secure" in c and "HttpOnly" in c for c in opened.headers.get_list("set-cookie"))
        token = made.partition(";")[0].partition("=")[2]
        assert secure.me(Cookie=f"__Host-prentice={token}").status_code == 200
        assert secure.me(Cookie=f"{COOKIE}={token}").status_code == 401  # a name that any page may plant


# -- who has an account ------------------------------------------------------------------------------------


def test_no_text_says_who_has_an_account(gate: Gate) -> None:
    _, known = gate.somebody()
    disabled, disabled_email = gate.somebody()
    gate.prentice.identity.users.disable(disabled)
    unknown = f"{secrets.token_hex(6)}@attacks.example"
    wrong = gate.sign_in(known, WRONG)
    assert wrong.status_code == 401
    for email, password in ((unknown, WRONG), (unknown, PASSWORD), (disabled_email, PASSWORD)):
        same(wrong, gate.sign_in(email, password), known, email)
    token = {"password": WRONG, "tenant": OURS}
    first, *others = (
        gate.client.post(
            "/v1/token", json={**token, "email": email}, headers={"X-Forwarded-For": next(_addresses)}
        )
        for email in (known, unknown, disabled_email)
    )
    assert first.status_code == 401
    for other in others:
        same(first, other)


def test_no_waiting_says_who_has_an_account(gate: Gate) -> None:
    """Medians of turns taken one after the other within 25 %; more turns where the machine is too busy."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for turn in range(1, 61):
        if turn % 12 == 1:  # an account that is guessed at for longer is slowed down
            emails = {"known": gate.somebody()[1], "unknown": f"{secrets.token_hex(6)}@attacks.example"}
        for kind, email in emails.items():
            began = time.perf_counter()
            assert gate.sign_in(email, WRONG).status_code == 401
            took[kind].append(time.perf_counter() - began)
        known, unknown = (statistics.median(times) for times in took.values())
        if turn >= 12 and 0.8 < known / unknown < 1.25:
            return
    raise AssertionError((known, unknown))


def test_guesses_are_slowed_down_in_the_same_words_whoever_they_are_about(gate: Gate) -> None:
    _, known = gate.somebody()
    unknown = f"{secrets.token_hex(6)}@attacks.example"
    told = []
    for email in (known, unknown):
        address = next(_addresses)
        answers = [gate.sign_in(email, WRONG, address=address) for _ in range(6)]
        assert [a.status_code for a in answers] == [401] * 5 + [429]
        told.append(answers[-1])
    same(*told, known, unknown)


# -- the second factor -------------------------------------------------------------------------------------


def test_five_wrong_codes_end_what_the_password_began(gate: Gate) -> None:
    _, email = gate.with_app()
    pending = gate.pending(email)
    for _ in range(5):
        assert gate.second(pending, gate.wrong_code(email)).status_code == 401
    assert gate.second(pending, gate.code(email)).status_code == 401  # right, and too late
    assert gate.second(gate.pending(email), gate.code(email)).status_code == 303


def test_twenty_wrong_codes_close_the_app_of_an_account_however_many_passwords_are_shown(gate: Gate) -> None:
    _, email = gate.with_app()
    for _ in range(4):
        pending = gate.pending(email)
        assert {gate.second(pending, gate.wrong_code(email)).status_code for _ in range(5)} == {401}
    refused = gate.second(gate.pending(email), gate.code(email))
    assert refused.status_code == 429
    assert "set-cookie" not in refused.headers


def test_a_code_is_good_once(gate: Gate) -> None:
    _, email = gate.with_app()
    code, first, second = gate.code(email), gate.pending(email), gate.pending(email)
    assert gate.second(first, code).status_code == 303
    assert gate.second(second, code).status_code == 401
    assert gate.second(first, code).status_code == 401


def test_half_a_sign_in_opens_nothing(gate: Gate) -> None:
    _, email = gate.with_app()
    half = gate.sign_in(email)
    assert half.status_code == 200
    assert not [c for c in half.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}=")]
    pending = gate.pending(email)
    assert gate.me(Cookie=f"{COOKIE}={pending}").status_code == 401
    assert gate.me(Authorization=f"Bearer {pending}").status_code == 401
    assert gate.client.get(f"/reset?token={pending}").status_code == 410
    form = {"token": pending, "password": "five lenses in a drawer"}
    assert gate.client.post("/reset", data=form).status_code == 410


def test_a_role_that_must_show_a_second_factor_sees_nothing_without(gate: Gate) -> None:
    slug = gate.practice(mfa_roles=["owner"])
    user_id, _ = gate.somebody(Role.owner, slug)
    weak, strong = gate.session(user_id), gate.session(user_id, strong=True)
    tokens = gate.prentice.identity.tokens
    for headers in (
        weak.headers,
        {"Authorization": f"Bearer {tokens.issue(user_id, gate.id_of(slug)).access}"},
    ):
        for path in (f"/v1/catalog?tenant={slug}", f"/practices/{slug}/users", f"/?tenant={slug}&q=revenue"):
            refused = gate.client.get(path, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_needed"), (
                path
            )
    assert gate.client.get(f"/v1/catalog?tenant={slug}", headers=strong.headers).status_code == 200
    other, _ = gate.somebody(Role.assistant, slug)
    assert (
        gate.client.get(f"/v1/catalog?tenant={slug}", headers=gate.session(other).headers).status_code == 200
    )


# -- addresses ---------------------------------------------------------------------------------------------


def test_a_header_does_not_move_anybody_without_a_trusted_proxy(gate: Gate, address: str) -> None:
    """Neither past the limit of guesses, nor into a list of addresses."""
    _, email = gate.somebody()
    with browserless(address) as client:
        untrusted = Gate(gate.prentice, client)
        answers = [untrusted.sign_in(email, WRONG).status_code for _ in range(6)]
        slug = gate.practice(allowed_addresses=["203.0.113.0/24"])
        owner, _ = gate.somebody(Role.owner, slug)
        headers = gate.session(owner).headers
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip"):
            value = "for=203.0.113.7" if name == "Forwarded" else "203.0.113.7"
            refused = client.get(f"/v1/catalog?tenant={slug}", headers={**headers, name: value})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "address_refused"), name
    forgotten(gate.prentice)
    assert answers == [401] * 5 + [429]


def test_what_is_written_before_the_proxys_own_word_counts_for_nothing(gate: Gate) -> None:
    _, email = gate.somebody()
    real = next(_addresses)
    answers = [gate.sign_in(email, WRONG, address=f"{next(_addresses)}, {real}") for _ in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]


def test_a_practices_list_of_addresses_holds_for_every_credential(gate: Gate) -> None:
    slug = gate.practice(allowed_addresses=["203.0.113.0/24"])
    user_id, _ = gate.somebody(Role.owner, slug)
    identity, tenant_id = gate.prentice.identity, gate.id_of(slug)
    key = identity.api_keys.make(user_id, tenant_id, name="A till", scopes=FOR_PROGRAMS).text
    for headers in (
        gate.session(user_id).headers,
        {"Authorization": f"Bearer {identity.tokens.issue(user_id, tenant_id).access}"},
        {"X-Api-Key": key},
    ):
        for address, status in (
            ("203.0.113.7", 200),
            ("198.51.100.7", 403),
            ("203.0.113.7, 198.51.100.7", 403),
            ("198.51.100.7, 203.0.113.7", 200),
        ):
            sent = {**headers, "X-Forwarded-For": address}
            for path in (f"/v1/catalog?tenant={slug}", f"/practices/{slug}/use"):
                assert gate.client.get(path, headers=sent).status_code == status, (address, path)


def test_a_keys_own_list_of_addresses_holds(gate: Gate) -> None:
    user_id, _ = gate.somebody()
    made = gate.prentice.identity.api_keys.make(
        user_id, gate.id_of(OURS), name="A till", scopes=FOR_PROGRAMS, addresses=["203.0.113.7"]
    )
    for address, status in (("203.0.113.7", 200), ("203.0.113.8", 403), ("203.0.113.7, 203.0.113.8", 403)):
        sent = {"X-Api-Key": made.text, "X-Forwarded-For": address}
        assert gate.client.get("/v1/tenants", headers=sent).status_code == status, address


# -- where one is sent -------------------------------------------------------------------------------------

ELSEWHERE = [
    *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example"),
    *("javascript:alert(1)", "http:evil.example", "/%0d%0aX: 1\r\nX: 1", "///evil.example", "evil.example"),
    *("/\n/evil.example", " //evil.example", "https:///evil.example", "/x\\..//evil.example"),
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_sent_to_another_site_after_signing_in(gate: Gate, to: str) -> None:
    _, email = gate.somebody()
    opened = gate.sign_in(email, next=to)
    assert opened.status_code == 303
    where = opened.headers["location"]
    assert re.fullmatch(r"/(?![/\\])[^\s\\]*", where), where
    page = gate.client.get("/sign-in", params={"next": to}).text
    kept = re.search(r'name="next" value="([^"]*)"', page)
    assert kept
    assert re.fullmatch(r"/(?![/\\])[^\s\\]*", kept[1]), kept[1]


def test_no_host_header_is_written_into_what_is_sent_back(
    gate: Gate, demo: Prentice, session_settings: Settings
) -> None:
    user_id, _ = gate.somebody()
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example"):
        refused = gate.client.get("/sign-in", headers={"Host": host})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_host")
    for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"):
        page = gate.client.get("/sign-in", headers={name: "evil.example"})
        assert "evil.example" not in page.text + str(page.headers)
    # An invitation's link holds to the address that the operator set, whatever this request came by.
    config = session_settings.model_copy(update={"public_url": "https://prentice.example"})
    with live(create_app(config, engine=demo)) as url, browserless(url) as client:
        session = gate.session(user_id)
        headers = {"Cookie": f"__Host-prentice={session.token}", "X-CSRF-Token": session.csrf}
        form = {"email": f"{secrets.token_hex(6)}@attacks.example", "role": "assistant"}
        invited = client.post(
            f"/practices/{OURS}/users", data=form, headers={**headers, "Host": "localhost:9"}
        )
        links = re.findall(r"https?://[^\s\"<]+/welcome\?token=", invited.text)
        assert links
        assert set(links) == {"https://prentice.example/welcome?token="}


# -- people and practices ----------------------------------------------------------------------------------


def test_an_invitation_is_for_the_account_that_was_invited(gate: Gate) -> None:
    users = gate.prentice.identity.users
    invited, email = gate.somebody(Role.assistant, THEIRS)
    other, other_email = gate.somebody(Role.assistant, THEIRS)
    token = users.invite(gate.id_of(OURS), email, "owner", by=None)
    thief = gate.session(other)
    assert gate.post("/welcome/in", thief, token=token).status_code == 403
    for password in (WRONG, "a new password of the thief"):
        sent = {"X-Forwarded-For": next(_addresses)}
        taken = gate.client.post("/welcome", data={"token": token, "password": password}, headers=sent)
        assert taken.status_code == 401
    assert OURS not in {m.slug for m in users.memberships(other)}
    assert gate.sign_in(email).status_code == 303  # and the invited person's password is what it was
    assert gate.post("/welcome/in", gate.session(invited), token=token).status_code == 303
    assert {m.slug: m.role for m in users.memberships(invited)}[OURS] is Role.owner
    assert gate.post("/welcome/in", gate.session(invited), token=token).status_code == 410
    assert other_email


def test_nobody_raises_anybody_above_themselves(gate: Gate) -> None:
    users, ours = gate.prentice.identity.users, gate.id_of(OURS)
    manager, _ = gate.somebody(Role.manager)
    assistant, _ = gate.somebody(Role.assistant)
    owner, _ = gate.somebody(Role.owner)
    session = gate.session(manager)
    at = f"/practices/{OURS}/users"
    for role in ("owner", "manager", "auditor", "operator", "OWNER", ""):
        form = {"email": f"{secrets.token_hex(6)}@attacks.example", "role": role}
        assert gate.post(at, session, **form).status_code in (403, 422, 500), role
        assert gate.post(f"{at}/{assistant}", session, role=role).status_code in (403, 422, 500), role
        assert gate.post(f"{at}/{manager}", session, role=role).status_code in (403, 422, 500), role
    assert gate.post(f"{at}/{owner}", session, role="assistant").status_code == 403
    assert gate.post(f"{at}/{owner}/remove", session).status_code == 403
    assert gate.post(f"{at}/{assistant}", session, role="assistant", grants="patients").status_code == 403
    roles = {m.user_id: m.role for m in users.members(ours)}
    assert (roles[manager], roles[assistant], roles[owner]) == (Role.manager, Role.assistant, Role.owner)


def test_an_owner_administers_no_other_practice(gate: Gate) -> None:
    users = gate.prentice.identity.users
    owner, _ = gate.somebody()
    there, _ = gate.somebody(Role.assistant, THEIRS)
    session = gate.session(owner)
    form = {"email": f"{secrets.token_hex(6)}@attacks.example", "role": "assistant"}
    before = users.members(gate.id_of(THEIRS)), users.invitations(gate.id_of(THEIRS))
    assert gate.post(f"/practices/{THEIRS}/users", session, **form).status_code == 404
    assert gate.post(f"/practices/{THEIRS}/users/{there}/remove", session).status_code == 404
    assert gate.post(f"/practices/{OURS}/users/{there}/remove", session).status_code == 404  # by our own path
    assert gate.post(f"/practices/{OURS}/users/{there}", session, role="owner").status_code == 404
    assert (users.members(gate.id_of(THEIRS)), users.invitations(gate.id_of(THEIRS))) == before
    api_keys = gate.prentice.identity.api_keys
    key = api_keys.make(there, gate.id_of(THEIRS), name="Theirs", scopes=[Permission.ask])
    gate.post(f"/practices/{OURS}/keys/{key.key.id}/revoke", session)
    gate.post(f"/account/keys/{key.key.id}/revoke", session)
    assert gate.client.get("/v1/tenants", headers={"X-Api-Key": key.text}).status_code == 200
    theirs = gate.session(there)
    (opened,) = gate.prentice.identity.sessions.list_of(there)
    gate.post(f"/account/sessions/{opened.id}/end", session)
    assert gate.me(Cookie=f"{COOKIE}={theirs.token}").status_code == 200


# -- limits ------------------------------------------------------------------------------------------------


def test_at_the_limit_one_is_told_how_long_to_wait(gate: Gate) -> None:
    slug = gate.practice(limits={"user": {"per_minute": 6, "burst": 3}})
    user_id, _ = gate.somebody(Role.owner, slug)
    headers = gate.session(user_id).headers
    answers = [gate.client.get("/v1/me", headers=headers) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
    for answer in answers:
        assert answer.headers["ratelimit-limit"] == "3"
        assert int(answer.headers["ratelimit-reset"]) > 0
    assert 0 < int(answers[-1].headers["retry-after"]) <= 10
    assert answers[-1].json()["error"]["code"] == TooManyRequests.code
    another = gate.session(user_id)  # nor does another session or key of theirs begin anew
    assert gate.me(Cookie=f"{COOKIE}={another.token}").status_code == 429
    other, _ = gate.somebody(Role.owner, slug)
    assert gate.me(Cookie=f"{COOKIE}={gate.session(other).token}").status_code == 200


# -- what is written down ------------------------------------------------------------------------------------


def test_no_secret_address_or_question_stands_in_a_log_or_in_the_audit(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    user_id, email = gate.with_app()
    words = "What did Mrs Zebedee Quillfeather of 07700 900123 spend on frames?"
    secrets_shown: list[str] = [PASSWORD, WRONG, email]
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        gate.sign_in(email, WRONG)
        pending, code = gate.pending(email), gate.code(email)
        opened = gate.second(pending, code)
        session = gate.session(user_id)
        key = gate.prentice.identity.api_keys.make(
            user_id, gate.id_of(OURS), name="A till", scopes=[Permission.ask]
        ).text
        asked = {"tenant": OURS, "question": words}
        for headers in (session.headers, {"X-Api-Key": key}):
            gate.client.post("/v1/ask", json=asked, headers=headers)
        gate.client.get("/", params={"tenant": OURS, "q": words}, headers=session.headers)
        token = gate.client.post(
            "/v1/token", json={"email": email, "password": PASSWORD, "tenant": OURS, "code": code}
        )
        gate.client.post("/v1/token/refresh", json={"refresh_token": pending})
        gate.client.get("/welcome", params={"token": pending})
        secrets_shown += [
            pending,
            session.token,
            session.csrf,
            key,
            cookie_of(opened).partition("=")[2],
            token.text,
        ]
    assert any(line.get("event") == "request" for line in logged)
    # Others' loggers: the test's own client, and uvicorn's, which is switched off and pytest alone hears.
    others = ("httpx", "httpcore", "uvicorn.access")
    records = [r.getMessage() for r in caplog.records if not r.name.startswith(others)]
    texts = [json.dumps(logged, default=str), *records]
    for text in texts:
        for secret in (*secrets_shown, "Quillfeather", "900123", "spend on frames"):
            assert secret not in text
    audit = json.dumps([*gate.written(), *gate.written(gate.id_of(OURS))])
    for secret in (*secrets_shown, "Quillfeather", "900123"):
        assert secret not in audit


def test_everything_that_was_seen_changed_or_refused_stands_in_the_audit_and_the_audit_is_whole(
    gate: Gate, session_settings: Settings
) -> None:
    ours = gate.id_of(OURS)
    owner, email = gate.somebody()
    assistant, _ = gate.somebody(Role.assistant)
    session = gate.session(owner)
    before, before_all = gate.actions(ours), gate.actions()

    get, post = gate.client.get, gate.client.post
    post("/v1/ask", json={"tenant": OURS, "question": "revenue last month"}, headers=session.headers)
    post("/v1/ask", json={"tenant": OURS, "question": "Who is my best patient?"}, headers=session.headers)
    body = {"tenant": OURS, "metrics": ["revenue"], "dimensions": ["brand"]}
    answer = post("/v1/query", json=body, headers=session.headers).json()["trace_id"]
    for kind in (".csv", "/chart.svg", "/chart.png"):
        got = get(f"/v1/answers/{answer}{kind}", params={"tenant": OURS}, headers=session.headers)
        assert got.status_code == 200
    get("/v1/answers/00000000/chart.png", params={"tenant": OURS}, headers=session.headers)
    get("/v1/catalog", params={"tenant": OURS}, headers=session.headers)
    gate.post(f"/practices/{OURS}/users/{assistant}", session, role="dispenser")
    gate.post(f"/practices/{OURS}/users/{owner}x", session, role="dispenser")
    gate.post("/account/keys", session, name="A till", tenant=OURS, days="1", scopes="ask")
    get(f"/practices/{OURS}/audit", headers=session.headers)
    get(f"/practices/{OURS}/audit.jsonl", headers=session.headers)
    verified = gate.post(f"/practices/{OURS}/audit/verify", session)
    low = gate.session(assistant)
    get(f"/practices/{OURS}/audit", headers=low.headers)  # the role
    cookie = {"Cookie": f"{COOKIE}={session.token}"}
    post(f"/practices/{OURS}/audit/verify", data={"csrf": low.csrf}, headers=cookie)  # the form
    get("/v1/catalog", params={"tenant": THEIRS}, headers=session.headers)  # the practice
    gate.sign_in(email, WRONG)
    gate.sign_in(email)

    assert gate.actions(ours) - before == Counter(
        {
            "ask allowed": 1,
            "ask declined": 1,
            "query allowed": 1,
            "export allowed": 3,
            "export refused": 1,
            "catalogue allowed": 1,
            "user_changed allowed": 1,
            "user_changed refused": 1,
            "key_made allowed": 1,
            "audit_read allowed": 2,  # verifying shows the page again
            "audit_exported allowed": 1,
            "audit_verified allowed": 1,
            "refused refused": 2,
            "shown allowed": 1,  # the page of users again, with what was wrong
            "sign_in allowed": 1,
        }
    )
    new = gate.actions() - before_all
    assert (new["refused refused"], new["sign_in_failed allowed"] + new["sign_in_failed refused"]) == (1, 1)
    assert new["sign_in allowed"] == 1
    assert "The chain is whole" in verified.text
    verifier = Verifier(gate.prentice.servers.platform_url, gate.prentice.keyring, session_settings.home)
    for chain in (ours, PLATFORM):
        assert verifier.verify(chain).whole


def test_a_page_with_an_error_of_ours_says_nothing_of_it(gate: Gate) -> None:
    """Nothing that is sent to the door ends in a server error."""
    odd = ["\x00", "' or 1=1 --", "a" * 200, "\u202e", "{{7*7}}", "%00", "../../etc/passwd"]
    for text in odd:
        sent = {"X-Forwarded-For": next(_addresses)}
        for path, form in (
            ("/sign-in", {"email": text, "password": text, "next": text}),
            ("/sign-in/second", {"pending": text, "code": text[:40]}),
            ("/welcome", {"token": text, "password": text, "name": text[:120]}),
            ("/reset", {"token": text, "password": text}),
        ):
            response = gate.client.post(path, data=form, headers=sent)
            assert 400 <= response.status_code < 500, (path, text, response.status_code)
        for path in ("/welcome", "/reset", "/sign-in"):
            for name in ("token", "next", "practice"):
                response = gate.client.get(path, params={name: text})
                assert response.status_code < 500, (path, text)
                assert "49" not in re.sub(r"[0-9a-f]{32}", "", response.text) or "7*7" not in text
        wrong = {"pending": text, "credential": {"id": text}}
        assert 400 <= gate.client.post("/sign-in/passkey", json=wrong).status_code < 500
        got = gate.client.post("/v1/token/refresh", json={"refresh_token": text})
        assert 400 <= got.status_code < 500
