"""`prentice audit …`: verify the chains, export one, look at its end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prentice.errors import AuditUnavailable, PrenticeError
from prentice.failures import FAILED, print_json, told

if TYPE_CHECKING:
    from prentice.audit.report import Report
    from prentice.tenancy.registry import Registry

audit = typer.Typer(help="The log of everything that was seen and changed.", no_args_is_help=True)

_OF = typer.Option(
    "--tenant", "-t", help="The practice's short name; 'platform' for what belongs to none.", metavar="SLUG"
)
_ALL = typer.Option("--all", help="Every chain, also of practices that are gone.")
_FROM = typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in UTC.", metavar="YYYY-MM-DD")
_TO = typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last.", metavar="YYYY-MM-DD")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Tenant = Annotated[str, _OF]


@audit.command()
def verify(
    tenant: Annotated[str | None, _OF] = None,
    everyone: Annotated[bool, _ALL] = False,
    as_json: Json = False,
) -> None:
    """Find entries that were altered, removed, reordered or cut off. Exit code 1 where something is wrong."""
    # Whoever altered a chain may have broken its writing too: what was found is told all the same.
    reports: list[Report] = []
    unwritten: PrenticeError | None = None
    with told(as_json=as_json):
        if (tenant is None) != everyone:
            raise typer.BadParameter("give one of --tenant and --all", param_hint="'--tenant'")
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.audit.verify import Verifier
        from prentice.session import opened
        from prentice.settings import load_settings

        config = load_settings()
        with opened(config) as prentice:
            verifier = Verifier(
                prentice.servers.platform_url,
                prentice.keyring,
                config.home,
                anchor_s=config.audit_anchor_s,
                anchor_to=config.audit_anchor_to,
            )
            names = {one.id: one.slug for one in prentice.registry.all()}
            chain = None if tenant is None else _chain(prentice.registry, tenant)
            try:
                with commanded(prentice.audit, chain, Action.audit_verified) as said:
                    reports += verifier.everyone() if chain is None else [verifier.verify(chain)]
                    said["chains"] = len(reports)
                    said["not_whole"] = [report.tenant_id for report in reports if not report.whole]
            except AuditUnavailable as failure:
                if not reports:
                    raise
                unwritten = failure
        if as_json:
            whole = all(report.whole for report in reports)
            chains = [{"tenant": names.get(report.tenant_id), **report.as_json()} for report in reports]
            print_json({"whole": whole, "chains": chains})
        else:
            for report in reports:
                _print(report, names.get(report.tenant_id, report.tenant_id))
        if unwritten:
            print("prentice: That it was verified could not be written down.", file=sys.stderr)
        if unwritten or not all(report.whole for report in reports):
            raise typer.Exit(FAILED)


@audit.command()
def export(
    tenant: Tenant,
    out: Annotated[Path | None, typer.Option(help="A new file; without it, standard output.")] = None,
    since: Annotated[datetime | None, _FROM] = None,
    until: Annotated[datetime | None, _TO] = None,
) -> None:
    """Write a chain as JSON lines with number and hashes, oldest first."""
    with told(as_json=False):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.audit.read import export as exported
        from prentice.session import opened
        from prentice.terminal import remark

        with opened() as prentice:
            named = _chain(prentice.registry, tenant)
            days = {"since": since and since.date(), "until": until and until.date()}
            with commanded(prentice.audit, named, Action.audit_exported, **days):
                pass  # written before the first line of it is
            chain = exported(prentice.servers.platform_url, named, since=_utc(since), until=_utc(until))
            count = 0
            with _written(out) as file:
                for line in chain:
                    file.write(line)
                    count += 1
        remark(f"{count:,} entries.")


@audit.command()
def show(
    tenant: Tenant,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries.")] = 20,
    as_json: Json = False,
) -> None:
    """The newest entries of a chain, the last of them below."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.audit.read import page
        from prentice.session import opened
        from prentice.terminal import grid, remark, screen

        with opened() as prentice:
            chain = _chain(prentice.registry, tenant)
            with commanded(prentice.audit, chain, Action.audit_read):
                found = page(prentice.servers.platform_url, chain, limit=last)
        lines = found.lines[::-1]
        if as_json:
            print_json({"entries": [{"seq": e.seq, "hash": e.hash, "entry": e.entry} for e in lines]})
        elif not lines:
            remark("Nothing is written down yet.")
        else:
            heads = ("no.", "at (UTC)", "who", "action", "decision", "rows", "what")
            screen().print(grid(heads, [_row(line.seq, dict(line.entry)) for line in lines]))


def _row(seq: int, entry: dict[str, Any]) -> tuple[object, ...]:
    decision = " ".join(str(entry[name]) for name in ("decision", "code") if name in entry)
    what = entry.get("question") or ", ".join(entry.get("tables", ())) or ""
    at = str(entry.get("at", ""))[:19].replace("T", " ")
    return seq, at, entry.get("who", ""), entry.get("action", ""), decision, entry.get("rows"), what


def _chain(registry: Registry, name: str) -> str:
    """A chain's id by the practice's short name; of one that is gone, by its id. Raises `UnknownTenant`."""
    from prentice.audit.chain import head, reading
    from prentice.audit.entry import PLATFORM

    if name == PLATFORM:
        return PLATFORM
    if known := registry.find(name):
        return known.id
    with reading(registry.platform_url) as connection:
        if head(connection, name):
            return name
    return registry.get(name, for_operator=True).id


def _print(report: Report, name: str) -> None:
    state = "whole" if report.whole else "NOT WHOLE"
    rate = f", {report.entries / report.seconds:,.0f} a second" if report.entries > 10_000 else ""
    print(f"{name}: {state}. {report.entries:,} entries, anchored up to {report.anchored:,}{rate}.")
    for flaw in report.flaws:
        print(f"  {flaw.what}")
    if report.found > len(report.flaws):
        print(f"  … and {report.found - len(report.flaws):,} more.")


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


def _written(out: Path | None) -> Any:
    """The file to write to: readable to its owner alone, for it names who asked what."""
    import os
    from contextlib import nullcontext

    if out is None:
        return nullcontext(sys.stdout.buffer)
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise typer.BadParameter("there is such a file already", param_hint="'--out'") from None
    except OSError as refused:
        raise typer.BadParameter(f"cannot be written ({refused.strerror})", param_hint="'--out'") from None
    return os.fdopen(handle, "wb")
