"""The `prentice` command: what stands on standard output, exit codes, errors, and its description."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command
from typer.testing import CliRunner

from prentice.ask.pipeline import Prentice
from prentice.cli import app
from prentice.embedded.keeper import end_keeper
from prentice.settings import Settings

ROOT = Path(__file__).parents[1]
UK = ("--tenant", "harbour-optics")


class Terminal:
    """Runs the command as people do: a process of its own, in the home of this run's servers."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PRENTICE_")},
            "PRENTICE_HOME": str(home),
            "PRENTICE_TODAY": "2026-10-31",
            "PYTHONPATH": str(ROOT / "src"),
            "COLUMNS": "100",
            **environment,
        }

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "prentice.cli", *words]
        return subprocess.Popen(command, env=self.environment, text=True, encoding="utf-8", **options)

    def __call__(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(given, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_two_who_load_the_demo_into_a_new_home_at_once_both_find_it_there(tmp_path: Path) -> None:
    home = tmp_path / "new"
    terminal = Terminal(home)
    words = ("demo", "load", "--scale", "0.1")
    both = [terminal.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=100)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert stat.S_IMODE(home.stat().st_mode) & 0o067 == 0  # the servers' own account may pass through
    assert stat.S_IMODE((home / "logs").stat().st_mode) == 0o700


@pytest.fixture(scope="session")
def prentice(demo: Prentice, session_settings: Settings) -> Terminal:
    return Terminal(session_settings.home)


class Desk:
    """Runs the command in this process, which is quicker, in the same home."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._runner = CliRunner()

    def __call__(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        run = self._runner.invoke(
            app, list(words), input=given, env=dict(self.environment), prog_name="prentice"
        )
        return subprocess.CompletedProcess(words, run.exit_code, run.stdout, run.stderr)


@pytest.fixture(scope="session")
def desk(demo: Prentice, session_settings: Settings) -> Desk:
    return Desk(
        {"PRENTICE_HOME": str(session_settings.home), "PRENTICE_TODAY": "2026-10-31", "COLUMNS": "100"}
    )


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """For what needs no server."""
    return Terminal(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "docs" / "answer.schema.json").read_text()))


def commands(group: Any, path: tuple[str, ...] = ("prentice",)) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


# Description -------------------------------------------------------------------------------------


def test_every_command_and_option_is_described() -> None:
    described = (ROOT / "docs" / "cli.md").read_text()
    sections = {m[1]: m[2] for m in re.finditer(r"^##+ (.+)\n((?:(?!^##)[\s\S])*)", described, re.MULTILINE)}
    for path, command in commands(get_command(app)):
        heading = next((h for h in sections if h == path or h.startswith(f"{path} ")), None)
        assert heading is not None, f"{path} has no section in docs/cli.md"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("-") and option != "--help":
                    assert f"`{option}`" in sections[heading], f"{path} {option} is not in docs/cli.md"


def test_no_section_describes_an_option_that_is_gone() -> None:
    described = (ROOT / "docs" / "cli.md").read_text()
    sections = {m[1]: m[2] for m in re.finditer(r"^##+ (.+)\n((?:(?!^##)[\s\S])*)", described, re.MULTILINE)}
    found = dict(commands(get_command(app)))
    for heading, text in sections.items():
        path = next(
            (p for p in sorted(found, key=len, reverse=True) if f"{heading} ".startswith(f"{p} ")), ""
        )
        if not path:
            continue
        there = {option for parameter in found[path].params for option in parameter.opts}
        rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `-")]
        rows += [line for line in text.splitlines() if line.startswith("Options:")]
        for option in re.findall(r"`(--?[a-z-]+)`", " ".join(rows)):
            assert option in there, f"{path} has no {option}"


def test_every_option_has_a_help_text() -> None:
    for path, command in commands(get_command(app)):
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{path} {parameter.name}"


def test_help_is_quick(nowhere: Terminal) -> None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert nowhere("--help").returncode == 0
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1.0  # 0.13 s on a quiet machine; a heavy import costs more than this


# Answers -----------------------------------------------------------------------------------------


def test_ask_shows_the_sentence_first_and_then_the_figures(prentice: Terminal) -> None:
    run = prentice("ask", "What were our top 3 selling frames last month?", *UK)
    assert run.returncode == 0
    assert run.stdout.startswith("Your top 3 frames by units sold in September 2026 were ")
    assert "█" in run.stdout
    assert "1 to 30 September 2026" in run.stdout
    assert "\x1b[" not in run.stdout  # no colours into a file


def test_with_json_there_is_one_object_and_nothing_else(
    prentice: Terminal, schema: Draft202012Validator
) -> None:
    run = prentice("ask", "revenue last month", *UK, "--json")
    assert run.stdout.count("\n") == 1
    answer = json.loads(run.stdout)
    schema.validate(answer)
    assert answer["kind"] == "analytics"
    assert answer["range"]["from"] == "2026-09-01"


def test_a_follow_up_takes_its_context(desk: Desk) -> None:
    run = desk("ask", "and by brand?", "-c", "revenue last month", *UK, "--json")
    query = json.loads(run.stdout)["query"]
    assert query["dimensions"] == ["brand"]
    assert query["range"]["from"] == "2026-09-01"


def test_a_refusal_is_no_failure(desk: Desk, schema: Draft202012Validator) -> None:
    run = desk("ask", "Who are my most frequent patients?", *UK, "--json")
    assert run.returncode == 0
    answer = json.loads(run.stdout)
    schema.validate(answer)
    assert answer["kind"] == "refusal"


def test_a_query_needs_no_words(desk: Desk, schema: Draft202012Validator) -> None:
    days = '{"from": "2026-01-01", "to": "2026-09-30"}'
    wanted = f'{{"metrics": ["revenue"], "dimensions": ["month"], "range": {days}}}'
    run = desk("query", wanted, *UK, "--json")
    answer = json.loads(run.stdout)
    schema.validate(answer)
    assert answer["rows"][0][0] == "2026-01-01"
    again = desk("query", "-", *UK, given=wanted)
    assert re.search(r"[▁▂▃▄▅▆▇█]{9}", again.stdout), "a trend has its sparkline"


PEOPLE = {"dora": "dispenser", "mike": "manager", "pat": "manager", "olive": "owner"}


def address(name: str) -> str:
    return f"{name}@harbour-optics.example.org"


@pytest.fixture(scope="session")
def people(desk: Desk) -> None:
    """One of each role that matters here; Pat is a manager who was given the grant for patients."""
    for name, role in PEOPLE.items():
        grants = ("--grant", "patients") if name == "pat" else ()
        words = ("user", "add", address(name), *UK, "--role", role, *grants, "--password-stdin")
        assert desk(*words, given="seven lenses in a tray\n").returncode == 0


@pytest.mark.usefixtures("people")
def test_the_operator_and_whoever_may_see_margins_see_them_and_a_dispenser_does_not(desk: Desk) -> None:
    margin = '{"metrics": ["gross_margin"]}'
    assert desk("query", margin, *UK).returncode == 0
    assert desk("query", margin, *UK, "--as", address("mike")).returncode == 0
    run = desk("query", margin, *UK, "--as", address("dora"), "--json")
    assert (run.returncode, json.loads(run.stdout)["code"]) == (1, "forbidden")
    asked = desk("ask", "What was our gross margin last month?", *UK, "--as", address("DORA"), "--json")
    answer = json.loads(asked.stdout)
    assert (asked.returncode, answer["kind"], answer["code"]) == (0, "refusal", "forbidden")
    assert answer["rows"] == []


@pytest.mark.usefixtures("people")
def test_patients_are_counted_for_an_owner_and_for_whoever_has_the_grant(desk: Desk) -> None:
    """Whether there is a copy of the practice's patients is told to nobody who may not ask about them."""
    told = {}
    for name in ("olive", "pat", "mike", "dora"):
        run = desk("query", '{"metrics": ["patients"]}', *UK, "--as", address(name), "--json")
        told[name] = json.loads(run.stdout).get("code", "answered")
    assert {told["mike"], told["dora"]} == {"forbidden"}
    assert told["olive"] == told["pat"]
    assert told["olive"] in ("no_copy", "answered")  # as the suites before this one left it


@pytest.mark.usefixtures("people")
def test_nobody_s_rights_are_taken_who_does_not_work_there_or_was_disabled(desk: Desk) -> None:
    elsewhere = ("ask", "revenue", "--tenant", "bluebird-eyecare", "--as", address("mike"), "--json")
    told = desk(*elsewhere)
    assert (told.returncode, json.loads(told.stdout)["code"]) == (1, "unknown_user")
    assert "prentice user list --tenant bluebird-eyecare" in told.stderr
    assert desk("user", "disable", address("mike")).returncode == 0
    try:
        run = desk("query", '{"metrics": ["revenue"]}', *UK, "--as", address("mike"), "--json")
        assert (run.returncode, json.loads(run.stdout)["code"]) == (1, "unknown_user")
    finally:
        assert desk("user", "enable", address("mike")).returncode == 0
    assert desk("query", '{"metrics": ["revenue"]}', *UK, "--as", address("mike")).returncode == 0


@pytest.mark.usefixtures("people")
def test_a_batch_keeps_to_a_users_rights(desk: Desk, tmp_path: Path) -> None:
    asked, told = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked.write_text('{"id": "1", "question": "What was our gross margin last month?"}\n')
    words = ("batch", *UK, "--in", str(asked), "--out", str(told), "--as", address("dora"))
    assert desk(*words).returncode == 0
    assert [(a["kind"], a["code"]) for a in lines(told)] == [("refusal", "forbidden")]


def test_the_catalogue_is_that_of_http(nowhere: Terminal) -> None:
    listed = json.loads(nowhere("catalog", "--json").stdout)
    assert {"revenue", "open_orders", "stock_value"} <= {m["name"] for m in listed["metrics"]}
    narrower = json.loads(nowhere("catalog", "--json", "--role", "assistant").stdout)
    assert len(narrower["metrics"]) < len(listed["metrics"])
    assert "Gross margin" in nowhere("catalog").stdout


# Failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("ask",),
        ("ask", "revenue"),
        ("nonsense",),
        ("ask", "revenue", *UK, "--role", "owner"),
        ("catalog", "--role", "king"),
        ("tenant", "add", "x"),
    ],
)
def test_bad_usage_ends_with_2(nowhere: Terminal, words: tuple[str, ...]) -> None:
    run = nowhere(*words)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "revenue", "--tenant", "harbour-optic"), "unknown_tenant"),
        (("ask", "revenue", *UK, "--as", "ann@harbour.example"), "unknown_user"),
        (("ask", "x" * 20_000, *UK), "bad_question"),
        (("ask", "\x07\x1b", *UK), "bad_question"),
        (("query", '{"metrics": ["revnue"]}', *UK), "bad_query"),
        (("query", '{"metrics": [', *UK), "bad_query"),
        (("query", "[]", *UK), "bad_query"),
    ],
)
def test_a_failure_has_a_code_and_a_next_step(
    desk: Desk, schema: Draft202012Validator, words: tuple[str, ...], code: str
) -> None:
    run = desk(*words, "--json")
    assert run.returncode == 1
    answer = json.loads(run.stdout)
    schema.validate(answer)
    assert (answer["kind"], answer["code"]) == ("error", code)
    assert answer["next_step"]
    assert run.stderr.startswith("prentice: ")
    assert "Traceback" not in run.stderr


