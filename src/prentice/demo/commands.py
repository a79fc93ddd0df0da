"""`prentice demo load`, and the same with progress for the first start of the server."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import told

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice

_LAST_DAY = typer.Option(
    formats=["%Y-%m-%d"],
    metavar="YYYY-MM-DD",
    help="The demo's last day, pinned as its date.  [default: 2026-10-31]",
)
_ANONYMISED_UP_TO = 2  # scale; 3 s a practice at 1
demo = typer.Typer(help="Two practices that do not exist, to try things on.", no_args_is_help=True)


@demo.command()
def load(
    seed: Annotated[int, typer.Option(help="The same seed, scale and day give the same rows.")] = 7,
    scale: Annotated[float, typer.Option(help="How much: 1 is two usual practices, 26 months.")] = 1.0,
    today: Annotated[datetime | None, _LAST_DAY] = None,
) -> None:
    """Fill the host's tables for `harbour-optics` and `bluebird-eyecare`, and connect both."""
    if not scale > 0:
        raise typer.BadParameter("it must be above 0", param_hint="'--scale'")
    with told(as_json=False):
        from prentice.session import opened
        from prentice.settings import load_settings

        config = load_settings()
        day = today.date() if today else config.today
        with opened(config) as prentice:
            owned = config.source_url is None
            load_and_connect(prentice, seed=seed, scale=scale, today=day, owned=owned, home=config.home)


@demo.command("users")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print whom one can sign in as, and their password."""
    with told(as_json=as_json):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.demo.users import demo_users, make_users
        from prentice.failures import print_json
        from prentice.session import opened
        from prentice.terminal import grid, screen

        with opened() as prentice, commanded(prentice.audit, None, Action.shown, what="demo users"):
            password = make_users(prentice)
        people = demo_users()
        if as_json:
            users = [{"email": p.email, "role": p.role.value, "tenant": p.practice or None} for p in people]
            print_json({"users": users, "password": password})
        else:
            rows = [(p.email, p.role.value, p.practice or "the platform") for p in people]
            screen().print(grid(("e-mail", "role", "practice"), rows))
            print(f"The password of all of them: {password}")


def load_and_connect(
    prentice: Prentice,
    *,
    seed: int = 7,
    scale: float = 1.0,
    today: date | None = None,
    owned: bool,
    home: Path | None = None,
) -> None:
    """Load both demo practices into the shared source and connect them, with progress on standard error.

    `owned` says that the shared source is the embedded server. With `home` a demo of usual size gets its
    anonymised copies too, with their reports in that folder; of a larger one `prentice deid run` makes
    them. Raises what `load_demo` and `tenant_add`
    raise.
    """
    from prentice.audit.commanded import commanded
    from prentice.audit.entry import Action
    from prentice.deid.practice import practice_of
    from prentice.deid.run import anonymise
    from prentice.demo.load import DEMO_TODAY, load_demo, one_at_a_time
    from prentice.demo.practice import cast
    from prentice.demo.users import make_users
    from prentice.tenancy.onboarding import tenant_add
    from prentice.terminal import progress, remark

    day = today or DEMO_TODAY
    with one_at_a_time(prentice.servers.source_url), progress(total=False) as bar:
        task = bar.add_task("Making the demo practices")
        rows = 0

        def loaded(table: str, count: int) -> None:
            nonlocal rows
            rows += count
            bar.update(task, description=f"Loading the demo: {rows:>9,} rows, {table}")

        loading = load_demo(prentice.servers.source_url, seed=seed, scale=scale, today=day, progress=loaded)
        bar.update(task, description=f"Loaded the demo: {loading.total:,} rows")
        for practice in cast().practices:
            bar.update(task, description=f"Connecting {practice.name}")
            with commanded(prentice.audit, None, Action.tenant_created, slug=practice.slug) as said:
                connected = tenant_add(
                    prentice.registry,
                    prentice.keyring,
                    practice.slug,
                    company_id=practice.company_id,
                    shared_source_url=prentice.servers.source_url,
                    name=practice.name,
                    currency=practice.currency,
                    country=practice.country,
                    timezone=practice.timezone,
                    today=day,
                    owned=owned,
                )
                said |= {"demo": loading.total, "tenant": connected.tenant and connected.tenant.id}
            if home and scale <= _ANONYMISED_UP_TO:
                bar.update(task, description=f"Anonymising the patients of {practice.name}")
                ours = practice_of(prentice, practice.slug, home)
                with commanded(prentice.audit, ours.scope.tenant_id, Action.deid_run) as said:
                    said |= anonymise(ours).in_audit()
        with commanded(prentice.audit, None, Action.user_changed, change="the demo's people made"):
            make_users(prentice)
        bar.update(task, description="The demo practices are connected")
    names = " and ".join(f"{p.name} ({p.slug})" for p in cast().practices)
    remark(
        f"{loading.total:,} rows in {loading.seconds:.1f} s ({loading.rows_per_second:,.0f} a second): "
        f"{names}; their date is {day}."
    )
