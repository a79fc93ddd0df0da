"""The public keys that others publish (JWKS), at addresses that were written down here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, OctKey

from prentice.identity.envelope import ASYMMETRIC, Allowed, text_of
from prentice.identity.outgoing import Outgoing, Unreached

KEPT_S = 600  # after which a key that the other side has withdrawn counts for nothing
ASK_AGAIN_S = 10  # an unknown kid, or a failure, makes an address be asked again, no more often than this
MOST = 50  # keys of one set
SMALLEST_RSA = 2_048  # bits; NIST SP 800-131A


@dataclass(slots=True)
class _Held:
    lock: threading.Lock
    keys: tuple[Key, ...] = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")


class KeySets:
    """Safe between threads; one fetch of an address at a time."""

    def __init__(self, outgoing: Outgoing, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def find(self, url: str, kid: str | None, algorithm: str) -> Key:
        """The one key of the set that may have made a signature by this algorithm.

        Raises `InvalidKeyIdError` if there is none, or several and no `kid` to choose by.
        """
        if algorithm not in ASYMMETRIC:
            raise InvalidKeyIdError("A set of public keys holds none for that")
        with self._lock:
            held = self._held.setdefault(url, _Held(threading.Lock()))
        if self._clock() - held.read_at < KEPT_S and (found := _chosen(held.keys, kid, algorithm)):
            return found
        with held.lock:
            self._refresh(url, held)
            fresh = self._clock() - held.read_at < KEPT_S
            found = _chosen(held.keys, kid, algorithm) if fresh else None
        if found is None:
            raise InvalidKeyIdError("No key for it")
        return found

    def _refresh(self, url: str, held: _Held) -> None:
        now = self._clock()
        if now - held.asked_at < ASK_AGAIN_S:
            return
        held.asked_at = now
        try:
            listed = self._outgoing.get(url).get("keys")
        except Unreached:
            return  # what is held stays good until it is too old
        plain = listed[:MOST] if isinstance(listed, list) else []
        held.keys = tuple(key for one in plain if (key := _usable(one)))
        held.read_at = now


def _usable(plain: Any) -> Key | None:
    """The public key, or None: a secret among public keys, a weak one, or none that is known."""
    if not isinstance(plain, dict) or plain.get("use", "sig") != "sig":
        return None
    if plain.get("kty") == "RSA" and len(text_of(plain.get("n"))) < SMALLEST_RSA // 6:
        return None  # before the library warns of it: base64 has 6 bits a letter
    try:
        key = JWKRegistry.import_key(plain)
        public = key.public_key
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if isinstance(key, OctKey):
        return None
    return None if isinstance(public, RSAPublicKey) and public.key_size < SMALLEST_RSA else key


def _chosen(keys: tuple[Key, ...], kid: str | None, algorithm: str) -> Key | None:
    fitting = [key for key in keys if (kid is None or key.kid == kid) and _fits(key, algorithm)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(key: Key, algorithm: str) -> bool:
    try:
        Allowed((algorithm,)).get_alg(algorithm).check_key(key)
    except JoseError:
        return False
    return True
