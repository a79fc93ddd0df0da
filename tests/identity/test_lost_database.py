"""A platform database that does not answer is told as such: no traceback, nobody let in."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, text

from identity.people import People, at_once_clock
from prentice.errors import SourceUnavailable
from prentice.identity.database import Quick
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import platform_engine
from prentice.tenancy.registry import Registry


def test_a_session_is_found_over_a_new_connection_when_the_old_one_was_lost(people: People) -> None:
    token, session = people.sessions.open_session(people.person(None).id, False, "", "")
    assert people.sessions.find(token) == session
    people.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert people.sessions.find(token) == session


def test_a_statement_that_fails_takes_no_connection_with_it(people: People) -> None:
    quick, one = Quick(people.engine), text("select pg_backend_pid() as pid, 10 / cast(:by as integer) as n")
    first = quick.one(one, {"by": 1})
    assert first is not None
    for _ in range(20):
        with pytest.raises(psycopg.errors.DivisionByZero):
            quick.one(one, {"by": 0})
    again = quick.one(one, {"by": 2})
    assert again is not None
    assert (again.pid, again.n) == (first.pid, 5)


def test_connections_are_few_and_go_with_the_engine(people: People, platform_url: str) -> None:
    engine = platform_engine(platform_url)
    quick, slow = Quick(engine), text("select pg_backend_pid() as pid, pg_sleep(0.05) as slept")
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda _: quick.one(slow, {}), range(40)))
    pids = {row.pid for row in found if row is not None}
    assert 1 < len(pids) <= 8
    engine.dispose()
    for _ in range(100):
        left = people.value("select count(*) from pg_stat_activity where pid = any(:pids)", pids=list(pids))
        if not left:
            break
        time.sleep(0.05)
    assert not left


@pytest.fixture
def cut_off(registry: Registry, keyring: Keyring) -> People:
    engine: Engine = platform_engine("postgresql://nobody@127.0.0.1:1/nowhere")
    return People(engine, registry, Sealer(keyring), at_once_clock())


def test_every_way_in_says_that_it_is_unavailable(cut_off: People) -> None:
    for deed in (
        lambda: cut_off.sessions.find("token"),
        lambda: cut_off.way.sign_in("ann@harbour.example", "a password of some", "203.0.113.7"),
        lambda: cut_off.way.second_factor("token", "123456", "203.0.113.7"),
        lambda: cut_off.way.prove("u_1", password="a password of some"),
        lambda: cut_off.users.by_email("ann@harbour.example"),
        lambda: cut_off.users.accept("token", "Ann", "a password of some"),
        lambda: cut_off.passkeys.ask(rp_id="harbour.example"),
        lambda: cut_off.totp.verify("u_1", "123456"),
        lambda: cut_off.recovery.use("u_1", "K7Q2M-9XW4T"),
    ):
        with pytest.raises(SourceUnavailable, match="does not answer"):
            deed()
