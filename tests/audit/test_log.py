"""Appending: committed when it returns, in one chain whoever writes, refused in time where it cannot be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import psutil
import psycopg
import pytest

from prentice.audit import AuditLog
from prentice.audit.anchor import read_line
from prentice.audit.login import login_name
from prentice.audit.verify import Verifier
from prentice.embedded import Servers
from prentice.errors import AuditUnavailable
from prentice.ops.secrets import Keyring
from prentice.settings import Settings

from .conftest import TENANT, Room, an_entry

ROOT = Path(__file__).parents[2]
OTHERS = ("b2c3d4e5f6a1", "platform")

# Appends from many threads at once, to three chains.
PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from prentice.audit import Action, AuditLog, Entry
from prentice.ops.secrets import Keyring
url, home, who, tenants, entries = sys.argv[1:]
with AuditLog(url, Keyring(Path(home) / "secrets.json"), Path(home), anchor_s=0.2) as log:
    def write(number):
        for tenant in tenants.split(","):
            log.append(Entry(tenant_id=tenant, action=Action.ask, who=who, rows=number))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(int(entries))))
"""


def test_what_was_appended_is_there_for_everybody_when_append_returns(room: Room) -> None:
    with room.log() as log:
        for number in range(1, 4):
            log.append(an_entry(number))
            assert orjson.loads(room.rows()[-1][3])["rows"] == number
    assert [row[0] for row in room.rows()] == [1, 2, 3]


def test_processes_and_threads_that_write_at_once_make_one_chain_without_fork_or_gap(room: Room) -> None:
    with room.log():
        pass  # the tables and the login are made once, as at start-up
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    arguments = [room.platform_url, str(room.home)]
    tenants = ",".join((TENANT, *OTHERS))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments, f"u_{name}", tenants, "60"], env=environment
        )
        for name in "abc"
    ]
    assert [writer.wait(timeout=90) for writer in writers] == [0, 0, 0]
    for tenant in (TENANT, *OTHERS):
        rows = room.rows(tenant)
        assert [row[0] for row in rows] == list(range(1, 181))
        assert Counter(orjson.loads(row[3])["who"] for row in rows) == {"u_a": 60, "u_b": 60, "u_c": 60}
        report = room.verify(tenant)
        assert report.whole, report.flaws
        assert report.anchored == 180


def test_processes_that_start_at_once_make_one_login(room: Room) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", PROGRAM, room.platform_url, str(room.home), "u_a", TENANT, "2"]
    writers = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [writer.wait(timeout=90) for writer in writers] == [0, 0, 0]
    assert room.verify().entries == 6


def test_the_order_in_which_one_thread_appends_is_the_order_of_the_chain(room: Room) -> None:
    with room.log() as log, ThreadPoolExecutor(4) as pool:

        def write(who: int) -> None:
            for number in range(50):
                log.append(an_entry(number, who=f"u_{who}"))

        list(pool.map(write, range(4)))
    told = [orjson.loads(row[3]) for row in room.rows()]
    for who in range(4):
        assert [entry["rows"] for entry in told if entry["who"] == f"u_{who}"] == list(range(50))


def test_a_session_that_the_server_ended_costs_no_entry(room: Room) -> None:
    with room.log() as log:
        log.append(an_entry(1))
        with room.admin() as admin:
            admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s",
                          [login_name(room.keyring)])  # fmt: skip
        log.append(an_entry(2))
    assert len(room.rows()) == 2


def test_where_it_cannot_be_written_it_is_refused_within_two_seconds_and_goes_on_after(room: Room) -> None:
    name = login_name(room.keyring)
    with room.log() as log, room.admin() as admin:
        log.append(an_entry(1))
        admin.execute(f"alter role {name} nologin")
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", [name]
        )
        _refused_in_time(log, 2)
        admin.execute(f"alter role {name} login")
        log.append(an_entry(3))
    assert [orjson.loads(row[3])["rows"] for row in room.rows()] == [1, 3]
    assert room.verify().whole


@pytest.mark.parametrize(
    "way",
    [
        "create function swallow() returns trigger language plpgsql as $$ begin return null; end $$; "
        "create trigger aaa before insert on audit_log for each row execute function swallow()",
        "create rule nothing as on insert to audit_log do instead nothing",
    ],
    ids=["trigger", "rule"],
)
def test_lines_that_vanish_in_the_database_were_not_written(room: Room, way: str) -> None:
    with room.log() as log, room.admin() as admin:
        log.append(an_entry(1))
        admin.execute(way.encode())
        with pytest.raises(AuditUnavailable):
            log.append(an_entry(2))
    assert len(room.rows()) == 1
    assert room.flaws()[0] == ("guard_altered", None, None)


def test_a_head_that_somebody_holds_is_waited_for_and_then_refused(room: Room) -> None:
    with room.log() as log, room.admin() as admin:
        log.append(an_entry(1))
        with admin.transaction():
            admin.execute("select from audit_heads for update")
            _refused_in_time(log, 2)
        log.append(an_entry(3))
        with ThreadPoolExecutor(1) as pool:
            with admin.transaction():
                admin.execute("select from audit_heads for update")
                waits = pool.submit(log.append, an_entry(4))
                time.sleep(0.3)
                assert not waits.done()
            waits.result()
    assert [orjson.loads(row[3])["rows"] for row in room.rows()] == [1, 3, 4]


