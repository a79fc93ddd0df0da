"""Attempts to sign in: how long the next one must wait.

Four counts, each with a number of attempts that are free and a wait that doubles with each one after:

- of the account from this address: who guesses at one account is slowed down first;
- of the address, whatever the accounts: who tries one password on many accounts;
- of the account from addresses and devices that never signed in to it: who guesses from many addresses;
- of the account from those that did, with a wait of a minute at most: a stolen cookie is no free pass.

A stranger moves the first three alone, and they do not hold up a device that is known: so nobody can be
locked out by others. An attempt counts when it begins, before its password is looked at: a hundred that
are sent together are a hundred. A success takes its own back.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis

from prentice.errors import TooManyRequests
from prentice.identity.addresses import counted
from prentice.limits.store import Script, Silent, Store


@dataclass(frozen=True, slots=True)
class Waits:
    """`free` attempts, then `first_s` doubled with each, up to `cap_s`; forgotten `forget_s` after the last.

    >>> [Waits(3, 2, 60, 3600).after(attempts) for attempts in (2, 3, 4, 5, 6, 7, 8, 99)]
    [0, 2, 4, 8, 16, 32, 60, 60]
    """

    free: int
    first_s: int
    cap_s: int
    forget_s: int

    def after(self, attempts: int) -> int:
        if attempts < self.free:
            return 0
        return min(self.cap_s, self.first_s << min(attempts - self.free, 30))


DAY_S = 86_400
PAIR = Waits(free=5, first_s=2, cap_s=900, forget_s=DAY_S)
ADDRESS = Waits(free=30, first_s=2, cap_s=900, forget_s=3_600)  # a practice's staff share one
# NIST SP 800-63B, 5.2.2 asks for no more than 100 failures in a row; 15 minutes make 96 of them a day.
STRANGERS = Waits(free=20, first_s=4, cap_s=900, forget_s=DAY_S)
KNOWN = Waits(free=20, first_s=2, cap_s=60, forget_s=DAY_S)
_ALL = (PAIR, ADDRESS, STRANGERS, KNOWN)
REMEMBERED_S = 90 * DAY_S  # an address from which the account signed in
_MOST = 50_000  # counts in memory, where Valkey does not answer

# KEYS: pair, address, strangers, known, and whether this account signed in from this address.
# ARGV: what is done, known device, and for each count free, first_s, cap_s, forget_s.
# A count is 'attempts when', in ms. Returns the ms to wait before the (next) attempt.
_ATTEMPT = Script("""
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local known = ARGV[2] == '1'
local trusted = known or redis.call('EXISTS', KEYS[5]) == 1
local counts = {1}
if not known then counts[2] = 2 end
counts[#counts + 1] = trusted and 4 or 3
local had, wait = {}, 0
for _, i in ipairs(counts) do
  local n, at = string.match(redis.call('GET', KEYS[i]) or '0 0', '(%d+) (%d+)')
  n, at = tonumber(n), tonumber(at)
  local free, first, cap = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1])
  if n >= free then
    wait = math.max(wait, at + 1000 * math.min(cap, first * 2 ^ math.min(n - free, 30)) - now)
  end
  had[i] = {n, at}
end
local function keep(i, n, at)
  if n <= 0 then redis.call('DEL', KEYS[i]) return end
  redis.call('SET', KEYS[i], string.format('%d %.0f', n, at), 'EX', ARGV[4 * i + 2])
end
if ARGV[1] == 'before' and wait <= 0 then
  for _, i in ipairs(counts) do keep(i, had[i][1] + 1, now) end
elseif ARGV[1] == 'succeeded' then
  for _, i in ipairs(counts) do
    if i == 1 or i == 4 then redis.call('DEL', KEYS[i]) else keep(i, had[i][1] - 1, had[i][2]) end
  end
  redis.call('SET', KEYS[5], '1', 'EX', ARGV[19])
