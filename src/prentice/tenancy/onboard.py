"""One practice from nothing to its first answers. Read `onboard`.

connect -> provision -> audit -> copy -> ready. Each step writes down what it found, so that a page can show
how far it has come (`steps.steps_of`), and what was ended half-way, or stopped at a column without a rule,
goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from prentice.deid.audit import has_patients
from prentice.deid.practice import practice_of
from prentice.deid.run import anonymise, audit_practice
from prentice.errors import BadConfiguration, SourceUnsuitable, TenantExists
from prentice.identity.caller import Caller
from prentice.ops.secrets import Keyring
from prentice.semantic.compile import compile_query
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.tenancy.address import checked_address, connect, place
from prentice.tenancy.alone import alone
from prentice.tenancy.hooks import Hooks
from prentice.tenancy.onboarding import (
    checked_practice,
    keyring_id,
    reserved_secret,
    same_practice,
    tenant_add,
)
from prentice.tenancy.registry import Registry, Tenant, checked_slug
from prentice.tenancy.steps import STEPS, OnStep, Step, StepState, Work, steps_of, take
from prentice.warehouse.execute import Warehouse
from prentice.warehouse.inspect import company_name, inspect
from prentice.warehouse.schema import read_schema

_COPYING = {
    "settle": "Looking for what a run left",
    "guard": "Looking at what closed lists hold",
    "persons": "Reading persons",
    "years": "Reading years",
    "orders": "Reading orders",
    "notes": "Reading notes",
    "build": "Building the copy",
    "verify": "Verifying it",
    "switch": "Putting it in its place",
    "report": "Writing the report",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the practice is to be. Once provisioned, `company_id` may be left out: the rest is kept."""

    company_id: str | None = None
    source_url: str | None = field(default=None, repr=False)  # null: the shared source
    name: str | None = None
    currency: str = "GBP"
    country: str = "GB"
    timezone: str = "UTC"
    today: date | None = None
    owned: bool = False  # the shared source is the embedded server


@dataclass(frozen=True, slots=True)
class Onboarded:
    """A practice that is ready. `invitation` is its owner's link, shown once; null without one."""

    tenant: Tenant
    steps: tuple[StepState, ...]
    invitation: str | None = field(default=None, repr=False)


class Platform(Protocol):
    """What `onboard` needs of `ask.pipeline.Prentice`."""

    catalogue: Catalogue
    registry: Registry
    warehouse: Warehouse
    keyring: Keyring
    servers: Any


def onboard(
    prentice: Platform,
    slug: str,
    asked: Asked,
    *,
    home: Path,
    owner: str | None = None,
    by: Caller | None = None,
    hooks: Hooks | None = None,
    on_step: OnStep = lambda state: None,
) -> Onboarded:
    """Bring a practice to where it can be asked, going on where an earlier attempt ended.

    `owner`, an address, is invited at the end, by `by`: the operator who is signed in. `on_step` is told when
    a step begins, goes on and ends.

    Raises what `tenant_add` and `anonymise` raise (`PolicyGap` with the lines to add), `RunUnderWay`,
    `TenantSuspended`; the step at which it stopped says so as well.
    """
    hooks = hooks or Hooks()
    if owner is not None and hooks.invite_owner is None:
        raise BadConfiguration("Nobody can be invited here.", "Leave the owner out.")
    known = _known(prentice.registry, slug, asked)
    tenant_id = known.id if known else keyring_id(prentice.keyring, slug, keep=True)
    way = _Way(prentice, slug, asked, known, home, on_step)
    work: Mapping[Step, Work] = {
        "connect": way.connect,
        "provision": way.provision,
        "audit": way.audit,
        "copy": way.copy,
        "ready": way.ready,
    }
    with alone(prentice.registry.platform_url, tenant_id):
        before = {one.step: one for one in steps_of(prentice.registry, tenant_id)}
        for step in STEPS:
            if before[step].state == "done":
                on_step(before[step])
            else:
                take(prentice.registry, tenant_id, step, work[step], on_step)
    invitation = None
    if hooks.invite_owner and owner is not None:
        invitation = hooks.invite_owner(tenant_id, owner, by)
    steps = steps_of(prentice.registry, tenant_id)
    return Onboarded(prentice.registry.get(slug), tuple(steps), invitation)


def onboarding_id(registry: Registry, keyring: Keyring, slug: str) -> str | None:
    """The id under which `steps_of` knows a practice, also before it is provisioned; null where it never
    began."""
    known = registry.find(slug)
    return known.id if known else keyring.get(reserved_secret(slug))


