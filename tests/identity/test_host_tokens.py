"""The host's own tokens: which practice, which key, which role; and what no token can talk us into."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from tls_front import Papers, tls_front

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, PrenticeError, SignInNeeded, TenantSuspended
from prentice.identity.addresses import networks
from prentice.identity.envelope import ASYMMETRIC, Allowed
from prentice.identity.host_tokens import LARGEST, host_user
from prentice.identity.key_sets import ASK_AGAIN_S, KEPT_S, WAIT_S, WAITING
from prentice.identity.outgoing import LARGEST as LARGEST_ANSWER
from prentice.identity.outgoing import TIMEOUT_S, Outgoing, Unreached, checked_address
from prentice.identity.roles import Role

from .forge import by_hmac, parts, unsigned, written
from .reaching import counted
from .town import Town, open_town

SECRET = "a shared secret of more than 32 bytes"
ROLES = {"admin": "manager", "clerk": "assistant"}


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
    """A practice that accepts tokens of `https://host.example`, by a shared secret."""
    id = town.practice()
    town.host_issuers.add(id, f"https://{id}.example", roles=ROLES, secret=SECRET)
    return id


def _claims(practice: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": f"https://{practice}.example",
        "companyId": f"company-{practice}",
        "userId": "42",
        "role": "admin",
        "iat": now,
        "exp": now + 600,
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def _hs256(claims: dict[str, Any], secret: str = SECRET, **header: Any) -> str:
    return written({"alg": "HS256", "typ": "JWT", **header}, claims, by_hmac(secret.encode()))


def _signed(key: Key, algorithm: str, claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode({"alg": algorithm, **header}, claims, key, registry=Allowed(ASYMMETRIC | {"HS256"}))


# -- who it is -----------------------------------------------------------------------------------------


def test_a_hosts_token_signs_its_user_in_with_the_role_it_maps_to(town: Town, practice: str) -> None:
    caller = town.host_tokens.verify(_hs256(_claims(practice)))
    assert (caller.kind, caller.user_id) == ("host", host_user(practice, "42"))
    assert caller.user_id.startswith("host:")
    assert len(caller.user_id) == 29
    part = caller.memberships[practice]
    assert (part.tenant_id, part.role, part.grants) == (practice, Role.manager, frozenset())
    assert not caller.operator
    assert (
        town.host_tokens.verify(_hs256(_claims(practice, role="clerk"))).memberships[practice].role
        == "assistant"
    )


def test_users_of_two_practices_with_one_id_are_two(town: Town, practice: str) -> None:
    assert host_user(practice, "42") != host_user(town.practice(), "42")


@pytest.mark.parametrize(
    "named",
    [
        {"companyId": None, "company_id": True},
        {"userId": None, "user_id": "42"},
        {"userId": None, "sub": "42"},
        {"userId": 42},
        {"sub": "another name for it"},
    ],
)
def test_the_claims_have_the_names_that_hosts_give_them(
    town: Town, practice: str, named: dict[str, Any]
) -> None:
    if named.get("company_id"):
        named = {"companyId": None, "company_id": f"company-{practice}"}
    assert town.host_tokens.verify(_hs256(_claims(practice, **named))).user_id == host_user(practice, "42")


def test_to_verify_costs_one_query(town: Town, practice: str) -> None:
    token = _hs256(_claims(practice))
    town.host_tokens.verify(token)
    with counted() as seen:
        town.host_tokens.verify(token)
    assert len(seen) == 1


def test_a_role_that_is_not_mapped_is_refused_unless_every_other_is(town: Town, practice: str) -> None:
    for role in ("owner", "Admin", "", "*", "manager", None, ["admin"], {"admin": 1}):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(_hs256(_claims(practice, role=role)))
    open_one = town.practice()
    town.host_issuers.add(
        open_one, f"https://{open_one}.example", roles={**ROLES, "*": "dispenser"}, secret=SECRET
    )
    for role in ("owner", None, "*", ["admin"]):
        caller = town.host_tokens.verify(_hs256(_claims(open_one, role=role)))
        assert caller.memberships[open_one].role is Role.dispenser


def test_a_suspended_practice_is_closed_to_its_host(town: Town, practice: str) -> None:
    town.sql("update tenants set status = 'suspended' where id = :t", t=practice)
    with pytest.raises(TenantSuspended):
        town.host_tokens.verify(_hs256(_claims(practice)))
    with pytest.raises(SignInNeeded):  # only a good token learns of it
        town.host_tokens.verify(_hs256(_claims(practice), secret="x" * 40))


def test_a_host_that_is_removed_signs_nobody_in(town: Town, practice: str) -> None:
    assert town.host_issuers.remove(practice, f"https://{practice}.example")
    assert not town.host_issuers.remove(practice, f"https://{practice}.example")
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_hs256(_claims(practice)))


# -- whose it is not -----------------------------------------------------------------------------------


def test_no_token_reaches_another_practice(town: Town, practice: str) -> None:
    other = town.practice()
    town.host_issuers.add(other, f"https://{other}.example", roles=ROLES, secret=SECRET[::-1])
    for claims in (
        _claims(practice, companyId=f"company-{other}"),
        _claims(practice, iss=f"https://{other}.example"),
        _claims(other),
        _claims(practice, company_id=f"company-{other}"),  # two that differ
        _claims(practice, user_id="43"),
        _claims(practice, companyId=None),
        _claims(practice, companyId=True),
        _claims(practice, companyId=[f"company-{practice}"]),
        _claims(practice, companyId=""),
        _claims(practice, companyId="\0"),
        _claims(practice, iss="\0"),
        _claims(practice, iss=None),
        _claims(practice, userId=None),
        _claims(practice, userId=""),
        _claims(practice, userId="x" * 201),
        _claims(practice, userId={"id": 42}),
    ):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(_hs256(claims))


def test_practices_that_share_a_host_are_told_apart_by_company(town: Town) -> None:
    first, second = town.practice(), town.practice()
    issuer = f"https://shared-{first}.example"
    for one in (first, second):
        town.host_issuers.add(one, issuer, roles=ROLES, secret=SECRET)
    for one in (first, second):
        assert list(town.host_tokens.verify(_hs256(_claims(one, iss=issuer))).memberships) == [one]


def test_practices_of_one_company_id_cannot_share_an_issuer(town: Town) -> None:
    first, second = town.practice(company_id="same"), town.practice(company_id="same")
    issuer = f"https://{first}.example"
    town.host_issuers.add(first, issuer, roles=ROLES, secret=SECRET)
    with pytest.raises(BadConfiguration):
        town.host_issuers.add(second, issuer, roles=ROLES, secret=SECRET)
    # and were it so all the same, a token of either would be nobody's:
    third = town.practice(company_id="same-3")
    town.host_issuers.add(third, issuer, roles=ROLES, secret=SECRET)
    town.sql("update tenants set company_id = 'same' where id = :t", t=third)
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_hs256(_claims(first, companyId="same")))


def test_a_token_for_somebody_else_is_not_for_us(town: Town, practice: str) -> None:
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_hs256(_claims(practice, aud="billing")))
    named = town.practice()
    town.host_issuers.add(named, f"https://{named}.example", roles=ROLES, secret=SECRET, audience="prentice")
    town.host_tokens.verify(_hs256(_claims(named, aud="prentice")))
    town.host_tokens.verify(_hs256(_claims(named, aud=["billing", "prentice"])))
    for wrong in (None, "billing", ["billing"], [], {"prentice": 1}, 1):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(_hs256(_claims(named, aud=wrong)))


@pytest.mark.parametrize(
    "times",
    [
        {"exp": None},
        {"iat": -700, "exp": -60},
        {"iat": 60, "exp": 600},
        {"nbf": 60},
        {"exp": 24 * 3600 + 60},
        {"iat": None, "exp": 24 * 3600 + 60},
        {"iat": -3600, "exp": 23 * 3600 + 60},
    ],
)
def test_a_token_has_an_end_within_a_day_and_a_beginning_that_has_come(
    town: Town, practice: str, times: dict[str, int | None]
) -> None:
    now = int(time.time())
    moved = {name: None if value is None else now + value for name, value in times.items()}
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_hs256(_claims(practice, **moved)))


def test_a_token_of_a_day_is_taken(town: Town, practice: str) -> None:
    town.host_tokens.verify(_hs256(_claims(practice, exp=int(time.time()) + 24 * 3600)))


def test_no_forged_token_of_a_shared_secret_is_believed(town: Town, practice: str) -> None:
    claims = _claims(practice)
    rsa = RSAKey.generate_key(2048)
    for token in (
        written({"alg": "none"}, claims, unsigned),
        written({"alg": "HS256"}, claims, unsigned),
        written({"alg": "HS512"}, claims, by_hmac(SECRET.encode(), "sha512")),
        _hs256(claims, secret=""),
        _hs256(claims, secret="x" * 40),
        _hs256(claims, crit=["exp"]),
        _hs256(claims, crit=["b64"], b64=False),
        _signed(rsa, "RS256", claims),
        _signed(rsa, "RS256", claims, jwk=rsa.as_dict(private=False)),
        _hs256(claims, secret="x" * 40, jwk={"kty": "oct", "k": "eHg"}),
        _hs256({**claims, "more": "x" * LARGEST}),
    ):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(token)


@pytest.mark.parametrize(
    "header", [{"jku": "https://evil.example/k"}, {"x5u": "https://evil.example/x"}, {"kid": "../../x"}]
)
def test_what_a_header_says_of_keys_is_not_read(town: Town, practice: str, header: dict[str, str]) -> None:
    town.host_tokens.verify(_hs256(_claims(practice), **header))  # signed as agreed: it is the host's own


# -- keys at an address --------------------------------------------------------------------------------


class Keys(ThreadingHTTPServer):
    """A host that publishes keys, and may be made to answer badly."""

    daemon_threads = True

    def __init__(self) -> None:
        self.body: bytes = b"{}"
        self.status = 200
        self.headers: dict[str, str] = {}
        self.drip_s = 0.0
        self.asked = 0
        self.hosts: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/jwks.json"

    def publish(self, *keys: dict[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    def handle_error(self, *_: object) -> None:
        pass  # who asked has gone: meant so


class _Answer(BaseHTTPRequestHandler):
    server: Keys

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.hosts.append(self.headers["Host"])
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if not self.server.drip_s:
            self.end_headers()
            self.wfile.write(self.server.body)
            return
        for _ in range(100):
            self.wfile.write(
                b"X-Slow: yes\r\n" if not self._headers_buffer else b"".join(self._headers_buffer)
            )
            self._headers_buffer = []
            time.sleep(self.server.drip_s)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _publishing() -> Iterator[Keys]:
    with Keys() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def keys() -> Iterator[Keys]:
    with _publishing() as server:
        yield server


@pytest.fixture
def published(town: Town, keys: Keys) -> str:
    """A practice whose host publishes its keys."""
    id = town.practice()
    town.host_issuers.add(id, f"https://{id}.example", roles=ROLES, jwks_url=keys.url, loopback=True)
    return id


def _public(key: Key, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048), "RS256"),
        (RSAKey.generate_key(2048), "PS384"),
        (ECKey.generate_key("P-256"), "ES256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_that_the_host_publishes_signs_in(
    town: Town, keys: Keys, published: str, key: Key, algorithm: str
) -> None:
    keys.publish(_public(key, kid="one", use="sig", alg=algorithm))
    token = _signed(key, algorithm, _claims(published), kid="one")
    town.host_tokens.verify(token)
    town.host_tokens.verify(_signed(key, algorithm, _claims(published)))  # one key: no kid is needed
    with counted() as seen:
        town.host_tokens.verify(token)
    assert (len(seen), keys.asked) == (1, 1)


def test_a_published_key_is_never_a_shared_secret(town: Town, keys: Keys, published: str) -> None:
    rsa, claims = RSAKey.generate_key(2048), _claims(published)
    public = _public(rsa, kid="one")
    secret = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "two"}
    keys.publish(public, secret)
    town.host_tokens.verify(_signed(rsa, "RS256", claims, kid="one"))
    pem = rsa.as_pem(private=False)
    for token in (
        written({"alg": "HS256", "kid": "one"}, claims, by_hmac(pem)),
        written({"alg": "HS256", "kid": "one"}, claims, by_hmac(json.dumps(public).encode())),
        _signed(OctKey.import_key(secret), "HS256", claims, kid="two"),
        written({"alg": "none", "kid": "one"}, claims, unsigned),
        _signed(RSAKey.generate_key(2048), "RS256", claims, kid="one"),
        written({"alg": "ES256", "kid": "one"}, claims, by_hmac(b"")),
    ):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(token)


def test_a_key_signs_only_as_it_is_published_to(town: Town, keys: Keys, published: str) -> None:
    rsa, claims = RSAKey.generate_key(2048), _claims(published)
    with pytest.warns(SecurityWarning):
        weak = RSAKey.import_key(_weak_rsa())
    keys.publish(
        _public(rsa, kid="rs", alg="RS256"), _public(rsa, kid="enc", use="enc"), _public(weak, kid="weak")
    )
    town.host_tokens.verify(_signed(rsa, "RS256", claims, kid="rs"))
    for token in (
        _signed(rsa, "PS256", claims, kid="rs"),
        _signed(rsa, "RS256", claims, kid="enc"),
        _signed(weak, "RS256", claims, kid="weak"),
        _signed(rsa, "RS256", claims, kid="RS"),
        _signed(rsa, "RS256", claims, kid="../../rs"),
    ):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(token)


def _weak_rsa() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    weak = rsa.generate_private_key(65_537, 1_024)
    return weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_token_without_kid_is_refused_where_several_keys_could_have_signed(
    town: Town, keys: Keys, published: str
) -> None:
    one, two = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    keys.publish(_public(one, kid="one"), _public(two, kid="two"))
    town.host_tokens.verify(_signed(one, "RS256", _claims(published), kid="one"))
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_signed(one, "RS256", _claims(published)))


def test_keys_come_from_the_address_that_was_written_down_and_no_other(
    town: Town, keys: Keys, published: str
) -> None:
    thief = RSAKey.generate_key(2048)
    with _publishing() as elsewhere:
        elsewhere.publish(_public(thief, kid="one"))
        keys.publish(_public(RSAKey.generate_key(2048), kid="one"))
        for header in ({"jku": elsewhere.url}, {"x5u": elsewhere.url}, {"jwk": _public(thief, kid="one")}):
            with pytest.raises(SignInNeeded):
                town.host_tokens.verify(_signed(thief, "RS256", _claims(published), kid="one", **header))
        assert elsewhere.asked == 0


def test_a_new_key_is_found_at_once_and_unknown_ids_do_not_make_a_fetch_each(
    town: Town, keys: Keys, published: str
) -> None:
    old, new = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    keys.publish(_public(old, kid="old"))
    town.host_tokens.verify(_signed(old, "RS256", _claims(published), kid="old"))
    keys.publish(_public(old, kid="old"), _public(new, kid="new"))
    town.clock.ahead = ASK_AGAIN_S + 1
    town.host_tokens.verify(_signed(new, "RS256", _claims(published), kid="new"))
    asked = keys.asked
    for number in range(30):
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(_signed(new, "RS256", _claims(published), kid=f"unknown-{number}"))
    assert (asked, keys.asked) == (2, 2)


def test_a_key_that_the_host_withdrew_ends_even_where_the_host_does_not_answer(
    town: Town, keys: Keys, published: str
) -> None:
    key = RSAKey.generate_key(2048)
    keys.publish(_public(key, kid="one"))

    def token() -> str:
        now = int(town.clock())
        return _signed(key, "RS256", _claims(published, iat=now, exp=now + 600), kid="one")

    town.host_tokens.verify(token())
    keys.status = 500
    town.clock.ahead = KEPT_S - 5
    town.host_tokens.verify(token())
    town.clock.ahead = KEPT_S + 5
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(token())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, null, {}, {"kty": "RSA"}]}', b"[" * 5000, b"\xff"],
)
def test_an_answer_that_is_no_set_of_keys_signs_nobody_in(
    town: Town, keys: Keys, published: str, body: bytes
) -> None:
    keys.body = body
    with pytest.raises(SignInNeeded):
        town.host_tokens.verify(_signed(RSAKey.generate_key(2048), "RS256", _claims(published)))


# -- what is asked of others -----------------------------------------------------------------------------


@pytest.fixture
def outgoing() -> Iterator[Outgoing]:
    outgoing = Outgoing()
    yield outgoing
    outgoing.close()


def test_no_redirect_is_followed(outgoing: Outgoing, keys: Keys) -> None:
    with _publishing() as elsewhere:
        keys.status, keys.headers = 302, {"Location": elsewhere.url}
        with pytest.raises(Unreached):
            outgoing.get(keys.url)
        assert elsewhere.asked == 0


def test_a_large_answer_is_given_up(outgoing: Outgoing, keys: Keys) -> None:
    keys.body = b'{"keys": "' + b"x" * LARGEST_ANSWER + b'"}'
    with pytest.raises(Unreached):
        outgoing.get(keys.url)


def test_an_answer_that_drips_is_given_up_as_a_whole(outgoing: Outgoing, keys: Keys) -> None:
    keys.drip_s = 0.2
    begun = time.monotonic()
    with pytest.raises(Unreached):
        outgoing.get(keys.url)
    assert TIMEOUT_S - 0.5 < time.monotonic() - begun < TIMEOUT_S + 1.5


def test_who_does_not_answer_is_given_up(outgoing: Outgoing) -> None:
    with pytest.raises(Unreached):
        outgoing.get("http://127.0.0.1:9/jwks.json")


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example/keys",
        "ftp://login.example/keys",
        "file:///etc/passwd",
        "https://",
        "https://user:word@login.example/",
        "https://login.example/#a",
        "https://login.example:port/",
        "//login.example/",
        "https://login.example\\@evil.example/",
        "https://lo gin.example/",
        "https://login.example/\n",
        "https://l\u00f6gin.example/",
        "https://login.example/" + "x" * 1000,
        "",
        "https://2130706433/",  # 127.0.0.1 in one number
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1]/",
    ],
)
def test_only_https_is_fetched(outgoing: Outgoing, url: str) -> None:
    for loopback in (True, False):
        with pytest.raises(BadConfiguration):
            checked_address(url, loopback=loopback)
    with pytest.raises(Unreached):
        outgoing.get(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8/",
        "http://localhost/",
        "http://[::1]/",
        "https://127.9.9.9/",
        "http://a.localhost/",
    ],
)
def test_this_machine_is_for_the_operator_alone(url: str) -> None:
    assert checked_address(url, loopback=True) == url
    with pytest.raises(BadConfiguration):
        checked_address(url, loopback=False)


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Names mean these addresses, one after the other. The names that were asked for."""
    real, asked, left = socket.getaddrinfo, list[str](), list(answers)

    def resolve(host: str, port: int, *args: Any, **named: Any) -> Any:
        if host.replace(".", "").isdigit() or ":" in host:
            return real(host, port, *args, **named)
        asked.append(host)
        return real(left.pop(0), port, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "::", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
     "224.0.0.1", "::7f00:1", "::a00:1", "::ffff:0:7f00:1", "fec0::1", "64:ff9b:1::a00:1", "192.0.0.9"],
)  # fmt: skip
def test_a_name_that_means_a_machine_of_ours_is_never_connected_to(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    asked = _resolving(monkeypatch, address)
    monkeypatch.setattr(outgoing, "_from", lambda *_, **__: pytest.fail("it was connected to"))
    with pytest.raises(Unreached):
        outgoing.get("https://keys.example/jwks.json")
    assert asked == ["keys.example"]


def test_a_name_is_looked_up_once_and_the_address_that_was_looked_at_is_the_one(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, outgoing: Outgoing
) -> None:
    """`a.localhost` is one that the operator may name over plain http."""
    keys.publish()
    asked = _resolving(monkeypatch, "127.0.0.1", "10.0.0.1")
    assert outgoing.get(keys.url.replace("127.0.0.1", "a.localhost")) == {"keys": []}
    assert asked == ["a.localhost"]
    with pytest.raises(Unreached):  # the second time it means another
        outgoing.get(keys.url.replace("127.0.0.1", "a.localhost"))


def test_the_certificate_is_held_to_the_name_and_the_networks_of_the_operator_are_reached(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys.publish()
    papers = Papers.issue(tmp_path, "keys.example")
    trust = ssl.create_default_context(cafile=str(papers.authority))
    ours = Outgoing(networks("127.0.0.0/8"), verify=trust)
    with closing(ours), tls_front(keys.server_address[1], papers, postgres=False) as front:
        _resolving(monkeypatch, "127.0.0.1", "127.0.0.1")
        assert ours.get(f"https://keys.example:{front.port}/jwks.json") == {"keys": []}
        with pytest.raises(Unreached):
            ours.get(f"https://other.example:{front.port}/jwks.json")
    assert keys.hosts == [f"keys.example:{front.port}"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "a.localhost", "[::ffff:127.0.0.1]"])
def test_in_production_this_machine_is_asked_only_where_it_is_listed(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keys.publish()
    url = keys.url.replace("127.0.0.1", name)
    _resolving(monkeypatch, *["127.0.0.1"] * 9)
    found = []
    for production, listed in ((False, ""), (True, ""), (True, "10.0.0.0/8,::1/128"), (True, "127.0.0.1/32")):
        with closing(Outgoing(networks(listed), production=production)) as ours:
            try:
                found.append(ours.get(url) == {"keys": []})
            except Unreached:
                found.append(False)
    assert found == [True, False, False, True]
    assert keys.asked == 2


def test_in_production_a_link_local_machine_is_asked_only_where_it_is_listed(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for listed, reached in (("", False), ("169.254.0.0/16", True)):
        _resolving(monkeypatch, "169.254.169.254")
        with closing(Outgoing(networks(listed), production=True)) as ours:
            monkeypatch.setattr(ours, "_from", lambda *_, **__: b"{}")
            if reached:
                assert ours.get("https://metadata.example/keys") == {}
            else:
                with pytest.raises(Unreached):
                    ours.get("https://metadata.example/keys")


def test_a_host_that_answers_slowly_holds_up_few_and_not_for_long(
    town: Town, keys: Keys, published: str
) -> None:
    keys.drip_s = 0.2  # given up after 2 s
    token = _signed(RSAKey.generate_key(2048), "RS256", _claims(published), kid="one")

    def seconds(_: int) -> float:
        begun = time.monotonic()
        with pytest.raises(SignInNeeded):
            town.host_tokens.verify(token)
        return time.monotonic() - begun

    with ThreadPoolExecutor(16) as pool:
        took = sorted(pool.map(seconds, range(16)))
    assert took[-1] < WAIT_S + 0.7
    assert took[16 - WAITING - 1] < 0.7
    assert keys.asked == 1


def test_keys_are_fetched_anew_before_anybody_has_to_wait_for_them(
    town: Town, keys: Keys, published: str
) -> None:
    key = RSAKey.generate_key(2048)
    keys.publish(_public(key, kid="one"))

    def verify() -> None:
        now = int(town.clock())
        town.host_tokens.verify(_signed(key, "RS256", _claims(published, iat=now, exp=now + 600), kid="one"))

    verify()
    town.clock.ahead = KEPT_S - 60
    verify()  # by the keys of before
    until = time.monotonic() + 5
    while keys.asked < 2 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    keys.status = 500
    town.clock.ahead = KEPT_S + 60
    verify()
    assert keys.asked == 2


# -- what is written down ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "x" * 31},
        {"secret": SECRET, "jwks_url": "https://host.example/jwks"},
        {},
        {"jwks_url": "http://host.example/jwks"},
        {"jwks_url": "http://127.0.0.1/jwks"},
        {"secret": SECRET, "roles": {}},
        {"secret": SECRET, "roles": {"admin": "operator"}},
        {"secret": SECRET, "roles": {"admin": "god"}},
        {"secret": SECRET, "issuer": "prentice"},
        {"secret": SECRET, "issuer": ""},
        {"secret": SECRET, "issuer": "a\0"},
    ],
)
def test_what_cannot_be_held_safely_is_not_written_down(town: Town, wrong: dict[str, Any]) -> None:
    settled = {"issuer": "https://host.example", "roles": ROLES} | wrong
    with pytest.raises(BadConfiguration):
        town.host_issuers.add(town.practice(), **settled)


def test_the_shared_secret_is_sealed_for_its_practice_and_never_shown(town: Town, practice: str) -> None:
    [listed] = town.host_issuers.list_of(practice)
    assert SECRET not in repr(listed)
    assert SECRET.encode().hex() not in town.sql(
        "select row_to_json(h)::text from host_issuers h where tenant_id = :t", t=practice
    )
    # A row that was copied to another practice does not open there.
    other = town.practice()
    town.sql(
        "insert into host_issuers (id, tenant_id, issuer, secret_sealed, roles) "
        "select 'h_copied' || :o, :o, 'https://' || :o || '.example', secret_sealed, roles "
        "from host_issuers where tenant_id = :t",
        o=other,
        t=practice,
    )
    with pytest.raises(PrenticeError):
        town.host_tokens.verify(_hs256(_claims(other)))


def test_tokens_read_as_they_were_written(practice: str) -> None:
    assert parts(_hs256(_claims(practice)))[1]["userId"] == "42"
