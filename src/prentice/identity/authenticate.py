"""Who sends a request: from its headers to a `Caller`, to nobody, or to a refusal.

Read `caller` from top to bottom. Exactly one credential may come, what it looks like decides who verifies
it, and what that verifier refuses is refused: no other is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from joserfc.errors import JoseError

from prentice.errors import SignInNeeded
from prentice.identity.api_keys import ApiKeys, looks_like_key
from prentice.identity.caller import Caller
from prentice.identity.envelope import opened, text_of
from prentice.identity.host_tokens import LARGEST, HostTokens
from prentice.identity.tokens import Tokens

COOKIE = "__Host-prentice"
_SEND = "Send one of: Authorization: Bearer, X-Api-Key, or the session's cookie."


class Headers(Protocol):
    """Starlette's, as far as needed: every value of a header, by its name in any case."""

    def getlist(self, key: str) -> list[str]: ...


class FindsSessions(Protocol):
    """`identity.sessions.Sessions`, as far as needed: None for a session that nobody knows. Raises
    `SessionOver` for one that was here."""

    def find(self, token: str) -> Caller | None: ...


class Authenticator:
    """`cookie` is the name of the session's cookie."""

    def __init__(
        self,
        *,
        sessions: FindsSessions,
        tokens: Tokens,
        host_tokens: HostTokens,
        api_keys: ApiKeys,
        cookie: str = COOKIE,
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._host_tokens = host_tokens
        self._api_keys = api_keys
        self._cookie = cookie

    def caller(self, headers: Headers, address: str) -> Caller | None:
        """Who sends it, from `address`. None for nobody: no credential, or a session that nobody knows.

        Raises `SignInNeeded` for a credential that is not good, for several, and for what none is (of a
        session that is over it is a `SessionOver`); `AddressRefused`, `TenantSuspended`. Where the credential
        was proved, the error says whose it is.
        """
        bearer = _only("Authorization", map(_bearer, headers.getlist("authorization")))
        key = _only("X-Api-Key", headers.getlist("x-api-key"))
        session = _only("Cookie", _cookies(headers.getlist("cookie"), self._cookie))
        sent = {text for text in (bearer, key, session) if text is not None}
        if len(sent) > 1:
            raise SignInNeeded("The request holds several credentials.", _SEND)

        if key is not None:
            return self._api_keys.verify(key, address)
        if bearer is not None and looks_like_key(bearer):
            return self._api_keys.verify(bearer, address)
        if bearer is not None and _issuer(bearer) == self._tokens.issuer:
            return replace(self._tokens.verify(bearer), address=address)
        if bearer is not None:  # so an HS256 token reaches no other verifier than this
            return replace(self._host_tokens.verify(bearer), address=address)
        if session:
            found = self._sessions.find(session)
            return None if found is None else replace(found, address=address)
        return None


def _only(header: str, texts: Iterable[str]) -> str | None:
    found = set(texts)
    if len(found) > 1:
        raise SignInNeeded(f"The request holds several values of {header}.", _SEND)
    return found.pop() if found else None


def _bearer(value: str) -> str:
    scheme, _, text = value.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise SignInNeeded("Authorization takes a Bearer token alone.", _SEND)
    return text.strip()


def _cookies(values: Iterable[str], name: str) -> Iterable[str]:
    """Every value that the session's cookie has: a second one was put there by somebody else."""
    for part in (part for value in values for part in value.split(";")):
        given, _, text = part.strip().partition("=")
        if given == name:
            yield text.strip('"')


def _issuer(token: str) -> str:
    """What a token says of who issued it: enough to choose its verifier, which believes none of it."""
    try:
        return text_of(opened(token, largest=LARGEST).claims.get("iss"))
    except JoseError:
        raise SignInNeeded("The token is not valid.", "Send a valid one, or sign in.") from None
