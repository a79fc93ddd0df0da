"""`prentice user …`, run as people run it, on the suite's own platform database."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from identity.people import BETTER, GOOD, People, signed_in
from prentice.embedded import Servers
from prentice.errors import SignInNeeded
from prentice.identity.commands import user
from prentice.identity.roles import Role
from prentice.settings import Settings
from prentice.tenancy.registry import Tenant

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(session_settings: Settings, servers: Servers, platform_url: str, tmp_path: Path) -> Run:
    """A home of their own with the run's keys: the anchors of one home are of one platform database."""
    for name in ("secrets.json", "master.key"):
        shutil.copy(session_settings.home / name, tmp_path)
    environment = {
        "PRENTICE_HOME": str(tmp_path),
        "PRENTICE_PLATFORM_URL": platform_url,
        "PRENTICE_SOURCE_URL": servers.source_url,
        "PRENTICE_REDIS_URL": servers.redis_url,
    }

    def run(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(user, list(words), input=given, env={**environment, "COLUMNS": "300"})
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def practice(people: People) -> Tenant:
    return people.practice()


def test_somebody_is_added_by_a_link_that_stands_alone_on_the_output(
    run: Run, people: People, practice: Tenant
) -> None:
    email = f"link-{practice.id}@harbour.example"
    done = run("add", email, "--tenant", practice.slug, "--role", "manager", "--grant", "patients")
    assert done.returncode == 0, done.stderr
    path, _, token = done.stdout.strip().partition("?token=")
    assert path == "/welcome"
    assert token not in done.stderr
    person = people.users.accept(token, "Ann", GOOD)
    [held] = people.users.memberships(person.id)
    assert (held.role, held.grants) == (Role.manager, {"patients"})


def test_somebody_is_added_with_a_password_that_is_read_and_never_shown(
    run: Run, people: People, practice: Tenant
) -> None:
    email = f"stdin-{practice.id}@harbour.example"
    words = (
        "add",
        email,
        "-t",
        practice.slug,
        "-r",
        "owner",
        "--name",
        "Ann Lee",
        "--password-stdin",
        "--json",
    )
    weak = run(*words, given="password1234\n")
    assert weak.returncode == 1
    assert "password1234" not in weak.stdout + weak.stderr
    assert json.loads(weak.stdout)["error"]["code"] == "weak_password"
    assert people.users.by_email(email) is None
    done = run(*words, given=f"{GOOD}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["user"]["name"] == "Ann Lee"
    assert GOOD not in done.stdout + done.stderr
    person = people.users.by_email(email)
    assert person
    signed_in(people.sign_in(person))
    assert json.loads(run(*words, given=f"{BETTER}\n").stdout)["error"]["code"] == "user_exists"


def test_roles_and_grants_are_given_and_taken(run: Run, people: People, practice: Tenant) -> None:
    owner, person = people.member(practice, "owner"), people.member(practice, "assistant")
    tenant = ("--tenant", practice.slug)

    def held() -> tuple[str, list[str]]:
        [one] = people.users.memberships(person.id)
        return one.role.value, sorted(one.grants)

    assert run("role", person.email, "dispenser", *tenant).returncode == 0
    assert run("grant", person.email, "patients", *tenant).returncode == 0
    assert held() == ("dispenser", ["patients"])
    assert run("revoke-grant", person.email, "patients", *tenant).returncode == 0
    assert held() == ("dispenser", [])
    for words in (
        ("role", person.email, "operator", *tenant),
        ("grant", person.email, "everything", *tenant),
        ("role", owner.email, "assistant", *tenant),
        ("remove", owner.email, *tenant),
        ("role", "nobody@harbour.example", "owner", *tenant),
        ("role", person.email, "owner", "--tenant", "nowhere"),
    ):
        done = run(*words)
        assert done.returncode == 1
        assert done.stderr.startswith("prentice: ")
    listed = json.loads(run("list", *tenant, "--json").stdout)["users"]
    assert {one["email"]: one["practices"][0]["role"] for one in listed} == {
        owner.email: "owner",
        person.email: "dispenser",
    }
    assert person.email in run("list", *tenant).stdout
    assert run("remove", person.email, *tenant).returncode == 0
    assert people.users.memberships(person.id) == []


def test_somebody_is_disabled_enabled_and_reset(run: Run, people: People) -> None:
    person = people.person()
    people.app(person)
    assert run("disable", person.email).returncode == 0
    found = people.users.by_id(person.id)
    assert found
    assert not found.active
    assert run("enable", person.email).returncode == 0
    assert run("reset-mfa", person.email).returncode == 0
    assert not signed_in(people.sign_in(person)).strong
    done = run("reset-password", person.email)
    path, _, token = done.stdout.strip().partition("?token=")
    assert path == "/reset"
    people.users.reset_password(token, BETTER)
    signed_in(people.sign_in(person, BETTER))


def test_operators_are_made_and_unmade(run: Run, people: People, practice: Tenant) -> None:
    person = people.person()
    done = run("operator", "add", person.email)
    assert done.returncode == 0
    found = people.users.by_id(person.id)
    assert found
    assert not found.operator  # whoever made the account may be somebody else
    token = done.stdout.strip().partition("?token=")[2]
    with pytest.raises(SignInNeeded):
        people.users.accept(token, "Mallory")
    assert people.users.accept(token, signed_in=person.id).operator
    again = run("operator", "add", person.email, "--password-stdin", "--json", given=f"{GOOD}\n")
    assert json.loads(again.stdout)["error"]["code"] == "user_exists"
    assert run("operator", "remove", person.email).returncode == 0
    found = people.users.by_id(person.id)
    assert found
    assert not found.operator
    new = f"op-{practice.id}@harbour.example"
    token = run("operator", "add", new).stdout.strip().partition("?token=")[2]
    assert people.users.accept(token, "Op", GOOD).operator
    other = f"op2-{practice.id}@harbour.example"
    done = run("operator", "add", other, "--password-stdin", "--json", given=f"{GOOD}\n")
    assert json.loads(done.stdout)["user"]["operator"] is True
