"""Sign-in at a provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

`begin` sends the browser away with an address and keeps nothing but a hash; the browser holds the pending
token, from which state, nonce and verifier are derived. So what comes back is worth something in the same
browser alone, once, within ten minutes.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import InvalidClaimError
from sqlalchemy import Engine, delete, insert

from prentice.errors import BadConfiguration, SignInNeeded
from prentice.identity.database import writing
from prentice.identity.envelope import ASYMMETRIC, believed, opened, text_of
from prentice.identity.key_sets import KeySets
from prentice.identity.oidc_people import Asserted, SignedIn, signed_in
from prentice.identity.oidc_providers import OidcProviders, Provider
from prentice.identity.opaque import digest, new_secret
from prentice.identity.outgoing import Outgoing, Unreached, checked_address, is_loopback
from prentice.identity.pending import sweep
from prentice.identity.signing import LEEWAY_S
from prentice.identity.tables import pending

PENDING = timedelta(minutes=10)
PURPOSE = "oidc"
LARGEST = 16_384  # characters of an id_token
LONGEST_S = 24 * 3_600
METADATA_S = 600
_SCOPE = "openid email profile"


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What a provider says of itself at `/.well-known/openid-configuration`."""

    authorization: str
    token: str
    jwks: str
    names_itself: bool  # RFC 9207: `iss` comes back with the code
    posts_secret: bool  # takes a client's secret in the form alone


