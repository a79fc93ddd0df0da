"""`prentice serve` outlives its database: it comes back where it was, with every row, and answers go on."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from test_cli import Terminal
from warehouse.hosts import TODAY, fill

from prentice.ask.pipeline import open_prentice
from prentice.embedded.process import at_work
from prentice.settings import Settings
from prentice.tenancy.onboarding import tenant_add

ASKED = {"tenant": "north", "metrics": ["revenue", "transactions"], "range": {"from": "2026-01-01"}}


@pytest.fixture
def home() -> Iterator[Path]:
    """One practice, connected; nothing runs."""
    with tempfile.TemporaryDirectory(prefix="prentice-tests-", ignore_cleanup_errors=True) as folder:
        with open_prentice(Settings(home=Path(folder), today=TODAY)) as prentice:
            fill(prentice.servers.source_url, "north")
            tenant_add(
                prentice.registry,
                prentice.keyring,
                "north",
                company_id="north",
                shared_source_url=prentice.servers.source_url,
                today=TODAY,
                owned=True,
            )
        yield Path(folder)


@pytest.fixture
def person(home: Path) -> dict[str, str]:
    """Somebody who may ask there, made as the operator makes them; what they sign in with."""
    someone = {"email": "owner@north.example", "password": "four lenses in a tray", "tenant": "north"}
    words = ("user", "add", someone["email"], "-t", "north", "--role", "owner", "--password-stdin")
    made = Terminal(home)(*words, given=f"{someone['password']}\n")
    assert made.returncode == 0, made.stderr
    return someone


@pytest.fixture
def address(home: Path, person: dict[str, str]) -> Iterator[str]:
    """Of a running `prentice serve`."""
    serving = Terminal(home).start("serve", "--port", "0", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert serving.stdout
        found = next(m[0] for line in serving.stdout if (m := re.search(r"http://[^ ]+/", line)))
        yield found
    finally:
        serving.terminate()
        serving.communicate(timeout=60)


def test_a_database_killed_under_a_running_server_is_back_within_seconds(
    home: Path, address: str, person: dict[str, str]
) -> None:
    with httpx.Client(base_url=address, timeout=10) as client:
        token = client.post("/v1/token", json=person).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        before = client.post("/v1/query", json=ASKED).json()
        assert before["rows"] == [[2000, 20]], before
        folder = (home / "servers").resolve() / "postgres"
        port = (folder.parent / "postgres.port").read_text()
        for victims in ("postmaster", "every process"):
            processes = at_work("postgres", folder)
            postmaster = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
            for process in processes if victims == "every process" else [postmaster]:
                process.kill()
            killed = time.monotonic()
            while (again := client.post("/v1/query", json=ASKED)).status_code != 200:
                assert again.status_code == 503
                assert time.monotonic() - killed < 10
                time.sleep(0.1)
            assert again.json()["rows"] == before["rows"]
            assert (folder.parent / "postgres.port").read_text() == port
        assert client.get("/readyz").status_code == 200
