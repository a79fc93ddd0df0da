"""A practice is brought in: each step says what it found, and what was ended half-way goes on."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from warehouse.hosts import at_database, database, fill

from prentice.ask.pipeline import Prentice, open_prentice
from prentice.demo.load import load_demo
from prentice.embedded import Servers
from prentice.errors import BadConfiguration, PolicyGap, RunUnderWay, SourceUnsuitable, TenantExists
from prentice.identity.caller import Caller
from prentice.semantic.query import Query
from prentice.settings import Settings
from prentice.tenancy import onboard as module
from prentice.tenancy.alone import alone
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.onboard import Asked, Onboarded, onboard, onboarding_id
from prentice.tenancy.removal import remove_tenant
from prentice.tenancy.steps import STEPS, StepState, steps_of

TODAY = date(2026, 10, 31)
HARBOUR = Asked(company_id="c-harbour-optics", timezone="Europe/London")


@pytest.fixture(scope="module")
def small(servers: Servers) -> Iterator[str]:
    """The name of a database with the demo practices, 200 and 144 patients."""
    with database(servers) as url:
        load_demo(url, scale=0.08, today=TODAY)
        yield url.rsplit("/", 1)[1].partition("?")[0]


class Site:
    def __init__(self, prentice: Prentice, config: Settings) -> None:
        self.prentice, self.config = prentice, config
        self.seen: list[StepState] = []

    def onboard(self, slug: str = "harbour", asked: Asked = HARBOUR, **options: Any) -> Onboarded:
        self.seen.clear()
        return onboard(self.prentice, slug, asked, home=self.config.home, on_step=self.seen.append, **options)

    def steps(self, slug: str = "harbour") -> list[StepState]:
        known = onboarding_id(self.prentice.registry, self.prentice.keyring, slug)
        return steps_of(self.prentice.registry, known or "")

    def source(self, statement: str) -> None:
        with psycopg.connect(self.prentice.servers.source_url, autocommit=True) as admin:
            admin.execute(statement)  # type: ignore[arg-type]

    def done(self) -> list[str]:
        """The steps that were worked at in the last attempt, and ended."""
        begun = {state.step for state in self.seen if state.state == "running"}
        return [state.step for state in self.seen if state.state == "done" and state.step in begun]

    def environment(self) -> dict[str, str]:
        assert self.config.source_url
        assert self.config.platform_url
        assert self.config.redis_url
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PRENTICE_")},
            "PRENTICE_HOME": str(self.config.home),
            "PRENTICE_TODAY": TODAY.isoformat(),
            "PRENTICE_SOURCE_URL": self.config.source_url,
            "PRENTICE_PLATFORM_URL": self.config.platform_url,
            "PRENTICE_REDIS_URL": self.config.redis_url,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        }


@pytest.fixture
def site(servers: Servers, small: str, tmp_path: Path) -> Iterator[Site]:
    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"create database {name} template {small}")
    with database(servers) as platform_url:
        config = Settings(
            home=tmp_path / "home",
            today=TODAY,
            source_url=at_database(servers.source_url, name),
            platform_url=platform_url,
            redis_url=servers.redis_url,
        )
        config.home.mkdir(mode=0o700)
        with open_prentice(config) as prentice:
            from redis import Redis

            yield Site(prentice, config)
            with Redis.from_url(servers.redis_url) as redis:
                for tenant in prentice.registry.all():
                    remove_tenant(
                        prentice.registry, prentice.keyring, tenant.slug, confirm=tenant.slug, redis=redis,
                        home=config.home, without_export=True,
                    )  # fmt: skip
    with psycopg.connect(servers.source_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


def test_a_practice_comes_in_and_each_step_says_what_it_found(site: Site) -> None:
    links: list[tuple[str, str]] = []

    def invite(tenant_id: str, email: str, by: Caller | None) -> str:
        assert by is None
        links.append((tenant_id, email))
        return "https://prentice.example/join/x"

    assert [state.state for state in site.steps()] == ["waiting"] * 5
    done = site.onboard(owner="ann@harbour.example", hooks=Hooks(invite_owner=invite))
    assert site.done() == list(STEPS)
    words = {state.step: state.words for state in done.steps}
    assert "Harbour Optics is at" in words["connect"]
    assert "sales" in words["provision"]
    assert words["audit"].startswith("Each of the ")
    assert "people without identifiers" in words["copy"]
    assert words["ready"] == "It answers from its own rows and from its copy."
    assert all(state.state == "done" and state.seconds is not None for state in done.steps)
    assert done.invitation == "https://prentice.example/join/x"
    assert links == [(done.tenant.id, "ann@harbour.example")]
    assert "join" not in repr(done)
    assert list(done.steps) == site.steps()
    answer = site.prentice.query(Query(metrics=("patients",)), site.prentice.registry.scope("harbour"))
    assert answer.rows[0][0] > 100
    again = site.onboard(asked=Asked())  # nothing left to do, and nothing needs to be said twice
    assert (site.done(), again.tenant) == ([], done.tenant)


def test_a_column_without_a_rule_stops_there_with_the_line_to_add(site: Site) -> None:
    site.source("alter table patients add column shoe_size text")
    with pytest.raises(PolicyGap, match=r"shoe_size: \{type: text, rule: drop") as gap:
        site.onboard()
    states = {state.step: state for state in site.steps()}
    assert [states[step].state for step in STEPS] == ["done", "done", "stopped", "waiting", "waiting"]
    assert states["audit"].words == gap.value.message
    assert states["audit"].next_step == gap.value.next_step
    overlay = site.config.home / "deid" / "policy" / "harbour.yml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(gap.value.next_step.partition("\n")[2])
    site.onboard(asked=Asked())
    assert site.done() == ["audit", "copy", "ready"]


@pytest.mark.parametrize("step", STEPS)
def test_one_that_is_killed_at_any_step_goes_on_from_there(
    site: Site, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(module._Way, step, die)
        killed.setattr("prentice.tenancy.steps._failed", die)  # as one that is killed writes nothing down
        with pytest.raises(Killed):
            site.onboard()
    left = {state.step: state for state in site.steps()}
    assert left[STEPS[STEPS.index(step)]].state == "stopped"
    assert "Run it again" in left[STEPS[STEPS.index(step)]].next_step
    site.onboard()
    assert site.done() == list(STEPS[STEPS.index(step) :])
    assert {state.state for state in site.steps()} == {"done"}


def test_a_command_that_is_killed_in_the_middle_goes_on(site: Site) -> None:
    words = [sys.executable, "-m", "prentice.cli", "tenant", "onboard", "harbour"]
    first = [*words, "--company-id", "c-harbour-optics", "--timezone", "Europe/London"]
    process = subprocess.Popen(first, env=site.environment(), stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not any(one.step == "copy" and one.state == "running" for one in site.steps()):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    with pytest.raises(RunUnderWay):
        site.onboard(asked=Asked())
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    states = {state.step: state.state for state in site.steps()}
    assert (states["audit"], states["copy"], states["ready"]) == ("done", "stopped", "waiting")
    again = subprocess.run(words, env=site.environment(), capture_output=True, text=True, timeout=90)
    assert again.returncode == 0, again.stderr
    assert again.stdout == "Harbour Optics (harbour) is ready.\n"
    lines = [line for line in again.stderr.splitlines() if line.startswith("done")]
    assert len(lines) == len(STEPS)
    assert all(" s  " in line for line in lines)


def test_what_fails_is_told_at_its_step_and_mended_by_the_next_attempt(site: Site) -> None:
    with pytest.raises(SourceUnsuitable, match="2 companies"):
        site.onboard(asked=Asked(company_id="nobody"))
    failed = site.steps()[0]
    assert (failed.state, "2 companies" in failed.words) == ("failed", True)
    assert site.prentice.registry.all() == []
    site.onboard()
    with pytest.raises(TenantExists):
        site.onboard(asked=Asked(company_id="c-bluebird-eyecare"))


def test_what_cannot_be_done_is_told_before_anything_is_begun(site: Site) -> None:
    with pytest.raises(BadConfiguration, match="not connected yet"):
        site.onboard(asked=Asked())
    with pytest.raises(BadConfiguration, match="Nobody can be invited"):
        site.onboard(owner="ann@harbour.example")
    with pytest.raises(BadConfiguration, match="time zone"):
        site.onboard(asked=Asked(company_id="c-harbour-optics", timezone="Mars"))
    with pytest.raises(BadConfiguration, match="short name"):
        site.onboard("H")
    assert onboarding_id(site.prentice.registry, site.prentice.keyring, "harbour") is None


def test_a_source_without_patients_is_ready_without_a_copy(site: Site, servers: Servers) -> None:
    with database(servers) as url:
        fill(url, "north")
        done = site.onboard("north", Asked(company_id="north", source_url=url))
        words = {state.step: state.words for state in done.steps}
        assert "nothing to anonymise" in words["audit"]
        assert words["ready"] == "It answers from its own rows."
        from redis import Redis

        with Redis.from_url(servers.redis_url) as redis:
            remove_tenant(
                site.prentice.registry, site.prentice.keyring, "north", confirm="north", redis=redis,
                home=site.config.home, without_export=True,
            )  # fmt: skip
    assert [state.state for state in site.steps("north")] == ["waiting"] * 5


def test_whoever_is_at_work_is_not_said_to_have_stopped(site: Site) -> None:
    site.prentice.registry.add(id="a" * 12, slug="held", name="Held", company_id="c")
    with psycopg.connect(site.prentice.servers.platform_url, autocommit=True) as platform:
        platform.execute(
            "insert into onboarding (tenant_id, step, state, detail) "
            "values (repeat('a', 12), 'copy', 'running', '{\"words\": \"…\"}')"
        )
    with alone(site.prentice.servers.platform_url, "a" * 12):
        assert site.steps("held")[3].state == "running"
    assert site.steps("held")[3].state == "stopped"