class Oidc:
    """Safe between threads.

    `callback` is our own address to which providers send the browser back, with `{provider}` in its path:
    one for each provider, so that a code of one is never taken to another (RFC 9700, 4.4).
    """

    def __init__(
        self,
        engine: Engine,
        providers: OidcProviders,
        outgoing: Outgoing,
        key_sets: KeySets,
        *,
        callback: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if "{provider}" not in callback:
            raise BadConfiguration("The address for providers names none.", "Put {provider} into its path.")
        self._engine = engine
        self._providers = providers
        self._outgoing = outgoing
        self._key_sets = key_sets
        self._callback = callback
        self._clock = clock
        self._metadata: dict[str, tuple[float, _Metadata]] = {}

    def callback(self, provider_id: str) -> str:
        """Where this provider is to send the browser back: what is registered there."""
        return self._callback.format(provider=provider_id)

    def begin(self, provider_id: str, redirect_uri: str) -> tuple[str, str]:
        """The provider's address for the browser, and the pending token for a cookie of it.

        The cookie: HttpOnly, Secure, SameSite=Lax. Raises `SignInNeeded` where the provider is unknown or
        does not answer, and for a `redirect_uri` that is not `callback(provider_id)`.
        """
        provider, _ = self._providers.get(provider_id)
        if redirect_uri != self.callback(provider.id):
            raise _over()
        metadata = self._discovered(provider.issuer)
        token, now = new_secret(), self._now()
        with writing(self._engine) as connection:
            sweep(connection, now)
            connection.execute(
                insert(pending).values(
                    token_hash=digest(token),
                    purpose=PURPOSE,
                    facts={"provider": provider.id, "redirect_uri": redirect_uri},
                    expires_at=now + PENDING,
                )
            )
        url: str = prepare_grant_uri(
            metadata.authorization,
            provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=_SCOPE,
            state=_derived(token, "state"),
            nonce=_derived(token, "nonce"),
            code_challenge=create_s256_code_challenge(_derived(token, "verifier")),
            code_challenge_method="S256",
        )
        return url, token

    def finish(
        self, pending_token: str, params: Mapping[str, str], came_to: str, *, shown: str | None = None
    ) -> SignedIn:
        """Who came back from the provider. `params` are of the address's query, `came_to` it without them;
        `shown` as in `oidc_people.signed_in`.

        The pending token is used up, whatever comes of it. Raises `SignInNeeded` for everything that does
        not fit and for a person whom the practice does not know, `TenantSuspended`.
        """
        facts = self._taken(pending_token)
        provider, secret = self._providers.get(facts["provider"])
        if not _same(came_to, facts["redirect_uri"]):
            raise _over()
        if not _same(params.get("state", ""), _derived(pending_token, "state")):
            raise _over()
        metadata = self._discovered(provider.issuer)
        named = params.get("iss")
        if (named is None and metadata.names_itself) or (named is not None and named != provider.issuer):
            raise _over()
        if "error" in params or not params.get("code"):
            raise SignInNeeded("The provider did not sign you in.", "Try again, or sign in another way.")
        verifier = _derived(pending_token, "verifier")
        answer = self._exchanged(provider, secret, metadata, params["code"], facts["redirect_uri"], verifier)
        with believed("What the provider sent"):
            claims = self._proved(provider, metadata, answer, _derived(pending_token, "nonce"))
        asserted = Asserted(
            issuer=provider.issuer,
            subject=claims["sub"],
            email=text_of(claims.get("email")) if claims.get("email_verified") is True else "",
            name=text_of(claims.get("name")),
        )
        person = signed_in(self._engine, provider, asserted, self._now(), shown=shown)
        methods = claims.get("amr")
        return replace(person, strong=isinstance(methods, list) and "mfa" in methods)

    def _taken(self, pending_token: str) -> Mapping[str, str]:
        taking = (
            delete(pending)
            .where(
                pending.c.token_hash == digest(pending_token),
                pending.c.purpose == PURPOSE,
                pending.c.expires_at > self._now(),
            )
            .returning(pending.c.facts)
        )
        with writing(self._engine) as connection:
            facts: Mapping[str, str] | None = connection.execute(taking).scalar()
        if facts is None:
            raise _over()
        return facts

    def _exchanged(
        self,
        provider: Provider,
        secret: str | None,
        metadata: _Metadata,
        code: str,
        redirect_uri: str,
        verifier: str,
    ) -> Mapping[str, Any]:
        """What the token endpoint gives for the code. Raises `SignInNeeded`."""
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier
        )
        method = "none" if secret is None else "client_secret_post" if metadata.posts_secret else None
        client = ClientAuth(provider.client_id, secret, method)
        url, headers, body = client.prepare("POST", metadata.token, {}, body)
        try:
            return self._outgoing.post(url, body, headers)
        except Unreached:
            raise SignInNeeded("The provider did not sign you in.", "Begin again.") from None

    def _proved(
        self, provider: Provider, metadata: _Metadata, answer: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """The id_token's claims, if it is for us and of this sign-in. Raises a `JoseError`."""
        envelope = opened(text_of(answer.get("id_token")), largest=LARGEST)
        envelope.prove(self._key_sets.find(metadata.jwks, envelope.kid, envelope.algorithm), ASYMMETRIC)
        claims = CodeIDToken(
            dict(envelope.claims),
            dict(envelope.header),
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            {
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": text_of(answer.get("access_token")),
            },
        )
        claims.validate(now=int(self._clock()), leeway=LEEWAY_S)
        envelope.in_time(self._clock(), leeway=LEEWAY_S, longest=LONGEST_S)
        subject = text_of(claims.get("sub"))
        if not 1 <= len(subject) <= 255 or not subject.isprintable():  # OpenID Connect Core 1.0, 2
            raise InvalidClaimError("sub")
        return dict(claims)

    def _discovered(self, issuer: str) -> _Metadata:
        held = self._metadata.get(issuer)
        if held and self._clock() - held[0] < METADATA_S:
            return held[1]
        try:
            found = self._outgoing.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
            metadata = _metadata(found, issuer)
        except (Unreached, BadConfiguration):
            raise SignInNeeded(
                "The provider does not answer as it should.", "Try again, or sign in another way."
            ) from None
        self._metadata[issuer] = (self._clock(), metadata)
        return metadata

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _metadata(found: Mapping[str, Any], issuer: str) -> _Metadata:
    """Raises `BadConfiguration`: another's metadata, or endpoints where a provider has none."""
    if found.get("issuer") != issuer:
        raise BadConfiguration("Another's metadata.", "")
    here = is_loopback(issuer)
    authorization, token, jwks = (
        checked_address(text_of(found.get(name)), loopback=here)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    methods = found.get("token_endpoint_auth_methods_supported")
    return _Metadata(
        authorization,
        token,
        jwks,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        posts_secret=isinstance(methods, list)
        and "client_secret_post" in methods
        and "client_secret_basic" not in methods,
    )


def _derived(pending_token: str, use: str) -> str:
    """43 characters that nobody can tell without the pending token, and that differ for each use."""
    key = pending_token.encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, use.encode(), "sha256")).rstrip(b"=").decode()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _over() -> SignInNeeded:
    return SignInNeeded("This sign-in was begun elsewhere, used already or is too old.", "Begin again.")
