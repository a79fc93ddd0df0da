"""`prentice deid …`: the audit of a source, runs of anonymisation, their reports, and extracts for use
outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.deid.redact.commands import notes
from prentice.failures import FAILED, print_json, told

if TYPE_CHECKING:
    from prentice.deid.practice import Practice
    from prentice.deid.steps import OnStep, Outcome

deid = typer.Typer(help="The anonymised copy of a practice's patients.", no_args_is_help=True)

Tenant = Annotated[
    str, typer.Option("--tenant", "-t", help="The practice's short name.", metavar="SLUG", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_STEPS = {
    "settle": "Looking for what a run left",
    "audit": "Auditing the columns",
    "guard": "Looking at what closed lists hold",
    "persons": "Reading persons",
    "years": "Reading years",
    "orders": "Reading orders",
    "notes": "Reading notes",
    "build": "Building the copy",
    "verify": "Verifying",
    "switch": "Switching",
    "report": "Writing the report",
}


@deid.command()
def audit(tenant: Tenant, as_json: Json = False) -> None:
    """Every column of the live source with its rule: what is known, new, changed or missing."""
    with told(as_json=as_json):
        from prentice.deid.run import audit_practice
        from prentice.terminal import grid, remark, screen

        with _practice(tenant, "columns") as (practice, _):
            found = audit_practice(practice)
            overlay = practice.overlay
        if as_json:
            print_json({"tenant": tenant, "overlay": str(overlay), **found.as_json()})
            return
        rows = [
            (f"{line.table}.{line.column}", line.type, line.rule,
             "any" if len(line.identifiers) > 9 else ", ".join(line.identifiers) or line.why,
             "" if line.state == "known" else line.state)
            for line in found.lines
        ]  # fmt: skip
        screen().print(grid(("column", "type", "rule", "identifier, or why none", ""), rows))
        if found.source.others:
            remark(f"Not named by the policy, and not read: {', '.join(found.source.others)}.")
        if found.sound:
            remark(f"{sum(line.state == 'known' for line in found.lines)} columns, each with a rule.")
        else:
            remark(f"A run would stop. Decide about each column and add to {overlay}:")
            print(found.to_add, end="")


@deid.command()
def run(
    tenant: Tenant,
    full: Annotated[bool, typer.Option("--full", help="Read everybody, not only who changed.")] = False,
    min_k: Annotated[
        int | None,
        typer.Option(min=2, help="Also write a generalised extract with groups of at least so many."),
    ] = None,
    extract: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Where the extract goes; with --min-k."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the practice's anonymised copy up to date, and sign a report of it."""
    if (min_k is None) != (extract is None):
        raise typer.BadParameter("--min-k and --extract belong together")
    with told(as_json=as_json):
        from prentice.deid.run import anonymise

        with _practice(tenant) as (practice, said):
            with _progress(as_json) as on_step:
                outcome = anonymise(practice, full=full, on_step=on_step)
            said |= outcome.in_audit()
            written = _extract(practice, extract, min_k) if extract and min_k else None
            said["extract"] = written["persons"] if written else None
        if as_json:
            print_json({**outcome.as_json(), **({"extract": written} if written else {})})
        else:
            _tell(outcome, tenant)
            if written:
                print(
                    f"Extract in {extract}: {written['persons']:,} people in groups of "
                    f"{written['smallest_group']:,} or more; {written['left_out']:,} left out."
                )


@deid.command()
def rotate(tenant: Tenant, as_json: Json = False) -> None:
    """Give everybody a new code, in the copy and the vault at once."""
    with told(as_json=as_json):
        from prentice.deid.run import anonymise

        with _practice(tenant) as (practice, said), _progress(as_json) as on_step:
            outcome = anonymise(practice, rotate=True, on_step=on_step)
            said |= outcome.in_audit()
        if as_json:
            print_json(outcome.as_json())
        else:
            _tell(outcome, tenant)


