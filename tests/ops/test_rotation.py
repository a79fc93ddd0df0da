"""Keys change, and nothing is lost: not by breaking off, not by what another process does meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, Text, insert, select, text
from typer.testing import CliRunner
from warehouse.hosts import database

from prentice.embedded import Servers
from prentice.errors import BadConfiguration, CannotOpen
from prentice.ops.commands import keys
from prentice.ops.master import MasterKey
from prentice.ops.rotation import SealedColumn, rotate_data
from prentice.ops.sealing import Sealer, key_id_of
from prentice.ops.secrets import Keyring
from prentice.tenancy.platform import open_platform
from prentice.tenancy.registry import Registry
from prentice.tenancy.sealed import SourceAddresses

ONE, OTHER = "abcdefgh1234", "zyxwvuts9876"
SECRETS = {f"login/{ONE}": "hush-1", f"deid/reader/{OTHER}": "hush-2", "embedded/postgres": "hush-3"}
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=2)

things = Table(
    "things",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("tenant_id", String),
    Column("secret_sealed", LargeBinary),
    Column("note", Text),
)
COLUMN = SealedColumn(things, "secret_sealed", "things/{id}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "secrets.json"
    ring = Keyring(path)
    for name, value in SECRETS.items():
        ring.set(name, value)
    return path


@pytest.fixture
def platform(servers: Servers) -> Iterator[Engine]:
    with database(servers) as url:
        engine = open_platform(url)
        things.create(engine)
        yield engine
        engine.dispose()


def held(ring: Keyring) -> dict[str, str | None]:
    return {name: ring.get(name) for name in ring.names()}


def wrapped(path: Path) -> set[str]:
    return {key["wrapped"] for keys in json.loads(path.read_text())["keys"].values() for key in keys}


# The master key --------------------------------------------------------------------------------------


def test_every_data_key_is_wrapped_anew_and_the_old_master_key_is_gone(path: Path) -> None:
    before, old = wrapped(path), path.with_name("master.key").read_text()
    sealed = Sealer(Keyring(path)).seal(b"hush", owner=ONE, purpose="p")
    made = Keyring(path).rotate_master()
    assert not before & wrapped(path)
    assert held(Keyring(path)) == SECRETS
    assert Keyring(path).status().master == made
    assert Sealer(Keyring(path)).open(sealed, owner=ONE, purpose="p") == b"hush"
    assert not any(old.strip() in file.read_text() for file in path.parent.iterdir())
    path.with_name("master.key").write_text(old)
    with pytest.raises(BadConfiguration, match="another master key"):
        Keyring(path).get("embedded/postgres")


@pytest.mark.parametrize("words", ["rotate_master()", "rotate_data()"])
def test_broken_off_at_any_point_nothing_is_lost(path: Path, words: str) -> None:
    """A process is killed at its first step on the disk, another at its second, and so on to the last."""
    program = f"""
import os, pathlib, sys
from prentice.ops.secrets import Keyring
left = int(sys.argv[2])
def killing(name):
    real = getattr(os, name)
    def step(*given, **named):
        global left
        for _ in (0, 1):  # before it is done, and after
            left -= 1
            if left == 0:
                os._exit(9)
            if _ == 0:
                done = real(*given, **named)
        return done
    setattr(os, name, step)
for name in ("rename", "replace", "link", "unlink", "fsync"):
    killing(name)
