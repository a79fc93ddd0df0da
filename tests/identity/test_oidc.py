"""Sign-in at a provider: against a real one (idpyoidc), and against one that lies as each test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import Key, OctKey, RSAKey
from sqlalchemy import insert

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, SignInNeeded, TenantSuspended
from prentice.identity.envelope import ASYMMETRIC, Allowed
from prentice.identity.key_sets import KeySets
from prentice.identity.oidc import PENDING, Oidc
from prentice.identity.oidc_people import Asserted, SignedIn, signed_in
from prentice.identity.oidc_providers import OidcProviders
from prentice.identity.opaque import digest, new_id
from prentice.identity.tables import invitations
from prentice.identity.tokens import Tokens

from .forge import by_hmac, unsigned, written
from .provider import Provider, open_provider, sign_in_there
from .town import Town, open_town

CALLBACK = "http://127.0.0.1:9/sign-in/{provider}/back"
ANN, BOB, EVE = "ann@north.example", "bob@north.example", "eve@elsewhere.example"


@pytest.fixture(scope="module")
def whole_town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(servers, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(whole_town: Town) -> Town:
    """Emptied before each test: an e-mail address is one person's on the whole platform."""
    whole_town.sql("truncate tenants, users, identity_pending cascade")
    whole_town.clock.ahead = 0
    return whole_town


@pytest.fixture(scope="module")
def op() -> Iterator[Provider]:
    with open_provider() as op:
        yield op


@pytest.fixture
def providers(town: Town) -> OidcProviders:
    return OidcProviders(town.engine, town.sealer)


@pytest.fixture
def oidc(town: Town, providers: OidcProviders) -> Oidc:
    key_sets = KeySets(town.outgoing, clock=town.clock)
    return Oidc(town.engine, providers, town.outgoing, key_sets, callback=CALLBACK, clock=town.clock)


@pytest.fixture
def practice(town: Town) -> str:
    return town.practice()


def _listed(providers: OidcProviders, op: Provider, practice: str) -> str:
    """The practice signs in at the real provider: its id there."""
    client, secret = op.register("http://to-be-known.example/")
    made = providers.add(practice, op.issuer, client_id=client, name="Keys", secret=secret, loopback=True)
    op.op.context.cdb[client]["redirect_uris"] = [(CALLBACK.format(provider=made.id), None)]
    return made.id


@pytest.fixture
def at(providers: OidcProviders, op: Provider, practice: str) -> str:
    return _listed(providers, op, practice)


def _invite(
    town: Town,
    practice: str,
    email: str,
    role: str = "dispenser",
    *,
    days: float = 1,
    by: str | None = None,
) -> None:
    seconds = days * 86_400
    with town.engine.begin() as connection:
        connection.execute(
            insert(invitations).values(
                id=new_id("i_"),
                tenant_id=practice,
                email=email,
                role=role,
                grants=["patients"],
                token_hash=digest(new_id("")),
                invited_by=by,
                expires_at=_at(time.time() + seconds),
            )
        )


def _at(moment: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC)


def _come(oidc: Oidc, at: str, name: str, *, shown: str | None = None) -> SignedIn:
    url, pending = oidc.begin(at, oidc.callback(at))
    came_to, params = sign_in_there(url, name)
    assert came_to, params
    return oidc.finish(pending, params, came_to, shown=shown)


# -- at a real provider --------------------------------------------------------------------------------


def test_a_member_signs_in_and_is_linked_the_first_time(
    town: Town, oidc: Oidc, at: str, practice: str
) -> None:
    ann = town.person(practice, "manager", email=ANN)
    first, second = _come(oidc, at, "ann"), _come(oidc, at, "ann")
    assert first == SignedIn(ann, practice, at, linked=True)
    assert second == SignedIn(ann, practice, at, linked=False)
    assert town.sql("select count(*) from oidc_identities") == 1
    assert town.sql("select signed_in_at is not null from users")


def test_the_link_holds_when_the_address_changes(town: Town, oidc: Oidc, at: str, practice: str) -> None:
    ann = town.person(practice, email=ANN)
    _come(oidc, at, "ann")
    town.sql("update users set email = 'new@north.example'")
    assert _come(oidc, at, "ann").user_id == ann