end
return string.format('%.0f', math.max(0, wait))
""")


class LoginLimits:
    """Safe between threads. Where Valkey does not answer this process counts by itself: it is never open."""

    def __init__(self, redis: Redis, *, now: Callable[[], float] = time.time) -> None:
        self._store = Store(redis)
        self._memory = _Memory(now)
        self._lock = threading.Lock()
        self.refused = 0
        self.failed_attempts = 0

    def before(self, account_hash: str, address: str, known: bool) -> None:
        """Ask for, and count, one attempt. Raises `TooManyRequests` with `retry_after_s`.

        `account_hash` is a hash of what was typed, whether there is such an account or not. `known` says
        that the device brought the signed cookie of an earlier success with this account.
        """
        wait_ms = self._attempt("before", account_hash, address, known)
        if wait_ms <= 0:
            return
        with self._lock:
            self.refused += 1
        wait_s = math.ceil(wait_ms / 1000)
        error = TooManyRequests(
            "There were too many attempts to sign in.",
            f"Wait {_told(wait_s)} before the next one; a device that signed in before need not.",
        )
        error.retry_after_s = wait_s
        raise error

    def failed(self, account_hash: str, address: str, known: bool) -> int:
        """The attempt failed. Returns the seconds before the next one, which may be 0."""
        with self._lock:
            self.failed_attempts += 1
        return math.ceil(self._attempt("failed", account_hash, address, known) / 1000)

    def succeeded(self, account_hash: str, address: str, known: bool) -> None:
        """The attempt succeeded: it counts no more, and the address is one that signed in."""
        self._attempt("succeeded", account_hash, address, known)

    def close(self) -> None:
        self._store.close()

    def _attempt(self, what: str, account_hash: str, address: str, known: bool) -> int:
        keys = _keys(account_hash, counted(address), known)
        waits = [n for w in _ALL for n in (w.free, w.first_s, w.cap_s, w.forget_s)]
        try:
            said = self._store.run(_ATTEMPT, keys, [what, int(known), *waits, REMEMBERED_S])
        except Silent:
            return self._memory.attempt(what, keys, known)
        return int(said[0])


class _Memory:
    """What the script does, in this process."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}  # attempts, and when in ms
        self._remembered: set[str] = set()

    def attempt(self, what: str, keys: tuple[str, ...], known: bool) -> int:
        with self._lock:
            now = int(self._now() * 1000)
            trusted = known or keys[4] in self._remembered
            counts = [0, *([] if known else [1]), 3 if trusted else 2]
            had = {i: self._had(keys[i], _ALL[i], now) for i in counts}
            wait = max([0, *(at + 1000 * _ALL[i].after(n) - now for i, (n, at) in had.items() if n)])
            if what == "before" and wait <= 0:
                for i, (n, _) in had.items():
                    self._keep(keys[i], n + 1, now)
            elif what == "succeeded":
                for i, (n, at) in had.items():
                    self._keep(keys[i], 0 if i in (0, 3) else n - 1, at)
                self._remembered.add(keys[4])
            return wait

    def _had(self, key: str, waits: Waits, now: int) -> tuple[int, int]:
        n, at = self._counts.get(key, (0, 0))
        return (n, at) if at + 1000 * waits.forget_s > now else (0, 0)

    def _keep(self, key: str, n: int, at: int) -> None:
        self._counts.pop(key, None)
        if n > 0:
            self._counts[key] = n, at
        if len(self._counts) > _MOST:  # the ones longest untouched
            for oldest in list(self._counts)[: _MOST // 10]:
                del self._counts[oldest]
        if len(self._remembered) > _MOST:
            self._remembered.clear()


def _keys(account: str, address: str, known: bool) -> tuple[str, ...]:
    """A known device counts apart from strangers at its address, who may be the colleague's visitors."""
    named = (
        f"pair:{int(known)}:{account}:{address}",
        f"address:{address}",
        f"strangers:{account}",
        f"known:{account}",
        f"signed_in:{account}:{address}",
    )
    return tuple(f"prentice:login:{hashlib.sha256(name.encode()).hexdigest()[:32]}" for name in named)


def _told(seconds: int) -> str:
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
