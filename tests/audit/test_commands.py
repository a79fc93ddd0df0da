"""`prentice audit …` as its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from prentice.embedded import Servers

from .conftest import TENANT, Room

ROOT = Path(__file__).parents[2]
# `prentice.cli` need not know the commands: they are an app of their own.
PROGRAM = "from prentice.audit.commands import audit; audit()"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(room: Room, servers: Servers) -> Command:
    """Runs a command beside a practice `here` of ten entries."""
    room.filled(TENANT, "platform")
    with room.admin() as admin:
        admin.execute(
            "insert into tenants (id, slug, name, company_id, currency, country, timezone, route) "
            "values (%s, 'here', 'Here', 'c', 'GBP', 'GB', 'UTC', 'pool')", [TENANT],
        )  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PRENTICE_")},
        "PRENTICE_HOME": str(room.home),
        "PRENTICE_SOURCE_URL": servers.source_url,
        "PRENTICE_PLATFORM_URL": room.platform_url,
        "PRENTICE_REDIS_URL": servers.redis_url,
        "PYTHONPATH": str(ROOT / "src"),
        "COLUMNS": "120",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
        )

    return run


def test_verify_says_whole_and_ends_with_0_and_with_1_where_something_is_wrong(
    room: Room, command: Command
) -> None:
    done = command("verify", "--all")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "platform: whole. 10 entries, anchored up to 10.",
        "here: whole. 10 entries, anchored up to 10.",
    ]
    room.attack(f"update audit_log set entry = '{{}}' where seq = 5 and tenant_id = '{TENANT}'")
    with room.admin() as admin:
        admin.execute("alter table audit_log disable trigger audit_chain")
    done = command("verify", "--tenant", "here")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "here: NOT WHOLE. 10 entries, anchored up to 10.",
        "  Entry 5 was altered.",
        "  The trigger audit_chain on audit_log of the audit's tables was put out.",
    ]
    assert "could not be written down" in done.stderr  # the attack put the chain's trigger out as well
    with room.admin() as admin:
        admin.execute("alter table audit_log enable always trigger audit_chain")
    done = command("verify", "--tenant", "platform")
    # One line more: that everything was verified before.
    assert done.stdout.splitlines() == ["platform: whole. 11 entries, anchored up to 11."]
    assert done.returncode == 0
    done = command("verify", "--all", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["whole"] is False
    assert [(chain["tenant"], chain["whole"]) for chain in told["chains"]] == [(None, True), ("here", False)]
    assert told["chains"][1]["flaws"][0]["first"] == 5


def test_the_chain_of_a_practice_that_is_gone_is_named_by_its_id(room: Room, command: Command) -> None:
    with room.admin() as admin:
        admin.execute("delete from tenants")
    assert command("verify", "--tenant", TENANT).stdout.startswith(f"{TENANT}: whole. 10 entries")
    unknown = command("verify", "--tenant", "nowhere")
    assert unknown.returncode == 1
    assert "nowhere" in unknown.stderr


@pytest.mark.parametrize(
    "words", [("verify",), ("verify", "--all", "--tenant", "here"), ("export",), ("show",)]
)
def test_what_is_not_said_is_bad_usage(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words).returncode == 2


def test_export_writes_a_new_file_for_its_owner_alone(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "audit.jsonl"
    done = command("export", "--tenant", "here", "--out", str(out))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 12))
    # The last is itself: written before a line is shown.
    assert lines[-1]["entry"]["action"] == "audit_exported"
    assert command("export", "--tenant", "here", "--out", str(out)).returncode == 2
    assert len(command("export", "--tenant", "here").stdout.splitlines()) == 13  # a refusal is a line too
    assert command("export", "--tenant", "here", "--to", "2020-01-01").stdout == ""


def test_show_prints_the_newest_last(command: Command) -> None:
    done = command("show", "--tenant", "here", "--last", "3")
    numbers = [line.split()[0] for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert numbers == ["8", "9", "10"]
    told = json.loads(command("show", "--tenant", "here", "--last", "3", "--json").stdout)
    assert [entry["seq"] for entry in told["entries"]] == [9, 10, 11]
    assert told["entries"][-1]["entry"]["action"] == "audit_read"  # the look before this one