def test_who_was_invited_becomes_a_member_with_what_the_invitation_says(
    town: Town, oidc: Oidc, at: str, practice: str
) -> None:
    _invite(town, practice, ANN)
    person = _come(oidc, at, "ann")
    assert person.linked
    assert town.sql("select email || '|' || name from users") == f"{ANN}|Ann Able"
    assert town.sql("select role || grants::text from memberships") == 'dispenser["patients"]'
    assert town.sql("select used_at is not null from invitations")
    assert town.sql("select password_hash is null from users")


@pytest.mark.parametrize("why", ["nobody", "elsewhere", "late", "used", "owner", "operator"])
def test_nobody_becomes_a_member_uninvited_and_nobody_an_owner(
    town: Town, oidc: Oidc, at: str, practice: str, why: str
) -> None:
    match why:
        case "elsewhere":
            _invite(town, town.practice(), ANN)
        case "late":
            _invite(town, practice, ANN, days=-1)
        case "used":
            _invite(town, practice, ANN)
            town.sql("update invitations set used_at = now()")
        case "owner" | "operator":
            _invite(town, practice, ANN, role=why)
    with pytest.raises(SignInNeeded):
        _come(oidc, at, "ann")
    assert town.sql("select count(*) from users") == 0
    assert town.sql("select count(*) from memberships") == 0
    assert town.sql("select count(*) from oidc_identities") == 0


@pytest.mark.parametrize("password", [None, "x"])
def test_an_account_that_somebody_made_elsewhere_is_neither_linked_nor_made_a_member(
    town: Town, oidc: Oidc, at: str, practice: str, password: str | None
) -> None:
    """Whoever took up an invitation of another practice to Ann's address waits for Ann to be invited here."""
    planted = town.person(town.practice(), email=ANN, password_hash=password)
    town.sql("delete from memberships")
    _invite(town, practice, ANN)
    for shown in (None, planted):
        with pytest.raises(SignInNeeded, match="does not know"):
            _come(oidc, at, "ann", shown=shown)
    assert town.sql("select count(*) from memberships") == 0
    assert town.sql("select count(*) from oidc_identities") == 0
    assert town.sql("select used_at is null from invitations")


@pytest.mark.parametrize("opened_by", ["password", "passkey"])
def test_a_members_account_that_something_else_opens_is_linked_only_where_that_was_shown(
    town: Town, oidc: Oidc, at: str, practice: str, opened_by: str
) -> None:
    """Whoever invited Ann here may have taken the invitation up themselves, and know the password."""
    ann, other = town.person(practice, "dispenser", email=ANN), town.person(practice)
    if opened_by == "password":
        town.sql("update users set password_hash = 'x' where id = :u", u=ann)
    else:
        town.sql(
            "insert into passkeys (id, user_id, credential_id, public_key, name)"
            " values ('p', :u, '', '', '')",
            u=ann,
        )
    for shown in (None, other):
        with pytest.raises(SignInNeeded, match="of its own"):
            _come(oidc, at, "ann", shown=shown)
    assert town.sql("select count(*) from oidc_identities") == 0
    assert _come(oidc, at, "ann", shown=ann) == SignedIn(ann, practice, at, linked=True)
    assert _come(oidc, at, "ann") == SignedIn(ann, practice, at)


@pytest.mark.parametrize("since", ["dismissed", "disabled", "demoted", "without the grant"])
def test_an_invitation_of_somebody_who_could_not_make_it_today_makes_nobody_a_member(
    town: Town, oidc: Oidc, at: str, practice: str, since: str
) -> None:
    manager = town.person(practice, "manager")
    town.sql("update memberships set grants = '[\"patients\"]'")
    _invite(town, practice, ANN, by=manager)
    match since:
        case "dismissed":
            town.sql("delete from memberships")
        case "disabled":
            town.sql("update users set status = 'disabled'")
        case "demoted":
            town.sql("update memberships set role = 'assistant'")
        case _:
            town.sql("update memberships set grants = '[]'")
    with pytest.raises(SignInNeeded, match="does not know"):
        _come(oidc, at, "ann")
    assert town.sql("select count(*) from users") == 1
    assert town.sql("select used_at is null from invitations")


