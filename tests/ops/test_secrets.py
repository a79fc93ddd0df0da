"""The secrets file: sealed, owner-only, whole at every moment, shared by processes."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prentice.errors import BadConfiguration, CannotOpen
from prentice.ops.master import MasterKey
from prentice.ops.sealing import Sealer
from prentice.ops.secrets import Keyring
from prentice.settings import Settings

TENANT, OTHER = "abcdefgh1234", "zyxwvuts9876"


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


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"a": 1}', "\x00", '{"format": "prentice secrets 3", "master": "", "keys": {}}',
     '{"format": "prentice secrets 2", "master": "x", "keys": {"platform": [{"id": "1"}]}, "secrets": {}}'],
)  # fmt: skip
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
    assert len(Keyring(path).names()) == 60
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["master.key", "secrets.json", "secrets.json.lock"]


# At rest ---------------------------------------------------------------------------------------------


def test_no_secret_stands_in_the_file(path: Path) -> None:
    ring = Keyring(path)
    ring.set(f"login/{TENANT}", "correct horse")
    made = ring.get_or_create("embedded/postgres")
    for file in path.parent.iterdir():
        text = file.read_text()
        for secret in ("correct horse", made):
            assert secret not in text
            assert base64.b64encode(secret.encode()).decode().rstrip("=") not in text


def test_each_practice_has_a_data_key_of_its_own(path: Path) -> None:
    ring = Keyring(path)
    for name in (f"login/{TENANT}", f"deid/reader/{TENANT}", f"login/{OTHER}", "installation"):
        ring.set(name, "x")
    held = json.loads(path.read_text())
    assert held["keys"].keys() == {TENANT, OTHER, "platform"}
    assert ring.data_key(TENANT) != ring.data_key(OTHER)
    ids = {name: base64.b64decode(sealed)[1:9].hex() for name, sealed in held["secrets"].items()}
    assert ids[f"login/{TENANT}"] == ids[f"deid/reader/{TENANT}"] == ring.data_key(TENANT).id
    assert ids["installation"] == ring.data_key("platform").id


def test_a_secret_that_was_moved_to_another_name_does_not_open(path: Path) -> None:
    ring = Keyring(path)
    ring.set(f"login/{TENANT}", "mine")
    ring.set(f"source/{TENANT}", "theirs")
    held = json.loads(path.read_text())
    held["secrets"][f"login/{TENANT}"] = held["secrets"][f"source/{TENANT}"]
    path.write_text(json.dumps(held))
    with pytest.raises(BadConfiguration, match="damaged"):
        Keyring(path).get(f"login/{TENANT}")


def test_a_data_key_that_was_moved_to_another_practice_does_not_unwrap(path: Path) -> None:
    ring = Keyring(path)
    ring.set(f"login/{TENANT}", "mine")
    held = json.loads(path.read_text())
    held["keys"][OTHER] = held["keys"][TENANT]
    path.write_text(json.dumps(held))
    with pytest.raises(BadConfiguration, match="damaged"):
        Sealer(Keyring(path)).seal(b"x", owner=OTHER, purpose="test")


# From before -----------------------------------------------------------------------------------------


def plain(path: Path, **held: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(held))


def test_an_old_file_is_sealed_when_it_is_first_read_and_loses_nothing(path: Path) -> None:
    old = {f"login/{TENANT}": "one é", "embedded/postgres": "two", "format": "three", "keys": "four", "n": ""}
    plain(path, **old)
    ring = Keyring(path)
    assert ring.get(f"login/{TENANT}") == "one é"
    assert "two" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for reader in (ring, Keyring(path)):
        assert {name: reader.get(name) for name in reader.names()} == old


def test_an_old_file_that_is_written_to_first_loses_nothing(path: Path) -> None:
    plain(path, a="1", b="2")
    Keyring(path).set("c", "3")
    ring = Keyring(path)
    assert {name: ring.get(name) for name in ring.names()} == {"a": "1", "b": "2", "c": "3"}


def test_many_who_first_read_an_old_file_at_once_find_the_same(path: Path) -> None:
    plain(path, **{f"login/{TENANT}": "1", "b": "2"})
    program = (
        "import sys, pathlib; from prentice.ops.secrets import Keyring\n"
        "ring = Keyring(pathlib.Path(sys.argv[1]))\n"
        f"assert ring.get('login/{TENANT}') == '1' and ring.get('b') == '2'\n"
        "ring.set(sys.argv[2], 'own')"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), f"p{n}"]) for n in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert Keyring(path).names() == sorted([f"login/{TENANT}", "b", "p0", "p1", "p2", "p3"])


def test_an_attempt_to_seal_an_old_file_that_fails_leaves_it_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain(path, a="1")
    before = path.read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Keyring(path).get("a")
    assert path.read_text() == before
    monkeypatch.undo()
    assert Keyring(path).get("a") == "1"


# The master key --------------------------------------------------------------------------------------


def test_the_master_key_of_the_environment_is_written_nowhere(tmp_path: Path) -> None:
    key = MasterKey.new().text()
    settings = Settings(home=tmp_path / "home", master_key=key)
    Keyring.of(settings).set("a", "1")
    assert Keyring.of(settings).get("a") == "1"
    assert sorted(f.name for f in settings.home.iterdir()) == ["secrets.json", "secrets.json.lock"]
    assert key not in "".join(file.read_text() for file in settings.home.iterdir())
    assert key not in repr(settings)


def test_another_master_key_and_none_are_told_apart_and_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first, second = MasterKey.new().text(), MasterKey.new().text()
    Keyring(path, master_key=first).set("a", "1")
    for use in (
        lambda ring: ring.get("a"),
        lambda ring: ring.get("never"),
        lambda ring: ring.set("b", "2"),
        lambda ring: ring.get_or_create("b"),
        lambda ring: ring.status(),
        lambda ring: ring.rotate_master(),
    ):
        with pytest.raises(BadConfiguration, match="another master key") as told:
            use(Keyring(path, master_key=second))
        assert "PRENTICE_MASTER_KEY_NEW" in told.value.next_step
        assert first not in str(told.value)
        assert second not in str(told.value)
        with pytest.raises(BadConfiguration, match=r"missing.*PRENTICE_MASTER_KEY"):
            use(Keyring(path))
        with pytest.raises(BadConfiguration, match=r"missing.*PRENTICE_MASTER_KEY"):
            use(Keyring(path, production=True))
    assert not (tmp_path / "master.key").exists()
    assert Keyring(path, master_key=first).get("a") == "1"


def test_in_production_no_master_key_is_made_or_taken_from_the_home(tmp_path: Path) -> None:
    Keyring(tmp_path / "secrets.json").set("a", "1")
    with pytest.raises(BadConfiguration, match="PRENTICE_MASTER_KEY"):
        Keyring(tmp_path / "secrets.json", production=True).get("a")
    with pytest.raises(BadConfiguration, match="There is no master key"):
        Keyring(tmp_path / "new" / "secrets.json", production=True).set("a", "1")
    assert not (tmp_path / "new" / "master.key").exists()


def test_a_master_key_file_that_others_can_read_or_that_is_damaged_is_refused(path: Path) -> None:
    Keyring(path).set("a", "1")
    master = path.with_name("master.key")
    assert stat.S_IMODE(master.stat().st_mode) == 0o600
    master.chmod(0o644)
    with pytest.raises(BadConfiguration, match="chmod 600"):
        Keyring(path).get("a")
    master.chmod(0o600)
    kept = master.read_text()
    master.write_text("half")
    with pytest.raises(BadConfiguration, match="damaged") as told:
        Keyring(path).get("a")
    assert "half" not in str(told.value)
    master.unlink()
    with pytest.raises(BadConfiguration, match="missing"):
        Keyring(path).get("a")
    with pytest.raises(BadConfiguration, match="missing"):
        Keyring(path).set("a", "2")
    assert not master.exists()
    master.touch(mode=0o600)
    master.write_text(kept)
    assert Keyring(path).get("a") == "1"


def test_a_keyring_in_use_goes_on_while_the_master_key_changes_under_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    old, new = MasterKey.new().text(), MasterKey.new().text()
    serving = Keyring(path, master_key=old)
    serving.set("a", "1")
    Keyring(path, master_key=old, master_key_new=new).rotate_master()
    assert serving.get("a") == "1"
    serving.set("b", "2")
    assert Keyring(path, master_key=new).get("b") == "2"


# Quick -----------------------------------------------------------------------------------------------


def test_a_change_of_another_process_is_seen_at_once_however_quickly_it_comes(path: Path) -> None:
    reader, writer = Keyring(path), Keyring(path)
    for n in range(300):
        writer.set("a", f"{n:03}")  # always the same size
        assert reader.get("a") == f"{n:03}"


def test_reading_a_secret_again_costs_a_look_at_the_file(path: Path) -> None:
    ring = Keyring(path)
    ring.set("a", "1")
    time.sleep(0.1)
    ring.get("a")
    began = time.perf_counter()
    for _ in range(2_000):
        ring.get("a")
    assert (time.perf_counter() - began) / 2_000 < 0.0005  # 4 µs on a quiet machine


def test_a_practice_whose_keys_are_forgotten_is_lost_for_good(path: Path) -> None:
    ring = Keyring(path)
    sealer = Sealer(ring)
    ring.set(f"login/{TENANT}", "x")
    sealed = sealer.seal(b"address", owner=TENANT, purpose="p")
    ring.forget_keys(TENANT)  # not while it still has a secret
    assert sealer.open(sealed, owner=TENANT, purpose="p") == b"address"
    ring.forget(f"login/{TENANT}")
    ring.forget_keys(TENANT)
    assert TENANT not in path.read_text()
    for again in (sealer, Sealer(Keyring(path))):
        with pytest.raises(CannotOpen):
            again.open(sealed, owner=TENANT, purpose="p")