def _known(registry: Registry, slug: str, asked: Asked) -> Tenant | None:
    """The practice, if it is connected; and what was asked is checked before anything is begun."""
    known = registry.find(checked_slug(slug))
    if known is not None:
        if asked.company_id is not None and not same_practice(known, asked.company_id, asked.source_url):
            raise TenantExists(
                f"'{slug}' is connected already, to another practice or database.",
                "Choose another short name, or remove that one first.",
            )
        return registry.active(slug)
    if asked.company_id is None:
        raise BadConfiguration(
            f"'{slug}' is not connected yet.", "Say which practice of the source it is, with --company-id."
        )
    checked_practice(asked.currency, asked.country, asked.timezone)
    return None


class _Way:
    """The steps of one practice, each giving what it found in words and in figures."""

    def __init__(
        self,
        prentice: Platform,
        slug: str,
        asked: Asked,
        known: Tenant | None,
        home: Path,
        on_step: OnStep,
    ) -> None:
        self._prentice, self._slug, self._asked, self._known = prentice, slug, asked, known
        self._home, self._on_step = home, on_step

    def connect(self) -> tuple[str, dict[str, Any]]:
        registry, asked, known = self._prentice.registry, self._asked, self._known
        if known:
            url = registry.source_url(known)
        elif asked.source_url:
            url = registry.trusting(checked_address(asked.source_url))
        else:
            url = self._prentice.servers.source_url
        with connect(url, for_operator=True) as connection:
            schema = read_schema(connection)
            report = inspect(schema)
            spoken = company_name(connection, schema, known.company_id if known else str(asked.company_id))
        words = f"{spoken or self._slug} is at {place(url)}, with {len(report.tables)} of the host's tables."
        return words, {"tables": list(report.tables)}

    def provision(self) -> tuple[str, dict[str, Any]]:
        asked, known = self._asked, self._known
        if known is not None and asked.company_id is None:
            return f"It was connected before: the login {known.login}.", {}
        connected = tenant_add(
            self._prentice.registry,
            self._prentice.keyring,
            self._slug,
            company_id=str(asked.company_id),
            shared_source_url=self._prentice.servers.source_url,
            source_url=asked.source_url,
            name=asked.name,
            currency=asked.currency,
            country=asked.country,
            timezone=asked.timezone,
            today=asked.today,
            owned=asked.owned,
        )
        assert connected.tenant is not None  # it was no dry run
        counts = {view: count for view, count in connected.report.counts.items() if count}
        found = ", ".join(f"{count:,} {view.replace('_', ' ')}" for view, count in counts.items())
        words = f"The login {connected.tenant.login} reads {found or 'no rows yet'}."
        return words, {"counts": counts, "report": list(connected.report.lines())}

    def audit(self) -> tuple[str, dict[str, Any]]:
        practice = practice_of(self._prentice, self._slug, self._home)
        if not self._patients():
            return "The source has no table of patients, so there is nothing to anonymise.", {"columns": 0}
        found = audit_practice(practice)
        found.check(practice.overlay)
        ruled = sum(line.state == "known" for line in found.lines)
        words = f"Each of the {ruled} columns has a rule."
        return words, {"columns": ruled, "tables_not_read": list(found.source.others)}

    def copy(self) -> tuple[str, dict[str, Any]]:
        if not self._patients():
            return "There are no patients to copy.", {"persons": 0}

        def progress(doing: str, rows: int) -> None:
            said = _COPYING.get(doing, doing.capitalize())
            self._on_step(StepState("copy", "running", f"{said}: {rows:,} rows." if rows else f"{said} …"))

        practice = practice_of(self._prentice, self._slug, self._home)
        outcome = anonymise(practice, on_step=progress)
        words = f"{outcome.persons:,} people without identifiers; {len(outcome.checks)} checks passed."
        return words, {"persons": outcome.persons, "run": outcome.run_id}

    def ready(self) -> tuple[str, dict[str, Any]]:
        """Through the same walls as any question. A source without sales is ready too: the report says so."""
        scope = self._prentice.registry.scope(self._slug)
        told = []
        for metric, words in (("transactions", "from its own rows"), ("patients", "from its copy")):
            if metric == "patients" and not self._patients():
                continue
            statement = compile_query(Query(metrics=(metric,)), self._prentice.catalogue, today=scope.today)
            with suppress(SourceUnsuitable):
                self._prentice.warehouse.run(scope, statement, fresh=True)
                told.append(words)
        return f"It answers {' and '.join(told) or 'nothing yet: its data has no sales'}.", {}

    def _patients(self) -> bool:
        registry = self._prentice.registry
        with connect(registry.source_url(registry.get(self._slug)), for_operator=True) as connection:
            return has_patients(connection)