def test_an_address_that_is_not_verified_links_nobody(town: Town, oidc: Oidc, at: str, practice: str) -> None:
    town.person(practice, email=BOB)
    with pytest.raises(SignInNeeded, match="verified"):
        _come(oidc, at, "bob")
    assert town.sql("select count(*) from oidc_identities") == 0


@pytest.mark.parametrize(
    "said", ["\uff41nn@north.example", "ann@nor\u1d57h.example", "\u212aate@north.example"]
)
def test_an_address_that_folding_makes_anothers_is_nobodys(
    town: Town, providers: OidcProviders, at: str, practice: str, said: str
) -> None:
    """What was verified is the address as it was written: a full-width 'a' is another mailbox."""
    town.person(practice, email=ANN)
    _invite(town, practice, "kate@north.example")
    provider, _ = providers.get(at)
    with pytest.raises(SignInNeeded, match="verified"):
        signed_in(town.engine, provider, Asserted(provider.issuer, "x", said, "Ann"), _at(time.time()))
    assert town.sql("select count(*) from oidc_identities") == 0


def test_who_was_removed_or_disabled_or_whose_practice_is_suspended_does_not_sign_in(
    town: Town, oidc: Oidc, at: str, practice: str
) -> None:
    ann = town.person(practice, email=ANN)
    _come(oidc, at, "ann")
    town.sql("update users set status = 'disabled'")
    with pytest.raises(SignInNeeded):
        _come(oidc, at, "ann")
    town.sql("update users set status = 'active'")
    town.sql("delete from memberships")
    with pytest.raises(SignInNeeded):
        _come(oidc, at, "ann")
    town.join(ann, practice, "manager")
    url, pending = oidc.begin(at, oidc.callback(at))
    came_to, params = sign_in_there(url, "ann")
    town.sql("update tenants set status = 'suspended'")
    with pytest.raises(TenantSuspended):
        oidc.finish(pending, params, came_to)
    with pytest.raises(TenantSuspended):
        oidc.begin(at, oidc.callback(at))


@pytest.mark.parametrize("who", ["member elsewhere", "operator", "member elsewhere, invited here"])
def test_a_practices_provider_makes_nobody_a_person_of_another_practice(
    town: Town, oidc: Oidc, at: str, practice: str, who: str
) -> None:
    """What an owner of one practice could do with a provider of his own, were it otherwise."""
    match who:
        case "member elsewhere":
            user = town.person(practice, email=ANN)
            town.join(user, town.practice(), "owner")
        case "operator":
            town.person(practice, email=ANN, operator=True)
        case _:
            town.person(town.practice(), email=ANN)
            _invite(town, practice, ANN)
    with pytest.raises(SignInNeeded):
        _come(oidc, at, "ann")
    assert town.sql("select count(*) from oidc_identities") == 0
    assert town.sql("select count(*) from invitations where used_at is not null") == 0


def test_one_account_at_the_provider_is_one_person_and_a_person_one_account(
    town: Town, oidc: Oidc, at: str, practice: str, op: Provider
) -> None:
    ann = town.person(practice, email=ANN)
    town.sql(
        "insert into oidc_identities (issuer, subject, user_id) values (:i, 'an-older-account', :u)",
        i=op.issuer,
        u=ann,
    )
    with pytest.raises(SignInNeeded):  # the address was given to somebody else there
        _come(oidc, at, "ann")


def test_nobody_signs_in_with_a_wrong_password_there(oidc: Oidc, at: str) -> None:
    url, _ = oidc.begin(at, oidc.callback(at))
    came_to, answer = sign_in_there(url, "ann", "wrong")
    assert (came_to, answer["status"]) == ("", "401")


# -- what comes back -----------------------------------------------------------------------------------


@pytest.fixture
def back(town: Town, oidc: Oidc, at: str, practice: str) -> tuple[str, str, dict[str, str]]:
    """Ann has signed in there: the pending token, where the browser came to, and with what."""
    town.person(practice, email=ANN)
    url, pending = oidc.begin(at, oidc.callback(at))
    came_to, params = sign_in_there(url, "ann")
    assert came_to == oidc.callback(at)
    return pending, came_to, params


def test_what_others_left_lying_is_swept_away_with_a_new_sign_in(town: Town, oidc: Oidc, at: str) -> None:
    town.sql(
        "insert into identity_pending (token_hash, purpose, facts, expires_at) "
        "values ('\\x01', 'passkey', '{}', now() - interval '1 day')"
    )
    oidc.begin(at, oidc.callback(at))
    assert town.sql("select count(*) from identity_pending where purpose = 'passkey'") == 0


