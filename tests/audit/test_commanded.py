"""Whoever sits at the machine is the operator, and what is done and shown there is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from prentice.ask.pipeline import Prentice
from prentice.audit.commanded import commanded
from prentice.audit.entry import PLATFORM, Action
from prentice.audit.read import export, page
from prentice.cli import app
from prentice.errors import AuditUnavailable, SourceUnavailable, UnknownUser
from prentice.settings import Settings

Run = Callable[..., str]
MAYA, SECRET = "maya@north-street.example", "seven lenses in a tray"


@pytest.fixture
def run(demo: Prentice, session_settings: Settings) -> Run:
    """A command of somebody at this machine; what it printed."""
    environment = {"PRENTICE_HOME": str(session_settings.home), "PRENTICE_TODAY": "2026-10-31"}

    def run(*words: str, given: str | None = None, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(words), input=given, env=environment, prog_name="prentice")
        assert done.exit_code == code, done.stderr
        return done.stdout

    return run


def newest(prentice: Prentice, slug: str = PLATFORM, *, before: int = 0) -> dict[str, Any]:
    chain = PLATFORM if slug == PLATFORM else prentice.registry.get(slug).id
    return dict(page(prentice.servers.platform_url, chain, limit=before + 1).lines[-1].entry)


def length(prentice: Prentice, slug: str = PLATFORM) -> int:
    chain = PLATFORM if slug == PLATFORM else prentice.registry.get(slug).id
    found = page(prentice.servers.platform_url, chain, limit=1).lines
    return found[0].seq if found else 0


def told(entry: dict[str, Any]) -> tuple[str, str, str]:
    assert (entry["who"], entry["kind"]) == ("operator", "operator")
    return entry["action"], entry["decision"], entry.get("code", "")


# One command each, and what the chain of the practice (or of the platform) says of it.
COMMANDS = [
    (("tenant", "list"), PLATFORM, "shown", {"what": "practices"}),
    (("tenant", "report", "bluebird-eyecare"), "bluebird-eyecare", "shown", {"what": "report"}),
    (("tenant", "settings", "bluebird-eyecare"), "bluebird-eyecare", "shown", {"what": "settings"}),
    (
        ("tenant", "settings", "bluebird-eyecare", "public_name=Bluebird Eyecare"),
        "bluebird-eyecare",
        "settings_changed",
        {"names": ["public_name"]},
    ),
    (("tenant", "suspend", "bluebird-eyecare"), "bluebird-eyecare", "tenant_suspended", {}),
    (("tenant", "resume", "bluebird-eyecare"), "bluebird-eyecare", "tenant_resumed", {}),
    (("user", "list"), PLATFORM, "shown", {"what": "users"}),
    (("user", "list", "-t", "harbour-optics"), "harbour-optics", "shown", {"what": "users"}),
    (
        ("user", "add", "newcomer@north-street.example", "-t", "harbour-optics", "--role", "dispenser"),
        "harbour-optics",
        "user_invited",
        {"role": "dispenser"},
    ),
    (("key", "list", "-t", "harbour-optics"), "harbour-optics", "shown", {"what": "keys"}),
    (("host", "list", "-t", "harbour-optics"), "harbour-optics", "shown", {"what": "hosts"}),
    (("provider", "list", "-t", "harbour-optics"), "harbour-optics", "shown", {"what": "providers"}),
    (("token", "rotate"), PLATFORM, "keys_rotated", {"keys": "signing"}),
    (("db", "url", "platform"), PLATFORM, "address_shown", {"which": "platform"}),
    (
        ("db", "url", "analyst", "-t", "harbour-optics"),
        "harbour-optics",
        "address_shown",
        {"which": "analyst"},
    ),
    (("deid", "audit", "-t", "harbour-optics"), "harbour-optics", "shown", {"what": "columns"}),
    (
        ("feedback", "candidates", "-t", "harbour-optics"),
        "harbour-optics",
        "shown",
        {"what": "feedback candidates"},
    ),
    (("audit", "verify", "--all"), PLATFORM, "audit_verified", {}),
    (("audit", "verify", "-t", "harbour-optics"), "harbour-optics", "audit_verified", {"chains": 1}),
    (("audit", "show", "-t", "harbour-optics"), "harbour-optics", "audit_read", {}),
    (
        ("audit", "export", "-t", "harbour-optics", "--to", "2020-01-01"),
        "harbour-optics",
        "audit_exported",
        {"until": "2020-01-01"},
    ),
]


@pytest.mark.parametrize(("words", "chain", "action", "facts"), COMMANDS, ids=lambda v: str(v)[:60])
def test_a_command_is_written_down_as_the_operators(
    demo: Prentice, run: Run, words: tuple[str, ...], chain: str, action: str, facts: dict[str, object]
) -> None:
    before = length(demo, chain)
    run(*words)
    assert length(demo, chain) == before + 1
    entry = newest(demo, chain)
    assert told(entry) == (action, "allowed", "")
    assert facts.items() <= {**entry.get("facts", {})}.items() if facts else True


def test_what_is_done_to_a_user_names_them_by_id_and_never_by_address(demo: Prentice, run: Run) -> None:
    of = ("-t", "harbour-optics")
    add = ("user", "add", MAYA, *of, "--role", "manager", "--password-stdin", "--json")
    user = json.loads(run(*add, given=f"{SECRET}\n"))["user"]["id"]
    done = [
        (("user", "role", MAYA, "dispenser", *of), "harbour-optics", "user_changed"),
        (("user", "grant", MAYA, "patients", *of), "harbour-optics", "user_changed"),
        (("key", "make", "--as", MAYA, *of, "--name", "till"), "harbour-optics", "key_made"),
        (("token", "issue", "--as", MAYA, *of), "harbour-optics", "token_made"),
        (("user", "reset-password", MAYA), PLATFORM, "user_changed"),
        (("user", "reset-mfa", MAYA), PLATFORM, "factor_removed"),
        (("user", "disable", MAYA), PLATFORM, "user_changed"),
        (("user", "remove", MAYA, *of), "harbour-optics", "user_removed"),
    ]
    printed = []
    for words, chain, action in done:
        printed += run(*words).split()
        entry = newest(demo, chain)
        assert told(entry)[0] == action
        assert entry["facts"]["user"] == user
    log = b"".join(
        line
        for chain in (PLATFORM, demo.registry.get("harbour-optics").id)
        for line in export(demo.servers.platform_url, chain)
    ).decode()
    assert MAYA not in log
    assert SECRET not in log
    assert not [word for word in printed if len(word) > 30 and word in log]  # the key, the token, the link


def test_what_was_tried_in_vain_is_written_down_too(demo: Prentice, run: Run) -> None:
    run("user", "role", "nobody@north-street.example", "owner", "-t", "harbour-optics", code=1)
    assert told(newest(demo, "harbour-optics")) == ("user_changed", "refused", "unknown_user")
    run("tenant", "remove", "harbour-optics", "--without-export", given="another\n", code=1)
    entry = newest(demo)
    assert told(entry)[:2] == ("tenant_deleted", "refused")
    assert entry["facts"]["slug"] == "harbour-optics"


def test_a_question_is_the_operators_or_the_users_whose_rights_are_taken(demo: Prentice, run: Run) -> None:
    of = ("-t", "harbour-optics")
    run("ask", "revenue last month", *of)
    assert told(newest(demo, "harbour-optics")) == ("ask", "allowed", "")
    run("user", "add", f"as.{MAYA}", *of, "--role", "manager", "--password-stdin", given=f"{SECRET}\n")
    run("query", '{"metrics": ["revenue"]}', *of, "--as", f"as.{MAYA}")
    entry = newest(demo, "harbour-optics")
    user = demo.identity.users.by_email(f"as.{MAYA}")
    assert user
    assert (entry["action"], entry["who"], entry["kind"]) == ("query", user.id, "command")


@pytest.mark.parametrize(
    ("failure", "decision", "code"),
    [
        (UnknownUser("No.", "Ask."), "refused", "unknown_user"),
        (SourceUnavailable("No.", "Wait."), "failed", "source_unavailable"),
        (RuntimeError("hunter2"), "failed", "internal"),
        (KeyboardInterrupt(), "failed", "stopped"),
        (typer.BadParameter("x"), "refused", "bad_usage"),
        (typer.Abort(), "refused", "bad_usage"),
    ],
)
def test_how_it_ended_is_told_without_the_failures_own_words(
    demo: Prentice, failure: BaseException, decision: str, code: str
) -> None:
    with pytest.raises(type(failure)), commanded(demo.audit, None, Action.shown, what="x"):
        raise failure
    entry = newest(demo)
    assert told(entry) == ("shown", decision, code)
    assert "hunter2" not in str(entry)


def test_what_cannot_be_written_down_is_not_shown(
    demo: Prentice, session_settings: Settings, tmp_path: Path
) -> None:
    from prentice.audit import AuditLog

    closed = AuditLog(demo.servers.platform_url, demo.keyring, tmp_path)
    closed.close()
    with pytest.raises(AuditUnavailable), commanded(closed, None, Action.address_shown):
        pass
