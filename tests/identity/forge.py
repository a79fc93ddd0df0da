"""Tokens as attackers write them: any header, any claims, any signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.jwk import OKPKey


def coded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(_bytes(header)), json.loads(_bytes(claims))


def signature(token: str) -> bytes:
    return _bytes(token.split(".")[2])


def written(header: Mapping[str, Any], claims: Any, sign: Callable[[bytes], bytes]) -> str:
    """A token of these parts, signed by `sign`."""
    body = f"{coded(json.dumps(header).encode())}.{coded(json.dumps(claims).encode())}"
    return f"{body}.{coded(sign(body.encode()))}"


def by_ed25519(key: OKPKey) -> Callable[[bytes], bytes]:
    private = key.private_key
    assert private is not None
    return lambda body: private.sign(body)  # type: ignore[union-attr]


def by_hmac(secret: bytes, name: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda body: hmac.new(secret, body, getattr(hashlib, name)).digest()


def unsigned(_: bytes) -> bytes:
    return b""


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