def test_what_comes_back_is_good_once(oidc: Oidc, back: tuple[str, str, dict[str, str]]) -> None:
    pending, came_to, params = back
    oidc.finish(pending, params, came_to)
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, params, came_to)


def test_a_code_is_good_once_even_with_a_new_pending_token(
    oidc: Oidc, at: str, back: tuple[str, str, dict[str, str]]
) -> None:
    pending, came_to, params = back
    oidc.finish(pending, params, came_to)
    url, again = oidc.begin(at, oidc.callback(at))
    state = parse_qs(urlsplit(url).query)["state"][0]
    with pytest.raises(SignInNeeded):
        oidc.finish(again, {**params, "state": state}, came_to)


def test_of_two_who_bring_it_at_once_one_signs_in(oidc: Oidc, back: tuple[str, str, dict[str, str]]) -> None:
    pending, came_to, params = back
    outcomes: list[bool] = []

    def bring() -> None:
        try:
            oidc.finish(pending, params, came_to)
            outcomes.append(True)
        except SignInNeeded:
            outcomes.append(False)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "another"},
        {"state": ""},
        {"state": "\ud800"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"code": None},
        {"code": ""},
        {"code": "another"},
        {"error": "access_denied"},
    ],
    ids=str,
)
def test_what_comes_back_altered_signs_nobody_in_and_is_used_up(
    oidc: Oidc, back: tuple[str, str, dict[str, str]], changed: dict[str, str | None]
) -> None:
    pending, came_to, params = back
    altered = {name: value for name, value in {**params, **changed}.items() if value is not None}
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, altered, came_to)
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, params, came_to)


def test_a_code_does_not_fit_another_browser(
    oidc: Oidc, at: str, back: tuple[str, str, dict[str, str]]
) -> None:
    """Somebody else's code in my browser (login CSRF), with or without my own state."""
    _, came_to, params = back
    for mine in (True, False):
        url, own = oidc.begin(at, oidc.callback(at))
        state = parse_qs(urlsplit(url).query)["state"][0] if mine else params["state"]
        with pytest.raises(SignInNeeded):
            oidc.finish(own, {**params, "state": state}, came_to)


def test_a_sign_in_that_took_too_long_is_over(
    town: Town, oidc: Oidc, back: tuple[str, str, dict[str, str]]
) -> None:
    pending, came_to, params = back
    town.clock.ahead = PENDING.total_seconds() + 1
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, params, came_to)


@pytest.mark.parametrize("pending", ["", "x", "\ud800", "x" * 10_000])
def test_a_pending_token_that_is_none_is_refused(
    oidc: Oidc, back: tuple[str, str, dict[str, str]], pending: str
) -> None:
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, back[2], back[1])


def test_the_database_does_not_hold_what_finishes_a_sign_in(
    town: Town, back: tuple[str, str, dict[str, str]]
) -> None:
    pending, _, params = back
    kept = town.sql("select string_agg(p::text, '') from identity_pending p")
    for secret in (pending, params["state"], params["code"]):
        assert secret not in kept


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://127.0.0.1:9/sign-in/o_other/back",
        "http://127.0.0.1:9/sign-in/{provider}/back?next=https://evil.example",
        "http://127.0.0.1:9/sign-in/{provider}/back#",
        "http://127.0.0.1:9@evil.example/sign-in/{provider}/back",
        "//evil.example",
        "",
    ],
)
def test_the_browser_is_sent_back_to_our_own_address_alone(oidc: Oidc, at: str, address: str) -> None:
    with pytest.raises(SignInNeeded):
        oidc.begin(at, address.replace("{provider}", at))


def test_the_provider_sends_nobody_to_an_address_that_is_not_registered(oidc: Oidc, at: str) -> None:
    url, _ = oidc.begin(at, oidc.callback(at))
    came_to, answer = sign_in_there(url.replace("127.0.0.1%3A9", "evil.example"), "ann")
    assert (came_to, answer["status"]) == ("", "400")


