"""Token buckets: a request takes one from each of several, or none from any.

A bucket is one number, the moment at which it will be full again; a token moves it on by the time that one
takes to come back. That is a whole bucket's state, so a key that has expired is a full one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from prentice.limits.policy import Rates
from prentice.limits.store import Script, Store

_MINUTE_US = 60_000_000

# ARGV: for each key the microseconds of one token, and how many the bucket holds.
# Returns: taken (1 or 0), which bucket decides, tokens left in it, µs until it is full, µs to wait.
_TAKE = Script("""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full, which, left, wait = {}, 1, nil, 0
for i, key in ipairs(KEYS) do
  local one, size = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = math.max(tonumber(redis.call('GET', key) or '0'), now)
  at = math.min(at, now + one * size) + one  -- a limit that was lowered is no debt
  full[i] = at
  local over = at - now - one * size
  if over > 0 then
    if over > wait then which, wait = i, over end
  elseif wait == 0 then
    local rest = math.floor(-over / one)
    if left == nil or rest < left then which, left = i, rest end
  end
end
if wait > 0 then
  local one = tonumber(ARGV[2 * which - 1])
  return string.format('0 %d 0 %.0f %.0f', which, full[which] - one - now, wait)
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
end
return string.format('1 %d %d %.0f 0', which, left, full[which] - now)
""")


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str  # 'tenant', 'user', 'key': what is told
    key: str
    rates: Rates


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one request. The figures are of the bucket that has least left, or that refused."""

    allowed: bool
    limit: int  # requests that the bucket holds when it is full
    remaining: int
    reset_s: int  # until it is full again
    retry_after_s: int  # until there is one; 0 where it was allowed
    per_minute: int = 0
    name: str = ""  # of the bucket; empty: not checked, because Valkey did not answer


UNCHECKED = Taken(allowed=True, limit=0, remaining=0, reset_s=0, retry_after_s=0)


def take(store: Store, buckets: Sequence[Bucket]) -> Taken:
    """One token from each bucket, or from none. Raises `store.Silent`."""
    arguments: list[str | int] = []
    for bucket in buckets:
        arguments += (_MINUTE_US // bucket.rates.per_minute, bucket.rates.burst)
    allowed, which, left, full_us, wait_us = map(
        int, store.run(_TAKE, [bucket.key for bucket in buckets], arguments)
    )
    decided = buckets[which - 1]
    return Taken(
        allowed=allowed == 1,
        limit=decided.rates.burst,
        remaining=left,
        reset_s=math.ceil(full_us / 1e6),
        retry_after_s=math.ceil(wait_us / 1e6),
        per_minute=decided.rates.per_minute,
        name=decided.name,
    )


def headers(taken: Taken) -> dict[str, str]:
    """`RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-06), and `Retry-After` where it was refused.

    >>> headers(Taken(True, 200, 199, 1, 0, 600, "user"))  # doctest: +NORMALIZE_WHITESPACE
    {'RateLimit-Limit': '200', 'RateLimit-Remaining': '199', 'RateLimit-Reset': '1',
     'RateLimit-Policy': '600;w=60;burst=200;policy="user"'}
    """
    if not taken.name:
        return {}
    told = {
        "RateLimit-Limit": str(taken.limit),
        "RateLimit-Remaining": str(taken.remaining),
        "RateLimit-Reset": str(taken.reset_s),
        "RateLimit-Policy": f'{taken.per_minute};w=60;burst={taken.limit};policy="{taken.name}"',
    }
    if not taken.allowed:
        told["Retry-After"] = str(taken.retry_after_s)
    return told