def test_a_server_that_stops_answering_holds_nobody_longer_than_two_seconds(room: Room) -> None:
    with room.log() as log, room.admin() as admin:
        log.append(an_entry(1))
        row = admin.execute(
            "select pid from pg_stat_activity where usename = %s", [login_name(room.keyring)]
        ).fetchone()
        assert row is not None
        stopped = psutil.Process(row[0])
        stopped.suspend()
        try:
            _refused_in_time(log, 2)
            log.append(an_entry(3))  # over a connection of its own: the stopped one was cut
        finally:
            stopped.resume()
    # What the stopped session had been sent may be written once it goes on: nobody was shown anything for it.
    assert {1, 3} <= {orjson.loads(row[3])["rows"] for row in room.rows()}
    assert room.verify().whole


def test_a_trial_says_whether_it_could_be_written_and_leaves_nothing(room: Room) -> None:
    with room.log() as log, room.admin() as admin:
        log.ready(an_entry())
        log.append(an_entry(1))
        log.ready(an_entry())
        admin.execute("create rule nothing as on insert to audit_log do instead nothing")
        with pytest.raises(AuditUnavailable):
            log.ready(an_entry())
        admin.execute("drop rule nothing on audit_log")
        log.append(an_entry(2))
    assert [row[0] for row in room.rows()] == [1, 2]
    assert room.flaws() == []


def test_after_close_nothing_is_appended_and_what_waited_is_written(room: Room) -> None:
    others = set(threading.enumerate())
    log = room.log()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(log.append, an_entry(number)) for number in range(200)]
        while not any(one.done() for one in waiting):
            time.sleep(0.001)
        log.close()
    written = [one for one in waiting if one.exception() is None]
    assert all(isinstance(one.exception(), AuditUnavailable) for one in waiting if one not in written)
    assert len(room.rows()) == len(written)
    log.close()
    with pytest.raises(AuditUnavailable):
        log.append(an_entry())
    left = set(threading.enumerate()) - others
    assert not [t for t in left if t.name in ("prentice-audit", "prentice-anchor")]


def test_heads_are_anchored_at_intervals_after_a_thousand_entries_and_at_the_end(room: Room) -> None:
    def seqs() -> list[int]:
        lines = room.anchors.read_bytes().splitlines() if room.anchors.exists() else []
        return [read_line(line)["heads"][TENANT]["seq"] for line in lines]  # type: ignore[index]

    def until(wanted: list[int]) -> None:
        deadline = time.monotonic() + 20
        while seqs() != wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seqs() == wanted

    with room.log(anchor_s=0.5) as log:
        log.append(an_entry(1))
        until([1])
        time.sleep(1.2)  # nothing moved: nothing is written
        assert seqs() == [1]
        log.append(an_entry(2))
    assert seqs() == [1, 2]
    with room.log() as log:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(log.append, (an_entry(number) for number in range(999))))
        assert seqs() == [1, 2]
        log.append(an_entry(1000))
        until([1, 2, 1002])


def test_postgresql_killed_under_load_loses_no_entry_that_was_acknowledged() -> None:
    with tempfile.TemporaryDirectory(prefix="prentice-tests-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        keyring = Keyring(home / "secrets.json")
        with Servers.start(Settings(home=home, embedded_fsync=False)) as servers:
            servers.watch()
            with AuditLog(servers.platform_url, keyring, home, anchor_s=0.3) as log:
                acknowledged, took = _under_load(log, home)
            assert len(acknowledged) > 100
            assert max(took) < 2.3
            with psycopg.connect(servers.platform_url) as admin:
                written = Counter(
                    orjson.loads(entry)["rows"] for (entry,) in admin.execute("select entry from audit_log")
                )
            assert acknowledged <= written.keys()
            assert set(written.values()) == {1}  # none twice, though many were in hand when it was killed
            reports = list(Verifier(servers.platform_url, keyring, home).everyone())
            assert all(report.whole for report in reports), reports
            assert sum(report.entries for report in reports) == written.total()


def _under_load(log: AuditLog, home: Path) -> tuple[set[int], list[float]]:
    """Sixteen threads append; the server is killed twice and brought back; they go on until it is."""
    acknowledged: set[int] = set()
    took: list[float] = []
    over = threading.Event()

    def write(thread: int) -> None:
        for number in range(thread, 10**9, 16):
            if over.is_set():
                return
            began = time.monotonic()
            try:
                log.append(an_entry(number, (TENANT, *OTHERS)[number % 3]))
                acknowledged.add(number)
            except AuditUnavailable:
                pass  # the only failure there may be: any other ends the thread, and `submit` keeps it
            took.append(time.monotonic() - began)

    with ThreadPoolExecutor(16) as pool:
        writing = [pool.submit(write, thread) for thread in range(16)]
        try:
            for _ in range(2):
                time.sleep(0.7)
                ground = (home / "servers").resolve()
                pid = int((ground / "postgres" / "postmaster.pid").read_text().split()[0])
                os.kill(pid, signal.SIGKILL)
                before, deadline = len(acknowledged), time.monotonic() + 40
                time.sleep(0.2)
                while len(acknowledged) < before + 50 and time.monotonic() < deadline:
                    time.sleep(0.05)
                assert len(acknowledged) >= before + 50
        finally:
            over.set()
    for one in writing:
        one.result()
    return acknowledged, took


def _refused_in_time(log: AuditLog, number: int) -> None:
    began = time.monotonic()
    with pytest.raises(AuditUnavailable) as refused:
        log.append(an_entry(number))
    assert time.monotonic() - began < 2.1
    assert refused.value.status == 503
    assert "prentice_audit" not in str(refused.value)
