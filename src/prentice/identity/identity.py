"""Everything about who asks, for one process: the stores and the ways in, opened together."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from redis import Redis

from prentice.identity.addresses import networks
from prentice.identity.api_keys import ApiKeys
from prentice.identity.authenticate import Authenticator
from prentice.identity.caller import Caller
from prentice.identity.host_issuers import HostIssuers
from prentice.identity.host_tokens import HostTokens
from prentice.identity.key_sets import KeySets
from prentice.identity.oidc import Oidc
from prentice.identity.oidc_providers import OidcProviders
from prentice.identity.outgoing import Outgoing
from prentice.identity.passkeys import Passkeys
from prentice.identity.recovery import RecoveryCodes
from prentice.identity.sessions import Sessions, cookie_name
from prentice.identity.sign_in import SignIn
from prentice.identity.signing import SigningKeys
from prentice.identity.tokens import Tokens
from prentice.identity.totp import Totp
from prentice.identity.users import Users
from prentice.limits.login import LoginLimits
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.settings import Settings
from prentice.tenancy.platform import platform_engine

BACK = "/sign-in/back/{provider}"  # where providers send the browser


class Identity:
    """Safe between threads; one for a process. `secure`: browsers come by TLS alone."""

    def __init__(self, platform_url: str, keyring: Keyring, redis: Redis, settings: Settings) -> None:
        self.engine = platform_engine(platform_url)
        sealer = Sealer(keyring)
        self.users = Users(self.engine)
        self.sessions = Sessions(
            self.engine, settings.session_idle_minutes * 60, settings.session_absolute_hours * 3_600
        )
        self.totp = Totp(self.engine, sealer)
        self.recovery = RecoveryCodes(self.engine)
        self.passkeys = Passkeys(self.engine)
        self.login_limits = LoginLimits(redis)
        self.sign_in = SignIn(
            self.engine, self.users, self.totp, self.recovery, self.passkeys, _ByHash(self.login_limits)
        )
        self.signing = SigningKeys(self.engine, sealer)
        self.tokens = Tokens(self.engine, self.signing, issuer=settings.issuer)
        self.api_keys = ApiKeys(self.engine)
        self._outgoing = Outgoing(networks(settings.outgoing_networks), production=settings.production)
        self._key_sets = KeySets(self._outgoing)
        self.host_issuers = HostIssuers(self.engine, sealer, own_issuer=settings.issuer)
        self.host_tokens = HostTokens(self.host_issuers, self._key_sets)
        self.providers = OidcProviders(self.engine, sealer)
        self.oidc = lru_cache(maxsize=8)(self._oidc)

    def close(self) -> None:
        self._outgoing.close()
        self.login_limits.close()
        self.engine.dispose()

    def authenticator(self, *, secure: bool) -> Authenticator:
        """Who sends a request. `secure` decides the name of the session's cookie."""
        return Authenticator(
            sessions=_AsCallers(self.sessions),
            tokens=self.tokens,
            host_tokens=self.host_tokens,
            api_keys=self.api_keys,
            cookie=cookie_name(secure),
        )

    def _oidc(self, origin: str) -> Oidc:
        """Sign-in at providers, for browsers that come to `origin`."""
        return Oidc(self.engine, self.providers, self._outgoing, self._key_sets, callback=origin + BACK)


class _AsCallers:
    """Sessions as whoever reads a request needs them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def find(self, token: str) -> Caller | None:
        found = self._sessions.held(token)
        return None if found is None else found.as_caller()


class _ByHash:
    """The limits of signing in, told no address of a person."""

    def __init__(self, limits: LoginLimits) -> None:
        self._limits = limits

    def before(self, email: str, address: str, known: bool) -> None:
        self._limits.before(_hashed(email), address, known)

    def failed(self, email: str, address: str, known: bool) -> None:
        self._limits.failed(_hashed(email), address, known)

    def succeeded(self, email: str, address: str, known: bool) -> None:
        self._limits.succeeded(_hashed(email), address, known)


def _hashed(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()
