"""Attempts to sign in are remembered for hours by address; a suite that makes many forgets its own."""

from __future__ import annotations

from redis import Redis

from prentice.ask.pipeline import Prentice


def forgotten(prentice: Prentice) -> None:
    """Every count of attempts to sign in is gone."""
    with Redis.from_url(prentice.servers.redis_url) as redis:
        for key in redis.scan_iter("prentice:login:*", count=1_000):
            redis.delete(key)