def test_the_provider_insists_on_the_verifier(oidc: Oidc, at: str) -> None:
    url, _ = oidc.begin(at, oidc.callback(at))
    assert "code_challenge_method=S256" in url
    bare = url.partition("&code_challenge=")[0]
    assert sign_in_there(bare, "ann")[1]["status"] == "400"


def test_state_nonce_and_challenge_differ_and_are_new_each_time(oidc: Oidc, at: str) -> None:
    seen: set[str] = set()
    for _ in range(3):
        query = parse_qs(urlsplit(oidc.begin(at, oidc.callback(at))[0]).query)
        seen |= {query[name][0] for name in ("state", "nonce", "code_challenge")}
    assert len(seen) == 9


def test_a_callback_without_the_providers_place_is_no_callback(town: Town, providers: OidcProviders) -> None:
    with pytest.raises(BadConfiguration):
        Oidc(town.engine, providers, town.outgoing, town.key_sets, callback="https://here.example/back")


def test_a_provider_that_is_gone_or_unknown_signs_nobody_in(
    oidc: Oidc,
    at: str,
    providers: OidcProviders,
    practice: str,
    op: Provider,
    back: tuple[str, str, dict[str, str]],
) -> None:
    assert providers.remove(practice, op.issuer)
    with pytest.raises(SignInNeeded):
        oidc.finish(back[0], back[2], back[1])
    for unknown in (at, "o_nobody"):
        with pytest.raises(SignInNeeded):
            oidc.begin(unknown, oidc.callback(unknown))


# -- at a provider that lies ---------------------------------------------------------------------------


class Crooked(ThreadingHTTPServer):
    """Answers with whatever id_token and metadata it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self.id_token: Callable[[dict[str, Any]], Any] = self.signed
        self.claims: dict[str, Any] = {}
        self.nonce = ""
        self.client = ""
        self.asked: list[str] = []

    def signed(self, claims: dict[str, Any], key: Key | None = None, **header: Any) -> str:
        head = {"alg": "RS256", "kid": "one", **header}
        return jwt.encode(head, claims, key or self.key, registry=Allowed(ASYMMETRIC | {"HS256"}))

    def answer(self, path: str) -> dict[str, Any]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return self.metadata
            case "/jwks":
                return {"keys": [self.key.as_dict(private=False)]}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "ann-there",
            "aud": self.client,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": ANN,
            "email_verified": True,
            **self.claims,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(told)}


class _Desk(BaseHTTPRequestHandler):
    server: Crooked

    def do_GET(self) -> None:
        body = json.dumps(self.server.answer(urlsplit(self.path).path)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _lying() -> Iterator[Crooked]:
    with Crooked() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def liar() -> Iterator[Crooked]:
    with _lying() as server:
        yield server


@pytest.fixture
def there(liar: Crooked, town: Town, providers: OidcProviders, practice: str) -> str:
    town.person(practice, email=ANN)
    liar.client = "prentice-there"
    return providers.add(
        practice, liar.issuer, client_id=liar.client, name="There", secret="of the client", loopback=True
    ).id


def _return(oidc: Oidc, liar: Crooked, there: str, **params: str) -> SignedIn:
    url, pending = oidc.begin(there, oidc.callback(there))
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    liar.nonce = liar.nonce or query["nonce"]
    sent = {"code": "a-code", "state": query["state"], **params}
    return oidc.finish(pending, sent, oidc.callback(there))


def test_the_liar_is_believed_where_it_does_not_lie(oidc: Oidc, liar: Crooked, there: str) -> None:
    assert _return(oidc, liar, there).linked


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": ["prentice-there", "another-client"]},  # without azp
        {"aud": ["prentice-there", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"aud": None},
        {"iss": "https://accounts.example"},
        {"iss": None},
        {"exp": int(time.time()) - 100},
        {"exp": None},
        {"exp": int(time.time()) + 40 * 86_400},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\0b"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": None},
        {"email": ["ann@north.example"]},
        {"email": "ann@north.example\0"},
        {"email": EVE},
        {"at_hash": "d3Jvbmc"},
    ],
    ids=str,
)
def test_a_lie_in_the_id_token_signs_nobody_in(
    town: Town, oidc: Oidc, liar: Crooked, there: str, lie: dict[str, Any]
) -> None:
    liar.claims = lie
    with pytest.raises(SignInNeeded):
        _return(oidc, liar, there)
    assert town.sql("select count(*) from oidc_identities") == 0


def test_an_id_token_that_is_not_signed_by_the_providers_key_signs_nobody_in(
    oidc: Oidc, liar: Crooked, there: str
) -> None:
    thief = RSAKey.generate_key(2048, {"kid": "one"})
    pem = liar.key.as_pem(private=False)
    for forged in (
        lambda claims: written({"alg": "none"}, claims, unsigned),
        lambda claims: written({"alg": "none", "kid": "one"}, claims, unsigned),
        lambda claims: liar.signed(claims, thief),
        lambda claims: liar.signed(claims, thief, jwk=thief.as_dict(private=False)),
        lambda claims: liar.signed(claims, kid="another"),
        lambda claims: written({"alg": "HS256", "kid": "one"}, claims, by_hmac(pem)),
        lambda claims: liar.signed(claims, OctKey.import_key("of the client" * 3), alg="HS256"),
        lambda claims: liar.signed(claims)[:-8] + "AAAAAAAA",
        lambda claims: "",
        lambda claims: None,
        lambda claims: claims,
        lambda claims: liar.signed({**claims, "more": "x" * 20_000}),
    ):
        liar.id_token = forged
        with pytest.raises(SignInNeeded):
            _return(oidc, liar, there)


def test_a_token_of_one_provider_is_nothing_at_another(
    town: Town, oidc: Oidc, liar: Crooked, there: str, at: str
) -> None:
    """Mix-up: the browser comes back to one provider's address with what another gave."""
    url, pending = oidc.begin(there, oidc.callback(there))
    state = parse_qs(urlsplit(url).query)["state"][0]
    honest, _ = oidc.begin(at, oidc.callback(at))
    _, params = sign_in_there(honest, "ann")
    liar.asked.clear()
    # The liar sends the browser on to the honest provider, which sends it back to the honest's address.
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, {**params, "state": state}, oidc.callback(at))
    assert liar.asked == []  # so the honest provider's code was not handed to the liar
    # Or to the liar's own address, but the honest one names itself.
    url, pending = oidc.begin(there, oidc.callback(there))
    state = parse_qs(urlsplit(url).query)["state"][0]
    with pytest.raises(SignInNeeded):
        oidc.finish(pending, {**params, "state": state}, oidc.callback(there))
    assert "/token" not in liar.asked


