"""`prentice tenant …` and `prentice db url`: connecting practices, and the addresses of their data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import print_json, told
from prentice.tenancy import upkeep
from prentice.tenancy.shown import Json, Slug, embedded_source, facts, print_report

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice
    from prentice.tenancy.registry import Tenant
    from prentice.tenancy.steps import OnStep, StepState
    from prentice.warehouse.report import SourceReport

tenant = typer.Typer(help="Connect practices and see what their data can answer.", no_args_is_help=True)
db = typer.Typer(help="Addresses of the databases.", no_args_is_help=True)

_OWN = typer.Option(
    help="Its own database, with a login that may create roles and a schema. Without it: the shared source."
)
_NAME = typer.Option(help="What people call it; without it the host's own name.")
_COUNTRY = typer.Option(help="ISO 3166-1; decides how dates and figures are written.")
_TODAY = typer.Option(formats=["%Y-%m-%d"], help="Pins the practice's date.", metavar="YYYY-MM-DD")
_DRY = typer.Option("--dry-run", help="Change nothing; print the SQL that would run.")


@tenant.command()
def add(
    slug: Slug,
    company_id: Annotated[str, typer.Option(help="The practice's company_id in the host's tables.")],
    source_url: Annotated[str | None, _OWN] = None,
    name: Annotated[str | None, _NAME] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "GBP",
    country: Annotated[str, _COUNTRY] = "GB",
    timezone: Annotated[str, typer.Option(help="IANA name, such as Europe/London.")] = "UTC",
    today: Annotated[datetime | None, _TODAY] = None,
    dry_run: Annotated[bool, _DRY] = False,
    as_json: Json = False,
) -> None:
    """Connect a practice of any database that has the host's tables."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened
        from prentice.tenancy.onboarding import tenant_add
        from prentice.terminal import remark

        with (
            opened() as prentice,
            commanded(
                prentice.audit, None, Action.tenant_created, slug=slug, dry_run=dry_run or None
            ) as said,
        ):
            connected = tenant_add(
                prentice.registry,
                prentice.keyring,
                slug,
                company_id=company_id,
                shared_source_url=prentice.servers.source_url,
                source_url=source_url,
                name=name,
                currency=currency,
                country=country,
                timezone=timezone,
                today=today.date() if today else None,
                owned=embedded_source(),
                dry_run=dry_run,
            )
            said["tenant"] = connected.tenant.id if connected.tenant else None
        if as_json:
            found = facts(connected.tenant) if connected.tenant else None
            report = connected.report.as_json()
            print_json({"tenant": found, "changed": connected.changed and not dry_run, "sql": connected.sql,
                        "report": report})  # fmt: skip
        elif dry_run:
            print(connected.sql or "-- Nothing would change: it is set up already.")
            print_report(connected.report, aside=True)
        elif connected.tenant:
            state = "connected" if connected.changed else "was set up already"
            remark(f"{connected.tenant.name} ({slug}) {state}.")
            print_report(connected.report)


@tenant.command("list")
def list_tenants(as_json: Json = False) -> None:
    """The practices that are connected."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened
        from prentice.terminal import grid, remark, screen

        with opened() as prentice, commanded(prentice.audit, None, Action.shown, what="practices"):
            found = prentice.registry.all()
        if as_json:
            print_json({"tenants": [facts(one) for one in found]})
        elif not found:
            remark("None is connected. `prentice demo load` makes two; `prentice tenant add` adds yours.")
        else:
            rows = [
                (t.slug, t.name, t.company_id, t.country, t.currency, t.timezone, t.today, t.route, t.status)
                for t in found
            ]
            heads = ("slug", "name", "company", "country", "currency", "time zone", "date", "route", "status")
            screen().print(grid(heads, rows))


@tenant.command()
def report(slug: Slug, as_json: Json = False) -> None:
    """What the practice's data can answer and what not, looked at now."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened

        with opened() as prentice:
            found = prentice.registry.get(slug, for_operator=True)
            with commanded(prentice.audit, found.id, Action.shown, what="report"):
                looked = _look(prentice, found)
        if as_json:
            print_json({"tenant": facts(found), "report": looked.as_json()})
        else:
            print_report(looked)


