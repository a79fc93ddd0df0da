"""The public keys that others publish (JWKS), at addresses that were written down here.

They are fetched beside the requests that need them, one fetch of an address at a time: a host that answers
slowly or not at all holds up a few of its own people for a second, and nobody else's.
"""

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
RENEWED_S = KEPT_S / 2  # from then on a new one is fetched, while that of before is good
WAIT_S = 1.0  # for a fetch that somebody needs now
WAITING = 4  # who do so at once; the rest are told at once to try again
MOST = 50  # keys of one set
SMALLEST_RSA = 2_048  # bits; NIST SP 800-131A


@dataclass(slots=True)
class _Held:
    keys: tuple[Key, ...] = ()
    read_at: float = float("-inf")
    asked_at: float = float("-inf")
    under_way: threading.Event | None = None


class KeySets:
    """Safe between threads."""

    def __init__(self, outgoing: Outgoing, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._waiting = threading.Semaphore(WAITING)

    def find(self, url: str, kid: str | None, algorithm: str) -> Key:
        """The one key of the set that may have made a signature by this algorithm.

        Raises `InvalidKeyIdError` if there is none (within `WAIT_S`), or several and no `kid` to choose by.
        """
        if algorithm not in ASYMMETRIC:
            raise InvalidKeyIdError("A set of public keys holds none for that")
        with self._lock:
            held = self._held.setdefault(url, _Held())
        if found := self._good(held, kid, algorithm):
            if self._clock() - held.read_at >= RENEWED_S:
                self._fetching(url, held)
            return found
        fetched = self._fetching(url, held)
        if fetched is not None and self._waiting.acquire(blocking=False):
            try:
                fetched.wait(WAIT_S)
            finally:
                self._waiting.release()
        found = self._good(held, kid, algorithm)
        if found is None:
            raise InvalidKeyIdError("No key for it")
        return found

    def _good(self, held: _Held, kid: str | None, algorithm: str) -> Key | None:
        if self._clock() - held.read_at >= KEPT_S:
            return None
        return _chosen(held.keys, kid, algorithm)

    def _fetching(self, url: str, held: _Held) -> threading.Event | None:
        """Set when the fetch that is under way, or begun now, has ended; None if it is too soon for one."""
        with self._lock:
            if held.under_way is None:
                now = self._clock()
                if now - held.asked_at < ASK_AGAIN_S:
                    return None
                held.asked_at, held.under_way = now, threading.Event()
                threading.Thread(
                    target=self._fetch, args=(url, held, held.under_way), name="prentice-keys", daemon=True
                ).start()
            return held.under_way

    def _fetch(self, url: str, held: _Held, ended: threading.Event) -> None:
        try:
            self._refresh(url, held)
        finally:
            with self._lock:
                held.under_way = None
            ended.set()

    def _refresh(self, url: str, held: _Held) -> None:
        now = self._clock()
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
