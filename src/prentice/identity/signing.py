"""The keys that sign our access tokens: one signs, those retired lately still verify."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import OKPKey
from sqlalchemy import Connection, Engine, delete, insert, or_, select, text, update

from prentice.identity.database import reading, writing
from prentice.identity.opaque import Seals, new_id
from prentice.identity.tables import signing_keys

ACCESS_S = 15 * 60  # no token that is signed here lives longer
LEEWAY_S = 10  # by which the clocks of two servers may differ
CACHE_S = 60  # a rotation by another process is seen this much later
ASK_AGAIN_S = 2  # an unknown kid makes the keys be read again, no more often than this
# What another process signed with a retired key before it saw the rotation is good to its end.
KEPT_S = ACCESS_S + CACHE_S + 2 * LEEWAY_S
_OWNER, _PURPOSE = "platform", "signing"
_ALONE = text("select pg_advisory_xact_lock(7023003)")  # any number of ours


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    private: OKPKey


@dataclass(frozen=True, slots=True)
class _Known:
    """What the table said at `read_at`. `until` is when a retired key verifies no more."""

    read_at: float
    public: Mapping[str, tuple[OKPKey, float | None]]
    current: str | None


class SigningKeys:
    """Ed25519 keys in `signing_keys`, the private part sealed. Safe between threads and processes.

    Every method raises `SourceUnavailable` where the platform database is needed and does not answer.
    """

    def __init__(self, engine: Engine, sealer: Seals, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        self._lock = threading.Lock()
        self._known = _Known(float("-inf"), {}, None)
        self._asked_at = float("-inf")
        self._private: SigningKey | None = None

    def current(self) -> SigningKey:
        """The key that signs; the first is made when it is first needed."""
        known = self._fresh()
        kid = known.current or self._first()
        held = self._private
        if held is None or held.kid != kid:
            held = self._private = SigningKey(kid, self._opened(kid))
        return held

    def public(self, kid: str) -> OKPKey | None:
        """The key of that id if it verifies now. An id that is unknown is looked up, but not each time."""
        known = self._fresh()
        if kid not in known.public and self._may_ask():
            known = self._read()
        key, until = known.public.get(kid, (None, None))
        return None if until is not None and until <= self._clock() else key

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys for /.well-known/jwks.json, the current one first."""
        self.current()
        known, now = self._fresh(), self._clock()
        verifying = {kid: key for kid, (key, until) in known.public.items() if until is None or until > now}
        return {
            "keys": [
                {**verifying[kid].as_dict(private=False), "kid": kid, "alg": "EdDSA", "use": "sig"}
                for kid in sorted(verifying, key=lambda kid: kid != known.current)
            ]
        }

    def rotate(self, *, drop_old: bool = False) -> str:
        """A new key signs from now on. Returns its id.

        The old one verifies until the last token that it signed has expired. `drop_old`, for a key that
        somebody may have seen, ends that: whoever has a token of it needs a new one.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            connection.execute(_ALONE)
            if drop_old:
                connection.execute(delete(signing_keys))
            retiring = update(signing_keys).where(signing_keys.c.retired_at.is_(None))
            connection.execute(retiring.values(retired_at=_at(now)))
            connection.execute(delete(signing_keys).where(signing_keys.c.retired_at <= _at(now - KEPT_S)))
            kid = self._make(connection)
        self._read()
        return kid

    def _first(self) -> str:
        """The current key's id, made if there is none. Two processes that start at once make one."""
        with writing(self._engine) as connection:
            connection.execute(_ALONE)
            unretired = select(signing_keys.c.kid).where(signing_keys.c.retired_at.is_(None))
            kid: str | None = connection.execute(unretired).scalar()
            kid = kid or self._make(connection)
        self._read()
        return kid

    def _make(self, connection: Connection) -> str:
        kid, key = new_id("k_"), OKPKey.generate_key("Ed25519")
        raw = key.private_key.private_bytes_raw()  # type: ignore[union-attr]  # it was made with one
        connection.execute(
            insert(signing_keys).values(
                kid=kid,
                public=key.as_dict(private=False),
                private_sealed=self._sealer.seal(raw, owner=_OWNER, purpose=_PURPOSE),
                created_at=_at(self._clock()),
            )
        )
        return kid

    def _opened(self, kid: str) -> OKPKey:
        with reading(self._engine) as connection:
            sealed = connection.execute(
                select(signing_keys.c.private_sealed).where(signing_keys.c.kid == kid)
            ).scalar_one()
        raw = self._sealer.open(bytes(sealed), owner=_OWNER, purpose=_PURPOSE)
        return OKPKey.import_key(OKPKey.binding.from_private_bytes("Ed25519", raw))

    def _fresh(self) -> _Known:
        known = self._known
        return known if 0 <= self._clock() - known.read_at < CACHE_S else self._read()

    def _may_ask(self) -> bool:
        with self._lock:
            now = self._clock()
            if now - self._asked_at < ASK_AGAIN_S:
                return False
            self._asked_at = now
            return True

    def _read(self) -> _Known:
        now = self._clock()
        wanted = (
            select(signing_keys.c.kid, signing_keys.c.public, signing_keys.c.retired_at)
            .where(or_(signing_keys.c.retired_at.is_(None), signing_keys.c.retired_at > _at(now - KEPT_S)))
            .order_by(signing_keys.c.created_at)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        current = [row.kid for row in rows if row.retired_at is None]
        self._known = _Known(
            now,
            {
                row.kid: (
                    OKPKey.import_key(row.public),
                    row.retired_at.timestamp() + KEPT_S if row.retired_at else None,
                )
                for row in rows
            },
            current[-1] if current else None,
        )
        return self._known


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
