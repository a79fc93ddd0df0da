"""`prentice keys …`: the keys under which secrets at rest are sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prentice.failures import print_json, told

if TYPE_CHECKING:
    from prentice.ask.pipeline import Prentice
    from prentice.ops.rotation import Rotated, Sealed
    from prentice.ops.secrets import Keyring

keys = typer.Typer(help="The keys that secrets at rest are sealed with.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_DATA = typer.Option("--data", help="New data keys too, and everything sealed with them anew.")
_OF = typer.Option("--tenant", "-t", help="With --data: of this practice alone.", metavar="SLUG")


def sealed_values() -> list[Sealed]:
    """All that is sealed in the platform database. A capability that seals something adds it here."""
    from prentice.identity import tables
    from prentice.ops.rotation import SealedColumn
    from prentice.tenancy.sealed import SourceAddresses

    return [
        SourceAddresses(),
        SealedColumn(tables.totp, "secret_sealed", "totp", owner=None),
        SealedColumn(tables.signing_keys, "private_sealed", "signing", owner=None),
        SealedColumn(tables.host_issuers, "secret_sealed", "host_token"),
        SealedColumn(tables.oidc_providers, "secret_sealed", "oidc"),
    ]


@keys.command()
def rotate(
    data: Annotated[bool, _DATA] = False,
    tenant: Annotated[str | None, _OF] = None,
    as_json: Json = False,
) -> None:
    """Change to a new master key. Broken off at any point it loses nothing and can be begun again."""
    with told(as_json=as_json):
        if tenant and not data:
            raise typer.BadParameter("it goes with --data", param_hint="'--tenant'")
        from prentice.ops.secrets import Keyring
        from prentice.settings import load_settings

        config = load_settings()
        ring = Keyring.of(config)
        if tenant is None:
            ring.status()  # before a new key is offered, the present one has to be right
            if not ring.master_in_file and ring.next_master() is None:
                _offer(as_json)
                return
        from prentice.audit.commanded import commanded
        from prentice.audit.entry import Action
        from prentice.session import opened

        _refuse_weak(ring)
        with opened(config) as prentice:
            owner = prentice.registry.get(tenant, for_operator=True).id if tenant else None
            with commanded(prentice.audit, owner, Action.keys_rotated) as said:
                said["keys"] = [*(() if tenant else ("master",)), *(("data",) if data else ())]
                master = None if tenant else (ring.status().master, ring.rotate_master())
                made = _new_data(prentice, owner) if data else None
        _say(ring, master, made, as_json)


@keys.command()
def status(as_json: Json = False) -> None:
    """Where the master key comes from and how many keys and secrets there are; never one of them."""
    with told(as_json=as_json):
        from dataclasses import asdict

        from prentice.ops.secrets import Keyring
        from prentice.settings import load_settings
        from prentice.terminal import grid, screen

        found = asdict(Keyring.of(load_settings()).status())
        if as_json:
            print_json({"keys": found})
            return
        words = {
            "master": "master key",
            "where": "comes from",
            "owners": "practices and the platform with a data key",
            "data_keys": "data keys",
            "retired": "of them for opening alone",
            "secrets": "secrets in the keyring",
            "oldest": "oldest data key in use, made",
        }
        screen().print(grid(("", ""), [(label, found[name]) for name, label in words.items()]))


def _offer(as_json: bool) -> None:
    """A master key of the environment is the operator's to keep: nothing may depend on one that only this
    process has seen."""
    from prentice.ops.master import NEXT_VARIABLE, MasterKey
    from prentice.terminal import remark

    made = MasterKey.new().text()
    step = (
        f"Nothing is changed yet. Keep this new key, set {NEXT_VARIABLE} to it for the servers as well, "
        "start them again, and run `prentice keys rotate` once more."
    )
    if as_json:
        print_json({"changed": False, "new_key": made, "next_step": step})
    else:
        print(made)
        remark(step)


def _refuse_weak(ring: Keyring) -> None:
    from prentice.errors import BadConfiguration
    from prentice.ops.master import HOW_TO_MAKE, NEXT_VARIABLE

    if (coming := ring.next_master()) and coming.is_weak():
        raise BadConfiguration(f"{NEXT_VARIABLE} was not made at random.", f"Make one: {HOW_TO_MAKE}.")


def _new_data(prentice: Prentice, owner: str | None) -> Rotated:
    from datetime import UTC, datetime

    from prentice.ops.rotation import rotate_data
    from prentice.tenancy.platform import open_platform

    owners = None if owner is None else [owner]
    engine = open_platform(prentice.servers.platform_url)
    try:
        return rotate_data(prentice.keyring, engine, sealed_values(), now=datetime.now(UTC), owners=owners)
    finally:
        engine.dispose()


def _say(ring: Keyring, master: tuple[str, str] | None, made: Rotated | None, as_json: bool) -> None:
    from dataclasses import asdict

    from prentice.ops.master import NEXT_VARIABLE, VARIABLE
    from prentice.terminal import remark

    step = ""
    if master and ring.next_master():
        step = (
            f"Set {VARIABLE} to the new key, unset {NEXT_VARIABLE} and start the servers again. Destroy the "
            "old key when no backup of the secrets file needs it any more."
        )
    if as_json:
        print_json(
            {"changed": True, "master": master[1] if master else None, "data": asdict(made) if made else None,
             "next_step": step or None}
        )  # fmt: skip
        return
    if master:
        before, now = master
        remark(f"The master key is {now} now." if before != now else f"The master key was {now} already.")
    if made:
        remark(
            f"New data keys: {made.owners}. Sealed anew in tables: {made.resealed}. Old data keys forgotten: "
            f"{made.forgotten}."
        )
    if step:
        remark(step)
