"""Access and refresh tokens: what is believed, what ends them, and every forgery that is known."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from prentice.embedded import Servers
from prentice.errors import AuditUnavailable, PrenticeError, SignInNeeded, TenantSuspended
from prentice.identity.roles import Role
from prentice.identity.signing import ACCESS_S, KEPT_S, LEEWAY_S, SigningKeys
from prentice.identity.tokens import FAMILY, IDLE, TokenPair, Tokens

from .forge import by_ed25519, by_hmac, coded, parts, signature, unsigned, written
from .reaching import counted
from .town import Town, open_town


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
    return town.practice()


@pytest.fixture
def ann(town: Town, practice: str) -> str:
    return town.person(practice, "manager")


def test_a_token_says_who_and_where_and_never_what_one_may_do(town: Town, practice: str, ann: str) -> None:
    pair = town.tokens.issue(ann, practice, strong=True)
    header, claims = parts(pair.access)
    assert header == {"alg": "EdDSA", "kid": town.keys.current().kid, "typ": "at+jwt"}
    assert claims.keys() == {"iss", "aud", "sub", "sid", "tenant", "iat", "exp", "jti"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("prentice", "prentice-api", ann)
    assert claims["exp"] - claims["iat"] == pair.expires_in == 15 * 60

    caller = town.tokens.verify(pair.access)
    assert (caller.kind, caller.user_id, caller.credential_id) == ("token", ann, claims["sid"])
    assert caller.strong
    assert not caller.operator
    [(slug, part)] = caller.memberships.items()
    assert (slug, part.tenant_id, part.role) == (practice, practice, Role.manager)


def test_a_token_of_an_operator_reaches_one_practice_and_not_the_platform(town: Town, practice: str) -> None:
    both = town.person(practice, "assistant", operator=True)
    assert not town.tokens.verify(town.tokens.issue(both, practice).access).operator


def test_to_verify_costs_one_query(town: Town, practice: str, ann: str) -> None:
    access = town.tokens.issue(ann, practice).access
    town.tokens.verify(access)
    with counted() as seen:
        town.tokens.verify(access)
    assert len(seen) == 1


def test_neither_token_is_kept_or_shown(town: Town, practice: str, ann: str) -> None:
    pair = town.tokens.issue(ann, practice)
    assert pair.access not in repr(pair)
    assert pair.refresh not in repr(pair)
    kept = town.sql("select string_agg(r::text, '') from refresh_tokens r")
    assert pair.refresh not in kept
    assert pair.refresh.encode().hex() not in kept


# -- what changes counts at once -----------------------------------------------------------------------


def test_a_new_role_counts_at_once(town: Town, practice: str, ann: str) -> None:
    access = town.tokens.issue(ann, practice).access
    town.sql("update memberships set role = 'assistant', grants = '[\"patients\"]' where user_id = :u", u=ann)
    part = town.tokens.verify(access).memberships[practice]
    assert (part.role, part.grants) == (Role.assistant, {"patients"})


def test_who_is_no_longer_a_member_is_refused(town: Town, practice: str, ann: str) -> None:
    pair = town.tokens.issue(ann, practice)
    town.sql("delete from memberships where user_id = :u", u=ann)
    with pytest.raises(SignInNeeded):
        town.tokens.verify(pair.access)
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(pair.refresh)
    with pytest.raises(SignInNeeded):
        town.tokens.issue(ann, practice)


def test_a_disabled_user_is_refused(town: Town, practice: str, ann: str) -> None:
    pair = town.tokens.issue(ann, practice)
    town.sql("update users set status = 'disabled' where id = :u", u=ann)
    with pytest.raises(SignInNeeded):
        town.tokens.verify(pair.access)
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(pair.refresh)


def test_a_suspended_practice_is_closed_and_its_tokens_are_good_again_after_it(
    town: Town, practice: str, ann: str
) -> None:
    pair = town.tokens.issue(ann, practice)
    town.sql("update tenants set status = 'suspended' where id = :t", t=practice)
    with pytest.raises(TenantSuspended):
        town.tokens.verify(pair.access)
    with pytest.raises(TenantSuspended):
        town.tokens.refresh(pair.refresh)
    town.sql("update tenants set status = 'active' where id = :t", t=practice)
    town.tokens.verify(town.tokens.refresh(pair.refresh).access)


@pytest.mark.parametrize("role", ["operator", "god", ""])
def test_a_role_that_no_practice_has_is_refused(town: Town, practice: str, ann: str, role: str) -> None:
    access = town.tokens.issue(ann, practice).access
    town.sql("update memberships set role = :r where user_id = :u", r=role, u=ann)
    with pytest.raises(SignInNeeded):
        town.tokens.verify(access)


def test_a_family_that_is_revoked_is_refused_at_once(town: Town, practice: str, ann: str) -> None:
    first, second = town.tokens.issue(ann, practice), town.tokens.issue(ann, practice)
    assert town.tokens.revoke(town.tokens.verify(first.access).credential_id)
    for refused in (lambda: town.tokens.verify(first.access), lambda: town.tokens.refresh(first.refresh)):
        with pytest.raises(SignInNeeded):
            refused()
    town.tokens.verify(second.access)
    assert town.tokens.revoke_all(ann) == 1
    with pytest.raises(SignInNeeded):
        town.tokens.verify(second.access)
    assert not town.tokens.revoke("f_nobody")


def test_a_family_ends_after_its_days_and_a_refresh_token_that_lay_idle_before(
    town: Town, practice: str, ann: str
) -> None:
    pair = town.tokens.issue(ann, practice)
    town.clock.ahead = IDLE.total_seconds() + 1
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(pair.refresh)
    town.clock.ahead = 0
    pair = town.tokens.issue(ann, practice)
    for _ in range(4):
        town.clock.ahead += IDLE.total_seconds() - 60
        pair = town.tokens.refresh(pair.refresh)
    town.clock.ahead = FAMILY.total_seconds() + 1
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(pair.refresh)


# -- refresh -------------------------------------------------------------------------------------------


def test_a_practices_limits_of_sessions_end_a_family_too(new_town: Town) -> None:
    town = new_town
    short = town.practice()
    bob = town.person(short)
    town.sql(
        "update tenants set settings = :s where id = :t",
        s='{"session_absolute_hours": 2, "session_idle_minutes": 30}',
        t=short,
    )
    pair = town.tokens.issue(bob, short)
    for _ in range(2):
        town.clock.ahead += 44 * 60  # 15 minutes of access, and not yet 30 of nothing
        pair = town.tokens.refresh(pair.refresh)
    town.clock.ahead += 31 * 60  # 119 minutes
    pair = town.tokens.refresh(pair.refresh)
    town.tokens.verify(pair.access)
    town.clock.ahead += 2 * 60
    with pytest.raises(SignInNeeded):
        town.tokens.verify(pair.access)
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(pair.refresh)
    idle = town.tokens.issue(bob, short)
    town.clock.ahead += 46 * 60
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(idle.refresh)


def test_a_refresh_that_could_not_be_written_down_may_come_again(town: Town, practice: str, ann: str) -> None:
    pair = town.tokens.issue(ann, practice)

    def unwritten(_: TokenPair) -> None:
        raise AuditUnavailable("", "")

    with pytest.raises(AuditUnavailable):
        town.tokens.refresh(pair.refresh, before=unwritten)
    town.tokens.verify(town.tokens.refresh(pair.refresh).access)


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(
    town: Town, practice: str, ann: str
) -> None:
    first = town.tokens.issue(ann, practice, strong=True)
    second = town.tokens.refresh(first.refresh)
    assert second.refresh != first.refresh
    assert town.tokens.verify(second.access).strong
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(first.refresh)
    for refused in (
        lambda: town.tokens.verify(first.access),
        lambda: town.tokens.verify(second.access),
        lambda: town.tokens.refresh(second.refresh),
    ):
        with pytest.raises(SignInNeeded):
            refused()


def test_of_many_who_bring_one_refresh_token_at_once_one_wins_and_the_family_ends(
    town: Town, practice: str, ann: str
) -> None:
    for _ in range(5):
        pair, together = town.tokens.issue(ann, practice), threading.Barrier(6)

        def bring(refresh: str = pair.refresh, together: threading.Barrier = together) -> Any:
            together.wait()
            try:
                return town.tokens.refresh(refresh)
            except SignInNeeded:
                return None

        with ThreadPoolExecutor(6) as pool:
            won = [one for one in pool.map(lambda _, go=bring: go(), range(6)) if one is not None]
        assert len(won) == 1
        with pytest.raises(SignInNeeded):
            town.tokens.verify(won[0].access)
        with pytest.raises(SignInNeeded):
            town.tokens.refresh(won[0].refresh)


@pytest.mark.parametrize("text", ["", "x", "x" * 100_000, "\0", "\ud800", "' or 1=1 --"])
def test_a_refresh_token_that_is_none_is_refused(town: Town, text: str) -> None:
    with pytest.raises(SignInNeeded):
        town.tokens.refresh(text)
    with pytest.raises(SignInNeeded):
        town.tokens.verify(text)


# -- forgeries -----------------------------------------------------------------------------------------


def _altered(town: Town, practice: str, ann: str) -> dict[str, str]:
    """Every forgery, by what it tries. The signature is right wherever an attacker could have it so."""
    access = town.tokens.issue(ann, practice).access
    header, claims = parts(access)
    own, thief = town.keys.current(), OKPKey.generate_key("Ed25519")
    ours = by_ed25519(own.private)
    public = town.keys.public(own.kid)
    assert public is not None
    raw = public.public_key
    pem = raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    bytes_ = raw.public_bytes(Encoding.Raw, PublicFormat.Raw)
    first, second, third = access.split(".")
    stolen = thief.as_dict(private=False)
    now = claims["iat"]

    def with_claims(**changes: Any) -> str:
        changed = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return written(header, changed, ours)

    return {
        "alg none": written({**header, "alg": "none"}, claims, unsigned),
        "alg None": written({**header, "alg": "None"}, claims, unsigned),
        "alg none, signed": written({**header, "alg": "none"}, claims, ours),
        "no alg": written({"kid": header["kid"], "typ": "at+jwt"}, claims, ours),
        "alg a list": written({**header, "alg": ["EdDSA"]}, claims, ours),
        "HS256 by PEM": written({**header, "alg": "HS256"}, claims, by_hmac(pem)),
        "HS256 by bytes": written({**header, "alg": "HS256"}, claims, by_hmac(bytes_)),
        "HS512 by bytes": written({**header, "alg": "HS512"}, claims, by_hmac(bytes_, "sha512")),
        "HS256 by x": written({**header, "alg": "HS256"}, claims, by_hmac(coded(bytes_).encode())),
        "HS256 by nothing": written({**header, "alg": "HS256"}, claims, by_hmac(b"")),
        "other name of the algorithm": written({**header, "alg": "Ed25519"}, claims, ours),
        "no signature": f"{first}.{second}.",
        "thief's signature": written(header, claims, by_ed25519(thief)),
        "kid a path": written({**header, "kid": "../../dev/null"}, claims, by_hmac(b"")),
        "kid a path, signed": written({**header, "kid": "../../../../dev/null"}, claims, ours),
        "kid SQL": written({**header, "kid": "x' union select '{}'::jsonb --"}, claims, ours),
        "kid NUL": written({**header, "kid": "\0"}, claims, ours),
        "kid a number": written({**header, "kid": 1}, claims, ours),
        "kid null": written({**header, "kid": None}, claims, ours),
        "kid missing": written({"alg": "EdDSA", "typ": "at+jwt"}, claims, ours),
        "jwk": written({**header, "jwk": stolen}, claims, by_ed25519(thief)),
        "jwk, ours signed": written({**header, "jwk": stolen}, claims, ours),
        "jku": written({**header, "jku": "https://evil.example/jwks.json"}, claims, by_ed25519(thief)),
        "jku, ours signed": written({**header, "jku": "https://evil.example/jwks.json"}, claims, ours),
        "x5u": written({**header, "x5u": "https://evil.example/x.pem"}, claims, by_ed25519(thief)),
        "x5c": written({**header, "x5c": ["MIIB"]}, claims, by_ed25519(thief)),
        "crit": written({**header, "crit": ["exp"]}, claims, ours),
        "crit b64": written({**header, "crit": ["b64"], "b64": False}, claims, ours),
        "typ JWT": written({**header, "typ": "JWT"}, claims, ours),
        "typ missing": written({"alg": "EdDSA", "kid": header["kid"]}, claims, ours),
        "typ of an id_token": written({**header, "typ": "id+jwt"}, claims, ours),
        "altered claims": f"{first}.{parts_coded({**claims, 'sub': 'u_other'})}.{third}",
        "aud of another": with_claims(aud="other-api"),
        "aud a list": with_claims(aud=["prentice-api"]),
        "aud missing": with_claims(aud=None),
        "iss of another": with_claims(iss="prentice-2"),
        "iss missing": with_claims(iss=None),
        "expired": with_claims(iat=now - 2 * ACCESS_S, exp=now - LEEWAY_S - 1),
        "exp missing": with_claims(exp=None),
        "exp text": with_claims(exp="9999999999"),
        "exp NaN": with_claims(exp=float("nan")),
        "exp infinite": with_claims(exp=float("inf")),
        "lives for a year": with_claims(exp=now + 365 * 86_400),
        "lives for a year, begun late": with_claims(iat=now + 364 * 86_400, exp=now + 365 * 86_400),
        "not yet valid": with_claims(nbf=now + LEEWAY_S + 30),
        "issued in the future": with_claims(iat=now + LEEWAY_S + 30, exp=now + 300),
        "sub of another": with_claims(sub=town.person(practice)),
        "sub a list": with_claims(sub=[ann]),
        "sid a list": with_claims(sid=[claims["sid"]]),
        "tenant of another": with_claims(tenant=town.practice()),
        "tenant missing": with_claims(tenant=None),
        "jti missing": with_claims(jti=None),
        "claims a list": written(header, [claims], ours),
        "claims deep": f"{first}.{coded(b'[' * 400)}.{third}",
        "header deep": f"{coded(b'[' * 300)}.{second}.{third}",
        "huge claims": written(header, {**claims, "more": "x" * 100_000}, ours),
        "huge header": written({**header, "kid": "k" * 100_000}, claims, ours),
        "four parts": f"{access}.x",
        "five parts (JWE)": f"{access}.x.x",
        "JSON form": '{"payload": "", "signatures": []}',
    }


def parts_coded(claims: dict[str, Any]) -> str:
    return written({}, claims, unsigned).split(".")[1]


def test_no_forged_access_token_is_believed(town: Town, practice: str, ann: str) -> None:
    forged = _altered(town, practice, ann)
    believed = []
    for what, token in forged.items():
        try:
            town.tokens.verify(token)
            believed.append(what)
        except SignInNeeded:
            pass
    assert believed == []
    assert len(forged) >= 50


def test_a_forgery_is_made_as_ours_are_so_that_only_what_it_alters_is_refused(
    town: Town, practice: str, ann: str
) -> None:
    header, claims = parts(town.tokens.issue(ann, practice).access)
    town.tokens.verify(written(header, claims, by_ed25519(town.keys.current().private)))


def test_one_bit_of_the_signature_decides(town: Town, practice: str, ann: str) -> None:
    access = town.tokens.issue(ann, practice).access
    head = access.rpartition(".")[0]
    for bit in range(0, 512, 7):
        turned = bytearray(signature(access))
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignInNeeded):
            town.tokens.verify(f"{head}.{coded(bytes(turned))}")


def test_a_token_of_another_installation_is_refused(
    town: Town, practice: str, ann: str, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_town(servers, tmp_path_factory.mktemp("other")) as other:
        there = other.practice()
        foreign = other.tokens.issue(other.person(there), there).access
        other.tokens.verify(foreign)
        with pytest.raises(SignInNeeded):
            town.tokens.verify(foreign)
        # Its own key under a name of ours:
        header, claims = parts(town.tokens.issue(ann, practice).access)
        with pytest.raises(SignInNeeded):
            town.tokens.verify(written(header, claims, by_ed25519(other.keys.current().private)))


def test_installations_of_one_database_with_two_names_do_not_take_each_others(
    town: Town, practice: str, ann: str
) -> None:
    named = Tokens(town.engine, town.keys, issuer="prentice-staging")
    with pytest.raises(SignInNeeded):
        town.tokens.verify(named.issue(ann, practice).access)


def test_a_token_is_refused_from_its_last_second_on(town: Town, practice: str, ann: str) -> None:
    access = town.tokens.issue(ann, practice).access
    town.clock.ahead = ACCESS_S + LEEWAY_S - 2
    town.tokens.verify(access)
    town.clock.ahead = ACCESS_S + LEEWAY_S + 1
    with pytest.raises(SignInNeeded, match="expired"):
        town.tokens.verify(access)
    assert LEEWAY_S <= 30


def test_what_is_told_of_a_forgery_does_not_say_what_was_wrong(town: Town, practice: str, ann: str) -> None:
    said = set()
    for what, token in _altered(town, practice, ann).items():
        with pytest.raises(SignInNeeded) as refused:
            town.tokens.verify(token)
        if what != "expired":
            said.add(str(refused.value))
        assert token not in str(refused.value)
    assert len(said) == 2  # not valid, or (signed by us, which no attacker can) no such sign-in


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=300), st.text(alphabet="ey.J_-{}[]\"'0", max_size=300)))
def test_whatever_comes_is_refused_and_never_an_error(town: Town, text: str) -> None:
    for verify in (
        town.tokens.verify,
        town.host_tokens.verify,
        lambda t: town.api_keys.verify(t, "127.0.0.1"),
    ):
        with pytest.raises(SignInNeeded):
            verify(text)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jku", "jwk", "b64", "x5c"]), _json),
    claims=st.dictionaries(
        st.sampled_from(["iss", "aud", "sub", "sid", "exp", "iat", "nbf", "companyId", "role", "tenant"]),
        _json,
    ),
)
def test_whatever_header_and_claims_come_are_refused_and_never_an_error(
    town: Town, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    token = written(header, claims, by_ed25519(town.keys.current().private))
    for verify in (town.tokens.verify, town.host_tokens.verify):
        with pytest.raises(PrenticeError) as refused:
            verify(token)
        assert isinstance(refused.value, SignInNeeded)


# -- the keys that sign --------------------------------------------------------------------------------


@pytest.fixture
def new_town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(servers, tmp_path_factory.mktemp("town")) as town:
        yield town


def test_the_private_part_is_sealed_and_never_published(new_town: Town) -> None:
    [published] = new_town.keys.jwks()["keys"]
    assert published.keys() == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (published["kty"], published["crv"], published["alg"]) == ("OKP", "Ed25519", "EdDSA")
    private = new_town.keys.current().private.as_dict(private=True)["d"]
    kept = new_town.sql("select row_to_json(k)::text from signing_keys k")
    assert isinstance(private, str)
    assert private not in kept
    assert "d" not in new_town.sql("select public from signing_keys")


def test_a_retired_key_verifies_until_its_last_token_has_expired_and_is_then_dropped(new_town: Town) -> None:
    town, practice = new_town, new_town.practice()
    old = town.tokens.issue(town.person(practice), practice).access
    kid = town.keys.current().kid
    new = town.keys.rotate()
    assert town.keys.current().kid == new != kid
    assert [key["kid"] for key in town.keys.jwks()["keys"]] == [new, kid]
    town.tokens.verify(old)
    town.clock.ahead = ACCESS_S - 5
    town.tokens.verify(old)
    town.clock.ahead = KEPT_S + 1
    assert town.keys.public(kid) is None
    assert [key["kid"] for key in town.keys.jwks()["keys"]] == [new]
    town.keys.rotate()
    assert town.sql("select count(*) from signing_keys where kid = :k", k=kid) == 0


def test_another_process_takes_a_token_of_a_new_key_at_once_and_signs_with_it_soon(new_town: Town) -> None:
    town, practice = new_town, new_town.practice()
    user = town.person(practice)
    elsewhere = SigningKeys(town.engine, town.sealer, clock=town.clock)
    there = Tokens(town.engine, elsewhere, clock=town.clock)
    old = elsewhere.current().kid
    new = town.keys.rotate()
    there.verify(town.tokens.issue(user, practice).access)
    town.tokens.verify(there.issue(user, practice).access)
    elsewhere = SigningKeys(town.engine, town.sealer, clock=town.clock)
    assert {new, old} == {key["kid"] for key in elsewhere.jwks()["keys"]}
    town.clock.ahead = 61
    assert there.verify(town.tokens.issue(user, practice).access)
    assert parts(there.issue(user, practice).access)[0]["kid"] == new


def test_unknown_key_ids_do_not_make_a_query_each(new_town: Town) -> None:
    new_town.keys.current()
    with counted() as seen:
        for number in range(50):
            assert new_town.keys.public(f"k_{number}") is None
    assert len(seen) == 1


def test_a_key_that_somebody_saw_is_worth_nothing_at_once(new_town: Town) -> None:
    town, practice = new_town, new_town.practice()
    old = town.tokens.issue(town.person(practice), practice).access
    town.keys.rotate(drop_old=True)
    with pytest.raises(SignInNeeded):
        town.tokens.verify(old)
    assert len(town.keys.jwks()["keys"]) == 1


def test_processes_that_start_at_once_make_one_key(new_town: Town) -> None:
    stores = [SigningKeys(new_town.engine, new_town.sealer) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        kids = set(pool.map(lambda keys: keys.current().kid, stores))
    assert len(kids) == 1
    assert new_town.sql("select count(*) from signing_keys") == 1
