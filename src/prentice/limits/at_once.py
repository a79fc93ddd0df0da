"""Questions under way together: each holds a lease that its process renews.

A lease that nobody renews ends by itself, so a killed process keeps no place for longer than `LEASE_S`.
Each process also counts its own; where Valkey does not answer, that count alone decides.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from typing import Literal

from prentice.limits.budget import Wish
from prentice.limits.budget_steps import RESERVE
from prentice.limits.policy import AtOnce
from prentice.limits.store import Script, Silent, Store

LEASE_S = 45
RENEW_S = 15  # two renewals may fail before a lease ends

Whose = Literal["tenant", "user"]


class Full(Exception):
    """`whose` has as many questions under way as it may."""

    def __init__(self, whose: Whose) -> None:
        super().__init__(whose)
        self.whose: Whose = whose


# ARGV: the lease, its life in ms, and for each key how many may hold one. Returns which key is full, or 0.
_HOLD = Script("""
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 2]) and not redis.call('ZSCORE', key, ARGV[1]) then
    return tostring(i)
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, string.format('%.0f', now + ARGV[2]), ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return '0'
""")
# A lease that is renewed is put back where it is gone: Valkey may have been restarted.
_RENEW = Script("""
local clock = redis.call('TIME')
local ends = clock[1] * 1000 + math.floor(clock[2] / 1000) + ARGV[2]
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, string.format('%.0f', ends), ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return '0'
""")
_HOLD_AND_RESERVE = Script.both(_HOLD, 2, 4, RESERVE)
_LET_GO = Script("""
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return '0'
""")


class Leases:
    """Safe between threads. `unchecked` counts those that were given without Valkey."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, str]] = {}
        self._counts: Counter[str] = Counter()
        self.unchecked = 0

    def hold(
        self, tenant_id: str, user_id: str, most: AtOnce, wish: Wish | None = None
    ) -> tuple[str, list[str] | None]:
        """A new lease; and what became of `wish`, which goes the same way: None where it was not heard.

        Raises `Full`, and then nothing was set aside either.
        """
        keys = f"prentice:at_once:{tenant_id}", f"prentice:at_once:{tenant_id}:{user_id}"
        lease = f"l_{secrets.token_hex(8)}"
        with self._lock:
            if self._counts[keys[0]] >= most.tenant:
                raise Full("tenant")
            if self._counts[keys[1]] >= most.user:
                raise Full("user")
            self._held[lease] = keys
            self._counts.update(keys)
        held: list[str | int] = [lease, LEASE_S * 1000, most.tenant, most.user]
        try:
            if wish is None:
                full, *said = self._store.run(_HOLD, keys, held)
            else:
                full, *said = self._store.run(
                    _HOLD_AND_RESERVE, (*keys, *wish.keys), [*held, *wish.arguments]
                )
        except Silent:
            self.unchecked += 1
            return lease, None
        if full == "0":
            return lease, said or None
        self._forget(lease)
        raise Full("tenant" if full == "1" else "user")

    def let_go(self, lease: str) -> None:
        keys = self._forget(lease)
        if keys is not None:
            self._store.tell(_LET_GO, keys, [lease])  # lost, it ends by itself

    def renew(self) -> None:
        for lease, keys in list(self._held.items()):
            self._send(_RENEW, keys, [lease, LEASE_S * 1000])
            if lease not in self._held:  # let go meanwhile, perhaps before we put it back
                self._send(_LET_GO, keys, [lease])

    def close(self) -> None:
        for lease in list(self._held):
            if (keys := self._forget(lease)) is not None:
                self._send(_LET_GO, keys, [lease])

    def __len__(self) -> int:
        return len(self._held)

    def _forget(self, lease: str) -> tuple[str, str] | None:
        with self._lock:
            keys = self._held.pop(lease, None)
            for key in keys or ():
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]
        return keys

    def _send(self, script: Script, keys: tuple[str, str], arguments: list[str | int]) -> None:
        try:
            self._store.run(script, keys, arguments)
        except Silent:
            return  # it ends by itself
