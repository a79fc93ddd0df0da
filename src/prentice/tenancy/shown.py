"""What the commands for practices share: their arguments, and how a practice is shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.errors import CannotOpen

if TYPE_CHECKING:
    from prentice.tenancy.registry import Tenant
    from prentice.warehouse.report import SourceReport

Slug = Annotated[str, typer.Argument(help="The practice's short name: a-z, 0-9 and hyphen.", metavar="SLUG")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def embedded_source() -> bool:
    """Whether the shared source is the embedded server, where Prentice may set server-wide rules."""
    from prentice.settings import load_settings

    return load_settings().source_url is None


def facts(one: Tenant) -> dict[str, Any]:
    """What may be shown of a practice: its address holds no password."""
    return {
        "slug": one.slug,
        "name": one.name,
        "company_id": one.company_id,
        "source_url": _address(one),
        "currency": one.currency,
        "country": one.country,
        "timezone": one.timezone,
        "today": one.today.isoformat() if one.today else None,
        "route": one.route,
        "status": one.status,
        "login": one.login,
    }


def _address(one: Tenant) -> str | None:
    """A list shows the others also where one address cannot be opened."""
    try:
        return one.source_url
    except CannotOpen:
        return "cannot be opened"


def print_report(report: SourceReport, *, aside: bool = False) -> None:
    for line in report.lines():
        print(line, file=sys.stderr if aside else sys.stdout)
