"""`prentice tenant …` and `prentice db url`: connecting practices, and the addresses of their data."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.failures import print_json, told

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice
    from prentice.tenancy.registry import Tenant
    from prentice.warehouse.report import SourceReport

tenant = typer.Typer(help="Connect practices and see what their data can answer.", no_args_is_help=True)
db = typer.Typer(help="Addresses of the databases.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="The practice's short name: a-z, 0-9 and hyphen.", metavar="SLUG")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


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
        from prentice.session import opened
        from prentice.tenancy.onboarding import tenant_add
        from prentice.terminal import remark

        with opened() as prentice:
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
        if as_json:
            found = _facts(connected.tenant) if connected.tenant else None
            report = connected.report.as_json()
            print_json({"tenant": found, "changed": connected.changed and not dry_run, "sql": connected.sql,
                        "report": report})  # fmt: skip
        elif dry_run:
            print(connected.sql or "-- Nothing would change: it is set up already.")
            _print_report(connected.report, aside=True)
        elif connected.tenant:
            state = "connected" if connected.changed else "was set up already"
            remark(f"{connected.tenant.name} ({slug}) {state}.")
            _print_report(connected.report)


@tenant.command("list")
def list_tenants(as_json: Json = False) -> None:
    """The practices that are connected."""
    with told(as_json=as_json):
        from prentice.session import opened
        from prentice.terminal import grid, remark, screen

        with opened() as prentice:
            found = prentice.registry.all()
        if as_json:
            print_json({"tenants": [_facts(one) for one in found]})
        elif not found:
            remark("None is connected. `prentice demo load` makes two; `prentice tenant add` adds yours.")
        else:
            rows = [
                (t.slug, t.name, t.company_id, t.country, t.currency, t.timezone, t.today, t.route)
                for t in found
            ]
            heads = ("slug", "name", "company", "country", "currency", "time zone", "date", "route")
            screen().print(grid(heads, rows))


@tenant.command()
def report(slug: Slug, as_json: Json = False) -> None:
    """What the practice's data can answer and what not, looked at now."""
    with told(as_json=as_json):
        from prentice.session import opened

        with opened() as prentice:
            found = prentice.registry.get(slug, for_operator=True)
            looked = _look(prentice, found)
        if as_json:
            print_json({"tenant": _facts(found), "report": looked.as_json()})
        else:
            _print_report(looked)


@tenant.command()
def remove(
    slug: Slug,
    force: Annotated[
        bool, typer.Option("--force", help="Forget it even where its database does not answer.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Drop the practice's login and its anonymised copy, and forget it. Its own data is not touched."""
    with told(as_json=False):
        if not yes and sys.stdin.isatty():
            typer.confirm(f"Forget the practice '{slug}' and drop its login?", abort=True)
        from prentice.deid import databases
        from prentice.session import opened
        from prentice.tenancy.onboarding import tenant_remove
        from prentice.terminal import remark

        with opened() as prentice:
            found = prentice.registry.get(slug, for_operator=True)
            # The copy first: should it not go, the practice is still known and this can be tried again.
            databases.remove(prentice.servers.platform_url, prentice.keyring, found.id)
            tenant_remove(prentice.registry, prentice.keyring, slug, force=force)
        remark(f"'{slug}' is removed. Its data in the source is as it was.")


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
        from prentice.deid.databases import reader_url
        from prentice.embedded.keeper import keep_open, nobody_uses
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.tenancy.onboarding import source_login_url

        config = load_settings()
        alone = nobody_uses(config)
        with opened(config) as prentice:
            if which is Which.platform:
                address = prentice.servers.platform_url
            else:
                found = prentice.registry.get(str(tenant), for_operator=True)
                if which is Which.source:
                    address = prentice.registry.source_url(found)
                elif which is Which.anonymised:
                    address = reader_url(
                        prentice.servers.platform_url, prentice.keyring, found.id, found.slug
                    )
                else:
                    address = source_login_url(prentice.registry, prentice.keyring, found)
            keep_open(config, alone=alone)
        print(address)


def embedded_source() -> bool:
    """Whether the shared source is the embedded server, where Prentice may set server-wide rules."""
    from prentice.settings import load_settings

    return load_settings().source_url is None


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
        return gather(shape, own, prentice.registry.scope(found.slug).today)


def _facts(one: Tenant) -> dict[str, Any]:
    """What may be shown of a practice: its address holds no password."""
    return {
        "slug": one.slug,
        "name": one.name,
        "company_id": one.company_id,
        "source_url": one.source_url,
        "currency": one.currency,
        "country": one.country,
        "timezone": one.timezone,
        "today": one.today.isoformat() if one.today else None,
        "route": one.route,
        "login": one.login,
    }


def _print_report(report: SourceReport, *, aside: bool = False) -> None:
    for line in report.lines():
        print(line, file=sys.stderr if aside else sys.stdout)