Keyring(pathlib.Path(sys.argv[1])).{words}
"""
    kills = 0
    for step in range(1, 60):
        ended = subprocess.run([sys.executable, "-c", program, str(path), str(step)], check=False)
        assert held(Keyring(path)) == SECRETS, step
        if ended.returncode == 0:
            break
        assert ended.returncode == 9
        kills += 1
    assert kills >= 6
    Keyring(path).rotate_master()
    assert held(Keyring(path)) == SECRETS
    assert not path.with_name("master.key.new").exists()


def test_who_reads_while_keys_change_always_finds_every_secret(path: Path) -> None:
    over, wrong = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            try:
                if held(Keyring(path)) != SECRETS:
                    wrong.append("lost")
            except Exception as failure:
                wrong.append(repr(failure))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(15):
        Keyring(path).rotate_master()
        Keyring(path).rotate_data()
    over.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_the_master_key_of_the_environment_changes_to_the_new_one_that_it_names(tmp_path: Path) -> None:
    path, old, new = tmp_path / "secrets.json", MasterKey.new().text(), MasterKey.new().text()
    Keyring(path, master_key=old).set("a", "1")
    both = Keyring(path, master_key=old, master_key_new=new)
    assert both.get("a") == "1"  # servers may be told of the new one before
    both.rotate_master()
    both.rotate_master()  # again changes nothing
    for ring in (both, Keyring(path, master_key=new), Keyring(path, master_key=old, master_key_new=new)):
        assert ring.get("a") == "1"
    with pytest.raises(BadConfiguration, match="another master key"):
        Keyring(path, master_key=old).get("a")
    assert {file.name for file in tmp_path.iterdir()} == {"secrets.json", "secrets.json.lock"}


def test_a_home_moves_from_its_own_master_key_to_one_of_the_environment(path: Path) -> None:
    new = MasterKey.new().text()
    Keyring(path, master_key_new=new).rotate_master()
    assert not path.with_name("master.key").exists()
    assert held(Keyring(path, master_key=new, production=True)) == SECRETS
    assert held(Keyring(path, master_key_new=new)) == SECRETS


# Data keys -------------------------------------------------------------------------------------------


def fill(engine: Engine, sealer: Sealer) -> None:
    rows = [{"id": "empty", "tenant_id": ONE, "note": "", "secret_sealed": None}]
    for n, owner in enumerate((ONE, OTHER, None)):
        sealed = sealer.seal(f"hush {n}".encode(), owner=owner or "platform", purpose=f"things/t{n}")
        rows.append({"id": f"t{n}", "tenant_id": owner, "note": "plain", "secret_sealed": sealed})
    with engine.begin() as connection:
        connection.execute(insert(things), rows)


def values(engine: Engine, keyring: Keyring) -> dict[str, bytes]:
    sealer = Sealer(keyring)
    with engine.connect() as connection:
        rows = connection.execute(select(things).where(things.c.secret_sealed.is_not(None)))
        return {
            row.id: sealer.open(
                row.secret_sealed, owner=row.tenant_id or "platform", purpose=f"things/{row.id}"
            )
            for row in rows
        }


EXPECTED = {"t0": b"hush 0", "t1": b"hush 1", "t2": b"hush 2"}


def test_everything_is_sealed_anew_and_the_old_keys_go_a_day_later(path: Path, platform: Engine) -> None:
    ring = Keyring(path)
    fill(platform, Sealer(ring))
    first = rotate_data(ring, platform, [COLUMN], now=NOW)
    assert (first.owners, first.resealed, first.forgotten) == (3, 3, 0)
    assert ring.status().retired == 3  # a server may still be writing with them
    assert held(Keyring(path)) == SECRETS
    assert values(platform, Keyring(path)) == EXPECTED
    second = rotate_data(ring, platform, [COLUMN], now=LATER)
    assert (second.resealed, second.forgotten) == (3, 6)
    assert Keyring(path).status().retired == 0
    assert held(Keyring(path)) == SECRETS
    assert values(platform, Keyring(path)) == EXPECTED


def test_one_practice_alone_gets_a_new_data_key(path: Path, platform: Engine) -> None:
    ring = Keyring(path)
    fill(platform, Sealer(ring))
    before = {owner: ring.data_key(owner).id for owner in (ONE, OTHER, "platform")}
    assert rotate_data(ring, platform, [COLUMN], now=NOW, owners=[ONE]).resealed == 1
    changed = [owner for owner, key in before.items() if ring.data_key(owner).id != key]
    assert changed == [ONE]
    assert values(platform, Keyring(path)) == EXPECTED


def test_a_column_that_nobody_named_keeps_its_keys(path: Path, platform: Engine) -> None:
    ring = Keyring(path)
    fill(platform, Sealer(ring))
    for _ in range(2):
        rotate_data(ring, platform, [], now=LATER)
    assert values(platform, Keyring(path)) == EXPECTED
    with platform.connect() as connection:
        used = {key_id_of(row) for (row,) in connection.execute(select(things.c.secret_sealed)) if row}
    kept = {key["id"] for keys in json.loads(path.read_text())["keys"].values() for key in keys}
    assert used <= kept
    assert len(kept) == 6


def test_what_does_not_open_stops_it_and_no_key_is_forgotten(path: Path, platform: Engine) -> None:
    ring = Keyring(path)
    fill(platform, Sealer(ring))
    with platform.begin() as connection:
        connection.execute(text("update things set tenant_id = :t where id = 't1'"), {"t": ONE})
    with pytest.raises(CannotOpen):
        rotate_data(ring, platform, [COLUMN], now=LATER)
    with platform.begin() as connection:
        connection.execute(text("update things set tenant_id = :t where id = 't1'"), {"t": OTHER})
    rotate_data(ring, platform, [COLUMN], now=LATER)
    assert values(platform, Keyring(path)) == EXPECTED


def test_addresses_of_practices_are_sealed_anew_and_those_from_before_for_the_first_time(
    tmp_path: Path, platform: Engine
) -> None:
    ring = Keyring(tmp_path / "secrets.json")
    with platform.connect() as connection:
        at: Any = connection.connection.dbapi_connection
        url = f"postgresql://{at.info.user}:{at.info.password}@127.0.0.1:{at.info.port}/{at.info.dbname}"
    registry = Registry(url, ring)
    address = "postgresql://till@db.example/till"
    for slug, tenant in (("one", ONE), ("old", OTHER)):
        registry.add(id=tenant, slug=slug, name=slug, company_id="c", source_url=address)
    with platform.begin() as connection:
        connection.execute(text("update tenants set source_url = :a where slug = 'old'"), {"a": address})
    assert rotate_data(ring, platform, [SourceAddresses()], now=NOW).resealed == 2
    assert rotate_data(ring, platform, [SourceAddresses()], now=LATER).forgotten > 0
    again = Registry(registry.platform_url, Keyring(ring.path))
    assert [tenant.source_url for tenant in again.all()] == [address, address]
    with platform.connect() as connection:
        assert "db.example" not in str(connection.execute(text("select * from tenants")).all())
    again.close()
    registry.close()


# The command -----------------------------------------------------------------------------------------


def run(home: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(keys, list(words), env={"PRENTICE_HOME": str(home), **environment})
    return done.exit_code, done.stdout, done.stderr


def test_the_command_rotates_and_says_where_keys_are_without_one(path: Path) -> None:
    home, before = path.parent, Keyring(path).status().master
    code, out, err = run(home, "rotate")
    assert (code, out) == (0, "")
    assert "The master key is" in err
    code, out, _ = run(home, "status", "--json")
    told = json.loads(out)["keys"]
    assert told["master"] != before
    assert told["where"] == str(home / "master.key")
    assert told["secrets"] >= 3  # and what the platform's own servers and its audit need
    assert told["data_keys"] >= 3
    master = path.with_name("master.key").read_text().strip()
    for words in (("status",), ("status", "--json"), ("rotate", "--json")):
        _, out, err = run(home, *words)
        assert not any(secret in out + err for secret in (*SECRETS.values(), master))


def test_a_new_key_for_the_environment_is_offered_and_nothing_changes_before_it_is_kept(
    tmp_path: Path,
) -> None:
    old = MasterKey.new().text()
    ring = Keyring(tmp_path / "secrets.json", master_key=old)
    ring.set("a", "1")
    before = ring.path.read_text()
    code, out, err = run(tmp_path, "rotate", PRENTICE_MASTER_KEY=old)
    assert code == 0
    assert "Nothing is changed yet" in err
    assert "PRENTICE_MASTER_KEY_NEW" in err
    assert ring.path.read_text() == before
    new = out.strip()
    code, out, err = run(tmp_path, "rotate", PRENTICE_MASTER_KEY=old, PRENTICE_MASTER_KEY_NEW=new)
    assert (code, out) == (0, "")
    assert "Set PRENTICE_MASTER_KEY to the new key" in err
    assert new not in err
    assert Keyring(ring.path, master_key=new).get("a") == "1"


def test_a_wrong_master_key_or_a_guessable_new_one_changes_nothing(tmp_path: Path) -> None:
    old, other = MasterKey.new().text(), MasterKey.new().text()
    Keyring(tmp_path / "secrets.json", master_key=old).set("a", "1")
    before = (tmp_path / "secrets.json").read_text()
    code, out, err = run(tmp_path, "rotate", PRENTICE_MASTER_KEY=other)
    assert (code, out) == (1, "")
    assert "another master key" in err
    weak = MasterKey(b"0" * 32).text()
    code, _, err = run(tmp_path, "rotate", PRENTICE_MASTER_KEY=old, PRENTICE_MASTER_KEY_NEW=weak)
    assert code == 1
    assert "not made at random" in err
    assert (tmp_path / "secrets.json").read_text() == before
    assert run(tmp_path, "rotate", "--tenant", "one", PRENTICE_MASTER_KEY=old)[0] == 2


def test_the_command_makes_new_data_keys_of_one_practice_and_of_all(servers: Servers, tmp_path: Path) -> None:
    with database(servers) as url:
        ring = Keyring(tmp_path / "secrets.json")
        registry = Registry(url, ring)
        for slug, tenant in (("one", ONE), ("two", OTHER)):
            address = f"postgresql://till:hush@{slug}.example/till"
            registry.add(id=tenant, slug=slug, name=slug, company_id="c", source_url=address)
        where = {
            "PRENTICE_SOURCE_URL": url,
            "PRENTICE_PLATFORM_URL": url,
            "PRENTICE_REDIS_URL": servers.redis_url,
        }
        master = ring.status().master
        code, out, err = run(tmp_path, "rotate", "--data", "--tenant", "one", "--json", **where)
        assert code == 0, err
        assert json.loads(out)["data"] == {"owners": 1, "resealed": 1, "forgotten": 0}
        assert ring.status().master == master
        code, out, err = run(tmp_path, "rotate", "--data", "--json", **where)
        assert code == 0, err
        assert json.loads(out)["data"]["resealed"] == 2
        assert Keyring(ring.path).status().master != master
        again = Registry(url, Keyring(ring.path))
        assert again.source_url(again.get("one")) == "postgresql://till:hush@one.example/till"
        code, _, err = run(tmp_path, "rotate", "--data", "--tenant", "none", **where)
        assert code == 1
        assert "There is no practice 'none'" in err
        again.close()
        registry.close()
    assert os.environ.get("PRENTICE_HOME") is None
