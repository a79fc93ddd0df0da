"""One at a time brings a practice here, moves it or takes it away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from prentice.errors import RunUnderWay
from prentice.tenancy.address import connect

_KEY = 7_023_005  # any number of ours; the second one is the practice's


@contextmanager
def alone(platform_url: str, tenant_id: str) -> Iterator[None]:
    """Holds while the block runs, and no longer than this process lives. Raises `RunUnderWay`."""
    with connect(platform_url, for_operator=True) as connection:
        row = connection.execute(
            "select pg_try_advisory_lock(%s, hashtext(%s))", [_KEY, tenant_id]
        ).fetchone()
        if row != (True,):
            raise RunUnderWay(
                "Somebody else is connecting, moving or removing this practice right now.",
                "Wait until that has ended, then try again.",
            )
        yield


def at_work(connection: Connection, tenant_id: str) -> bool:
    """Whether somebody holds it now."""
    held = text(
        "select exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 2 "
        "and classid = :key and objid = (hashtext(:id)::bigint & 4294967295)::oid "
        "and database = (select oid from pg_database where datname = current_database()))"
    )
    return bool(connection.execute(held, {"key": _KEY, "id": tenant_id}).scalar())