@tenant.command()
def onboard(
    slug: Slug,
    company_id: Annotated[
        str | None,
        typer.Option(help="The practice's company_id in the host's tables; needed the first time."),
    ] = None,
    source_url: Annotated[str | None, _OWN] = None,
    name: Annotated[str | None, _NAME] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "GBP",
    country: Annotated[str, _COUNTRY] = "GB",
    timezone: Annotated[str, typer.Option(help="IANA name, such as Europe/London.")] = "UTC",
    today: Annotated[datetime | None, _TODAY] = None,
    owner: Annotated[
        str | None, typer.Option(help="Invite this address as the practice's owner.", metavar="EMAIL")
    ] = None,
    as_json: Json = False,
) -> None:
    """Connect a practice, audit its columns and make its first anonymised copy; again, it goes on."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.tenancy.hooks import wired
        from prentice.tenancy.onboard import Asked
        from prentice.tenancy.onboard import onboard as bring

        config = load_settings()
        asked = Asked(
            company_id=company_id,
            source_url=source_url,
            name=name,
            currency=currency,
            country=country,
            timezone=timezone,
            today=today.date() if today else None,
            owned=embedded_source(),
        )
        with (
            opened(config) as prentice,
            commanded(prentice.audit, None, Action.tenant_created, slug=slug) as said,
            _steps(quiet=as_json) as on_step,
        ):
            done = bring(prentice, slug, asked, home=config.home, owner=owner, hooks=wired(prentice),
                         on_step=on_step)  # fmt: skip
            said["tenant"] = done.tenant.id
        if as_json:
            print_json({"tenant": facts(done.tenant), "steps": [step.as_json() for step in done.steps],
                        "invitation": done.invitation})  # fmt: skip
            return
        print(f"{done.tenant.name} ({slug}) is ready.")
        if done.invitation:
            print(f"Its owner signs in with: {done.invitation}")


for command in (
    upkeep.suspend,
    upkeep.resume,
    upkeep.settings,
    upkeep.move,
    upkeep.export,
    upkeep.verify_export,
    upkeep.remove,
):
    tenant.command(command.__name__.replace("_", "-"))(command)


class Which(StrEnum):
    source = "source"
    platform = "platform"
    analyst = "analyst"
    anonymised = "anonymised"


_WHICH = typer.Argument(
    help="source: the host's own tables. platform: Prentice's own. analyst: the practice's walled login. "
    "anonymised: the copy of its patients without identifiers."
)
_OF = typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG")


@db.command()
def url(which: Annotated[Which, _WHICH], tenant: Annotated[str | None, _OF] = None) -> None:
    """Print an address that an ordinary PostgreSQL client accepts. It holds a password."""
    with told(as_json=False):
        if tenant is None and which is not Which.platform:
            raise typer.BadParameter("it is needed for this address", param_hint="'--tenant'")
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.deid.databases import reader_url
        from prentice.embedded.keeper import keep_open, nobody_uses
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.tenancy.onboarding import source_login_url

        config = load_settings()
        alone = nobody_uses(config)
        with opened(config) as prentice:
            found = None
            if which is not Which.platform:
                found = prentice.registry.get(str(tenant), for_operator=True)
            owner = found.id if found else None
            with commanded(prentice.audit, owner, Action.address_shown, which=which.value):
                if found is None:
                    address = prentice.servers.platform_url
                elif which is Which.source:
                    address = prentice.registry.source_url(found)
                elif which is Which.anonymised:
                    address = reader_url(
                        prentice.servers.platform_url, prentice.keyring, found.id, found.slug
                    )
                else:
                    address = source_login_url(prentice.registry, prentice.keyring, found)
            keep_open(config, alone=alone)
        print(address)


@contextmanager
def _steps(quiet: bool) -> Iterator[OnStep]:
    """Each step with its time, one line when it ends; what the one under way is doing, in a terminal."""
    from prentice.terminal import aside

    console = aside()
    if quiet:
        yield lambda state: None
        return
    with console.status("Starting …") as status:

        def on_step(state: StepState) -> None:
            if state.state == "running":
                status.update(f"{state.title}. {state.words}")
                return
            took = f"{state.seconds:.1f} s" if state.seconds is not None else ""
            console.print(f"{state.state:<8}{state.title:<34}{took:>7}  {state.words}")

        yield on_step


def _look(prentice: Prentice, found: Tenant) -> SourceReport:
    from prentice.tenancy.address import connect
    from prentice.tenancy.onboarding import source_login_url
    from prentice.warehouse.facts import gather
    from prentice.warehouse.inspect import inspect
    from prentice.warehouse.schema import read_schema

    with connect(prentice.registry.source_url(found), for_operator=True) as connection:
        shape = inspect(read_schema(connection))
    login = source_login_url(prentice.registry, prentice.keyring, found)
    with connect(login, for_operator=True) as own:
        return gather(shape, own, prentice.registry.today(found))