@deid.command()
def remove(
    tenant: Tenant, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Drop the practice's anonymised copy and its part of the vault. The source is not touched."""
    with told(as_json=False):
        if not yes and sys.stdin.isatty():
            typer.confirm(f"Drop the anonymised copy of '{tenant}'?", abort=True)
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.deid import databases
        from prentice.session import opened
        from prentice.terminal import remark

        with opened() as prentice:  # also of a suspended practice, which has no scope
            found = prentice.registry.get(tenant, for_operator=True)
            with commanded(prentice.audit, found.id, Action.tenant_changed, change="copy dropped"):
                databases.remove(prentice.servers.platform_url, prentice.keyring, found.id)
        remark(f"The anonymised copy of '{tenant}' is gone.")


@deid.command("verify-report")
def verify_report(
    file: Annotated[Path, typer.Argument(help="A report of a run, or the page beside it.", metavar="FILE")],
    public_key: Annotated[
        str | None,
        typer.Option(metavar="BASE64", help="Of the installation that signed it, as its reports end with."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether a report is as this installation signed it. Exit code 1 where it is not, or cannot be
    told."""
    with told(as_json=as_json):
        from prentice.deid.report import key_of, known_key, what_is_wrong
        from prentice.ops.secrets import Keyring
        from prentice.settings import load_settings

        if public_key is None:
            key = known_key(Keyring.of(load_settings()))
        else:
            try:
                key = key_of(public_key)
            except ValueError:
                raise typer.BadParameter(
                    "it is the base64 of 32 bytes", param_hint="'--public-key'"
                ) from None
        wrong = what_is_wrong(file, key)
        if as_json:
            print_json({"valid": wrong is None, "wrong": wrong})
        else:
            print("The report is valid." if wrong is None else f"Not valid. {wrong}")
        if wrong is not None:
            raise typer.Exit(FAILED)


deid.command()(notes)


@contextmanager
def _practice(slug: str, looking: str = "") -> Iterator[tuple[Practice, dict[str, object]]]:
    """Around one command about a practice's copy, and what is written down of it; `looking`: it changes
    nothing."""
    from prentice.audit.commanded import commanded
    from prentice.audit.entry import Action
    from prentice.deid.practice import practice_of
    from prentice.session import opened
    from prentice.settings import load_settings

    config = load_settings()
    action = Action.shown if looking else Action.deid_run
    with opened(config) as prentice:
        practice = practice_of(prentice, slug, config.home)
        with commanded(prentice.audit, practice.scope.tenant_id, action, what=looking) as said:
            yield practice, said


@contextmanager
def _progress(quiet: bool) -> Iterator[OnStep]:
    """A bar over the steps, with the rows of the one under way."""
    from prentice.terminal import aside, progress

    if quiet or not aside().is_terminal:
        yield lambda name, rows: None
        return
    names = list(_STEPS)
    with progress() as bar:
        task = bar.add_task("Starting", total=len(names))

        def on_step(name: str, rows: int) -> None:
            said = _STEPS.get(name, name) + (f": {rows:,} rows" if rows else "")
            bar.update(
                task, description=f"{said:<40}", completed=names.index(name) if name in names else None
            )

        yield on_step
        bar.update(task, description=f"{'Anonymised':<40}", completed=len(names))


def _extract(practice: Practice, folder: Path, min_k: int) -> dict[str, int]:
    from prentice.deid.copy import STANDING
    from prentice.deid.copy import opened as opened_copy
    from prentice.deid.databases import addresses, copy_database
    from prentice.deid.risk import write_extract

    tenant = practice.scope.tenant_id
    places = addresses(practice.platform_url, practice.keyring, tenant)
    with opened_copy(places.reader, copy_database(tenant)) as copy:
        return write_extract(copy.rows, STANDING, folder, min_k)


def _tell(outcome: Outcome, tenant: str) -> None:
    from prentice.terminal import remark

    if outcome.resumed:
        remark(f"Run {outcome.resumed}, which had been ended before it was done, was finished first.")
    if outcome.readers_ended:
        remark(f"{outcome.readers_ended} reader(s) that went on holding the copy before were ended.")
    if outcome.old_copies_held:
        remark(
            f"{outcome.old_copies_held} copy of before could not be dropped: a session holds it that the "
            "writer may not end. Nobody reads it by the reader's login; the next run drops it."
        )
    after = outcome.risk["after"]
    print(
        f"{outcome.persons:,} people in the copy of {tenant}: {outcome.new:,} new, {outcome.changed:,} "
        f"changed, {outcome.gone:,} gone. {len(outcome.checks)} checks passed, "
        f"{sum(outcome.seconds.values()):.1f} s in all."
    )
    print(
        f"Smallest group {after['smallest']}, {after['in_small']:,} people in groups under 11 "
        f"(withheld when asked). Report: {outcome.report}"
    )