def test_a_provider_that_says_it_names_itself_must(oidc: Oidc, liar: Crooked, there: str) -> None:
    liar.metadata["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(SignInNeeded):
        _return(oidc, liar, there)
    liar.nonce = ""
    assert _return(oidc, liar, there, iss=liar.issuer).linked


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://accounts.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://login.example/"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"jwks_uri": "http://login.example/jwks"},
        {"jwks_uri": 7},
    ],
    ids=str,
)
def test_metadata_that_leads_elsewhere_is_not_followed(
    oidc: Oidc, liar: Crooked, there: str, metadata: dict[str, Any]
) -> None:
    liar.metadata |= metadata
    with pytest.raises(SignInNeeded):
        oidc.begin(there, oidc.callback(there))


def test_a_practice_names_no_provider_on_this_machine(
    providers: OidcProviders, practice: str, liar: Crooked
) -> None:
    for issuer in (liar.issuer, "https://localhost/", "http://login.example"):
        with pytest.raises(BadConfiguration):
            providers.add(practice, issuer, client_id="c", name="n")


def test_a_second_factor_at_the_provider_counts_where_it_says_so(
    oidc: Oidc, liar: Crooked, there: str, town: Town
) -> None:
    liar.claims = {"amr": ["pwd", "mfa"]}
    person = _return(oidc, liar, there)
    assert person.strong
    tokens = Tokens(town.engine, town.keys)
    pair = tokens.issue(person.user_id, person.tenant_id, strong=person.strong)
    assert tokens.verify(pair.access).strong


def test_a_providers_secret_is_sealed(
    town: Town, providers: OidcProviders, practice: str, there: str
) -> None:
    [listed] = providers.list_of(practice)
    assert "of the client" not in repr(listed)
    kept = town.sql("select row_to_json(p)::text from oidc_providers p")
    assert b"of the client".hex() not in kept
    with pytest.raises(BadConfiguration):
        providers.add(practice, listed.issuer, client_id="c", name="n", loopback=True)
