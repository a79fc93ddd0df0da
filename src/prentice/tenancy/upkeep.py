"""`prentice tenant …` for a practice that is connected: its settings, its place, and its leaving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import print_json, told
from prentice.tenancy.shown import Json, Slug, embedded_source, facts, print_report

if TYPE_CHECKING:
    from redis import Redis

    from prentice.ask.pipeline import Prentice
    from prentice.audit.entry import Action


def suspend(slug: Slug) -> None:
    """Let nobody see the practice's data until it is resumed."""
    with told(as_json=False):
        from prentice.audit.entry import Action
        from prentice.terminal import remark

        with _changing(slug, Action.tenant_suspended) as (prentice, _):
            prentice.registry.suspend(slug)
        remark(f"'{slug}' is suspended. `prentice tenant resume {slug}` opens it again.")


def resume(slug: Slug) -> None:
    """Open a suspended practice again."""
    with told(as_json=False):
        from prentice.audit.entry import Action
        from prentice.terminal import remark

        with _changing(slug, Action.tenant_resumed) as (prentice, _):
            prentice.registry.resume(slug)
        remark(f"'{slug}' may be used again.")


def settings(
    slug: Slug,
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            help="NAME=VALUE; several values with commas; NAME= as if never set.", metavar="NAME=VALUE"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is set for the practice, or change it."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.tenancy.hooks import wired
        from prentice.tenancy.settings import NAMES, as_given, read_value
        from prentice.terminal import grid, screen

        wanted = dict(_pair(change) for change in changes or ())
        action = Action.settings_changed if wanted else Action.shown
        with _changing(slug, action) as (prentice, said):
            said["names" if wanted else "what"] = sorted(wanted) or "settings"
            if wanted:
                values = {name: read_value(name, text) for name, text in wanted.items()}
                check = wired(prentice).check_limits
                for name in ("limits", "own_limits"):
                    if check and values.get(name):
                        check(values[name])
                prentice.registry.change_settings(slug, **values)
            found = prentice.registry.settings(slug)
        if as_json:
            print_json({"slug": slug, "settings": found.model_dump(mode="json")})
            return
        descriptions = type(found).model_fields
        rows = [(name, as_given(found, name), str(descriptions[name].description)) for name in NAMES]
        screen().print(grid(("setting", "value", ""), rows))


def move(
    slug: Slug,
    source_url: Annotated[
        str | None,
        typer.Option(help="The practice's new database, with a login as for `add`.", metavar="URL"),
    ] = None,
    to_shared: Annotated[
        bool, typer.Option("--to-shared", help="Back to the shared source, instead of --source-url.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer the practice from another database: set up there, tried, then switched."""
    if (source_url is None) != to_shared:
        raise typer.BadParameter("give either --source-url or --to-shared")
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.tenancy.move import move_tenant
        from prentice.terminal import remark

        with (
            _changing(slug, Action.tenant_changed) as (prentice, said),
            _valkey(prentice) as redis,
        ):
            said["change"] = "moved to the shared source" if to_shared else "moved to its own database"
            moved = move_tenant(prentice.registry, prentice.keyring, slug, source_url=source_url, redis=redis,
                                owned=embedded_source())  # fmt: skip
        if as_json:
            print_json({"tenant": facts(moved.tenant), "report": moved.report.as_json(),
                        "left_behind": moved.left_behind})  # fmt: skip
            return
        remark(f"'{slug}' is answered from its new place ({moved.tenant.route}).")
        if moved.left_behind:
            remark(moved.left_behind)
        print_report(moved.report)


def export(
    slug: Slug,
    out: Annotated[Path, typer.Option(help="A new folder, or a file NAME.zip.", metavar="FOLDER|FILE.zip")],
    as_json: Json = False,
) -> None:
    """Write all that is held of the practice, except secrets and its own rows, with a manifest."""
    with told(as_json=as_json):
        from prentice.audit.entry import Action
        from prentice.settings import load_settings
        from prentice.tenancy.export import export_tenant
        from prentice.tenancy.hooks import wired

        config = load_settings()
        with _changing(slug, Action.tenant_exported) as (prentice, said):
            made = export_tenant(prentice.registry, slug, out, home=config.home, hooks=wired(prentice))
            said["manifest_sha256"] = made.manifest_sha256
        if as_json:
            print_json(
                {"place": str(made.place), "manifest_sha256": made.manifest_sha256, "files": made.files}
            )
        else:
            print(
                f"{len(made.files)} files in {made.place}; its manifest's SHA-256 is {made.manifest_sha256}."
            )


def verify_export(
    place: Annotated[
        Path, typer.Argument(help="The folder or file of an export.", metavar="FOLDER|FILE.zip")
    ],
    as_json: Json = False,
) -> None:
    """Say whether every file of an export is as its manifest says. Exit code 1 where one is not."""
    with told(as_json=as_json):
        from prentice.tenancy.export import verify_export as verified

        found = verified(place)
        if as_json:
            print_json({"whole": True, "manifest_sha256": found.manifest_sha256, "files": found.files})
        else:
            print(f"Whole: {len(found.files)} files; its manifest's SHA-256 is {found.manifest_sha256}.")


def remove(
    slug: Slug,
    without_export: Annotated[
        bool, typer.Option("--without-export", help="Remove it although there is no export of it.")
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(help="The short name again, instead of typing it when asked.", metavar="SLUG"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Remove it even where its database or the cache does not answer.")
    ] = False,
) -> None:
    """Remove a practice: login, anonymised copy, caches, users, secrets. Its own data is not touched."""
    with told(as_json=False):
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened
        from prentice.settings import load_settings
        from prentice.tenancy.export import check_exported
        from prentice.tenancy.hooks import wired
        from prentice.tenancy.removal import remove_tenant
        from prentice.terminal import remark

        config = load_settings()
        with (
            opened(config) as prentice,
            _valkey(prentice) as redis,
            commanded(prentice.audit, None, Action.tenant_deleted, slug=slug) as said,
        ):
            found = prentice.registry.get(slug, for_operator=True)
            said["tenant"] = found.id
            if not without_export and found.status != "leaving":
                check_exported(prentice.registry, found)  # before anybody types
            if confirm is None:
                words = f"This removes {found.name} for good. Type {slug} to go on"
                confirm = typer.prompt(words, default="", show_default=False, err=True)
            remove_tenant(
                prentice.registry,
                prentice.keyring,
                slug,
                confirm=confirm,
                redis=redis,
                home=config.home,
                hooks=wired(prentice),
                without_export=without_export,
                force=force,
            )
        remark(f"'{slug}' is removed. Its data in the source is as it was.")


def _pair(change: str) -> tuple[str, str]:
    name, given, value = change.partition("=")
    if not given:
        raise typer.BadParameter("settings are changed with NAME=VALUE", param_hint="'NAME=VALUE'")
    return name, value


@contextmanager
def _changing(slug: str, action: Action) -> Iterator[tuple[Prentice, dict[str, object]]]:
    """Prentice for one command about a practice, which is written down in the practice's own chain."""
    from prentice.audit.commanded import commanded
    from prentice.session import opened

    with opened() as prentice:
        found = prentice.registry.get(slug, for_operator=True)
        with commanded(prentice.audit, found.id, action) as said:
            yield prentice, said


@contextmanager
def _valkey(prentice: Prentice) -> Iterator[Redis]:
    from redis import Redis

    with Redis.from_url(prentice.servers.redis_url, socket_timeout=5, socket_connect_timeout=2) as redis:
        yield redis
