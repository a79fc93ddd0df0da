"""A run that is killed, at whatever moment, leaves the old copy or the new one, and the next run goes on from
there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from .room import TABLES, Room

UK = "c-harbour-optics"
# Imports everything once and forks a process for each run that it is asked for: the moment of a kill then
# falls into the run, and not into Python's own start.
PROGRAM = """
import os, sys
from prentice.deid.practice import Practice
from prentice.deid.run import anonymise
from prentice.ops.secrets import Keyring
from prentice.settings import load_settings
from prentice.tenancy.registry import Registry
import prentice.deid.findings, prentice.deid.report, babel, jinja2
config = load_settings()

def run(word):
    keyring = Keyring(config.home / "secrets.json")
    registry = Registry(config.platform_url, keyring, source_url=config.source_url, today=config.today)
    tenant = registry.get("harbour")
    practice = Practice(registry.scope("harbour"), tenant.company_id, registry.source_url(tenant),
                        config.platform_url, keyring, config.home)
    print("begun", os.getpid(), flush=True)
    anonymise(practice, rotate=word == "rotate", full=word == "full")

for line in sys.stdin:
    child = os.fork()
    if not child:
        run(line.strip())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


class Runner:
    """Starts runs in processes of their own."""

    def __init__(self, room: Room) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=room.environment(), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, word: str) -> int:
        """The number of the process in which a run has just begun."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return int(self._said("begun"))

    def ended(self) -> int:
        """Waits for the run; how it ended: 0, or the signal that killed it, negative."""
        return int(self._said("ended"))

    def _said(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(word):
                return line.split()[1]
        raise AssertionError("the runner is gone")


@pytest.fixture
def runner(room: Room) -> Iterator[Runner]:
    runner = Runner(room)
    yield runner
    runner.process.communicate(timeout=30)


def whole(room: Room) -> tuple[Any, ...]:
    """What a reader sees, in one statement for each table; the copy's own count must be that of its rows."""
    with room.reader("harbour") as reader:
        row = reader.execute(
            "select (select run_id from copy_info), (select persons from copy_info), "
            "(select count(*) from person), (select count(*) from person_year y where not exists "
            "(select from person p where p.person_id = y.person_id))"
        ).fetchone()
    assert row is not None
    assert row[1] == row[2]
    assert row[3] == 0
    return row


def test_a_kill_at_any_of_20_moments_leaves_a_whole_copy_and_the_next_run_ends_well(
    room: Room, runner: Runner
) -> None:
    room.run("harbour")
    runner.start("full")
    began = time.monotonic()
    assert runner.ended() == 0
    takes = time.monotonic() - began
    moments = random.Random(7)
    people = whole(room)[2]
    killed = 0
    for turn in range(20):
        with room.source() as source:  # each run has something to do: one more is gone
            source.execute(
                "update patients set deleted_at = now() where id = (select id from patients "
                "where company_id = %s and deleted_at is null order by id limit 1)",
                [UK],
            )
        process = runner.start(("full", "rotate", "some")[turn % 3])
        time.sleep(takes * (turn + moments.random()) / 20)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        killed += runner.ended() == -signal.SIGKILL
        seen = whole(room)[2]
        assert people - turn - 1 <= seen <= people
    assert killed >= 12  # most moments fell into the run
    outcome = room.run("harbour")
    assert outcome.persons == people - 20 == whole(room)[2]
    quick = {table: room.rows("harbour", table, codes=False) for table in TABLES}
    room.run("harbour", full=True)
    assert {table: room.rows("harbour", table, codes=False) for table in TABLES} == quick
    with room.writer("harbour") as writer:
        schemas = writer.execute(
            "select nspname::text from pg_namespace where nspname ~ '^(building|old_)'"
        ).fetchall()
    assert schemas == []


def test_a_run_killed_between_the_copys_switch_and_the_vaults_is_finished_by_the_next(
    room: Room, monkeypatch: Any
) -> None:
    """The one moment at which the two databases differ: the copy has new codes, the vault the old ones."""
    from prentice.deid.vault import Vault

    class Killed(BaseException):
        pass

    def die(self: Vault, run_id: str) -> None:
        raise Killed

    room.run("harbour")
    monkeypatch.setattr(Vault, "promote", die)
    with suppress(Killed):
        room.run("harbour", rotate=True)
    monkeypatch.undo()
    codes = {row[0] for row in room.rows("harbour", "person")}
    outcome = room.run("harbour")
    assert outcome.resumed is not None
    assert (outcome.new, outcome.changed, outcome.gone) == (0, 0, 0)
    assert {row[0] for row in room.rows("harbour", "person")} == codes
    assert (room.home / "deid" / "reports" / "harbour" / f"{outcome.resumed}.json").exists()


def test_a_run_killed_after_it_was_verified_is_switched_by_the_next(room: Room, monkeypatch: Any) -> None:
    from prentice.deid.copy import Copy

    class Killed(BaseException):
        pass

    def die(self: Copy) -> None:
        raise Killed

    room.run("harbour")
    before = {row[0] for row in room.rows("harbour", "person")}
    monkeypatch.setattr(Copy, "switch", die)
    with suppress(Killed):
        room.run("harbour", rotate=True)
    monkeypatch.undo()
    assert {row[0] for row in room.rows("harbour", "person")} == before
    outcome = room.run("harbour")
    assert outcome.resumed is not None
    assert outcome.changed == 0
    assert not {row[0] for row in room.rows("harbour", "person")} & before
