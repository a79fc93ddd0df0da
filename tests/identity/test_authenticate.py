"""From a request's headers to a caller: one credential, one verifier, and no second try elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.datastructures import Headers

from prentice.embedded import Servers
from prentice.errors import AddressRefused, SignInNeeded
from prentice.identity.authenticate import COOKIE, Authenticator
from prentice.identity.caller import Caller
from prentice.identity.roles import Permission

from .forge import by_ed25519, by_hmac, parts, written
from .town import Town, open_town

HERE = "203.0.113.7"
SECRET = "a shared secret of more than 32 bytes"


class Drawer:
    """Sessions, as the authenticator asks for them: those of another capability are not its business."""

    def __init__(self) -> None:
        self.held: dict[str, Caller] = {}

    def find(self, token: str) -> Caller | None:
        return self.held.get(token)


@pytest.fixture(scope="module")
def town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(servers, tmp_path_factory.mktemp("town")) as town:
        yield town


class Desk:
    """One practice, one person, one of each credential."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.practice = town.practice()
        self.ann = town.person(self.practice, "manager")
        self.access = town.tokens.issue(self.ann, self.practice).access
        self.key = town.api_keys.make(self.ann, self.practice, name="till", scopes=[Permission.ask]).text
        town.host_issuers.add(
            self.practice, f"https://{self.practice}.example", roles={"*": "assistant"}, secret=SECRET
        )
        self.host = self.hosts()
        self.drawer = Drawer()
        self.drawer.held["a-session"] = Caller("session", self.ann, "s_1", {})
        self.door = Authenticator(
            sessions=self.drawer, tokens=town.tokens, host_tokens=town.host_tokens, api_keys=town.api_keys
        )

    def hosts(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": f"https://{self.practice}.example", "companyId": f"company-{self.practice}",
                  "userId": 1, "iat": now, "exp": now + 60, **changes}  # fmt: skip
        return written({"alg": "HS256"}, claims, by_hmac(SECRET.encode()))

    def come(self, *headers: tuple[str, str], address: str = HERE) -> Caller | None:
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        return self.door.caller(Headers(raw=raw), address)


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


def _bearer(text: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {text}")


def test_each_credential_is_known_by_its_look(desk: Desk) -> None:
    for headers, kind in (
        ([_bearer(desk.access)], "token"),
        ([("authorization", f"bearer  {desk.access} ")], "token"),
        ([_bearer(desk.key)], "key"),
        ([("X-Api-Key", desk.key)], "key"),
        ([_bearer(desk.host)], "host"),
        ([("Cookie", f"theme=dark; {COOKIE}=a-session; x=y")], "session"),
    ):
        caller = desk.come(*headers)
        assert caller is not None
        assert (caller.kind, caller.address) == (kind, HERE)


def test_who_sends_nothing_is_nobody_and_so_is_a_session_that_is_over(desk: Desk) -> None:
    assert desk.come() is None
    assert desk.come(("Cookie", "theme=dark")) is None
    assert desk.come(("Cookie", f"{COOKIE}=")) is None
    assert desk.come(("Cookie", f"{COOKIE}=over")) is None


def test_two_credentials_are_refused_whatever_they_are(desk: Desk) -> None:
    session = ("Cookie", f"{COOKIE}=a-session")
    for headers in (
        [_bearer(desk.access), session],
        [_bearer(desk.access), ("X-Api-Key", desk.key)],
        [("X-Api-Key", desk.key), session],
        [_bearer(desk.access), _bearer(desk.host)],
        [("X-Api-Key", desk.key), ("X-Api-Key", "another")],
        [("Cookie", f"{COOKIE}=a-session; {COOKIE}=another")],
        [session, ("Cookie", f"{COOKIE}=another")],
        [_bearer(desk.access), ("Cookie", f"{COOKIE}=over")],
    ):
        with pytest.raises(SignInNeeded, match="several"):
            desk.come(*headers)


def test_one_credential_that_comes_twice_is_one(desk: Desk) -> None:
    caller = desk.come(_bearer(desk.key), ("X-Api-Key", desk.key))
    assert caller is not None
    assert caller.kind == "key"


@pytest.mark.parametrize(
    "value",
    ["Basic YTpi", "Bearer", "Bearer ", "", "Token x", "Bearer a b", "Bearer x.y", "Bearer null", "pk_x"],
)
def test_what_is_no_bearer_token_is_refused(desk: Desk, value: str) -> None:
    with pytest.raises(SignInNeeded):
        desk.come(("Authorization", value))


def test_what_one_verifier_refuses_no_other_is_asked(desk: Desk) -> None:
    header, claims = parts(desk.access)
    public = desk.town.keys.public(header["kid"])
    assert public is not None
    refused = {
        # Ours by its issuer, signed as a host would: goes to our own verifier alone.
        "HS256 of ours": written({**header, "alg": "HS256"}, claims, by_hmac(SECRET.encode())),
        "a host's by another name": desk.hosts(iss="prentice"),
        # A host's by its issuer, signed by our own key: goes to the host's verifier alone.
        "ours as a host's": written(
            header,
            {**claims, "iss": f"https://{desk.practice}.example", "companyId": f"company-{desk.practice}"},
            by_ed25519(desk.town.keys.current().private),
        ),
        "a host's that is not known": desk.hosts(iss="https://unknown.example"),
        "a session as a token": "a-session",
        "a key that is not whole": desk.key[:-1],
    }  # fmt: skip
    for token in refused.values():
        with pytest.raises(SignInNeeded):
            desk.come(_bearer(token))
    with pytest.raises(SignInNeeded):
        desk.come(("X-Api-Key", desk.access))
    assert desk.come(("Cookie", f"{COOKIE}={desk.access}")) is None
    assert desk.come(("Cookie", f"{COOKIE}={desk.key}")) is None


def test_the_address_of_the_request_decides_for_a_key(desk: Desk) -> None:
    text = desk.town.api_keys.make(
        desk.ann, desk.practice, name="till", scopes=[Permission.ask], addresses=["203.0.113.0/24"]
    ).text
    assert desk.come(("X-Api-Key", text)) is not None
    with pytest.raises(AddressRefused):
        desk.come(("X-Api-Key", text), ("X-Forwarded-For", HERE), address="198.51.100.1")


def test_no_refusal_quotes_what_was_sent(desk: Desk) -> None:
    for text in (desk.key[:-1], desk.access[:-4] + "AAAA", desk.hosts(iss="https://unknown.example")):
        with pytest.raises(SignInNeeded) as refused:
            desk.come(_bearer(text))
        assert text[:20] not in str(refused.value)