def test_a_misspelt_practice_is_suggested(desk: Desk) -> None:
    assert "Did you mean 'harbour-optics'?" in desk("ask", "revenue", "-t", "harbour-optic").stderr


def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path) -> None:
    run = Terminal(tmp_path, PRENTICE_SOURCE_URL="mysql://ann:hunter2@till/db")("tenant", "list", "--json")
    assert run.returncode == 1
    assert json.loads(run.stdout)["error"]["code"] == "bad_configuration"
    assert "PRENTICE_SOURCE_URL" in run.stderr
    assert "hunter2" not in run.stdout + run.stderr


def test_the_unexpected_gives_an_id_and_keeps_its_text_in_the_log(tmp_path: Path) -> None:
    broken = Terminal(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(
        "import prentice.semantic.model as m\n"
        "def load():\n    raise RuntimeError('secret detail')\n"
        "m.Catalogue.load = staticmethod(load)\n"
    )
    broken.environment["PYTHONPATH"] += f":{tmp_path}"
    run = broken("catalog", "--json")
    assert run.returncode == 1
    told = json.loads(run.stdout)["error"]
    assert "secret detail" not in run.stdout + run.stderr
    log = tmp_path / "logs" / "errors.log"
    assert told["next_step"].split()[3].strip(";.") in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


# Many questions ----------------------------------------------------------------------------------


def lines(file: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_batch_answers_each_line_and_survives_bad_ones(
    prentice: Terminal, tmp_path: Path, schema: Draft202012Validator
) -> None:
    asked, told = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked.write_bytes(
        b'{"id": "a", "question": "revenue last month"}\n'
        b"\n"
        b"not json\n"
        b'{"id": "c", "question": 5}\n'
        b'{"id": "d", "question": "and by brand?", "context": ["revenue last month"]}\n'
        b'{"id": "e", "question": "\xff"}\n'
        b'{"id": 6, "question": ""}\n'
    )
    run = prentice("batch", *UK, "--in", str(asked), "--out", str(told))
    assert run.returncode == 0
    assert run.stdout == ""
    answers = lines(told)
    for answer in answers:
        schema.validate(answer)
    assert [(a["id"], a["kind"]) for a in answers] == [
        ("a", "analytics"),
        ("line 3", "error"),
        ("c", "error"),
        ("d", "analytics"),
        ("line 6", "error"),
        ("6", "error"),
    ]
    assert answers[3]["query"]["dimensions"] == ["brand"]


def test_a_batch_can_be_taken_up_again(desk: Desk, tmp_path: Path) -> None:
    asked, told = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked.write_text(
        '{"id": "1", "question": "revenue last month"}\n{"id": "2", "question": "orders last month"}\n'
    )
    told.write_text('{"id": "1", "kind": "kept"}\n{"id": "2", "ki')  # cut off in the middle of a line
    assert desk("batch", *UK, "--in", str(asked), "--out", str(told), "--resume").returncode == 0
    assert [(a["id"], a["kind"]) for a in lines(told)] == [("1", "kept"), ("2", "analytics")]


def test_a_batch_does_not_overwrite_its_questions(desk: Desk, tmp_path: Path) -> None:
    asked = tmp_path / "q.jsonl"
    asked.write_text('{"id": "1", "question": "revenue"}\n')
    run = desk("batch", *UK, "--in", str(asked), "--out", str(asked))
    assert run.returncode == 1
    assert "same file" in run.stderr
    assert lines(asked)[0]["question"] == "revenue"


# Practices and addresses -------------------------------------------------------------------------


def test_practices_are_listed_and_reported_on(desk: Desk) -> None:
    listed = json.loads(desk("tenant", "list", "--json").stdout)["tenants"]
    assert {"harbour-optics", "bluebird-eyecare"} <= {t["slug"] for t in listed}
    report = json.loads(desk("tenant", "report", "harbour-optics", "--json").stdout)["report"]
    assert report["counts"]["sales"] > 0


def test_a_practice_is_added_exported_and_removed(desk: Desk, tmp_path: Path) -> None:
    words = (
        "tenant",
        "add",
        "cli-practice",
        "--company-id",
        "c-harbour-optics",
        "--timezone",
        "Europe/London",
    )
    dry = desk(*words, "--dry-run")
    assert dry.returncode == 0
    assert "CREATE" in dry.stdout.upper()
    added = json.loads(desk(*words, "--json").stdout)
    assert added["tenant"]["slug"] == "cli-practice"
    run = desk("ask", "revenue last month", "--tenant", "cli-practice", "--json")
    same = desk("ask", "revenue last month", *UK, "--json")
    assert json.loads(run.stdout)["rows"] == json.loads(same.stdout)["rows"]
    without_copy = desk("db", "url", "anonymised", "--tenant", "cli-practice")
    assert (without_copy.returncode, without_copy.stdout) == (1, "")
    refused = desk("tenant", "remove", "cli-practice", "--confirm", "cli-practice")
    assert refused.returncode == 1
    assert "prentice tenant export cli-practice" in refused.stderr
    place = tmp_path / "cli-practice.zip"
    made = json.loads(desk("tenant", "export", "cli-practice", "--out", str(place), "--json").stdout)
    whole = json.loads(desk("tenant", "verify-export", str(place), "--json").stdout)
    assert whole["manifest_sha256"] == made["manifest_sha256"]
    assert desk("tenant", "remove", "cli-practice", given="other\n").returncode == 1
    assert desk("tenant", "remove", "cli-practice", given="cli-practice\n").returncode == 0
    assert desk("ask", "revenue", "--tenant", "cli-practice").returncode == 1


def test_a_practice_is_suspended_and_resumed(desk: Desk) -> None:
    words = ("query", '{"metrics": ["revenue"]}', "--tenant", "bluebird-eyecare", "--json")
    assert desk("tenant", "suspend", "bluebird-eyecare").returncode == 0
    try:
        run = desk(*words)
        assert (run.returncode, json.loads(run.stdout)["code"]) == (1, "tenant_suspended")
        assert desk("tenant", "report", "bluebird-eyecare").returncode == 0  # who administers it still looks
    finally:
        assert desk("tenant", "resume", "bluebird-eyecare").returncode == 0
    assert desk(*words).returncode == 0


def test_settings_are_shown_changed_and_put_back(desk: Desk) -> None:
    words = ("tenant", "settings", "bluebird-eyecare")
    changed = desk(*words, "mfa_roles=owner,manager", "allowed_addresses=203.0.113.0/24", "--json")
    assert json.loads(changed.stdout)["settings"]["allowed_addresses"] == ["203.0.113.0/24"]
    assert "owner,manager" in desk(*words).stdout
    misspelt = desk(*words, "mfa_role=owner")
    assert (misspelt.returncode, "Did you mean 'mfa_roles'?" in misspelt.stderr) == (1, True)
    assert desk(*words, "mfa_roles").returncode == 2
    back = json.loads(desk(*words, "mfa_roles=", "allowed_addresses=", "--json").stdout)["settings"]
    assert (back["mfa_roles"], back["allowed_addresses"]) == ([], [])


def test_addresses_are_those_of_an_ordinary_client(desk: Desk) -> None:
    source = desk("db", "url", "source", *UK).stdout.strip()
    with psycopg.connect(source) as connection:
        assert connection.execute("select count(*) > 0 from pos_transactions").fetchone() == (True,)
    analyst = desk("db", "url", "analyst", *UK).stdout.strip()
    with psycopg.connect(analyst) as connection:
        assert connection.execute("select count(*) > 0 from prentice.sales").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select 1 from public.pos_transactions")
    with psycopg.connect(desk("db", "url", "platform").stdout.strip()) as connection:
        assert connection.execute("select count(*) > 1 from tenants").fetchone() == (True,)
    assert desk("db", "url", "source").returncode == 2


def test_an_address_outlives_the_command_that_printed_it(tmp_path: Path) -> None:
    alone = Terminal(tmp_path, PRENTICE_EMBEDDED_FSYNC="false")
    address = alone("db", "url", "platform").stdout.strip()
    config = Settings(home=tmp_path)
    try:
        with psycopg.connect(address) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        end_keeper(config)
    for _ in range(100):
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            break
        time.sleep(0.2)
    else:
        pytest.fail("the servers are still there after their keeper was ended")


# The server --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_serve_answers_whoever_is_signed_in_and_ends_with_ctrl_c(prentice: Terminal) -> None:
    olive = address("olive")
    process = prentice.start("serve", "--port", "0", stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stderr is not None
    try:
        url = ""
        while not url:
            line = process.stderr.readline()
            assert line, "serve ended before it was ready"
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                url = found[0]
        assert httpx.get(f"{url}healthz").status_code == 200
        body = {"question": "revenue last month", "tenant": "harbour-optics"}
        assert httpx.post(f"{url}v1/ask", json=body, timeout=20).status_code == 401
        token = {"Authorization": f"Bearer {prentice('token', 'issue', '--as', olive, *UK).stdout.strip()}"}
        told = httpx.post(f"{url}v1/ask", json=body, headers=token, timeout=20)
        assert told.json()["kind"] == "analytics"
        taken = prentice("serve", "--port", url.rstrip("/").rpartition(":")[2])
        assert taken.returncode == 1
        assert "another with --port" in taken.stderr
    finally:
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_version(nowhere: Terminal) -> None:
    from prentice import __version__

    assert nowhere("version").stdout.strip() == nowhere("--version").stdout.strip() == __version__
