"""The secrets file: owner-only, whole at every moment, shared by processes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prentice.errors import BadConfiguration
from prentice.ops.secrets import Keyring


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "secrets.json"


def test_a_secret_is_kept_for_the_next_process(path: Path) -> None:
    Keyring(path).set("tenant/abc", "correct horse")
    assert Keyring(path).get("tenant/abc") == "correct horse"
    assert Keyring(path).get("tenant/other") is None


def test_setting_one_secret_keeps_the_others(path: Path) -> None:
    ring = Keyring(path)
    ring.set("a", "1")
    ring.set("b", "2")
    ring.set("a", "3")
    assert (ring.get("a"), ring.get("b")) == ("3", "2")


def test_what_is_forgotten_is_gone_and_the_rest_stays(path: Path) -> None:
    ring = Keyring(path)
    ring.set("a", "1")
    ring.set("b", "2")
    ring.forget("a")
    ring.forget("never")
    assert (ring.get("a"), ring.get("b")) == (None, "2")
    assert '"a"' not in path.read_text()


def test_only_the_owner_can_read_the_file_and_its_folder(path: Path) -> None:
    Keyring(path).set("a", "1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_created_secret_is_long_random_safe_in_an_address_and_stays(path: Path) -> None:
    first = Keyring(path).get_or_create("postgres")
    assert len(first) >= 43
    assert set(first) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert Keyring(path).get_or_create("postgres") == first
    assert Keyring(path).get_or_create("valkey") != first


def test_a_file_that_others_can_read_is_refused_without_telling_what_is_in_it(path: Path) -> None:
    Keyring(path).set("a", "hush")
    path.chmod(0o640)
    with pytest.raises(BadConfiguration, match="chmod 600") as refused:
        Keyring(path).get("a")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "\x00"])
def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(BadConfiguration, match="damaged"):
        Keyring(path).get_or_create("a")
    assert path.read_text() == content


def test_threads_agree_on_a_created_secret(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Keyring(path).get_or_create("one"), range(32)))
    assert len(made) == 1


def test_processes_lose_none_of_each_others_secrets(path: Path) -> None:
    program = (
        "import sys, pathlib; from prentice.ops.secrets import Keyring\n"
        "ring = Keyring(pathlib.Path(sys.argv[1]))\n"
        "for i in range(20): ring.set(f'{sys.argv[2]}-{i}', str(i))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), str(n)]) for n in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert len(json.loads(path.read_text())) == 60
    assert sorted(file.name for file in path.parent.iterdir()) == ["secrets.json", "secrets.json.lock"]
