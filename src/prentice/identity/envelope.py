"""A JWT as it came: opened first, believed only when the key that we chose for it fits.

Three kinds come: our own access tokens, a host's tokens, and a provider's id_token. Each verifier chooses
the key from what it knows itself; nothing in the header ever names a key, an address or an algorithm that
the verifier did not expect (RFC 8725).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from joserfc.errors import (
    BadSignatureError,
    DecodeError,
    ExpiredTokenError,
    JoseError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import Key
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry

from prentice.errors import SignInNeeded

# Signatures that can be checked with a public key. 'EdDSA' is the name of Ed25519 before RFC 9864.
ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)


class Allowed(JWSRegistry):
    """The algorithms that are named, and no other: with an empty list, none."""

    max_header_length = 1_024
    max_payload_length = 16_384

    def __init__(self, algorithms: Collection[str]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        self._names = frozenset(algorithms)

    def get_alg(self, name: str) -> Any:
        # Instead of the library's own, which warns of the name 'EdDSA' that most libraries still write.
        if name not in self._names:
            raise UnsupportedAlgorithmError("Algorithm is not allowed")
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Envelope:
    """`header` and `claims` as they stand in the text. They prove nothing before `prove`."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: CompactSignature

    @property
    def algorithm(self) -> str:
        return text_of(self.header.get("alg"))

    @property
    def kid(self) -> str | None:
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def prove(self, key: Key, algorithms: Collection[str]) -> None:
        """Raises a `JoseError` unless `key` signed it by one of the algorithms."""
        if "crit" in self.header or "b64" in self.header:
            raise DecodeError("Extensions are not understood")
        try:
            fits = validate_compact(self.signed, key, registry=Allowed(algorithms))
        except (ValueError, TypeError):  # of the cryptography beneath: a signature of no possible form
            fits = False
        if not fits:
            raise BadSignatureError()

    def in_time(self, now: float, *, leeway: int, longest: int) -> None:
        """Raises a `JoseError` unless it is valid now, has an end, and lives no longer than `longest`.

        Where `iat` is missing, its life is counted from now.
        """
        JWTClaimsRegistry(now=int(now), leeway=leeway, exp={"essential": True}).validate(dict(self.claims))
        if self.claims["exp"] - self.claims.get("iat", now) > longest:
            raise DecodeError("The token lives too long")


def opened(text: str, *, largest: int) -> Envelope:
    """Raises a `JoseError` for what is no JWT in compact form, or longer than `largest`."""
    if len(text) > largest or not text.isascii():
        raise DecodeError("Not a token of ours by its size or letters")
    try:
        signed = extract_compact(text.encode(), registry=_ANY)
        claims = json.loads(signed.payload, parse_constant=_no_constant)
        header = signed.headers()
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise DecodeError("Cannot be read") from None
    if not isinstance(claims, dict) or not isinstance(header, dict):
        raise DecodeError("Not an object")
    return Envelope(header, claims, signed)


def text_of(value: object) -> str:
    """The text, or '' for what is none: a claim may hold anything."""
    return value if isinstance(value, str) else ""


@contextmanager
def believed(what: str) -> Iterator[None]:
    """Whatever is wrong with a token becomes `SignInNeeded`, and what it was is not told."""
    try:
        yield
    except ExpiredTokenError:  # looked at only once the signature held
        raise SignInNeeded(f"{what} has expired.", "Send a new one.") from None
    except JoseError:
        raise SignInNeeded(f"{what} is not valid.", "Send a valid one, or sign in.") from None


_ANY = Allowed(())


def _no_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
